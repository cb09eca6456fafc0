"""Judging of one node's year: sums in, rows out. Pure; used only by the roll-up, for every node.

The parts that all rows of a target share (required value, days, bounds) are computed once in `Rule`.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from indicators.rules.calendar import last_due
from indicators.rules.combining import holds, round_half_away
from indicators.rules.forecast import FEWEST_POINTS, LAST_POINTS, clip, theil_sen
from indicators.rules.kinds import Comparator, Kind, Timing, rules_of
from indicators.rules.status import Status, status
from indicators.rules.trajectory import required


class Window(NamedTuple):
    """A period as rules see it: its month and the last day of its data."""

    number: int
    last: dt.date


class Sums(NamedTuple):
    """Sums of a node as of a period on one basis, as SQL adds them up.

    n, d: ΣN and ΣD of a ratio (thousandths); v: Σ of values (micro); assigned: agencies assigned; figures: agencies
    with a figure; point: at least one of them has a figure in this very period.
    """

    number: int
    n: int | None
    d: int | None
    v: int | None
    assigned: int
    figures: int
    point: bool


class Judged(NamedTuple):
    """The judged part of a roll-up row; numerator and denominator in thousandths, the rest in micro."""

    number: int
    numerator: int | None
    denominator: int | None
    value: int | None
    required: int | None
    status: Status
    forecast: int | None


@dataclass(frozen=True)
class Rule:
    """A target as rules see it. threshold, baseline and milestones in micro; windows: the plan's periods in order.

    required, days and ended are by month: the required value, the days from the due date to the window's end (negative
    before it), and whether the target is judged finally.
    """

    kind: Kind
    timing: Timing
    quarterly: bool
    is_share: bool
    comparator: Comparator | None
    threshold: int | None
    due: dt.date
    baseline: int | None
    plan_first_day: dt.date
    windows: Sequence[Window]
    milestones: Sequence[tuple[dt.date, int]] = ()
    required: dict[int, int | None] = field(init=False)
    days: dict[int, int] = field(init=False)
    ended: dict[int, bool] = field(init=False)

    def __post_init__(self) -> None:
        last = self.windows[-1].number
        fill = object.__setattr__
        fill(self, "days", {w.number: (w.last - self.due).days for w in self.windows})
        fill(self, "ended", {w.number: w.last > self.due or w.number == last for w in self.windows})
        fill(
            self,
            "required",
            {
                w.number: required(
                    day=w.last,
                    is_last_period=w.number == last,
                    plan_first_day=self.plan_first_day,
                    timing=self.timing,
                    comparator=self.comparator,
                    threshold=self.threshold,
                    due=self.due,
                    baseline=self.baseline,
                    milestones=self.milestones,
                )
                for w in self.windows
            },
        )

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """Lowest and highest possible forecast, in micro; None where there is no bound."""
        return rules_of(self.kind).forecast_bounds(self.is_share)

    @property
    def whole_only(self) -> bool:
        """True where, with several agencies, the threshold is that of the whole only (docs: domain, Kinds of
        target)."""
        return rules_of(self.kind).is_amount

    def last_due(self, number: int) -> int:
        """Return the *last due* period of this one (docs: domain, Roll-up)."""
        return last_due(number, self.quarterly)


def judge(
    rule: Rule,
    series: Iterable[Sums],
    tracked: frozenset[int] | set[int] = frozenset(),
    first: int = 1,
) -> Iterator[Judged]:
    """Judge a node's periods in order and yield a row for each from month `first` on.

    tracked: periods in which this row is only tracked, not judged. Periods before `first` only give their points to the
    forecast.
    """
    lowest, highest = rule.bounds
    kind, comparator = rules_of(rule.kind), rule.comparator
    days: list[int] = []
    values: list[int] = []
    last = rule.windows[-1].number
    for sums in series:
        number, n, d, v, assigned, figures, point = sums
        exact = kind.exact_value(n=n, d=d, v=v, figures=figures, assigned=assigned)
        value = None if exact is None else round_half_away(*exact)
        day = rule.days[number]
        if point and value is not None:
            days.append(day)
            values.append(value)
        if number < first:
            continue
        outlook = None
        if value is not None and day < 0 and number != last and len(days) >= FEWEST_POINTS:
            line = theil_sen(tuple(days[-LAST_POINTS:]), values[-LAST_POINTS:])
            outlook = None if line is None else clip(line, lowest, highest)
        threshold = None if number in tracked else rule.threshold
        needed = None if threshold is None else rule.required[number]
        verdict = status(
            value=value,
            threshold=threshold,
            comparator=comparator,
            achieved=exact is not None
            and threshold is not None
            and comparator is not None
            and holds(exact, comparator, threshold),
            ended=rule.ended[number],
            required=needed,
            forecast=outlook,
        )
        if figures == 0:
            numerator = denominator = None
        else:
            numerator, denominator = kind.stored_parts(n, d, v, assigned)
        yield Judged(number, numerator, denominator, value, needed, verdict, outlook)
