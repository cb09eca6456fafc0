"""Reminding agencies of the report that they owe: whom, once a day, by a notification that says until when."""

import datetime as dt
from io import BytesIO

import pytest
from openpyxl import load_workbook

from core.audit.models import AuditEntry
from core.notifications.models import Notification
from indicators.errors import ActionNotAllowed
from indicators.models import ReportReminder, State, Submission
from indicators.review import reminders
from indicators.submissions import workflow
from tests import factories
from tests.page import words

pytestmark = pytest.mark.once

LIST = "/duyet/?ky=2023-08&xem=chua-nop"
REMIND = "/duyet/nhac/?ky=2023-08"


def sent(office, code, **fields):
    figures = {office.targets["I.1"]: (1, 2)}
    return factories.report(office.tree[code], office.august, figures, **{"state": State.SUBMITTED, **fields})


def remind(office, *codes, by="dung"):
    made = reminders.remind(period=office.august, agencies=codes, by=office.people[by])
    return [reminder.agency.code for reminder in made]


def test_who_owes_is_reminded_once_a_day(office, moment):
    assert remind(office, "x11", "x12") == ["x11", "x12"]
    told = Notification.objects.get(person=office.people["an"])
    assert told.title == "Đơn vị h1 nhắc nộp phiếu tháng 8 năm 2023"
    assert "Hạn là ngày 17/08/2023. Vướng mắc thì liên hệ Phạm Văn Dũng." in told.text
    assert told.url == "/nhap-so-lieu/2023-08/"
    # x11 has two focal points, x12 none.
    assert dict(ReportReminder.objects.values_list("agency__code", "recipients")) == {"x11": 2, "x12": 0}
    assert AuditEntry.objects.get(act="nhắc nộp phiếu").detail["agencies"] == ["x11", "x12"]
    assert remind(office, "x11", by="giang") == []
    moment.shift(dt.timedelta(days=2))
    assert remind(office, "x11") == ["x11"]
    last = Notification.objects.filter(person=office.people["an"]).order_by("-pk").first()
    assert "Đã quá hạn ngày 17/08/2023." in last.text


def test_what_is_sent_is_left_in_peace_and_what_came_back_is_not(office):
    report = sent(office, "x11")
    assert remind(office, "x11") == []
    workflow.return_report(submission=report, by=office.people["dung"], reason="Xem lại.")
    assert remind(office, "x11") == ["x11"]
    assert Notification.objects.filter(title="Đơn vị h1 nhắc sửa và nộp lại phiếu tháng 8 năm 2023").count() == 2


@pytest.mark.parametrize(
    ("by", "codes"),
    [("dung", ["x11", "x12"]), ("hanh", ["x21", "x22"]), ("khanh", ["h1", "x11", "x12", "x21", "x22"])],
)
def test_everybody_reminds_their_own(office, by, codes):
    """A district its communes, the standing agency all; nobody their own agency, nor one that has nothing to report (s1, h2)."""
    assert remind(office, "x11", "x12", "x21", "x22", "h1", "h2", "s1", by=by) == codes


def test_a_reminder_of_a_person_without_an_agency_bears_their_name(office):
    office.people["khanh"].agency = None
    assert remind(office, "x11", by="khanh") == ["x11"]
    told = Notification.objects.filter(person=office.people["an"]).values_list("title", flat=True)
    assert list(told) == [f"{office.people['khanh']} nhắc nộp phiếu tháng 8 năm 2023"]


def test_who_reviews_nobody_reminds_nobody(office):
    with pytest.raises(ActionNotAllowed):
        remind(office, "x12", by="an")


def test_nothing_is_owed_before_a_period_opens_nor_after_it_closed(office, moment):
    for day in (dt.date(2023, 8, 14), dt.date(2023, 9, 20)):
        moment.move_to(dt.datetime.combine(day, dt.time(2), dt.UTC))
        assert remind(office, "x11") == [], day


def test_one_click_reminds_the_whole_list(office, as_person):
    client = as_person("dung")
    page = client.get(LIST)
    assert "Nhắc 2 đơn vị" in words(page) and "Nguyễn Văn An" in words(page) and "chưa có tài khoản" in words(page)
    codes = page.context["remindable"]
    answer = client.post(REMIND, {"don-vi": codes, "xem": "chua-nop"}, follow=True)
    assert answer.redirect_chain == [("/duyet/?ky=2023-08&xem=chua-nop", 302)]
    assert "Đã nhắc 2 đơn vị bằng thông báo và thư." in words(answer)
    assert "Chưa có tài khoản đầu mối nên chưa ai nhận: X12, H1." in words(answer)
    assert "09:00 ngày 16/8, Phạm Văn Dũng" in words(answer) and "Nhắc 2 đơn vị" not in words(answer)
    again = client.post(REMIND, {"don-vi": codes, "xem": "chua-nop"}, follow=True)
    assert "Chưa nhắc đơn vị nào: đã nộp, hoặc đã được nhắc hôm nay." in words(again)


def test_the_whole_province_by_district(office, as_person):
    client = as_person("khanh")
    page = client.get(LIST + "&huyen=tat-ca")
    assert page.context["remindable"] == ["h1", "x11", "x12", "x21", "x22"]
    assert [(name, [row.agency.code for row in rows]) for name, rows in page.context["groups"]] == [
        ("Cấp huyện", ["h1"]),
        ("H1", ["x11", "x12"]),
        ("H2", ["x21", "x22"]),
    ]
    assert as_person("dung").get(LIST + "&huyen=tat-ca").status_code == 404


def test_the_list_as_a_file(office, as_person):
    office.people["an"].phone = "0912 345 678"
    office.people["an"].save()
    remind(office, "x11")
    answer = as_person("dung").get("/duyet/don-doc.xlsx?ky=2023-08&xem=chua-nop")
    rows = list(load_workbook(BytesIO(b"".join(answer))).active.iter_rows(values_only=True))
    line = next(row for row in rows if row[0] == "x11")
    assert line[1:6] == ("X11, H1", "H1", "Chưa bắt đầu", "Nguyễn Văn An, Trần Thị Bình", "0912 345 678")
    assert line[7].date() == dt.date(2023, 8, 16)
    assert [row[0] for row in rows if row[0] in office.tree] == ["x11", "x12"]
    assert as_person("dung").get("/duyet/don-doc.xlsx?ky=2023-08&xem=da-duyet").status_code == 404


@pytest.mark.parametrize("name", ["an", "lam"])
def test_others_find_neither(office, as_person, name):
    assert as_person(name).post(REMIND, {"don-vi": "x11"}).status_code == 404
    assert as_person(name).get("/duyet/don-doc.xlsx?ky=2023-08&xem=chua-nop").status_code == 404
    assert not ReportReminder.objects.exists()


def test_queries_do_not_grow_with_the_list(office, as_person, django_assert_num_queries):
    client = as_person("dung")
    client.get(LIST)
    with django_assert_num_queries(20):
        client.get(LIST)
    for number in range(5):
        more = factories.agency(f"y{number}", parent=office.tree["h1"])
        factories.person(f"y{number}", more)
        factories.target(office.plan, f"III.{number + 1}", [more])
    with django_assert_num_queries(20):
        page = client.get(LIST)
    assert "Nhắc 7 đơn vị" in words(page)


def test_the_task_leads_to_the_list_that_it_counts(office, as_person, moment):
    moment.move_to(dt.datetime(2023, 8, 18, 2, tzinfo=dt.UTC))
    sent(office, "x11")
    client = as_person("dung")
    home = client.get("/viec-can-lam/")
    assert "Đôn đốc 1 đơn vị quá hạn chưa nộp phiếu tháng 8" in words(home)
    assert 'href="/duyet/?ky=2023-08&amp;xem=chua-nop"' in home.content.decode()
    assert client.get(LIST).context["remindable"] == ["x12"]
    assert Submission.objects.filter(period=office.august).count() == 1
