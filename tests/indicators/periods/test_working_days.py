"""Working days of Vietnam: the library's holidays, and rows of our own over them."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction

from core.clock import VIETNAM
from indicators.models import DayOff
from indicators.periods import working_days
from indicators.rules.calendar import is_working_day, working_days_between

pytestmark = pytest.mark.django_db

JANUARY = dt.date(2023, 1, 1), dt.date(2023, 1, 31)


def test_tet_is_known_and_so_are_its_days_in_lieu(django_assert_num_queries):
    with django_assert_num_queries(1):
        off = working_days.days_off(*JANUARY)
    # 2 January: in lieu of a Sunday; 20 to 26 January: Tết. 22 weekdays less 1 less 5.
    assert working_days_between(*JANUARY, off) == 16
    assert off.off[dt.date(2023, 1, 22)] == "Tết Nguyên Đán"


def test_swapped_days_of_2024():
    off = working_days.days_off(dt.date(2024, 4, 29), dt.date(2024, 5, 4))
    assert not is_working_day(dt.date(2024, 4, 29), off)
    assert is_working_day(dt.date(2024, 5, 4), off)


def test_rows_of_our_own_go_before_the_library():
    DayOff.objects.create(day=dt.date(2023, 1, 27), name="Nghỉ hoán đổi")
    DayOff.objects.create(day=dt.date(2023, 1, 28), name="Làm bù", is_worked=True)
    DayOff.objects.create(day=dt.date(2023, 1, 26), name="Làm việc mồng năm", is_worked=True)
    off = working_days.days_off(*JANUARY)
    assert [is_working_day(dt.date(2023, 1, day), off) for day in (26, 27, 28)] == [True, False, True]


def test_days_left_by_the_clock_of_vietnam():
    with time_machine.travel(dt.datetime(2023, 8, 15, 23, 59, 59, tzinfo=VIETNAM), tick=False):
        assert working_days.left(dt.date(2023, 8, 17)) == 2
    with time_machine.travel(dt.datetime(2023, 8, 16, tzinfo=VIETNAM), tick=False):
        assert working_days.left(dt.date(2023, 8, 17)) == 1
        assert working_days.left(dt.date(2023, 8, 16)) == 0
        assert working_days.left(dt.date(2023, 8, 1)) == 0


def test_a_day_is_written_once_and_says_why():
    DayOff.objects.create(day=dt.date(2023, 9, 1), name="Nghỉ")
    with pytest.raises(IntegrityError), transaction.atomic():
        DayOff.objects.create(day=dt.date(2023, 9, 1), name="Nghỉ nữa")
    with pytest.raises(IntegrityError), transaction.atomic():
        DayOff.objects.create(day=dt.date(2023, 9, 2), name="")
