"""The release calendar: its days, what was held, who changes it."""

import datetime as dt

import pytest

from core.audit.models import AuditEntry
from indicators.models import DayOff
from indicators.rules.calendar import DaysOff, working_day_after
from reports.documents.releases.queries import releases
from reports.models import PlannedRelease
from tests import factories
from tests.page import fields, words

pytestmark = pytest.mark.once

CALENDAR, EDIT = "/ky-bao-cao/", "/ky-bao-cao/phat-hanh/"


def by_number(province):
    return {row.period.number: row for row in releases(province.plan, list(province.plan.periods.in_order()))}


def post(browser, page=None, **typed):
    form = fields(page or browser.get(EDIT)) | {"reason": "Theo lịch họp"} | typed
    return browser.post(EDIT, form)


def test_the_working_day_after():
    friday = dt.date(2023, 8, 18)
    assert working_day_after(friday, 1) == dt.date(2023, 8, 21)
    assert working_day_after(dt.date(2023, 8, 20), 3) == dt.date(2023, 8, 23)
    assert working_day_after(friday, 1, DaysOff(off={dt.date(2023, 8, 21): "Nghỉ"})) == dt.date(2023, 8, 22)


def test_days_follow_from_the_deadlines_and_past_ones_say_if_they_were_held(province, published, as_person):
    # July closes on Thursday the 20th; three working days later is Tuesday the 25th. Published on 16 August: 22 days late.
    published("2023-07")
    rows = by_number(province)
    assert (rows[7].day, rows[7].days_late, rows[7].word) == (dt.date(2023, 7, 25), 22, "Chậm 22 ngày")
    assert (rows[8].day, rows[8].word) == (dt.date(2023, 8, 23), "Sắp tới")
    assert (rows[6].word, rows[6].status) == ("Quá lịch 54 ngày", "at_risk")
    page = words(as_person("an").get(CALENDAR))
    assert "Tháng 7 25/07/2023 thứ ba 16/08/2023 Chậm 22 ngày" in page
    assert "Tháng 8 23/08/2023 thứ tư chưa Sắp tới" in page and "Sửa lịch phát hành" not in page
    # Before the plan was issued nothing could be announced.
    province.plan.issued_on = dt.date(2023, 7, 1)
    province.plan.save()
    rows = by_number(province)
    assert (rows[6].word, rows[6].days_late, rows[7].days_late) == ("Trước khi có kế hoạch", 0, 22)


def test_the_leader_is_told_of_the_next_one_and_of_those_overdue(province, published, as_person):
    province.plan.issued_on = dt.date(2023, 7, 1)
    province.plan.save()
    page = words(as_person("lam").get("/tong-quan/"))
    assert "Báo cáo tháng 7 lẽ ra phát hành ngày 25/07/2023, chậm 22 ngày." in page
    assert "Báo cáo tháng 8 dự kiến phát hành ngày 23/08/2023. Lịch phát hành" in page


def test_a_day_is_moved_with_a_note_that_all_read(province, as_person):
    khanh = as_person("khanh")
    page = khanh.get(EDIT)
    answer = post(khanh, page, **{"day-8": "25/08/2023"})
    assert answer.status_code == 409 and "Tháng 8: dời ngày phát hành phải kèm ghi chú." in words(answer)
    answer = post(khanh, page, **{"day-8": "19/08/2023", "note-8": "x"})
    assert answer.status_code == 409 and "Tháng 8: báo cáo phát hành được từ ngày 21/08/2023." in words(answer)
    assert post(khanh, page, reason="").status_code == 422
    assert post(khanh, page).status_code == 409
    assert not PlannedRelease.objects.exists()
    assert post(khanh, page, **{"day-8": "25/08/2023", "note-8": "Chờ họp Ban Chỉ đạo"}).status_code == 302
    assert "Tháng 8 25/08/2023 thứ sáu chưa Sắp tới Chờ họp Ban Chỉ đạo theo quy tắc: 23/8" in words(
        as_person("an").get(CALENDAR)
    )
    entry = AuditEntry.objects.order_by("pk").last()
    assert (entry.act, entry.detail["reason"]) == ("đổi lịch phát hành", "Theo lịch họp")
    assert entry.detail["changes"] == ["tháng 8: 23/08/2023 → 25/08/2023"]
    # A form that was opened before.
    answer = post(khanh, page, **{"day-9": "29/09/2023", "note-9": "x"})
    assert answer.status_code == 409 and "Có người vừa sửa lịch phát hành." in words(answer)


def test_another_rule_moves_the_days_to_come_and_leaves_those_passed(province, as_person):
    assert post(as_person("khanh"), release_days="5").status_code == 302
    province.plan.refresh_from_db()
    rows = by_number(province)
    assert (rows[7].day, rows[8].day) == (dt.date(2023, 7, 25), dt.date(2023, 8, 25))
    # A day off between moves a derived day, and not one that passed.
    DayOff.objects.create(day=dt.date(2023, 8, 24), name="Nghỉ bù")
    rows = by_number(province)
    assert (rows[7].day, rows[8].day) == (dt.date(2023, 7, 25), dt.date(2023, 8, 28))


@pytest.mark.parametrize("name", ["an", "dung", "lam"])
def test_others_do_not_change_it(province, as_person, name):
    browser = as_person(name)
    assert browser.get(EDIT).status_code == 404
    assert browser.post(EDIT, {"release_days": "9"}).status_code == 404
    province.plan.refresh_from_db()
    assert province.plan.release_days == 3


def test_strangers_are_sent_away(client, province):
    assert client.get(CALENDAR).status_code == client.get(EDIT).status_code == 302


def test_reading_asks_a_fixed_number_of_questions(province, published, django_assert_num_queries):
    published("2023-07")
    periods = [factories.period(province.plan, number) for number in range(1, 13)]
    # 1 days off, 1 moved days, 1 published versions.
    with django_assert_num_queries(3):
        releases(province.plan, periods)
