"""Forecasts by hand, and against a plain reckoning in Fractions (domain.md, *Is it on track?*, forecast)."""

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import combinations, pairwise
from statistics import median, variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.rules.combining import MICRO, round_half_away
from indicators.rules.forecast import (
    FlowPart,
    Forecast,
    clip,
    of_count_flow,
    of_flow,
    of_line,
    pace_of_count,
    pace_of_flow,
)
from indicators.rules.kinds import Comparator

SHARE = (0, 100 * MICRO)
# The days from the ends of the windows of January to April 2023 to 31 December.
TO_YEAR_END = (-351, -320, -292, -261)


def micro(*figures):
    return [round(figure * MICRO) for figure in figures]


def test_worked_case_11_a_line_with_its_range():
    assert of_line(TO_YEAR_END, micro(10, 12, 15, 16)) == (33_572881, 23_052002, 44_093760)


def test_worked_case_13_at_the_ceiling():
    outlook = of_line(TO_YEAR_END, micro(97, 98, 98, 99))
    assert outlook == (103_993220, 98_776677, 109_209763)
    assert outlook.within(SHARE) == (100 * MICRO, 98_776677, 100 * MICRO)
    # 100 is the bound and the threshold: the lower end must hold it. Any other threshold is held by the forecast itself.
    assert not outlook.holds(Comparator.GTE, 100 * MICRO, SHARE)
    assert outlook.holds(Comparator.GTE, 99 * MICRO, SHARE)
    assert outlook.holds(Comparator.GTE, 100 * MICRO, (0, None))


def test_at_the_floor_of_a_falling_target_the_upper_end_must_hold():
    assert not Forecast(-2, -3, 1).holds(Comparator.LTE, 0, SHARE)
    assert Forecast(-2, -3, 0).holds(Comparator.LTE, 0, SHARE)
    assert Forecast(-2, -3, 1).holds(Comparator.LTE, 1, SHARE)


def test_more_than_is_not_held_by_exactly_the_threshold():
    assert not Forecast(150, 140, 160).holds(Comparator.GT, 150, (0, None))
    assert Forecast(151, 140, 160).holds(Comparator.GT, 150, (0, None))


def test_rounded_half_away_from_zero_at_the_end():
    # A slope of 1/2 a millionth a day: the line is at ±0.5 millionths on the due date; it has no width.
    assert of_line((-7, -5, -3, -1), [-3, -2, -1, 0]) == (1, 1, 1)
    assert of_line((-7, -5, -3, -1), [3, 2, 1, 0]) == (-1, -1, -1)


def test_only_the_last_six_points_count():
    days = (-70, -60, -50, -40, -30, -20, -10)
    assert of_line(days, micro(9999, 40, 50, 60, 70, 80, 90)) == (100 * MICRO,) * 3


@pytest.mark.parametrize("points", [0, 1, 2, 3])
def test_fewer_than_four_points_give_none(points):
    days, parts = (-40, -30, -20)[:points], [FlowPart(1, 2)] * points
    assert of_line(days, [1, 2, 3][:points]) is None
    assert of_flow(points, 2 * points, parts, 8) is None
    assert of_count_flow(points, parts, 8) is None


def test_worked_case_12_a_flow_from_what_is_to_come():
    parts = [FlowPart(30, 100), FlowPart(40, 100), FlowPart(20, 80), FlowPart(50, 120)]
    assert of_flow(140, 400, parts, 8) == (35 * MICRO, 28_333333, 39_444444)
    assert pace_of_flow(140, 400, parts, 8, 80 * MICRO) == 102_500000


def test_a_window_of_nothing_counts_as_zero_but_has_no_share():
    parts = [FlowPart(0, 0), FlowPart(5, 10), FlowPart(5, 10), FlowPart(10, 10)]
    # n̄ = 5, d̄ = 10, k = 2: 100 × 30 ÷ 50; shares 0,5 to 1: 100 × (20 + 20 × 0,5) ÷ 50 to 100 × 40 ÷ 50.
    assert of_flow(20, 30, parts, 2) == (60 * MICRO, 60 * MICRO, 80 * MICRO)
    nothing = [FlowPart(0, 0)] * 4
    assert of_flow(5, 10, nothing, 3) == (50 * MICRO,) * 3
    assert pace_of_flow(5, 10, nothing, 3, 80 * MICRO) is None


def test_a_flow_that_has_no_due_period_ahead_stays():
    assert of_flow(140, 400, [FlowPart(35, 100)] * 4, 0) == (35 * MICRO,) * 3


def test_a_count_that_flows():
    parts = [FlowPart(n * MICRO) for n in (3, 5, 4, 8)]
    # v̄ = 4,5 and k = 3: 20 + 13,5; from 20 + 9 to 20 + 24. The 30 that are missing to 50 are 10 in each of three.
    assert of_count_flow(20 * MICRO, parts, 3) == (33_500000, 29 * MICRO, 44 * MICRO)
    assert pace_of_count(20 * MICRO, 3, 50 * MICRO) == 10 * MICRO
    assert pace_of_count(20 * MICRO, 0, 50 * MICRO) is None


def test_clip():
    assert clip(120, 0, 100) == 100
    assert clip(-1, 0, None) == 0
    assert clip(10**9, 0, None) == 10**9
    assert clip(-5, None, None) == -5


points = st.lists(
    st.tuples(st.integers(-400, -1), st.integers(-(10**9), 10**9)), min_size=4, max_size=9, unique_by=lambda p: p[0]
).map(sorted)


@given(points)
def test_the_line_and_its_range_are_those_of_plain_fractions(given_points):
    last = [(Fraction(day), Fraction(value)) for day, value in given_points[-6:]]
    slope = median((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(last, 2))
    line = median(y - slope * x for x, y in last)
    line = round_half_away(line.numerator, line.denominator)
    month = Fraction(365, 12)
    steps = [(y2 - y1) / ((x2 - x1) / month) for (x1, y1), (x2, y2) in pairwise(last)]
    ahead = -last[-1][0] / month
    square = Fraction(64, 25) * variance(steps) * (ahead + ahead * ahead / len(steps))
    with localcontext() as digits:
        digits.prec = 60
        width = (Decimal(square.numerator) / Decimal(square.denominator)).sqrt()
        width = int(width.quantize(Decimal(1), rounding="ROUND_HALF_UP"))
    days, values = zip(*given_points, strict=True)
    assert of_line(days, values) == (line, line - width, line + width)


parts = st.lists(
    st.integers(0, 50).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d))), min_size=4, max_size=8
).filter(lambda pairs: any(d for _, d in pairs))


@given(parts, st.integers(0, 11))
def test_a_share_that_flows_stays_a_share_within_its_range(pairs, coming):
    sums = [sum(column) for column in zip(*pairs, strict=True)]
    outlook = of_flow(*sums, [FlowPart(*pair) for pair in pairs], coming)
    assert outlook.low <= outlook.high
    assert outlook == outlook.within(SHARE)


@given(parts, st.integers(1, 11), st.integers(0, 100 * MICRO))
def test_the_pace_reaches_the_threshold(pairs, coming, threshold):
    n, d = (sum(column) for column in zip(*pairs, strict=True))
    flow = [FlowPart(*pair) for pair in pairs]
    pace, more = pace_of_flow(n, d, flow, coming, threshold), coming * median(part.d for part in flow[-6:])
    if pace is None:
        assert not more
    else:
        reached = 100 * MICRO * (n + Fraction(pace, 100 * MICRO) * Fraction(more)) / (d + Fraction(more))
        assert abs(reached - threshold) <= 1
