"""The entry form: what is typed is saved, or stays on the page with the reason."""

import datetime as dt
import hashlib
from decimal import Decimal

import pytest

from core.audit.models import AuditEntry
from core.clock import VIETNAM
from indicators.models import Actual, ReturnReason, State, Submission, Timing
from indicators.submissions import workflow
from indicators.submissions.locks import ReasonForReturn
from tests import factories
from tests.page import fields, words

pytestmark = pytest.mark.once

AUGUST = "/nhap-so-lieu/2023-08/"
COMPLETE = {
    "numerator-I.1": "80",
    "denominator-I.1": "110",
    "numerator-I.2": "6",
    "denominator-I.2": "20",
    "value-I.3": "1",
    "value-II.1": "45,5",
    "value-II.2": "1.320",
    "value-II.3": "8,48",
}


def send(client, typed, act="save", path=AUGUST, opened=None):
    """Open the form, type into it, press a button; `opened`: fields of a form that was opened before."""
    opened = fields(client.get(path)) if opened is None else opened
    return client.post(path, {**opened, **typed, "act": act})


def stored(office, code, agency="x11", month=8):
    """The stored figure of a target, None where there is none."""
    return Actual.objects.filter(
        submission__agency__code=agency, submission__period__number=month, target__code=code, submission__is_latest=True
    ).first()


SUMMARY = AUGUST + "gui/"


def confirm(client, **typed):
    """Press the button of the summary; `typed`: what was chosen there."""
    return client.post(SUMMARY, {**fields(client.get(SUMMARY)), **typed})


def sent(client, figures=COMPLETE):
    response = send(client, figures, act="submit")
    assert response.status_code == 302 and response.url == SUMMARY, words(response)
    response = confirm(client)
    assert response.status_code == 302, words(response)
    return response


# What the form shows


def test_targets_of_the_month_with_last_months_figures(office, as_person):
    page = words(as_person("an").get(AUGUST))
    assert "6 chỉ tiêu" in page and "I.4" not in page  # I.4 is asked for in September
    assert "Hồ sơ trực tuyến" in page and "60 / 100 60,00%" in page
    assert "0/6 chỉ tiêu có số" in page
    assert "Còn 1 ngày 15 giờ (1 ngày làm việc sau hôm nay): hạn nộp 24:00 ngày 17/08/2023" in page


def test_looking_changes_nothing(office, as_person):
    before = Submission.objects.count(), Actual.objects.count(), AuditEntry.objects.count()
    as_person("an").get(AUGUST)
    as_person("an").get("/nhap-so-lieu/")
    assert (Submission.objects.count(), Actual.objects.count(), AuditEntry.objects.count()) == before


def test_a_figure_is_saved_and_shown_back(office, as_person):
    client = as_person("an")
    response = send(client, {"numerator-I.1": "80", "denominator-I.1": "110"})
    assert response.status_code == 302 and response.url == AUGUST
    figure = stored(office, "I.1")
    assert (figure.numerator, figure.denominator, figure.entered_by.username) == (80, 110, "an")
    page = words(client.get(AUGUST))
    assert "Đã lưu 1 số lúc 09:00. Phiếu chưa nộp." in page
    assert "72,73%" in page  # 80 / 110
    assert "66,67% 140 / 210" in page  # July's 60 / 100 and these
    assert "1/6 chỉ tiêu có số còn 5 chưa có số" in page


def test_every_kind_is_read(office, as_person):
    send(as_person("an"), COMPLETE)
    kept = {actual.target.code: actual for actual in Actual.objects.filter(submission__period=office.august)}
    assert (kept["I.2"].numerator, kept["I.2"].denominator) == (6, 20)
    assert [kept[code].value for code in ("I.3", "II.1", "II.2", "II.3")] == [
        1,
        Decimal("45.5"),
        1320,
        Decimal("8.48"),
    ]


@pytest.mark.parametrize(
    ("typed", "numerator"),
    [("4.496", 4496), ("4496", 4496), ("4 496", 4496), ("12,5", Decimal("12.5")), ("1.970,5", Decimal("1970.5"))],
)
def test_parts_of_a_ratio_are_read_the_vietnamese_way(office, as_person, typed, numerator):
    send(as_person("an"), {"numerator-I.2": typed, "denominator-I.2": "5.000"})
    figure = stored(office, "I.2")
    assert (figure.numerator, figure.denominator) == (numerator, 5000)


# What cannot be saved


def test_what_is_right_is_saved_although_other_rows_are_wrong(office, as_person):
    client = as_person("an")
    typed = {
        "numerator-I.1": "4.664",
        "denominator-I.1": "4.496",
        "numerator-I.2": "6",
        "denominator-I.2": "20",
        "value-II.2": "1,2,3",
    }
    response = send(client, typed)
    assert response.status_code == 200
    page, kept = words(response), fields(response)
    assert "Đã lưu 1 số lúc 09:00. 2 chỉ tiêu chưa lưu." in page
    assert "Tử số 4.664 lớn hơn mẫu số 4.496." in page
    assert "“1,2,3” không phải là số." in page
    assert [kept[name] for name in typed] == ["4.664", "4.496", "6", "20", "1,2,3"]
    assert stored(office, "I.2").numerator == 6
    assert stored(office, "I.1") is None and stored(office, "II.2") is None
    html = response.content.decode()
    assert html.count('aria-invalid="true"') == 2
    assert 'id="numerator-I.1"' in html and 'href="#numerator-I.1"' in html and 'aria-describedby="m-I.1"' in html


def test_one_wrong_row_alone_is_said_so(office, as_person):
    response = send(
        as_person("an"), {"numerator-I.1": "3", "denominator-I.1": "2", "numerator-I.2": "1", "denominator-I.2": "2"}
    )
    assert "Tử số 3 lớn hơn mẫu số 2. Ô này chưa lưu, các ô khác đã lưu." in words(response)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("value-II.1", "101", "Số quá lớn: tối đa 100"),
        ("value-II.2", "12,5", "“12,5” không phải là số nguyên"),
        ("value-II.2", "-3", "Không nhận số âm"),
        ("value-II.2", "NaN", "“NaN” không phải là số"),
        ("value-II.3", "1e3", "“1e3” không phải là số"),
        ("value-II.3", "8,1234567", "quá 6 chữ số thập phân"),
        ("value-I.3", "2", "Số quá lớn"),
        ("numerator-I.1", "12", "Chưa có mẫu số."),
        ("denominator-I.1", "12", "Chưa có tử số."),
        ("note-I.1", "chờ số liệu", "Giải trình được lưu cùng số"),
    ],
)
def test_why_a_field_is_not_saved(office, as_person, name, text, reason):
    response = send(as_person("an"), {name: text})
    assert response.status_code == 200
    assert reason in words(response)
    if name != "value-I.3":
        assert fields(response)[name] == text
    assert not Actual.objects.filter(submission__period=office.august).exists()


def test_a_note_that_is_too_long_or_holds_a_nul(office, as_person):
    client = as_person("an")
    figures = {"numerator-I.1": "1", "denominator-I.1": "2"}
    response = send(client, {**figures, "note-I.1": "a" * 2001})
    assert "Giải trình dài quá 2.000 ký tự." in words(response) and stored(office, "I.1") is None
    send(client, {**figures, "note-I.1": "một\x00 hai\r\nba"})
    assert stored(office, "I.1").note == "một hai\nba"


def test_what_has_two_readings_is_asked(office, as_person):
    client = as_person("an")
    response = send(client, {"numerator-I.2": "1,970", "denominator-I.2": "2.000"})
    assert "“1,970” có hai cách đọc. Tử số I.2 là số nào? 1,97 1.970" in words(response)
    assert stored(office, "I.2") is None
    still = send(client, {}, opened=fields(response))
    assert "“1,970” có hai cách đọc" in words(still) and fields(still)["numerator-I.2"] == "1,970"
    send(client, {"reading-numerator-I.2": "1970"}, opened=fields(response))
    assert stored(office, "I.2").numerator == 1970


def test_the_other_reading_can_be_chosen_and_nothing_else(office, as_person):
    client = as_person("an")
    opened = fields(send(client, {"value-II.3": "8.485"}))
    assert "có hai cách đọc" in words(send(client, {"reading-value-II.3": "99"}, opened=opened))
    send(client, {"reading-value-II.3": "8.485"}, opened=opened)
    assert stored(office, "II.3").value == Decimal("8.485")


def test_an_answered_question_is_not_asked_again_when_something_else_is_wrong(office, as_person):
    client = as_person("an")
    opened = fields(send(client, {"numerator-I.2": "1,970", "denominator-I.2": "5"}))
    response = send(client, {"reading-numerator-I.2": "1970"}, opened=opened)
    assert "hai cách đọc" not in words(response)
    assert "Tử số 1.970 lớn hơn mẫu số 5." in words(response)
    assert fields(response)["numerator-I.2"] == "1970"


def test_a_chosen_reading_is_written_so_that_it_has_no_other(office, as_person):
    client = as_person("an")
    opened = fields(send(client, {"numerator-I.2": "1,975", "denominator-I.2": "mười"}))
    response = send(client, {"reading-numerator-I.2": "1.975"}, opened=opened)
    assert fields(response)["numerator-I.2"] == "1,9750"
    send(client, {"denominator-I.2": "10"}, opened=fields(response))
    assert stored(office, "I.2").numerator == Decimal("1.975")


# Zero, nothing, silence


def test_nothing_arose(office, as_person):
    client = as_person("an")
    send(client, {"nothing-I.1": "1"})
    figure = stored(office, "I.1")
    assert (figure.numerator, figure.denominator, figure.nothing_arose) == (0, 0, True)
    page = words(client.get(AUGUST))
    assert "1/6 chỉ tiêu có số" in page and "60,00% 60 / 100" in page  # the year to date stays July's


def test_nothing_in_the_last_window_is_not_read_as_zero(office, as_person):
    rate = factories.target(office.plan, "I.5", [office.tree["x11"]], timing=Timing.RATE, label="Văn bản điện tử")
    client = as_person("an")
    send(client, {"nothing-I.5": "1"})
    assert (
        "Văn bản điện tử / Không phát sinh Giải trình I.5 Minh chứng I.5 lịch sử I.5 — — không phát sinh ≥ 80%"
        in words(client.get(AUGUST))
    )
    assert stored(office, rate.code).nothing_arose


def test_nothing_arose_and_a_number_contradict(office, as_person):
    response = send(as_person("an"), {"nothing-I.1": "1", "numerator-I.1": "8", "denominator-I.1": "11"})
    assert "Đã chọn “Không phát sinh” mà vẫn có số." in words(response)
    assert fields(response)["numerator-I.1"] == "8" and stored(office, "I.1") is None


def test_a_stock_always_has_a_state(office, as_person):
    send(as_person("an"), {"nothing-I.2": "1"})
    assert stored(office, "I.2") is None


def test_zero_is_a_result(office, as_person):
    client = as_person("an")
    send(client, {"value-I.3": "0", "value-II.2": "0", "numerator-I.2": "0", "denominator-I.2": "20"})
    assert [stored(office, code).value for code in ("I.3", "II.2")] == [0, 0]
    assert "0,00% 0 / 20" in words(client.get(AUGUST))


def test_emptied_fields_take_the_figure_away(office, as_person):
    client = as_person("an")
    send(client, {"numerator-I.1": "80", "denominator-I.1": "110", "value-I.3": "1"})
    send(client, {"numerator-I.1": "", "denominator-I.1": "", "value-I.3": ""})
    assert stored(office, "I.1") is None and stored(office, "I.3") is None


# What comes from the last report


def test_a_states_denominator_is_brought_along_and_is_no_report(office, as_person):
    client = as_person("an")
    page = client.get(AUGUST)
    assert fields(page)["denominator-I.2"] == "20" and "lấy từ kỳ trước, kiểm tra lại" in words(page)
    assert "denominator-I.1" in fields(page) and fields(page)["denominator-I.1"] == ""  # a window's own is counted anew
    assert send(client, {}).status_code == 302
    assert stored(office, "I.2") is None and "0/6 chỉ tiêu có số" in words(client.get(AUGUST))
    send(client, {"numerator-I.2": "7"})
    assert (stored(office, "I.2").numerator, stored(office, "I.2").denominator) == (7, 20)
    assert "lấy từ kỳ trước" not in words(client.get(AUGUST))


def test_another_denominator_alone_is_asked_about(office, as_person):
    response = send(as_person("an"), {"denominator-I.2": "21"})
    assert "Chưa có tử số." in words(response)


def test_a_rates_denominator_is_brought_along_where_the_last_two_agree(office, as_person):
    rate = factories.target(office.plan, "I.5", [office.tree["x11"]], timing=Timing.RATE)
    june = factories.report(office.tree["x11"], factories.period(office.plan, 6), {rate: (14, 15)})
    july = Submission.objects.get(agency=office.tree["x11"], period=office.july)
    july.actuals.create(target=rate, numerator=15, denominator=15, entered_at=factories.AT)
    assert fields(as_person("an").get(AUGUST))["denominator-I.5"] == "15"
    june.actuals.update(denominator=16)
    assert fields(as_person("an").get(AUGUST))["denominator-I.5"] == ""


def test_unchanged_since_the_last_report(office, as_person):
    client = as_person("an")
    for code in ("I.2", "I.3", "II.2"):
        assert send(client, {"same": code}).status_code == 302
    assert (stored(office, "I.2").numerator, stored(office, "I.2").denominator) == (5, 20)
    assert (stored(office, "I.3").value, stored(office, "II.2").value) == (1, 132)
    send(client, {"same": "I.1"})  # a window's figures are counted anew
    assert stored(office, "I.1") is None


def test_a_warning_asks_for_a_word(office, as_person):
    client = as_person("an")
    send(client, {"numerator-I.1": "250", "denominator-I.1": "300"})
    page = words(client.get(AUGUST))
    assert "Mẫu số 300 gấp 3,0 lần kỳ trước (100). Số đã lưu. Nếu đúng, ghi một câu giải trình" in page
    assert "Đã lưu 09:00, cần giải trình" in page
    send(client, {"note-I.1": "Tháng cao điểm."})
    assert "Đã giải trình; người duyệt đọc cùng số này." in words(client.get(AUGUST))


# Two people


def test_two_people_in_different_cells_do_not_meet(office, as_person):
    an, binh = as_person("an"), as_person("binh")
    opened = fields(an.get(AUGUST))
    send(binh, {"numerator-I.2": "7", "denominator-I.2": "20"})
    assert send(an, {"numerator-I.1": "80", "denominator-I.1": "110"}, opened=opened).status_code == 302
    assert stored(office, "I.2").numerator == 7 and stored(office, "I.1").numerator == 80


def test_the_same_cell_shows_both_figures_and_keeps_what_was_typed(office, as_person):
    an, binh = as_person("an"), as_person("binh")
    opened = fields(an.get(AUGUST))
    send(binh, {"numerator-I.1": "101", "denominator-I.1": "200"})
    response = send(an, {"numerator-I.1": "105", "denominator-I.1": "200", "value-II.2": "9"}, opened=opened)
    assert "Trần Thị Bình vừa lưu I.1 là 101 / 200 lúc 09:00; số đang gõ là 105 / 200. Chưa ghi đè." in words(response)
    assert fields(response)["numerator-I.1"] == "105"
    assert stored(office, "I.1").numerator == 101 and stored(office, "II.2").value == 9
    # Pressing the button again does not overwrite either: a choice is needed.
    again = send(an, {}, opened=fields(response))
    assert "Chưa ghi đè" in words(again) and stored(office, "I.1").numerator == 101
    mine = response.content.decode().split('name="keep-I.1" value="')[2][:16]
    send(an, {"keep-I.1": mine}, opened=fields(response))
    assert stored(office, "I.1").numerator == 105


def test_the_other_persons_figure_can_be_kept(office, as_person):
    an, binh = as_person("an"), as_person("binh")
    opened = fields(an.get(AUGUST))
    send(binh, {"numerator-I.1": "101", "denominator-I.1": "200"})
    response = send(an, {"numerator-I.1": "105", "denominator-I.1": "200"}, opened=opened)
    assert send(an, {"keep-I.1": "stored"}, opened=fields(response)).status_code == 302
    assert fields(an.get(AUGUST))["numerator-I.1"] == "101"


def test_a_choice_made_on_an_older_figure_does_not_count(office, as_person):
    an, binh = as_person("an"), as_person("binh")
    opened = fields(an.get(AUGUST))
    send(binh, {"numerator-I.1": "101", "denominator-I.1": "200"})
    response = send(an, {"numerator-I.1": "105", "denominator-I.1": "200"}, opened=opened)
    mine = response.content.decode().split('name="keep-I.1" value="')[2][:16]
    send(binh, {"numerator-I.1": "103"})
    late = send(an, {"keep-I.1": mine}, opened=fields(response))
    assert "vừa lưu I.1 là 103 / 200" in words(late) and stored(office, "I.1").numerator == 103


# Sending


def test_a_complete_report_is_sent_and_receipted(office, as_person):
    client = as_person("an")
    assert sent(client).url == AUGUST + "da-nop/"
    report = Submission.objects.get(agency=office.tree["x11"], period=office.august)
    assert (report.state, report.submitted_by.username, report.is_late) == (State.SUBMITTED, "an", False)
    page = words(client.get(AUGUST + "da-nop/"))
    assert "Đã nộp phiếu tháng 8 lúc 09:00 ngày 16/8, mã 08-x11-01." in page
    assert "H1 duyệt trước ngày 20/8" in page
    assert "Nguyễn Văn An" in page and "6/6 chỉ tiêu có số" in page and "80 / 110" in page


def test_sending_twice_has_one_effect(office, as_person):
    client = as_person("an")
    opened = {**fields(client.get(AUGUST)), **COMPLETE, "act": "submit"}
    client.post(AUGUST, opened)
    seen = fields(client.get(SUMMARY))
    client.post(SUMMARY, seen)
    for second in (client.post(SUMMARY, seen, follow=True), client.post(AUGUST, opened, follow=True)):
        assert "Phiếu đã được nộp từ lúc 09:00 ngày 16/8." in words(second)
    assert AuditEntry.objects.filter(act="nộp phiếu").count() == 1
    assert Submission.objects.filter(period=office.august, agency=office.tree["x11"]).count() == 1


def test_the_slower_of_two_clicks_at_the_same_moment(office, as_person, monkeypatch):
    submit = workflow.submit

    def overtaken(**given):
        submit(**given)
        return submit(**given)

    monkeypatch.setattr(workflow, "submit", overtaken)
    client = as_person("an")
    send(client, COMPLETE, act="submit")
    assert confirm(client).url == AUGUST + "da-nop/"
    assert AuditEntry.objects.filter(act="nộp phiếu").count() == 1


def test_sending_again_with_other_figures_does_not_pass_in_silence(office, as_person):
    client = as_person("an")
    opened = fields(client.get(AUGUST))
    sent(client)
    response = send(client, {**COMPLETE, "value-II.2": "1.400"}, act="submit", opened=opened)
    assert response.status_code == 409
    assert "II.2: đang gõ 1.400, đang lưu 1.320" in words(response)


def test_missing_figures_are_named_and_asked_about(office, as_person):
    client = as_person("an")
    send(client, {"numerator-I.1": "80", "denominator-I.1": "110"}, act="submit")
    assert "5 chỉ tiêu chưa có số: I.2, I.3, II.1, II.2, II.3." in words(client.get(SUMMARY))
    report = Submission.objects.get(agency=office.tree["x11"], period=office.august)
    assert report.state == State.DRAFT and report.actuals.count() == 1
    assert "Phiếu chưa nộp." in words(confirm(client))
    assert confirm(client, confirm="I.2").status_code == 200  # not what is missing
    assert confirm(client, confirm="I.2,I.3,II.1,II.2,II.3").status_code == 302
    report.refresh_from_db()
    assert report.state == State.SUBMITTED


def test_the_summary_shows_all_that_goes(office, as_person):
    client = as_person("an")
    send(client, {**COMPLETE, "numerator-I.1": "250", "denominator-I.1": "300", "value-II.2": "132"}, act="submit")
    page = words(client.get(SUMMARY))
    assert "6/6 chỉ tiêu có số" in page and "Đủ 6 chỉ tiêu" in page
    assert "Mẫu số 300 gấp 3,0 lần kỳ trước (100)" in page and "Chưa có giải trình." in page
    assert "1 số khác thường chưa có giải trình: I.1." in page
    assert "+23,33 điểm" in page  # 83,33 after 60,00
    assert "không đổi" in page  # II.2: 132 again
    send(client, {"note-I.1": "Tháng cao điểm tuyển sinh."}, act="submit")
    page = words(client.get(SUMMARY))
    assert "Giải trình: “Tháng cao điểm tuyển sinh.”" in page and "chưa có giải trình" not in page


def test_what_changed_after_the_summary_was_opened_is_not_sent_unseen(office, as_person):
    an, binh = as_person("an"), as_person("binh")
    send(an, COMPLETE, act="submit")
    seen = fields(an.get(SUMMARY))
    send(binh, {"value-II.2": "1.400"})
    response = an.post(SUMMARY, seen)
    assert "Có số vừa thay đổi sau khi trang này được mở. Phiếu chưa nộp" in words(response)
    assert "1.400" in words(response)
    assert Submission.objects.get(period=office.august).state == State.DRAFT
    assert an.post(SUMMARY, {**seen, "revision": "không"}).status_code == 200
    assert an.post(SUMMARY, fields(response)).status_code == 302


def test_there_is_no_summary_of_nothing(office, as_person):
    assert as_person("an").get(SUMMARY).url == AUGUST
    assert as_person("an").get("/nhap-so-lieu/2023-07/gui/").status_code == 302  # approved: to its receipt
    for name in ("dung", "lam"):
        assert as_person(name).get(SUMMARY).status_code == (302 if name == "dung" else 404)


def test_the_receipt_carries_a_checksum_of_the_lines_that_were_sent(office, as_person):
    client = as_person("an")
    sent(client)
    lines = client.get(AUGUST + "da-nop/so-lieu.txt")
    assert lines.content.decode() == (
        "phieu;08-x11-01;x11;2023-08\n"
        "muc_tieu;tu_so;mau_so;gia_tri;khong_phat_sinh\n"
        "I.1;80;110;;\nI.2;6;20;;\nI.3;;;1;\nII.1;;;45.5;\nII.2;;;1320;\nII.3;;;8.48;\n"
    )
    proof = hashlib.sha256(lines.content).hexdigest()
    page = words(client.get(AUGUST + "da-nop/"))
    assert " ".join(proof[start : start + 8] for start in range(0, 64, 8)) in page
    assert AuditEntry.objects.get(act="nộp phiếu").detail["checksum"] == proof
    assert as_person("cuc").get(AUGUST + "da-nop/so-lieu.txt").status_code == 404


def test_an_empty_report_is_not_sent(office, as_person):
    response = send(as_person("an"), {"confirm": "I.1,I.2,I.3,II.1,II.2,II.3"}, act="submit")
    assert "Phiếu chưa có số nào nên chưa nộp được." in words(response)
    assert not Submission.objects.filter(period=office.august).exists()


def test_a_report_with_unsaved_rows_is_not_sent(office, as_person):
    response = send(as_person("an"), {**COMPLETE, "value-II.2": "mười"}, act="submit")
    assert "Đã lưu 5 số lúc 09:00. 1 chỉ tiêu chưa lưu nên phiếu chưa nộp." in words(response)
    assert Submission.objects.get(period=office.august).state == State.DRAFT


def test_after_the_deadline_it_is_late(office, as_person, moment):
    moment.move_to(dt.datetime(2023, 8, 18, 8, tzinfo=VIETNAM))
    client = as_person("an")
    assert "Đã quá hạn nộp" in words(client.get(AUGUST))
    sent(client)
    assert "(muộn, hạn 17/8)" in words(client.get(AUGUST + "da-nop/"))


def test_no_receipt_before_sending(office, as_person):
    assert as_person("an").get(AUGUST + "da-nop/").status_code == 404


# Returned and locked


@pytest.fixture
def returned(office, as_person):
    """x11's report of August, sent back for I.1."""
    sent(as_person("an"))
    report = Submission.objects.get(agency=office.tree["x11"], period=office.august)
    workflow.return_report(
        submission=report,
        by=office.people["dung"],
        reason="Xem lại mẫu số.",
        cells={office.targets["I.1"].pk: ReasonForReturn(ReturnReason.OTHER, "Chưa cộng hồ sơ nộp trực tiếp.")},
    )
    return report


def test_a_returned_report_says_what_and_why(office, as_person, returned):
    page = words(as_person("an").get(AUGUST))
    assert "H1 trả lại phiếu lúc 09:00 ngày 16/8: “Xem lại mẫu số.” Người duyệt: Phạm Văn Dũng. Cần sửa: I.1." in page
    assert "H1 trả lại: “Chưa cộng hồ sơ nộp trực tiếp.”" in page
    assert "hạn sửa và nộp lại 24:00 ngày 20/08/2023" in page


def test_a_returned_figure_is_mended_and_sent_again(office, as_person, returned):
    client = as_person("an")
    send(client, {}, act="submit")
    assert "1 chỉ tiêu bị trả lại chưa sửa: I.1." in words(client.get(SUMMARY))
    sent(client, {"denominator-I.1": "150"})
    returned.refresh_from_db()
    assert returned.state == State.SUBMITTED
    assert stored(office, "I.1").return_reason == ""


def test_a_word_of_explanation_mends_as_well(office, as_person, returned):
    sent(as_person("an"), {"note-I.1": "Đã đối chiếu, số đúng."})
    assert stored(office, "I.1").note == "Đã đối chiếu, số đúng."


def test_a_sent_report_is_read_only_and_says_why(office, as_person):
    client = as_person("an")
    opened = fields(client.get(AUGUST))
    sent(client)
    page = client.get(AUGUST)
    assert "Phiếu đã nộp, đang chờ duyệt." in words(page) and "numerator-I.1" not in fields(page)
    late = send(client, {"numerator-I.1": "99", "denominator-I.1": "110"}, opened=opened)
    assert late.status_code == 409
    assert "Chưa lưu gì từ lần bấm này." in words(late)
    assert "I.1: đang gõ 99 / 110, đang lưu 80 / 110" in words(late)
    assert stored(office, "I.1").numerator == 80


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/nhap-so-lieu/2023-07/", "Phiếu đã duyệt."),
        ("/nhap-so-lieu/2023-06/", "đã đóng sau ngày 20/06/2023"),
        ("/nhap-so-lieu/2023-10/", "chưa đến: mở nhập từ ngày 15/10/2023"),
    ],
)
def test_locked_periods_say_why_and_take_nothing(office, as_person, path, reason):
    client = as_person("an")
    page = client.get(path)
    assert page.status_code == 200 and reason in words(page)
    before = Actual.objects.count()
    posted = client.post(path, {"numerator-I.1": "1", "denominator-I.1": "2", "seen-I.1": "", "act": "save"})
    assert posted.status_code == 409 and reason in words(posted)
    assert Actual.objects.count() == before


def test_the_last_second_of_a_period_is_vietnams(office, as_person, moment):
    client, figures = as_person("an"), {"numerator-I.1": "80", "denominator-I.1": "110"}
    opened = fields(client.get(AUGUST))
    moment.move_to(dt.datetime(2023, 8, 20, 23, 59, 59, tzinfo=VIETNAM))
    client.force_login(office.people["an"])
    assert send(client, figures, opened=opened).status_code == 302
    moment.move_to(dt.datetime(2023, 8, 21, 0, 0, 0, tzinfo=VIETNAM))
    assert "đã đóng sau ngày 20/08/2023" in words(client.get(AUGUST))


# Who, and what else comes along


@pytest.mark.parametrize("name", ["giang", "khanh", "lam"])
def test_who_does_not_enter_figures_finds_no_form(office, as_person, name):
    client = as_person(name)
    for path in ("/nhap-so-lieu/", AUGUST, AUGUST + "da-nop/"):
        assert client.get(path).status_code == 404
    assert client.post(AUGUST, {"numerator-I.1": "1"}).status_code == 404


def test_without_logging_in_one_is_asked_to(office, client):
    assert client.get(AUGUST).url == f"/dang-nhap/?next={AUGUST}"


def test_a_stranger_fills_in_his_own_report(office, as_person):
    send(as_person("cuc"), {"numerator-I.1": "1", "denominator-I.1": "2"})
    assert stored(office, "I.1", agency="x21").numerator == 1
    assert stored(office, "I.1") is None
    assert "0/6 chỉ tiêu có số" in words(as_person("an").get(AUGUST))


@pytest.mark.parametrize("code", ["2023-13", "2023-00", "2022-08", "2023-8", "20２3-08", "9999999999-08", "x"])
def test_periods_that_do_not_exist(office, as_person, code):
    assert as_person("an").get(f"/nhap-so-lieu/{code}/").status_code == 404


def test_extra_fields_are_ignored(office, as_person):
    extra = {
        "state": "approved",
        "agency": office.tree["x21"].pk,
        "is_official": "1",
        "approved_by": office.people["an"].pk,
        "version": "9",
        "revision": "77",
        "numerator-I.4": "1",
        "denominator-I.4": "2",
        "seen-I.4": "",
        "return_reason-I.1": "x",
    }
    send(as_person("an"), {"numerator-I.1": "80", "denominator-I.1": "110", **extra})
    report = Submission.objects.get(period=office.august)
    assert (report.agency.code, report.state, report.version, report.is_official) == ("x11", State.DRAFT, 1, False)
    assert [actual.target.code for actual in report.actuals.all()] == ["I.1"]


def test_a_target_taken_away_meanwhile_is_not_written(office, as_person):
    client = as_person("an")
    send(client, {"numerator-I.1": "80", "denominator-I.1": "110", "value-II.2": "9"})
    opened = fields(client.get(AUGUST))
    office.targets["I.1"].assignments.filter(agency=office.tree["x11"]).delete()
    assert send(client, {"numerator-I.1": "1", "value-II.2": "10"}, opened=opened).status_code == 302
    assert stored(office, "I.1").numerator == 80 and stored(office, "II.2").value == 10
    assert "numerator-I.1" not in fields(client.get(AUGUST))


def test_a_form_without_its_fingerprints_overwrites_nothing(office, as_person):
    client = as_person("an")
    send(client, {"numerator-I.1": "80", "denominator-I.1": "110"})
    client.post(AUGUST, {"numerator-I.1": "1", "denominator-I.1": "2", "act": "save"})
    assert stored(office, "I.1").numerator == 80


def test_naughty_text_is_shown_as_it_is(office, as_person):
    text = "<script>alert('x')</script> & \"=1+1\" {{ 7 }}"
    client = as_person("an")
    send(client, {"numerator-I.1": text, "denominator-I.1": "2", "value-II.2": "9", "note-II.2": text})
    response = send(client, {"numerator-I.1": text, "denominator-I.1": "2"})
    assert fields(response)["numerator-I.1"] == text and fields(response)["note-II.2"] == text
    assert "<script>alert" not in response.content.decode()
    assert stored(office, "II.2").note == text


def test_a_form_from_elsewhere_is_refused(office, client):
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(office.people["an"])
    assert strict.post(AUGUST, {"numerator-I.1": "1", "denominator-I.1": "2"}).status_code == 403
    assert not Submission.objects.filter(period=office.august).exists()


# Which period, and how many queries


def test_current_leads_to_the_open_period(office, as_person, moment):
    assert as_person("an").get("/nhap-so-lieu/").url == AUGUST
    moment.move_to(dt.datetime(2023, 8, 25, 9, tzinfo=VIETNAM))
    page = words(as_person("an").get("/nhap-so-lieu/"))
    assert "Chưa có kỳ nào mở Kỳ tháng 9 mở ngày 15/9, hạn nộp ngày 17/9." in page
    moment.move_to(dt.datetime(2024, 2, 1, 9, tzinfo=VIETNAM))
    assert "Kế hoạch không còn kỳ nào." in words(as_person("an").get("/nhap-so-lieu/"))


def test_an_agency_without_targets_is_told(office, as_person):
    office.people["an"].agency = office.tree["h2"]
    office.people["an"].save()
    assert "Kỳ này đơn vị không có chỉ tiêu nào phải báo cáo" in words(as_person("an").get(AUGUST))


def test_a_share_typed_the_wrong_way_round_is_turned_by_one_button(office, as_person):
    client = as_person("an")
    opened = fields(client.get(AUGUST))
    refused = client.post(AUGUST, opened | {"numerator-I.1": "110", "denominator-I.1": "80", "act": "save"})
    assert "Nhập ngược? Đổi thành 80 / 110" in words(refused)
    client.post(AUGUST, fields(refused) | {"swap": "I.1", "act": "save"})
    figure = Actual.objects.get(target__code="I.1", submission__period=office.august)
    assert (figure.numerator, figure.denominator) == (80, 110)


def test_queries_do_not_grow_with_the_targets(office, as_person, django_assert_num_queries):
    client = as_person("an")
    send(client, COMPLETE)
    for number in range(3, 28):
        factories.target(office.plan, f"III.{number}", [office.tree["x11"]])
    typed = {f"{part}-III.{number}": "5" for part in ("numerator", "denominator") for number in range(3, 28)}
    # session, account, roles; period, report, targets, figures, files, earlier; days off; a request that waits;
    # frame: plan, tasks; session kept (3)
    with django_assert_num_queries(19):
        opened = fields(client.get(AUGUST))
    client.post(AUGUST, {**opened, **typed, "act": "save"})
    assert Actual.objects.filter(submission__period=office.august).count() == 31
    with django_assert_num_queries(19):
        client.get(AUGUST)


def test_only_what_was_sent_back_can_be_typed_into(office, as_person, returned):
    client = as_person("an")
    page = client.get(AUGUST)
    assert "numerator-I.1" in fields(page) and "numerator-I.2" not in fields(page) and "value-I.3" not in fields(page)
    assert words(page).count("Đã khóa Số này không bị trả lại nên vẫn khóa.") == 5
    # What is typed into a locked one all the same is not read.
    stored = Actual.objects.get(submission=returned, target__code="I.3").value
    send(client, {"denominator-I.1": "150", "value-I.3": str(int(not stored)), "numerator-I.2": "1"})
    assert Actual.objects.get(submission=returned, target__code="I.3").value == stored
    assert "denominator-I.1" in fields(client.get(AUGUST))
    assert send(client, {}, act="submit").status_code == 302


def test_a_report_that_nobody_has_decided_on_can_be_taken_back(office, as_person):
    client = as_person("an")
    sent(client)
    report = Submission.objects.get(agency=office.tree["x11"], period=office.august)
    assert "Rút lại phiếu để sửa" in words(client.get(AUGUST + "da-nop/"))
    assert "Rút lại phiếu để sửa" in words(client.get(AUGUST))
    assert client.get(AUGUST + "rut-lai/").status_code == 405
    for stranger in ("cuc", "lam"):
        as_person(stranger).post(AUGUST + "rut-lai/")
    report.refresh_from_db()
    assert report.state == State.SUBMITTED
    page = client.post(AUGUST + "rut-lai/", follow=True)
    assert "Đã rút lại phiếu. Các số còn nguyên" in words(page) and "numerator-I.1" in fields(page)
    report.refresh_from_db()
    assert report.state == State.DRAFT
    twice = client.post(AUGUST + "rut-lai/", follow=True)
    assert "Phiếu chưa được nộp." in words(twice)


def test_what_was_decided_on_is_not_taken_back(office, as_person, returned):
    client = as_person("an")
    sent(client, {"denominator-I.1": "150"})
    assert "Rút lại phiếu để sửa" not in words(client.get(AUGUST))
    page = client.post(AUGUST + "rut-lai/", follow=True)
    assert "Phiếu đã được xem và trả lại một lần." in words(page)


def test_a_report_opened_again_after_its_deadline_is_not_announced_as_late(office, as_person, moment):
    """Its first sending was in time, and that stays."""
    moment.move_to(factories.AT.replace(day=19))
    figures = {office.targets["I.1"]: (60, 100)}
    assert "được ghi là nộp muộn" in words(as_person("an").get(AUGUST))
    factories.report(office.tree["x11"], office.august, figures, is_latest=False)
    factories.report(
        office.tree["x11"], office.august, figures, version=2, state=State.DRAFT, first_submitted_at=factories.AT
    )
    said = words(as_person("an").get(AUGUST))
    assert "muộn" not in said, said
