"""Targets as lists show them: a roll-up row beside the periods before it, and rows counted by status."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from agencies.models import User
from core.formatting import sort_key
from indicators.models import (
    Basis,
    Frequency,
    PendingRollup,
    Plan,
    ReportingPeriod,
    Rollup,
    RollupState,
    Scope,
    Target,
    Timing,
)
from indicators.rollups.absences import Absences
from indicators.rollups.definitions import hold_as_of
from indicators.rollups.forecast_words import is_near_bound, range_words
from indicators.rollups.pace_words import ON_ITS_WAY
from indicators.rollups.results import RollupResult, points_in, points_of
from indicators.rules.calendar import CYCLES, alike
from indicators.rules.kinds import Comparator, Kind, KindRules, rules_of
from indicators.rules.nothing import NOTHING_WORDS, Nothing, nothing_of
from indicators.rules.signs import Sign
from indicators.rules.status import BY_NEED, GOOD, JUDGED_BY_MERIT, WORDS, Status, is_low, is_thin
from indicators.targets import text

NEED = {status: index for index, status in enumerate(BY_NEED)}
# The frequency in lists, where it is not every month.
CYCLE_WORDS = {Frequency.QUARTER: "theo quý", Frequency.HALF: "sáu tháng một lần", Frequency.YEAR: "theo năm"}
# Rows without a value that need no attention come last.
AFTERWARDS = (Nothing.NOT_SUMMED, Nothing.NOT_ARISEN, Nothing.NOT_DUE, Nothing.EXEMPT)
SILENCE_FIRST = (Nothing.SILENT, Nothing.RETURNED, *AFTERWARDS)


@dataclass(frozen=True)
class TargetLine:
    """A target as lists show it. leads, lead_names: the lead agencies of its indicator, in short and in full;
    redefined: the definition that it is judged by, where that is not the plan's own any more."""

    pk: int
    code: str
    label: str
    pillar_code: str
    pillar_title: str
    kind: Kind
    is_share: bool
    unit: str
    comparator: str
    threshold: Decimal | None
    baseline: Decimal | None
    due: dt.date
    frequency: str
    leads: tuple[str, ...]
    redefined: str = ""
    position: int = 0
    lead_names: tuple[str, ...] = ()
    timing: str = ""
    definition_number: int = 1
    accumulates_over_plan: bool = False

    @property
    def is_cumulative(self) -> bool:
        """True where its figure is a sum up to the period (*lũy kế*)."""
        return self.timing == Timing.FLOW

    @property
    def restarts(self) -> bool:
        """True for a sum that begins again with each year of the plan."""
        return self.is_cumulative and not self.accumulates_over_plan

    @property
    def sum_words(self) -> str:
        """The words for a sum: `lũy kế`, `lũy kế từ đầu kế hoạch`; empty for one that is none."""
        if not self.is_cumulative:
            return ""
        return "lũy kế từ đầu kế hoạch" if self.accumulates_over_plan else "lũy kế"

    @property
    def rules(self) -> KindRules:
        """The rules of its kind."""
        return rules_of(self.kind)

    @property
    def is_falling(self) -> bool:
        """True where smaller is better; not without a threshold."""
        return bool(self.comparator) and Comparator(self.comparator).falling

    @property
    def code_in_pillar(self) -> str:
        """`12` of `I.12`, for lists with the pillar as a heading."""
        return self.code.removeprefix(f"{self.pillar_code}.")

    @property
    def remarks(self) -> list[str]:
        """Remarks beside its name in lists: `theo quý`, `lũy kế`, a unit of its own."""
        remarks = [CYCLE_WORDS[Frequency(self.frequency)]] if self.frequency in CYCLE_WORDS else []
        remarks += [self.sum_words] if self.is_cumulative else []
        return remarks + ([self.unit] if self.has_own_unit else [])

    @property
    def has_own_unit(self) -> bool:
        """True where its unit is not a bare percentage."""
        return self.unit != "%"


@dataclass(frozen=True, kw_only=True)
class TargetResult(RollupResult):
    """A target's roll-up at one node beside the periods before it.

    history: the values of January to the period; carried: the months whose value is an earlier one (*mang sang*); band: the
    forecast's range; stale_period: the period that the figure dates from, where it should be newer; awaits_forecast: there
    are not enough points for a forecast yet.
    """

    target: TargetLine
    status_before: Status | None = None
    band: tuple[Decimal, Decimal] | None = None
    history: tuple[Decimal | None, ...] = ()
    carried: tuple[int, ...] = ()
    periods: Sequence[ReportingPeriod] = field(default=(), compare=False)
    awaits_forecast: bool = False
    stale_period: ReportingPeriod | None = None

    @property
    def band_words(self) -> str:
        """The forecast's range: `23,5 – 29,8`."""
        return range_words(self.target, self)

    @property
    def is_near_ceiling(self) -> bool:
        """True where the forecast proves nothing: shown as *gần 100%*."""
        return is_near_bound(self.target, self)

    @property
    def carried_words(self) -> str:
        """The months whose values are older ones: `T7, T8`; empty where each brought a figure."""
        return ", ".join(f"T{self.labels[number - 1]}" for number in self.carried)

    @property
    def labels(self) -> list[str]:
        """The months of `history`, as they follow *T*."""
        return [period.label for period in self.periods]

    @property
    def stale_since(self) -> str:
        """`tháng 7` of `stale_period`; empty where the figure is as new as it should be."""
        return f"tháng {self.stale_period.label}" if self.stale_period else ""

    @property
    def is_silent(self) -> bool:
        """True where a figure is due, and no agency has one."""
        return self.status == Status.NO_DATA and self.nothing not in AFTERWARDS

    @property
    def lack(self) -> Decimal | None:
        """The percentage of the threshold that the value lacks, or exceeds where less is better; negative beyond it.
        None where no threshold applies or there is no value."""
        threshold = self.target.threshold
        if self.value is None or not self.is_judged or not threshold:
            return None
        lacks = self.value - threshold if self.target.is_falling else threshold - self.value
        return lacks * 100 / abs(threshold)

    @property
    def progress(self) -> Decimal | None:
        """The change for the better since the period before."""
        return -self.change if self.change is not None and self.target.is_falling else self.change

    @property
    def covered(self) -> Decimal | None:
        """The percentage of the expected agencies that count on the row's own basis."""
        return Decimal(100 * self.counted) / self.expected if self.expected else None

    @property
    def forecast_holds(self) -> bool | None:
        """True where the forecast reaches the threshold. None without a forecast or without a threshold."""
        if self.forecast is None or self.target.threshold is None or not self.is_judged or self.value is None:
            return None
        if self.status in ON_ITS_WAY:
            return Sign.FORECAST not in self.signs
        return Comparator(self.target.comparator).holds(self.forecast, self.target.threshold)

    @property
    def need(self) -> tuple:
        """The sort key: what needs most attention and is due soonest first."""
        last = AFTERWARDS.index(self.nothing) + 1 if self.nothing in AFTERWARDS else 0
        return last, NEED[self.status], self.target.due


@dataclass(frozen=True)
class StatusCounts:
    """Rows counted by status. good (achieved or on track) of judged, the rows that a threshold applies to; by_status
    counts the judged ones, good ones first; thin: how many of each rest on too few agencies."""

    good: int
    judged: int
    by_status: tuple[tuple[Status, int], ...]
    thin: tuple[tuple[Status, int], ...] = ()
    without_value: tuple[tuple[Nothing, int], ...] = ()

    def __getitem__(self, status: str) -> int:
        return dict(self.by_status)[Status(status)]

    @property
    def good_thin(self) -> int:
        """The number of good rows that rest on too few agencies."""
        return sum(count for status, count in self.thin if status in GOOD)

    @property
    def thin_count(self) -> int:
        return sum(count for _, count in self.thin)

    @property
    def is_thin(self) -> bool:
        """True where most rows rest on too few agencies: pages then show this before the colour of the sum."""
        return 2 * self.thin_count > self.judged

    @property
    def cells(self) -> list[tuple[Status, bool, int, str]]:
        """(status, whether they rest on too few agencies, number, word) for a bar: of each status the well-founded ones
        first."""
        thin = dict(self.thin)
        return [
            (status, is_thin, number, word)
            for status, word, count in self.by_word
            for is_thin, number in ((False, count - thin.get(status, 0)), (True, thin.get(status, 0)))
        ]

    @property
    def by_word(self) -> list[tuple[Status, str, int]]:
        """(status, word, number), good ones first; those without data by the reason why there is no value."""
        named = [(status, WORDS[status], count) for status, count in self.by_status if status != Status.NO_DATA]
        return named + [(Status.NO_DATA, NOTHING_WORDS[nothing], count) for nothing, count in self.without_value]


# The orders of a list of targets (`?sap-xep=`): label, and sort key.
SORTS: dict[str, tuple[str, Callable[[TargetResult], Any] | None]] = {
    "ke-hoach": ("Theo kế hoạch", None),
    "can-chu-y": ("Cần tập trung trước", lambda line: line.need),
    "con-thieu": ("Còn xa ngưỡng trước", lambda line: (line.lack is None, -(line.lack or 0))),
    "thay-doi": ("Tiến bộ ít trước", lambda line: (line.progress is None, line.progress or 0)),
    "han": ("Hạn gần trước", lambda line: line.target.due),
    "do-phu": ("Độ phủ thấp trước", lambda line: (not line.expected, line.covered or 0)),
    "ten": ("Theo tên", lambda line: sort_key(line.target.label)),
}


def ordered(lines: Iterable[TargetResult], sort: str) -> tuple[TargetResult, ...]:
    """Sort rows by an order of SORTS; equal rows keep their order. Raises KeyError for an order that does not exist."""
    key = SORTS[sort][1]
    return tuple(lines) if key is None else tuple(sorted(lines, key=key))


class RollupRow(NamedTuple):
    """The columns that are read of a roll-up row."""

    target_id: int
    agency_id: int
    scope: str
    period_id: int
    value: Decimal | None
    is_point: bool
    is_judged: bool
    required: Decimal | None
    status: str
    forecast: Decimal | None
    forecast_low: Decimal | None
    forecast_high: Decimal | None
    due_held: bool | None
    fresh: Decimal | None
    pace: Decimal | None
    expected: int
    reported: int
    approved: int
    stale: bool
    numerator: Decimal | None
    denominator: Decimal | None


@dataclass(frozen=True)
class Freshness:
    """The time of the last roll-up. is_pending: figures have changed since and are being rolled up."""

    computed_at: dt.datetime | None = None
    is_pending: bool = False


def targets_of(plan: Plan, number: int) -> dict[int, TargetLine]:
    """Return the plan's targets by primary key, in its order, as they are judged in a period. Two queries, three where one was
    redefined."""
    targets = list(Target.objects.filter(plan=plan).with_parties().in_order())
    hold_as_of(targets, number)
    return {
        target.pk: TargetLine(
            pk=target.pk,
            code=target.code,
            label=target.label,
            pillar_code=target.indicator.pillar.code,
            pillar_title=target.indicator.pillar.title,
            kind=Kind(target.kind),
            is_share=target.is_share,
            unit=target.unit,
            comparator=target.comparator,
            threshold=target.threshold,
            baseline=target.baseline,
            due=target.due,
            frequency=target.frequency,
            leads=tuple(party.with_reporter for party in target.leads),
            lead_names=tuple(party.agency.name if party.agency else str(party) for party in target.leads),
            position=target.position,
            timing=target.timing,
            accumulates_over_plan=target.accumulates_over_plan,
            definition_number=target.definition_number,
            redefined=text.version(target) if target.definition_number > 1 else "",
        )
        for target in targets
    }


def read_rows(rollups: QuerySet[Rollup]) -> list[RollupRow]:
    """Read roll-up rows as plain tuples. One query."""
    return list(map(RollupRow._make, rollups.values_list(*RollupRow._fields)))


def freshness_of(plan: Plan) -> Freshness:
    """Return the time of the plan's last roll-up, and whether another is pending. One query."""
    owes = Exists(PendingRollup.objects.filter(plan=OuterRef("plan")))
    state = RollupState.objects.filter(plan=plan).annotate(owes=owes).values_list("computed_at", "owes").first()
    return Freshness(*state) if state else Freshness()


def line_of(
    target: TargetLine,
    rows: Mapping[int, RollupRow],
    periods: Sequence[ReportingPeriod],
    basis: Basis,
    min_coverage: int,
    previous: ReportingPeriod | None = None,
    absences: Absences | None = None,
) -> TargetResult:
    """Return the row of one node as of the last of `periods`. rows: the node's roll-up rows by the period's primary
    key; previous: the period that it is compared with (None: the one before); absences: what was sent back, where the
    node is a single agency."""
    period = periods[-1]
    row = rows.get(period.pk)
    if row is None:
        return TargetResult(target=target, history=tuple(None for _ in periods))
    returned = absences is not None and row.scope == Scope.OWN and (row.agency_id, target.pk) in absences.returned
    previous = previous or (periods[-2] if len(periods) > 1 else None)
    before = rows.get(previous.pk) if previous is not None else None
    history = [rows.get(p.pk) for p in periods]
    points = [(p, r) for p, r in zip(periods, history, strict=True) if r is not None and r.is_point]
    counted = row.approved if basis == Basis.OFFICIAL else row.reported
    return TargetResult.of(
        row,
        kind=target.kind,
        period=period,
        counted=counted,
        min_coverage=min_coverage,
        cycle=CYCLES[target.frequency],
        before=before if previous is None or alike(previous.number, period.number, target) else None,
        is_returned=returned,
        points=points_of(target, points_in(history)),
        target=target,
        is_falling=target.is_falling,
        states_nothing=absences is not None
        and row.scope == Scope.OWN
        and absences.states_nothing(row.agency_id, target.pk, row.value),
        status_before=Status(before.status) if before is not None else None,
        forecast=None if period.is_ahead else row.forecast,
        band=None if row.forecast_low is None or row.forecast_high is None else (row.forecast_low, row.forecast_high),
        history=tuple(None if r is None else r.value for r in history),
        periods=periods,
        carried=tuple(
            p.number
            for p, r in zip(periods, history, strict=True)
            if r is not None and r.value is not None and not r.is_point
        ),
        awaits_forecast=(
            row.value is not None
            and row.is_judged
            and row.forecast is None
            and not period.is_ahead
            and period.window_last < target.due
            and not period.closes(target.due)
        ),
        stale_period=points[-1][0] if row.stale and points and points[-1][0] is not period else None,
    )


def province_results(
    plan: Plan, periods: Sequence[ReportingPeriod], basis: Basis, user: User, targets: Mapping[int, TargetLine]
) -> dict[int, TargetResult]:
    """Return the province's row of each target as of the last of `periods`, by the target's primary key, as far as the
    user may see it. One query."""
    rollups = Rollup.objects.visible_to(user).of_province()
    rows: dict[int, dict[int, RollupRow]] = defaultdict(dict)
    for row in read_rows(rollups.filter(target__plan=plan, basis=basis, period__in=[p.pk for p in periods])):
        rows[row.target_id][row.period_id] = row
    return {pk: line_of(target, rows[pk], periods, basis, plan.min_coverage) for pk, target in targets.items()}


def exempt_line(target: TargetLine, periods: Sequence[ReportingPeriod]) -> TargetResult:
    """Return the row of an agency that is exempt from the target as of the last of `periods`."""
    return TargetResult(target=target, nothing=Nothing.EXEMPT, history=tuple(None for _ in periods), is_asked=False)


def tally(lines: Iterable[TargetResult]) -> StatusCounts:
    """Count rows by status; none of a period that is ahead."""
    judged = [line for line in lines if line.is_judged and not line.is_ahead]
    thin = Counter(line.status for line in judged if line.is_thin)
    without_value = Counter(line.nothing or Nothing.SILENT for line in judged if line.status == Status.NO_DATA)
    return tally_counts(Counter(line.status for line in judged), thin, without_value)


def tallies(rollups: QuerySet[Rollup], basis: Basis, min_coverage: int) -> dict[int, StatusCounts]:
    """Count judged roll-up rows by status, by the primary key of their agency; an agency without a row has only zeros.
    One query, which returns one row for all that are alike."""
    counts: dict[int, Counter[Status]] = defaultdict(Counter)
    thin: dict[int, Counter[Status]] = defaultdict(Counter)
    without_value: dict[int, Counter[Nothing]] = defaultdict(Counter)
    groups = (
        rollups.filter(is_judged=True)
        .order_by()
        .annotate(
            has_value=Q(value__isnull=False),
            has_numerator=Q(numerator__isnull=False),
            is_stale=Q(fresh__isnull=False, fresh__lt=min_coverage),
        )
        .values_list(
            "agency_id",
            "status",
            "target__kind",
            "approved",
            "reported",
            "expected",
            "has_value",
            "has_numerator",
            "is_stale",
        )
        .annotate(Count("pk"))
    )
    for agency, code, kind, approved, reported, expected, has_value, has_numerator, is_stale, count in groups:
        status, counted = Status(code), approved if basis == Basis.OFFICIAL else reported
        counts[agency][status] += count
        if is_thin(status, is_low(counted, expected, min_coverage, 0 if is_stale else None)):
            thin[agency][status] += count
        nothing = nothing_of(
            Kind(kind),
            value=has_value or None,
            numerator=has_numerator or None,
            expected=expected,
            reported=reported,
        )
        if nothing is not None:
            without_value[agency][nothing] += count
    tallies_by_agency: dict[int, StatusCounts] = defaultdict(lambda: tally_counts({}))
    tallies_by_agency |= {pk: tally_counts(counts[pk], thin[pk], without_value[pk]) for pk in counts}
    return tallies_by_agency


def tally_counts(
    counts: Mapping[Status, int],
    thin: Mapping[Status, int] | None = None,
    without_value: Mapping[Nothing, int] | None = None,
) -> StatusCounts:
    """Return the tally of judged rows that were already counted by status. thin: those of them that rest on too few
    agencies."""
    return StatusCounts(
        good=sum(counts.get(status, 0) for status in GOOD),
        judged=sum(counts.values()),
        by_status=tuple((status, counts.get(status, 0)) for status in JUDGED_BY_MERIT),
        thin=tuple((status, thin[status]) for status in JUDGED_BY_MERIT if thin.get(status)) if thin else (),
        without_value=tuple(
            (nothing, without_value[nothing]) for nothing in SILENCE_FIRST if without_value.get(nothing)
        )
        if without_value
        else (),
    )
