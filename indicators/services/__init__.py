"""The writes that span models: verbs with `by=`, each one transaction, each with its line in the log and its debt."""

from .debts import owe
from .definitions import assign_from_groups, change_assignment, change_target, end_exemption, exempt
from .figures import Figures, Flaw, flaw_in, problem_with
from .loading import BadRows, Loaded, Problem, Reported, load_figures
from .organisation import close_agency, move_agency
from .refusal import Conflict, Refused
from .reporting import (
    ALLOWED,
    NOT_SENT_BACK,
    SentBack,
    approve,
    assigned_targets,
    open_report,
    open_targets,
    reopen,
    return_report,
    save_figures,
    submit,
    why_locked,
    withdraw,
)

__all__ = [
    "ALLOWED",
    "BadRows",
    "Conflict",
    "Figures",
    "Flaw",
    "Loaded",
    "NOT_SENT_BACK",
    "Problem",
    "Refused",
    "Reported",
    "SentBack",
    "approve",
    "assign_from_groups",
    "assigned_targets",
    "change_assignment",
    "change_target",
    "close_agency",
    "end_exemption",
    "exempt",
    "flaw_in",
    "load_figures",
    "move_agency",
    "open_report",
    "open_targets",
    "owe",
    "problem_with",
    "reopen",
    "return_report",
    "save_figures",
    "submit",
    "why_locked",
    "withdraw",
]
