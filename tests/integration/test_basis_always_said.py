"""Every page that shows figures says of which period and of which kind they are, in the same words at the same place."""

import datetime as dt
import re
from html import unescape

import pytest

from tests import factories
from tests.page import words

pytestmark = pytest.mark.once

PAGES = (
    "/tong-quan/",
    "/tong-quan/?che-do=man-hinh",
    "/chi-tieu/",
    "/muc-tieu/I.1/",
    "/muc-tieu/I.1/?node=h1",
    "/muc-tieu/I.1/giai-thich/",
    "/muc-tieu/I.1/thay-doi/",
    "/muc-tieu/I.1/dieu-chinh/",
    "/ma-tran/",
    "/so-sanh/",
    "/xep-hang/ket-qua/",
    "/co-quan/h1/",
    "/co-quan/x11/",
)
# How a project stands is said by its own leads: these open on the newest period, however few agencies have reported.
OF_PROJECTS = ("/du-an/", "/du-an/bang/", "/du-an/dong-thoi-gian/", "/du-an/tong-hop/")
OF_REPORTS = ("/co-quan/", "/xep-hang/")
FILES = (
    "/tong-quan/tep/csv/",
    "/co-quan/h1/tep/csv/",
    "/ma-tran/tep/csv/",
    "/muc-tieu/I.1/tep/csv/",
    "/so-sanh/tep/csv/",
)
# Where a page compares two periods, the later one.
ONE_PERIOD = re.compile(r"Đang xem số (chính thức|tạm tính) của (?:tháng \d+ năm 2023 và )?tháng (\d+) năm 2023: ")


def asked(address, query):
    return f"{address}{'&' if '?' in address else '?'}{query}" if query else address


@pytest.mark.parametrize(
    ("query", "said"),
    [
        # 4 of 6 approved reports are not enough for August; 5 of 6 sent ones are.
        ("", ("chính thức", "7")),
        ("so-lieu=tam-tinh", ("tạm tính", "8")),
        ("ky=2023-08", ("chính thức", "8")),
        ("ky=2023-06&so-lieu=tam-tinh", ("tạm tính", "6")),
    ],
)
def test_every_page_of_figures_says_its_period_and_kind(as_person, query, said):
    reader = as_person("lam")
    of_projects = said if query else ("chính thức", "8")
    assert {
        address: ONE_PERIOD.findall(words(reader.get(asked(address, query)))) for address in PAGES + OF_PROJECTS
    } == {
        **dict.fromkeys(PAGES, [said]),
        **dict.fromkeys(OF_PROJECTS, [of_projects]),
    }


def test_a_page_about_reports_says_that_the_kind_makes_no_difference(as_person):
    for address in OF_REPORTS:
        page = words(as_person("lam").get(f"{address}?so-lieu=tam-tinh"))
        assert "Đang xem tình hình nộp phiếu của tháng 8 năm 2023: như nhau với số chính thức và số tạm tính." in page
        assert not ONE_PERIOD.search(page)


def test_a_page_that_opened_by_itself_says_so_and_names_its_period_in_its_links(as_person):
    for address in ("/ma-tran/", "/muc-tieu/I.1/", "/co-quan/h1/"):
        page = as_person("lam").get(address)
        assert "Trang mở ở kỳ gần nhất đủ số liệu: kỳ tháng 8 mới có 4/6 đơn vị được duyệt. Xem kỳ tháng 8" in words(
            page
        )
        links = {unescape(link) for link in re.findall(r'href="(/[^"]+)"', page.content.decode())}
        figures = [link for link in links if re.match(r"/(tong-quan|ma-tran|muc-tieu|so-sanh)/", link)]
        assert figures and all("ky=2023-07" in link and "tam-tinh" not in link for link in figures), address
        other = re.search(r'href="(\?[^"]*so-lieu=tam-tinh)"', page.content.decode())[1]
        assert "ky=2023-07" in other  # the other kind of the same month, not of another one


def test_where_no_period_has_enough_the_newest_is_opened(as_person, province, moment):
    moment.move_to(dt.datetime(2023, 3, 20, 9, tzinfo=factories.AT.tzinfo))
    page = words(as_person("lam").get("/ma-tran/"))
    assert ONE_PERIOD.findall(page) == [("chính thức", "3")] and "Trang mở ở kỳ" not in page


def test_every_file_says_it_too(as_person):
    for address in FILES:
        for query, said in (("", "Chính thức"), ("ky=2023-08&so-lieu=tam-tinh", "Tạm tính")):
            response = as_person("lam").get(asked(address, query))
            content = b"".join(response) if response.streaming else response.content
            lines = content.decode("utf-8-sig").splitlines()
            assert all(said in line and ("2023-08" if query else "2023-07") in line for line in lines[1:]), address
