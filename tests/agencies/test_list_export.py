"""Lists of the administration as workbooks, by their search and filters."""

import io

import pytest
from openpyxl import load_workbook

from agencies import list_export
from agencies.models import User
from agencies.roles import Role
from core.audit.models import AuditEntry
from tests import factories, worlds
from tests.page import words

ACCOUNTS = "/quan-tri/agencies/user/"


@worlds.shared(at=factories.AT, stays=True)
def people():
    """An administrator and the accounts of two communes, one of which has a formula for a name."""
    tree = factories.make_tree(departments=1, districts=1, communes=2)
    return {
        "admin": factories.person("quantri", tree["s1"], Role.ADMIN, is_staff=True, is_superuser=True),
        "an": factories.person("an", tree["x11"], Role.FOCAL, full_name="=1+1"),
        "binh": factories.person("binh", tree["x12"], Role.FOCAL, Role.REVIEWER, full_name="Trần Thị Bình"),
    }


def sheet_of(response):
    return load_workbook(io.BytesIO(b"".join(response.streaming_content))).active


def test_the_list_as_it_is_filtered(client, people):
    client.force_login(people["admin"])
    page = client.get(ACCOUNTS, {"q": "x1"}).content.decode()
    assert f'href="{ACCOUNTS}export/?q=x1"' in page and "Tải Excel" in page
    answer = client.get(f"{ACCOUNTS}export/", {"q": "binh"})
    rows = [[cell.value for cell in row] for row in sheet_of(answer).iter_rows()]
    assert rows[0] == ["Tài khoản", *[None] * 8] and rows[1][0].startswith("Lấy số liệu lúc 09:00 ngày 16/08/2023")
    assert rows[2][0] == "Tên đăng nhập" and "Vai trò" in rows[2]
    (row,) = rows[3:]
    assert row[:2] == ["binh", "Trần Thị Bình"] and "Đầu mối, Người duyệt" in row and "Có" in row
    entry = AuditEntry.objects.get(act="tải tệp")
    assert (entry.account, entry.detail) == ("quantri", {"path": f"{ACCOUNTS}export/?q=binh"})


def test_no_word_becomes_a_formula_and_no_secret_goes_out(client, people):
    client.force_login(people["admin"])
    sheet = sheet_of(client.get(f"{ACCOUNTS}export/"))
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert "=1+1" in [cell.value for cell in cells] and {cell.data_type for cell in cells} <= {"s", "n"}
    assert not any(people["an"].password in str(cell.value) for cell in cells)


def test_too_many_rows_are_refused_and_wrong_filters_lead_back(client, people, monkeypatch):
    client.force_login(people["admin"])
    monkeypatch.setattr(list_export, "MOST_ROWS", 2)
    refused = client.get(f"{ACCOUNTS}export/", follow=True)
    assert "Chưa tải gì: danh sách có 3 dòng, mỗi tệp tối đa 2." in words(refused)
    assert client.get(f"{ACCOUNTS}export/", {"is_active__exact": "abc"}).status_code in (302, 400)


@pytest.mark.parametrize("name", ["an", None])
def test_others_have_no_list(client, people, name):
    if name:
        client.force_login(people[name])
    assert client.get(f"{ACCOUNTS}export/").status_code in (302, 404)
    assert User.objects.count() == 3
