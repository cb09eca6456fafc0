"""The plan's indicators as signed, with the targets that measure them."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from agencies.models import User
from indicators.models import Basis, Indicator, Plan
from indicators.selection import Selection, periods_begun
from reports.dashboards.queries.indicators import indicator_list

pytestmark = pytest.mark.once


@pytest.fixture
def plan(db):
    call_command("load_plan", verbosity=0)
    return Plan.objects.get()


def listed(plan):
    periods = periods_begun(plan)
    return indicator_list(Selection(plan, periods[0], Basis.OFFICIAL, periods), User(is_superuser=True))


def test_the_annex_is_listed_in_its_order(plan, django_assert_num_queries):
    everything = listed(plan)
    assert [(pillar.code, len(pillar.rows)) for pillar in everything.pillars] == [("I", 15), ("II", 5), ("III", 7)]
    assert (everything.count, everything.target_count, everything.corrected_count) == (27, 35, 2)
    first = everything.pillars[0].rows[0]
    assert (first.leads, first.coordinators) == ("VP UBND tỉnh", "Sở TTTT")
    assert [line.target.code for line in first.lines] == ["I.1.a", "I.1.b", "I.1.c"]
    assert first.lines[0].target.threshold == Decimal(80)
    assert first.text_parts[0][0].startswith("80% hồ sơ công việc tại cấp tỉnh; 70%") and first.signed == ""


def test_a_corrected_misprint_is_marked_beside_the_signed_text(plan):
    row = next(row for row in listed(plan).pillars[0].rows if row.code == "I.3")
    assert [words for words, is_corrected in row.text_parts if is_corrected] == ["cấp"]
    assert "chất lượng cung dịch vụ công" in row.signed
    row = next(row for row in listed(plan).pillars[1].rows if row.code == "II.3")
    assert [words for words, is_corrected in row.text_parts if is_corrected] == ["Phấn đấu"]
    assert row.signed == "Phân đầu có trên 150 doanh nghiệp công nghệ số"


def test_more_indicators_cost_no_more_queries(plan, django_assert_num_queries):
    periods = periods_begun(plan)
    selection, reader = Selection(plan, periods[0], Basis.OFFICIAL, periods), User(is_superuser=True)
    with django_assert_num_queries(5):
        indicator_list(selection, reader)
    assert Indicator.objects.count() == 27
