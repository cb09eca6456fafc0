"""The secret address of the release calendar: who gets one, what it gives, how it ends."""

import datetime as dt
import re

import pytest

from core.audit.models import AuditEntry
from reports.models import PlannedRelease, ReleaseFeed
from tests import factories
from tests.page import words

pytestmark = pytest.mark.once

PAGE = "/ky-bao-cao/phat-hanh/dia-chi/"
ADDRESS = re.compile(r"http://testserver(/lich-phat-hanh/[\w-]{43}\.ics)")


def made(browser):
    """The path of a new address, as the page tells it this once."""
    page = browser.post(PAGE, {"viec": "lap"})
    return ADDRESS.search(page.content.decode())[1]


def text_of(answer):
    return answer.content.decode().replace("\r\n ", "")


def test_a_calendar_program_reads_it_without_signing_in(client, province, as_person, django_assert_num_queries):
    browser = as_person("an")
    assert "Chưa có địa chỉ nào." in words(browser.get(PAGE)) and "Theo dõi từ ứng dụng lịch" in words(
        browser.get("/ky-bao-cao/")
    )
    path = made(browser)
    # 1 the address, 2 the plans, 1 the periods, 3 their releases.
    with django_assert_num_queries(7):
        answer = client.get(path)
    assert answer.status_code == 200 and answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-cache" in answer["Cache-Control"] and "sessionid" not in answer.cookies
    file = text_of(answer)
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT6H" in file and file.count("BEGIN:VEVENT") == 12
    # August is closed on Monday the 21st, after its day off; three working days later is Wednesday the 23rd.
    assert "UID:2023-08-phat-hanh@chuyendoiso" in file and "DTSTART;VALUE=DATE:20230823" in file
    PlannedRelease.objects.create(
        period=province.periods[8],
        day=dt.date(2023, 8, 25),
        announced=dt.date(2023, 8, 23),
        note="Chờ họp",
        changed_at=factories.AT,
    )
    moved = text_of(client.get(path))
    assert "SUMMARY:Phát hành báo cáo tháng 8 (dời từ 23/08/2023 sang 25/08/2023: Chờ họp)" in moved
    assert "UID:2023-08-phat-hanh@chuyendoiso" in moved and "DTSTART;VALUE=DATE:20230825" in moved
    # Nothing else opens with it, and the page does not tell it again.
    assert client.get("/ky-bao-cao/").status_code == 302
    again = browser.get(PAGE)
    assert "Không xem lại được địa chỉ" in words(again) and not ADDRESS.search(again.content.decode())
    assert path.split("/")[2].removesuffix(".ics") not in ReleaseFeed.objects.get().token_hash


def test_made_anew_or_given_up_the_old_one_is_closed(client, province, as_person):
    an, binh = as_person("an"), as_person("binh")
    first, colleague = made(an), made(binh)
    second = made(an)
    assert [client.get(path).status_code for path in (first, second, colleague)] == [404, 200, 200]
    page = an.post(PAGE, {"viec": "bo"}, follow=True)
    assert "Đã bỏ địa chỉ" in words(page) and "Chưa có địa chỉ nào." in words(page)
    assert [client.get(path).status_code for path in (second, colleague)] == [404, 200]
    assert "Đã bỏ địa chỉ" not in words(an.post(PAGE, {"viec": "bo"}, follow=True))
    acts = list(AuditEntry.objects.filter(act__contains="địa chỉ lịch").order_by("pk").values_list("act", flat=True))
    assert acts == ["lập địa chỉ lịch phát hành"] * 3 + ["bỏ địa chỉ lịch phát hành"]


def test_it_ends_with_the_account_and_strangers_get_none(client, province, as_person):
    path = made(as_person("an"))
    province.people["an"].is_active = False
    province.people["an"].save()
    assert client.get(path).status_code == 404
    assert client.get("/lich-phat-hanh/doan-mo.ics").status_code == 404
    assert {client.get(PAGE).status_code, client.post(PAGE, {"viec": "lap"}).status_code} == {302}
    assert client.post(path).status_code in (403, 405)
