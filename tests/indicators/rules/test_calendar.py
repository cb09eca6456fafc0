"""Data windows of Decree 09/2019, what is due when, states of a period."""

import datetime as dt
from types import SimpleNamespace

import pytest

from indicators.rules.calendar import (
    SOON_DAYS,
    Grant,
    PeriodState,
    alike,
    catching_up_is_on_time,
    deadlines,
    due_periods_between,
    extension_moves_due,
    first_due,
    is_due,
    is_soon,
    last_due,
    month_window,
    period_state,
    year_and_month,
    year_start,
    years_after,
)


@pytest.mark.parametrize(
    ("month", "first", "last"),
    [
        (1, dt.date(2022, 12, 15), dt.date(2023, 1, 14)),
        (2, dt.date(2023, 1, 15), dt.date(2023, 2, 14)),
        (3, dt.date(2023, 2, 15), dt.date(2023, 3, 14)),
        (12, dt.date(2023, 11, 15), dt.date(2023, 12, 14)),
    ],
)
def test_a_months_data(month, first, last):
    assert month_window(2023, month) == (first, last)


def test_windows_follow_one_another_without_a_gap():
    windows = [month_window(2023, month) for month in range(1, 13)]
    for (_, last), (first, _) in zip(windows, windows[1:], strict=False):
        assert first == last + dt.timedelta(days=1)


def test_last_due():
    assert [last_due(month, 1) for month in range(1, 13)] == list(range(1, 13))
    assert [last_due(month, 3) for month in range(1, 13)] == [0, 0, 3, 3, 3, 6, 6, 6, 9, 9, 9, 12]
    assert [last_due(month, 6) for month in range(1, 13)] == [0, 0, 0, 0, 0, 6, 6, 6, 6, 6, 6, 12]
    assert [last_due(month, 12) for month in range(1, 13)] == [0] * 11 + [12]
    assert [month for month in range(1, 13) if is_due(month, 3)] == [3, 6, 9, 12]
    assert [month for month in range(1, 13) if is_due(month, 6)] == [6, 12]


def test_due_periods_that_follow():
    assert due_periods_between(6, 9, 1) == 3  # July, August, September
    assert due_periods_between(6, 9, 3) == due_periods_between(6, 11, 3) == 1
    assert due_periods_between(9, 9, 1) == due_periods_between(10, 9, 1) == 0
    assert due_periods_between(5, 12, 6) == 2 and due_periods_between(6, 12, 6) == due_periods_between(1, 12, 12) == 1


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (dt.date(2023, 8, 14), PeriodState.UPCOMING),
        (dt.date(2023, 8, 15), PeriodState.OPEN),
        (dt.date(2023, 8, 20), PeriodState.OPEN),
        (dt.date(2023, 8, 21), PeriodState.CLOSED),
    ],
)
def test_a_period_is_open_from_its_first_day_through_its_last(day, state):
    assert period_state(dt.date(2023, 8, 15), dt.date(2023, 8, 20), day) == state


@pytest.mark.parametrize(("days", "soon"), [(-1, False), (0, True), (SOON_DAYS, True), (SOON_DAYS + 1, False)])
def test_what_is_due_within_a_month_is_soon(days, soon):
    day = dt.date(2023, 8, 16)
    assert is_soon(day + dt.timedelta(days), day) is soon


def test_a_plan_from_july_counts_its_periods_by_the_calendars_quarters():
    """Its periods 1, 2, 3 are July, August, September; the first half of its year ends in December."""
    numbers = range(1, 14)
    assert [last_due(number, 3, 7) for number in numbers] == [0, 0, 3, 3, 3, 6, 6, 6, 9, 9, 9, 12, 12]
    assert [last_due(number, 6, 7) for number in numbers] == [0, 0, 0, 0, 0, 6, 6, 6, 6, 6, 6, 12, 12]
    assert [last_due(number, 12, 7) for number in numbers] == [0] * 5 + [6] * 8
    assert [first_due(cycle, 7) for cycle in (1, 3, 6, 12)] == [1, 3, 6, 6]
    assert [first_due(cycle, 5) for cycle in (1, 3, 6, 12)] == [1, 2, 2, 8]  # May, June, June, December
    assert due_periods_between(6, 13, 3, 7) == 2  # March and June of the second year
    assert [year_and_month(2026, 7, number) for number in (1, 6, 7, 13)] == [
        (2026, 7),
        (2026, 12),
        (2027, 1),
        (2027, 7),
    ]


def test_a_year_of_several_has_its_own_last_due_period():
    """A quarterly sum that begins again in January 2027 (13): nothing of that year is due before March (15)."""
    assert [last_due(number, 3) for number in (12, 13, 14, 15)] == [12, 12, 12, 15]
    assert [last_due(number, 3, 1, year_start(number)) for number in (12, 13, 14, 15)] == [12, 0, 0, 15]
    assert [year_start(number) for number in (1, 12, 13, 24, 25)] == [1, 1, 13, 13, 25]
    assert years_after(dt.date(2028, 2, 29), 1) == dt.date(2029, 2, 28)
    assert years_after(dt.date(2026, 7, 1), 2) == dt.date(2028, 7, 1)


@pytest.mark.parametrize(
    ("restarts", "before", "number", "comparable"),
    [(True, 11, 12, True), (True, 12, 13, False), (True, 13, 14, True), (False, 12, 13, True)],
)
def test_a_sum_that_begins_again_does_not_change_from_one_year_to_the_next(restarts, before, number, comparable):
    assert alike(before, number, SimpleNamespace(restarts=restarts)) is comparable


def august(number):
    return dt.date(2023, 8, number)


def test_a_grant_of_single_figures_opens_them_alone_and_only_once_all_else_is_closed():
    grants = [Grant(august(24), targets=frozenset({7, 8})), Grant(august(22), targets=frozenset({8}))]
    granted = deadlines(august(15), august(17), august(19), august(20), grants)
    assert (granted.due_on, granted.closes_on, granted.is_extended) == (august(17), august(20), False)
    assert granted.open_cells(august(20)) == frozenset()  # the whole report is open still
    assert granted.open_cells(august(24)) == {7, 8} and granted.open_cells(august(25)) == frozenset()
    assert not granted.is_late(august(17)) and granted.is_late(august(18))


def test_an_extension_moves_the_deadline_only_where_it_was_requested_in_time():
    assert extension_moves_due(august(17), august(17)) and not extension_moves_due(august(18), august(17))


def test_what_was_due_before_the_plan_was_issued_is_caught_up_on_time():
    assert catching_up_is_on_time(august(17), august(18))
    assert not catching_up_is_on_time(august(17), august(17)) and not catching_up_is_on_time(august(17), None)
