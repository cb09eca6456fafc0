"""Values computed from sums (docs: domain, Kinds of target). Pure and exact.

Values in rules/ are integers in millionths of the unit ("micro": 78,65% is 78_650_000), so that sums, comparisons and
Theil–Sen are integer work. A value before rounding is a fraction: (numerator, denominator) in micro.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from indicators.rules.kinds import Comparator

MICRO = 10**6
# Decimal places: of a numerator and denominator as entered, and of every value as stored.
PART_PLACES, VALUE_PLACES = 3, 6


def round_half_away(numerator: int, denominator: int) -> int:
    """Return numerator ÷ denominator rounded to the nearest integer, halves away from zero; denominator > 0."""
    if numerator >= 0:
        return (2 * numerator + denominator) // (2 * denominator)
    return -((-2 * numerator + denominator) // (2 * denominator))


def holds(value: tuple[int, int], comparator: "Comparator", threshold: int) -> bool:
    """Return True where an exact value satisfies the comparator; by cross-multiplication, never on rounded numbers."""
    numerator, denominator = value
    return comparator.holds(numerator, threshold * denominator)


class MeanOfRates(NamedTuple):
    """The mean of the rates of several units, in percent, each unit weighing the same, and their number. A reading of its own
    beside the official figure 100 × ΣN ÷ ΣD, in whose place it never stands."""

    value: Decimal
    units: int


def mean_of_rates(parts: Iterable[tuple[Decimal | None, Decimal | None]]) -> MeanOfRates | None:
    """Return the mean of 100 × N ÷ D of the units with D > 0, rounded as values are stored; None of fewer than two."""
    rates = [100 * Fraction(n) / Fraction(d) for n, d in parts if n is not None and d]
    if len(rates) < 2:
        return None
    mean = sum(rates, Fraction(0)) / len(rates)
    micro = round_half_away(mean.numerator * MICRO, mean.denominator)
    return MeanOfRates(Decimal(micro).scaleb(-VALUE_PLACES), len(rates))


class FigureParts(Protocol):
    """The parts of a figure as entered: a ratio's numerator and denominator, or the value of another kind (yes 1, no 0)."""

    @property
    def numerator(self) -> Decimal | None: ...

    @property
    def denominator(self) -> Decimal | None: ...

    @property
    def value(self) -> Decimal | None: ...


def year_to_date(figures: Iterable[FigureParts]) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Return (ΣN, ΣD, Σ value) of one reporter's figures of a flow; None for a part that its kind does not have.

    docs: domain, Timing.
    """
    figures = list(figures)
    return (
        _sum_of(figure.numerator for figure in figures),
        _sum_of(figure.denominator for figure in figures),
        _sum_of(figure.value for figure in figures),
    )


def _sum_of(parts: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum of the parts, None where one of them is None."""
    total = Decimal(0)
    for part in parts:
        if part is None:
            return None
        total += part
    return total
