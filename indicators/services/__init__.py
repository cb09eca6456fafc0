"""The writes that span models: verbs with `by=`, each one transaction, each with its line in the log and its debt."""

from .debts import owe
from .definitions import assign_from_groups, change_assignment, change_target, end_exemption, exempt
from .figures import Figures, Flaw, flaw_in, problem_with
from .loading import BadRows, Loaded, Problem, Reported, load_figures
from .organisation import close_agency, move_agency
from .refusal import Conflict, Refused
from .reporting import (
    ALLOWED,
    approve,
    assigned_targets,
    open_cells,
    open_report,
    reopen,
    return_report,
    save_figures,
    submit,
    why_locked,
)
from .schedule import (
    Days,
    Unfit,
    ask_extension,
    change_calendar,
    end_extension,
    give_extension,
    grant_extension,
    open_catch_up,
    refuse_extension,
    remove_day_off,
    set_day_off,
)

__all__ = [
    "ALLOWED",
    "BadRows",
    "Conflict",
    "Days",
    "Figures",
    "Flaw",
    "Loaded",
    "Problem",
    "Refused",
    "Reported",
    "Unfit",
    "approve",
    "ask_extension",
    "assign_from_groups",
    "assigned_targets",
    "change_assignment",
    "change_calendar",
    "change_target",
    "close_agency",
    "end_exemption",
    "end_extension",
    "exempt",
    "flaw_in",
    "give_extension",
    "grant_extension",
    "load_figures",
    "move_agency",
    "open_catch_up",
    "open_cells",
    "open_report",
    "owe",
    "problem_with",
    "refuse_extension",
    "remove_day_off",
    "reopen",
    "return_report",
    "save_figures",
    "set_day_off",
    "submit",
    "why_locked",
]
