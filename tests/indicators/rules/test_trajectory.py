"""The required value (domain.md, *Is it on track?*): days and lines that can be counted on a calendar of 2023."""

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from indicators.rules.combining import MICRO
from indicators.rules.definition import Definition
from indicators.rules.kinds import Comparator, Timing
from indicators.rules.trajectory import corners, required

FIRST = dt.date(2023, 1, 1)
YEAR_END = dt.date(2023, 12, 31)
AUGUST_END = dt.date(2023, 8, 31)
JULY = dt.date(2023, 7, 2)  # half the year: day 182 of 364 after 1 January


def definition(threshold=80 * MICRO, due=YEAR_END, comparator=Comparator.GTE, **fields):
    return Definition(comparator, threshold, due, **fields)


def needed(day, timing=Timing.STOCK, first_value=None, **fields):
    """r(day) in micro of a rising stock without baseline, 80 by 31 December, where nothing else is said."""
    return required(definition(**fields), day, timing=timing, plan_first_day=FIRST, first_value=first_value)


def window(month):
    return dt.date(2023, month, 14)


def test_worked_case_10_a_line_from_the_first_value():
    first = window(3), 12 * MICRO
    rule = {"threshold": 30 * MICRO, "first_value": first}
    assert needed(window(2), **rule) is None
    assert needed(window(3), **rule) == 12 * MICRO
    assert needed(window(8), **rule) == 21_431507  # 12 + 18 × 153 ÷ 292
    # A first value that holds the threshold already: the threshold from there on.
    rule["first_value"] = window(3), 31 * MICRO
    assert [needed(window(month), **rule) for month in (2, 3, 8)] == [None, 30 * MICRO, 30 * MICRO]


def test_nothing_is_required_before_there_is_a_first_value():
    assert needed(window(6)) is None


def test_worked_case_8_a_baseline_that_holds_already():
    for month in range(1, 9):
        rule = {"threshold": 50 * MICRO, "baseline": 56_600000, "due": AUGUST_END}
        assert needed(window(month), timing=Timing.FLOW, **rule) == 50 * MICRO


def test_a_line_from_the_baseline():
    # I.11.a: 79,91 + 20,09 × 13 ÷ 364 is 80,6275 exactly, whatever the timing, with or without a first value.
    for timing in Timing:
        rule = {"timing": timing, "threshold": 100 * MICRO, "baseline": 79_910000, "first_value": (window(1), 0)}
        assert needed(window(1), **rule) == 80_627500
    # II.3: 114 → more than 150; half the year on 2 July.
    assert needed(JULY, comparator=Comparator.GT, threshold=150 * MICRO, baseline=114 * MICRO) == 132 * MICRO
    assert needed(JULY, timing=Timing.FLOW, baseline=0) == 40 * MICRO


def test_a_count_that_accumulates_begins_at_zero_where_its_baseline_says_so():
    # 3 640 by 31 December, ten a day for 364 days: 13 days by 14 January, 164 by 14 June; the threshold from the due day on.
    rule = {"timing": Timing.FLOW, "threshold": 3640 * MICRO}
    assert [needed(window(month), baseline=0, **rule) for month in (1, 6)] == [130 * MICRO, 1640 * MICRO]
    assert needed(YEAR_END, baseline=0, **rule) == 3640 * MICRO
    # Without it the threshold is required throughout.
    assert needed(window(1), **rule) == 3640 * MICRO


@pytest.mark.parametrize("timing", [Timing.FLOW, Timing.RATE])
def test_without_a_baseline_a_flow_and_a_rate_hold_throughout(timing):
    assert needed(window(1), timing=timing, first_value=(window(1), 0)) == 80 * MICRO


@pytest.mark.parametrize("comparator", [Comparator.LTE, Comparator.LT])
def test_falling(comparator):
    rule = {"comparator": comparator, "threshold": 10 * MICRO, "first_value": (window(1), 90 * MICRO)}
    assert needed(JULY, **rule) == 10 * MICRO
    assert needed(JULY, baseline=40 * MICRO, **rule) == 25 * MICRO
    assert needed(JULY, baseline=5 * MICRO, **rule) == 10 * MICRO


def test_a_falling_line_is_rounded_half_away_too():
    # 14 September is day 256: 100 − 50 × 13 ÷ 256 is 97,4609375 exactly.
    rule = {"comparator": Comparator.LTE, "threshold": 50 * MICRO, "baseline": 100 * MICRO}
    assert needed(window(1), due=dt.date(2023, 9, 14), **rule) == 97_460938


def test_no_threshold_requires_nothing():
    assert needed(window(1), threshold=None, comparator=None) is None


# 1 April is day 90, 1 July day 181, 31 December day 364 after 1 January.
QUARTERS = [(dt.date(2023, 4, 1), 30 * MICRO), (dt.date(2023, 7, 1), 50 * MICRO)]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (dt.date(2023, 2, 15), 20_000000),  # 10 + 20 × 45 ÷ 90
        (dt.date(2023, 4, 1), 30_000000),
        (dt.date(2023, 4, 14), 32_857143),  # 30 + 20 × 13 ÷ 91
        (dt.date(2023, 7, 1), 50_000000),
        (dt.date(2023, 10, 14), 67_213115),  # 50 + 30 × 105 ÷ 183
    ],
)
@pytest.mark.parametrize("timing", Timing)
def test_milestones_after_the_baseline(day, expected, timing):
    assert needed(day, timing=timing, milestones=QUARTERS[::-1], baseline=10 * MICRO) == expected


def test_milestones_from_a_first_value_only_those_that_it_does_not_hold():
    # 35 on 14 February holds the 30 of April: straight to 50 on 1 July, 137 days later.
    rule = {"milestones": QUARTERS, "first_value": (dt.date(2023, 2, 14), 35 * MICRO)}
    assert needed(dt.date(2023, 4, 1), **rule) == 40_036496  # 35 + 15 × 46 ÷ 137
    # With milestones a flow starts from its first value too, and nothing is required before.
    assert needed(dt.date(2023, 4, 1), timing=Timing.FLOW, **rule) == 40_036496
    assert needed(dt.date(2023, 1, 14), timing=Timing.FLOW, **rule) is None
    # A milestone that lies before the first value is past.
    late = {"milestones": QUARTERS, "first_value": (dt.date(2023, 4, 14), 20 * MICRO)}
    assert needed(dt.date(2023, 7, 1), **late) == 50 * MICRO
    assert needed(dt.date(2023, 5, 23), **late) == 35 * MICRO  # half of the 78 days to 1 July


def test_a_start_that_holds_the_threshold_passes_over_the_milestones():
    assert needed(dt.date(2023, 2, 15), milestones=QUARTERS, baseline=90 * MICRO) == 80 * MICRO


def test_corners_are_what_a_chart_draws():
    rule = {"timing": Timing.STOCK, "plan_first_day": FIRST}
    first = window(3), 12 * MICRO
    assert corners(definition(), first_value=first, **rule) == [first, (YEAR_END, 80 * MICRO)]
    assert corners(definition(), first_value=None, **rule) == []
    assert corners(definition(baseline=90 * MICRO), first_value=None, **rule) == [(FIRST, 80 * MICRO)]


days = st.dates(FIRST, YEAR_END)
figures = st.integers(0, 100 * MICRO)


@given(days, days, figures, st.none() | figures, figures, st.sampled_from(Timing))
def test_what_is_required_never_goes_back(one, other, threshold, baseline, first, timing):
    """A rising target's required value only rises with the days, and stays between its start and its threshold."""
    assume(one <= other)
    rule = {"threshold": threshold, "baseline": baseline, "timing": timing, "first_value": (FIRST, first)}
    earlier, later = needed(one, **rule), needed(other, **rule)
    assert min(threshold, first if baseline is None else baseline) <= earlier <= later <= threshold


@given(days, days, figures, figures)
def test_what_is_required_of_a_falling_target_only_falls(one, other, threshold, baseline):
    assume(one <= other)
    rule = {"comparator": Comparator.LTE, "threshold": threshold, "baseline": baseline}
    assert needed(one, **rule) >= needed(other, **rule) >= threshold
