"""The required value (domain.md, *Is it on track?*): days and lines that can be counted on a calendar of 2023."""

import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from indicators.rules.combining import MICRO
from indicators.rules.kinds import Comparator, Timing
from indicators.rules.trajectory import required

FIRST = dt.date(2023, 1, 1)
YEAR_END = dt.date(2023, 12, 31)
AUGUST_END = dt.date(2023, 8, 31)


def needed(day, **rule):
    """r(day) in micro of a rising stock without baseline, 80 by 31 December, where nothing else is said."""
    facts = {
        "day": day,
        "is_last_period": False,
        "plan_first_day": FIRST,
        "timing": Timing.STOCK,
        "comparator": Comparator.GTE,
        "threshold": 80 * MICRO,
        "due": YEAR_END,
        "baseline": None,
    }
    return required(**facts | rule)


def test_worked_case_5():
    # 14 August is day 225 of 242 after 1 January: 80 × 225 ÷ 242.
    assert needed(dt.date(2023, 8, 14), due=AUGUST_END) == 74_380165
    assert needed(dt.date(2023, 1, 14), due=AUGUST_END) == 4_297521
    assert needed(dt.date(2023, 8, 30), due=AUGUST_END) == 79_669421


@pytest.mark.parametrize("day", [AUGUST_END, dt.date(2023, 9, 14), YEAR_END])
def test_the_threshold_itself_from_the_due_date_on(day):
    assert needed(day, due=AUGUST_END) == 80 * MICRO


def test_the_last_period_asks_for_the_threshold_though_its_window_ends_before():
    december = dt.date(2023, 12, 14)
    assert needed(december) == 76_263736  # 80 × 347 ÷ 364
    assert needed(december, is_last_period=True) == 80 * MICRO


def test_worked_case_8_a_baseline_that_holds_already():
    for month in range(1, 13):
        day = dt.date(2023, month, 14)
        assert needed(day, timing=Timing.FLOW, threshold=50 * MICRO, baseline=56_600000, due=AUGUST_END) == 50 * MICRO


def test_a_line_from_the_baseline():
    # I.11.a: 79,91 + 20,09 × 13 ÷ 364 is 80,6275 exactly, for a rate as for a stock.
    for timing in (Timing.RATE, Timing.STOCK, Timing.FLOW):
        assert needed(dt.date(2023, 1, 14), timing=timing, threshold=100 * MICRO, baseline=79_910000) == 80_627500
    # II.3: 114 → more than 150; half the year on 2 July.
    july = dt.date(2023, 7, 2)
    assert needed(july, comparator=Comparator.GT, threshold=150 * MICRO, baseline=114 * MICRO) == 132 * MICRO


def test_zero_is_a_baseline():
    assert needed(dt.date(2023, 7, 2), timing=Timing.FLOW, baseline=0) == 40 * MICRO
    assert needed(dt.date(2023, 7, 2), timing=Timing.FLOW, baseline=None) == 80 * MICRO


@pytest.mark.parametrize("timing", [Timing.FLOW, Timing.RATE])
def test_without_a_baseline_a_flow_and_a_rate_hold_throughout(timing):
    assert needed(dt.date(2023, 1, 14), timing=timing) == 80 * MICRO


@pytest.mark.parametrize("comparator", [Comparator.LTE, Comparator.LT])
def test_falling(comparator):
    july = dt.date(2023, 7, 2)
    assert needed(july, comparator=comparator, threshold=10 * MICRO) == 10 * MICRO
    assert needed(july, comparator=comparator, threshold=10 * MICRO, baseline=40 * MICRO) == 25 * MICRO
    assert needed(july, comparator=comparator, threshold=10 * MICRO, baseline=5 * MICRO) == 10 * MICRO


def test_a_falling_line_is_rounded_half_away_too():
    # 14 September is day 256: 100 − 50 × 13 ÷ 256 is 97,4609375 exactly.
    rule = {"comparator": Comparator.LTE, "threshold": 50 * MICRO, "baseline": 100 * MICRO}
    assert needed(dt.date(2023, 1, 14), due=dt.date(2023, 9, 14), **rule) == 97_460938


def test_no_threshold_requires_nothing():
    assert needed(dt.date(2023, 1, 14), threshold=None, comparator=None) is None


# 1 April is day 90, 1 July day 181, 31 December day 364 after 1 January.
QUARTERS = [(dt.date(2023, 4, 1), 30 * MICRO), (dt.date(2023, 7, 1), 50 * MICRO)]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (dt.date(2023, 2, 15), 15_000000),  # day 45 of 90 to 30
        (dt.date(2023, 4, 1), 30_000000),
        (dt.date(2023, 4, 14), 32_857143),  # 30 + 20 × 13 ÷ 91
        (dt.date(2023, 7, 1), 50_000000),
        (dt.date(2023, 10, 14), 67_213115),  # 50 + 30 × 105 ÷ 183
        (YEAR_END, 80_000000),
    ],
)
@pytest.mark.parametrize("timing", Timing)
def test_milestones_of_its_own(day, expected, timing):
    assert needed(day, timing=timing, milestones=QUARTERS[::-1]) == expected


def test_milestones_begin_at_the_baseline():
    assert needed(dt.date(2023, 2, 15), milestones=QUARTERS, baseline=10 * MICRO) == 20 * MICRO
    # They replace the rule of a baseline that holds already: 90 → 30 on 1 April.
    assert needed(dt.date(2023, 2, 15), milestones=QUARTERS, baseline=90 * MICRO) == 60 * MICRO


def test_milestones_from_the_due_date_on_change_nothing():
    late = [(AUGUST_END, 10 * MICRO), (dt.date(2023, 10, 1), 20 * MICRO)]
    assert needed(dt.date(2023, 5, 2), due=AUGUST_END, milestones=late) == 40 * MICRO  # day 121 of 242
    assert needed(dt.date(2023, 9, 14), due=AUGUST_END, milestones=late) == 80 * MICRO


days = st.dates(FIRST, dt.date(2024, 1, 31))
figures = st.integers(0, 100 * MICRO)


@given(days, days, figures, st.none() | figures, st.dates(dt.date(2023, 2, 1), YEAR_END), st.sampled_from(Timing))
def test_what_is_required_never_goes_back(one, other, threshold, baseline, due, timing):
    """A rising target's required value only rises with the days, and stays between its start and its threshold."""
    assume(one <= other)
    earlier, later = (
        needed(day, threshold=threshold, baseline=baseline, due=due, timing=timing) for day in (one, other)
    )
    assert earlier <= later <= threshold
    assert earlier >= min(baseline or 0, threshold)


@given(days, days, figures, figures, st.dates(dt.date(2023, 2, 1), YEAR_END))
def test_what_is_required_of_a_falling_target_only_falls(one, other, threshold, baseline, due):
    assume(one <= other)
    rule = {"comparator": Comparator.LTE, "threshold": threshold, "baseline": baseline, "due": due}
    assert needed(one, **rule) >= needed(other, **rule) >= threshold
