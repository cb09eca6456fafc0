"""Baselines that a plan takes from the plan before: the official value of its last period, and whether it was restated."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from agencies.models import Level
from core import clock, formatting
from indicators.models import Basis, CarriedBaseline, Kind, Plan, ReportingPeriod, Rollup, Scope, Target, Timing
from indicators.rules.status import is_low

# The longest text of `Target.baseline_source`.
LONGEST_SOURCE = 200


@dataclass(frozen=True)
class Baseline:
    """The value that the next plan's target begins with. value None: it has none, for the reason in `source`; is_thin: it
    rests on too few reports (*chưa đủ số liệu*)."""

    value: Decimal | None
    source: str
    is_thin: bool = False
    period: ReportingPeriod | None = None
    approved: int = 0
    expected: int = 0


@dataclass(frozen=True)
class Restated:
    """A baseline whose official value was restated since it was carried over."""

    target: Target
    carried: Decimal
    value: Decimal
    source: str


def last_period(plan: Plan) -> ReportingPeriod | None:
    """Return the newest period of a plan whose data window is complete; None where none is. One query."""
    period = plan.periods.filter(window_last__lt=clock.today()).in_order().last()
    if period is not None:
        period.plan = plan
    return period


def baselines(plan: Plan, targets: Iterable[Target]) -> dict[int, Baseline]:
    """Return the baselines that the next plan takes from these targets of a plan, by target: the province's official
    value of the last complete period. Two queries.

    A number that accumulates over the year begins at nothing, so it has none.
    """
    period = last_period(plan)
    rows = {} if period is None else _province_values(period)
    made = {}
    for target in targets:
        row = rows.get(target.pk)
        if target.kind == Kind.COUNT and target.timing == Timing.FLOW:
            since = "đầu kế hoạch" if target.accumulates_over_plan else plan.sums_begin
            made[target.pk] = Baseline(None, f"số lũy kế từ {since}, bắt đầu lại")
        elif period is None or row is None or row.value is None:
            made[target.pk] = Baseline(None, "chưa có số chính thức")
        else:
            is_thin = is_low(row.approved, row.expected, plan.min_coverage, row.fresh)
            source = source_of(target, period, row, is_thin)
            made[target.pk] = Baseline(row.value, source, is_thin, period, row.approved, row.expected)
    return made


def source_of(target: Target, period: ReportingPeriod, row: Rollup, is_thin: bool) -> str:
    """Return the source of a baseline in words: its period, its version, its coverage."""
    coverage = f"{formatting.number(row.approved)}/{formatting.number(row.expected)} đơn vị đã duyệt"
    version = f"định nghĩa lần {target.definition_number}, lấy ngày {formatting.date(clock.today())}"
    thin = ", chưa đủ số liệu" if is_thin else ""
    return f"Số chính thức kỳ {period}, {coverage}{thin} ({version})"[:LONGEST_SOURCE]


def restated(plan: Plan, code: str | None = None) -> list[Restated]:
    """Return the carried baselines of a plan whose official value is another one now, which is neither the target's
    baseline already nor was declined, in the plan's order; code: of the only target that is looked at. One query for each
    plan before, and one."""
    carried = CarriedBaseline.objects.filter(target__plan=plan).select_related("target", "earlier", "period__plan")
    if code is not None:
        carried = carried.filter(target__code=code)
    by_period: dict[int, dict[int, Rollup]] = {}
    made = []
    for row in carried.order_by("target__position"):
        if row.period_id not in by_period:
            by_period[row.period_id] = _province_values(row.period)
        now = by_period[row.period_id].get(row.earlier_id)
        if now is None or now.value is None or now.value in (row.value, row.target.baseline, row.declined):
            continue
        is_thin = is_low(now.approved, now.expected, row.period.plan.min_coverage, now.fresh)
        made.append(Restated(row.target, row.value, now.value, source_of(row.earlier, row.period, now, is_thin)))
    return made


def _province_values(period: ReportingPeriod) -> dict[int, Rollup]:
    """Return the province's official rows of a period by target. One query."""
    rows = Rollup.objects.filter(period=period, basis=Basis.OFFICIAL, scope=Scope.AREA, agency__level=Level.PROVINCE)
    return {row.target_id: row for row in rows}
