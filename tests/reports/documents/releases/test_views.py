"""The release calendar: its days, what was held, who changes it."""

import datetime as dt

import pytest

from agencies.models import User
from core.audit.models import AuditEntry
from indicators.calendar import services as calendar_services
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
    assert "Tháng 8 25/08/2023 thứ sáu chưa Sắp tới Dời từ 23/08/2023 sang 25/08/2023: Chờ họp Ban Chỉ đạo" in words(
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
    # What was announced before is told, with the reason of the change.
    assert "Tháng 8 25/08/2023 thứ sáu chưa Sắp tới Dời từ 23/08/2023 sang 25/08/2023: Theo lịch họp" in words(
        as_person("an").get(CALENDAR)
    )
    # A day off between moves no announced day.
    calendar_services.set_day_off(
        day=dt.date(2023, 8, 24), name="Nghỉ bù", is_worked=False, by=province.people["khanh"]
    )
    rows = by_number(province)
    assert (rows[7].day, rows[8].day, rows[8].derived) == (
        dt.date(2023, 7, 25),
        dt.date(2023, 8, 25),
        dt.date(2023, 8, 28),
    )
    # Back to the first rule: August is where it was announced first, and nothing is told.
    assert post(as_person("khanh"), release_days="3", **{"day-8": "23/08/2023", "note-8": "Trở lại"}).status_code == 302
    assert not by_number(province)[8].is_moved


@pytest.mark.parametrize("how", ["deadlines", "day off", "day off by administration", "deadlines by administration"])
def test_announced_days_stand_when_the_deadlines_change(province, as_person, how):
    khanh, august = province.people["khanh"], factories.period(province.plan, 8)
    assert by_number(province)[8].day == dt.date(2023, 8, 23)
    if how == "deadlines":
        now = {name: getattr(august, name) for name in calendar_services.Days._fields}
        later = calendar_services.Days(
            **now | {"review_due_on": dt.date(2023, 8, 25), "closes_on": dt.date(2023, 8, 25)}
        )
        calendar_services.change_calendar(plan=province.plan, days={8: later}, by=khanh, reason="Dời hạn")
        derived = dt.date(2023, 8, 30)
    elif how == "day off":
        calendar_services.set_day_off(day=dt.date(2023, 8, 22), name="Nghỉ bù", is_worked=False, by=khanh)
        derived = dt.date(2023, 8, 24)
    elif how == "deadlines by administration":
        User.objects.filter(username="quan").update(is_staff=True, is_superuser=True)
        address = f"/quan-tri/indicators/reportingperiod/{august.pk}/change/"
        form = fields(as_person("quan").get(address)) | {"review_due_on": "25/08/2023", "closes_on": "25/08/2023"}
        assert as_person("quan").post(address, form).status_code == 302
        derived = dt.date(2023, 8, 30)
    else:
        User.objects.filter(username="quan").update(is_staff=True, is_superuser=True)
        as_person("quan").post("/quan-tri/indicators/dayoff/add/", {"day": "22/08/2023", "name": "Nghỉ bù"})
        derived = dt.date(2023, 8, 24)
    row = by_number(province)[8]
    assert (row.day, row.derived, row.is_moved) == (dt.date(2023, 8, 23), derived, False)
    assert "Tháng 8 23/08/2023 thứ tư chưa Sắp tới Theo lịch đã báo trước khi đổi" in words(
        as_person("an").get(CALENDAR)
    )
    # Saving another month leaves it; the standing agency moves it with a note.
    assert post(as_person("khanh"), **{"day-9": "29/09/2023", "note-9": "Họp"}).status_code == 302
    assert by_number(province)[8].day == dt.date(2023, 8, 23)
    typed = {"day-8": derived.strftime("%d/%m/%Y"), "note-8": "Hạn duyệt dời"}
    assert post(as_person("khanh"), **typed).status_code == 302
    row = by_number(province)[8]
    assert (row.move, row.reason) == (f"dời từ 23/08/2023 sang {derived:%d/%m/%Y}", "Hạn duyệt dời")
    file = as_person("an").get("/ky-bao-cao/phat-hanh.ics").content.decode().replace("\r\n ", "")
    assert (
        f"DTSTART;VALUE=DATE:{derived:%Y%m%d}" in file
        and "SUMMARY:Phát hành báo cáo tháng 8 (dời từ 23/08/2023" in file
    )


@pytest.mark.parametrize("name", ["an", "dung", "lam"])
def test_others_do_not_change_it(province, as_person, name):
    browser = as_person(name)
    assert browser.get(EDIT).status_code == 404
    assert browser.post(EDIT, {"release_days": "9"}).status_code == 404
    province.plan.refresh_from_db()
    assert province.plan.release_days == 3


def test_strangers_are_sent_away(client, province):
    assert {client.get(address).status_code for address in (CALENDAR, EDIT, "/ky-bao-cao/phat-hanh.ics")} == {302}


def test_reading_asks_a_fixed_number_of_questions(province, published, django_assert_num_queries):
    published("2023-07")
    periods = [factories.period(province.plan, number) for number in range(1, 13)]
    # 1 days off, 1 moved days, 1 published versions.
    with django_assert_num_queries(3):
        releases(province.plan, periods)
