"""Correcting a misprint in an indicator's text: who may, what stays, what is refused."""

import pytest

from core.audit.models import AuditEntry
from indicators.models import Indicator
from tests.page import fields, words

pytestmark = pytest.mark.once

URL = "/chi-tieu/I.2/sua/"


@pytest.fixture
def indicator(office):
    indicator = Indicator.objects.get(pillar__code="I", number=2)
    indicator.text = "Phân đầu có trên 150 doanh nghiệp"
    indicator.save()
    return indicator


@pytest.fixture
def khanh(as_person, indicator):
    """The standing agency's browser."""
    return as_person("khanh")


def post(browser, page=None, **typed):
    form = fields(page or browser.get(URL)) | {"text": "Phấn đấu có trên 150 doanh nghiệp", "reason": "Lỗi in"} | typed
    return browser.post(URL, form, headers={"X-CSRFToken": form["csrfmiddlewaretoken"]})


def test_the_signed_text_stays_beside_the_corrected_one(khanh, indicator):
    answer = post(khanh)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/chi-tieu/")
    assert answer["Location"].endswith("#I.2")
    indicator.refresh_from_db()
    assert (indicator.text, indicator.signed_text) == (
        "Phấn đấu có trên 150 doanh nghiệp",
        "Phân đầu có trên 150 doanh nghiệp",
    )
    said = words(khanh.get("/chi-tieu/"))
    assert "Phấn đấu có trên 150 doanh nghiệp Bản ký ghi: “Phân đầu có trên 150 doanh nghiệp”" in said
    entry = AuditEntry.objects.order_by("pk").last()
    assert (entry.act, entry.object_label) == ("sửa câu chữ chỉ tiêu", "Chỉ tiêu I.2")
    assert entry.detail["reason"] == "Lỗi in"
    # A second correction keeps the same signed text; the signed words themselves take the correction back.
    post(khanh, text="Phấn đấu có hơn 150 doanh nghiệp")
    indicator.refresh_from_db()
    assert indicator.signed_text == "Phân đầu có trên 150 doanh nghiệp"
    post(khanh, text="Phân đầu có trên 150 doanh nghiệp")
    indicator.refresh_from_db()
    assert (indicator.text, indicator.signed_text, indicator.is_corrected) == (
        "Phân đầu có trên 150 doanh nghiệp",
        "",
        False,
    )


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ({"reason": ""}, 422, "Có ô chưa đúng; chưa lưu gì."),
        ({"text": ""}, 422, "Nội dung chỉ tiêu không để trống được."),
        ({"text": "Phân đầu có trên 150 doanh nghiệp"}, 409, "Câu chữ không đổi. Chưa lưu gì."),
        ({"seen": "câu khác"}, 409, "Có người vừa sửa chỉ tiêu này"),
    ],
)
def test_what_cannot_be_saved_says_why_and_keeps_what_was_typed(khanh, indicator, typed, status, said):
    answer = post(khanh, **typed)
    assert answer.status_code == status
    assert said in words(answer)
    assert fields(answer)["reason"] == typed.get("reason", "Lỗi in")
    indicator.refresh_from_db()
    assert (indicator.text, indicator.signed_text) == ("Phân đầu có trên 150 doanh nghiệp", "")


@pytest.mark.parametrize("name", ["an", "dung", "lam"])
def test_others_may_read_and_not_correct(as_person, indicator, name):
    browser = as_person(name)
    page = browser.get("/chi-tieu/")
    assert page.status_code == 200 and "Sửa lỗi in" not in words(page)
    assert browser.get(URL).status_code == 404
    assert browser.post(URL, {"text": "x", "reason": "y"}).status_code == 404


def test_an_unknown_indicator_is_a_404(khanh):
    for code in ("I.99", "x", "I.2.a", "%00"):
        assert khanh.get(f"/chi-tieu/{code}/sua/").status_code == 404


def test_the_targets_page_shows_the_row_of_the_plan(khanh, indicator):
    indicator.leads_text, indicator.coordinators_text = "Sở KHĐT", "Sở TTTT"
    indicator.save()
    said = words(khanh.get("/muc-tieu/I.2/?ky=2023-07"))
    row = "Phân đầu có trên 150 doanh nghiệp Chủ trì Sở KHĐT Phối hợp Sở TTTT"
    assert f"Chỉ tiêu I.2 trong Kế hoạch Mọi chỉ tiêu {row}" in said
