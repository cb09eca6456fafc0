"""*Kỳ báo cáo*: the calendar for all, asking for more time, deciding on it, editing the days."""

import datetime as dt
import re

import pytest

from core.audit.models import AuditEntry
from core.removed.models import RemovedItem
from indicators.calendar import services
from indicators.models import DayOff, Extension, ReportingPeriod, State, Submission
from tests import factories
from tests.page import fields, words

pytestmark = pytest.mark.once

CALENDAR, EXTENSIONS, EDIT, DAY_OFF = (
    "/ky-bao-cao/",
    "/ky-bao-cao/gia-han/",
    "/ky-bao-cao/sua/",
    "/ky-bao-cao/ngay-nghi/",
)
ASK = "/nhap-so-lieu/2023-08/gia-han/"
LATEST = "16/10/2023"


def ask(office, who="an", until=(8, 22), **fields):
    person = office.people[who]
    return services.ask_extension(
        agency=person.agency,
        period=office.august,
        by=person,
        reason=fields.pop("reason", "Mất mạng."),
        until=dt.date(2023, *until),
        **fields,
    )


# The calendar


def test_each_reads_his_own_deadline(office, as_person):
    office.august.commune_due_on = dt.date(2023, 8, 16)
    office.august.save()
    services.grant_extension(extension=ask(office), by=office.people["giang"])
    commune = words(as_person("an").get(CALENDAR))
    assert "15/7 – 14/8 15/8 22/8 thứ ba" in commune
    assert "còn 4 ngày làm việc" in commune
    other = words(as_person("cuc").get(CALENDAR))
    assert "15/7 – 14/8 15/8 16/8 thứ tư" in other
    assert "ngày làm việc cuối trước hạn" in other
    assert "Gia hạn" not in other.replace("Đề nghị gia hạn", "").replace("Gia hạn, nhập bù", "")
    leader = words(as_person("lam").get(CALENDAR))
    assert "15/8 16/8 thứ tư 17/8 thứ năm 17/8 thứ năm 20/8" in leader
    assert "Gia hạn X11 đến 22/8" in leader


def test_a_deadline_on_a_day_off_says_which_day_of_work_follows(office, as_person):
    page = words(as_person("lam").get(CALENDAR))
    assert "17/6 Thứ Bảy; ngày làm việc sau đó: 19/6" in page
    assert "01/09/2023 Thứ Sáu: Quốc khánh" in page


def test_the_decree_is_named_where_the_windows_follow_it(office, as_person):
    decree = "từ ngày 15 tháng trước đến ngày 14 (Nghị định 09/2019/NĐ-CP)"
    assert decree in words(as_person("lam").get(CALENDAR))
    office.august.window_last = dt.date(2023, 8, 15)
    office.august.save()
    assert decree not in words(as_person("lam").get(CALENDAR))


def test_one_column_where_all_are_due_together(office, as_person):
    page = words(as_person("lam").get(CALENDAR))
    assert "Mở nhập Hạn nộp Hạn duyệt" in page
    assert "15/8 17/8 thứ năm 20/8" in page


def test_queries_of_the_calendar_do_not_grow(office, as_person, django_assert_num_queries):
    client = as_person("khanh")
    client.get(CALENDAR)
    with django_assert_num_queries(15):
        client.get(CALENDAR)
    for who in ("an", "cuc"):
        services.grant_extension(extension=ask(office, who), by=office.people["khanh"])
    with django_assert_num_queries(15):
        client.get(CALENDAR)


def test_no_more_time_is_offered_for_what_is_sent(office, as_person):
    """July is approved, so August alone is offered; sent, neither; returned, it is offered again."""
    client = as_person("an")
    offered = re.compile(r'href="/nhap-so-lieu/(2023-0[78])/gia-han/"')
    page = client.get(CALENDAR)
    assert offered.findall(page.content.decode()) == ["2023-08"] and "Đã duyệt" in words(page)
    figures = {office.targets["I.1"]: (1, 2)}
    report = factories.report(office.tree["x11"], office.august, figures, state=State.SUBMITTED)
    assert offered.findall(client.get(CALENDAR).content.decode()) == []
    Submission.objects.filter(pk=report.pk).update(state=State.RETURNED, return_reason="Sửa.", is_provisional=False)
    assert offered.findall(client.get(CALENDAR).content.decode()) == ["2023-08"]


def test_a_request_that_waits_says_who_decides(office, as_person):
    """x11's district decides; a request is possible up to 60 days after the deadline of 17 August."""
    client = as_person("an")
    page = words(client.get(ASK))
    assert f"Gia hạn được muộn nhất đến hết ngày {LATEST}; {office.tree['h1'].full_name} quyết định." in page
    ask(office)
    row = words(client.get(CALENDAR))
    assert f"Đã đề nghị gia hạn đến 22/8, chờ {office.tree['h1'].full_name} quyết định" in row
    assert "chờ" not in words(as_person("cuc").get(CALENDAR))


def test_a_file_for_ones_own_calendar(office, as_person):
    services.grant_extension(extension=ask(office), by=office.people["giang"])
    response = as_person("an").get(CALENDAR + "lich.ics")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    text = response.content.decode()
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    unfolded = text.replace("\r\n ", "")
    assert "UID:2023-08-nop@chuyendoiso\r\n" in unfolded
    assert "DTSTART;VALUE=DATE:20230822\r\nDTEND;VALUE=DATE:20230823\r\nSUMMARY:Hạn nộp phiếu tháng 8" in unfolded
    assert "20230817" in as_person("cuc").get(CALENDAR + "lich.ics").content.decode()


# Asking


def test_a_focal_point_asks_from_her_report(office, as_person):
    client = as_person("an")
    assert ASK in client.get("/nhap-so-lieu/2023-08/").content.decode()
    page = client.get(ASK)
    assert "Còn trong hạn nộp" in words(page)
    sent = {"reason": "Mất mạng hai ngày.", "until": "2023-08-22"}
    assert client.post(ASK, sent, follow=True).status_code == 200
    asked = Extension.objects.get()
    assert (asked.state, asked.asked_by, asked.wanted_until) == ("asked", office.people["an"], dt.date(2023, 8, 22))
    again = client.post(ASK, sent)
    assert again.status_code == 409
    assert "đang chờ quyết định" in words(again)
    assert "Mất mạng hai ngày." in fields(again)["reason"]


def test_from_the_locked_page_of_a_closed_period(office, as_person, moment):
    moment.move_to(dt.datetime(2023, 8, 25, 2, tzinfo=dt.UTC))
    client = as_person("cuc")
    locked = client.get("/nhap-so-lieu/2023-08/")
    assert "đề nghị gia hạn kèm lý do" in words(locked)
    assert ASK in locked.content.decode()
    assert "vẫn ghi là nộp muộn" in words(client.get(ASK))
    client.post(ASK, {"reason": "Ốm.", "until": "28/08/2023", "targets": [office.targets["I.1"].pk]})
    services.grant_extension(extension=Extension.objects.get(), by=office.people["khanh"])
    page = client.get("/nhap-so-lieu/2023-08/")
    assert "d-I.1-n" in page.content.decode() or "I.1" in words(page)
    assert "không được gia hạn nên vẫn khóa" in words(page)


def test_what_she_sends_is_checked(office, as_person):
    client = as_person("an")
    page = client.post(ASK, {"reason": "", "until": "32/08/2023"})
    assert "Ghi rõ lý do." in words(page)
    assert "Ngày không hợp lệ" in words(page)
    foreign = factories.target(office.plan, "III.1", [office.tree["s1"]])
    page = client.post(ASK, {"reason": "x", "until": "2023-08-22", "targets": [foreign.pk]})
    assert "không thuộc phiếu này" in words(page)
    assert not Extension.objects.exists()


def test_she_takes_her_request_back(office, as_person):
    client = as_person("an")
    page = client.post(ASK, {"reason": "Mất mạng.", "until": "15/08/2023"})
    assert page.status_code == 409
    assert "Chưa gửi đề nghị." in words(page) and "Mất mạng." in fields(page)["reason"]
    asked = ask(office)
    assert "Rút đề nghị này" in words(client.get(ASK))
    for other, status in (("cuc", 404), ("giang", 404), ("khanh", 404)):
        assert as_person(other).post(f"{EXTENSIONS}{asked.pk}/rut/").status_code == status
    done = words(client.post(f"{EXTENSIONS}{asked.pk}/rut/", follow=True))
    assert "Đã rút đề nghị gia hạn." in done and "Rút đề nghị này" not in done and "Đã rút Gia hạn" in done
    again = words(client.post(f"{EXTENSIONS}{asked.pk}/rut/", follow=True))
    assert "Đơn vị đã rút đề nghị này lúc" in again
    assert "Không có đề nghị nào chờ quyết định" in words(as_person("giang").get(EXTENSIONS))


@pytest.mark.parametrize("who", ["giang", "lam", "khanh"])
def test_who_enters_nothing_asks_for_nothing(office, as_person, who):
    assert as_person(who).get(ASK).status_code == 404


# Deciding


def test_the_reviewer_grants_with_a_day_and_a_word(office, as_person):
    asked = ask(office)
    client = as_person("giang")
    assert "1 đề nghị chờ quyết định" in words(client.get(EXTENSIONS))
    sent = {"act": "grant", "until": "2023-08-21", "answer": "Đồng ý."}
    page = client.post(f"{EXTENSIONS}{asked.pk}/", sent, follow=True)
    assert "đến hết ngày 21/08/2023" in words(page)
    assert "Nộp trong thời gian này là đúng hạn" in words(page)
    again = client.post(f"{EXTENSIONS}{asked.pk}/", sent)
    assert again.status_code == 409
    assert "đã được quyết định" in words(again)


def test_a_refusal_says_why(office, as_person):
    asked = ask(office)
    client = as_person("giang")
    assert client.post(f"{EXTENSIONS}{asked.pk}/", {"act": "refuse"}).status_code == 409
    client.post(f"{EXTENSIONS}{asked.pk}/", {"act": "refuse", "answer": "Đã đủ thời gian."})
    assert "“Đã đủ thời gian.”" in words(as_person("an").get(ASK))


@pytest.mark.parametrize("who", ["an", "cuc", "hanh", "lam"])
def test_others_decide_nothing(office, as_person, who):
    asked = ask(office)
    assert as_person(who).post(f"{EXTENSIONS}{asked.pk}/", {"act": "grant"}).status_code == 404
    asked.refresh_from_db()
    assert asked.state == "asked"


def test_who_sees_which(office, as_person):
    ask(office)
    for who, sees in [("an", True), ("binh", True), ("giang", True), ("khanh", True), ("cuc", False), ("hanh", False)]:
        assert ("Mất mạng" in words(as_person(who).get(EXTENSIONS))) is sees, who


def test_opened_for_all_to_catch_up(office, as_person):
    client = as_person("khanh")
    sent = {"period": factories.period(office.plan, 2).pk, "agency": "", "until": "2023-08-31", "reason": "Nhập bù."}
    page = client.post(EXTENSIONS + "cho/", sent | {"act": "extend"})
    assert page.status_code == 409
    assert "Chọn đơn vị được gia hạn" in words(page)
    page = client.post(EXTENSIONS + "cho/", sent | {"act": "catch_up"}, follow=True)
    assert "Mở để nhập bù tháng 2 năm 2023 cho tất cả đơn vị: đến hết ngày 31/08/2023" in words(page)
    assert "Mở để nhập bù tất cả đơn vị đến 31/8" in words(as_person("cuc").get(CALENDAR))
    assert as_person("cuc").get("/nhap-so-lieu/2023-02/").context["sheet"].locked is None


def test_a_reviewer_gives_only_to_those_below(office, as_person):
    sent = {"period": office.august.pk, "until": "2023-08-31", "reason": "Bão.", "act": "extend"}
    client = as_person("giang")
    page = client.post(EXTENSIONS + "cho/", sent | {"agency": office.tree["x21"].pk})
    assert page.status_code == 422
    client.post(EXTENSIONS + "cho/", sent | {"agency": office.tree["x11"].pk})
    assert Extension.objects.get().agency == office.tree["x11"]
    client.post(f"{EXTENSIONS}{Extension.objects.get().pk}/", {"act": "end", "answer": "Đã xong."})
    assert Extension.objects.get().until == dt.date(2023, 8, 15)
    assert as_person("an").post(EXTENSIONS + "cho/", sent).status_code == 404


def test_the_page_speaks_of_the_report_as_it_is(office, as_person):
    """One that waits for review needs no more time; one that was sent back is sent again, which makes it no later than it was."""
    client, report = (
        as_person("an"),
        factories.report(office.tree["x11"], office.august, {office.targets["I.1"]: (1, 2)}, state=State.SUBMITTED),
    )
    page = words(client.get(ASK))
    assert "Không cần gia hạn. Phiếu đã nộp, đang chờ duyệt." in page and "Gửi đề nghị" not in page
    Submission.objects.filter(pk=report.pk).update(state=State.RETURNED, return_reason="Sai.", is_provisional=False)
    page = words(client.get(ASK))
    assert "Lần nộp đầu đúng hạn nên phiếu vẫn ghi là đúng hạn." in page and "Quá hạn" not in page
    ask(office)
    assert "phiếu: bị trả lại. Phiếu đã nộp lần đầu đúng hạn: nộp lại không đổi điều đó." in words(
        as_person("giang").get(EXTENSIONS)
    )
    Submission.objects.filter(pk=report.pk).update(is_late=True)
    assert "Lần nộp đầu muộn nên phiếu vẫn ghi là nộp muộn." in words(client.get(ASK))


def test_an_approved_report_is_opened_for_the_targets_asked_for(office, as_person):
    client, july = as_person("an"), "/nhap-so-lieu/2023-07/gia-han/"
    assert "Phiếu đã được duyệt" in words(client.get(july))
    client.post(july, {"reason": "Bổ sung.", "until": "2023-08-22", "targets": [office.targets["II.1"].pk]})
    services.grant_extension(extension=Extension.objects.get(), by=office.people["giang"])
    newer = Submission.objects.get(agency=office.tree["x11"], period=office.july, is_latest=True)
    assert (newer.version, newer.state) == (2, State.DRAFT)


def test_a_request_waits_on_every_page_with_who_decides(office, as_person):
    """The deadline is Thursday the 17th: three working days more are Tuesday the 22nd, sixty days the 16th of October."""
    client, home, sheet = as_person("an"), "/viec-can-lam/", "/nhap-so-lieu/2023-08/"
    page = client.get(ASK)
    assert fields(page)["until"] == "22/08/2023"
    assert "Đặt sẵn thêm 3 ngày làm việc; đổi được, muộn nhất đến hết ngày 16/10/2023." in words(page)
    assert "Không kịp hạn? Đề nghị gia hạn" in words(client.get(sheet))
    sent = client.post(ASK, fields(page) | {"reason": "Mất điện."}, follow=True)
    assert "Đã gửi đề nghị gia hạn, chờ Đơn vị h1 quyết định." in words(sent)
    assert "Đề nghị gia hạn tháng 8 đang chờ quyết định" in words(client.get(home))
    assert "đến hết ngày 22/08/2023. H1 quyết định. Xem, rút đề nghị" in words(client.get(home))
    assert "Đã đề nghị gia hạn đến hết ngày 22/08/2023" in words(client.get(sheet))
    assert "chờ H1 quyết định. Xem hoặc rút đề nghị" in words(client.get(sheet))
    title = "Đề nghị gia hạn phiếu tháng 8 năm 2023 đang chờ H1 quyết định"
    assert title in words(client.get("/thong-bao/")) and title in words(as_person("binh").get("/thong-bao/"))
    assert title not in words(as_person("cuc").get("/thong-bao/"))
    client.post(f"/ky-bao-cao/gia-han/{Extension.objects.get().pk}/rut/")
    for address in (home, sheet):
        assert "quyết định. Xem" not in words(client.get(address))
    assert Extension.objects.get().state == "withdrawn"


# Editing


def test_the_days_of_the_year_in_one_table(office, as_person):
    client = as_person("khanh")
    sent = fields(client.get(EDIT))
    sent |= {"m9-commune_due_on": "2023-09-15", "m9-district_due_on": "2023-09-16", "reason": "Công văn 12."}
    page = client.post(EDIT, sent, follow=True)
    assert "Đã đổi lịch của tháng 9." in words(page)
    september = factories.period(office.plan, 9)
    assert september.commune_due_on == dt.date(2023, 9, 15)
    assert AuditEntry.objects.get(act="đổi lịch báo cáo").detail["reason"] == "Công văn 12."


def test_what_does_not_hold_together_is_said_beside_its_row(office, as_person):
    client = as_person("khanh")
    sent = fields(client.get(EDIT)) | {"m9-commune_due_on": "18/09/2023", "reason": "x"}
    page = client.post(EDIT, sent)
    assert page.status_code == 422
    assert "Tháng 9: Hạn của cấp xã phải từ ngày mở nhập đến hạn của cấp huyện." in words(page)
    assert fields(page)["m9-commune_due_on"] == "18/09/2023"
    sent = fields(client.get(EDIT)) | {"m9-due_on": "", "reason": ""}
    page = words(client.post(EDIT, sent))
    assert "Chọn ngày." in page
    assert "Ghi rõ lý do." in page
    assert ReportingPeriod.objects.filter(commune_due_on__isnull=False).count() == 0


@pytest.mark.parametrize("who", ["an", "giang", "lam"])
def test_the_calendar_is_kept_by_the_standing_agency(office, as_person, who):
    client = as_person(who)
    assert EDIT not in client.get(CALENDAR).content.decode()
    assert client.get(EDIT).status_code == 404
    assert client.post(DAY_OFF, {"day": "2023-09-01", "is_worked": "0", "name": "x"}).status_code == 404


def test_days_off_are_written_down_and_taken_away(office, as_person):
    client = as_person("khanh")
    client.post(DAY_OFF, {"day": "2023-09-05", "is_worked": "0", "name": "Nghỉ hoán đổi"})
    assert "05/09/2023 Thứ Ba: Nghỉ hoán đổi" in words(client.get(CALENDAR))
    page = client.post(DAY_OFF, {"day": "1875-09-05", "is_worked": "0", "name": "x"}, follow=True)
    assert "Chưa ghi gì" in words(page)
    client.post(DAY_OFF, {"remove": DayOff.objects.get().pk})
    assert not DayOff.objects.exists()
    assert client.post(DAY_OFF, {"remove": "9" * 30}).status_code == 404


def test_looking_changes_nothing(office, as_person):
    ask(office)
    for path in (CALENDAR, EXTENSIONS, EDIT, ASK, CALENDAR + "lich.ics"):
        as_person("khanh").get(path)
        as_person("an").get(path)
    assert AuditEntry.objects.exclude(act="tải tệp").count() == 1


def test_a_removed_day_off_is_listed_and_comes_back(office, as_person):
    row = services.set_day_off(day=dt.date(2023, 9, 1), name="Nghỉ bù", is_worked=False, by=office.people["khanh"])
    client, page = as_person("khanh"), "/ky-bao-cao/sua/"
    assert "Ngày đã bỏ" not in words(client.get(page))
    said = words(client.post("/ky-bao-cao/ngay-nghi/", {"remove": row.pk}, follow=True))
    assert "Khôi phục được ở cuối trang này." in said and "Ngày đã bỏ 1" in said
    (removed,) = RemovedItem.objects.all()
    assert as_person("an").post("/ky-bao-cao/ngay-nghi/", {"restore": removed.pk}).status_code == 404
    for strange in ("x", "\0", "9" * 40):
        answer = as_person("khanh").post("/ky-bao-cao/ngay-nghi/", {"restore": strange}, follow=True)
        assert "đã quá hạn khôi phục" in words(answer)
    answer = client.post("/ky-bao-cao/ngay-nghi/", {"restore": removed.pk}, follow=True)
    assert "Đã khôi phục 01/09/2023: Nghỉ bù." in words(answer) and "Ngày đã bỏ" not in words(answer)
