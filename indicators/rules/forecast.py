"""Forecast of a target's value at its due date (docs: domain, Is it on track?, forecast). Pure; values in micro.

A Theil–Sen line through the last six points, at least three: the median of the pairwise slopes is not moved by a single
unusual month, which would bend a least-squares line. All arithmetic is on integers: slopes are carried over the least
common multiple of the distances in days, so nothing is rounded before the end.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import lcm

from indicators.rules.combining import round_half_away

LAST_POINTS = 6
FEWEST_POINTS = 3


def theil_sen(days: tuple[int, ...], values: Sequence[int]) -> int | None:
    """Return the line's value at day 0, in micro; None with fewer than three points.

    days: distances in days from the due date, ascending (negative before it), one per value; only the last six count.
    """
    if len(days) < FEWEST_POINTS:
        return None
    days, values = days[-LAST_POINTS:], values[-LAST_POINTS:]
    pairs, common = _pairs(days)
    slopes = sorted([(values[j] - values[i]) * weight for i, j, weight in pairs])
    half = len(slopes) // 2
    twice = 2 * slopes[half] if len(slopes) % 2 else slopes[half - 1] + slopes[half]
    return _at_due(days, values, twice, 2 * common)


def band(days: tuple[int, ...], values: Sequence[int]) -> tuple[int, int] | None:
    """Return (low, high) in micro: the same line drawn with the first and the third quartile of the slopes (inclusive
    method).

    None with fewer than three points.
    """
    if len(days) < FEWEST_POINTS:
        return None
    days, values = days[-LAST_POINTS:], values[-LAST_POINTS:]
    pairs, common = _pairs(days)
    slopes = sorted([(values[j] - values[i]) * weight for i, j, weight in pairs])
    ends = []
    for quarter in (1, 3):
        below, part = divmod((len(slopes) - 1) * quarter, 4)
        above = slopes[min(below + 1, len(slopes) - 1)]
        four_times = 4 * slopes[below] + part * (above - slopes[below])
        ends.append(_at_due(days, values, four_times, 4 * common))
    return min(ends), max(ends)


def clip(value: int, lowest: int | None, highest: int | None) -> int:
    """Return the value limited to the bounds; None is no bound."""
    if lowest is not None and value < lowest:
        return lowest
    if highest is not None and value > highest:
        return highest
    return value


def _at_due(days: Sequence[int], values: Sequence[int], slope: int, scale: int) -> int:
    """Return the median of (yᵢ − m·xᵢ) with m = slope ÷ scale: the line's value at x = 0, the due date."""
    intercepts = sorted([scale * y - slope * x for x, y in zip(days, values, strict=True)])
    half = len(intercepts) // 2
    if len(intercepts) % 2:
        return round_half_away(intercepts[half], scale)
    return round_half_away(intercepts[half - 1] + intercepts[half], 2 * scale)


@lru_cache(maxsize=4096)
def _pairs(days: tuple[int, ...]) -> tuple[list[tuple[int, int, int]], int]:
    """Return the index pairs, each with the weight that brings its slope over the common multiple, and that
    multiple."""
    distances = [(i, j, days[j] - days[i]) for i in range(len(days)) for j in range(i + 1, len(days))]
    common = lcm(*(distance for _, _, distance in distances))
    return [(i, j, common // distance) for i, j, distance in distances], common
