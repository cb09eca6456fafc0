"""Value of a ratio if its lowest k reporters reached x%. Pure and exact: Fractions."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

Number = int | Fraction


class Scenario(NamedTuple):
    """Result of a scenario: value: the node's, in percent; gained: the sum by which numerators rise; lifted: the number
    of the k reporters that rise (the others have reached x already)."""

    value: Fraction
    gained: Fraction
    lifted: int


def lowest_reach(
    n: Number, d: Number, reporters: Sequence[tuple[Number, Number]], k: int, x: Number
) -> Scenario | None:
    """Return the node's value if the lowest k reporters by N ÷ D reached x percent.

    Their numerators become x·D ÷ 100 where that is more. n, d: the node's sums; reporters: (N, D) of each; those with D
    = 0 have no value and are left out. Of several equal ones the one with the largest D is taken first. None where D is
    0 or there are fewer than k.
    """
    ranked = sorted(
        (pair for pair in reporters if pair[1]), key=lambda pair: (Fraction(pair[0]) / Fraction(pair[1]), -pair[1])
    )
    if not d or not 1 <= k <= len(ranked):
        return None
    gains = [Fraction(x) * Fraction(part_d) / 100 - Fraction(part_n) for part_n, part_d in ranked[:k]]
    rising = [gain for gain in gains if gain > 0]
    gained = sum(rising, Fraction(0))
    return Scenario(100 * (Fraction(n) + gained) / Fraction(d), gained, len(rising))
