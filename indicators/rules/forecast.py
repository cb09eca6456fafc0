"""Forecast of a target's value at its due date, with its range (docs: domain, Is it on track?, forecast). Pure; values in
micro.

What is no flow: a Theil–Sen line through the last six points, at least four: the median of the pairwise slopes is not
moved by a single unusual month, which would bend a least-squares line. A flow: the year to date plus what the coming
windows bring if they are like the last six. All arithmetic is on integers: slopes are carried over the least common
multiple of the distances in days, so nothing is rounded before the end.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from math import isqrt, lcm
from typing import NamedTuple

from indicators.rules.combining import MICRO, round_half_away
from indicators.rules.kinds import Comparator

LAST_POINTS = 6
FEWEST_POINTS = 4

# Lowest and highest possible value; None is no bound.
Bounds = tuple[int | None, int | None]


class Forecast(NamedTuple):
    """A forecast and the ends of its range (*khoảng 8 lần trong 10*), as computed: they may lie beyond the bounds of the
    target's values."""

    value: int
    low: int
    high: int

    def within(self, bounds: Bounds) -> "Forecast":
        """Return the forecast as it is stored and shown: each of the three limited to the bounds."""
        lowest, highest = bounds
        if (lowest is None or lowest <= self.low) and (highest is None or self.high <= highest):
            return self
        value, low, high = self
        return Forecast(clip(value, lowest, highest), clip(low, lowest, highest), clip(high, lowest, highest))

    def holds(self, comparator: Comparator, threshold: int, bounds: Bounds) -> bool:
        """Return True where the forecast satisfies the comparator.

        At a bound of the values extrapolation proves nothing: where the threshold is that same bound, the end of the range
        as computed (the lower one, of a falling target the upper) must satisfy it.
        """
        value = clip(self.value, *bounds)
        if value == threshold and threshold in bounds:
            return comparator.holds(self.high if comparator.falling else self.low, threshold)
        return comparator.holds(value, threshold)


class FlowPart(NamedTuple):
    """Part of a row of a flow that one window brought: N and D of a ratio (thousandths); of a count its number (micro), and
    0."""

    n: int
    d: int = 0


def of_line(days: tuple[int, ...], values: Sequence[int]) -> Forecast | None:
    """Return the forecast of what is no flow; None with fewer than four points.

    days: distances in days from the due date, ascending (negative before it), one per value; only the last six count.
    """
    if len(days) < FEWEST_POINTS:
        return None
    days, values = days[-LAST_POINTS:], values[-LAST_POINTS:]
    distances = _distances(days)
    line, width = _theil_sen(days, values, distances), _half_width(values, distances)
    return Forecast(line, line - width, line + width)


def of_flow(n: int, d: int, parts: Sequence[FlowPart], coming: int) -> Forecast | None:
    """Return the forecast of a ratio that flows; None with fewer than four points, and where nothing would be counted.

    n, d: its year to date; parts: of the windows from which a figure counts, in order; coming: the due periods that
    follow, up to and with the closing one.
    """
    if len(parts) < FEWEST_POINTS:
        return None
    parts = parts[-LAST_POINTS:]
    twice_n, twice_d = (_twice_median([part[column] for part in parts]) for column in (0, 1))
    whole = 2 * d + coming * twice_d
    if not whole:
        return None
    line = round_half_away(100 * MICRO * (2 * n + coming * twice_n), whole)
    shares = [Fraction(part.n, part.d) for part in parts if part.d]
    if not shares:
        return Forecast(line, line, line)
    low, high = (
        round_half_away(
            100 * MICRO * (2 * n * share.denominator + coming * twice_d * share.numerator), whole * share.denominator
        )
        for share in (min(shares), max(shares))
    )
    return Forecast(line, low, high)


def of_count_flow(value: int, parts: Sequence[FlowPart], coming: int) -> Forecast | None:
    """Return the forecast of a count that flows; None with fewer than four points. As `of_flow`."""
    if len(parts) < FEWEST_POINTS:
        return None
    numbers = [part.n for part in parts[-LAST_POINTS:]]
    line = round_half_away(2 * value + coming * _twice_median(numbers), 2)
    return Forecast(line, value + coming * min(numbers), value + coming * max(numbers))


def pace_of_flow(n: int, d: int, parts: Sequence[FlowPart], coming: int, threshold: int) -> int | None:
    """Return the share, in micro of a percent, that the coming windows need together to reach the threshold; above 100 it
    cannot be reached, at 0 or less it is. None where nothing is expected to come."""
    coming_d = coming * _twice_median([part.d for part in parts[-LAST_POINTS:]])
    if coming_d <= 0:
        return None
    # (θ·(D + k·d̄) − N) ÷ (k·d̄) with θ = threshold ÷ 100, all doubled as the median is.
    hundred = 100 * MICRO
    return round_half_away(threshold * (2 * d + coming_d) - hundred * 2 * n, coming_d)


def pace_of_count(value: int, coming: int, threshold: int) -> int | None:
    """Return the number that each coming period needs to reach the threshold; None where none is to come."""
    return round_half_away(threshold - value, coming) if coming > 0 else None


def clip(value: int, lowest: int | None, highest: int | None) -> int:
    """Return the value limited to the bounds; None is no bound."""
    if lowest is not None and value < lowest:
        return lowest
    if highest is not None and value > highest:
        return highest
    return value


class _Distances(NamedTuple):
    """Distances between the points of a line, in days; common: the least common multiple of the distances.

    pairs: index pairs, each with the weight that brings its slope over the multiple; steps: the same of neighbouring points.
    w² = over × spread ÷ (4 × under), with the spread of the steps over the multiple.
    """

    pairs: Sequence[tuple[int, int, int]]
    steps: Sequence[int]
    common: int
    over: int
    under: int


@lru_cache(maxsize=4096)
def _distances(days: tuple[int, ...]) -> _Distances:
    """Return the distances of at least four days: rows with the same points share them.

    With a month of 365/12 days, n steps of aᵢ ÷ L a day over the least common multiple L, and H days from the last point to
    the due date, w² = 16 · (n·Σa² − (Σa)²) · H · (365·n + 12·H) ÷ (75 · n² · (n − 1) · L²).
    """
    distances = [(i, j, days[j] - days[i]) for i in range(len(days)) for j in range(i + 1, len(days))]
    common = lcm(*(distance for _, _, distance in distances))
    n, ahead = len(days) - 1, -days[-1]
    return _Distances(
        [(i, j, common // distance) for i, j, distance in distances],
        [common // (after - before) for before, after in pairwise(days)],
        common,
        4 * 16 * ahead * (365 * n + 12 * ahead),
        75 * n * n * (n - 1) * common * common,
    )


def _theil_sen(days: tuple[int, ...], values: Sequence[int], distances: _Distances) -> int:
    """Return the line's value at day 0, the due date."""
    twice = _twice_median([(values[j] - values[i]) * weight for i, j, weight in distances.pairs])
    # The median of (yᵢ − m·xᵢ) with m = twice ÷ (2 · common).
    scale = 2 * distances.common
    return round_half_away(_twice_median([scale * y - twice * x for x, y in zip(days, values, strict=True)]), 2 * scale)


def _half_width(values: Sequence[int], distances: _Distances) -> int:
    """Return w = 1.6 × s × √(h + h² ÷ n) in micro, rounded half up."""
    steps = [(values[i + 1] - values[i]) * weight for i, weight in enumerate(distances.steps)]
    spread = len(steps) * sum([step * step for step in steps]) - sum(steps) ** 2
    # ⌊2w⌋, exactly; half of it rounds w.
    return (isqrt(distances.over * spread // distances.under) + 1) // 2


def _twice_median(numbers: Sequence[int]) -> int:
    """Return twice the median, which is whole: of an even number, the sum of the middle two."""
    ordered = sorted(numbers)
    half = len(ordered) // 2
    return 2 * ordered[half] if len(ordered) % 2 else ordered[half - 1] + ordered[half]
