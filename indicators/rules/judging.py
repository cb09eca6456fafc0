"""Judging of one node's year: sums in, rows out. Pure; used only by the roll-up, for every node.

The parts that all rows of a target share (definition in force, closing period, days) are computed once in `Rule`.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from indicators.rules.calendar import Window, due_periods_between, last_due, year_start, years_after
from indicators.rules.combining import MICRO, holds, round_half_away
from indicators.rules.definition import Definition, closing_period, in_force
from indicators.rules.forecast import (
    FEWEST_POINTS,
    LAST_POINTS,
    Bounds,
    FlowPart,
    Forecast,
    of_count_flow,
    of_flow,
    of_line,
    pace_of_count,
    pace_of_flow,
)
from indicators.rules.kinds import Kind, KindRules, Timing, rules_of
from indicators.rules.status import Status, status
from indicators.rules.trajectory import corners, on_line, required, starts_from_first_value


class Sums(NamedTuple):
    """Sums of a node as of a period on one basis, as SQL adds them up.

    n, d: ΣN and ΣD of a ratio (thousandths); v: Σ of values (micro); assigned: agencies assigned; figures: agencies
    with a figure; point: at least one of them has a figure in this very period. weight: ΣD of the latest figures of the
    assigned agencies, fresh: of those not older than last due. parts: of a flow, what each window with a figure of the row's
    agencies brought, in order, the last six. stale: some figure of the row is older than it should be.
    """

    number: int
    n: int | None
    d: int | None
    v: int | None
    assigned: int
    figures: int
    point: bool
    weight: int = 0
    fresh: int = 0
    parts: Sequence[FlowPart] = ()
    stale: bool = False


class Judged(NamedTuple):
    """The judged part of a roll-up row; numerator and denominator in thousandths, the rest in micro.

    forecast, forecast_low, forecast_high: within the bounds of the target's values. due_held: the comparator held in the
    closing period; None before it and where that period has no value. pace: what the coming windows of a flow need.
    """

    number: int
    numerator: int | None
    denominator: int | None
    value: int | None
    stale: bool
    is_point: bool
    is_judged: bool
    required: int | None
    status: Status
    forecast: int | None
    forecast_low: int | None
    forecast_high: int | None
    due_held: bool | None
    fresh: int | None
    pace: int | None


class Terms(NamedTuple):
    """The terms by which a target is judged in one period; the same for all its rows, so computed once.

    due: the due day as an ordinal; closing: the closing period, None where the target is due after the plan ends; coming: the
    due periods after this one, up to and with the closing one, of a sum that begins again those of the closing year;
    begins_again: the sum does so before the closing period; is_due: a figure was due by now; is_over: it is of a year after
    the closing one, and nothing is asked any more. required: the required value, where it is the same for all rows;
    has_own_line: each row has its own, from its first value.
    """

    day: dt.date
    definition: Definition
    due: int
    closing: int | None
    closed: bool
    coming: int
    begins_again: bool
    is_due: bool
    is_over: bool
    required: int | None
    has_own_line: bool


@dataclass(frozen=True)
class Rule:
    """A target as rules see it. cycle: the months between two figures; definitions: in the order in which they were made;
    windows: the plan's periods in order; first_month: of the first one; restarts: the sum of a flow begins again with each
    year of the plan (docs/decisions/0301)."""

    kind: Kind
    timing: Timing
    cycle: int
    is_share: bool
    definitions: Sequence[Definition]
    plan_first_day: dt.date
    plan_last_day: dt.date
    windows: Sequence[Window]
    first_month: int = 1
    restarts: bool = False
    terms: dict[int, Terms] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", {window.number: self._terms_of(window) for window in self.windows})

    def _terms_of(self, window: Window) -> Terms:
        definition = in_force(self.definitions, window.number)
        closing = closing_period(self.windows, definition.due, self.plan_first_day, self.plan_last_day)
        closed = closing is not None and window.number >= closing
        has_own_line = not closed and starts_from_first_value(definition, self.timing)
        since, final_since = self.since(window.number), self.since(closing or window.number)
        if closed or has_own_line:
            needed = None if has_own_line else definition.threshold
        else:
            of_year, first_day = self._of_year(definition, window.number)
            needed = required(of_year, window.last, timing=self.timing, plan_first_day=first_day, first_value=None)
        return Terms(
            day=window.last,
            definition=definition,
            due=definition.due.toordinal(),
            closing=closing,
            closed=closed,
            coming=0
            if closing is None
            else due_periods_between(max(window.number, final_since - 1), closing, self.cycle, self.first_month),
            begins_again=since < final_since,
            is_due=last_due(window.number, self.cycle, self.first_month, since) > 0,
            is_over=since > final_since,
            required=needed,
            has_own_line=has_own_line,
        )

    def since(self, number: int) -> int:
        """Return the number of the first period whose figures count in the sum as of a period."""
        return year_start(number) if self.restarts else 1

    @property
    def begins_line_again(self) -> bool:
        """True where the required line begins again with each year: of an amount whose sum does so."""
        return self.restarts and self.whole_only

    def _of_year(self, definition: Definition, number: int) -> tuple[Definition, dt.date]:
        """Return what the line leads to in a period's year, and that year's first day: where the line begins again and the
        target is due in a later year, the year's last milestone, or the threshold by the year's end without one."""
        if not self.begins_line_again:
            return definition, self.plan_first_day
        first_day = years_after(self.plan_first_day, (number - 1) // 12)
        next_year = years_after(self.plan_first_day, (number - 1) // 12 + 1)
        ahead = sorted(milestone for milestone in definition.milestones if first_day <= milestone[0] < next_year)
        due, goal = definition.due, definition.threshold
        if due >= next_year:
            due, goal = ahead[-1] if ahead else (next_year - dt.timedelta(days=1), goal)
        # A milestone on the day itself is no corner, but a line with milestones begins at the first value.
        marks = ahead or [(due, goal or 0)] * bool(definition.milestones)
        return replace(definition, milestones=marks, due=due, threshold=goal), first_day

    @property
    def bounds(self) -> Bounds:
        """Lowest and highest possible value, in micro; None where there is no bound."""
        return rules_of(self.kind).forecast_bounds(self.is_share)

    @property
    def whole_only(self) -> bool:
        """True where, with several agencies, the threshold is that of the whole only (docs: domain, Kinds of
        target)."""
        return rules_of(self.kind).is_amount

    @property
    def never_of_one(self) -> frozenset[int]:
        """The periods in which the threshold asks nothing of a single agency: a share of agencies that say yes, below all
        of them."""
        if not rules_of(self.kind).is_answer:
            return frozenset()
        limits = {number: terms.definition.threshold for number, terms in self.terms.items()}
        return frozenset(number for number, limit in limits.items() if limit is not None and limit < 100 * MICRO)

    def path(self, number: int, first_value: tuple[dt.date, int] | None) -> list[tuple[dt.date, int]]:
        """Return the corners of the required line by the definition in force in a period; as `trajectory.corners`."""
        definition, first_day = self._of_year(self.terms[number].definition, number)
        return corners(definition, timing=self.timing, plan_first_day=first_day, first_value=first_value)


def judge(
    rule: Rule,
    series: Iterable[Sums],
    tracked: frozenset[int] | set[int] = frozenset(),
    first: int = 1,
) -> Iterator[Judged]:
    """Judge a node's periods in order and yield a row for each from month `first` on.

    tracked: periods in which this row is only tracked, not judged. Periods before `first` only give their values to those
    after them.
    """
    kind, bounds, is_flow = rules_of(rule.kind), rule.bounds, rule.timing == Timing.FLOW
    days: list[int] = []
    values: list[int] = []
    exact_values: dict[int, tuple[int, int]] = {}
    first_value: tuple[dt.date, int] | None = None
    line: Sequence[tuple[dt.date, int]] = ()
    drawn_by: tuple[Definition, int] | None = None
    year = 1
    for sums in series:
        number, n, d, v, assigned, figures, point, weight, fresh, parts, stale = sums
        terms = rule.terms[number]
        definition = terms.definition
        if rule.begins_line_again and year != rule.since(number):
            year, first_value = rule.since(number), None
        exact = kind.value_of_sums(n, d, v, figures, assigned) if figures else None
        value = None
        if exact is not None:
            exact_values[number] = exact
            value = round_half_away(*exact)
            first_value = first_value or (terms.day, value)
            if point:
                days.append(terms.day.toordinal())
                values.append(value)
        if number < first:
            continue
        outlook = None
        if value is not None and not terms.closed:
            if is_flow:
                outlook = _outlook_of_flow(kind, terms, sums, value)
            elif len(days) >= FEWEST_POINTS:
                outlook = of_line(tuple([day - terms.due for day in days[-LAST_POINTS:]]), values[-LAST_POINTS:])
        needed, below, falls_short, achieved, due_held, pace = None, False, False, False, None, None
        comparator, threshold = definition.comparator, definition.threshold
        is_judged = comparator is not None and threshold is not None and number not in tracked
        is_judged = is_judged and not terms.is_over
        if is_judged and comparator is not None and threshold is not None:
            needed = terms.required
            if terms.has_own_line and first_value is not None:
                if drawn_by is None or drawn_by[0] is not definition or drawn_by[1] != year:
                    line, drawn_by = rule.path(number, first_value), (definition, year)
                needed = on_line(line, terms.day)
            if value is not None:
                achieved = exact is not None and holds(exact, comparator, threshold)
                below = needed is not None and (value > needed if comparator.falling else value < needed)
            if outlook is not None:
                falls_short = not outlook.holds(comparator, threshold, bounds)
                if is_flow:
                    pace = _pace(kind, terms, sums, threshold)
            if terms.closed and terms.closing in exact_values:
                due_held = holds(exact_values[terms.closing], comparator, threshold)
        numerator, denominator = kind.stored_parts(n, d, v, assigned) if figures else (None, None)
        shown = low = high = None
        if outlook is not None:
            shown, low, high = outlook.within(bounds)
        yield Judged(
            number,
            numerator,
            denominator,
            value,
            stale,
            point,
            is_judged,
            needed,
            status(is_judged, value is not None, achieved, terms.closed, below, falls_short),
            shown,
            low,
            high,
            due_held,
            round_half_away(100 * MICRO * fresh, weight) if weight and terms.is_due and kind.has_parts else None,
            pace,
        )


def _outlook_of_flow(kind: KindRules, terms: Terms, sums: Sums, value: int) -> Forecast | None:
    """Return the forecast of a flow's row with a value before the closing period; None without one."""
    if terms.closing is None:
        return None
    if terms.begins_again:
        # The closing year's own sum is forecast, of which nothing has come yet.
        sums, value = sums._replace(n=0, d=0, v=0), 0
    if kind.has_parts:
        return of_flow(sums.n or 0, sums.d or 0, sums.parts, terms.coming)
    return of_count_flow(value, sums.parts, terms.coming)


def _pace(kind: KindRules, terms: Terms, sums: Sums, threshold: int) -> int | None:
    """Return what the coming windows of a flow need to reach the threshold."""
    if terms.begins_again:
        sums = sums._replace(n=0, d=0, v=0)
    if kind.has_parts:
        return pace_of_flow(sums.n or 0, sums.d or 0, sums.parts, terms.coming, threshold)
    return pace_of_count(sums.v or 0, terms.coming, threshold)
