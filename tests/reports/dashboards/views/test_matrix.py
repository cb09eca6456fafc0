"""The matrix over the small province (tests/reports/conftest.py), official figures of August.

| | I.1 ≥ 80% | I.2 ≥ 50% by 31/8 | II.1 | III.1 ≥ 30% |
|---|---|---|---|---|
| province | 140/300 of the month, 940/1300 of the year | 30/100 | 130 | 40/100 |
| h1 with its communes | 680/900 | – | – | – |
| h2 with its communes | 260/400 | – | – | – |
| s1 | – | 30/100 | 130 | 40/100 |
| x11 | 190/300 | – | – | – |
"""

import csv
import io
import re
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from agencies.roles import Role
from demo.models import DemoYear
from indicators.models import Rollup, Scope, Target
from indicators.rules.status import Status
from reports.dashboards import matrix_html
from reports.dashboards.queries import matrix as queries_matrix
from reports.dashboards.queries.matrix import EMPHASES
from tests import factories
from tests.page import words

pytestmark = pytest.mark.once

ADDRESS = "/ma-tran/"


@pytest.fixture
def matrix(province, selected):
    """`matrix("lam", group="xa")`: the matrix of August for a person."""

    def build(name, **asked):
        return queries_matrix.matrix(selected(), province.people[name], **asked)

    return build


@pytest.fixture
def cells(province, selected):
    """`cells("lam", found)`: its figures by (agency, target) codes."""

    def read(name, found):
        refs = {row.agency.pk: row.agency.code for row in (found.province, *found.rows)}
        codes = {target.pk: target.code for target in found.targets}
        read = queries_matrix.cells_of(selected(), province.people[name], found.targets, [found.province, *found.rows])
        return {(refs[a], codes[t]): cell for a, own in read.items() for t, cell in own.items()}

    return read


def shown(found):
    return [row.agency.code for row in found.rows]


def test_rows_of_a_leader(matrix):
    assert shown(matrix("lam")) == ["h1", "h2", "s1"]
    assert shown(matrix("lam", group="tat-ca")) == ["h1", "h2", "s1", "x11", "x12", "x21", "x22"]
    assert shown(matrix("lam", group="xa")) == ["x11", "x12", "x21", "x22"]
    assert shown(matrix("lam", group="h1")) == ["h1", "x11", "x12"]
    assert shown(matrix("lam", pillar="II")) == ["s1"]
    assert [target.code for target in matrix("lam", pillar="I").targets] == ["I.1", "I.2"]


def test_figures_on_paper(matrix, cells):
    found = cells("lam", matrix("lam", group="tat-ca"))
    assert found["tinh", "I.1"].value == round(Decimal(94000) / 1300, 6)
    assert found["h1", "I.1"].value == round(Decimal(68000) / 900, 6)  # the whole area, not h1's own 300/300
    assert found["x11", "I.1"].value == round(Decimal(19000) / 300, 6)
    assert (found["s1", "I.2"].value, found["s1", "II.1"].value) == (30, 130)
    assert ("x11", "I.2") not in found and ("s1", "I.1") not in found


def test_the_same_as_the_roll_up(matrix, cells, selected):
    found = cells("lam", matrix("lam", group="tat-ca"))
    stored = Rollup.objects.at(selected().period, selected().basis).select_related("agency", "target")
    stored = [row for row in stored if row.scope == Scope.AREA or (row.scope == Scope.OWN and row.agency.code != "h1")]
    assert {key: (cell.value, cell.required, cell.status) for key, cell in found.items()} == {
        (row.agency.code, row.target.code): (row.value, row.required, Status(row.status)) for row in stored
    }


def test_counts_and_orders(matrix, cells):
    found = matrix("lam", group="xa", sort="can-chu-y")
    assert [row.bad for row in found.rows] == sorted((row.bad for row in found.rows), reverse=True)
    best = [row.share for row in matrix("lam", group="xa", sort="tot").rows]
    assert best == sorted(best, reverse=True)
    assert shown(matrix("lam", group="xa", sort="ten")) == ["x11", "x12", "x21", "x22"]
    found = matrix("lam", group="tat-ca")  # h1 is counted once: its area, not its own figure beside it
    every = cells("lam", found)
    for row in (found.province, *found.rows):
        own = [cell for (agency, _), cell in every.items() if agency == row.agency.code and cell.required is not None]
        assert row.judged == len(own)
        assert row.good == sum(cell.status in ("achieved", "on_track") for cell in own)


# Who sees what


def test_a_commune_sees_itself_its_district_and_the_province(matrix, cells):
    found = matrix("an")
    assert shown(found) == ["h1", "x11"] and not found.has_hidden
    assert {agency for agency, _ in cells("an", found)} == {"tinh", "h1", "x11"}
    assert matrix("an") == matrix("binh")
    assert shown(matrix("cuc")) == ["h2", "x21"]
    assert matrix("cuc", group="h1") is None and matrix("cuc", group="so") is None


def test_a_district_sees_its_branch(matrix):
    assert shown(matrix("dung")) == ["h1", "x11", "x12"]


def test_a_lead_agency_sees_its_targets_everywhere(matrix, cells, province):
    boss = factories.person("boss", province.tree["s1"], Role.LEAD)
    province.people["boss"] = boss
    province.targets["I.1"].indicator.parties.create(part="lead", agency=province.tree["s1"])
    found = matrix("boss", group="tat-ca")
    assert shown(found) == ["h1", "h2", "s1", "x11", "x12", "x21", "x22"] and found.has_hidden
    rows, targets = {row.agency.code: row for row in found.rows}, {target.code: target for target in found.targets}
    assert found.is_hidden(rows["x11"], targets["I.2"]) and not found.is_hidden(rows["x11"], targets["I.1"])
    assert not found.is_hidden(rows["s1"], targets["I.1"])
    assert {target for agency, target in cells("boss", found) if agency not in ("tinh", "s1")} == {"I.1"}


@pytest.mark.parametrize(
    ("name", "query", "status"),
    [
        ("lam", "", 200),
        ("lam", "?nhom=xa&o=so&to=xau&xep=can-chu-y&so-lieu=tam-tinh", 200),
        ("lam", "?nhom=h1&tru-cot=I&trang=abc", 200),
        ("khanh", "?nhom=tat-ca&ky=2023-06", 200),
        ("an", "", 200),
        ("an", "?nhom=xa", 200),
        ("cuc", "?nhom=h2", 200),
        ("cuc", "?nhom=h1", 404),
        ("cuc", "?nhom=so", 404),
        ("lam", "?nhom=%00'", 404),
        ("lam", "?tru-cot=IX", 404),
        ("lam", "?xep=mat-khau", 404),
        ("lam", "?ky=2023-13", 404),
    ],
)
def test_addresses(as_person, province, name, query, status):
    reader = as_person(name)
    assert reader.get(ADDRESS + query).status_code == status
    assert reader.get(f"{ADDRESS}tep/xlsx/{query}").status_code == status
    assert reader.get(f"{ADDRESS}tep/csv/{query}").status_code == status


def test_ways_of_showing_that_do_not_exist(as_person):
    for query in ("?to=x", "?o=x"):
        assert as_person("lam").get(ADDRESS + query).status_code == 404
    assert as_person("lam").get(f"{ADDRESS}tep/pdf/").status_code == 404


def test_nobody_without_an_account(client, province):
    assert client.get(ADDRESS).url.startswith("/dang-nhap/")
    assert client.get(f"{ADDRESS}tep/csv/").url.startswith("/dang-nhap/")


# What the page says


def test_every_cell_opens_its_target_at_its_agency(as_person):
    reader = as_person("lam")
    page = reader.get(f"{ADDRESS}?ky=2023-08&nhom=tat-ca").content.decode()
    links = re.findall(r'<a class="cell [^"]*" href="([^"]+)" title="([^"]+)"', page)
    assert len(links) == 4 + 1 + 1 + 3 + 4
    for link, title in links:
        answer = reader.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200
        name, value = title.partition(",")[0], title.partition(": ")[2].partition(",")
        assert value[0] in words(answer).replace(" ", "\u00a0") or value[0] in answer.content.decode(), (name, title)


def test_it_marks_status_by_sign_and_words(as_person):
    page = as_person("lam").get(f"{ADDRESS}?ky=2023-08").content.decode()
    assert 'title="S1, I.2: 30,00%, cần chú ý"' in page
    assert 'status-behind" href="/muc-tieu/I.2/?ky=2023-08&amp;so-lieu=chinh-thuc&amp;node=s1"' in page
    assert 'title="không được giao"' in page
    calm = as_person("lam").get(f"{ADDRESS}?ky=2023-08&to=trong").content.decode()
    assert "status-behind calm" in calm and "status-behind calm" not in page
    assert "<b>30,00</b>" in as_person("lam").get(f"{ADDRESS}?ky=2023-08&o=so").content.decode()


def test_what_came_in_as_text_stays_text(as_person, province):
    evil = "<script>\"'&"
    province.tree["h1"].short_name = evil
    province.tree["h1"].save()
    Target.objects.filter(code="I.1").update(unit="<b>", label=evil)
    page = as_person("lam").get(f"{ADDRESS}?ky=2023-08&o=so&nhom=tat-ca").content.decode()
    assert '<script>"' not in page and "&lt;script&gt;" in page and "\u00a0<b>" not in page
    assert as_person("lam").get(f"{ADDRESS}tep/xlsx/").status_code == 200


def test_the_markup_of_no_rows_is_empty(matrix):
    found = matrix("lam")
    made = matrix_html.body(found, [], {}, query="", emphasis=EMPHASES[""][1])
    assert made == ""


def test_queries_do_not_grow(as_person, province, django_assert_num_queries):
    reader = as_person("lam")
    with django_assert_num_queries(16):
        reader.get(f"{ADDRESS}?nhom=tat-ca&ky=2023-08")
    more = [factories.agency(f"y{number}", parent=province.tree["h1"]) for number in range(70)]
    target = factories.target(province.plan, "I.3", more)
    for agency in more:
        factories.report(agency, province.periods[7], {target: (1, 2)})
    from tests.reports.conftest import roll_up

    roll_up(province.plan)
    with django_assert_num_queries(13):
        page = reader.get(f"{ADDRESS}?nhom=tat-ca&ky=2023-07")
    assert "1 – 60 trên 77" in words(page)
    assert "61 – 77 trên 77" in words(reader.get(f"{ADDRESS}?nhom=tat-ca&ky=2023-07&trang=2"))


# The files


def content(response):
    return b"".join(response.streaming_content)


def test_the_workbook_has_what_the_reader_sees(as_person):
    book = load_workbook(BytesIO(content(as_person("lam").get(f"{ADDRESS}tep/xlsx/?ky=2023-08&nhom=tat-ca"))))
    assert book.sheetnames == [
        "Giá trị", "Trạng thái", "Quan sát", "Từng ô", "Chỉ tiêu", "Trạng thái quan sát",
    ]  # fmt: skip
    rows = {row[1]: row for row in book["Giá trị"].iter_rows(values_only=True) if row[1]}
    assert rows["s1"][4:] == ("·", 30, 130, 40) and rows["Mã"][4:] == ("I.1", "I.2", "II.1", "III.1")
    assert {"tinh", "h1", "h2", "x22"} <= set(rows)
    cells = {(row[0], row[2]): row for row in book["Từng ô"].iter_rows(values_only=True)}
    assert cells["s1", "I.2"][13:] == (30, 100, None, "A") and cells["Mã đơn vị", "Mã chỉ tiêu"][12:] == (
        "Ghi chú",
        "Tử số",
        "Mẫu số",
        "Mang sang theo mẫu số (%)",
        "Trạng thái quan sát",
    )
    # III.1 is quarterly: its figure of June is as new as it should be.
    seen = {row[1]: row for row in book["Quan sát"].iter_rows(values_only=True) if row[1]}
    assert seen["s1"][4:] == ("·", "A", "A", "A") and seen["x22"][4] == "A"
    own = load_workbook(BytesIO(content(as_person("an").get(f"{ADDRESS}tep/xlsx/?ky=2023-08"))))
    said = {str(cell) for sheet in own for row in sheet.iter_rows(values_only=True) for cell in row}
    assert "x11" in said and not said & {"x12", "x21", "s1", "h2"}


def test_the_table_of_cells(as_person):
    text = content(as_person("lam").get(f"{ADDRESS}tep/csv/?ky=2023-08&nhom=so")).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["Mã đơn vị"], row["Mã chỉ tiêu"], row["Giá trị"]) for row in rows if row["Mã đơn vị"] == "s1"] == [
        ("s1", "I.2", "30"),
        ("s1", "II.1", "130"),
        ("s1", "III.1", "40"),
    ]
    assert {(row["Kỳ"], row["Số liệu"]) for row in rows} == {("2023-08", "Chính thức")}
    assert "Lưu ý" not in rows[0]
    by_target = {row["Mã chỉ tiêu"]: row for row in rows if row["Mã đơn vị"] == "s1"}
    assert (by_target["I.2"]["Tử số"], by_target["I.2"]["Mẫu số"]) == ("30", "100")
    assert (by_target["II.1"]["Tử số"], by_target["II.1"]["Mẫu số"]) == ("", "")
    assert text.splitlines()[0].endswith(
        ",Ghi chú,Kỳ,Số liệu,Tổng hợp lúc,Tử số,Mẫu số,Mang sang theo mẫu số (%),Trạng thái quan sát"
    )


def test_files_mark_illustrative_figures_and_run_no_formula(as_person, province):
    province.tree["s1"].short_name = "=HYPERLINK(1)"
    province.tree["s1"].save()
    at = factories.AT
    DemoYear.objects.create(plan=province.plan, seed=1, loaded_at=at, clock_at=at, real_at=at)
    book = load_workbook(BytesIO(content(as_person("lam").get(f"{ADDRESS}tep/xlsx/"))))
    assert all(sheet["A1"].value == "SỐ LIỆU MINH HỌA" for sheet in book)
    text = content(as_person("lam").get(f"{ADDRESS}tep/csv/?nhom=so")).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["Lưu ý"] for row in rows} == {"SỐ LIỆU MINH HỌA"}
    assert {row["Đơn vị"] for row in rows} == {"Toàn tỉnh", "'=HYPERLINK(1)"}
