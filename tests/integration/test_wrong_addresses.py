"""Addresses that are wrong in a way that can be said (tests/reports/conftest.py): still a 404, but no dead end."""

import re
from html import unescape

import pytest

from tests.page import words

pytestmark = pytest.mark.once

OVERVIEW = "/tong-quan/"


def way_on(response):
    """The link that a 404 offers first."""
    main = response.content.decode().partition("<main")[2]
    return unescape(re.search(r'class="btn primary" href="([^"]+)"', main)[1])


@pytest.mark.parametrize(
    ("address", "said", "onward"),
    [
        (
            "/ma-tran/?nhom=xa&ky=2023-10",
            "Kỳ tháng 10 năm 2023 chưa bắt đầu: số liệu tính từ ngày 15/09/2023.",
            "/ma-tran/?nhom=xa&ky=2023-08&so-lieu=chinh-thuc",
        ),
        (
            "/tong-quan/?ky=abc&so-lieu=tam-tinh",
            "Không có kỳ này. Kỳ viết bằng năm và tháng, như 2023-08.",
            "/tong-quan/?ky=2023-08&so-lieu=tam-tinh",
        ),
        (
            "/co-quan/x11/?ky=2023-07&so-lieu=xyz",
            "Không có loại số liệu này: chỉ có số chính thức và số tạm tính.",
            "/co-quan/x11/?ky=2023-07&so-lieu=chinh-thuc",
        ),
        (
            "/muc-tieu/I.99/?ky=2023-07",
            "Không có chỉ tiêu này trong kế hoạch. Mã viết như I.12.",
            "/tong-quan/?ky=2023-07&so-lieu=chinh-thuc#muc-tieu",
        ),
    ],
)
def test_what_is_wrong_and_where_to_go(as_person, province, address, said, onward):
    reader = as_person("lam")
    response = reader.get(address)
    assert response.status_code == 404 and said in words(response)
    assert way_on(response) == onward and reader.get(onward).status_code == 200


def test_nobody_speaks_through_a_link(as_person, province):
    """The text of an address is not repeated on the page."""
    typed = "Gọi ngay 0900 <script>\x00"
    for asked in ({"ky": typed}, {"so-lieu": typed}):
        assert "Gọi ngay" not in words(as_person("lam").get(OVERVIEW, asked))
    assert "Gọi ngay" not in words(as_person("lam").get("/muc-tieu/Gọi ngay 0900/"))


def test_others_say_no_more_than_before(as_person, province):
    """A page that does not exist and one that is closed to the reader cannot be told apart."""
    stranger = as_person("an")
    for address in ("/co-quan/x22/", "/co-quan/khong-co/", "/tong-quan/?tru-cot=IX"):
        page = words(stranger.get(address))
        assert "Địa chỉ có thể đã gõ thiếu" in page and "Mở trang này" not in page, address


def test_codes_of_targets_in_small_letters(as_person, province):
    reader = as_person("lam")
    assert reader.get("/muc-tieu/i.1/?ky=2023-07&node=h1").url == "/muc-tieu/I.1/?ky=2023-07&node=h1"
    assert reader.get("/muc-tieu/iii.1/").url == "/muc-tieu/III.1/"
    assert reader.get("/muc-tieu/i.1/giai-thich/").url == "/muc-tieu/I.1/giai-thich/"
    assert reader.get("/muc-tieu/i.1/thay-doi/?ky=2023-07").url == "/muc-tieu/I.1/thay-doi/?ky=2023-07"
    assert reader.get("/muc-tieu/i.1/tep/csv/").url == "/muc-tieu/I.1/tep/csv/"
    assert reader.get("/muc-tieu/i.9/").status_code == 404
    assert reader.get("/muc-tieu/%00/giai-thich/").status_code == 404


def test_the_list_of_targets_has_an_address(as_person, client, province):
    assert as_person("lam").get("/muc-tieu/?ky=2023-07").url == "/tong-quan/?ky=2023-07#muc-tieu"
    assert as_person("lam").get("/muc-tieu/").url == "/tong-quan/#muc-tieu"
    assert client.get("/muc-tieu/").url.startswith("/dang-nhap/")
