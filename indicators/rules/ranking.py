"""Who reports well, compared fairly (docs/decisions/0101). Pure: counts in, places out.

An agency is measured by the periods that can be judged: handed in, or over. Its share on time is exact; how many periods
it rests on is said, and too few give no place.
"""

from collections.abc import Hashable, Sequence
from fractions import Fraction

# So many judged periods make a place; at the start of a year, as many as anybody has.
LEAST_PERIODS = 3


def merit(on_time: int, missing: int, due: int) -> tuple[Fraction, Fraction]:
    """Sorting key, best first: the largest share on time, then the smallest never handed in. `due` is at least 1."""
    return -Fraction(on_time, due), Fraction(missing, due)


def has_place(due: int, most: int) -> bool:
    """Do so many judged periods make a place, where `most` is the largest number that anybody has?"""
    return due > 0 and due >= min(LEAST_PERIODS, most)


def is_thin(due: int, most: int) -> bool:
    """Does a record rest on fewer than half of the periods that others were judged by? Then the page says so beside it."""
    return 2 * due < most


def places(keys: Sequence[Hashable]) -> list[int]:
    """The places of keys in order, best first: equals share one, and as many places are left out after them (1 1 3)."""
    found = []
    for number, key in enumerate(keys):
        found.append(found[-1] if number and key == keys[number - 1] else number + 1)
    return found
