"""The tables of a plan's workbook, in the order in which they are written: a row may name one of a table before it."""

from plan_workbook.resources.base import PlanTable
from plan_workbook.resources.letterheads import LetterheadTable, SignerTable
from plan_workbook.resources.organisation import AgencyTable
from plan_workbook.resources.plan import (
    CalendarTable,
    ChargeTable,
    ChargeTargetTable,
    CommitmentTable,
    DayOffTable,
    GradeTable,
    PlanSheet,
)
from plan_workbook.resources.projects import ProjectGroupTable, ProjectTable, StepTable
from plan_workbook.resources.targets import (
    AssignmentTable,
    DenominatorTable,
    ExemptionTable,
    IndicatorTable,
    MetadataTable,
    MilestoneTable,
    PillarTable,
    RuleTable,
    StartingPointTable,
    TargetTable,
    WeightTable,
)

TABLES: tuple[type[PlanTable], ...] = (
    PlanSheet,
    AgencyTable,
    PillarTable,
    IndicatorTable,
    TargetTable,
    MilestoneTable,
    AssignmentTable,
    ExemptionTable,
    DayOffTable,
    CalendarTable,
    ChargeTable,
    ChargeTargetTable,
    ProjectGroupTable,
    ProjectTable,
    StepTable,
    LetterheadTable,
    SignerTable,
    CommitmentTable,
    MetadataTable,
    StartingPointTable,
    DenominatorTable,
    RuleTable,
    GradeTable,
    WeightTable,
)
