"""Metadata of a target: shown to all, loaded with the plan, changed by the standing agency with a reason."""

import csv
from io import BytesIO

import openpyxl
import pytest
from django.conf import settings

from core.audit.models import AuditEntry
from indicators.models import TargetMetadata
from tests.page import fields, words

pytestmark = pytest.mark.once

URL = "/muc-tieu/I.2/mo-ta/"
PAGE = "/muc-tieu/I.2/?ky=2023-07"


def post(browser, page=None, **typed):
    form = fields(page or browser.get(URL)) | {"reason": "Sở đã xác nhận"} | typed
    return browser.post(URL, form, headers={"X-CSRFToken": form["csrfmiddlewaretoken"]})


def test_what_is_not_declared_is_said_and_can_be_declared_with_a_reason(as_person):
    khanh = as_person("khanh")
    page = words(khanh.get(PAGE))
    assert "Hệ thống nguồn chưa khai Phạm vi thống kê chưa khai Cách tính 100 × tử số ÷ mẫu số của kỳ mới nhất" in page
    answer = post(khanh, source_system="Hệ thống quản lý hồ sơ", contact="Phòng CNTT")
    assert answer.status_code == 302 and answer["Location"].endswith("#mo-ta")
    page = words(khanh.get(PAGE))
    assert "Hệ thống nguồn Hệ thống quản lý hồ sơ Phạm vi thống kê chưa khai" in page
    assert "Đầu mối liên hệ Phòng CNTT" in page
    entry = AuditEntry.objects.order_by("pk").last()
    assert (entry.act, entry.detail["reason"]) == ("sửa mô tả mục tiêu", "Sở đã xác nhận")
    assert entry.detail["changes"]["Hệ thống nguồn"] == ["", "Hệ thống quản lý hồ sơ"]
    book = openpyxl.load_workbook(BytesIO(khanh.get("/muc-tieu/I.2/tep/xlsx/?ky=2023-07").getvalue()))
    rows = {row[0]: row[1] for row in book["Mô tả"].iter_rows(values_only=True)}
    assert rows["Hệ thống nguồn"] == "Hệ thống quản lý hồ sơ" and rows["Phạm vi thống kê"] == "chưa khai"


def test_what_cannot_be_saved_says_why_and_keeps_what_was_typed(as_person):
    khanh = as_person("khanh")
    page = khanh.get(URL)
    answer = post(khanh, page, reason="", contact="x")
    assert answer.status_code == 422 and fields(answer)["contact"] == "x"
    answer = post(khanh, page)
    assert answer.status_code == 409 and "Mô tả không đổi. Chưa lưu gì." in words(answer)
    assert post(khanh, page, limits="a").status_code == 302
    answer = post(khanh, page, limits="b")
    assert answer.status_code == 409 and "Có người vừa sửa mô tả này." in words(answer)
    assert TargetMetadata.objects.get().limits == "a"


@pytest.mark.parametrize("name", ["an", "dung", "lam"])
def test_others_read_and_do_not_change(as_person, name):
    browser = as_person(name)
    page = words(browser.get(PAGE))
    assert "Mô tả chỉ tiêu" in page and "Sửa mô tả" not in page
    assert browser.get(URL).status_code == 404
    assert browser.post(URL, {"limits": "x", "reason": "y", "revision": "0"}).status_code == 404
    assert not TargetMetadata.objects.exists()


def test_each_target_of_the_fixture_is_described_and_claims_no_contact():
    folder = settings.BASE_DIR / "fixtures" / "2023"

    def rows(name):
        with open(folder / name, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    described = rows("target_metadata.csv")
    assert [row["target"] for row in described] == [row["code"] for row in rows("targets.csv")]
    assert all(row["population"] and not row["contact"] for row in described)
