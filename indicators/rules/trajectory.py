"""Required value on a day (docs: domain, Is it on track?, required value). Pure; values in micro."""

import datetime as dt
from collections.abc import Sequence

from indicators.rules.combining import round_half_away
from indicators.rules.kinds import Comparator, Timing


def required(
    *,
    day: dt.date,
    is_last_period: bool,
    plan_first_day: dt.date,
    timing: Timing,
    comparator: Comparator | None,
    threshold: int | None,
    due: dt.date,
    baseline: int | None,
    milestones: Sequence[tuple[dt.date, int]] = (),
) -> int | None:
    """Return r(p) in micro, read at `day`, the last day of the period's window; None without a threshold.

    The threshold from the due date on, in the plan's last period, and throughout where the baseline already holds it or
    where a flow, a rate or a falling target has no baseline. Else a straight line from the baseline (0 for a rising
    stock without one) at the plan's first day to the threshold at the due date, through the target's own milestones if
    any.
    """
    if threshold is None or comparator is None:
        return None
    if day >= due or is_last_period:
        return threshold
    if not milestones:
        if baseline is None and (timing != Timing.STOCK or comparator.falling):
            return threshold
        if baseline is not None and comparator.holds(baseline, threshold):
            return threshold
    knots = [(plan_first_day, baseline or 0), *(m for m in sorted(milestones) if m[0] < due), (due, threshold)]
    return _on_line(knots, day)


def _on_line(knots: Sequence[tuple[dt.date, int]], day: dt.date) -> int:
    """Return the value at `day` on the straight lines between the knots, which are in order of days."""
    (start, low), *rest = knots
    if day <= start:
        return low
    for end, high in rest:
        if day <= end:
            span, gone = (end - start).days, (day - start).days
            # The whole is rounded, not the way down: halves of a falling line would otherwise go towards zero.
            return round_half_away(low * (span - gone) + high * gone, span)
        start, low = end, high
    return low
