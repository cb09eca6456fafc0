from .calendar import DayOff, Extension, PeriodEvent
from .decision import ReturnedFigure, ReturnReason
from .plan import IllustrativeYear, Indicator, IndicatorParty, Pillar, Plan, ReportingPeriod
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
    "DEFINERS",
    "WORKBOOK_FOLDER",
    "Actual",
    "Assignment",
    "Basis",
    "Comparator",
    "DayOff",
    "Exemption",
    "Extension",
    "Frequency",
    "IllustrativeYear",
    "Indicator",
    "IndicatorParty",
    "Kind",
    "Pillar",
    "PeriodEvent",
    "Plan",
    "ReportingPeriod",
    "ReturnReason",
    "ReturnedFigure",
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
    "WorkbookFile",
]
