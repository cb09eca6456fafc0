"""Judging of one node's year: sums in, rows out. Pure; used only by the roll-up, for every node.

The parts that all rows of a target share (definition in force, closing period, days) are computed once in `Rule`.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from indicators.rules.calendar import Window, due_periods_between, last_due
from indicators.rules.combining import MICRO, holds, round_half_away
from indicators.rules.definition import Definition, closing_period, in_force
from indicators.rules.forecast import (
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
from indicators.rules.kinds import Kind, Timing, rules_of
from indicators.rules.status import Status, status
from indicators.rules.trajectory import corners, required


class Sums(NamedTuple):
    """Sums of a node as of a period on one basis, as SQL adds them up.

    n, d: ΣN and ΣD of a ratio (thousandths); v: Σ of values (micro); assigned: agencies assigned; figures: agencies
    with a figure; point: at least one of them has a figure in this very period. weight: ΣD of the latest figures of the
    assigned agencies, fresh: of those not older than last due. parts: of a flow, what each window with a figure of the row's
    agencies brought, in order, the last six.
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


class Judged(NamedTuple):
    """The judged part of a roll-up row; numerator and denominator in thousandths, the rest in micro.

    forecast, forecast_low, forecast_high: within the bounds of the target's values. due_held: the comparator held in the
    closing period; None before it and where that period has no value. pace: what the coming windows of a flow need.
    """

    number: int
    numerator: int | None
    denominator: int | None
    value: int | None
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
    """The terms by which a target is judged in one period.

    closing: the closing period, None where the target is due after the plan ends; coming: the due periods after this one, up
    to and with the closing one.
    """

    day: dt.date
    definition: Definition
    closing: int | None
    closed: bool
    coming: int


@dataclass(frozen=True)
class Rule:
    """A target as rules see it. definitions: in the order in which they were made; windows: the plan's periods in
    order."""

    kind: Kind
    timing: Timing
    quarterly: bool
    is_share: bool
    definitions: Sequence[Definition]
    plan_first_day: dt.date
    plan_last_day: dt.date
    windows: Sequence[Window]
    terms: dict[int, Terms] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", {window.number: self._terms_of(window) for window in self.windows})

    def _terms_of(self, window: Window) -> Terms:
        definition = in_force(self.definitions, window.number)
        closing = closing_period(self.windows, definition.due, self.plan_last_day)
        coming = 0 if closing is None else due_periods_between(window.number, closing, self.quarterly)
        closed = closing is not None and window.number >= closing
        return Terms(window.last, definition, closing, closed, coming)

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

    def last_due(self, number: int) -> int:
        """Return the *last due* period of this one (docs: domain, Roll-up)."""
        return last_due(number, self.quarterly)

    def required(self, number: int, first_value: tuple[dt.date, int] | None) -> int | None:
        """Return the required value of a judged row in a period; first_value: as in `trajectory.required`."""
        day, definition, _, closed, _ = self.terms[number]
        if closed:
            return definition.threshold
        return required(
            definition, day, timing=self.timing, plan_first_day=self.plan_first_day, first_value=first_value
        )

    def path(self, number: int, first_value: tuple[dt.date, int] | None) -> list[tuple[dt.date, int]]:
        """Return the corners of the required line by the definition in force in a period; as `trajectory.corners`."""
        definition = self.terms[number].definition
        return corners(definition, timing=self.timing, plan_first_day=self.plan_first_day, first_value=first_value)


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
    kind, bounds = rules_of(rule.kind), rule.bounds
    points: list[tuple[int, int]] = []
    exact_values: dict[int, tuple[int, int]] = {}
    first_value: tuple[dt.date, int] | None = None
    for sums in series:
        number, n, d, v, assigned, figures, point, *_ = sums
        terms = rule.terms[number]
        exact = kind.exact_value(n=n, d=d, v=v, figures=figures, assigned=assigned)
        value = None
        if exact is not None:
            exact_values[number] = exact
            value = round_half_away(*exact)
            first_value = first_value or (terms.day, value)
            if point:
                points.append((terms.day.toordinal(), value))
        if number < first:
            continue
        outlook = None if value is None or terms.closed else _outlook(rule, terms, sums, value, points)
        comparator, threshold = terms.definition.comparator, terms.definition.threshold
        needed, below, falls_short, achieved, due_held, pace = None, False, False, False, None, None
        is_judged = comparator is not None and threshold is not None and number not in tracked
        if is_judged and comparator is not None and threshold is not None:
            needed = rule.required(number, first_value)
            achieved = exact is not None and holds(exact, comparator, threshold)
            if value is not None and needed is not None:
                below = value > needed if comparator.falling else value < needed
            if outlook is not None:
                falls_short = not outlook.holds(comparator, threshold, bounds)
                pace = _pace(rule, terms, sums, threshold)
            if terms.closed and terms.closing in exact_values:
                due_held = holds(exact_values[terms.closing], comparator, threshold)
        verdict = status(
            is_judged=is_judged,
            has_value=value is not None,
            achieved=achieved,
            closed=terms.closed,
            below=below,
            falls_short=falls_short,
        )
        numerator, denominator = kind.stored_parts(n, d, v, assigned) if figures else (None, None)
        low = high = shown = None
        if outlook is not None:
            shown, low, high = outlook.within(bounds)
        fresh = _fresh(rule, sums)
        yield Judged(
            number, numerator, denominator, value, is_judged, needed, verdict, shown, low, high, due_held, fresh, pace
        )


def _outlook(rule: Rule, terms: Terms, sums: Sums, value: int, points: Sequence[tuple[int, int]]) -> Forecast | None:
    """Return the forecast of a row with a value before the closing period. points: (ordinal day, value) of the periods
    that brought a figure."""
    if rule.timing != Timing.FLOW:
        due, latest = terms.definition.due.toordinal(), points[-LAST_POINTS:]
        return of_line(tuple(day - due for day, _ in latest), [known for _, known in latest])
    if terms.closing is None:
        return None
    if rules_of(rule.kind).has_parts:
        return of_flow(sums.n or 0, sums.d or 0, sums.parts, terms.coming)
    return of_count_flow(value, sums.parts, terms.coming)


def _pace(rule: Rule, terms: Terms, sums: Sums, threshold: int) -> int | None:
    """Return what the coming windows of a flow need to reach the threshold; None of what is no flow."""
    if rule.timing != Timing.FLOW:
        return None
    if rules_of(rule.kind).has_parts:
        return pace_of_flow(sums.n or 0, sums.d or 0, sums.parts, terms.coming, threshold)
    return pace_of_count(sums.v or 0, terms.coming, threshold)


def _fresh(rule: Rule, sums: Sums) -> int | None:
    """Return the coverage by weight, in micro of a percent; None of what is no ratio, without weights, and while nothing is
    due."""
    if not rules_of(rule.kind).has_parts or not sums.weight or not rule.last_due(sums.number):
        return None
    return round_half_away(100 * MICRO * sums.fresh, sums.weight)
