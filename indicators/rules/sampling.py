"""A random sample that anybody can draw again from its seed."""

import hashlib
from collections.abc import Iterable


def draw(population: Iterable[int], size: int, seed: str) -> list[int]:
    """Return so many of the keys, in the order in which they are drawn; all of them where there are not so many.

    Keys are ordered by the SHA-256 of `seed:key`, so that the draw depends on nothing but the seed and the keys, and a
    larger sample begins with the smaller one.
    """
    return sorted(set(population), key=lambda key: hashlib.sha256(f"{seed}:{key}".encode()).digest())[:size]
