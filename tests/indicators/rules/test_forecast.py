"""Theil–Sen by hand, and against a plain reckoning in Fractions (domain.md, *Is it on track?*, forecast)."""

from fractions import Fraction
from itertools import combinations
from statistics import median, quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.rules.combining import MICRO, round_half_away
from indicators.rules.forecast import band, clip, theil_sen


def micro(*figures):
    return [round(figure * MICRO) for figure in figures]


def test_three_points_by_hand():
    # Slopes 1/3, 2/3, 1/2: median 1/2. Intercepts 10+50, 20+35, 40+20: median 60.
    assert theil_sen((-100, -70, -40), micro(10, 20, 40)) == 60 * MICRO


def test_four_points_by_hand():
    # Slopes 1, 1, 2, 1, 2.5, 4: median (1 + 2) ÷ 2. Intercepts 60, 55, 50, 75: median 57.5.
    assert theil_sen((-40, -30, -20, -10), micro(0, 10, 20, 60)) == 57_500000


def test_rounded_half_away_from_zero_at_the_end():
    # A slope of 1/2 a millionth a day: the line is at ±0.5 millionths on the due date.
    assert theil_sen((-5, -3, -1), [-2, -1, 0]) == 1
    assert theil_sen((-5, -3, -1), [2, 1, 0]) == -1


def test_one_wild_month_does_not_bend_it():
    days = (-150, -120, -90, -60, -30)
    assert theil_sen(days, micro(50, 40, 30, 20, 10)) == 0
    assert theil_sen(days, micro(50, 40, 99, 20, 10)) == 0


def test_only_the_last_six_points_count():
    days = (-70, -60, -50, -40, -30, -20, -10)
    assert theil_sen(days, micro(10, 40, 50, 60, 70, 80, 90)) == 100 * MICRO
    assert theil_sen(days, micro(9999, 40, 50, 60, 70, 80, 90)) == 100 * MICRO
    assert band(days, micro(9999, 40, 50, 60, 70, 80, 90)) == (100 * MICRO, 100 * MICRO)


@pytest.mark.parametrize("points", [0, 1, 2])
def test_fewer_than_three_points_give_none(points):
    assert theil_sen((-30, -20)[:points], [1, 2][:points]) is None
    assert band((-30, -20)[:points], [1, 2][:points]) is None


def test_band_by_hand():
    # Quartiles of the slopes 1/3, 1/2, 2/3, inclusive: 5/12 and 7/12.
    # With 5/12 the intercepts are 51 2/3, 49 1/6, 56 2/3; with 7/12 they are 68 1/3, 60 5/6, 63 1/3.
    assert band((-100, -70, -40), micro(10, 20, 40)) == (51_666667, 63_333333)


def test_clip():
    assert clip(120, 0, 100) == 100
    assert clip(-1, 0, None) == 0
    assert clip(10**9, 0, None) == 10**9
    assert clip(-5, None, None) == -5
    assert clip(0, 0, 100) == 0


points = st.lists(
    st.tuples(st.integers(-400, 400), st.integers(-(10**9), 10**9)), min_size=3, max_size=9, unique_by=lambda p: p[0]
).map(sorted)


def at_due(days, values, slope):
    return median(y - slope * x for x, y in zip(days, values, strict=True))


def rounded(fraction):
    return round_half_away(fraction.numerator, fraction.denominator)


def last_six(given_points):
    days, values = zip(*given_points[-6:], strict=True)
    slopes = [Fraction(values[j] - values[i], days[j] - days[i]) for i, j in combinations(range(len(days)), 2)]
    return days, [Fraction(value) for value in values], slopes


@given(points)
def test_the_line_is_that_of_plain_fractions(given_points):
    days, values, slopes = last_six(given_points)
    all_days, all_values = zip(*given_points, strict=True)
    assert theil_sen(all_days, all_values) == rounded(at_due(days, values, median(slopes)))


@given(points)
def test_the_band_is_that_of_plain_fractions(given_points):
    days, values, slopes = last_six(given_points)
    low, _, high = quantiles(slopes, n=4, method="inclusive")
    ends = sorted(rounded(at_due(days, values, slope)) for slope in (low, high))
    all_days, all_values = zip(*given_points, strict=True)
    assert band(all_days, all_values) == tuple(ends)


@given(
    st.lists(st.integers(-400, -1), min_size=3, max_size=12, unique=True).map(sorted),
    st.integers(-(10**6), 10**6),
    st.integers(-(10**8), 10**8),
)
def test_points_on_a_line_reproduce_the_line(days, slope, at_zero):
    values = [at_zero + slope * day for day in days]
    assert theil_sen(tuple(days), values) == at_zero
    assert band(tuple(days), values) == (at_zero, at_zero)
