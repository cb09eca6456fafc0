"""Flags on a figure that differs from the reporter's earlier ones. Pure and exact.

A flag never says that a figure is wrong and never blocks; it is shown with its numbers. *Far* is measured robustly:
distance from the median of the latest figures, in median deviations from it, so that one unusual month neither hides
the next nor makes it unusual. A stock that grows is compared with its own steps continued.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from indicators.rules.combining import FigureParts
from indicators.rules.kinds import Kind, KindRules, Timing, rules_of

# Twice as much, or less than half: far from the last figure, where there are too few figures for a median.
FAR = 2
# The fewest earlier figures for a median, and the most that are compared.
ENOUGH = 4
LATEST = 6
# 1,4826 median absolute deviations are one standard deviation of a normal spread; beyond 3,5 of those is far.
BOUND = Fraction(35, 10) * Fraction(14826, 10000)
# Even after steady months, less than 10 points of a share, or a quarter of another figure, is not far.
POINTS = 10
QUARTER = Fraction(1, 4)
# The denominator of a stock (a population) hardly changes: more than a fifth is a jump.
STATE_JUMP = Fraction(1, 5)
# A rise to 100% from just below it is expected; from at least this many points below it is flagged.
FULL_RISE = 5
# The fewest shares of one report that are flagged when every one of them is exactly 100%.
FULL_ROWS = 4
# Below this number a doubling is chance: 2 files and then 5 mean nothing.
HANDFUL = 10
# 500 of 1.000 is more likely an estimate than a count.
ROUND = 100
# What is still worth a question months later (`is_pressing`): of at least so many things; a share so many points away; a
# denominator more than three times the usual one; a loss of more than a twentieth.
MANY = 50
PRESSING_POINTS = 25
PRESSING_TIMES = 3
PRESSING_LOSS = Fraction(1, 20)


class Flag(StrEnum):
    """Reasons to look at a figure again; `flags` explains each."""

    FULL = "full"
    FAR = "far"
    DENOMINATOR = "denominator"
    FELL = "fell"
    SAME = "same"
    ROUND = "round"


class Raised(NamedTuple):
    """A flag with the two numbers that raised it: this period's and the one compared with.

    `before` is computed from `months` earlier figures (1: the one before). Shares are percentages. Of a round ratio the
    two are its numerator and denominator.
    """

    flag: Flag
    now: Fraction
    before: Fraction
    months: int = 1


def flags(
    kind: Kind, timing: Timing, *, is_share: bool, now: FigureParts, earlier: Sequence[FigureParts]
) -> list[Raised]:
    """Return the flags of a figure compared with the reporter's earlier ones, oldest first.

    full: exactly 100%, coming from well below. far: far from the continuation of the earlier figures; with few of
    them, doubled or halved. denominator: it jumped. fell: a figure that can only grow (a stock's numerator, a count, a
    milestone, a yes) became less. same: a window's own figures repeat exactly. round: full hundreds throughout.
    """
    rules = rules_of(kind)
    if rules.has_parts:
        return list(_of_ratio(timing, is_share, now, earlier))
    return list(_of_value(rules, timing, now, earlier))


def is_pressing(raised: Raised, *, is_share: bool, size: Fraction) -> bool:
    """Return True where a flag on a figure of a closed month is still worth a question.

    size: the denominator of a ratio, else the value: a large change of a few things is chance.
    """
    now, before = raised.now, raised.before
    if raised.flag == Flag.ROUND:
        return True
    if raised.flag == Flag.FELL:
        return now < before - PRESSING_LOSS * before
    if raised.flag == Flag.DENOMINATOR:
        is_far = now > PRESSING_TIMES * before or before > PRESSING_TIMES * now
        return max(now, before) >= MANY and is_far
    if raised.flag == Flag.SAME:
        return size >= MANY
    if is_share:
        return size >= MANY and abs(now - before) >= PRESSING_POINTS
    return _is_multiple(abs(now), abs(before))


def full_everywhere(shares: Iterable[FigureParts]) -> int:
    """Count the shares of a report when every one of them is exactly 100%; 0 where one is not, or there are fewer than
    FULL_ROWS."""
    counted = [figure for figure in shares if figure.denominator]
    full = all(figure.numerator == figure.denominator for figure in counted)
    return len(counted) if full and len(counted) >= FULL_ROWS else 0


def _of_ratio(timing: Timing, is_share: bool, now: FigureParts, earlier: Sequence[FigureParts]) -> Iterator[Raised]:
    """Yield the flags of a ratio."""
    n, d = _parts(now)
    pairs = [_parts(figure) for figure in earlier]
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
    latest = [(n_then, d_then) for n_then, d_then in pairs[-LATEST:] if d_then]
    yield from _denominator(timing, d, [d_then for _, d_then in latest])
    if not full:
        yield from _far(timing, share, [100 * n_then / d_then for n_then, d_then in latest], is_share=is_share)
    if timing != Timing.STOCK and (n, d) == (n_before, d_before):
        yield Raised(Flag.SAME, n, n_before)


def _of_value(rules: KindRules, timing: Timing, now: FigureParts, earlier: Sequence[FigureParts]) -> Iterator[Raised]:
    """Yield the flags of a kind other than a ratio."""
    v = _value(now)
    if rules.is_whole and v >= 10 * ROUND and v % ROUND == 0:
        yield Raised(Flag.ROUND, v, v)
    if not earlier:
        return
    series = [_value(figure) for figure in earlier[-LATEST:]]
    if not rules.is_alone and timing == Timing.STOCK and v < series[-1]:
        yield Raised(Flag.FELL, v, series[-1])
    counted = rules.is_whole and max(v, series[-1]) >= HANDFUL
    if counted or rules.is_alone:
        yield from _far(timing, v, series, is_share=False)


def _parts(figure: FigureParts) -> tuple[Fraction, Fraction]:
    """Return (N, D) of a ratio's figure."""
    if figure.numerator is None or figure.denominator is None:
        raise TypeError("a ratio has a numerator and a denominator")
    return Fraction(figure.numerator), Fraction(figure.denominator)


def _value(figure: FigureParts) -> Fraction:
    """Return the value of a figure of a kind other than a ratio."""
    if figure.value is None:
        raise TypeError("a figure of this kind has a value")
    return Fraction(figure.value)


def _denominator(timing: Timing, d: Fraction, series: Sequence[Fraction]) -> Iterator[Raised]:
    """Yield the flag of a denominator that jumped; series: the earlier ones, oldest first, at least one."""
    before = series[-1]
    if timing == Timing.STOCK:
        if abs(d - before) > STATE_JUMP * before:
            yield Raised(Flag.DENOMINATOR, d, before)
        return
    months = len(series) if len(series) >= ENOUGH else 1
    usual = median(series) if months > 1 else before
    if _is_multiple(d, usual):
        yield Raised(Flag.DENOMINATOR, d, usual, months)


def _far(timing: Timing, now: Fraction, series: Sequence[Fraction], *, is_share: bool) -> Iterator[Raised]:
    """Yield the flag of a value far from the earlier ones; series: oldest first, at least one."""
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


def _spread(series: Sequence[Fraction]) -> Fraction:
    """Return the median absolute deviation from the median."""
    middle = median(series)
    return median([abs(value - middle) for value in series])


def _is_multiple(now: Fraction, before: Fraction) -> bool:
    """Return True where one is more than twice the other; False where either is 0, which has no multiple."""
    return bool(now and before) and (now > FAR * before or before > FAR * now)
