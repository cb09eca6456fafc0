"""Ranking of agencies by timely reporting (docs/decisions/0101). Pure: counts in, ranks out.

An agency is measured by its judged periods: those submitted or over. Its share on time is exact; the number of periods
it rests on is shown beside it, and an agency with too few has no rank.
"""

from collections.abc import Hashable, Sequence
from fractions import Fraction

# The fewest judged periods for a rank; at the start of a year, as many as the agency with most of them has.
LEAST_PERIODS = 3


def merit(on_time: int, missing: int, due: int) -> tuple[Fraction, Fraction]:
    """Return the sorting key, best first: the largest share on time, then the smallest share never submitted. `due` is
    at least 1."""
    return -Fraction(on_time, due), Fraction(missing, due)


def has_place(due: int, most: int) -> bool:
    """Return True where so many judged periods give a rank; `most` is the largest number that an agency has."""
    return due > 0 and due >= min(LEAST_PERIODS, most)


def is_thin(due: int, most: int) -> bool:
    """Return True where a record rests on fewer than half of the periods of the agency with most; the page then says
    so."""
    return 2 * due < most


def places(keys: Sequence[Hashable]) -> list[int]:
    """Return the ranks of keys that are in order, best first: equals share one, and as many ranks are left out after
    them (1 1 3)."""
    ranks: list[int] = []
    for number, key in enumerate(keys):
        ranks.append(ranks[-1] if number and key == keys[number - 1] else number + 1)
    return ranks
