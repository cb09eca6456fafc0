"""The change between any two periods, on figures that can be added up on paper.

I.1 (flow): x11 July 60/100; August x11 20/100, x12 30/50; h1's own June 10/40 and x21's July 5/10.
To July 75/150 = 50%; to August 125/300 = 41,67%. x22 never reported.
"""

from io import BytesIO
from urllib.parse import unquote

import openpyxl
import pytest

from demo.models import DemoYear
from indicators.models import Actual
from indicators.rollups import engine
from tests import factories
from tests.page import words

pytestmark = pytest.mark.once


@pytest.fixture
def world(office):
    one = office.targets["I.1"]
    factories.report(office.tree["h1"], factories.period(office.plan, 6), {one: (10, 40)})
    factories.report(office.tree["x21"], office.july, {one: (5, 10), office.targets["I.3"]: 0})
    factories.report(office.tree["x11"], office.august, {one: (20, 100), office.targets["II.2"]: 150})
    factories.report(office.tree["x12"], office.august, {one: (30, 50), office.targets["I.3"]: 1})
    engine.rebuild(office.plan)
    return office


@pytest.fixture
def get(as_person, world):
    browsers = {}

    def go(name, query="", code="I.1", file=""):
        if name not in browsers:
            browsers[name] = as_person(name)
        return browsers[name].get(f"/muc-tieu/{code}/thay-doi/{file}?{query}")

    return go


def test_two_months_by_cause_and_by_agency(get):
    said = words(get("lam", "ky=2023-08&so-voi=2023-07"))
    assert "Giảm 8,33 điểm, từ 50,00% xuống 41,67%." in said
    # New: 50/150 more, at the new denominators 300: 16,667. The 75 there were weigh 75/300 instead of 75/150: −25.
    assert "Báo cáo mới 2 +50 +150 +16,667" in said
    assert "Mẫu số chung thay đổi 3 — — −25,000" in said
    assert "Toàn tỉnh +50 +150 −8,333" in said
    assert "X12, H1 Báo cáo mới: T8 +30 +50 +10,000" in said
    assert "X11, H1 Báo cáo mới: T8 +6,667 Mẫu số chung thay đổi −20,000 +20 +100 −13,333" in said
    assert "UBND H1 Mẫu số chung thay đổi 0 0 −3,333" in said


def test_the_period_before_is_the_default_and_time_goes_forward(get):
    assert words(get("lam", "ky=2023-08")) == words(get("lam", "ky=2023-08&so-voi=2023-07"))
    assert words(get("lam", "ky=2023-07&so-voi=2023-08")) == words(get("lam", "ky=2023-08&so-voi=2023-07"))
    # January has nothing before it: the month after is taken.
    assert "Cả hai bên đều chưa có số liệu nên không so sánh được." in words(get("lam", "ky=2023-01"))


def test_months_further_apart(get):
    said = words(get("lam", "ky=2023-08&so-voi=2023-06"))
    # 10/40 = 25% → 125/300.
    assert "Tăng 16,67 điểm, từ 25,00% lên 41,67%." in said
    assert "X11, H1 Báo cáo mới: T7, T8 +80 +200 +26,667" in said


def test_the_same_period_twice_is_asked_about(get):
    assert "Chọn hai kỳ khác nhau." in words(get("lam", "ky=2023-08&so-voi=2023-08"))
    assert get("lam", "ky=2023-08&so-voi=2023-08", file="tep/").status_code == 404


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("I.3", "Tăng 25,00 điểm, từ 25,00% lên 50,00%."),
        ("II.2", "Tăng 18 doanh nghiệp, từ 132 doanh nghiệp lên 150 doanh nghiệp."),
        ("II.1", "Cả hai bên đều"),
        ("II.3", "Cả hai bên đều"),
    ],
)
def test_other_kinds(get, code, said):
    assert said in words(get("lam", "ky=2023-08&so-voi=2023-07", code))


def test_a_roll_up_that_is_still_owed_is_said_to_be(get, world):
    Actual.objects.filter(submission__agency=world.tree["x12"], target=world.targets["I.1"]).update(numerator=40)
    assert "Số liệu đang tổng hợp." in words(get("lam", "ky=2023-08"))
    engine.rebuild(world.plan)
    assert "Số liệu đang tổng hợp." not in words(get("lam", "ky=2023-08"))


# Who


@pytest.mark.parametrize(
    ("name", "named", "rest"),
    [
        ("lam", ["X11", "X12", "X21", "UBND H1"], None),
        ("dung", ["X11", "X12", "UBND H1"], "Các đơn vị khác 1 đơn vị Mẫu số chung thay đổi 0 0 −1,667"),
        ("an", ["X11"], "Các đơn vị khác 3 đơn vị"),
        ("cuc", ["X21"], "Các đơn vị khác 3 đơn vị"),
    ],
)
def test_a_strangers_part_is_one_exact_rest(get, name, named, rest):
    said = words(get(name, "ky=2023-08")).split("Từng đơn vị")[1]
    assert [who for who in ("X11", "X12", "X21", "UBND H1") if f" {who}" in said] == named
    assert (rest in said) if rest else "Các đơn vị khác" not in said
    assert "Toàn tỉnh +50 +150 −8,333" in said


@pytest.mark.parametrize("file", ["", "tep/"])
@pytest.mark.parametrize(
    ("name", "open_to"),
    [
        ("lam", {"", "@communes", "h1", "h2", "x11", "x21", "rieng:h1"}),
        ("dung", {"", "@communes", "h1", "x11", "rieng:h1"}),
        ("an", {"", "@communes", "h1", "x11"}),
    ],
)
def test_who_may_look_at_which_node(get, name, open_to, file):
    every = ["", "@communes", "h1", "h2", "x11", "x21", "rieng:h1", "nope", "%00"]
    answers = {node: get(name, f"ky=2023-08&node={node}", file=file).status_code for node in every}
    assert {node for node, status in answers.items() if status == 200} == open_to
    assert set(answers.values()) == {200, 404}


def test_whoever_is_not_logged_in_is_asked_to(client, world):
    assert client.get("/muc-tieu/I.1/thay-doi/").status_code == 302


@pytest.mark.parametrize("query", ["so-voi=2023-13", "so-voi=%00", "so-voi=2022-07", "ky=x", "so-lieu=x"])
def test_what_is_not_there(get, query):
    assert get("lam", query).status_code == 404
    assert get("lam", code="I.99").status_code == 404


@pytest.mark.parametrize(("name", "expected"), [("lam", 26), ("an", 28)])
def test_looking_asks_a_fixed_number_of_questions(get, world, name, expected, django_assert_num_queries):
    get(name, "ky=2023-08")
    with django_assert_num_queries(expected):
        get(name, "ky=2023-08")
    more = [factories.agency(f"y{n:02}", parent=world.tree["h1"]) for n in range(12)]
    assignments = world.targets["I.1"].assignments
    assignments.bulk_create(assignments.model(target=world.targets["I.1"], agency=agency) for agency in more)
    for agency in more:
        factories.report(agency, world.august, {world.targets["I.1"]: (1, 2)})
    engine.rebuild(world.plan)
    with django_assert_num_queries(expected):
        get(name, "ky=2023-08")


def test_many_reporters_are_shown_by_district_and_opened_one_by_one(get, world):
    for n in range(40):
        agency = factories.agency(f"y{n:02}", parent=world.tree["h2"])
        world.targets["I.1"].assignments.create(agency=agency)
        factories.report(agency, world.august, {world.targets["I.1"]: (1, 2)})
    engine.rebuild(world.plan)
    page = get("lam", "ky=2023-08")
    assert "H2 41 đơn vị Báo cáo mới" in words(page)
    assert '?ky=2023-08&amp;so-lieu=chinh-thuc&amp;so-voi=2023-07&amp;node=h2"' in page.content.decode()
    assert "Y07, H2 Báo cáo mới: T8" in words(get("lam", "ky=2023-08&so-voi=2023-07&node=h2"))


# The file


def rows(sheet):
    return list(sheet.iter_rows(min_row=int(sheet.freeze_panes[1:]), values_only=True))


def test_the_file_says_what_the_page_says(get, world):
    response = get("lam", "ky=2023-08&so-voi=2023-06", file="tep/")
    assert unquote(response["Content-Disposition"]).endswith("Vì sao thay đổi I.1_tinh_tháng-6-đến-8-2023.xlsx")
    book = openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content)))
    taken = [row[0].value for row in book["Theo nguyên nhân"].iter_rows(max_row=6)]
    assert "Lấy số liệu lúc 09:00 ngày 16/08/2023" in taken
    causes = rows(book["Theo nguyên nhân"])
    assert [row[:4] for row in causes] == [
        ("Báo cáo mới", 3, 115, 260),
        ("Mẫu số chung thay đổi", 1, 0, 0),
        ("Cộng", None, 115, 260),
    ]
    lines = rows(book["Theo đơn vị"])
    assert sum(row[5] for row in lines[:-1]) == pytest.approx(lines[-1][5], abs=1e-9)
    assert lines[-1][5] == pytest.approx(100 * 125 / 300 - 25)
    assert lines[0][:5] == ("X11, H1", "x11", "Báo cáo mới: T7, T8", 80, 200)
    DemoYear.objects.create(
        plan=world.plan, seed=1, loaded_at=factories.AT, clock_at=factories.AT, real_at=factories.AT
    )
    marked = get("an", "ky=2023-08", file="tep/")
    book = openpyxl.load_workbook(BytesIO(b"".join(marked.streaming_content)))
    assert book["Theo đơn vị"]["A1"].value == "SỐ LIỆU MINH HỌA"
    assert "Các đơn vị khác (3 đơn vị)" in {row[0] for row in rows(book["Theo đơn vị"])}


def test_the_target_and_its_explanation_lead_here(as_person, world):
    browser = as_person("lam")
    for page in ("/muc-tieu/I.1/", "/muc-tieu/I.1/giai-thich/"):
        assert 'href="/muc-tieu/I.1/thay-doi/?ky=2023-08' in browser.get(page + "?ky=2023-08").content.decode()
