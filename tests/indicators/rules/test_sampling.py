"""The draw of a sample: repeatable, without repetition, fair."""

import hashlib
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from indicators.rules.sampling import draw


def test_a_draw_can_be_done_again_by_hand():
    first = min(range(1, 6), key=lambda key: hashlib.sha256(f"hạt:{key}".encode()).hexdigest())
    assert draw([5, 4, 3, 2, 1], 1, "hạt") == [first]


@given(st.sets(st.integers(1, 10_000), max_size=60), st.integers(0, 80), st.text(max_size=8))
def test_a_larger_sample_begins_with_the_smaller_one(population, size, seed):
    drawn = draw(population, size, seed)
    assert len(drawn) == len(set(drawn)) == min(size, len(population)) and set(drawn) <= population
    assert draw(sorted(population, reverse=True), size + 1, seed)[:size] == drawn


def test_each_key_comes_as_often_as_the_others():
    counts = Counter(key for seed in range(2000) for key in draw(range(10), 3, str(seed)))
    assert set(counts) == set(range(10)) and all(500 < count < 700 for count in counts.values())
