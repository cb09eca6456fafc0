"""Projects in the agency's workbook: there and back without a change, every kind of cell, every error by its cell, all or
nothing, once (docs/decisions/0121)."""

import datetime as dt
import re
from decimal import Decimal
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from agencies.roles import Role
from core.audit.models import AuditEntry
from indicators.models import ReturnReason, State, Submission, WorkbookFile
from indicators.submissions import locks, workflow
from projects import workbook_sheets
from projects.models import MilestoneTemplate, ProgressUpdate, Stage
from projects.services import Entry, Mark
from tests import factories
from tests.page import words
from tests.projects.conftest import RUNNING
from tests.workbook_files import send

pytestmark = [pytest.mark.django_db, pytest.mark.once]

AUGUST = "/nhap-so-lieu/2023-08/tep/"
FULL = Entry(
    stage=Stage.RUNNING,
    percent=Decimal("45.5"),
    work_done="Khảo sát.\nLập dự toán.",
    obstacles='=HYPERLINK("http://x")',
    proposals="Bố trí vốn.",
    planned_start=dt.date(2023, 2, 1),
    planned_finish=dt.date(2023, 11, 30),
    actual_start=dt.date(2023, 2, 15),
    contract_value=1_970_000_000_001,
    disbursed=0,
    milestones=(Mark("Thẩm định", "Bà Lan", dt.date(2023, 5, 1), dt.date(2023, 5, 9), "QĐ 12"), Mark("Nghiệm thu")),
)


class Filled:
    """A downloaded workbook that is being filled in: `put("DA I.1", stage="Chuẩn bị")`, `mark("DA I.1", 2, name="Thẩm định")`."""

    def __init__(self, content):
        self.book = load_workbook(BytesIO(content))
        self.sheet, self.marks = self.book[workbook_sheets.TITLE], self.book[workbook_sheets.MARKS_TITLE]

    def line(self, label, place=None):
        sheet = self.sheet if place is None else self.marks
        for line in range(1, sheet.max_row + 1):
            if sheet.cell(line, 1).value == label and place in (None, sheet.cell(line, 3).value):
                return line
        raise KeyError((label, place))

    def cell(self, label, key):
        return self.sheet.cell(self.line(label), workbook_sheets.PLACE[key])

    def mark_cell(self, label, place, key):
        return self.marks.cell(self.line(label, place), workbook_sheets.MARK_PLACE[key])

    def put(self, label, **values):
        for key, value in values.items():
            self.cell(label, key).value = value
        return self

    def mark(self, label, number, **values):
        for key, value in values.items():
            self.mark_cell(label, number, key).value = value
        return self

    def saved(self):
        content = BytesIO()
        self.book.save(content)
        return content.getvalue()


def fill(client):
    response = client.get(f"{AUGUST}tai-ve/don-vi/")
    assert response.status_code == 200
    return Filled(b"".join(response.streaming_content))


def confirm(client, response, follow=True):
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', response.content.decode())[1]
    return client.post(response.request["PATH_INFO"], {"seen": seen}, follow=follow)


def problems(response):
    """(cell, error) of the page that lists them."""
    rows = re.findall(r'<th scope="row" class="code">(.*?)</th><td>.*?</td><td>(.*?)</td>', response.content.decode())
    return dict(rows)


@pytest.fixture
def an(world, client):
    client.force_login(world.an)
    return client


def entries():
    return {update.project.label: Entry.stored(update) for update in ProgressUpdate.objects.all()}


def july(world, entry=FULL):
    with time_machine.travel(dt.datetime(2023, 7, 16, 9, tzinfo=factories.AT.tzinfo), tick=False):
        report = world.open(world.july)
        world.save(entry, report=report)
        workflow.submit(submission=report, by=world.an)


def test_what_the_sheets_hold(world, an):
    for place, name in enumerate(("Lập dự toán", "Thẩm định"), 1):
        MilestoneTemplate.objects.create(plan=world.plan, position=place, name=name)
    filled = fill(an)
    assert filled.book.sheetnames == ["Số liệu", "Dự án", "Mốc dự án", "Hướng dẫn"]
    assert filled.book.active.title == "Dự án"  # s1 has no figures to report
    sheet = filled.sheet
    assert [sheet.cell(line, 1).value for line in range(1, 4)] == [
        "TIẾN ĐỘ DỰ ÁN, NHIỆM VỤ THÁNG 8 NĂM 2023",
        "Đơn vị s1",
        "Chỉ nhập vào ô nền vàng; chọn Tình trạng thì việc mới được tính là đã báo cáo. Cách nhập: trang Hướng dẫn.",
    ]
    assert [sheet.cell(line, 1).value for line in range(6, 8)] == ["DA I.1", "DA I.2"]
    assert (filled.cell("DA I.1", "due").value, filled.cell("DA I.2", "due").value) == (
        "31/12/2023",
        "Chưa ghi thời hạn",
    )
    shut = {key for key, place in workbook_sheets.PLACE.items() if sheet.cell(6, place).protection.locked}
    assert shut == {"code", "project", "due", "previous", "state", "given"}
    rules = {rule.error: (rule.type, rule.formula1, str(rule.sqref)) for rule in sheet.data_validations.dataValidation}
    assert rules["Chọn tình trạng trong danh sách."] == (
        "list",
        '"Chưa bắt đầu,Chuẩn bị,Đang thực hiện,Tạm dừng,Hoàn thành,Dừng hẳn"',
        "E6 E7",
    )
    assert rules["Nhập số đồng nguyên, từ 0 trở lên."][0] == "whole"
    usual = [rule for rule in filled.marks.data_validations.dataValidation if rule.type == "list"]
    assert [(rule.formula1, rule.showErrorMessage) for rule in usual] == [('"Lập dự toán,Thẩm định"', False)]
    for page in (sheet, filled.marks):
        assert page.protection.sheet and page.page_setup.orientation == "landscape" and page.freeze_panes
    assert "2 dự án" in words(an.get(AUGUST))


def test_an_unchanged_round_trip_is_no_change(world, an):
    july(world)
    world.save(FULL)
    filled = fill(an)
    assert filled.cell("DA I.1", "obstacles").data_type == "s"
    filled.cell("DA I.1", "obstacles").data_type = "s"
    response = send(an, filled)
    assert "0 thay đổi" in words(response)
    assert "1 dự án giữ nguyên, 1 dự án chưa báo cáo" in words(response)
    assert 'name="seen"' not in response.content.decode()


def test_what_was_said_last_stands_there_and_is_no_report(world, an):
    july(world)
    filled = fill(an)
    assert filled.cell("DA I.1", "previous").value == "Đang thực hiện, 45,5% (tháng 7)"
    assert (filled.cell("DA I.1", "stage").value, filled.cell("DA I.1", "percent").value) == (None, None)
    assert filled.cell("DA I.1", "contract_value").value == 1_970_000_000_001
    assert filled.mark_cell("DA I.1", 1, "name").value == "Thẩm định"
    response = send(an, filled)
    assert "chưa có số nào được nhập vào tệp" in words(response) and "2 dự án chưa báo cáo" in words(response)
    confirm(an, send(an, filled.put("DA I.1", stage="Đang thực hiện", percent=50, disbursed=500)))
    expected = FULL._replace(percent=Decimal(50), disbursed=500, work_done="", obstacles="", proposals="")
    assert entries() == {"DA I.1": expected}


def test_a_template_that_nobody_touched_is_no_change_whatever_was_stored_since(world, an):
    july(world)
    filled = fill(an)  # made with July's days, contract and milestones
    world.save(RUNNING)
    said = words(send(an, filled))
    assert "Chưa ghi gì: tệp không có số mới." in said and "Đang lưu" not in said
    assert "1 dự án đã được sửa trên hệ thống sau khi tải tệp mẫu" in said
    assert Entry.stored(ProgressUpdate.objects.get(submission__period=world.august)) == RUNNING


def test_a_template_of_before_an_earlier_month_was_mended(world, an):
    """The template was made with July's first words; July's were corrected since, and the file was not filled in."""
    july(world)
    filled = fill(an)
    again = ProgressUpdate.objects.get()
    ProgressUpdate.objects.filter(pk=again.pk).update(contract_value=5, planned_finish=dt.date(2023, 12, 1))
    again.milestones.all().delete()
    said = words(send(an, filled))
    assert "chưa có số nào được nhập vào tệp" in said and "2 dự án chưa báo cáo" in said


def test_all_there_and_back(world, an):
    filled = fill(an)
    filled.put(
        "DA I.1", stage="Đang thực hiện", percent=45.5, work_done="Khảo sát.\nLập dự toán.", proposals="Bố trí vốn."
    )
    filled.put("DA I.1", obstacles=FULL.obstacles, planned_start=dt.date(2023, 2, 1), planned_finish="30/11/2023")
    filled.put("DA I.1", actual_start=dt.datetime(2023, 2, 15), contract_value="1.970.000.000.001", disbursed=0)
    filled.cell("DA I.1", "obstacles").data_type = "s"
    filled.mark("DA I.1", 1, name="Thẩm định", owner="Bà Lan", planned_on=dt.date(2023, 5, 1), done_on="09/05/2023")
    filled.mark("DA I.1", 1, evidence="QĐ 12").mark("DA I.1", 3, name="Nghiệm thu")  # a row left free goes
    response = send(an, filled)
    said = words(response)
    assert "1 dự án thay đổi" in said and "Giá trị hợp đồng (đồng) — 1.970.000.000.001 đồng" in said
    assert "Mốc 1 — Thẩm định: hạn 01/05/2023, xong 09/05/2023 (QĐ 12); Bà Lan" in said
    assert not ProgressUpdate.objects.exists()  # nothing before it is confirmed
    done = confirm(an, response)
    assert "Đã ghi 1 dự án" in words(done)
    assert entries() == {"DA I.1": FULL}
    past = ProgressUpdate.history.get()
    assert (past.history_user, past.history_change_reason) == (world.an, "tệp Excel")
    assert AuditEntry.objects.get(act="nhập từ tệp Excel").detail["parts"] == "1 dự án"
    assert Submission.objects.get(period=world.august).state == State.DRAFT
    again = fill(an)
    again.cell("DA I.1", "obstacles").data_type = "s"
    assert "0 thay đổi" in words(send(an, again))


def test_old_and_new_beside_each_other_and_blank_cells_take_nothing_away(world, an):
    july(world, FULL._replace(percent=Decimal(60)))
    world.save(FULL)
    filled = fill(an).put("DA I.1", percent=50, work_done=None, contract_value=None)
    filled.cell("DA I.1", "obstacles").data_type = "s"
    filled.mark("DA I.1", 2, done_on=dt.date(2023, 8, 10))
    said = words(send(an, filled))
    assert "Đã hoàn thành (%) 45,5% 50%" in said
    assert "Mốc 2 Nghiệm thu: chưa xong Nghiệm thu: xong 10/08/2023" in said
    assert "Đã hoàn thành (%) ít hơn tháng 7: 60% xuống 50%" in said
    assert "Việc đã làm trong kỳ" not in said and "Giá trị hợp đồng" not in said
    confirm(an, send(an, filled))
    changed = (FULL.milestones[0], Mark("Nghiệm thu", done_on=dt.date(2023, 8, 10)))
    assert entries()["DA I.1"] == FULL._replace(percent=Decimal(50), milestones=changed)


@pytest.mark.parametrize(
    ("values", "cell", "reason"),
    [
        ({"stage": "Gần xong"}, "E6", "Chọn một trong: Chưa bắt đầu,"),
        ({"percent": 10}, "E6", "chưa có tình trạng"),
        ({"stage": "Đang thực hiện"}, "F6", "Nhập tỷ lệ hoàn thành"),
        ({"stage": "Đang thực hiện", "percent": 101}, "F6", "từ 0 đến 100"),
        ({"stage": "Đang thực hiện", "percent": "chín"}, "F6", "không phải là số"),
        ({"stage": "Đang thực hiện", "percent": 45.123}, "F6", "quá 2 chữ số thập phân"),
        ({"stage": "Tạm dừng", "percent": 10}, "H6", "ghi lý do"),
        ({"stage": "Hoàn thành", "percent": 100}, "M6", "nhập ngày hoàn thành"),
        ({"stage": "Đang thực hiện", "percent": 10, "planned_start": "31/02/2023"}, "J6", "Nhập ngày như"),
        ({"stage": "Đang thực hiện", "percent": 10, "actual_start": dt.date(2023, 8, 17)}, "L6", "sau hôm nay"),
        ({"stage": "Đang thực hiện", "percent": 10, "contract_value": 1.5}, "N6", "không phải là số đồng nguyên"),
        ({"stage": "Đang thực hiện", "percent": 10, "contract_value": "1,970"}, "N6", "hai cách đọc"),
        ({"stage": "Đang thực hiện", "percent": 10, "contract_value": 10**15}, "N6", "tối đa 15 chữ số"),
        ({"stage": "Đang thực hiện", "percent": 10, "contract_value": "=1+1"}, "N6", "công thức chưa có kết quả"),
        ({"stage": "Đang thực hiện", "percent": 10, "disbursed": True}, "O6", "TRUE/FALSE"),
        ({"stage": "Đang thực hiện", "percent": 10, "work_done": dt.date(2023, 8, 1)}, "G6", "đang là ngày tháng"),
        ({"stage": "Đang thực hiện", "percent": 10, "work_done": "x" * 4001}, "G6", "Dài quá 4.000"),
        ({"code": "I.9"}, "A6", "không phải là số của dự án"),
        ({"stage": "Chuẩn bị", "percent": 1, "code": "I.2"}, "A7", "đã có ở dòng 6"),
        ({"percent": 1, "code": None}, "A6", "mà không có số của dự án"),
    ],
)
def test_every_error_by_its_cell(world, an, values, cell, reason):
    response = send(an, fill(an).put("DA I.1", **values))
    found = problems(response)
    assert list(found) == [cell] and reason in found[cell], found
    assert not ProgressUpdate.objects.exists()
    taken = WorkbookFile.objects.get()
    book = load_workbook(taken.marked.open("rb"))
    assert reason in book["Dự án"][cell].comment.text
    assert "0 thay đổi" not in words(response)


@pytest.mark.parametrize(
    ("place", "values", "cell", "reason"),
    [
        (2, {"owner": "An"}, "D6", "Mốc cần có tên"),
        (2, {"name": "Thẩm định", "done_on": dt.date(2023, 8, 17)}, "G6", "sau hôm nay"),
        (2, {"name": "Thẩm định", "planned_on": "mai"}, "F6", "Nhập ngày như"),
        (1, {"name": "x" * 201}, "D5", "Dài quá 200"),
        (1, {"name": "Thẩm định", "place": "a"}, "C5", "Mốc số là số thứ tự"),
        (1, {"name": "Thẩm định", "place": "9" * 5000}, "C5", "Mốc số là số thứ tự"),
        (1, {"name": "Thẩm định", "place": "²"}, "C5", "Mốc số là số thứ tự"),
        (2, {"name": "Thẩm định", "place": 1}, "C6", "đã có ở một dòng trên"),
        (1, {"name": "Thẩm định", "code": "IX.1"}, "A5", "không phải là số của dự án"),
    ],
)
def test_errors_of_milestones_by_their_cells(world, an, place, values, cell, reason):
    filled = fill(an).put("DA I.1", stage="Đang thực hiện", percent=10).mark("DA I.1", 1, name="Dự toán")
    found = problems(send(an, filled.mark("DA I.1", place, **values)))
    assert list(found) == [cell] and reason in found[cell], found
    assert not ProgressUpdate.objects.exists()


def test_one_error_and_nothing_is_written(world, an):
    filled = fill(an).put("DA I.1", stage="Đang thực hiện", percent=10).put("DA I.2", stage="Đang thực hiện")
    response = send(an, filled)
    assert list(problems(response)) == ["F7"] and "tệp có 1 thay đổi đọc được" in words(response)
    assert an.post(response.request["PATH_INFO"], {"seen": "0" * 64}).status_code == 409
    assert not ProgressUpdate.objects.exists() and not Submission.objects.exists()


def test_figures_and_projects_are_written_together_or_not_at_all(world, an, monkeypatch):
    factories.target(world.plan, "I.1", [world.tree["s1"]])
    filled = fill(an).put("DA I.1", stage="Đang thực hiện", percent=10)
    assert filled.book.active.title == "Số liệu"
    line = next(row[0].row for row in filled.book["Số liệu"].iter_rows(max_col=3) if row[2].value == "I.1")
    filled.book["Số liệu"].cell(line, 7).value, filled.book["Số liệu"].cell(line, 8).value = 30, 60
    response = send(an, filled)
    assert "2 thay đổi" in words(response)
    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr(
            "projects.services.write_milestones", lambda *args, **kwargs: (_ for _ in ()).throw(RuntimeError)
        )
        confirm(an, response)
    assert not ProgressUpdate.objects.exists() and not Submission.objects.exists()
    assert "Đã ghi 1 số và 1 dự án" in words(confirm(an, response))
    report = Submission.objects.get()
    assert (report.actuals.get().numerator, report.project_updates.get().percent) == (30, 10)


def test_what_was_seen_is_what_is_written(world, an):
    response = send(an, fill(an).put("DA I.1", stage="Đang thực hiện", percent=10))
    world.save(by=world.binh)
    refused = confirm(an, response)
    assert refused.status_code == 409 and "vừa được sửa sau khi trang này được mở" in words(refused)
    assert "Trần Thị Bình đã sửa việc này lúc" not in words(refused)  # the same second as the download
    assert entries()["DA I.1"].percent == 45
    world.moment.shift(60)
    assert "45% 10%" in words(refused)
    confirm(an, refused)
    assert entries()["DA I.1"].percent == 10
    assert confirm(an, refused).status_code == 200  # once more: it is done already
    assert ProgressUpdate.history.count() == 2


def test_somebodys_change_after_the_download_is_told(world, an):
    filled = fill(an).put("DA I.1", stage="Đang thực hiện", percent=10)
    world.moment.shift(120)
    world.save(by=world.binh)
    assert "Trần Thị Bình đã sửa việc này lúc 09:02" in words(send(an, filled))


def test_what_is_sent_is_locked(world, an):
    report = world.save().submission
    filled = fill(an)
    workflow.submit(submission=report, by=world.an)
    found = problems(send(an, filled.put("DA I.1", percent=50)))
    assert "mà phiếu bị khóa. Phiếu đã nộp" in found["E6"]
    locked = fill(an)
    cells = [cell for row in locked.sheet.iter_rows(min_row=6) for cell in row]
    assert all(cell.protection.locked for cell in cells)
    assert locked.cell("DA I.1", "state").value == "Đã nộp, chờ duyệt: khóa"
    assert "0 thay đổi" in words(send(an, locked))


def test_what_was_sent_back_is_mended_by_the_workbook(world, an):
    report = world.save().submission
    workflow.submit(submission=report, by=world.an)
    missing = locks.ReasonForReturn(ReturnReason.OTHER, "Thiếu mốc.")
    workflow.return_report(submission=report, by=world.so, reason="Xem lại", parts={"I-1": missing})
    filled = fill(an)
    assert filled.cell("DA I.1", "state").value == "Bị trả lại: Thiếu mốc."
    confirm(an, send(an, filled.mark("DA I.1", 1, name="Thẩm định")))
    assert entries()["DA I.1"] == RUNNING._replace(milestones=(Mark("Thẩm định"),))


def test_rows_and_columns_may_move_and_hidden_ones_are_told(world, an):
    filled = fill(an).put("DA I.1", stage="Đang thực hiện", percent=10)
    filled.sheet.insert_rows(6)
    filled.sheet.column_dimensions["Q"].hidden = False  # Excel moves it along
    filled.sheet.move_range("E5:S8", cols=2)
    confirm(an, send(an, filled))
    assert entries()["DA I.1"].percent == 10
    filled = fill(an).put("DA I.1", percent=20)
    filled.sheet.row_dimensions[filled.line("DA I.1")].hidden = True
    assert "bị ẩn" in problems(send(an, filled))["E6"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda f: f.sheet.delete_cols(workbook_sheets.PLACE["percent"]), "thiếu cột Đã hoàn thành (%)"),
        (
            lambda f: setattr(f.sheet.cell(5, 1 + len(workbook_sheets.COLUMNS)), "value", "Kiến nghị"),
            "có hai cột Kiến nghị",
        ),
        (lambda f: f.book.copy_worksheet(f.sheet), "Tệp có nhiều trang dự án"),
        # What was typed under a heading of another name was dropped without a word.
        (
            lambda f: setattr(f.sheet.cell(5, workbook_sheets.PLACE["code"]), "value", "STT"),
            "Trang “Dự án” thiếu cột Số.",
        ),
        (
            lambda f: setattr(f.sheet.cell(5, workbook_sheets.PLACE["stage"]), "value", "TT"),
            "Trang “Dự án” thiếu cột Tình trạng.",
        ),
        (lambda f: setattr(f.marks.cell(4, 3), "value", "Thứ tự"), "Trang “Mốc dự án” thiếu cột Mốc số."),
        (lambda f: setattr(f.marks.cell(4, 1), "value", None), "Trang “Mốc dự án” thiếu cột Số."),
        (lambda f: f.marks.delete_rows(4), "Trang “Mốc dự án” không còn dòng tiêu đề"),
        (lambda f: f.sheet.delete_rows(5), "Trang “Dự án” không còn dòng tiêu đề"),
        (lambda f: f.book.remove(f.sheet), "Tệp có trang “Mốc dự án” mà không có trang “Dự án”"),
    ],
)
def test_a_sheet_that_is_not_ours_any_more(world, an, change, reason):
    filled = fill(an).put("DA I.1", stage="Đang thực hiện", percent=10).mark("DA I.1", 1, name="Dự toán")
    change(filled)
    assert reason in words(send(an, filled))
    assert not WorkbookFile.objects.exclude(state="refused").exists()


def test_two_bad_cells_of_a_row_are_both_told(world, an):
    filled = (
        fill(an)
        .put("DA I.1", stage="Tạm dừng", percent="chín", contract_value=1.5)
        .mark("DA I.1", 1, owner="An", done_on="x")
    )
    assert set(problems(send(an, filled))) == {"F6", "H6", "N6", "D5", "G5"}


def test_text_cells_keep_what_excel_shows_and_hidden_money_is_told(world, an):
    filled = fill(an).put(
        "DA I.1", stage="Đang thực hiện", percent=0.45, work_done=1520, proposals=True, disbursed=1_970_400
    )
    filled.cell("DA I.1", "percent").number_format = '0.00" %"'
    filled.cell("DA I.1", "disbursed").number_format = "#,##0,"
    response = send(an, filled)
    assert "Đã giải ngân lũy kế (đồng): Excel đang hiện 1.970, mà ô giữ 1.970.400" in words(response)
    confirm(an, response)
    entry = entries()["DA I.1"]
    assert (entry.percent, entry.work_done, entry.proposals) == (Decimal("0.45"), "1520", "TRUE")


def test_figures_beside_the_columns_are_named(world, an):
    filled = fill(an)
    filled.sheet["R6"] = 45
    page = words(send(an, filled))
    assert "chưa có số nào được nhập vào tệp" in page and "Có số ở Dự án!R6 không được đọc" in page


def test_of_others_nothing(world, client):
    client.force_login(world.cuc)
    filled = fill(client)
    assert [filled.sheet.cell(line, 1).value for line in range(6, filled.sheet.max_row + 1)] == ["DA I.2"]
    client.force_login(world.an)
    assert "Tệp này của đơn vị khác (mã s2)" in words(send(client, filled))
    for person in (world.so, world.lam):
        client.force_login(person)
        assert client.get(AUGUST).status_code == 404
    client.force_login(world.xa)  # leads no project: there is nothing to fill in
    assert client.get(f"{AUGUST}tai-ve/don-vi/").status_code == 404
    assert "Kỳ này không có gì phải báo cáo" in words(client.get(AUGUST))


def test_a_district_fills_in_figures_for_its_communes_and_no_projects(world, client):
    world.project(7, None, group="@communes")
    world.project(8, None, group="@districts")
    factories.target(world.plan, "I.1", [world.tree["x11"]])
    client.force_login(factories.person("huyen", world.tree["h1"], Role.FOCAL, Role.REVIEWER))
    response = client.get(f"{AUGUST}tai-ve/truc-thuoc/")
    assert load_workbook(BytesIO(b"".join(response.streaming_content))).sheetnames == ["Số liệu", "Hướng dẫn"]


def test_queries_do_not_grow_with_the_projects(world, an):
    def costs(address):
        found = []
        for one in (f"{AUGUST}tai-ve/don-vi/", AUGUST, address):
            with CaptureQueriesContext(connection) as captured:
                assert an.get(one).status_code == 200
            found.append(len(captured))
        return found

    july(world)
    world.save()
    address = send(an, fill(an)).request["PATH_INFO"]
    few = costs(address)
    assert max(few) <= 37
    sent = Submission.objects.get(period=world.july)
    for number in range(5, 25):
        project = world.project(number, None, agency=world.tree["s1"])
        world.save(project=project)
        earlier = {"stage": "running", "percent": 10, "entered_at": factories.AT}
        ProgressUpdate.objects.create(submission=sent, project=project, **earlier)
    assert costs(address) == few
