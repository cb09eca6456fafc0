"""Ranking of agencies by results: targets held of targets assigned (the plan, IV.2; docs/decisions/0212). Pure.

Places are those of `ranking.places`: equals share one.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from indicators.rules.status import Status


class Judged(NamedTuple):
    """One target of an agency: its weight, its status, the number of figures that are due (0: nothing is due yet), and of
    those that count."""

    weight: int
    status: Status
    expected: int
    counted: int = 0

    @property
    def counts(self) -> bool:
        """True where it is judged: not one that is tracked, of which nothing is due yet, or without weight."""
        return self.weight > 0 and self.expected > 0 and self.status != Status.TRACKED

    @property
    def is_held(self) -> bool:
        """True where the agency holds it now. Without a figure it is not held."""
        return self.status == Status.ACHIEVED


class GradeBand(NamedTuple):
    """A grade (*xếp loại*) from a percentage on."""

    floor: int
    label: str


def held_share(targets: Iterable[Judged]) -> Fraction | None:
    """Return the percentage of the weight of an agency's targets that it holds, exact; None where none is judged."""
    judged = [target for target in targets if target.counts]
    whole = sum(target.weight for target in judged)
    return Fraction(100 * sum(target.weight for target in judged if target.is_held), whole) if whole else None


def grade(share: Fraction, bands: Sequence[GradeBand]) -> str:
    """Return the label of the highest band whose floor the share reaches, compared exactly; empty where none is reached."""
    reached = [band for band in bands if share >= band.floor]
    return max(reached).label if reached else ""
