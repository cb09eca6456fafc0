"""Why a value changed, told apart by cause (domain.md, *What changed*; decision 0040). Pure and exact: Fractions.

Each reporter's part of the change, Δ_g = N_g2 ÷ D_2 − N_g1 ÷ D_1, is split into what its own figures did and what the
common denominators did to it. A reporter's figures are compared month by month, so a correction of July and a new report of
August stay two things.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple


class Cause(StrEnum):
    """In the order in which pages list them."""

    NEW = "new"
    CORRECTED = "corrected"
    RETURNED = "returned"
    IN = "in"
    OUT = "out"
    DENOMINATORS = "denominators"


# Exact: whole numbers stay ints, which are many times faster to add.
Number = int | Fraction


class CauseFigure(NamedTuple):
    """A figure that counts: of which month, in which version of the report. d is 0 where a kind has no denominator."""

    month: int
    version: int
    n: Number
    d: Number = 0


@dataclass(frozen=True)
class CauseStanding:
    """A reporter that counts on one side: its figures as known then, one a month, oldest first; the months whose newest
    report is sent back or taken back; weight: its part of the denominator even while silent (1 for a yes/no, else 0)."""

    figures: tuple[CauseFigure, ...] = ()
    returned: frozenset[int] = frozenset()
    weight: int = 0

    def sums(self, flow: bool) -> tuple[Number, Number]:
        """(N, D) as of this side: of a flow all months, else the latest."""
        counted = self.figures if flow else self.figures[-1:]
        return sum(f.n for f in counted), sum((f.d for f in counted), self.weight)


class CauseStep(NamedTuple):
    """One month's figure that came, changed or went: its version before and after (None: there was none)."""

    month: int
    before: int | None
    after: int | None


class Share(NamedTuple):
    """What one cause did to a reporter's part: `change` in points or units, its N and D moved by n and d."""

    cause: Cause
    change: Number
    n: Number = 0
    d: Number = 0
    steps: tuple[CauseStep, ...] = ()


@dataclass(frozen=True)
class Split:
    """A change taken apart. shares: by reporter; every reporter's sum is its Δ_g, and all together make `total`."""

    total: Fraction
    shares: dict[Hashable, list[Share]]


def split(
    before: Mapping[Hashable, CauseStanding], after: Mapping[Hashable, CauseStanding], *, flow: bool, scale: int | None
) -> Split | None:
    """Take the change between two sides apart, exactly. None where one side has no value.

    scale: the value is scale × ΣN ÷ ΣD (100 for a ratio and a yes/no, 1 for a mean); None: it is ΣN.
    """
    sums = [{who: standing.sums(flow) for who, standing in side.items()} for side in (before, after)]
    wholes = [sum(d for _, d in side.values()) for side in sums]
    reported = all(any(standing.figures for standing in side.values()) for side in (before, after))
    if not reported or (scale is not None and not all(wholes)):
        return None
    none = (0, 0)
    weights = scale and _Weights(scale, *wholes)
    shares = {}
    for reporter in [*before, *(r for r in after if r not in before)]:
        own = _moves(before.get(reporter), after.get(reporter), flow)
        if weights:
            own = weights.weighed(own, *(side.get(reporter, none)[0] for side in sums))
        shares[reporter] = own
    if weights:
        total = scale * (Fraction(sum(n for n, _ in sums[1].values())) / wholes[1])
        total -= scale * (Fraction(sum(n for n, _ in sums[0].values())) / wholes[0])
    else:
        total = sum(n for n, _ in sums[1].values()) - sum(n for n, _ in sums[0].values())
    return Split(Fraction(total), shares)


class _Weights:
    """From how N moved to points. What a reporter adds comes in at the new denominators, what it takes away goes at the old
    ones, and what stays is what the common denominators act upon."""

    def __init__(self, scale, before, after):
        self.before, self.after = (Fraction(scale) / whole for whole in (before, after))
        self.act = self.after - self.before

    def weighed(self, own, n_before, n_after):
        weight = self.after if n_after >= n_before else self.before
        found = [share._replace(change=share.n * weight) for share in own]
        stays = min(n_before, n_after)
        return found + ([Share(Cause.DENOMINATORS, stays * self.act)] if stays and self.act else [])


def _moves(then, now, flow) -> list[Share]:
    """How a reporter's own N and D moved, by cause; `change` is the N."""
    if then is None or now is None:
        return _came_or_went(then, now, flow)
    steps = _steps_of_flow(then, now) if flow else _steps_of_state(then, now)
    found = []
    for cause in Cause:
        own = [step for step in steps if step[0] == cause]
        if own:
            n, d = (sum(step[place] for step in own) for place in (2, 3))
            found.append(Share(cause, n, n, d, tuple(step[1] for step in own)))
    return found


def _came_or_went(then, now, flow):
    n, d = (now or then).sums(flow)
    if then is None:
        return [Share(Cause.IN, n, n, d)] if n or d or now.figures else []
    return [Share(Cause.OUT, -n, -n, -d)] if n or d or then.figures else []


def _steps_of_flow(then, now):
    """Month by month: a flow is their sum."""
    before, after = ({f.month: f for f in side.figures} for side in (then, now))
    steps = []
    for month in sorted({*before, *after}):
        old, new = before.get(month), after.get(month)
        step = _step(old, new, now.returned)
        if step:
            steps.append(step)
    return steps


def _step(old, new, returned):
    """(cause, step, ΔN, ΔD) of one month's figure; None where it is the same on both sides."""
    if old is None:
        return Cause.NEW, CauseStep(new.month, None, new.version), new.n, new.d
    if new is None:
        cause = Cause.RETURNED if old.month in returned else Cause.CORRECTED
        return cause, CauseStep(old.month, old.version, None), -old.n, -old.d
    if (old.n, old.d) == (new.n, new.d):
        return None
    # An older version counts again where the newer one was sent back.
    cause = Cause.RETURNED if new.version < old.version else Cause.CORRECTED
    return cause, CauseStep(new.month, old.version, new.version), new.n - old.n, new.d - old.d


def _steps_of_state(then, now):
    """From the latest figure before to the latest one after: first what became of the month they share, then the way to
    the other month."""
    old, new = then.figures[-1:], now.figures[-1:]
    if not old and not new:
        return []
    if not old:
        return [_step(None, new[0], now.returned)]
    if not new:
        return [_step(old[0], None, now.returned)]
    old, new = old[0], new[0]
    if old.month == new.month:
        step = _step(old, new, now.returned)
        return [step] if step else []
    if new.month > old.month:
        restated = _of(now, old.month) or old
        came = Cause.NEW, CauseStep(new.month, None, new.version), new.n - restated.n, new.d - restated.d
        return [step for step in (_step(old, restated, now.returned), came) if step]
    # The newer figure is gone, and the one before it counts again.
    known = _of(then, new.month) or new
    cause = Cause.RETURNED if old.month in now.returned else Cause.CORRECTED
    gone = cause, CauseStep(old.month, old.version, None), known.n - old.n, known.d - old.d
    return [step for step in (_step(known, new, now.returned), gone) if step]


def _of(standing, month):
    return next((figure for figure in standing.figures if figure.month == month), None)


def totals(shares: Iterable[Share]) -> dict[Cause, Share]:
    """What each cause did altogether, in the order of the causes."""
    found = {}
    for share in shares:
        sofar = found.get(share.cause, Share(share.cause, 0))
        found[share.cause] = Share(share.cause, *(sofar[place] + share[place] for place in (1, 2, 3)))
    return {cause: found[cause] for cause in Cause if cause in found}
