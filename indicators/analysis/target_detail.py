"""The page of a target: queries in, frozen dataclasses out. No markup, and no judgement that a roll-up already holds.

Values are Decimals in the target's unit, None where there is none (domain.md, *Roll-up*).
"""

import datetime as dt
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from agencies import territory
from agencies.as_of import AsOf
from agencies.models import Agency, Level, User
from core.fields import unscale
from indicators.analysis import scenarios
from indicators.analysis.breaks import breaks_of
from indicators.analysis.charts import Outlook, SeriesBreak, Spread, TargetLine, Waterfall
from indicators.analysis.contributions import Contributions, _below, _contributions, _parts, decimal
from indicators.analysis.distribution import LEAST, spread_of
from indicators.analysis.nodes import (
    OWN_PREFIX,
    Node,
    NodeRow,
    _exempt,
    _exempt_row,
    _need,
    _opened,
    _own_districts,
    _rows,
    agencies_of,
    as_row,
    is_one_answer,
    missing,
    node_history,
)
from indicators.models import (
    Actual,
    Basis,
    PendingRollup,
    Rollup,
    RollupState,
    Scope,
    Target,
    Timing,
)
from indicators.rollups import engine
from indicators.rollups.absences import counts_of
from indicators.rollups.absences import read as read_absences
from indicators.rollups.forecast_words import bounds_of, is_near_bound
from indicators.rollups.results import points_in
from indicators.rules.calendar import alike
from indicators.rules.combining import MICRO, VALUE_PLACES, MeanOfRates, mean_of_rates, round_half_away
from indicators.rules.forecast import LAST_POINTS
from indicators.rules.judging import Rule
from indicators.rules.kinds import Kind
from indicators.rules.nothing import Nothing, nothing_of
from indicators.rules.points import Point
from indicators.rules.status import Status, is_small
from indicators.selection import Selection

# Beyond this many parts of a node no small multiples are drawn.
MOST_FEW = 30


# The number of agencies with the largest shortfall that are named.
MOST_SHORT = 6


@dataclass(frozen=True)
class Shortfall:
    """A reporter under its required value. code: as in `?node=`; lacks: the number of cases that its numerator falls
    short of it; is_small: its denominator is so small that one case decides."""

    code: str
    agency: Agency
    value: Decimal
    required: Decimal
    status: Status
    lacks: int
    is_small: bool

    @property
    def name(self) -> str:
        """The reporter's name, a commune's without its district's."""
        return self.agency.short_name if self.agency.level == Level.COMMUNE else self.agency.reporter_name

    @property
    def district(self) -> str:
        """The name of a commune's district, empty for others."""
        return self.agency.district.short_name if self.agency.district else ""


@dataclass(frozen=True)
class Shortfalls:
    """The largest shortfalls among a node's reporters that the reader may see, the largest first. count, total: of all
    that fall short; exact: the total where no reporter's is rounded up to a whole case, as the what-if scenario has it;
    silent: the number of reporters without a value."""

    rows: Sequence[Shortfall]
    count: int
    total: int
    exact: Fraction
    silent: int

    @property
    def more(self) -> int:
        """The number of reporters that fall short and are not listed."""
        return self.count - len(self.rows)

    @property
    def more_total(self) -> int:
        """The sum that those who are not listed lack."""
        return self.total - sum(row.lacks for row in self.rows)

    @property
    def exact_shown(self) -> Decimal:
        return decimal(self.exact)

    @property
    def is_rounded(self) -> bool:
        """True where the total differs from the exact one as figures are shown, in whole cases."""
        return self.total != math.floor(self.exact + Fraction(1, 2))


@dataclass(frozen=True)
class NodeSection:
    """Rows of one kind in the table of nodes; the first section, the province alone, has no title."""

    title: str
    rows: Sequence[NodeRow]


@dataclass(frozen=True)
class Month:
    """One period of the plan, with its label after *T*: the value as of its end, the period's own value (flows only), and the
    required value.
    fresh: one of the node's agencies has a figure of this very period; nothing, nothing_in_period: the reasons why
    there is no value, the latter of flows only; thin: the chosen period's value rests on too few agencies; stale: as in
    `Rollup`; series_break: the break of the series before it."""

    number: int
    label: str
    fresh: bool
    thin: bool
    value: Decimal | None
    nothing: Nothing | None
    in_period: Decimal | None
    nothing_in_period: Nothing | None
    required: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    stale: bool = False
    series_break: SeriesBreak | None = None

    @property
    def is_carried(self) -> bool:
        """True where the value was carried over from an earlier month."""
        return self.value is not None and not self.fresh


class FewMonth(NamedTuple):
    """A month of a part of a node: its value, or the reason why there is none, and whether the value was carried
    over."""

    value: Decimal | None
    nothing: Nothing | None
    is_carried: bool


@dataclass(frozen=True)
class SmallMultiple:
    """A part of a node with its months from January to the period."""

    row: NodeRow
    months: tuple[FewMonth, ...]

    @property
    def history(self) -> list[Decimal | None]:
        """The values of the months."""
        return [month.value for month in self.months]

    @property
    def carried(self) -> list[int]:
        """The months whose value is an earlier one."""
        return [number for number, month in enumerate(self.months, 1) if month.is_carried]


@dataclass(frozen=True)
class SmallMultiples:
    """A node's parts side by side on one scale, from `low` to `high`: the lowest to the highest value or threshold
    shown."""

    parts: tuple[SmallMultiple, ...]
    low: Decimal
    high: Decimal

    @property
    def words(self) -> str:
        """The words for the parts."""
        nodes = [part.row.node for part in self.parts]
        return territory.words(n.one_agency for n in nodes) if all(n.is_area for n in nodes) else "đơn vị"


@dataclass(frozen=True)
class Sources:
    """The numbers of agencies behind the figure: with a figure of this very period, with an earlier one, with none."""

    current: int
    earlier: int
    silent: int


@dataclass(frozen=True)
class TargetPage:
    """A target at a node as of a period on a basis; `row` is None where it was never rolled up. reporters: (N, D) of
    the agencies with D > 0, for the what-if scenario; empty where that is not for this target or this reader. spread:
    the distribution of the values of the reporters that the reader may see (`hidden_reporters` are left out); fews: the
    year of each part; waterfall: the change, where several had a part in it."""

    target: Target
    node: Node
    row: NodeRow | None
    other_basis_value: Decimal | None
    mean: MeanOfRates | None
    other_basis_nothing: Nothing | None
    months: Sequence[Month]
    is_flow: bool
    line: TargetLine
    outlook: Outlook | None
    contributions: Contributions | None
    shortfalls: Shortfalls | None
    sections: Sequence[NodeSection]
    sources: Sources | None
    prospect: scenarios.Prospect | None
    reporters: Sequence[tuple[Fraction, Fraction]]
    spread: Spread | None
    hidden_reporters: int
    fews: SmallMultiples | None
    waterfall: Waterfall | None
    computed_at: dt.datetime | None
    is_pending: bool
    is_closed: bool
    min_coverage: int
    breaks: Sequence[SeriesBreak]

    @property
    def labels(self) -> list[str]:
        """The periods shown, as they follow *T*."""
        return [month.label for month in self.months]

    @property
    def month(self) -> Month | None:
        """The month of the chosen period."""
        return self.months[-1] if self.months else None

    @property
    def is_one_answer(self) -> bool:
        return is_one_answer(self.target, self.node)

    @property
    def areas(self) -> str:
        """The words for the areas directly below the province that take part and that the reader may see; empty without."""
        rows = [row for section in self.sections for row in section.rows if row.depth == 0 and row.node.is_area]
        return territory.words(row.node.one_agency for row in rows)

    @property
    def has_communes(self) -> bool:
        """True where there is a row of all communes."""
        return any(row.node.code == "@communes" for section in self.sections for row in section.rows)

    @property
    def why(self) -> Contributions | None:
        """The change, where several had a part in it."""
        return self.contributions if self.contributions and len(self.contributions.parts) > 1 else None


class _Own(NamedTuple):
    """The row of one reporting agency. parent, parent_name, parent_level: the agency above it; counted: 1 where it has a
    figure of the last due month."""

    agency: int
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    required: Decimal | None
    status: str
    counted: int
    code: str
    level: str
    short_name: str
    parent: int | None
    parent_name: str | None
    parent_level: str | None

    @property
    def has_figure(self) -> bool:
        return self.numerator is not None or self.value is not None

    @property
    def node(self) -> str:
        """The node of the agency's own figure, as in `?node=`: a district's code alone is its area."""
        return (OWN_PREFIX if self.level == Level.DISTRICT else "") + self.code


def target_page(selection: Selection, target: Target, user: User, node_code: str) -> TargetPage:
    """Return the page of a target (loaded with its parties) for a reader. Raises Http404 for a node that does not exist
    or that the reader may not see.

    node_code: empty for the province. A fixed number of queries, whatever the number of agencies.
    """
    then = AsOf(selection.period.window_last)
    then.apply_to(party.agency for party in target.indicator.parties.all() if party.agency)
    node, history = node_history(selection, target, user, node_code, then)
    counts = counts_of([target])
    absences = read_absences(selection.period, targets=[target.pk], counts=counts, basis=selection.basis)
    rows = _rows(selection, target, user, node, then, absences)
    rule = engine.rule_of(target, selection.plan, engine.windows_of(selection.plan))
    own_basis = {row.period.number: row for row in history if row.basis == selection.basis}
    breaks = breaks_of(selection, target, node)
    other = next((r for r in history if r.basis != selection.basis and r.period_id == selection.period.pk), None)
    stored = own_basis.get(selection.period.number)
    number = selection.period.number
    before = own_basis.get(number - 1) if alike(number - 1, number, target) else None
    until_now = [earlier for number, earlier in sorted(own_basis.items()) if number <= selection.period.number]
    points = points_in(until_now)
    row = as_row(selection, target, stored, before, node, absences=absences, points=points) if stored else None
    if row is None and node.scope == Scope.OWN and (node.one_agency.pk, target.pk) in absences.exempt:
        row = _exempt_row(node)
    outlook = None if is_one_answer(target, node) else _outlook(target, stored, points)
    months = _months(selection, target, node, own_basis, row, {each.number: each for each in breaks})
    state = RollupState.objects.filter(plan=selection.plan).first()
    own_rows = _own_figures(selection, target, node, row)
    seen = _seen(selection, target, user, own_rows)
    below = _below(rows, node)
    contributions = _contributions(target, stored, before, _parts(rows, node))
    return TargetPage(
        target=target,
        node=node,
        row=row,
        other_basis_value=other.value if other else None,
        mean=_mean(target, node, own_rows),
        other_basis_nothing=_nothing_then(target, other),
        months=months,
        is_flow=target.timing == Timing.FLOW,
        line=_line(selection, target, rule, row, months, outlook, _first_value(own_basis), breaks),
        outlook=outlook,
        contributions=contributions,
        shortfalls=_shortfalls(target, node, [one for one in own_rows if one.agency in seen], then),
        sections=_sections([*rows, *_exempt(selection, target, user, node, then, absences)], node, user),
        sources=_sources(row, own_rows),
        prospect=scenarios.prospect(target, row, _missing(selection, target, own_rows)),
        reporters=_reporters(target, row, own_rows, seen),
        spread=_spread(target, row, [one for one in own_rows if one.agency in seen], then),
        hidden_reporters=len(own_rows) - len(seen),
        fews=_fews(selection, target, user, node, below),
        waterfall=_waterfall(selection, target, stored, before, contributions),
        computed_at=state.computed_at if state else None,
        is_pending=PendingRollup.objects.filter(plan=selection.plan).exists(),
        is_closed=rule.terms[selection.period.number].closed,
        min_coverage=selection.plan.min_coverage,
        breaks=breaks,
    )


def _sections(rows: Sequence[NodeRow], node: Node, user: User) -> list[NodeSection]:
    """Return the table: the province, levels, agencies that report for themselves, districts with the communes of the
    opened ones."""
    province = [row for row in rows if row.node.is_province]
    levels = [row for row in rows if row.node.scope == Scope.LEVEL]
    districts = [row for row in rows if row.node.is_district]
    own_rows = [row for row in rows if row.node.scope == Scope.OWN]
    bodies = [row for row in own_rows if row.node.one_agency.level not in (Level.DISTRICT, Level.COMMUNE)]
    opened = _opened(node, user)
    under = []
    for row in sorted(districts, key=_need):
        district = row.node.one_agency.pk
        below = [r for r in own_rows if district in (r.node.one_agency.pk, r.node.one_agency.parent_id)]
        is_open = district in opened and (row.expected > 1 or any(r.node.one_agency.pk != district for r in below))
        # The reader's own district is always open.
        under.append(replace(row, opens=row.expected > 1 and district not in _own_districts(user), is_open=is_open))
        if is_open:
            # The district's own figure first, then its communes by need.
            under += [
                replace(r, depth=1) for r in sorted(below, key=lambda r: (r.node.one_agency.pk != district, _need(r)))
            ]
    listed = {row.node.one_agency.pk for row in districts}
    alone = [
        r
        for r in own_rows
        if (r.node.one_agency.level == Level.COMMUNE and r.node.one_agency.parent_id not in listed)
        or (r.node.one_agency.level == Level.DISTRICT and r.node.one_agency.pk not in listed)
    ]
    under += sorted(alone, key=_need)
    # On a district's or a commune's page only the areas matter.
    inside = node.agency is not None and node.agency.level in (Level.DISTRICT, Level.COMMUNE)
    sections = [
        NodeSection("", province),
        NodeSection("Theo cấp", levels if len(levels) > 1 and not inside else []),
        NodeSection(
            "Sở, ban, ngành" if len(bodies) > 1 else "Đơn vị báo cáo", [] if inside else sorted(bodies, key=_need)
        ),
        NodeSection("Theo địa bàn", under),
    ]
    return [section for section in sections if section.rows]


class _Lack(NamedTuple):
    """The shortfall of one reporter: its value, what is required, and the cases that are missing, rounded up and exact."""

    value: Decimal
    required: Decimal
    cases: int
    exact: Fraction


def _lack(one: _Own) -> _Lack | None:
    """Return the shortfall of a reporter; None where nothing is missing or nothing is known."""
    numerator, denominator, value, required = one.numerator, one.denominator, one.value, one.required
    cases = missing(numerator, denominator, required)
    if not cases or numerator is None or denominator is None or value is None or required is None:
        return None
    return _Lack(value, required, cases, Fraction(required) * Fraction(denominator) / 100 - Fraction(numerator))


def _shortfalls(target: Target, node: Node, own_rows: Sequence[_Own], then: AsOf) -> Shortfalls | None:
    """Return the shortfalls to the required value of a rising ratio, reporter by reporter: an area above it hides those
    of its reporters that are below. None where nothing is missing, and of a single agency."""
    if not target.rules.has_parts or target.is_falling or node.scope == Scope.OWN:
        return None
    lacking = ((_lack(one), one) for one in own_rows)
    short = sorted(((lack, one) for lack, one in lacking if lack), key=lambda pair: (-pair[0].cases, pair[1].code))
    if not short:
        return None
    first = short[:MOST_SHORT]
    agencies = _agencies([one for _, one in first], then)
    return Shortfalls(
        rows=[
            Shortfall(
                one.node,
                agency,
                lack.value,
                lack.required,
                Status(one.status),
                lack.cases,
                is_small(one.denominator),
            )
            for agency, (lack, one) in zip(agencies, first, strict=True)
        ],
        count=len(short),
        total=sum(lack.cases for lack, _ in short),
        exact=sum((lack.exact for lack, _ in short), Fraction(0)),
        silent=sum(one.value is None for one in own_rows),
    )


# The months of the year
def _months(
    selection: Selection,
    target: Target,
    node: Node,
    stored: Mapping[int, Rollup],
    current: NodeRow | None,
    breaks: Mapping[int, SeriesBreak],
) -> list[Month]:
    """Return January to the chosen period. A flow's own months are added up from what was entered for each (one
    query)."""
    is_flow = target.timing == Timing.FLOW
    entered = _entered(selection, target, node) if is_flow else {}
    months = []
    for number in range(1, selection.period.number + 1):
        row, own_value = stored.get(number), _in_period(target, entered.get(number))
        months.append(
            Month(
                number=number,
                label=selection.plan.month_label(number),
                fresh=bool(row and row.is_point),
                thin=bool(current and current.is_thin) and number == selection.period.number,
                value=row.value if row else None,
                nothing=_nothing_then(target, row),
                in_period=own_value,
                nothing_in_period=_nothing_in_period(target, row, number in entered, own_value) if is_flow else None,
                required=row.required if row else None,
                numerator=row.numerator if row else None,
                denominator=row.denominator if row else None,
                stale=bool(row and row.stale),
                series_break=breaks.get(number),
            )
        )
    return months


def _nothing_then(target: Target, row: Rollup | None) -> Nothing | None:
    """Return the reason why a month has no value; before the first roll-up it is silence."""
    if row is None:
        return Nothing.SILENT
    return nothing_of(
        Kind(target.kind), value=row.value, numerator=row.numerator, expected=row.expected, reported=row.reported
    )


def _nothing_in_period(target: Target, row: Rollup | None, has_figures: bool, value: Decimal | None) -> Nothing | None:
    """Return the reason why one month's own figures give no value."""
    if value is not None:
        return None
    if has_figures:
        return Nothing.NOT_ARISEN
    return Nothing.NOT_DUE if row is not None and row.expected == 0 else Nothing.SILENT


def _entered(selection: Selection, target: Target, node: Node) -> dict:
    """Return what was entered for each month of the year in a node. Each month is by its own tree (domain.md,
    *Roll-up*): an area keeps there the figures of an agency that has moved away since."""
    figures = Actual.objects.on(selection.basis).of(target).up_to(selection.period)
    if node.scope == Scope.AREA:
        return figures.within_then(node.one_agency).summed_by_period()
    return figures.by(agencies_of(node, selection.period)).summed_by_period()


def _in_period(target: Target, sums: tuple[Decimal | None, Decimal | None, Decimal | None] | None) -> Decimal | None:
    """Return the value of one month's own figures: 100 × ΣN ÷ ΣD of a ratio, to six decimals; Σ of a count; None
    without any."""
    if sums is None:
        return None
    numerator, denominator, value = sums
    if target.rules.is_amount:
        return value
    if numerator is None or not denominator:
        return None
    exact = Fraction(numerator) / Fraction(denominator) * 100 * MICRO
    return unscale(round_half_away(exact.numerator, exact.denominator), VALUE_PLACES)


def _outlook(target: Target, row: Rollup | None, points: Sequence[Point]) -> Outlook | None:
    """Return the stored forecast with its range; None without one. points: the node's up to the period."""
    if row is None or row.forecast is None or row.forecast_low is None or row.forecast_high is None:
        return None
    if target.timing == Timing.FLOW:
        is_still = row.forecast_low == row.forecast_high not in bounds_of(target)
    else:
        is_still = len({point.value for point in points[-LAST_POINTS:]}) == 1
    return Outlook(
        target.due,
        row.forecast,
        row.forecast_low,
        row.forecast_high,
        near_bound=is_near_bound(target, row),
        is_still=is_still,
    )


def _first_value(stored: Mapping[int, Rollup]) -> tuple[dt.date, int] | None:
    """Return a node's first value with the last day of its window, as rules see it; None while it has none."""
    micro = Rollup._meta.get_field("value").stored
    for _, row in sorted(stored.items()):
        if row.value is not None:
            return row.period.window_last, micro(row.value)
    return None


def _line(
    selection: Selection,
    target: Target,
    rule: Rule,
    row: NodeRow | None,
    months: Sequence[Month],
    outlook: Outlook | None,
    first_value: tuple[dt.date, int] | None,
    breaks: Sequence[SeriesBreak],
) -> TargetLine:
    """Return the data of the line chart: months after the chosen period are empty."""
    empty: list[Decimal | None] = [None] * (len(rule.windows) - len(months))
    judged = row is None or row.is_judged
    return TargetLine(
        code=target.code,
        unit=target.unit,
        from_zero=not target.rules.is_amount,
        comparator=target.comparator if judged else "",
        first_day=selection.plan.first_day,
        last_day=selection.plan.last_day,
        due=target.due,
        days=[window.last for window in rule.windows],
        values=[month.value for month in months] + empty,
        in_period=[month.in_period for month in months] + empty,
        fresh=[month.fresh for month in months] + [False] * len(empty),
        needed=[month.required for month in months] + empty,
        required=row.required if row else None,
        path=_path(rule, selection.period.number, first_value) if judged else [],
        threshold=target.threshold if judged else None,
        baseline=target.baseline,
        outlook=outlook,
        current=selection.period.number,
        labels=[selection.plan.month_label(window.number) for window in rule.windows],
        is_flow=target.timing == Timing.FLOW,
        thin=bool(row and row.low_coverage),
        breaks=breaks,
    )


def _path(rule: Rule, number: int, first_value: tuple[dt.date, int] | None) -> list[tuple[dt.date, Decimal]]:
    """Return the corners of the required path as of a period, up to the due date; empty where it is the threshold
    throughout."""
    path = rule.path(number, first_value)
    return [(day, unscale(value, VALUE_PLACES)) for day, value in path] if len(path) > 1 else []


def _own_figures(selection: Selection, target: Target, node: Node, row: NodeRow | None) -> list[_Own]:
    """Return the rows of the agencies assigned in a node; none while nothing is due. One query."""
    if row is None or row.not_due:
        return []
    rows = Rollup.objects.at(selection.period, selection.basis).filter(target=target, scope=Scope.OWN)
    rows = rows.filter(agency__in=agencies_of(node, selection.period))
    counted = "approved" if selection.basis == Basis.OFFICIAL else "reported"
    figures = ("numerator", "denominator", "value", "required", "status", counted)
    names = (
        "agency__level",
        "agency__short_name",
        "agency__parent",
        "agency__parent__short_name",
        "agency__parent__level",
    )
    return [_Own(*columns) for columns in rows.values_list("agency", *figures, "node", *names)]


def _seen(selection: Selection, target: Target, user: User, own_rows: Sequence[_Own]) -> set[int]:
    """Return those of the reporters whose figures the reader may see one by one. One query for readers who do not read
    everything."""
    everyone = {one.agency for one in own_rows}
    if user.reads_everything or not own_rows:
        return everyone
    rows = Rollup.objects.at(selection.period, selection.basis).filter(target=target, scope=Scope.OWN)
    return everyone & set(rows.filter(agency__in=everyone).visible_to(user).values_list("agency", flat=True))


def _mean(target: Target, node: Node, own_rows: Sequence[_Own]) -> MeanOfRates | None:
    """Return the mean of the reporters' rates; None of one reporter, and of what is no ratio."""
    if not target.rules.has_parts or node.scope == Scope.OWN:
        return None
    return mean_of_rates((one.numerator, one.denominator) for one in own_rows)


def _sources(row: NodeRow | None, own_rows: Sequence[_Own]) -> Sources | None:
    """Count the agencies behind the figure."""
    if row is None or row.not_due:
        return None
    figures = sum(1 for one in own_rows if one.has_figure)
    return Sources(current=row.counted, earlier=figures - row.counted, silent=row.expected - figures)


def _missing(selection: Selection, target: Target, own_rows: Sequence[_Own]) -> list[scenarios.Missing]:
    """Return the last figure of each agency that is missing. One query of a flow."""
    gone = [one for one in own_rows if not one.counted]
    if target.timing == Timing.FLOW:
        last = scenarios.last_months(target, selection, [one.agency for one in gone])
        return [last.get(one.agency, scenarios.Missing()) for one in gone]
    # A yes is 100 in a roll-up, 1 in a report.
    value = "numerator" if target.rules.is_answer else "value"
    return [scenarios.Missing(one.numerator, one.denominator, getattr(one, value)) for one in gone]


def _reporters(
    target: Target, row: NodeRow | None, own_rows: Sequence[_Own], seen: Collection[int]
) -> list[tuple[Fraction, Fraction]]:
    """Return (N, D) of the agencies for the what-if scenario: of a rising ratio, and only where the reader may see
    every one of them, because from a few trials each figure could be worked out."""
    if not target.rules.has_parts or target.is_falling or row is None or not row.denominator:
        return []
    if len(seen) < len(own_rows):
        return []
    return [
        (Fraction(one.numerator), Fraction(one.denominator))
        for one in own_rows
        if one.numerator is not None and one.denominator
    ]


# The reporters side by side
def _spread(target: Target, row: NodeRow | None, own_rows: Sequence[_Own], then: AsOf) -> Spread | None:
    """Return the distribution of the reporters' values; None of a yes or no, which is counted."""
    valued = [one for one in own_rows if one.value is not None]
    if row is None or target.rules.is_answer or len(valued) < LEAST:
        return None
    return spread_of(
        [
            (name, one.value, one.denominator)
            for name, one in zip(_names(valued, then), valued, strict=True)
            if one.value is not None
        ],
        unit=target.unit,
        comparator=target.comparator,
        # A sum is not on the scale of its parts, and the threshold applies to the whole.
        value=None if target.rules.is_whole else row.value,
        threshold=target.threshold if row.is_judged and not target.rules.is_whole else None,
    )


def _names(own_rows: Sequence[_Own], then: AsOf) -> list[str]:
    """Return the reporters' names as lists show them, by the names of that day: a commune with its district, a district
    as its People's Committee."""
    return [agency.reporter_name for agency in _agencies(own_rows, then)]


def _agencies(own_rows: Sequence[_Own], then: AsOf) -> list[Agency]:
    """Return the reporters as they were called on that day, each with its parent."""
    above = {
        one.parent: Agency(pk=one.parent, short_name=one.parent_name or "", level=one.parent_level or "")
        for one in own_rows
        if one.parent
    }
    agencies = [
        Agency(pk=one.agency, level=one.level, short_name=one.short_name, parent=above.get(one.parent or 0))
        for one in own_rows
    ]
    then.apply_to(agencies)
    return agencies


def _fews(
    selection: Selection, target: Target, user: User, node: Node, below: Sequence[NodeRow]
) -> SmallMultiples | None:
    """Return the years of a node's parts, in the order of its table; the departments only where there are no areas.
    One query."""
    areas = [row for row in below if row.node.is_area] if node.is_province else []
    parts = areas or below
    if not 2 <= len(parts) <= MOST_FEW:
        return None
    parts = sorted(parts, key=_need)
    keys = [(row.node.scope, row.node.code.removeprefix(OWN_PREFIX)) for row in parts]
    rows = Rollup.objects.filter(target=target, basis=selection.basis, scope__in={scope for scope, _ in keys})
    rows = rows.filter(node__in=[code for _, code in keys])
    rows = rows.filter(period__plan=selection.plan, period__number__lte=selection.period.number).visible_to(user)
    stored = {(row.scope, row.node, row.period.number): row for row in rows.select_related("period")}
    numbers = range(1, selection.period.number + 1)
    years = [
        SmallMultiple(row, tuple(_few(target, stored.get((*key, n))) for n in numbers))
        for row, key in zip(parts, keys, strict=True)
    ]
    known = [value for few in years for value in few.history if value is not None]
    if not known:
        return None
    if target.threshold is not None and any(row.is_judged for row in parts):
        known.append(target.threshold)
    return SmallMultiples(tuple(years), min(known), max(known))


def _few(target: Target, row: Rollup | None) -> FewMonth:
    carried = row is not None and row.value is not None and not row.is_point
    return FewMonth(row.value if row else None, _nothing_then(target, row), carried)


def _waterfall(
    selection: Selection,
    target: Target,
    stored: Rollup | None,
    before: Rollup | None,
    contributions: Contributions | None,
) -> Waterfall | None:
    """Return the change as a chart, where several had a part in it and one of them moved."""
    if contributions is None or len(contributions.parts) < 2 or not any(part.change for part in contributions.parts):
        return None
    if before is None or stored is None or before.value is None or stored.value is None:
        return None
    return Waterfall(
        unit=target.unit,
        start=f"Tháng {selection.plan.month_label(selection.period.number - 1)}",
        end=f"Tháng {selection.period.label}",
        before=before.value,
        after=stored.value,
        parts=[(part.name, part.shown) for part in contributions.parts if part.change],
        printed=[part.printed for part in contributions.parts if part.change],
        own_changes=[part.own_change for part in contributions.parts if part.change],
        still=sum(not part.change for part in contributions.parts),
    )
