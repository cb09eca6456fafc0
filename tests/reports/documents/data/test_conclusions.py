"""The conclusions that a report tells of."""

import datetime as dt
from types import SimpleNamespace

import pytest

from core.clock import VIETNAM
from reports.documents import scopes
from reports.documents.data import conclusions
from reports.documents.periods import PERIOD_TYPES, WEEK, ReportPeriod, WeekPeriod

pytestmark = pytest.mark.once

AUGUST = SimpleNamespace(
    window_first=dt.date(2023, 7, 15), window_last=dt.date(2023, 8, 14), closes_on=dt.date(2023, 8, 20), year=2023
)


@pytest.mark.parametrize(
    ("report_period", "days"),
    [
        (ReportPeriod(PERIOD_TYPES["thang"], (AUGUST,)), [17, 18, 20]),
        (WeekPeriod(WEEK, (AUGUST,), dt.date(2023, 8, 17)), [17]),
    ],
)
def test_a_month_tells_of_those_until_it_closed_and_a_week_of_those_until_it_ended(monkeypatch, report_period, days):
    given = [SimpleNamespace(given_at=dt.datetime(2023, 8, day, 9, tzinfo=VIETNAM)) for day in (17, 18, 20, 21)]
    monkeypatch.setattr(conclusions, "for_report", lambda plan, **what: given)
    subject = SimpleNamespace(type=scopes.PROVINCE)
    request = SimpleNamespace(plan=None, subject=subject, report_period=report_period, period=AUGUST)
    assert [one.given_at.day for one in conclusions.conclusions_of(request)] == days
