"""Change between two roll-ups and each reporter's part of it (docs: domain, What changed). Pure and exact:
Fractions."""

from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import NamedTuple

Pair = tuple[int | Fraction, int | Fraction]


class Change(NamedTuple):
    """The difference of the whole (percentage points of a ratio, units of a count) and each reporter's exact part of
    it."""

    total: Fraction
    parts: dict[Hashable, Fraction]


def ratio_change(before: Mapping[Hashable, Pair], after: Mapping[Hashable, Pair]) -> Change | None:
    """Return Δ_g = N_g2 ÷ D_2 − N_g1 ÷ D_1 for each reporter, in percentage points; the parts add up to the total
    exactly.

    before, after: (N, D) by reporter, as of each side; D_1 and D_2 are the sums of all reporters' D. None where one
    side has no value (ΣD = 0, or no figure).
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


def count_change(before: Mapping[Hashable, int | Fraction], after: Mapping[Hashable, int | Fraction]) -> Change | None:
    """Return the difference of a count by reporter; None where one side has no value (no figure)."""
    if not before or not after:
        return None
    parts = {
        reporter: Fraction(after.get(reporter, 0)) - before.get(reporter, 0)
        for reporter in [*before, *(r for r in after if r not in before)]
    }
    return Change(sum(parts.values(), Fraction(0)), parts)
