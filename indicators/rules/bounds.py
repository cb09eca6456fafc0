"""Lowest and highest value that a node can still reach when its missing agencies report. Pure and exact: Fractions.

The bounds hold as long as the denominators of the missing agencies stay as last reported; the numerator of each can be
anything from 0 to its denominator.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from indicators.rules.kinds import Comparator

Number = int | Fraction


class Silent(NamedTuple):
    """The last known figure of a missing agency: N and D of a share (of a flow: those of its last month)."""

    n: Number
    d: Number


class Bounds(NamedTuple):
    """Lowest and highest possible value of a node, in percent."""

    low: Fraction
    high: Fraction

    def certain(self, comparator: Comparator, threshold: Number) -> bool | None:
        """Return True where the comparator holds at both ends (*dù thế nào cũng đạt*), False where it holds at neither
        (*không thể đạt*), None where the ends differ."""
        outcomes = {comparator.holds(end, threshold) for end in self}
        return outcomes.pop() if len(outcomes) == 1 else None


def share_bounds(n: Number, d: Number, silent: Sequence[Silent | None], *, adds: bool) -> Bounds | None:
    """Return the bounds of a share, from the node's sums n and d and the missing agencies' last figures.

    silent: one entry for each missing agency, None for one that has never reported. adds: True for a flow, where a new
    report adds to the year's sums; else it replaces the figure that the sums carry. None where no agency is missing,
    where one of them has never reported, and where no denominator is left.
    """
    last_figures = [figure for figure in silent if figure is not None]
    if not silent or len(last_figures) < len(silent):
        return None
    last_n, last_d = sum(figure.n for figure in last_figures), sum(figure.d for figure in last_figures)
    lowest, whole = (n, d + last_d) if adds else (n - last_n, d)
    if not whole:
        return None
    return Bounds(100 * Fraction(lowest) / Fraction(whole), 100 * Fraction(lowest + last_d) / Fraction(whole))


def yes_no_bounds(yes: Number, assigned: Number, silent: Sequence[Number | None]) -> Bounds | None:
    """Return the bounds of a yes/no of which `yes` of `assigned` agencies say yes.

    silent: the last answer of each missing agency (1, 0, None where it has never reported). None where no agency is
    missing and where none is assigned.
    """
    if not silent or not assigned:
        return None
    lowest = yes - sum(answer for answer in silent if answer is not None)
    return Bounds(
        100 * Fraction(lowest) / Fraction(assigned), 100 * Fraction(lowest + len(silent)) / Fraction(assigned)
    )
