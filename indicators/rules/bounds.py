"""How low and how high a value can still come out when the agencies that are missing report. Pure and exact: Fractions.

Sure as far as the missing agencies' denominators stay what they last were; the numerator of each is anything from 0 to it.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from indicators.rules.kinds import Comparator

Number = int | Fraction


class Silent(NamedTuple):
    """A missing agency's last known figure: N and D of a share (of a flow: its last month's)."""

    n: Number
    d: Number


class Bounds(NamedTuple):
    """Lowest and highest possible value, in percent."""

    low: Fraction
    high: Fraction

    def certain(self, comparator: Comparator, threshold: Number) -> bool | None:
        """True where the comparator holds whatever comes (*dù thế nào cũng đạt*), False where it cannot hold
        (*không thể đạt*), None where both can be."""
        held = {comparator.holds(end, threshold) for end in self}
        return held.pop() if len(held) == 1 else None


def share_bounds(n: Number, d: Number, silent: Sequence[Silent | None], *, adds: bool) -> Bounds | None:
    """Bounds of a share: n, d are the node's sums, silent the missing agencies (None: never reported).

    adds: a flow, where a report comes on top of the year; else it takes the place of the figure carried in the sums. None
    where nobody is missing, where one of them has never reported, and where no denominator is left.
    """
    if not silent or None in silent:
        return None
    last_n, last_d = sum(s.n for s in silent), sum(s.d for s in silent)
    lowest, whole = (n, d + last_d) if adds else (n - last_n, d)
    if not whole:
        return None
    return Bounds(100 * Fraction(lowest) / Fraction(whole), 100 * Fraction(lowest + last_d) / Fraction(whole))


def yes_no_bounds(yes: Number, assigned: Number, silent: Sequence[Number | None]) -> Bounds | None:
    """Bounds of a yes/no: yes of assigned agencies; silent: what each missing one last said (1, 0, None for never)."""
    if not silent or not assigned:
        return None
    lowest = yes - sum(said for said in silent if said is not None)
    return Bounds(
        100 * Fraction(lowest) / Fraction(assigned), 100 * Fraction(lowest + len(silent)) / Fraction(assigned)
    )
