"""Zero, silence, *không phát sinh*, an exemption and a returned figure are five things on every page and sheet.

I.5 is a stock; in August x11 states that nothing arose, x12 reports 0 of 10, x21's report was sent back, x22 is exempt and
h1 has said nothing.
"""

import csv
import re
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook

from indicators.models import Actual, Assignment, Exemption, Kind, ReturnedFigure, State, Submission, Timing
from indicators.rollups import absences
from reports.documents.request import differences
from tests import factories
from tests.page import words
from tests.reports.conftest import roll_up

pytestmark = pytest.mark.once

SAID = {
    "x11": "Không phát sinh",
    "x12": "Cần chú ý",
    "x21": "Bị trả lại",
    "x22": "Được miễn",
    "h1": "Chưa có số liệu",
}


@pytest.fixture
def five(province):
    reporters = [province.tree[code] for code in SAID]
    target = factories.target(province.plan, "I.5", reporters, timing=Timing.STOCK, label="Năm cách", baseline=0)
    province.targets["I.5"] = target
    for code, denominator in (("x11", 0), ("x12", 10)):
        Actual.objects.create(
            submission=Submission.objects.get(agency__code=code, period=province.periods[8]),
            target=target,
            numerator=0,
            denominator=denominator,
            nothing_arose=not denominator,
            entered_at=factories.AT,
        )
    Submission.objects.filter(agency__code="x21", period=province.periods[8]).update(
        state=State.RETURNED, return_reason="Xem lại.", is_provisional=False
    )
    Exemption.objects.create(
        assignment=Assignment.objects.get(target=target, agency__code="x22"),
        first_day=factories.AT.date().replace(month=7),
        reason="Sáp nhập",
    )
    roll_up(province.plan)
    return province


def rows_of(response, column):
    """{first words of a row: the words of a cell} of the page's tables."""
    cells = re.findall(r"<tr[^>]*>(.*?)</tr>", response.content.decode(), re.S)
    found = {}
    for row in cells:
        parts = [" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)]
        if len(parts) > column:
            found[parts[0].split(" ")[0].rstrip(",")] = parts[column]
    return found


def test_who_is_exempt_and_what_was_sent_back(five):
    found = absences.read(five.periods[8])
    x21, x22, target = five.tree["x21"].pk, five.tree["x22"].pk, five.targets["I.5"].pk
    assert found.exempt == {(x22, target): "Sáp nhập"}
    assert found.returned == {(x21, target), (x21, five.targets["I.1"].pk)}
    assert absences.read(five.periods[8], targets=[target]).returned == {(x21, target)}
    assert absences.read(five.periods[6]) == absences.Absences({}, frozenset())
    # Of a report of which one figure was sent back only that one is.
    report = Submission.objects.get(agency=five.tree["x21"], period=five.periods[8])
    ReturnedFigure.objects.create(
        submission=report, target_id=target, code="other", explanation="Sai.", at=factories.AT, by=five.people["dung"]
    )
    assert absences.read(five.periods[8]).returned == {(x21, target)}


def test_the_table_of_nodes(as_person, five):
    pages = [as_person("khanh").get(f"/muc-tieu/I.5/?ky=2023-08&node={node}") for node in ("h1", "h2")]
    status = {name: said for page in pages for name, said in rows_of(page, 4).items()}
    assert {
        code: status[code.upper()].split(" chưa đủ")[0].split(" thấp hơn")[0] for code in ("x11", "x12", "x21", "x22")
    } == {code: SAID[code] for code in ("x11", "x12", "x21", "x22")}
    value = rows_of(pages[0], 1)
    assert value["X11"] == "không phát sinh" and value["X12"].replace("\xa0", " ") == "0,00%"
    assert "Không phát sinh: các đơn vị" in words(as_person("khanh").get("/muc-tieu/I.5/?ky=2023-08&node=x11"))
    assert "Số đã nộp bị trả lại" in words(as_person("khanh").get("/muc-tieu/I.5/?ky=2023-08&node=x21"))


@pytest.mark.parametrize("code", SAID)
def test_the_page_of_an_agency(as_person, five, code):
    page = as_person("khanh").get(f"/co-quan/{code}/?ky=2023-08")
    (row,) = re.findall(r'<td class="code hide-small">I\.5</td>.*?</tr>', page.content.decode(), re.S)
    # Of a district its whole area speaks, and its own figure stands beside it.
    own = {"h1": "0,00% không đổi"}.get(code, SAID[code])
    said = " ".join(re.sub("<[^>]*>", " ", row).replace("\xa0", " ").split())
    assert own.split(" không đổi")[0] in said, said
    file = as_person("khanh").get(f"/co-quan/{code}/tep/csv/?ky=2023-08").getvalue().decode("utf-8-sig")
    (line,) = [line for line in csv.DictReader(StringIO(file)) if line["Mã"] == "I.5"]
    if code != "h1":
        assert line["Trạng thái"] == SAID[code]


def test_the_matrix_and_its_files(as_person, five):
    page = as_person("khanh").get("/ma-tran/?ky=2023-08&nhom=xa").content.decode()
    titles = dict(re.findall(r'title="(X\d\d), [^:"]*, I\.5: ([^"]*)"', page))
    assert titles["X11"] == "không phát sinh" and titles["X12"].startswith("0,00")
    assert titles["X21"] == "bị trả lại" and titles["X22"] == "được miễn báo cáo"
    assert "không được giao" in page  # what nobody is asked for is another thing
    file = as_person("khanh").get("/ma-tran/tep/csv/?ky=2023-08&nhom=xa").getvalue().decode("utf-8-sig")
    lines = {x["Mã đơn vị"]: x["Trạng thái"] for x in csv.DictReader(StringIO(file)) if x["Mã chỉ tiêu"] == "I.5"}
    assert {code: lines[code] for code in ("x11", "x12", "x21", "x22")} == {
        code: SAID[code] for code in ("x11", "x12", "x21", "x22")
    }
    book = load_workbook(BytesIO(as_person("khanh").get("/ma-tran/tep/xlsx/?ky=2023-08&nhom=xa").getvalue()))
    table = [[cell.value for cell in row] for row in book["Giá trị"]]
    (head,) = [row for row in table if "I.5" in row]
    place = head.index("I.5")
    values = {row[1]: row[place] for row in table if row[1] in SAID}
    assert values == {"x11": "không phát sinh", "x12": 0, "x21": "bị trả lại", "x22": "được miễn"}


def test_the_comparison(as_person, five):
    page = as_person("khanh").get("/so-sanh/?ky=2023-08&muc-tieu=I.5&co-quan=x11,x12,x21,x22")
    status = rows_of(page, 5)
    assert {
        code: status[code.upper()].split(" chưa đủ")[0].split(" thấp hơn")[0] for code in ("x11", "x12", "x21", "x22")
    } == {code: SAID[code] for code in ("x11", "x12", "x21", "x22")}
    said = words(page)
    assert "không phát sinh" in said and "bị trả lại" in said and "được miễn" in said


def test_an_exemption_is_told_only_to_those_who_may_see_the_agency(as_person, five):
    assert "Được miễn" not in words(as_person("an").get("/muc-tieu/I.5/?ky=2023-08"))
    assert "X22" not in words(as_person("an").get("/ma-tran/?ky=2023-08&nhom=tat-ca"))
    assert "Được miễn" in words(as_person("khanh").get("/muc-tieu/I.5/?ky=2023-08&node=h2"))


def test_the_file_of_the_comparison(as_person, five):
    address = "/so-sanh/tep/xlsx/?ky=2023-08&muc-tieu=I.5&co-quan=x11,x12,x21,x22,s1"
    sheet = load_workbook(BytesIO(as_person("khanh").get(address).getvalue()))["Mọi chỉ tiêu"]
    (row,) = [row for row in sheet.iter_rows(values_only=True) if row[0] == "I.5"]
    assert row[3:8] == ("không phát sinh", 0, "bị trả lại", "được miễn", "·")


def test_what_an_agencys_page_and_report_count(as_person, five):
    """x11 has I.1, which is late, and I.5 of which nothing arose: that is no missing figure."""
    page = words(as_person("khanh").get("/co-quan/x11/?ky=2023-08"))
    assert "1 không phát sinh" in page and "1 chưa có số liệu" not in page
    report = words(as_person("khanh").get("/bao-cao/tien-do/?ky=2023-08&ve=don-vi:x11"))
    assert "1 chỉ tiêu không phát sinh" in report and "1 chỉ tiêu chưa có số liệu" not in report
    # The communes of a district, in the district's report and on its page.
    report = words(as_person("khanh").get("/bao-cao/tien-do/?ky=2023-08&ve=huyen:h1"))
    assert "Chưa có số liệu, không phát sinh" in report
    assert "1 không phát sinh" in as_person("khanh").get("/co-quan/h1/?ky=2023-08").content.decode()


def test_where_a_figure_comes_from_and_why_it_changed(as_person, five):
    page = as_person("khanh").get("/muc-tieu/I.5/giai-thich/?ky=2023-08&node=h1")
    assert rows_of(page, 3)["X11,"[:3]] == "không phát sinh"
    said = words(as_person("khanh").get("/muc-tieu/I.5/thay-doi/?ky=2023-08&so-voi=2023-07&node=x11"))
    assert "Tháng 7 chưa có số liệu, tháng 8 không phát sinh nên không so sánh được." in said


def test_a_corrected_report_tells_them_apart(five):
    """A figure that was missing and is *không phát sinh* now is told as an adjusted figure, in these words."""
    line = {"value": None, "numerator": None, "required": "80", "status": "no_data", "expected": 1, "reported": 0}
    line["definition"] = {"label": "Năm cách", "unit": "%", "kind": "ratio"}
    now = line | {"numerator": "0", "denominator": "0", "reported": 1}
    (found,) = differences({"lines": {"I.5": line}}, {"lines": {"I.5": now}})
    assert (found.word_before, found.word_after) == ("Chưa có số liệu", "Không phát sinh")


def test_a_count_of_which_nothing_arose_is_no_bare_zero(as_person, province):
    """s1 counts in July and August: of II.9 nothing arose in both, of II.8 there were 0 in August."""
    tree, on = province.tree, province.periods
    made = {
        code: factories.target(
            province.plan, code, [tree["s1"]], kind=Kind.COUNT, timing=Timing.FLOW, unit="vụ", threshold=None
        )
        for code in ("II.8", "II.9")
    }
    for month in (7, 8):
        report = Submission.objects.get(agency=tree["s1"], period=on[month])
        for code, target in made.items():
            Actual.objects.create(
                submission=report,
                target=target,
                value=0,
                nothing_arose=code == "II.9" or month == 7,
                entered_at=factories.AT,
            )
    roll_up(province.plan)
    reader = as_person("khanh")
    shown = rows_of(reader.get("/co-quan/s1/?ky=2023-08"), 2)
    assert shown["II.9"] == "không phát sinh" and shown["II.8"] == "0"
    matrix = reader.get("/ma-tran/?ky=2023-08&nhom=tat-ca").content.decode()
    titles = dict(re.findall(r'title="S1, (II\.[89]): ([^,"]*)', matrix))
    assert titles["II.9"] == "không phát sinh" and titles["II.8"].startswith("0")
    for code, said in (("II.9", "không phát sinh"), ("II.8", "0")):
        assert rows_of(reader.get(f"/so-sanh/?ky=2023-08&muc-tieu={code}&co-quan=s1"), 1)["S1"] == said
        assert rows_of(reader.get(f"/muc-tieu/{code}/?ky=2023-08"), 1)["S1"] == said
