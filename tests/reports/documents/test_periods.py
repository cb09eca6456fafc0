"""Windows of Decree 09/2019/NĐ-CP, article 12, and the names of report periods."""

import datetime as dt

import pytest

from reports.documents import periods as documents_periods
from reports.models import Report
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def periods():
    return list(factories.make_plan().periods.select_related("plan").in_order())


@pytest.mark.parametrize(
    ("code", "first", "last", "title", "previous", "against"),
    [
        ("2023-08", (2023, 7, 15), (2023, 8, 14), "tháng 8 năm 2023", 7, "tháng 7"),
        ("2023-01", (2022, 12, 15), (2023, 1, 14), "tháng 1 năm 2023", None, ""),
        ("2023-quy-1", (2022, 12, 15), (2023, 3, 14), "quý I năm 2023", None, ""),
        ("2023-quy-3", (2023, 6, 15), (2023, 9, 14), "quý III năm 2023", 6, "hết quý II"),
        ("2023-6-thang", (2022, 12, 15), (2023, 6, 14), "6 tháng đầu năm 2023", 3, "hết quý I"),
        ("2023-9-thang", (2022, 12, 15), (2023, 9, 14), "9 tháng năm 2023", 6, "hết quý II"),
        ("2023-nam", (2022, 12, 15), (2023, 12, 14), "năm 2023", 9, "hết quý III"),
    ],
)
def test_windows_of_the_decree(periods, code, first, last, title, previous, against):
    span = documents_periods.period_of(periods, code)
    assert (span.first_day, span.last_day, span.title) == (dt.date(*first), dt.date(*last), title)
    assert (span.previous and span.previous.number, span.previous_title) == (previous, against)


def test_only_spans_that_have_ended_in_a_period_that_began(periods):
    codes = [span.code for span in documents_periods.periods_of(periods[:4])]
    assert codes == ["2023-04", "2023-03", "2023-quy-1", "2023-02", "2023-01"]
    assert documents_periods.period_of(periods[:4], "2023-6-thang") is None


def test_spans_that_are_due_for_a_report(periods):
    assert [s.code for s in documents_periods.due_periods(periods, dt.date(2023, 3, 21))] == [
        "2023-03",
        "2023-quy-1",
        "2023-02",
        "2023-01",
    ]
    assert [s.code for s in documents_periods.due_periods(periods, dt.date(2023, 3, 20))] == ["2023-02", "2023-01"]


def test_a_plan_from_july_has_no_span_that_began_before_it():
    plan = factories.make_plan(first_month=7)
    spans = documents_periods.periods_of(list(plan.periods.select_related("plan").in_order()))
    longer = [span.code.removeprefix(f"{plan.address}.") for span in spans if span.type.code != "thang"]
    assert longer == ["2024-quy-2", "2024-6-thang", "2024-quy-1", "2023-quy-4", "2023-quy-3"]


def test_a_report_has_room_for_the_code_of_its_span():
    plan = factories.make_plan(months=36, code="du-lieu-so-2023-2025")
    spans = documents_periods.periods_of(list(plan.periods.select_related("plan").in_order()))
    assert max(len(span.code) for span in spans) == 33 <= Report._meta.get_field("span").max_length


def test_weeks_run_from_friday_to_thursday(periods):
    weeks = documents_periods.weeks_of(periods[:8])
    # The first Thursday with a complete month: 19 January 2023, ISO week 3; the last before the year ends: 28 December.
    assert (weeks[-1].code, weeks[-1].period.number) == ("2023-tuan-03", 1)
    assert (weeks[0].code, weeks[0].last_day) == ("2023-tuan-52", dt.date(2023, 12, 28))
    week = documents_periods.period_of(periods[:8], "2023-tuan-33")
    assert (week.first_day, week.last_day) == (dt.date(2023, 8, 11), dt.date(2023, 8, 17))
    assert week.title == "tuần 33 năm 2023 (11/08 đến 17/08)"
    # Thursday 17 August comes after the window of August, Thursday 10 August before its end.
    assert week.period.number == 8 and week.own == [periods[7]] and week.previous is None
    assert documents_periods.period_of(periods[:8], "2023-tuan-32").period.number == 7
    assert documents_periods.period_of(periods[:8], "2023-tuan-02") is None
    assert documents_periods.period_of([], "2023-tuan-33") is None
    assert (week.why_open(dt.date(2023, 8, 17)), week.why_open(dt.date(2023, 8, 18))) == ("chưa hết kỳ", "")
    ended = documents_periods.ended_weeks(periods, dt.date(2023, 2, 3))
    assert [week.code for week in ended] == ["2023-tuan-05", "2023-tuan-04", "2023-tuan-03"]
