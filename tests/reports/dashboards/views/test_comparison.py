"""The comparison over the small province (tests/reports/conftest.py), official figures as of July.

I.1 is a flow: h1 with its communes 540/600 = 90%, h2 260/400 = 65%; x11 180/200, x12 160/200.
"""

import csv
import io
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from agencies.roles import Role
from core.charts import microcharts
from demo.models import DemoYear
from indicators.models import Target
from reports.dashboards.queries import comparison
from reports.dashboards.queries.comparison import step_of
from tests import factories
from tests.page import words
from tests.reports.conftest import roll_up

pytestmark = pytest.mark.once

ADDRESS = "/so-sanh/"


@pytest.fixture
def compare(province, selected):
    """`compare("lam", agencies=["x11"])`: the comparison of July for a person."""

    def build(name, **asked):
        return comparison.comparison(selected(7), province.people[name], **asked)

    return build


def values(found):
    return [(row.agency.code, row.line.value) for row in found.rows]


def test_the_districts_by_default(compare):
    found = compare("lam")
    assert found.target.code == "I.1" and found.chosen == ()
    assert values(found) == [("h1", 90), ("h2", 65)]
    assert (found.low, found.high, found.worst, found.best) == (65, 90, 65, 90)
    assert found.province.value == 80  # 800/1000
    tiles = {tile.agency.code: (tile.step, tile.line.value) for tile in found.tiles if tile.agency is not None}
    assert tiles == {"h1": (5, 90), "h2": (1, 65)}
    assert found.tiles[2].agency.code == "h1"  # by its statistics code, 290


def test_chosen_agencies_in_both_tables(compare):
    found = compare("lam", agencies=["h1", "x12", "s1"])
    assert values(found) == [("h1", 90), ("x12", 80)]  # s1 does not report I.1
    assert [row.target.code for row in found.table] == ["I.1", "I.2", "II.1", "III.1"]
    first = found.table[0]
    assert [None if cell is None else cell.value for cell in first.cells] == [90, 80, None]
    assert {cell.agency_id for cell in first.cells if cell and cell.agency_id in first.best} == {
        found.chosen[0].pk  # ahead, and more is better
    }
    assert found.table[2].best == frozenset()  # no threshold, no better


def test_at_most_turns_the_order_round(compare, province):
    Target.objects.filter(code="I.1").update(comparator="lte")
    roll_up(province.plan)
    found = compare("lam")
    assert values(found) == [("h2", 65), ("h1", 90)] and (found.worst, found.best) == (90, 65)
    assert {tile.agency.code: tile.step for tile in found.tiles if tile.agency} == {"h1": 1, "h2": 5}


@pytest.mark.parametrize(
    ("value", "falling", "step"),
    [(0, False, 1), (19, False, 1), (20, False, 2), (99, False, 5), (100, False, 5), (0, True, 5), (100, True, 1)],
)
def test_steps_of_the_map(value, falling, step):
    assert step_of(Decimal(value), Decimal(0), Decimal(100), falling) == step
    assert step_of(Decimal(7), Decimal(7), Decimal(7), falling) == 3


def test_orders(compare):
    assert [row.agency.code for row in compare("lam", agencies=["x12", "x11"], sort="ten").rows] == ["x11", "x12"]
    assert compare("lam", sort="thay-doi") is not None and compare("lam", sort="x") is None


def test_adding_by_name_or_code(compare):
    assert [a.code for a in compare("lam", agencies=["h1"], added="x11, h. mot").chosen] == ["h1", "x11"]
    assert [a.code for a in compare("lam", agencies=["h1"], added="X22").chosen] == ["h1", "x22"]
    assert [a.code for a in compare("lam", agencies=["h1"], added="h1").chosen] == ["h1"]
    found = compare("lam", agencies=["h1"], added="Không có")
    assert found.typed == "Không có" and len(found.chosen) == 1 and found.offered == ()


def test_words_are_understood_as_the_search_understands_them(compare, province):
    for code in ("x11", "x21"):
        province.tree[code].short_name, province.tree[code].name = "X. Hồng Phong", "UBND xã Hồng Phong"
        province.tree[code].save()
    assert [a.code for a in compare("lam", added="hong phong mot").chosen] == ["x11"]
    assert [a.code for a in compare("lam", added="x. hồng phong, h. một").chosen] == ["x11"]
    found = compare("lam", agencies=["h1"], added=" Hồng Phong ")
    assert [a.code for a in found.offered] == ["x11", "x21"] and [a.code for a in found.chosen] == ["h1"]
    assert found.typed == "Hồng Phong" and found.shown_offers[1] == (found.offered[1], "h1,x21")
    assert [a.code for a in compare("lam", agencies=["x11"], added="hong phong").offered] == ["x21"]
    assert compare("an", added="hong phong").chosen[0].code == "x11"  # he may choose that one alone


def test_what_was_typed_stays_and_is_answered(as_person, province):
    reader = as_person("lam")
    page = reader.get(f"{ADDRESS}?ky=2023-07&co-quan=h1&them=x1")
    assert (
        'data-l="H. Một"' in reader.get(f"{ADDRESS}?ky=2023-07&co-quan=h1,x12").content.decode()
    )  # a phone has no heads
    assert "2 đơn vị khớp với “x1”. Chọn đơn vị cần thêm" in words(page)
    html = page.content.decode()
    assert 'value="x1"' in html and "co-quan=h1%2Cx12&amp;xep=tot" in html
    unknown = reader.get(f"{ADDRESS}?ky=2023-07&them=zzz")
    assert "Không thêm được “zzz”" in words(unknown) and 'value="zzz"' in unknown.content.decode()


# Who sees what


def test_a_commune_compares_itself_with_its_district(compare):
    found = compare("an")
    assert values(found) == [("h1", 90)] and [a.code for a in found.choices] == ["h1", "x11"]
    hidden = next(tile for tile in found.tiles if tile.agency is not None and tile.agency.code == "h2")
    assert hidden.line is None and hidden.step == 0
    assert compare("an").rows == compare("binh").rows
    assert compare("cuc", agencies=["h1"]) is None and compare("cuc", agencies=["x11"]) is None
    assert compare("cuc", added="x11").typed == "x11"


def test_a_lead_agency_compares_everyone_in_its_target(compare, province):
    province.people["boss"] = factories.person("boss", province.tree["s1"], Role.LEAD)
    province.targets["I.1"].indicator.parties.create(part="lead", agency=province.tree["s1"])
    assert values(compare("boss", target="I.1")) == [("h1", 90), ("h2", 65)]
    assert {row.target.code for row in compare("boss", agencies=["h1", "x22"]).table} == {"I.1"}


@pytest.mark.parametrize(
    ("name", "query", "status"),
    [
        ("lam", "", 200),
        ("lam", "?muc-tieu=II.1", 200),
        ("lam", "?co-quan=h1,h2,x11,x12,s1&so-lieu=tam-tinh", 200),
        ("lam", "?co-quan=h1,h2,x11,x12,s1,x21", 404),
        ("lam", "?co-quan=h1&co-quan=h2&them=x11", 200),
        ("lam", "?co-quan=khong-co", 404),
        ("lam", "?co-quan=%00'", 404),
        ("lam", "?muc-tieu=IX.1", 404),
        ("lam", "?ky=2023-13", 404),
        ("an", "?co-quan=x11", 200),
        ("cuc", "?co-quan=x11", 404),
    ],
)
def test_addresses(as_person, province, name, query, status):
    reader = as_person(name)
    assert reader.get(ADDRESS + query).status_code == status
    assert reader.get(f"{ADDRESS}tep/xlsx/{query}").status_code == status
    assert reader.get(f"{ADDRESS}tep/csv/{query}").status_code == status


def test_nobody_without_an_account(client, province):
    assert client.get(ADDRESS).url.startswith("/dang-nhap/")


def test_the_page_says_it(as_person):
    page = words(as_person("lam").get(f"{ADDRESS}?ky=2023-07"))
    assert "H. Một 90,00%" in page and "kém nhất 65,00%" in page and "cùng một thang từ 65,00% đến 90,00%" in page
    chosen = words(as_person("lam").get(f"{ADDRESS}?ky=2023-07&co-quan=h1,x12"))
    assert "So sánh các đơn vị" in chosen and "1 chỉ tiêu thành phần của các đơn vị đã chọn" in chosen
    none = words(as_person("an").get(f"{ADDRESS}?ky=2023-07&muc-tieu=II.1"))
    assert "Không có đơn vị nào để so sánh" in none
    odd = as_person("lam").get(f"{ADDRESS}?ky=2023-07&them=<b>").content.decode()
    assert "Không thêm được “&lt;b&gt;”" in odd


def test_queries_do_not_grow(as_person, province, django_assert_num_queries):
    reader = as_person("lam")
    reader.get(ADDRESS)
    for query, count in (("?ky=2023-07", 14), ("?ky=2023-07&muc-tieu=I.1&co-quan=h1,x11", 14)):
        with django_assert_num_queries(count):
            reader.get(ADDRESS + query)
    for number in range(30):
        more = factories.agency(f"h{number + 3}", "district", province.tree["tinh"])
        factories.Assignment.objects.create(target=province.targets["I.1"], agency=more)
        factories.report(more, province.periods[7], {province.targets["I.1"]: (number, 30)})
    roll_up(province.plan)
    for query, count in (("?ky=2023-07", 14), ("?ky=2023-07&muc-tieu=I.1&co-quan=h1,x11,h3,h4,h5", 14)):
        with django_assert_num_queries(count):
            assert reader.get(ADDRESS + query).status_code == 200


def test_a_small_chart_has_gaps():
    drawn = microcharts.small_multiple(
        [Decimal(0), None, Decimal(50), Decimal(100)], 0, 100, Decimal(50), "mark-behind", "nhãn"
    )
    assert 'd="M6 66M47.45 36L68.18 6"' in drawn and 'y1="36" y2="36"' in drawn
    assert 'class="last" cx="68.18" cy="6"' in drawn
    flat = microcharts.small_multiple([Decimal(5)], 5, 5, None, "mark-behind", "nhãn")
    assert 'cy="36"' in flat and "th" not in flat.replace("path", "")


# The files


def content(response):
    return b"".join(response.streaming_content)


def test_the_files_have_the_rows_of_the_page(as_person):
    reader = as_person("lam")
    book = load_workbook(BytesIO(content(reader.get(f"{ADDRESS}tep/xlsx/?ky=2023-07&co-quan=h1,x12"))))
    assert book.sheetnames == ["Một chỉ tiêu", "Mọi chỉ tiêu", "Mọi chỉ tiêu, quan sát", "Trạng thái quan sát"]
    rows = {row[1]: row for row in book["Một chỉ tiêu"].iter_rows(values_only=True)}
    assert rows["h1"][2] == 90 and rows["x12"][2] == 80 and "h2" not in rows
    text = content(reader.get(f"{ADDRESS}tep/csv/?ky=2023-07")).decode("utf-8-sig")
    assert [(row["Mã"], row["Giá trị"], row["T6"]) for row in csv.DictReader(io.StringIO(text))] == [
        ("h1", "90", "90"),
        ("h2", "65", "65"),
    ]
    first = next(csv.DictReader(io.StringIO(text)))
    added = ("Ngưỡng", "So sánh", "Đã nộp", "Đã duyệt", "Tử số", "Mẫu số", "Tháng mang sang")
    added += ("Mang sang theo mẫu số (%)", "Trạng thái quan sát", "Dự báo thấp", "Dự báo cao", "Ghi chú")
    assert [first[name] for name in added] == ["80", "tối thiểu", "3", "3", "540", "600", "", "", "A", "", "", ""]
    assert text.splitlines()[0].endswith(",T7,Chỉ tiêu,Đơn vị tính,Kỳ,Số liệu,Tổng hợp lúc," + ",".join(added))
    assert rows["h1"][-12:] == (80, "tối thiểu", 3, 3, 540, 600, None, None, "A", None, None, None)
    own = content(as_person("an").get(f"{ADDRESS}tep/csv/?ky=2023-07")).decode("utf-8-sig")
    assert [row["Mã"] for row in csv.DictReader(io.StringIO(own))] == ["h1"]


def test_the_files_mark_illustrative_figures(as_person, province):
    at = factories.AT
    DemoYear.objects.create(plan=province.plan, seed=1, loaded_at=at, clock_at=at, real_at=at)
    book = load_workbook(BytesIO(content(as_person("lam").get(f"{ADDRESS}tep/xlsx/?ky=2023-07&co-quan=h1"))))
    assert all(sheet["A1"].value == "SỐ LIỆU MINH HỌA" for sheet in book)
    text = content(as_person("lam").get(f"{ADDRESS}tep/csv/?ky=2023-07")).decode("utf-8-sig")
    assert {row["Lưu ý"] for row in csv.DictReader(io.StringIO(text))} == {"SỐ LIỆU MINH HỌA"}


def test_a_carried_month_is_marked_in_files_and_charts(as_person, province):
    """II.1 of s1 has figures of July and August; of I.1, h2's communes sent nothing official in August: 260 of 400 stays."""
    text = content(as_person("lam").get(f"{ADDRESS}tep/csv/?ky=2023-08&muc-tieu=I.1")).decode("utf-8-sig")
    marked = {line["Mã"]: line["Tháng mang sang"] for line in csv.DictReader(io.StringIO(text))}
    assert marked == {"h1": "", "h2": "T8"}
    book = load_workbook(BytesIO(content(as_person("lam").get(f"{ADDRESS}tep/xlsx/?ky=2023-08&muc-tieu=I.1"))))
    assert {row[1]: row[-6] for row in book["Một chỉ tiêu"].iter_rows(values_only=True)}["h2"] == "T8"
    page = as_person("lam").get(f"{ADDRESS}?ky=2023-08&muc-tieu=I.1").content.decode()
    assert "T7 65,00%, T8 65,00% (mang sang)" in page
    page = as_person("lam").get("/muc-tieu/I.1/?ky=2023-08").content.decode()
    assert "T8 65,00% (mang sang)" in page
