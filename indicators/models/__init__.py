from indicators.models.baseline import CarriedBaseline
from indicators.models.calendar import DayOff, Extension, PeriodEvent
from indicators.models.charge import Charge, ChargeReminder, ChargeTarget
from indicators.models.comment import VERDICTS, Comment, CommentKind
from indicators.models.commitment import Commitment, CommitmentParty
from indicators.models.decision import ReturnedFigure, ReturnedPart, ReturnReason
from indicators.models.denominator import (
    DenominatorUse,
    DenominatorValue,
    RegisteredDenominator,
    SharedDenominator,
    registered_from,
)
from indicators.models.evidence import EVIDENCE_FOLDER, Evidence
from indicators.models.evidence_check import EvidenceCheck, SampledFigure, SampledLevel, Verdict
from indicators.models.follow_up import FindingRule, FollowUp, PastFinding, SeenFinding
from indicators.models.metadata import TargetMetadata
from indicators.models.plan import (
    DEFINERS,
    PLAN_CODE,
    PLAN_OF_CODE,
    GradeBand,
    Indicator,
    IndicatorParty,
    Pillar,
    Plan,
    PlanState,
    ReportingPeriod,
    period_words,
    query_of,
)
from indicators.models.reminder import ReportReminder
from indicators.models.rollup import Basis, PendingRollup, Rollup, RollupState, RollupSums, Scope
from indicators.models.stand_in import StandIn
from indicators.models.submission import COUNTS_AS_SENT, Actual, State, Submission
from indicators.models.target import (
    Assignment,
    Comparator,
    Exemption,
    Frequency,
    Kind,
    ResultWeight,
    StartingPoint,
    Target,
    TargetDefinition,
    TargetMilestone,
    Timing,
)
from indicators.models.workbook import WORKBOOK_FOLDER, WorkbookFile

__all__ = [
    "COUNTS_AS_SENT",
    "Actual",
    "Assignment",
    "Basis",
    "CarriedBaseline",
    "Charge",
    "ChargeReminder",
    "ChargeTarget",
    "Comparator",
    "DEFINERS",
    "DayOff",
    "DenominatorUse",
    "DenominatorValue",
    "EVIDENCE_FOLDER",
    "Evidence",
    "EvidenceCheck",
    "Exemption",
    "Extension",
    "FindingRule",
    "FollowUp",
    "Frequency",
    "GradeBand",
    "Indicator",
    "IndicatorParty",
    "Kind",
    "PastFinding",
    "PeriodEvent",
    "PLAN_CODE",
    "PLAN_OF_CODE",
    "Pillar",
    "Plan",
    "PlanState",
    "Comment",
    "CommentKind",
    "Commitment",
    "CommitmentParty",
    "ReportReminder",
    "ReportingPeriod",
    "RegisteredDenominator",
    "ResultWeight",
    "ReturnReason",
    "ReturnedFigure",
    "ReturnedPart",
    "Rollup",
    "PendingRollup",
    "RollupState",
    "RollupSums",
    "SampledFigure",
    "SampledLevel",
    "Scope",
    "SeenFinding",
    "SharedDenominator",
    "StandIn",
    "StartingPoint",
    "State",
    "Submission",
    "Target",
    "TargetDefinition",
    "TargetMetadata",
    "TargetMilestone",
    "Timing",
    "VERDICTS",
    "Verdict",
    "WORKBOOK_FOLDER",
    "WorkbookFile",
    "period_words",
    "query_of",
    "registered_from",
]
