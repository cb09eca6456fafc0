"""The workbook from download to figures: what it looks like, what is read out of it, what is refused, what is written
(promises F-01, F-04, F-07, F-08, F-10, F-11, F-12, F-14, F-15)."""

import datetime as dt
import unicodedata
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.db import connection
from django.db.models import TextField, Value
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from agencies.roles import Role
from core.audit.models import AuditEntry
from core.clock import VIETNAM
from core.jobs.models import Job
from core.notifications.models import Notification, NotificationPreference
from demo.models import DemoYear
from indicators.models import (
    Actual,
    Assignment,
    Exemption,
    ReturnedFigure,
    ReturnReason,
    State,
    Submission,
    Timing,
    WorkbookFile,
)
from indicators.submissions import workflow
from indicators.submissions.notifications import FILLED_IN
from indicators.workbooks import imports, template
from indicators.workbooks.tasks import clear_old_workbooks
from tests import factories
from tests.page import fields, words
from tests.workbook_files import AUGUST, Filled, confirm, download, fill, seen, send

HOSTILE = '=HYPERLINK("http://x")<script>\'&\t@'


@pytest.fixture
def an(as_person):
    return as_person("an")


@pytest.fixture
def below(as_person, django_capture_on_commit_callbacks):
    """Dũng's client, whose long work is done at once, as without a broker."""
    client = as_person("dung")
    post = client.post

    def at_once(*args, **options):
        with django_capture_on_commit_callbacks(execute=True):
            response = post(*args, **{**options, "follow": False})
        return client.get(response["Location"]) if response.status_code == 302 else response

    client.post = at_once
    return client


def figures(agency="x11", month=8):
    """(n, d, value, nothing arose, note) of the newest report by target."""
    found = Actual.objects.filter(
        submission__agency__code=agency, submission__period__number=month, submission__is_latest=True
    )
    return {
        actual.target.code: (actual.numerator, actual.denominator, actual.value, actual.nothing_arose, actual.note)
        for actual in found.select_related("target")
    }


# The template


@pytest.mark.once
def test_what_the_template_holds(office, an):
    response = an.get(f"{AUGUST}tai-ve/don-vi/")
    assert (
        "filename*=utf-8''Bi%E1%BB%83u%20nh%E1%BA%ADp%20x11%20th%C3%A1ng%208-2023.xlsx"
        in response["Content-Disposition"]
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    filled = Filled(b"".join(response.streaming_content))
    sheet = filled.sheet
    head = [sheet.cell(line, 1).value for line in range(1, filled.header)]
    assert head[0] == "BIỂU NHẬP SỐ LIỆU THÁNG 8 NĂM 2023"
    assert head[1] == "Đơn vị x11, Đơn vị h1"
    assert head[2] == "Kế hoạch năm 2023; số liệu từ 15/07/2023 đến 14/08/2023; hạn nộp hết ngày 17/08/2023"
    assert head[4] == "Mã tệp: CDS1/2023-08/x11/don-vi/20230816T090000"
    lines = range(filled.header + 1, sheet.max_row + 1)
    targets = [sheet.cell(line, filled.columns["target"]).value for line in lines]
    assert targets == ["I.1", "I.2", "I.3", "II.1", "II.2", "II.3"]  # the quarter's I.4 is not asked for in August
    assert filled.cell("x11", "I.1", "previous").value == "60 / 100 (60,00%)"
    # A state's denominator stands there from last time; a window's own does not.
    assert [filled.cell("x11", code, "denominator").value for code in ("I.1", "I.2")] == [None, 20]
    open_cells = {
        (sheet.cell(line, filled.columns["target"]).value, key)
        for line in lines
        for key, column in filled.columns.items()
        if not sheet.cell(line, column).protection.locked
    }
    ratio = {"numerator", "denominator", "note"}
    expected = {"I.1": ratio | {"nothing"}, "I.2": ratio} | {code: {"value", "note"} for code in targets[2:]}
    assert open_cells == {(code, key) for code, keys in expected.items() for key in keys}
    assert sheet.protection.sheet and not sheet.protection.password
    assert sheet.freeze_panes == f"E{filled.header + 1}"
    assert sheet.print_title_rows == f"${filled.header}:${filled.header}"
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
    assert filled.book.sheetnames == ["Số liệu", "Hướng dẫn"]
    rules = {rule.error: (rule.type, rule.formula1, str(rule.sqref)) for rule in sheet.data_validations.dataValidation}
    line = {code: filled.line("x11", code) for code in targets}
    assert rules["Chọn Có hoặc Không."] == ("list", '"Có,Không"', f"I{line['I.3']}")
    assert rules["Nhập số nguyên từ 0 trở lên."] == ("whole", "0", f"I{line['II.2']}")
    share = rules["Tử số là số từ 0 trở lên và không lớn hơn mẫu số."]
    assert share == (
        "custom",
        f'AND(ISNUMBER(G{line["I.1"]}),G{line["I.1"]}>=0,OR(H{line["I.1"]}="",G{line["I.1"]}<=H{line["I.1"]}))',
        f"G{line['I.1']}:G{line['I.2']}",
    )


@pytest.mark.once
def test_an_illustrative_year_is_marked(office, an):
    DemoYear.objects.create(
        plan=office.plan, seed=1, loaded_at=factories.AT, clock_at=factories.AT, real_at=factories.AT
    )
    filled = fill(an)
    assert filled.sheet["A1"].value == "SỐ LIỆU MINH HỌA, KHÔNG PHẢI SỐ THẬT"
    assert filled.sheet.oddHeader.center.text == "Số liệu minh họa, không phải số thật"


@pytest.mark.once
def test_a_locked_report_has_no_open_cell_and_says_why(office, an):
    factories.report(office.tree["x11"], office.august, {office.targets["I.1"]: (30, 60)}, state=State.SUBMITTED)
    filled = fill(an)
    cells = [cell for row in filled.sheet.iter_rows(min_row=filled.header + 1) for cell in row]
    assert all(cell.protection.locked for cell in cells)
    assert filled.cell("x11", "I.1", "state").value == "Đã nộp, chờ duyệt: khóa"
    assert "Phiếu đã nộp, đang chờ duyệt" in words(an.get(AUGUST))


@pytest.mark.once
def test_words_stay_words(office, an):
    """Promises F-14, F-15: what begins like a formula is a string cell, and comes back as it was."""
    target = office.targets["I.1"]
    target.label = HOSTILE
    target.save()
    factories.report(office.tree["x11"], office.august, {target: (30, 60)}, state=State.DRAFT)
    Actual.objects.filter(submission__state=State.DRAFT).update(note=HOSTILE)
    filled = fill(an)
    for key, text in (("label", HOSTILE.replace("\t", " ")), ("note", HOSTILE)):  # a name is of one line
        cell = filled.cell("x11", "I.1", key)
        assert (cell.value, cell.data_type) == (text, "s")
    filled.put("x11", "I.1", numerator=31)
    filled.cell("x11", "I.1", "note").data_type = "s"
    response = send(an, filled, name=f"{HOSTILE}.xlsx")
    assert "<script>" not in response.content.decode().split("<main", 1)[1].split("</main", 1)[0]
    assert HOSTILE.replace("\t", " ") in words(response)
    confirm(an, response)
    assert figures()["I.1"] == (31, 60, None, False, HOSTILE)


def test_what_no_file_can_hold_breaks_no_file(office, an, below):
    """U+FFFF in the note of one commune broke its district's template: cleaned where it is typed, and written without it
    where it was stored before that."""
    page = "/nhap-so-lieu/2023-08/"
    typed = {"numerator-I.1": "30", "denominator-I.1": "60", "note-I.1": "một\uffff\ufffe hai \uf0b7"}
    an.post(page, {**fields(an.get(page)), **typed, "act": "save"})
    assert figures()["I.1"][4] == "một hai •"
    Actual.objects.filter(submission__state=State.DRAFT).update(note=Value("cũ\uffff", TextField()))
    assert figures()["I.1"][4] == "cũ\uffff"
    assert fill(an).cell("x11", "I.1", "note").value == "cũ"
    assert fill(below, "truc-thuoc").cell("x11", "I.1", "note").value == "cũ"


def test_a_note_in_a_file_is_cleaned(office, an):
    filled = fill(an).put("x11", "I.1", numerator=31, denominator=60)
    filled.put("x11", "I.1", note=unicodedata.normalize("NFD", "Hoà Bình \uf0b7"))
    confirm(an, send(an, filled))
    assert figures()["I.1"][4] == "Hoà Bình •"


# The round trip


def test_an_unchanged_round_trip_is_no_change(office, an):
    response = send(an, download(an))
    assert "Chưa ghi gì: chưa có số nào được nhập vào tệp." in words(response)
    assert "6 chỉ tiêu chưa có số" in words(response)
    assert 'name="seen"' not in response.content.decode()
    assert not Submission.objects.filter(period=office.august).exists()


def test_all_kinds_there_and_back(office, an):
    filled = fill(an)
    filled.put("x11", "I.1", numerator=80, denominator=110, note="Thêm hồ sơ đất đai")
    filled.put("x11", "I.2", numerator=5.5)  # over the 20 that stood there
    filled.put("x11", "I.3", value="Không").put("x11", "II.1", value=45)
    filled.put("x11", "II.2", value=140).put("x11", "II.3", value=8.125)
    response = send(an, filled)
    said = words(response)
    assert "6 thay đổi" in said
    assert "60 / 100 60,00% — 80 / 110 72,73%" in said
    assert "Kỳ trước Có, kỳ này Không" in said  # a flag, which blocks nothing
    assert figures() == {}  # nothing is written before it is confirmed
    done = confirm(an, response)
    assert "Đã ghi 6 số" in words(done)
    expected = {
        "I.1": (80, 110, None, False, "Thêm hồ sơ đất đai"),
        "I.2": (Decimal("5.5"), 20, None, False, ""),
        "I.3": (None, None, 0, False, ""),
        "II.1": (None, None, 45, False, ""),
        "II.2": (None, None, 140, False, ""),
        "II.3": (None, None, Decimal("8.125"), False, ""),
    }
    assert figures() == expected
    report = Submission.objects.get(period=office.august)
    assert (report.state, report.revision) == (State.DRAFT, 1)
    history = Actual.history.filter(submission_id=report.pk)
    assert {(line.history_change_reason, line.history_user.username) for line in history} == {("tệp Excel", "an")}
    entry = AuditEntry.objects.get(act="nhập từ tệp Excel")
    assert (entry.actor.username, entry.detail["changes"], entry.detail["agencies"]) == ("an", 6, ["x11"])
    assert entry.detail["sha256"] == WorkbookFile.objects.get().sha256
    assert "0 thay đổi" in words(send(an, download(an)))
    assert figures() == expected


def test_nothing_arose_and_what_it_excludes(office, an):
    filled = fill(an).put("x11", "I.1", nothing="Có")
    confirm(an, send(an, filled))
    assert figures()["I.1"] == (0, 0, None, True, "")
    again = fill(an)
    assert again.cell("x11", "I.1", "nothing").value == "Có"
    assert "0 thay đổi" in words(send(an, again))
    again.put("x11", "I.1", numerator=3, denominator=4)
    said = words(send(an, again))
    assert "Đã chọn Không phát sinh mà vẫn có số" in said
    again.put("x11", "I.1", nothing=None, numerator=3, denominator=4).put("x11", "I.2", nothing="Có")
    assert "I.2 là số hiện có, luôn có một giá trị" in words(send(an, again))


def test_a_state_that_was_loaded_as_nothing_is_no_change(office, an):
    """An operator's load may hold 0/0 of a state; found when a whole demonstration district went there and back."""
    target = office.targets["I.2"]
    factories.report(office.tree["x11"], office.august, {target: (0, 0)}, state=State.DRAFT)
    Actual.objects.filter(submission__state=State.DRAFT).update(nothing_arose=True)
    filled = fill(an)
    assert "0 thay đổi" in words(send(an, filled))
    filled.put("x11", "I.2", nothing=None, numerator=3, denominator=20)
    confirm(an, send(an, filled))
    assert figures()["I.2"][:2] == (3, 20)


def test_blank_cells_take_nothing_away(office, an):
    stored = {office.targets["I.1"]: (30, 60), office.targets["II.2"]: 140}
    factories.report(office.tree["x11"], office.august, stored, state=State.DRAFT)
    Actual.objects.filter(submission__state=State.DRAFT).update(note="vì mưa")
    filled = fill(an).put("x11", "I.1", numerator=None, denominator=None, note=None).put("x11", "II.2", note=None)
    response = send(an, filled)
    assert "0 thay đổi" in words(response)
    assert "1 ô để trống không làm mất số đang lưu" in words(response)
    filled.put("x11", "II.2", value=141)
    confirm(an, send(an, filled))
    assert figures()["II.2"] == (None, None, 141, False, "vì mưa")
    assert figures()["I.1"][:2] == (30, 60)


def test_a_returned_report_is_mended_by_a_workbook(office, an):
    report = factories.report(
        office.tree["x11"], office.august, {office.targets["I.1"]: (30, 60)}, state=State.RETURNED
    )
    report.actuals.update(return_reason="Sai tử số")
    filled = fill(an)
    assert filled.cell("x11", "I.1", "state").value == "Bị trả lại: Sai tử số"
    confirm(an, send(an, filled.put("x11", "I.1", numerator=40)))
    assert figures()["I.1"][:2] == (40, 60)
    assert report.actuals.get().return_reason == ""


def test_what_was_not_sent_back_stays_locked_in_the_workbook_too(office, an):
    """Decision 0080, by this way in as well."""
    stored = {office.targets["I.1"]: (30, 60), office.targets["II.2"]: 140}
    report = factories.report(office.tree["x11"], office.august, stored, state=State.RETURNED)
    ReturnedFigure.objects.create(
        submission=report,
        target=office.targets["I.1"],
        code=ReturnReason.values[0],
        explanation="đếm thiếu",
        at=factories.AT,
        by=office.people["dung"],
    )
    filled = fill(an)
    assert filled.cell("x11", "II.2", "value").protection.locked
    assert filled.cell("x11", "II.2", "state").value == "Số này không bị trả lại nên vẫn khóa."
    filled.put("x11", "I.1", numerator=40).put("x11", "II.2", value=141)
    assert "Số khác với số đang lưu. Số này không bị trả lại nên vẫn khóa." in words(send(an, filled))
    confirm(an, send(an, filled.put("x11", "II.2", value=140)))
    assert (figures()["I.1"][0], figures()["II.2"][2]) == (40, 140)


# Promise F-11: the value that Excel shows, or an error that names sheet and cell


@pytest.mark.once
@pytest.mark.parametrize(
    ("target", "values", "expected"),
    [
        ("I.1", {"numerator": "1.234,5", "denominator": "1\u00a0970"}, (Decimal("1234.5"), 1970, None)),
        ("I.1", {"numerator": " 1.970 ", "denominator": "2.627"}, (1970, 2627, None)),
        ("I.1", {"numerator": 0.1 + 0.2, "denominator": 1}, (Decimal("0.3"), 1, None)),
        ("II.1", {"value": "75%"}, (None, None, 75)),
        ("II.1", {"value": ("0%", 0.8)}, (None, None, 80)),
        ("II.3", {"value": ("0.0%", 0.0785)}, (None, None, Decimal("7.85"))),
        ("II.3", {"value": -2.5}, (None, None, Decimal("-2.5"))),
        ("I.3", {"value": unicodedata.normalize("NFD", "CÓ")}, (None, None, 1)),
        ("I.3", {"value": True}, (None, None, 1)),
        ("I.3", {"value": 0}, (None, None, 0)),
    ],
)
def test_odd_cells_that_have_one_meaning(office, an, target, values, expected):
    filled = fill(an)
    for key, value in values.items():
        cell = filled.cell("x11", target, key)
        cell.number_format, cell.value = value if isinstance(value, tuple) else ("General", value)
    confirm(an, send(an, filled))
    assert figures()[target][:3] == expected


@pytest.mark.once
@pytest.mark.parametrize(
    ("target", "values", "said"),
    [
        ("I.1", {"numerator": "1,970", "denominator": 2000}, "G{}: có hai cách đọc"),
        ("I.1", {"numerator": dt.date(2023, 12, 3), "denominator": 12}, "G{}: Ô đang là ngày tháng"),
        ("I.1", {"numerator": "#N/A", "denominator": 12}, "G{}: Ô đang báo lỗi #N/A."),
        ("I.1", {"numerator": "=1+1", "denominator": 12}, "G{}: Ô là công thức chưa có kết quả"),
        ("I.1", {"numerator": ("0%", 0.8), "denominator": 12}, "G{}: Ô đang hiện 80%"),
        ("I.1", {"numerator": True, "denominator": 12}, "G{}: TRUE/FALSE"),
        ("I.1", {"numerator": "3/12", "denominator": 12}, "G{}: “3/12” không phải là số"),
        ("I.1", {"numerator": -1, "denominator": 12}, "G{}: không được âm"),
        ("I.1", {"numerator": 13, "denominator": 12}, "G{}: Tử số 13 lớn hơn mẫu số 12."),
        ("I.1", {"numerator": 13}, "H{}: Chưa có mẫu số."),
        ("I.1", {"numerator": 1e300, "denominator": 12}, "G{}: Số quá lớn."),
        ("I.1", {"numerator": 1, "denominator": "   "}, "H{}: Ô chỉ có dấu cách."),
        ("I.1", {"value": 80}, "I{}: I.1 nhập ở cột tử số và mẫu số"),
        ("I.1", {"note": "không có số"}, "K{}: Có giải trình mà chưa có số."),
        ("I.1", {"numerator": 1, "denominator": 2, "note": "x" * 2001}, "K{}: Giải trình dài quá 2.000 ký tự."),
        ("I.2", {"numerator": 5, "denominator": "=B9"}, "H{}: Ô là công thức chưa có kết quả"),
        ("I.3", {"value": "chưa rõ"}, "I{}: Chọn Có hoặc Không."),
        ("II.1", {"value": 101}, "I{}: từ 0 đến 100"),
        ("II.2", {"value": 12.5}, "I{}: Số lượng phải là số nguyên."),
        ("II.2", {"numerator": 5}, "G{}: II.2 nhập ở cột giá trị"),
        ("II.3", {"value": 0.1234567}, "I{}: tối đa 6 chữ số thập phân"),
    ],
)
def test_odd_cells_that_are_errors_by_cell(office, an, target, values, said):
    filled = fill(an)
    line = filled.line("x11", target)
    for key, value in values.items():
        cell = filled.cell("x11", target, key)
        cell.number_format, cell.value = value if isinstance(value, tuple) else ("General", value)
    response = send(an, filled)
    place, reason = said.format(line).split(": ", 1)
    shown = words(response)
    assert "1 ô cần sửa, chưa ghi gì" in shown
    assert f"Số liệu {place} X11, H1, {target} " in shown
    assert reason in shown.replace("\u00a0", " ")
    assert not Submission.objects.filter(period=office.august).exists()


@pytest.mark.once
def test_merged_cells_are_named(office, an):
    filled = fill(an)
    line = filled.line("x11", "I.1")
    filled.put("x11", "I.1", numerator=3, denominator=4)
    filled.sheet.merge_cells(f"G{line}:G{line + 1}")
    assert f"G{line} X11, H1, I.1 Ô bị gộp với ô khác." in words(send(an, filled))


@pytest.mark.once
def test_hidden_cells_may_not_carry_what_nobody_sees(office, an):
    stored = {office.targets["I.1"]: (30, 60), office.targets["II.2"]: 140}
    factories.report(office.tree["x11"], office.august, stored, state=State.DRAFT)
    filled = fill(an)
    filled.sheet.row_dimensions[filled.line("x11", "I.1")].hidden = True
    assert "0 thay đổi" in words(send(an, filled))  # filtered out and unchanged harms nobody
    filled.put("x11", "I.1", numerator=31)
    assert "Ô bị ẩn mà có số khác với số đang lưu" in words(send(an, filled))
    filled.put("x11", "I.1", numerator=30).put("x11", "II.2", value=150)
    filled.sheet.column_dimensions["I"].hidden = True
    assert "Ô bị ẩn mà có số khác với số đang lưu" in words(send(an, filled))


# Promise F-10: another year's, agency's, version's template; columns moved, rows sorted


@pytest.mark.once
@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("CDS1/2022-08/x11/don-vi/20230816T090000", "Tệp này của kỳ tháng 8 năm 2022"),
        ("CDS1/2023-07/x11/don-vi/20230816T090000", "Tệp này của kỳ tháng 7 năm 2023"),
        ("CDS1/2023-08/x12/don-vi/20230816T090000", "Tệp này của đơn vị khác (mã x12)"),
        ("CDS1/2023-08/x11/truc-thuoc/20230816T090000", "Tệp này không phải tệp của đơn vị mình"),
        ("CDS2/2023-08/x11/don-vi/20230816T090000", "Tệp theo mẫu cũ"),
        ("CDS1/2023-08/x11/don-vi/20231316T090000", "Tệp không có mã tệp"),
        ("", "Tệp không có mã tệp"),
    ],
)
def test_another_template_is_refused(office, an, token, said):
    filled = fill(an).put("x11", "I.1", numerator=3, denominator=4)
    filled.sheet.cell(5, 1).value = f"Mã tệp: {token}"
    response = send(an, filled)
    assert said in words(response)
    assert "Không số nào được ghi" in words(response)
    assert WorkbookFile.objects.get().state == "refused"
    assert not Submission.objects.filter(period=office.august).exists()


@pytest.mark.once
def test_moved_columns_and_sorted_rows_are_read_by_their_names_and_codes(office, an):
    filled = fill(an).put("x11", "I.1", numerator=80, denominator=110).put("x11", "II.2", value=140)
    sheet, book = filled.sheet, filled.book
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=filled.header)]
    order = [10, 8, 7, 6, 2, 0, 9]  # note, value, denominator, numerator, target, agency, nothing
    moved = book.create_sheet("Bảng của tôi")
    moved["B2"] = sheet.cell(5, 1).value
    moved["A4"] = "Ghi nhớ: gửi trước ngày 17"
    for line, row in enumerate([rows[0], *reversed(rows[1:])], start=7):
        for column, place in enumerate(order, start=2):
            moved.cell(line, column).value = row[place]
    del book["Số liệu"]
    response = send(an, filled)
    assert "2 thay đổi" in words(response)
    confirm(an, response)
    assert figures()["I.1"][:2] == (80, 110)
    assert figures()["II.2"][2] == 140


@pytest.mark.once
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: setattr(f.sheet.cell(f.header, 7), "value", "Tu so?"), "thiếu cột Tử số"),
        (lambda f: setattr(f.sheet.cell(f.header, 14), "value", "Tử số"), "có hai cột Tử số"),
        (lambda f: f.book.copy_worksheet(f.sheet), "Tệp có nhiều trang số liệu"),
        (lambda f: setattr(f.sheet, "sheet_state", "hidden"), "Tệp không còn dòng tiêu đề"),
        (lambda f: f.sheet.delete_rows(f.header), "Tệp không còn dòng tiêu đề"),
    ],
)
def test_a_template_taken_apart_is_refused(office, an, spoil, said):
    filled = fill(an).put("x11", "I.1", numerator=3, denominator=4)
    spoil(filled)
    filled.book.active = filled.book.worksheets.index(filled.book["Hướng dẫn"])
    assert said in words(send(an, filled))


@pytest.mark.once
@pytest.mark.parametrize(("word", "answer"), [("đã có", 1), ("Chưa", 0), ("Chưa có", 0)])
def test_answers_are_read_as_in_the_form(office, an, word, answer):
    """tests/answers.json holds every word."""
    confirm(an, send(an, fill(an).put("x11", "I.3", value=word)))
    assert figures()["I.3"][2] == answer


@pytest.mark.once
def test_no_answer_in_words_is_an_empty_cell(office, an):
    response = send(an, fill(an).put("x11", "I.3", value="Chưa trả lời").put("x11", "I.1", numerator=1, denominator=2))
    confirm(an, response)
    assert figures().keys() == {"I.1"}


@pytest.mark.once
@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("agency", "x12", "Mã đơn vị “x12” không có trong tệp mẫu"),
        ("target", "I.4", "Chỉ tiêu “I.4” không có trong tệp mẫu"),
        ("target", "I.2", "I.2 của x11 đã có ở dòng"),
        ("target", None, "Chỉ tiêu “” không có trong tệp mẫu"),
    ],
)
def test_codes_that_were_changed_are_errors(office, an, key, value, said):
    filled = fill(an).put("x11", "I.3", value="Có")
    filled.cell("x11", "I.3", key).value = value
    assert said in words(send(an, filled))


def test_a_target_no_longer_asked_for_is_an_error_where_it_has_a_figure(office, an):
    filled = fill(an).put("x11", "II.2", value=140)
    assignment = office.targets["II.2"].assignments.get(agency=office.tree["x11"])
    Exemption.objects.create(assignment=assignment, first_day=dt.date(2023, 8, 1), reason="Giải thể")
    assert "Chỉ tiêu “II.2” không có trong tệp mẫu" in words(send(an, filled))


# Promises F-07, F-08, F-04: confirmed twice, edited in between, locked in between


def test_confirmed_twice_is_one_effect(office, an):
    response = send(an, fill(an).put("x11", "I.1", numerator=80, denominator=110))
    address, digest = response.request["PATH_INFO"], seen(response)
    for _ in range(2):
        assert "Đã ghi 1 số" in words(an.post(address, {"seen": digest}, follow=True))
    assert Actual.history.filter(submission__period=office.august).count() == 1
    assert AuditEntry.objects.filter(act="nhập từ tệp Excel").count() == 1
    assert Submission.objects.get(period=office.august).revision == 1
    # Nor does it overwrite what was typed afterwards.
    Actual.objects.filter(submission__period=office.august).update(numerator=90)
    an.post(address, {"seen": digest})
    assert figures()["I.1"][:2] == (90, 110)


def test_a_cell_edited_between_preview_and_confirm_is_shown_again(office, an, moment):
    response = send(an, fill(an).put("x11", "I.1", numerator=80, denominator=110).put("x11", "II.2", value=140))
    address = response.request["PATH_INFO"]
    moment.shift(dt.timedelta(minutes=1))
    factories.report(office.tree["x11"], office.august, {office.targets["I.1"]: (70, 100)}, state=State.DRAFT)
    entered = factories.AT + dt.timedelta(minutes=1)
    Actual.objects.filter(submission__state=State.DRAFT).update(entered_by=office.people["binh"], entered_at=entered)
    stale = an.post(address, {"seen": seen(response)})
    assert stale.status_code == 409
    said = words(stale)
    assert "Có số vừa được sửa sau khi trang này được mở. Chưa ghi gì" in said
    assert "70 / 100 70,00% 80 / 110 72,73%" in said
    assert "Trần Thị Bình đã sửa số này lúc 09:01 ngày 16/8, sau khi tải tệp" in said
    assert figures()["I.1"][:2] == (70, 100)
    assert "II.2" not in figures()
    confirm(an, stale)
    assert figures()["I.1"][:2] == (80, 110)


def test_a_save_at_the_same_moment_writes_nothing(office, an, monkeypatch):
    """The report changes between the look and the write of one confirmation."""
    response = send(an, fill(an).put("x11", "I.1", numerator=80, denominator=110))
    real = imports.editing.open_report

    def meanwhile(**options):
        report = real(**options)
        Submission.objects.filter(pk=report.pk).update(revision=5)
        return report

    monkeypatch.setattr(imports.editing, "open_report", meanwhile)
    answer = an.post(response.request["PATH_INFO"], {"seen": seen(response)})
    assert answer.status_code == 409
    assert "Có số vừa được sửa cùng lúc. Chưa ghi gì" in words(answer)
    assert not Submission.objects.filter(period=office.august).exists()
    assert WorkbookFile.objects.get().state == "read"


@pytest.mark.parametrize("state", [State.SUBMITTED, State.APPROVED])
def test_a_report_that_was_sent_in_between_is_locked(office, an, state):
    response = send(an, fill(an).put("x11", "I.1", numerator=80, denominator=110))
    factories.report(office.tree["x11"], office.august, {office.targets["I.1"]: (70, 100)}, state=state)
    answer = an.post(response.request["PATH_INFO"], {"seen": seen(response)})
    assert answer.status_code == 409
    assert "mà phiếu bị khóa" in words(answer)
    assert figures()["I.1"][:2] == (70, 100)


@pytest.mark.parametrize(("day", "said"), [((2023, 8, 14), "chưa đến"), ((2023, 8, 21), "đã đóng sau ngày 20/08/2023")])
def test_outside_the_periods_days_nothing_is_written(office, as_person, moment, day, said):
    filled = fill(as_person("an")).put("x11", "I.1", numerator=80, denominator=110)
    moment.move_to(dt.datetime(*day, 9, tzinfo=factories.AT.tzinfo))
    response = send(as_person("an"), filled)
    assert "mà phiếu bị khóa" in words(response)
    assert said in words(response)


# Promise F-12: everything that is wrong, by cell; the same workbook with the cells marked; the mended file passes


@pytest.mark.once
def test_all_errors_at_once_and_the_same_workbook_marked(office, an):
    filled = fill(an).put("x11", "I.1", numerator=120, denominator=110).put("x11", "I.3", value="Có thể")
    filled.put("x11", "II.2", value=12.5).put("x11", "II.3", value=7.5)
    filled.sheet["P3"] = "ghi nhớ của tôi"
    response = send(an, filled)
    said = words(response)
    assert "3 ô cần sửa, chưa ghi gì" in said
    lines = {code: filled.line("x11", code) for code in ("I.1", "I.3", "II.2")}
    for place in (f"G{lines['I.1']}", f"I{lines['I.3']}", f"I{lines['II.2']}"):
        assert f"Số liệu {place} " in said
    assert "tệp có 1 thay đổi đọc được" in said
    assert figures() == {}
    answer = an.get(response.request["PATH_INFO"] + "danh-dau/")
    assert "%28c%E1%BA%A7n%20s%E1%BB%ADa%29.xlsx" in answer["Content-Disposition"]
    mended = Filled(b"".join(answer.streaming_content))
    assert mended.sheet["P3"].value == "ghi nhớ của tôi"
    assert mended.cell("x11", "I.1", "numerator").comment.text == "Tử số 120 lớn hơn mẫu số 110."
    assert mended.cell("x11", "I.1", "numerator").fill.start_color.rgb == "FFF4B6AE"
    assert mended.cell("x11", "II.3", "value").comment is None
    assert [row[1].value for row in mended.book["Cần sửa"].iter_rows(min_row=2)] == [
        f"G{lines['I.1']}",
        f"I{lines['I.3']}",
        f"I{lines['II.2']}",
    ]
    mended.put("x11", "I.1", numerator=100).put("x11", "I.3", value="Có").put("x11", "II.2", value=12)
    confirm(an, send(an, mended))
    assert {code: row[:3] for code, row in figures().items()} == {
        "I.1": (100, 110, None),
        "I.3": (None, None, 1),
        "II.2": (None, None, 12),
        "II.3": (None, None, Decimal("7.5")),
    }


def no_eicar(path):
    """A scanner as a function of the installation's own."""
    return "Eicar-Signature" if b"EICAR" in Path(path).read_bytes() else ""


@pytest.mark.once
@pytest.mark.parametrize(
    ("scanner", "said"),
    [
        (f"python:{__name__}.no_eicar", "Chương trình quét vi-rút chặn tệp này."),
        ("/khong/co/clamdscan", "Chưa kiểm tra được tệp vì chương trình quét vi-rút không trả lời."),
    ],
)
@pytest.mark.parametrize("scope", ["don-vi", "truc-thuoc"])
def test_a_file_is_looked_at_before_it_is_kept_and_read(office, as_person, settings, scope, scanner, said):
    dung = as_person("dung")
    infected = BytesIO(download(dung, scope))
    with ZipFile(infected, "a") as package:
        package.comment = b"EICAR"
    settings.FILE_SCANNER = scanner
    refused = send(dung, infected.getvalue(), scope)
    assert refused.status_code == 422
    assert said in words(refused) and "Không số nào được ghi." in words(refused)
    assert not WorkbookFile.objects.exists() and not Job.objects.exists()
    assert not [path for path in Path(settings.FILES_ROOT).rglob("*") if path.is_file()]


@pytest.mark.once
def test_a_clean_file_passes_the_scanner(office, an, settings):
    settings.FILE_SCANNER = f"python:{__name__}.no_eicar"
    assert "1 thay đổi" in words(send(an, fill(an).put("x11", "II.2", value=150)))


@pytest.mark.once
def test_a_file_that_is_no_workbook_is_refused_at_once_and_not_kept(office, an):
    response = send(an, b"%PDF-1.7", name="bao-cao.xlsx")
    assert response.status_code == 422
    assert "Tệp không phải là tệp Excel (.xlsx)" in words(response)
    assert "Không số nào được ghi" in words(response)
    assert an.post(AUGUST, {"pham-vi": "don-vi"}).status_code == 422
    assert not WorkbookFile.objects.exists()


# One workbook for all communes below a district


def test_a_district_fills_in_drafts_of_its_communes(office, below, as_person):
    """Decision 0071: drafts only, each commune's own; who did it stands with every figure; the commune sends."""
    filled = fill(below, "truc-thuoc")
    codes = {filled.sheet.cell(line, 1).value for line in range(filled.header + 1, filled.sheet.max_row + 1)}
    assert codes == {"x11", "x12"}
    filled.put("x11", "I.1", numerator=80, denominator=110).put("x12", "I.1", numerator=7, denominator=9)
    send(below, filled, "truc-thuoc")
    job = Job.objects.get()
    assert below.get(job.get_absolute_url()).status_code == 200
    assert (job.state, job.kind, job.link) == ("done", "doc-tep", WorkbookFile.objects.get().get_absolute_url())
    preview = below.get(job.link)
    assert "2 thay đổi ở 2 đơn vị" in words(preview)
    below.post(job.link, {"seen": seen(preview)})
    assert "Đã ghi 2 số của 2 đơn vị" in words(below.get(job.link))
    job = Job.objects.first()
    assert (job.kind, job.state, job.message) == ("ghi-tep", "done", "đã ghi 2 số của 2 đơn vị")
    assert figures("x11")["I.1"][:2] == (80, 110)
    assert figures("x12")["I.1"][:2] == (7, 9)
    reports = Submission.objects.filter(period=office.august)
    assert {(report.state, report.submitted_at) for report in reports} == {(State.DRAFT, None)}
    line = Actual.history.filter(submission__agency__code="x12").get()
    assert (line.history_user.username, line.history_change_reason) == ("dung", "tệp Excel của H1")
    assert Actual.objects.filter(submission__period=office.august, entered_by=office.people["dung"]).count() == 2
    told = {(notice.person.username, notice.title) for notice in Notification.objects.filter(event=FILLED_IN.key)}
    title = "Đơn vị h1 đã nhập số liệu thay cho đơn vị, kỳ tháng 8 năm 2023: 1 số"
    assert told == {("an", title), ("binh", title)}  # x12 has no focal point, and who did it knows
    notice = Notification.objects.filter(person__username="an").first()
    assert notice.text.startswith("Phạm Văn Dũng nhập bằng tệp Excel của H1: I.1.\nPhiếu chưa nộp.")
    assert (notice.url, notice.mail) == ("/nhap-so-lieu/2023-08/", "off")  # nobody has an address here
    assert title in words(as_person("an").get("/thong-bao/"))
    commune = as_person("an").get("/nhap-so-lieu/2023-08/")
    assert 'value="80"' in commune.content.decode()
    assert "Phạm Văn Dũng nhập" in words(commune)
    assert "Phạm Văn Dũng nhập" not in words(as_person("cuc").get("/nhap-so-lieu/2023-08/"))
    assert "0 thay đổi" in words(_sent(below, download(below, "truc-thuoc")))


def test_a_commune_that_was_filled_in_for_is_told_by_mail_as_it_wishes(office, below, settings, monkeypatch, tmp_path):
    monkeypatch.setenv("LETTER_FILE", str(tmp_path / "letters"))
    settings.NOTICE_SENDER = "tests.senders.FileSender"
    for name in ("an", "binh"):
        office.people[name].phone = "0900"
        office.people[name].save()
    NotificationPreference.objects.create(person=office.people["binh"], muted=["decisions"])
    filled = fill(below, "truc-thuoc").put("x11", "I.1", numerator=80, denominator=110).put("x11", "I.3", value="Có")
    page = _sent(below, filled)
    below.post(page.request["PATH_INFO"], {"seen": seen(page)})
    waiting, unwanted = Notification.objects.filter(event=FILLED_IN.key).order_by("person__username")
    assert waiting.title.endswith(": 2 số") and ": I.1, I.3.\n" in waiting.text
    morning = dt.datetime(2023, 8, 17, 7, 30, tzinfo=VIETNAM)
    assert (waiting.mail, waiting.mail_after, unwanted.mail) == ("waiting", morning, "off")


def _sent(client, content):
    """The page of a file about communes that was sent and read."""
    send(client, content, "truc-thuoc")
    return client.get(WorkbookFile.objects.first().get_absolute_url())


def test_one_bad_commune_keeps_all_from_being_written(office, below):
    filled = fill(below, "truc-thuoc")
    filled.put("x11", "I.1", numerator=80, denominator=110).put("x12", "I.1", numerator=10, denominator=9)
    page = _sent(below, filled)
    assert "1 ô cần sửa, chưa ghi gì" in words(page)
    below.post(page.request["PATH_INFO"], {"seen": "0" * 64})
    assert Job.objects.first().state == "failed"
    assert figures("x11") == figures("x12") == {}


def test_locked_reports_of_communes_stay_as_they_are(office, below):
    factories.report(office.tree["x11"], office.august, {office.targets["I.1"]: (30, 60)}, state=State.SUBMITTED)
    factories.report(office.tree["x12"], office.august, {office.targets["I.1"]: (3, 6)})
    filled = fill(below, "truc-thuoc")
    assert filled.cell("x12", "I.1", "state").value == "Đã duyệt: khóa"
    assert "0 thay đổi" in words(_sent(below, filled))
    said = words(_sent(below, filled.put("x11", "I.1", numerator=31).put("x12", "I.1", numerator=4)))
    assert "Phiếu đã nộp, đang chờ duyệt." in said
    assert "Phiếu đã duyệt." in said
    assert (figures("x11")["I.1"][0], figures("x12")["I.1"][0]) == (30, 3)


def test_a_district_still_cannot_send_or_type_for_a_commune(office, below):
    assert 'href="/nhap-so-lieu/2023-08/tep/"' in below.get("/duyet/?ky=2023-08").content.decode()
    response = below.get("/nhap-so-lieu/2023-08/")
    assert "Đơn vị h1" in words(response)
    report = factories.report(office.tree["x11"], office.august, {office.targets["I.1"]: (30, 60)}, state=State.DRAFT)
    refused = imports.ActionNotAllowed
    with pytest.raises(refused, match="thuộc đơn vị khác"):
        workflow.submit(submission=report, by=office.people["dung"])
    with pytest.raises(refused, match="thuộc đơn vị khác"):
        imports.editing.save_figures(submission=report, figures={}, by=office.people["dung"])
    for name in ("hanh", "khanh", "lam", "cuc"):
        with pytest.raises(refused, match="thuộc đơn vị khác"):
            imports.editing.save_figures(submission=report, figures={}, by=office.people[name], on_behalf=True)


# Who may (promise F-01)


@pytest.mark.once
def test_who_finds_the_page_and_what_it_offers(office, as_person):
    offers = {}
    for name in office.people:
        response = as_person(name).get(AUGUST)
        said = response.content.decode() if response.status_code == 200 else ""
        offers[name] = tuple(scope for scope in ("don-vi", "truc-thuoc") if f"tai-ve/{scope}/" in said)
    assert offers == {
        "an": ("don-vi",),
        "binh": ("don-vi",),
        "cuc": ("don-vi",),
        "dung": ("don-vi", "truc-thuoc"),
        "giang": ("truc-thuoc",),  # reviewer only
        "hanh": ("truc-thuoc",),
        "khanh": (),
        "lam": (),
    }
    for name, scope in (("an", "truc-thuoc"), ("giang", "don-vi"), ("khanh", "don-vi"), ("an", "x")):
        assert as_person(name).get(f"{AUGUST}tai-ve/{scope}/").status_code == 404
    assert as_person("an").post(AUGUST, {"pham-vi": "truc-thuoc"}).status_code == 404
    assert as_person("lam").post(AUGUST).status_code == 404
    assert as_person("an").get("/nhap-so-lieu/2023-13/tep/").status_code == 404


def test_a_file_is_its_senders_alone(office, as_person, an):
    response = send(an, fill(an).put("x11", "I.1", numerator=130, denominator=110))
    address = response.request["PATH_INFO"]
    for name in ("binh", "cuc", "dung", "khanh", "lam"):
        client = as_person(name)
        assert client.get(address).status_code == 404
        assert client.get(f"{address}danh-dau/").status_code == 404
        assert client.post(address, {"seen": "x"}).status_code == 404
    assert an.get(address.replace("2023-08", "2023-07")).status_code == 404
    assert "Biểu nhập.xlsx" in words(an.get(AUGUST))
    assert "Biểu nhập.xlsx" not in words(as_person("binh").get(AUGUST))


def test_a_role_that_was_cut_ends_it(office, an):
    response = send(an, fill(an).put("x11", "I.1", numerator=80, denominator=110))
    office.people["an"].user_roles.all().delete()
    office.people["an"].user_roles.create(role=Role.LEAD)
    assert an.post(response.request["PATH_INFO"], {"seen": seen(response)}).status_code == 404
    assert figures() == {}


@pytest.mark.once
def test_a_get_changes_nothing_and_extra_fields_are_ignored(office, an):
    response = send(an, fill(an).put("x11", "I.1", numerator=80, denominator=110))
    address = response.request["PATH_INFO"]
    an.get(f"{address}?seen={seen(response)}")
    assert figures() == {}
    more = {"state": "approved", "agency": "x12", "submission": "1", "numerator-I.1": "99"}
    an.post(address, {"seen": seen(response), **more})
    assert figures()["I.1"][:2] == (80, 110)
    assert not figures("x12")


# What it costs


def test_queries_do_not_grow_with_the_communes(office, below):
    def costs():
        found = []
        for address in (AUGUST, f"{AUGUST}tai-ve/truc-thuoc/", WorkbookFile.objects.first().get_absolute_url()):
            with CaptureQueriesContext(connection) as captured:
                assert below.get(address).status_code == 200
            found.append(len(captured))
        return found

    target = office.targets["I.1"]
    factories.report(office.tree["x12"], office.august, {target: (1, 2)}, state=State.DRAFT)
    _sent(below, fill(below, "truc-thuoc").put("x11", "I.1", numerator=80, denominator=110))
    below.get(AUGUST)
    before = costs()
    assert max(before) <= 27
    for number in range(3, 9):
        commune = factories.agency(f"x1{number}", parent=office.tree["h1"])
        Assignment.objects.bulk_create(Assignment(target=each, agency=commune) for each in office.targets.values())
        factories.report(commune, office.august, {target: (1, 2)}, state=State.DRAFT)
    assert costs() == before


def test_files_of_two_months_ago_go(office, an, moment):
    send(an, fill(an).put("x11", "I.1", numerator=130, denominator=110))
    taken = WorkbookFile.objects.get()
    assert taken.file.storage.exists(taken.file.name) and taken.file.storage.exists(taken.marked.name)
    moment.shift(dt.timedelta(days=59))
    assert clear_old_workbooks() == 0
    moment.shift(dt.timedelta(days=2))
    assert clear_old_workbooks() == 1


@pytest.mark.once
def test_a_token_is_found_in_whatever_stands_around_it(office):
    token = template.Token(1, "2023-08", "x11", "don-vi", factories.AT)
    assert template.Token.found_in(f"Mã tệp: {token}.") == token
    assert template.Token.found_in("CDS1/2023-08/x11") is None


@pytest.mark.once
def test_the_marked_file_opens(office, an):
    response = send(an, fill(an).put("x11", "I.1", numerator=130, denominator=110))
    answer = an.get(response.request["PATH_INFO"] + "danh-dau/")
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
    assert book.active.title == "Cần sửa"


def test_the_rate_of_a_window_may_say_nothing_arose(office, an):
    target = factories.target(office.plan, "I.5", [office.tree["x11"]], timing=Timing.RATE)
    confirm(an, send(an, fill(an).put("x11", target.code, nothing="x")))
    assert figures()["I.5"] == (0, 0, None, True, "")


def test_rules_between_targets_warn_of_the_report_as_it_would_be(office, below):
    rule = {"check": "numerator_within", "targets": ["I.2", "I.1"], "why": "một phần của I.1"}
    type(office.plan).objects.filter(pk=office.plan.pk).update(target_rules=[rule])
    filled = fill(below, "truc-thuoc").put("x11", "I.1", numerator=7, denominator=110)
    page = words(_sent(below, filled.put("x11", "I.2", numerator=9, denominator=20)))
    assert "Tử số 9 nhiều hơn tử số của I.1: 7 (một phần của I.1)" in page
    assert "Tử số 7 ít hơn tử số của I.2: 9 (một phần của I.1)" in page
