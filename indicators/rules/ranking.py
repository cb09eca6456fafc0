"""Ranking of agencies by figures accepted on time (docs: domain, League; docs/decisions/0231). Pure: counts in, ranks out.

Shares are exact; equals share a rank; an agency that was asked for nothing has none.
"""

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from indicators.rules.calendar import Deadlines


@dataclass(frozen=True)
class Acceptance:
    """Figures of an agency: accepted on time, of those due; the figures that still wait for review count on neither
    side. periods: the number of periods in which one was due."""

    accepted: int = 0
    due: int = 0
    waiting: int = 0
    periods: int = 0

    def __add__(self, other: "Acceptance") -> "Acceptance":
        return Acceptance(
            self.accepted + other.accepted,
            self.due + other.due,
            self.waiting + other.waiting,
            self.periods + other.periods,
        )

    @property
    def share(self) -> Fraction | None:
        """The share accepted on time; None where nothing was due."""
        return Fraction(self.accepted, self.due) if self.due else None


def acceptance(
    assigned: int, waiting: int, handed_in: Mapping[dt.date | None, int], agency_deadlines: Deadlines, today: dt.date
) -> Acceptance:
    """Return an agency's figures of one period; none before its review deadline has passed.

    assigned: the number of figures due; waiting: of those, not approved yet; handed_in: the number of the others with an
    approved version, by the day on which the first such version was handed in.
    """
    if today <= agency_deadlines.review_due_on:
        return Acceptance()
    accepted = sum(count for day, count in handed_in.items() if day is not None and not agency_deadlines.is_late(day))
    due = assigned - waiting
    return Acceptance(accepted, due, waiting, int(due > 0))


def merit(accepted: int, due: int) -> Fraction:
    """Return the sorting key, best first: the largest share accepted on time. `due` is at least 1."""
    return -Fraction(accepted, due)


def is_thin(periods: int, most: int) -> bool:
    """Return True where a share rests on fewer than half of the periods of the agency with most; the page then says
    so."""
    return 2 * periods < most


def places(keys: Sequence[Hashable]) -> list[int]:
    """Return the ranks of keys that are in order, best first: equals share one, and as many ranks are left out after
    them (1 1 3)."""
    ranks: list[int] = []
    for number, key in enumerate(keys):
        ranks.append(ranks[-1] if number and key == keys[number - 1] else number + 1)
    return ranks
