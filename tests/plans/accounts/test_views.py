"""Accounts by one workbook: what it changes, what it refuses, who may; their slips as a PDF."""

import json
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook
from pypdf import PdfReader

from agencies.models import User
from agencies.roles import Role
from agencies.services import account_changes
from core.audit.models import AuditEntry
from plans.accounts import sheet
from tests import factories, worlds
from tests.page import fields, words

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PAGE, TEMPLATE, SLIPS = "/tai-khoan/tep/", "/tai-khoan/tep/tai-ve/", "/tai-khoan/cap/phieu/"


@worlds.shared(at=factories.AT, stays=True)
def people():
    """People by role in a tree of two districts with two communes each; x12, x21, x22 and the districts have no account."""
    tree = factories.make_tree(departments=1, districts=2, communes=2)
    return {
        "admin": factories.person("quantri", tree["s1"], Role.ADMIN, Role.FOCAL, is_staff=True, is_superuser=True),
        "standing": factories.person("khanh", tree["s1"], Role.STANDING),
        "focal": factories.person("an", tree["x11"], Role.FOCAL, full_name="Lê An"),
    }


class Sheet:
    """The downloaded workbook in the hands of the administrator."""

    def __init__(self, client):
        self.client = client
        self.book = load_workbook(BytesIO(client.get(TEMPLATE).getvalue()))
        self.sheet = self.book["Tài khoản"]
        self.columns = {cell.value: cell.column for cell in self.sheet[1]}

    @property
    def names(self):
        return [row[0].value for row in self.sheet.iter_rows(min_row=2)]

    def put(self, username, **cells):
        """Change cells of an account by heading, `_` for a blank; return its line."""
        line = 2 + self.names.index(username)
        for title, value in cells.items():
            self.sheet.cell(line, self.columns[title.replace("_", " ")], value)
        return line

    def keep(self, *names):
        """Leave only these accounts in the file."""
        for line in range(self.sheet.max_row, 1, -1):
            if self.sheet.cell(line, 1).value not in names:
                self.sheet.delete_rows(line)

    def send(self):
        content = BytesIO()
        self.book.save(content)
        return self.client.post(PAGE, {"tep": SimpleUploadedFile("a.xlsx", content.getvalue())})


@pytest.fixture
def admin(client, people):
    client.force_login(people["admin"])
    return client


def test_the_pages_do_not_exist_for_others(client, people):
    for name in ("standing", "focal"):
        client.force_login(people[name])
        for address in (PAGE, TEMPLATE):
            assert client.get(address).status_code == 404
        assert client.post(SLIPS, {"phieu": "an x"}).status_code == 404
        assert client.post(PAGE, {"act": "write", "rows": "[]"}).status_code == 404
    client.logout()
    assert client.get(PAGE)["Location"].startswith("/dang-nhap/")


def test_the_file_has_every_account_and_a_row_for_each_that_is_lacking(admin):
    book = Sheet(admin)
    assert book.names == ["khanh", "quantri", "an", "h1", "x12", "h2", "x21", "x22"]
    row = [cell.value or "" for cell in book.sheet[4]]
    assert row == ["an", "x11", "Đơn vị x11, Đơn vị h1", "Lê An", "", "", "", "Đầu mối", "Có"]


def test_the_same_file_changes_nothing(admin):
    book = Sheet(admin)
    book.keep("khanh", "quantri", "an")
    assert "Không có gì thay đổi" in words(book.send())


def test_changes_are_shown_and_then_written_with_slips_for_the_new_ones(admin, people):
    book = Sheet(admin)
    book.keep("quantri", "an", "khanh", "x12", "h1")
    book.put("an", Đang_dùng="Không")
    book.put("khanh", Vai_trò="Cơ quan thường trực, Đầu mối", Họ_và_tên="Vũ Khánh")
    book.put("x12", Mã_đơn_vị="đơn vị x12")  # a name instead of the code
    page = book.send()
    said = words(page)
    assert "4 tài khoản thay đổi mở 2, giữ nguyên 1; chưa ghi gì" in said
    assert "an khóa Đang dùng: Có → Không" in said and "Họ và tên: – → Vũ Khánh" in said
    assert User.objects.count() == 3
    slips = admin.post(PAGE, fields(page))
    assert "Đã cấp 2 tài khoản" in words(slips) and "Đã ghi thay đổi của 2 tài khoản." in slips.content.decode()
    assert not User.objects.get(username="an").is_active
    khanh = User.objects.get(username="khanh")
    assert (khanh.full_name, khanh.roles) == ("Vũ Khánh", {Role.STANDING, Role.FOCAL})
    new = User.objects.get(username="x12")
    assert (new.agency.code, new.roles, new.must_change_password) == ("x12", {Role.FOCAL}, True)
    line = AuditEntry.objects.get(object_label="an")
    assert (line.act, line.detail["changes"]) == ("sửa tài khoản", {"Đang dùng": ["Có", "Không"]})
    # The same confirmation again, or a changed one, writes nothing.
    again = admin.post(PAGE, fields(page))
    assert again.status_code == 409 or "Không có gì thay đổi" in words(again)
    assert User.objects.count() == 5


def test_slips_come_as_one_pdf_with_a_sheet_a_district(admin):
    page = admin.post("/tai-khoan/cap/", {"act": "open", "co-quan": ["h1", "x12", "x21"]})
    codes = {slip.user.username: slip.code for _, slips in page.context["sheets"] for slip in slips}
    assert page.content.decode().count('name="phieu"') == 3
    sent = [f"{name} {code}" for name, code in codes.items()]
    answer = admin.post(SLIPS, {"phieu": [*sent, "an sai", "x22 không-có"]})
    assert (answer["Content-Type"], "no-store" in answer["Cache-Control"]) == ("application/pdf", True)
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(answer.content)).pages]
    assert len(pages) == 2  # h1 with x12; h2's x21
    assert codes["h1"] in pages[0] and codes["x12"] in pages[0] and codes["x21"] in pages[1]
    assert "Đơn vị h1" in pages[0] and "23/08/2023" in pages[0] and "an " not in pages[1].split("Mã một lần")[0][:9]
    # A code that was replaced is no slip any more.
    admin.post("/tai-khoan/cap/", {"act": "renew", "tai-khoan": list(codes)})
    assert admin.post(SLIPS, {"phieu": sent})["Location"] == "/tai-khoan/cap/"


def test_every_fault_is_told_by_its_cell_and_nothing_is_written(admin, people):
    book = Sheet(admin)
    lines = {
        "A": book.put("h2", Tên_đăng_nhập="Có dấu"),
        "B": book.put("x21", Mã_đơn_vị="x99"),
        "G": book.put("an", Thư_điện_tử="không phải thư"),
        "H": book.put("quantri", Vai_trò="Đầu mối"),
        "I": book.put("x12", Đang_dùng="Không"),
    }
    again = book.put("x22", Tên_đăng_nhập="AN")
    role = book.put("khanh", Vai_trò="Giám đốc")
    page = book.send()
    assert page.status_code == 422
    told = {fault.cell: fault.reason for fault in page.context["faults"]}
    assert set(told) == {*(f"{column}{line}" for column, line in lines.items()), f"A{again}", f"H{role}"}
    assert "7 ô cần sửa, chưa ghi gì." in words(page)
    assert told[f"A{again}"] == f"Tên này đã có ở dòng {lines['G']}."
    assert told[f"H{lines['H']}"] == "Không ai tự đổi vai trò hay tự khóa tài khoản của mình."
    assert User.objects.count() == 3


def test_what_is_no_such_workbook_is_refused(admin):
    for sent, reason in (
        ({}, "Chưa chọn tệp nào."),
        ({"tep": SimpleUploadedFile("a.xlsx", b"x")}, "không phải là tệp Excel"),
        ({"act": "write", "rows": "["}, "Biểu gửi không đọc được."),
        ({"act": "write", "rows": json.dumps([[2, {"username": "b"}]])}, "Biểu gửi không đọc được."),
        ({"act": "write", "rows": "[" * 50_000}, "Biểu gửi không đọc được."),
        ({"act": "write", "rows": f"[[{'9' * 5000}, {{}}]]"}, "Biểu gửi không đọc được."),
        ({"act": "write", "rows": "[[1e999, {}]]"}, "Biểu gửi không đọc được."),
        ({"act": "write", "rows": "[]"}, "không có dòng nào"),
    ):
        answer = admin.post(PAGE, sent)
        assert answer.status_code == 422 and reason in words(answer)


def test_more_rows_than_are_handled_at_once_are_refused_however_they_come(admin, monkeypatch):
    monkeypatch.setattr(sheet, "MOST_ROWS", 2)
    sent = Sheet(admin).send()
    assert sent.status_code == 422 and "Tệp có quá 2 dòng." in words(sent)
    rows = json.dumps([[line, dict.fromkeys(sheet.TITLES, "a")] for line in range(3)])
    sent = admin.post(PAGE, {"act": "write", "rows": rows})
    assert sent.status_code == 422 and "Tệp có quá 2 dòng." in words(sent)


def test_an_account_that_was_opened_elsewhere_meanwhile_is_told(admin, people, monkeypatch):
    book = Sheet(admin)
    book.keep("x12", "an")
    book.put("an", Đang_dùng="Không")
    page = book.send()
    seen = account_changes.stored_accounts()
    monkeypatch.setattr(account_changes, "stored_accounts", lambda: seen)  # read before the other one wrote
    factories.person("x12")
    answer = admin.post(PAGE, fields(page))
    assert answer.status_code == 422 and "vừa được mở ở nơi khác nên chưa ghi gì" in words(answer)
    assert User.objects.get(username="an").is_active


def test_the_page_asks_a_constant_number_of_queries(admin, django_assert_num_queries):
    admin.get(PAGE)
    with django_assert_num_queries(4):
        admin.get(PAGE)
