"""What a reviewer should look at twice: a figure beside the reporter's own one before. Pure and exact.

A flag never says that a figure is wrong, and never blocks; its numbers stand with it (ui.md, *Review*).
"""

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple, Protocol

from .kinds import Kind, Timing

# Twice as much, or less than half: far from last time.
FAR = 2
# From a little under 100 % to 100 % is the way things should go; from this many points under it is worth a look.
FULL_RISE = 5
# Under this many things a doubling is chance: 2 files and then 5 say nothing.
HANDFUL = 10


class Flag(StrEnum):
    FULL = "full"
    FAR = "far"
    DENOMINATOR = "denominator"
    FELL = "fell"
    SAME = "same"


class Figure(Protocol):
    """What an agency reports of a target: a ratio's two parts, or the value of another kind (yes 1, no 0)."""

    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None


class Raised(NamedTuple):
    """A flag with the two numbers that raised it: this period's and the one before. Shares are percentages."""

    flag: Flag
    now: Fraction
    before: Fraction


def flags(kind: Kind, timing: Timing, *, is_share: bool, now: Figure, before: Figure | None) -> list[Raised]:
    """Flags of a figure against the reporter's latest earlier one; none without one.

    full: exactly 100 %, coming from well below. far: the figure doubled or halved. denominator: that one did. fell: what only
    adds up (a stock's numerator, a count, a milestone, a yes) became less. same: a window's own figures repeat to the digit.
    """
    if before is None:
        return []
    if kind == Kind.RATIO:
        return list(_of_ratio(timing, is_share, now, before))
    return list(_of_value(kind, now, before))


def _of_ratio(timing, is_share, now, before):
    n, d = Fraction(now.numerator), Fraction(now.denominator)
    n_before, d_before = Fraction(before.numerator), Fraction(before.denominator)
    if not d or not d_before:
        return
    share, share_before = 100 * n / d, 100 * n_before / d_before
    if timing == Timing.STOCK and n < n_before:
        yield Raised(Flag.FELL, n, n_before)
    if max(d, d_before) < HANDFUL:
        return
    if is_share and share == 100 and share_before <= 100 - FULL_RISE:
        yield Raised(Flag.FULL, share, share_before)
    if _far(d, d_before):
        yield Raised(Flag.DENOMINATOR, d, d_before)
    if _far(share, share_before):
        yield Raised(Flag.FAR, share, share_before)
    if timing != Timing.STOCK and (n, d) == (n_before, d_before):
        yield Raised(Flag.SAME, n, n_before)


def _of_value(kind, now, before):
    v, v_before = Fraction(now.value), Fraction(before.value)
    if kind != Kind.VALUE and v < v_before:
        yield Raised(Flag.FELL, v, v_before)
    counted = kind == Kind.COUNT and max(v, v_before) >= HANDFUL
    if (counted or kind == Kind.VALUE) and _far(abs(v), abs(v_before)):
        yield Raised(Flag.FAR, v, v_before)


def _far(now, before):
    """More than twice, or less than half; from or to nothing is no measure."""
    return bool(now and before) and (now > FAR * before or before > FAR * now)
