"""Points of a rate at which its comparator held (docs: domain, On screen and on paper). Pure."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from indicators.rules.kinds import Comparator


class PointsHeld(NamedTuple):
    """The number of points at which the comparator held, of all points."""

    good: int
    total: int

    @property
    def words(self) -> str:
        """`đạt 3/5 kỳ`."""
        return f"đạt {self.good}/{self.total} kỳ"


class Point(NamedTuple):
    """A row's figures of one point: N and D of a ratio, None of a count; the value as stored."""

    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal

    @property
    def exact(self) -> Fraction:
        """The value, not rounded."""
        if self.numerator is None or not self.denominator:
            return Fraction(self.value)
        return 100 * Fraction(self.numerator) / Fraction(self.denominator)


def points_held(points: Iterable[Point], comparator: Comparator, threshold: Decimal) -> PointsHeld | None:
    """Count the points at which the comparator held, exactly; None where there is no point."""
    verdicts = [comparator.holds(point.exact, Fraction(threshold)) for point in points]
    return PointsHeld(sum(verdicts), len(verdicts)) if verdicts else None
