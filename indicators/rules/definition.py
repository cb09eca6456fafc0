"""Definitions of a target, which can change during the year, each from a first period on (docs: domain, Kinds of
target), and the period that closes a target. Pure; values in micro."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from indicators.rules.calendar import Window, years_after
from indicators.rules.kinds import Comparator


@dataclass(frozen=True)
class Definition:
    """A target as it is judged from a period on. comparator, threshold: None where nothing is judged.

    milestones: (day, value), in any order. first_period: 1 for the plan's own definition and for one that corrects a slip,
    which holds for all periods.
    """

    comparator: Comparator | None
    threshold: int | None
    due: dt.date
    baseline: int | None = None
    milestones: Sequence[tuple[dt.date, int]] = ()
    first_period: int = 1


def in_force(definitions: Iterable[Definition], number: int) -> Definition:
    """Return the definition by which a period is judged: the last one made of those that have begun. One begins in
    period 1."""
    *_, latest = (definition for definition in definitions if definition.first_period <= number)
    return latest


def closing_period(
    windows: Sequence[Window], due: dt.date, plan_first_day: dt.date, plan_last_day: dt.date
) -> int | None:
    """Return the period from which on a target is judged finally (docs: domain, Is it on track?).

    The first of the due day's year whose window ends on or after that day, else the year's last: the window of December
    ends on the 14th, yet its period judges what is due by the 31st. A plan's years are of twelve periods. None where the
    target is due after the plan ends. windows: in order.
    """
    for window in windows:
        if window.last >= due:
            return window.number
        ends_year = window.number % 12 == 0 and due < years_after(plan_first_day, window.number // 12)
        if ends_year and due <= plan_last_day:
            return window.number
    return windows[-1].number if due <= plan_last_day else None
