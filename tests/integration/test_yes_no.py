"""A yes/no target, at least 40% of the agencies by the year's end: s1 has it, h1 has not, x11 has it since August, x12 is silent.

Of the province 2 of 4 have it, 50%; of h1 with its communes 1 of 3, 33,33%. One agency's own figure is a word on every page,
and is not judged: "40% of the agencies" asks nothing of one.
"""

import csv
import io
import re
from decimal import Decimal

import pytest
from django.http import HttpResponse

from core import formatting
from indicators.models import Kind, Timing
from indicators.submissions import detail, kinds
from indicators.submissions.detail import Earlier
from tests import factories
from tests.page import words
from tests.reports.conftest import roll_up

pytestmark = pytest.mark.once


@pytest.fixture
def shared(province):
    """The target I.7, reported and rolled up."""
    tree, on = province.tree, province.periods
    who = [tree[code] for code in ("s1", "h1", "x11", "x12")]
    made = factories.target(province.plan, "I.7", who, kind=Kind.YES_NO, timing=Timing.STOCK, threshold=40)
    for month, code, has in ((7, "s1", 1), (7, "h1", 0), (7, "x11", 0), (8, "s1", 1), (8, "h1", 0), (8, "x11", 1)):
        report = tree[code].submissions.filter(period=on[month]).first()
        factories.Actual.objects.create(submission=report, target=made, entered_at=factories.AT, **factories.entry(has))
    roll_up(province.plan)
    return made


def row_of(response, code):
    """The words of the row of a target in the tables of a page."""
    rows = re.findall(r"<tr>.*?</tr>", response.content.decode(), re.S)
    return [words(HttpResponse(f"<main>{row}</main>")) for row in rows if f">{code}<" in row]


def test_the_page_of_an_agency(as_person, shared):
    reader = as_person("lam")
    has = row_of(reader.get("/co-quan/s1/?ky=2023-08"), "I.7")[0]
    assert "Có" in has and "100,00" not in has and "≥" not in has
    assert "50,00%" in has  # the whole province's is a share
    newly = row_of(reader.get("/co-quan/x11/?ky=2023-08"), "I.7")[0]
    assert "mới có" in newly and "điểm" not in newly
    district = row_of(reader.get("/co-quan/h1/?ky=2023-08"), "I.7")[0]
    assert "33,33%" in district and "≥ 40%" in district and "Không" in district and " 0,00%" not in district


def test_the_matrix(as_person, shared):
    page = as_person("lam").get("/ma-tran/?ky=2023-08&nhom=tat-ca&o=so").content.decode()
    said = re.findall(r'title="([^"]*, I\.7: [^"]*)"', page)
    assert "S1, I.7: Có, theo dõi" in said and "X11, H. Một, I.7: Có, theo dõi" in said
    assert any(x.startswith("H. Một, I.7: 33,33") for x in said) and any(
        x.startswith("Toàn tỉnh, I.7: 50,00") for x in said
    )
    assert "<b>Có</b>" in page


def test_the_comparison(as_person, shared):
    page = words(as_person("lam").get("/so-sanh/?ky=2023-08&muc-tieu=I.7&co-quan=s1,x11,h1"))
    assert "S1 Có không đổi" in page and "X11, H. Một Có mới có" in page and "H. Một 33,33%" in page


def test_files_keep_their_numbers(as_person, shared):
    def read(code):
        answer = as_person("lam").get(f"/co-quan/{code}/tep/csv/?ky=2023-08")
        rows = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
        found = next(row for row in rows if row["Mã"] == "I.7")
        return found["Giá trị"], found["Ngưỡng"], found["Tử số"], found["Mẫu số"]

    assert read("s1") == ("100", "", "1", "1")  # an own row: no threshold judges it
    assert read("h1") == ("33.333333", "40", "1", "3")


def test_a_no_is_one_word_in_forms_sheets_and_pages(shared):
    figure = Earlier(8, None, None, Decimal(0), False)
    assert detail.shown(shared, figure).text == kinds.NO == formatting.yes_no(0) == "Không"
