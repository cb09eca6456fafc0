"""Working days: weekends, holidays, days in lieu, deadlines at midnight."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.rules.calendar import (
    WEEKENDS,
    DaysOff,
    can_be_stood_in_for,
    end_of_day,
    is_working_day,
    next_working_day,
    working_day_after,
    working_days_between,
    working_days_left,
)

# September 2023: the 1st (Friday) and the 4th (Monday) are off for the National Day; in this made-up year one works on
# Saturday the 9th instead.
OFF = DaysOff(
    off={dt.date(2023, 9, 1): "Quốc khánh", dt.date(2023, 9, 4): "Quốc khánh (nghỉ bù)"},
    worked={dt.date(2023, 9, 9): "Làm bù"},
)


def day(number, month=9):
    return dt.date(2023, month, number)


def test_what_a_working_day_is():
    assert [n for n in range(1, 15) if is_working_day(day(n), OFF)] == [5, 6, 7, 8, 9, 11, 12, 13, 14]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (day(4), day(8), 4),  # without the day in lieu
        (day(5), day(9), 5),  # with the Saturday that is worked
        (day(2), day(3), 0),  # a weekend
        (day(5), day(5), 1),
        (day(6), day(5), 0),  # nothing lies between
        (day(31, 8), day(5), 2),
    ],
)
def test_working_days_between(first, last, expected):
    assert working_days_between(first, last, OFF) == expected


@pytest.mark.parametrize(
    ("today", "left"),
    [(day(31, 8), 1), (day(1), 1), (day(3), 1), (day(4), 1), (day(5), 0), (day(6), 0), (day(30, 8), 2)],
)
def test_days_left_until_tuesday_the_fifth(today, left):
    """Thursday, four days off, then the deadline: one working day is left all the while."""
    assert working_days_left(today, day(5), OFF) == left


def test_the_next_working_day_is_the_day_itself_where_it_is_one():
    assert [next_working_day(day(n), OFF) for n in (1, 4, 5, 9, 10)] == [day(5), day(5), day(5), day(9), day(11)]


days = st.dates(dt.date(2023, 8, 1), dt.date(2023, 10, 31))


@given(days, days, days)
def test_spans_add_up(first, middle, last):
    first, middle, last = sorted([first, middle, last])
    whole = working_days_between(first, last, OFF)
    assert whole == working_days_between(first, middle, OFF) + working_days_left(middle, last, OFF)
    assert working_days_between(next_working_day(first, WEEKENDS), first, WEEKENDS) == is_working_day(first)


def test_a_deadline_passes_with_its_day():
    zone = dt.timezone(dt.timedelta(hours=7))
    assert end_of_day(dt.date(2023, 12, 31), zone).isoformat() == "2024-01-01T00:00:00+07:00"


def test_a_number_of_working_days_after_a_day():
    assert [working_day_after(day(31, 8), number, OFF) for number in (1, 2, 5)] == [day(5), day(6), day(9)]


@pytest.mark.parametrize(("late", "may"), [(3, False), (4, True)])
def test_another_acts_once_a_duty_is_overdue_by_more_than_the_days_given(late, may):
    assert can_be_stood_in_for(day(5) + dt.timedelta(late), day(5), 3) is may
