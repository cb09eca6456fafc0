"""Places: shares are exact, equals share a place, too few periods give none."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.rules.ranking import has_place, is_thin, merit, places


def test_the_share_on_time_goes_first_then_what_was_never_handed_in():
    assert merit(11, 0, 12) == (Fraction(-11, 12), 0)
    by_name = {"7/8, one late": merit(7, 0, 8), "7/8, one missing": merit(7, 1, 8), "6/7": merit(6, 0, 7)}
    assert sorted(by_name, key=by_name.get) == ["7/8, one late", "7/8, one missing", "6/7"]
    # A third is a third, whatever it is of; as floats 0.1 + 0.2 would not be 0.3.
    assert merit(1, 1, 3) == merit(4, 4, 12)


def test_a_smaller_number_never_handed_in_of_fewer_periods_is_not_better():
    """2 of 4 never handed in is worse than 3 of 12, at the same share on time."""
    assert merit(2, 2, 4) > merit(6, 3, 12)


@pytest.mark.parametrize(
    ("due", "most", "expected"),
    [
        (0, 0, False),
        (0, 5, False),
        (1, 1, True),  # January: everybody has one
        (1, 2, False),
        (2, 2, True),
        (2, 12, False),
        (3, 12, True),
        (4, 12, True),  # a reporter by quarters at the year's end
    ],
)
def test_how_many_periods_make_a_place(due, most, expected):
    assert has_place(due, most) is expected


@pytest.mark.parametrize(
    ("due", "most", "expected"), [(4, 12, True), (5, 12, True), (6, 12, False), (3, 7, True), (1, 1, False)]
)
def test_fewer_than_half_is_said(due, most, expected):
    assert is_thin(due, most) is expected


@pytest.mark.parametrize(
    ("keys", "expected"), [([], []), ([1], [1]), ([1, 1, 2], [1, 1, 3]), ([1, 2, 2, 2, 3], [1, 2, 2, 2, 5])]
)
def test_equals_share_a_place(keys, expected):
    assert places(keys) == expected


@given(st.lists(st.integers(0, 5)))
def test_a_place_is_one_more_than_how_many_are_better(keys):
    keys = sorted(keys)
    assert places(keys) == [1 + sum(other < key for other in keys) for key in keys]


counts = st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12)).filter(lambda c: sum(c) > 0)


@given(counts)
def test_one_more_on_time_never_lowers_and_one_more_missing_never_raises(record):
    on_time, late, missing = record
    due = sum(record)
    assert merit(on_time + 1, missing, due + 1) <= merit(on_time, missing, due)
    assert merit(on_time, missing + 1, due + 1) >= merit(on_time, missing, due)
