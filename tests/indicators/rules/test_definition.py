"""Definitions with a first period, and the period that closes a target (domain.md, *Kinds of target*, *Is it on track?*)."""

import datetime as dt

import pytest

from indicators.rules.calendar import Window
from indicators.rules.combining import MICRO
from indicators.rules.definition import Definition, closing_period, in_force
from indicators.rules.kinds import Comparator

WINDOWS = [Window(month, dt.date(2023, month, 14)) for month in range(1, 13)]
FIRST_DAY, LAST_DAY = dt.date(2023, 1, 1), dt.date(2023, 12, 31)


def definition(threshold, first_period=1):
    return Definition(Comparator.GTE, threshold * MICRO, LAST_DAY, first_period=first_period)


@pytest.mark.parametrize(
    ("due", "closing"),
    [
        (dt.date(2023, 8, 31), 9),  # worked case 5: August's window ends on 14 August, September's on 14 September
        (dt.date(2023, 8, 14), 8),  # a window that ends on the due day itself
        (dt.date(2023, 8, 15), 9),
        (LAST_DAY, 12),  # no window ends that late: the plan's last
        (dt.date(2024, 6, 30), None),  # after the plan
    ],
)
def test_the_closing_period(due, closing):
    assert closing_period(WINDOWS, due, FIRST_DAY, LAST_DAY) == closing


@pytest.mark.parametrize(
    ("due", "closing"),
    [
        (dt.date(2023, 12, 31), 12),  # not January 2024, whose window reaches to the 14th: the year's last
        (dt.date(2024, 1, 1), 13),
        (dt.date(2024, 12, 20), 24),
        (dt.date(2025, 12, 31), 36),
        (dt.date(2026, 1, 1), None),
    ],
)
def test_the_closing_period_of_a_plan_over_three_years(due, closing):
    windows = [
        Window(12 * year + month, dt.date(2023 + year, month, 14)) for year in range(3) for month in range(1, 13)
    ]
    assert closing_period(windows, due, FIRST_DAY, dt.date(2025, 12, 31)) == closing


def test_a_period_is_judged_by_the_last_definition_made_of_those_that_have_begun():
    plans, lowered, again = definition(80), definition(60, first_period=9), definition(70, first_period=6)
    assert [in_force([plans, lowered], month) for month in (1, 8, 9, 12)] == [plans, plans, lowered, lowered]
    assert [in_force([plans, lowered, again], month) for month in (5, 6, 9)] == [plans, again, again]
    # One that corrects a slip holds for all periods, also those of an earlier one with a first period.
    corrected = definition(75)
    assert [in_force([plans, lowered, corrected], month) for month in (1, 9)] == [corrected, corrected]
