from .calendar import DayOff, Extension, PeriodEvent
from .decision import ReturnedFigure, ReturnedPart, ReturnReason
from .evidence import EVIDENCE_FOLDER, Evidence
from .plan import IllustrativeYear, Indicator, IndicatorParty, Pillar, Plan, ReportingPeriod
from .remark import VERDICTS, Remark, RemarkKind
from .rollup import Basis, Rollup, RollupDebt, RollupState, RollupSums, Scope
from .submission import Actual, State, Submission
from .target import (
    DEFINERS,
    Assignment,
    Comparator,
    Exemption,
    Frequency,
    Kind,
    Target,
    TargetDefinition,
    TargetMilestone,
    Timing,
)
from .workbook import WORKBOOK_FOLDER, WorkbookFile

__all__ = [
    "Actual",
    "Assignment",
    "Basis",
    "Comparator",
    "DEFINERS",
    "DayOff",
    "EVIDENCE_FOLDER",
    "Evidence",
    "Exemption",
    "Extension",
    "Frequency",
    "IllustrativeYear",
    "Indicator",
    "IndicatorParty",
    "Kind",
    "PeriodEvent",
    "Pillar",
    "Plan",
    "Remark",
    "RemarkKind",
    "ReportingPeriod",
    "ReturnReason",
    "ReturnedFigure",
    "ReturnedPart",
    "Rollup",
    "RollupDebt",
    "RollupState",
    "RollupSums",
    "Scope",
    "State",
    "Submission",
    "Target",
    "TargetDefinition",
    "TargetMilestone",
    "Timing",
    "VERDICTS",
    "WORKBOOK_FOLDER",
    "WorkbookFile",
]
