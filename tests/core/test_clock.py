"""The one clock: real, the demonstration year's, or CLOCK's."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from core import clock
from demo.models import DemoYear
from tests import factories

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
REAL = dt.datetime(2026, 11, 23, 18, 30, tzinfo=dt.UTC)  # 01:30 on the 24th in Vietnam
NINE = dt.datetime(2023, 8, 16, 9, 0, tzinfo=VIETNAM)


def anchored(clock_at=NINE, real_at=REAL):
    """A plan whose demonstration clock showed `clock_at` at the real moment `real_at`."""
    row = DemoYear.objects.create(
        plan=factories.make_plan(), seed=1, loaded_at=real_at, clock_at=clock_at, real_at=real_at
    )
    clock.reload_anchor()
    return row


@time_machine.travel(REAL, tick=False)
def test_without_an_illustrative_year_it_is_the_real_time_in_vietnam():
    assert clock.now() == REAL
    assert clock.now().utcoffset() == dt.timedelta(hours=7)
    assert clock.today() == dt.date(2026, 11, 24)
    assert not clock.is_demo()


@pytest.mark.django_db
def test_the_illustrative_clock_runs_on_from_its_anchor():
    with time_machine.travel(REAL + dt.timedelta(hours=15, minutes=1), tick=False):
        anchored()
        assert clock.now() == dt.datetime(2023, 8, 17, 0, 1, tzinfo=VIETNAM)
        assert clock.today() == dt.date(2023, 8, 17)
        assert clock.is_demo()


@pytest.mark.django_db
def test_production_knows_the_real_time_only(settings):
    anchored()
    settings.PRODUCTION = True
    with time_machine.travel(REAL, tick=False):
        assert clock.now() == REAL
    assert not clock.is_demo()


@pytest.mark.django_db
@time_machine.travel(REAL, tick=False)
def test_the_anchor_is_read_once_and_again_after_its_seconds(django_assert_num_queries, monkeypatch):
    row = anchored()
    with django_assert_num_queries(1):
        clock.now(), clock.today(), clock.is_demo()
    DemoYear.objects.filter(pk=row.pk).update(clock_at=NINE + dt.timedelta(days=1))
    with django_assert_num_queries(0):
        assert clock.now() == NINE
    monkeypatch.setattr(clock, "ANCHOR_SECONDS", -1)
    assert clock.now() == NINE + dt.timedelta(days=1)


@pytest.mark.django_db
def test_a_database_that_does_not_answer_stops_no_clock(monkeypatch):
    def broken():
        raise DatabaseError("gone")

    with time_machine.travel(REAL, tick=False):
        anchored()
        assert clock.now() == NINE
        monkeypatch.setattr(clock, "stored_anchor", broken)
        monkeypatch.setattr(clock, "ANCHOR_SECONDS", -1)
        assert clock.now() == NINE


def test_before_the_first_migration_it_is_the_real_time(monkeypatch):
    def no_table():
        raise DatabaseError("no such table")

    monkeypatch.setattr(clock, "stored_anchor", no_table)
    clock.reload_anchor()
    with time_machine.travel(REAL, tick=False):
        assert clock.now() == REAL
    # Not taken for known: the table may be there at the next question.
    monkeypatch.setattr(clock, "stored_anchor", lambda: (NINE, REAL, True))
    with time_machine.travel(REAL, tick=False):
        assert clock.now() == NINE


@pytest.mark.django_db
def test_clock_without_an_illustrative_year_starts_with_the_process(settings):
    settings.CLOCK = "2023-08-17T23:59"
    clock.reload_anchor()
    with time_machine.travel(REAL, tick=False) as traveller:
        assert clock.now() == dt.datetime(2023, 8, 17, 23, 59, tzinfo=VIETNAM)
        traveller.shift(dt.timedelta(minutes=1))
        assert clock.today() == dt.date(2023, 8, 18)
        assert not clock.is_demo()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-08-16T09:00", dt.datetime(2023, 8, 16, 2, 0, tzinfo=dt.UTC)),
        ("2023-08-16", dt.datetime(2023, 8, 15, 17, 0, tzinfo=dt.UTC)),
        ("2023-08-16T09:00+00:00", dt.datetime(2023, 8, 16, 9, 0, tzinfo=dt.UTC)),
    ],
)
def test_a_clock_value_is_vietnams_time(text, expected):
    assert clock.parse(text) == expected


@pytest.mark.parametrize("text", ["16/08/2023", "9 giờ", "2023-13-01T00:00"])
def test_a_malformed_clock_value_is_named(text):
    with pytest.raises(ImproperlyConfigured, match="CLOCK phải có dạng"):
        clock.parse(text)
