"""Change of a value, split by cause (docs: domain, What changed; decision 0040). Pure and exact: Fractions.

The part of each reporter, Δ_g = N_g2 ÷ D_2 − N_g1 ÷ D_1, is split into the effect of its own figures and the effect of
the common denominators. A reporter's figures are compared month by month, so that a correction of July and a new report
of August are two steps.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple


class Cause(StrEnum):
    """Causes of a change, in the order in which pages list them."""

    NEW = "new"
    CORRECTED = "corrected"
    RETURNED = "returned"
    YEAR = "year"
    IN = "in"
    OUT = "out"
    DENOMINATORS = "denominators"


# Exact: whole numbers stay ints, which are many times faster to add.
Number = int | Fraction


class CauseFigure(NamedTuple):
    """A figure that counts: its month, the version of its report, N and D. d is 0 where the kind has no denominator."""

    month: int
    version: int
    n: Number
    d: Number = 0


@dataclass(frozen=True)
class CauseStanding:
    """A reporter as it counts on one side of the comparison.

    figures: those known on that side, one for each month, oldest first. returned: the months whose newest report is
    returned or withdrawn. weight: the part of the denominator that it holds even while silent (1 for a yes/no, else 0).
    """

    figures: tuple[CauseFigure, ...] = ()
    returned: frozenset[int] = frozenset()
    weight: int = 0

    def sums(self, flow: bool) -> tuple[Number, Number]:
        """Return (N, D) on this side: of a flow over all months, else of the latest month."""
        counted = self.figures if flow else self.figures[-1:]
        return sum(f.n for f in counted), sum((f.d for f in counted), self.weight)


class CauseStep(NamedTuple):
    """A figure of one month that came, changed or was removed: its version before and after; None where there was
    none."""

    month: int
    before: int | None
    after: int | None


class Share(NamedTuple):
    """Effect of one cause on a reporter's part: `change` in points or units; n and d are the changes of its N and D."""

    cause: Cause
    change: Number
    n: Number = 0
    d: Number = 0
    steps: tuple[CauseStep, ...] = ()


@dataclass(frozen=True)
class Split:
    """A change split by reporter and cause. The shares of a reporter add up to its Δ_g, and those of all reporters to
    `total`."""

    total: Fraction
    shares: dict[Hashable, list[Share]]


def split(
    before: Mapping[Hashable, CauseStanding],
    after: Mapping[Hashable, CauseStanding],
    *,
    flow: bool,
    scale: int | None,
    since: int = 1,
) -> Split | None:
    """Split the change between two sides exactly, by reporter and cause; None where one side has no value.

    scale: the value is scale × ΣN ÷ ΣD (100 for a ratio and a yes/no, 1 for a mean); None where the value is ΣN. since: the
    first month that counts after, of a flow whose sum begins again with each year.
    """
    sums_before, sums_after = (
        {reporter: standing.sums(flow) for reporter, standing in side.items()} for side in (before, after)
    )
    n_before, d_before = _column_sums(sums_before)
    n_after, d_after = _column_sums(sums_after)
    reported = all(any(standing.figures for standing in side.values()) for side in (before, after))
    if not reported or (scale is not None and not (d_before and d_after)):
        return None
    weights = _Weights(scale, d_before, d_after) if scale else None
    shares = {}
    for reporter in [*before, *(reporter for reporter in after if reporter not in before)]:
        changes = _changes(before.get(reporter), after.get(reporter), flow, since)
        if weights:
            own_before, own_after = (sums.get(reporter, (0, 0))[0] for sums in (sums_before, sums_after))
            changes = weights.weighed(changes, own_before, own_after)
        shares[reporter] = changes
    if scale:
        total = scale * (Fraction(n_after) / d_after) - scale * (Fraction(n_before) / d_before)
    else:
        total = Fraction(n_after - n_before)
    return Split(total, shares)


def _column_sums(sums: Mapping[Hashable, tuple[Number, Number]]) -> tuple[Number, Number]:
    """Return (ΣN, ΣD) over all reporters of one side."""
    return sum(n for n, _ in sums.values()), sum(d for _, d in sums.values())


class _Weights:
    """Conversion of changes of N into points.

    An increase counts at the new denominators, a decrease at the old ones; the change of the common denominators acts on
    the part of N that is the same on both sides.
    """

    def __init__(self, scale: int, before: Number, after: Number) -> None:
        self.before, self.after = Fraction(scale) / before, Fraction(scale) / after
        self.difference = self.after - self.before

    def weighed(self, changes: list[Share], n_before: Number, n_after: Number) -> list[Share]:
        """Return a reporter's shares in points, with that of the common denominators last where there is one."""
        weight = self.after if n_after >= n_before else self.before
        shares = [share._replace(change=share.n * weight) for share in changes]
        unchanged = min(n_before, n_after)
        if unchanged and self.difference:
            shares.append(Share(Cause.DENOMINATORS, unchanged * self.difference))
        return shares


class _Change(NamedTuple):
    """The change of one month's figure: its cause, its versions, ΔN and ΔD."""

    cause: Cause
    step: CauseStep
    n: Number
    d: Number


def _changes(then: CauseStanding | None, now: CauseStanding | None, flow: bool, since: int) -> list[Share]:
    """Return the changes of a reporter's own N and D by cause; `change` is that of N."""
    if then is None:
        return _arrived(now, flow) if now is not None else []
    if now is None:
        return _left(then, flow)
    changes = _changes_of_flow(then, now, since) if flow else _changes_of_state(then, now)
    shares = []
    for cause in Cause:
        same_cause = [change for change in changes if change.cause == cause]
        if same_cause:
            n, d = sum(change.n for change in same_cause), sum(change.d for change in same_cause)
            shares.append(Share(cause, n, n, d, tuple(change.step for change in same_cause)))
    return shares


def _arrived(now: CauseStanding, flow: bool) -> list[Share]:
    """Return the share of a reporter that counts only after."""
    n, d = now.sums(flow)
    return [Share(Cause.IN, n, n, d)] if n or d or now.figures else []


def _left(then: CauseStanding, flow: bool) -> list[Share]:
    """Return the share of a reporter that counts only before."""
    n, d = then.sums(flow)
    return [Share(Cause.OUT, -n, -n, -d)] if n or d or then.figures else []


def _changes_of_flow(then: CauseStanding, now: CauseStanding, since: int) -> list[_Change]:
    """Return the changes month by month: a flow is the sum of its months, after without those before `since`."""
    before, after = ({figure.month: figure for figure in side.figures} for side in (then, now))
    changes = []
    for month in sorted({*before, *after}):
        change = _change(before.get(month), after.get(month), now.returned)
        if change:
            changes.append(change if month >= since else change._replace(cause=Cause.YEAR))
    return changes


def _change(old: CauseFigure | None, new: CauseFigure | None, returned: frozenset[int]) -> _Change | None:
    """Return the change of one month's figure; None where it is the same on both sides.

    returned: the months whose newest report is returned or withdrawn.
    """
    if old is None:
        return _new(new) if new is not None else None
    if new is None:
        return _removed(old, returned)
    if (old.n, old.d) == (new.n, new.d):
        return None
    # An older version counts again where the newer one was returned.
    cause = Cause.RETURNED if new.version < old.version else Cause.CORRECTED
    return _Change(cause, CauseStep(new.month, old.version, new.version), new.n - old.n, new.d - old.d)


def _new(new: CauseFigure, n: Number = 0, d: Number = 0) -> _Change:
    """Return the change by a figure of a new month; n and d are those of the figure that it replaces."""
    return _Change(Cause.NEW, CauseStep(new.month, None, new.version), new.n - n, new.d - d)


def _removed(old: CauseFigure, returned: frozenset[int], n: Number = 0, d: Number = 0) -> _Change:
    """Return the change by the removal of a month's figure; n and d are those of the figure that counts in its place."""
    cause = Cause.RETURNED if old.month in returned else Cause.CORRECTED
    return _Change(cause, CauseStep(old.month, old.version, None), n - old.n, d - old.d)


def _changes_of_state(then: CauseStanding, now: CauseStanding) -> list[_Change]:
    """Return the changes from the latest figure before to the latest one after.

    First the correction of the month that both sides know, then the step to the other month.
    """
    old = then.figures[-1] if then.figures else None
    new = now.figures[-1] if now.figures else None
    changes: list[_Change | None]
    if old is None or new is None or old.month == new.month:
        changes = [_change(old, new, now.returned)]
    elif new.month > old.month:
        restated = _figure_of(now, old.month) or old
        changes = [_change(old, restated, now.returned), _new(new, restated.n, restated.d)]
    else:
        # The newer figure was removed, and the one before it counts again.
        earlier = _figure_of(then, new.month) or new
        changes = [_change(earlier, new, now.returned), _removed(old, now.returned, earlier.n, earlier.d)]
    return [change for change in changes if change]


def _figure_of(standing: CauseStanding, month: int) -> CauseFigure | None:
    """Return the figure of a month, None where there is none."""
    return next((figure for figure in standing.figures if figure.month == month), None)


def totals(shares: Iterable[Share]) -> dict[Cause, Share]:
    """Return the effect of each cause over all these shares, in the order of the causes."""
    by_cause: dict[Cause, Share] = {}
    for share in shares:
        sofar = by_cause.get(share.cause, Share(share.cause, 0))
        by_cause[share.cause] = Share(share.cause, sofar.change + share.change, sofar.n + share.n, sofar.d + share.d)
    return {cause: by_cause[cause] for cause in Cause if cause in by_cause}
