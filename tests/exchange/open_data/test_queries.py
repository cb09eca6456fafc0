"""Published values: those of the province's reports in force alone, of each period the last published."""

from decimal import Decimal

import pytest

from exchange.open_data.queries import open_plans, published_plan
from indicators.models import Actual, Plan
from tests.reports.conftest import roll_up

pytestmark = pytest.mark.django_db


def values(plan, code):
    row = next(row for row in published_plan(plan).targets if row.target.code == code)
    return [(value.period, value.numerator, value.denominator, value.value) for value in row.values]


def test_nothing_is_published_before_a_report_is(province, drafted):
    drafted("2023-07")
    assert {row.latest for row in published_plan(province.plan).targets} == {None}


def test_the_values_of_two_months(province, published):
    published("2023-07")
    published("2023-06")
    # Flows add up: 400/500 in each month. A stock is the newest one.
    june, july = values(province.plan, "I.1")
    assert june == ("2023-06", 400, 500, 80)
    assert july == ("2023-07", 800, 1000, 80)
    assert values(province.plan, "I.2") == [("2023-06", 10, 100, 10), ("2023-07", 20, 100, 20)]
    assert values(province.plan, "II.1") == [("2023-06", None, None, None), ("2023-07", None, None, 120)]


def test_what_changed_after_it_was_published_stays_as_published(province, published):
    published("2023-07")
    Actual.objects.filter(target=province.targets["I.2"]).update(numerator=Decimal(99))
    roll_up(province.plan)
    assert values(province.plan, "I.2") == [("2023-07", 20, 100, 20)]


def test_parts_of_the_province_are_not_of_the_whole(province, published):
    published("2023-07", "huyen:h1")
    assert {row.latest for row in published_plan(province.plan).targets} == {None}


def test_each_value_names_its_report(province, published):
    version = published("2023-07")
    (value,) = next(row for row in published_plan(province.plan).targets if row.target.code == "I.1").values
    assert value.source.code == version.code
    assert value.source.words.startswith("Báo cáo tiến độ thực hiện chỉ tiêu")
    assert (value.approved, value.expected) == (5, 5)


def test_no_plan_is_open_until_it_is_opened(province):
    assert open_plans() == []


def test_a_draft_is_never_open(opened):
    Plan.objects.filter(pk=opened.pk).update(state="draft")
    assert open_plans() == []


def test_queries(province, published, django_assert_num_queries):
    published("2023-07")
    with django_assert_num_queries(2):
        published_plan(province.plan)
