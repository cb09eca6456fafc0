"""Ranks: shares are exact, equals share a rank, nothing is judged before its review deadline."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.rules.calendar import Grant, deadlines
from indicators.rules.ranking import Acceptance, acceptance, is_thin, merit, places


def day(number):
    return dt.date(2023, 8, number)


# Due on the 17th, reviewed by the 20th.
OWN = deadlines(day(15), day(17), day(20), day(25))


def test_the_share_accepted_on_time_goes_first():
    by_name = {"7/8": merit(7, 8), "6/7": merit(6, 7), "1/1": merit(1, 1)}
    assert sorted(by_name, key=by_name.get) == ["1/1", "7/8", "6/7"]
    # A third is a third, whatever it is of; as floats 0.1 + 0.2 would not be 0.3.
    assert merit(1, 3) == merit(4, 12)


def test_of_five_figures_one_is_late_one_waits_and_one_is_missing():
    """Two handed in on the deadline's day, one the day after; one waits, one was never handed in: 2/4."""
    found = acceptance(5, 1, {day(17): 2, day(18): 1}, OWN, day(21))
    assert found == Acceptance(accepted=2, due=4, waiting=1, periods=1)
    assert found.share == Fraction(1, 2)


def test_nothing_is_judged_on_the_review_deadline():
    assert acceptance(5, 1, {day(17): 2}, OWN, day(20)) == Acceptance()


def test_an_extension_moves_both_deadlines():
    extended = deadlines(day(15), day(17), day(20), day(25), [Grant(day(22), moves_due=True)])
    assert acceptance(1, 0, {day(22): 1}, extended, day(22)) == Acceptance()
    assert acceptance(1, 0, {day(22): 1}, extended, day(23)) == Acceptance(1, 1, 0, 1)


def test_where_all_waits_nothing_is_asked():
    found = acceptance(2, 2, {}, OWN, day(21))
    assert (found.due, found.share, found.periods) == (0, None, 0)


@pytest.mark.parametrize(
    ("periods", "most", "expected"), [(4, 12, True), (5, 12, True), (6, 12, False), (3, 7, True), (1, 1, False)]
)
def test_fewer_than_half_is_said(periods, most, expected):
    assert is_thin(periods, most) is expected


@pytest.mark.parametrize(
    ("keys", "expected"), [([], []), ([1], [1]), ([1, 1, 2], [1, 1, 3]), ([1, 2, 2, 2, 3], [1, 2, 2, 2, 5])]
)
def test_equals_share_a_place(keys, expected):
    assert places(keys) == expected


@given(st.lists(st.integers(0, 5)))
def test_a_place_is_one_more_than_how_many_are_better(keys):
    keys = sorted(keys)
    assert places(keys) == [1 + sum(other < key for other in keys) for key in keys]


@given(on_time=st.integers(0, 40), late=st.integers(0, 40), missing=st.integers(0, 40), waiting=st.integers(0, 40))
def test_one_more_figure_moves_the_share_to_its_own_side(on_time, late, missing, waiting):
    def share(on_time=on_time, late=late, missing=missing, waiting=waiting):
        handed_in = {day(16): on_time, day(18): late}
        found = acceptance(on_time + late + missing + waiting, waiting, handed_in, OWN, day(21))
        assert 0 <= found.accepted <= found.due
        return found.share

    now = share()
    assert share(waiting=waiting + 1) == now
    if now is None:
        assert on_time + late + missing == 0
    else:
        assert share(on_time=on_time + 1) >= now
        assert share(late=late + 1) == share(missing=missing + 1) <= now


def test_figures_of_several_periods_add_up():
    assert Acceptance(6, 7, 1, 1) + Acceptance(7, 8, 0, 1) == Acceptance(13, 15, 1, 2)
