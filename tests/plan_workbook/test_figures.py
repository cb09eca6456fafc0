"""Figures of many agencies by one workbook: its pages, what it writes, what it refuses, who may.

Communes x11 and x21 report seven ratios each month (`tests.plan_workbook.conftest`); the world stands on 1 March, when February's
window is complete.
"""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from core.audit.models import AuditEntry
from indicators.models import Actual, PlanState, State, Submission
from indicators.submissions import workflow
from plan_workbook import figures, services
from plan_workbook.models import PlanFile
from tests import factories as make
from tests.page import words

pytestmark = [pytest.mark.django_db, pytest.mark.once]

URL = "/ke-hoach/2023/so-lieu/"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


class Form:
    """The downloaded sheet of February in the hands of somebody."""

    def __init__(self, client):
        self.book = load_workbook(BytesIO(client.get(f"{URL}bieu/?ky=2023-02").getvalue()))
        self.sheet = self.book["Số liệu"]
        self.columns = {cell.value: cell.column for cell in self.sheet[1]}

    def put(self, agency, target, **cells):
        """Fill in cells of a row by heading, `_` for a blank."""
        for row in self.sheet.iter_rows(min_row=2):
            if (row[1].value, row[3].value) == (agency, target):
                for title, value in cells.items():
                    row[self.columns[title.replace("_", " ")] - 1].value = value

    @property
    def content(self):
        content = BytesIO()
        self.book.save(content)
        return content.getvalue()


@pytest.fixture
def form(world, client):
    client.force_login(world.standing)
    return Form(client)


@pytest.fixture
def send(client, django_capture_on_commit_callbacks):
    """Send a sheet; return the page of the file."""

    def sent(form):
        with django_capture_on_commit_callbacks(execute=True):
            response = client.post(URL, {"tep": SimpleUploadedFile("Số liệu.xlsx", form.content)})
        assert response.status_code == 302
        return client.get(response["Location"])

    return sent


def test_administration_and_the_standing_agency_open_it_of_a_plan_that_has_begun(world, client):
    for user, status in ((world.standing, 200), (world.admin, 200), (world.focal, 404)):
        client.force_login(user)
        assert client.get(URL).status_code == status
        assert client.get(f"{URL}bieu/?ky=2023-02").status_code == status
    client.force_login(world.standing)
    assert '<a class="btn no-print" href="/ke-hoach/2023/so-lieu/">' in client.get("/ke-hoach/2023/").content.decode()
    for ky in ("2023-04", "2022-02", "x", ""):  # April's window begins on 15 March
        assert client.get(f"{URL}bieu/?ky={ky}").status_code == 404
    world.plan.state = PlanState.DRAFT
    world.plan.save()
    assert client.get(URL).status_code == 404
    assert "so-lieu" not in client.get("/ke-hoach/2023/").content.decode()
    client.logout()
    assert client.get(URL)["Location"].startswith("/dang-nhap/")


def test_the_sheet_has_a_row_for_each_figure_that_is_due(form):
    rows = [tuple(cell.value for cell in row) for row in form.sheet.iter_rows(min_row=2)]
    # Of x11, II.3 is exempt from 1 February on.
    assert len(rows) == 13
    assert rows[0] == ("2023-02", "x11", "Đơn vị x11, Đơn vị h1", "I.1", form.sheet["E2"].value, None, None, None, None)


def test_what_is_filled_in_is_shown_and_then_sent_in_the_users_name(world, form, send, confirm):
    form.put("x11", "I.1", Tử_số=30, Mẫu_số=100, Ghi_chú="Theo công văn")
    form.put("x21", "I.1", Tử_số="1.970,5", Mẫu_số="2000")
    form.put("x21", "I.2", Tử_số=0, Mẫu_số=0)
    page = send(form)
    said = words(page)
    assert "Sẽ thêm 3, sửa 0, bỏ 0, giữ 0 dòng." in said
    assert "Đơn vị x21, Đơn vị h2, tháng 2 năm 2023: thêm Tử số – 1.970,5" in said
    assert not Submission.objects.exists()
    assert "Đã ghi 3 dòng" in words(confirm(page))
    first, second = Submission.objects.order_by("agency__position", "agency__code")
    assert {report.state for report in (first, second)} == {State.SUBMITTED}
    assert {report.submitted_by for report in (first, second)} == {world.standing}
    told = {(a.submission.agency.code, a.target.code): (a.numerator, a.denominator) for a in Actual.objects.all()}
    assert {key: tuple(map(str, value)) for key, value in told.items()} == {
        ("x11", "I.1"): ("30", "100"),
        ("x21", "I.1"): ("1970.5", "2000"),
        ("x21", "I.2"): ("0", "0"),
    }
    assert Actual.objects.get(target__code="I.2").nothing_arose
    assert AuditEntry.objects.get(act="nạp số liệu").actor == world.standing
    # Four eyes: who sent them does not decide on them.
    with pytest.raises(workflow.ActionNotAllowed):
        workflow.approve(submission=first, by=world.standing)


def test_the_same_file_again_changes_nothing(form, send, confirm):
    form.put("x11", "I.1", Tử_số=30, Mẫu_số=100)
    confirm(send(form))
    said = words(send(form))
    assert "Không có gì thay đổi: tệp giống số liệu đang lưu." in said and "1 dòng đã có sẵn" in said


def test_a_draft_with_the_same_figures_is_told_to_be_sent(world, form, send, confirm):
    stored = {world.targets["I.1"]: (1, 2)}
    report = make.report(world.tree["x21"], make.period(world.plan, 2), stored, state=State.DRAFT)
    form.put("x21", "I.1", Tử_số=1, Mẫu_số=2)
    page = send(form)
    assert f"sửa Phiếu {State.DRAFT.label} {State.SUBMITTED.label}" in words(page)
    confirm(page)
    report.refresh_from_db()
    assert report.state == State.SUBMITTED


def test_every_fault_is_told_by_its_cell_and_nothing_is_written(world, client, form, send):
    form.put("x11", "I.1", Tử_số="ba mươi", Mẫu_số=100)
    form.put("x11", "I.2", Tử_số=5, Mẫu_số=4)
    form.put("x21", "I.1", Tử_số=1, Mẫu_số=2)
    form.sheet.append(["2023-02", "x99", None, "I.1", None, 1, 2])
    form.sheet.append(["2023-02", "s1", None, "I.1", None, 1, 2])
    page = send(form)
    problems = {cell: reason for _, cell, reason in PlanFile.objects.get().outcome["problems"]}
    assert sorted(problems) == ["B15", "D16", "F2", "F3"]
    assert problems["B15"] == "Không có cơ quan, đơn vị mã “x99”."
    assert problems["D16"].startswith("I.1 không được giao cho")
    assert "4 ô cần sửa, chưa ghi gì" in words(page)
    assert not Submission.objects.exists()
    marked = load_workbook(BytesIO(client.get(f"{page.request['PATH_INFO']}danh-dau/").getvalue()))
    assert marked["Số liệu"]["B15"].comment.text == "Không có cơ quan, đơn vị mã “x99”."


def test_an_approved_figure_is_no_cell_to_be_overwritten(world, form, send):
    make.report(world.tree["x11"], make.period(world.plan, 2), {world.targets["I.1"]: (30, 100)})
    form.put("x11", "I.1", Tử_số=31, Mẫu_số=100)
    said = words(send(form))
    assert "F2 Số đã duyệt là 30/100. Muốn thay thì mở lại phiếu, kèm lý do." in said and "--" not in said


def test_a_file_of_something_else_tells_what_it_lacks(form, send):
    form.sheet.title = "Khác"
    assert "Khác A1 Tệp thiếu trang tính “Số liệu”." in words(send(form))
    form.sheet.title = "Số liệu"
    form.sheet.cell(1, form.columns["Mẫu số"], "Mẫu")
    said = words(send(form))
    assert "Cột “Mẫu” không thuộc trang tính này." in said and "Thiếu cột “Mẫu số” ở dòng 1." in said


def test_nobody_else_loads_and_a_closed_plan_takes_nothing(world, form):
    from indicators.workbooks import sandbox

    form.put("x11", "I.1", Tử_số=30, Mẫu_số=100)
    sheets = sandbox.read(form.content)
    with pytest.raises(services.ActionNotAllowed, match="không nạp được số liệu"):
        figures.load(sheets, plan=world.plan, by=world.focal, file_name="a.xlsx")
    world.plan.state = PlanState.CLOSED
    world.plan.save()
    with pytest.raises(services.ActionNotAllowed, match="đã khóa"):
        figures.load(sheets, plan=world.plan, by=world.standing, file_name="a.xlsx")
    assert not Submission.objects.exists()


def test_the_pages_ask_a_constant_number_of_queries(client, form, django_assert_num_queries):
    for address, queries in ((URL, 8), (f"{URL}bieu/?ky=2023-02", 12)):
        client.get(address)
        with django_assert_num_queries(queries):
            client.get(address)
