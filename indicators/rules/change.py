"""What changed between two roll-ups, and who did it (domain.md, *What changed*). Pure and exact: Fractions."""

from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import NamedTuple

Pair = tuple[int | Fraction, int | Fraction]


class Change(NamedTuple):
    """The whole's difference (percentage points of a ratio, units of a count) and each reporter's exact part of it."""

    total: Fraction
    parts: dict


def ratio_change(before: Mapping[Hashable, Pair], after: Mapping[Hashable, Pair]) -> Change | None:
    """Δ_g = N_g2 ÷ D_2 − N_g1 ÷ D_1 with D the whole's denominators, in percentage points; ΣΔ_g = Δ to the last digit.

    before, after: (N, D) by reporter, as of each side. None where one side has no value (ΣD = 0 or nobody reported).
    """
    whole_before = sum(d for _, d in before.values())
    whole_after = sum(d for _, d in after.values())
    if not whole_before or not whole_after:
        return None
    nothing = (0, 0)
    parts = {
        reporter: 100
        * (
            Fraction(after.get(reporter, nothing)[0]) / whole_after
            - Fraction(before.get(reporter, nothing)[0]) / whole_before
        )
        for reporter in [*before, *(r for r in after if r not in before)]
    }
    return Change(sum(parts.values(), Fraction(0)), parts)


def count_change(before: Mapping[Hashable, int], after: Mapping[Hashable, int]) -> Change | None:
    """Each reporter's difference of a count. None where one side has no value (nobody reported)."""
    if not before or not after:
        return None
    parts = {
        reporter: Fraction(after.get(reporter, 0)) - before.get(reporter, 0)
        for reporter in [*before, *(r for r in after if r not in before)]
    }
    return Change(sum(parts.values(), Fraction(0)), parts)
