"""Required value on a day (docs: domain, Is it on track?, required value). Pure; values in micro."""

import datetime as dt
from collections.abc import Sequence

from indicators.rules.combining import round_half_away
from indicators.rules.definition import Definition
from indicators.rules.kinds import Timing

# A day and the value required on it.
Corner = tuple[dt.date, int]


def starts_from_first_value(definition: Definition, timing: Timing) -> bool:
    """Return True where the required line begins at each row's own first value: no baseline is known, and the target is a
    rising stock or has milestones."""
    if definition.baseline is not None or definition.comparator is None:
        return False
    return bool(definition.milestones) or (timing == Timing.STOCK and not definition.comparator.falling)


def corners(
    definition: Definition, *, timing: Timing, plan_first_day: dt.date, first_value: Corner | None
) -> list[Corner]:
    """Return the corners of the required line before the closing period, in micro; empty where nothing is required.

    first_value: the row's own first value with the last day of its window; None while it has none. The line runs from the
    start (the baseline on the plan's first day, or the first value) through the milestones after it to the threshold on
    the due day. One corner alone: from there on the threshold itself is required, as nothing starts a line, or as the start
    holds it already.
    """
    threshold, comparator = definition.threshold, definition.comparator
    if threshold is None or comparator is None:
        return []
    ahead = sorted(definition.milestones)
    if definition.baseline is not None:
        start = plan_first_day, definition.baseline
    elif not starts_from_first_value(definition, timing):
        return [(plan_first_day, threshold)]
    elif first_value is None:
        return []
    else:
        start = first_value
        ahead = [milestone for milestone in ahead if not comparator.holds(start[1], milestone[1])]
    if comparator.holds(start[1], threshold):
        return [(start[0], threshold)]
    between = [milestone for milestone in ahead if start[0] < milestone[0] < definition.due]
    return [start, *between, (definition.due, threshold)]


def required(
    definition: Definition,
    day: dt.date,
    *,
    timing: Timing,
    plan_first_day: dt.date,
    first_value: Corner | None,
) -> int | None:
    """Return r(p) in micro before the closing period, read at `day`, the last day of the period's window; None without a
    threshold and before the first value from which the line would start. first_value: as in `corners`."""
    line = corners(definition, timing=timing, plan_first_day=plan_first_day, first_value=first_value)
    if not line or (starts_from_first_value(definition, timing) and day < line[0][0]):
        return None
    return on_line(line, day)


def on_line(line: Sequence[Corner], day: dt.date) -> int:
    """Return the value at `day` on the straight lines between the corners, which are in order of days."""
    start, low = line[0]
    if day <= start:
        return low
    for end, high in line[1:]:
        if day <= end:
            span, gone = (end - start).days, (day - start).days
            # The whole is rounded, not the way down: halves of a falling line would otherwise go towards zero.
            return round_half_away(low * (span - gone) + high * gone, span)
        start, low = end, high
    return low
