"""What to look at twice: a figure beside the reporter's own earlier ones. Pure and exact.

A flag never says that a figure is wrong, and never blocks; its numbers stand with it (ui.md, *Ergonomics that decide*).
*Far* is measured robustly: from the median of the last figures, in median deviations from it, so that one odd month
neither hides the next nor makes it odd. A state that grows is measured against where its own steps lead.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import NamedTuple, Protocol

from indicators.rules.kinds import Kind, Timing

# Twice as much, or less than half: far from last time, where there are too few figures for a median.
FAR = 2
# So many earlier figures make a median, and no more than so many are looked at.
ENOUGH = 4
LATEST = 6
# 1,4826 median absolute deviations are one standard deviation of a normal spread; beyond 3,5 of those is far.
BOUND = Fraction(35, 10) * Fraction(14826, 10000)
# However calm the months before: less than 10 points of a share, or a quarter of another figure, is not far.
POINTS = 10
QUARTER = Fraction(1, 4)
# The denominator of a state (a population) hardly moves: by more than a fifth is a jump.
STATE_JUMP = Fraction(1, 5)
# From a little under 100 % to 100 % is the way things should go; from this many points under it is worth a look.
FULL_RISE = 5
# So many shares of one report, every one of them exactly 100 %.
FULL_ROWS = 4
# Under this many things a doubling is chance: 2 files and then 5 say nothing.
HANDFUL = 10
# 500 of 1.000: rather an estimate than a count.
ROUND = 100


class Flag(StrEnum):
    FULL = "full"
    FAR = "far"
    DENOMINATOR = "denominator"
    FELL = "fell"
    SAME = "same"
    ROUND = "round"


class FlaggedFigure(Protocol):
    """What an agency reports of a target: a ratio's two parts, or the value of another kind (yes 1, no 0)."""

    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None


class Raised(NamedTuple):
    """A flag with the two numbers that raised it: this period's and the one that it is held against, which comes out of
    `months` earlier figures (1: the one before). Shares are percentages. Of a round ratio: its numerator and denominator."""

    flag: Flag
    now: Fraction
    before: Fraction
    months: int = 1


def flags(
    kind: Kind, timing: Timing, *, is_share: bool, now: FlaggedFigure, earlier: Sequence[FlaggedFigure]
) -> list[Raised]:
    """Flags of a figure against the reporter's earlier ones, oldest first.

    full: exactly 100 %, coming from well below. far: far from where the figures before lead; with few of them, doubled or
    halved. denominator: that one jumped. fell: what only adds up (a stock's numerator, a count, a milestone, a yes) became
    less. same: a window's own figures repeat to the digit. round: full hundreds throughout.
    """
    if kind == Kind.RATIO:
        return list(_of_ratio(timing, is_share, now, earlier))
    return list(_of_value(kind, timing, now, earlier))


def full_everywhere(shares: Iterable[FlaggedFigure]) -> int:
    """How many shares a report has when every one of them is exactly 100 %; 0 where one is not, or they are few."""
    counted = [figure for figure in shares if figure.denominator]
    full = all(figure.numerator == figure.denominator for figure in counted)
    return len(counted) if full and len(counted) >= FULL_ROWS else 0


def _of_ratio(timing, is_share, now, earlier):
    n, d = Fraction(now.numerator), Fraction(now.denominator)
    pairs = [(Fraction(figure.numerator), Fraction(figure.denominator)) for figure in earlier]
    if not d:
        return
    if n % ROUND == 0 and d % ROUND == 0 and n and d > ROUND:
        yield Raised(Flag.ROUND, n, d)
    if not pairs or not pairs[-1][1]:
        return
    n_before, d_before = pairs[-1]
    if timing == Timing.STOCK and n < n_before:
        yield Raised(Flag.FELL, n, n_before)
    if max(d, d_before) < HANDFUL:
        return
    share, share_before = 100 * n / d, 100 * n_before / d_before
    full = is_share and share == 100 and share_before <= 100 - FULL_RISE
    if full:
        yield Raised(Flag.FULL, share, share_before)
    known = [(n_then, d_then) for n_then, d_then in pairs[-LATEST:] if d_then]
    yield from _denominator(timing, d, [d_then for _, d_then in known])
    if not full:
        yield from _far(timing, share, [100 * n_then / d_then for n_then, d_then in known], is_share=is_share)
    if timing != Timing.STOCK and (n, d) == (n_before, d_before):
        yield Raised(Flag.SAME, n, n_before)


def _of_value(kind, timing, now, earlier):
    v = Fraction(now.value)
    if kind == Kind.COUNT and v >= 10 * ROUND and v % ROUND == 0:
        yield Raised(Flag.ROUND, v, v)
    if not earlier:
        return
    series = [Fraction(figure.value) for figure in earlier[-LATEST:]]
    if kind != Kind.VALUE and timing == Timing.STOCK and v < series[-1]:
        yield Raised(Flag.FELL, v, series[-1])
    counted = kind == Kind.COUNT and max(v, series[-1]) >= HANDFUL
    if counted or kind == Kind.VALUE:
        yield from _far(timing, v, series, is_share=False)


def _denominator(timing, d, series):
    before = series[-1]
    if timing == Timing.STOCK:
        if abs(d - before) > STATE_JUMP * before:
            yield Raised(Flag.DENOMINATOR, d, before)
        return
    months = len(series) if len(series) >= ENOUGH else 1
    usual = median(series) if months > 1 else before
    if _is_multiple(d, usual):
        yield Raised(Flag.DENOMINATOR, d, usual, months)


def _far(timing, now, series, *, is_share):
    if len(series) < ENOUGH:
        if _is_multiple(abs(now), abs(series[-1])):
            yield Raised(Flag.FAR, now, series[-1])
        return
    if timing == Timing.STOCK:
        steps = [after - before for before, after in pairwise(series)]
        expected, spread = series[-1] + median(steps), _spread(steps)
    else:
        expected, spread = median(series), _spread(series)
    least = Fraction(POINTS) if is_share else QUARTER * abs(expected)
    if abs(now - expected) > max(BOUND * spread, least):
        yield Raised(Flag.FAR, now, min(expected, Fraction(100)) if is_share else expected, len(series))


def _spread(series):
    """Median absolute deviation from the median."""
    middle = median(series)
    return median([abs(value - middle) for value in series])


def _is_multiple(now, before):
    """More than twice, or less than half; from or to nothing is no measure."""
    return bool(now and before) and (now > FAR * before or before > FAR * now)
