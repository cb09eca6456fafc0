"""Points of a rate: the comparator is asked exactly, of every point."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from indicators.rules.kinds import Comparator
from indicators.rules.points import Point, points_held

D = Decimal


def test_two_of_three_points_hold():
    points = [Point(D(100), D(100), D(100)), Point(D(99), D(100), D(99)), Point(D(7), D(7), D(100))]
    held = points_held(points, Comparator.GTE, D(100))
    assert (held.good, held.total, held.words) == (2, 3, "đạt 2/3 kỳ")


def test_what_rounds_to_the_threshold_does_not_hold():
    """9.999.999.999 of 10.000.000.000 is 99,99999999%, stored as 100,000000."""
    point = Point(D(9_999_999_999), D(10_000_000_000), D("100.000000"))
    assert points_held([point], Comparator.GTE, D(100)).good == 0


def test_a_count_and_a_falling_target_and_no_point():
    assert points_held([Point(None, None, D(3)), Point(None, None, D(4))], Comparator.LT, D(4)).words == "đạt 1/2 kỳ"
    assert points_held([], Comparator.GTE, D(100)) is None


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=1), st.integers(0, 100))
def test_what_holds_and_what_does_not_are_all_points(pairs, threshold):
    points = [Point(D(n), D(d), D(0)) for n, d in pairs]
    rising, falling = (points_held(points, each, D(threshold)) for each in (Comparator.GTE, Comparator.LT))
    assert rising.good + falling.good == rising.total == len(pairs)
