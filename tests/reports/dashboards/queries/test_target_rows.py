"""Lists of targets: their orders and their files, over the small province (tests/reports/conftest.py)."""

import csv
import io
from io import BytesIO

import pytest
from openpyxl import load_workbook

from demo.models import DemoYear
from indicators.models import Actual, Submission, Target, Timing
from reports.dashboards.queries import overview as queries_overview
from reports.dashboards.queries.target_rows import SORTS, ordered
from tests import factories
from tests.page import words
from tests.reports.conftest import roll_up

pytestmark = pytest.mark.once


@pytest.fixture
def lines(province, selected):
    """The province's targets in August by code."""
    found = queries_overview.overview(selected(), province.people["lam"])
    return {line.target.code: line for line in found.lines}


def codes(lines, sort):
    return [line.target.code for line in ordered(lines.values(), sort)]


def test_orders(lines):
    assert codes(lines, "ke-hoach") == ["I.1", "I.2", "II.1", "III.1"]
    # I.2 is due on 31 August, the others on 31 December.
    assert codes(lines, "han") == ["I.2", "I.1", "II.1", "III.1"]
    # I.2 stands at 30 of 50 (40% short), I.1 at 72.3 of 80 (9.6%), III.1 is beyond; II.1 has no threshold.
    assert codes(lines, "con-thieu") == ["I.2", "I.1", "III.1", "II.1"]
    assert codes(lines, "can-chu-y")[0] == "I.2" and codes(lines, "can-chu-y")[-1] == "II.1"
    assert {sort: sorted(codes(lines, sort)) for sort in SORTS} == dict.fromkeys(SORTS, sorted(lines))


def test_what_is_lacking(lines, province, selected):
    assert lines["I.2"].lack == 40 and lines["II.1"].lack is None and lines["III.1"].lack < 0
    assert lines["I.2"].progress == 10
    Target.objects.filter(code="I.2").update(comparator="lte")
    roll_up(province.plan)
    found = queries_overview.overview(selected(), province.people["lam"])
    line = next(line for line in found.lines if line.target.code == "I.2")
    assert line.lack == -40 and line.progress == -10  # 30 of at most 50; ten more is ten worse


def test_the_overview_in_an_order_has_one_list(as_person):
    reader = as_person("lam")
    plain = reader.get("/tong-quan/?ky=2023-08").content.decode()
    turned = reader.get("/tong-quan/?ky=2023-08&sap-xep=han").content.decode()
    assert 'id="tru-cot-I"' in plain and 'id="tru-cot-I"' not in turned
    assert '<option value="han" selected>' in turned
    table = turned[turned.index("<table") :]
    assert table.index("/muc-tieu/I.2/") < table.index("/muc-tieu/I.1/")
    assert "sap-xep=han" in turned[turned.index("/tong-quan/tep/xlsx/") :][:120]


@pytest.mark.parametrize(
    ("name", "path", "status"),
    [
        ("lam", "/tong-quan/?sap-xep=x", 404),
        ("an", "/tong-quan/?sap-xep=can-chu-y", 200),
        ("an", "/tong-quan/tep/xlsx/", 200),
        ("lam", "/tong-quan/tep/pdf/", 404),
        ("lam", "/tong-quan/tep/csv/?sap-xep=x", 404),
        ("lam", "/co-quan/s1/?sap-xep=ten", 200),
        ("lam", "/co-quan/s1/?sap-xep=x", 404),
        ("an", "/co-quan/x11/tep/csv/", 200),
        ("binh", "/co-quan/x11/tep/xlsx/", 200),
        ("cuc", "/co-quan/x11/tep/csv/", 404),
        ("cuc", "/co-quan/h1/tep/xlsx/", 404),
        ("lam", "/co-quan/s1/tep/pdf/", 404),
    ],
)
def test_addresses(as_person, province, name, path, status):
    assert as_person(name).get(path).status_code == status


def content(response):
    return b"".join(response.streaming_content)


def test_the_files_say_what_the_page_says(as_person):
    reader = as_person("lam")
    text = content(reader.get("/tong-quan/tep/csv/?ky=2023-08&sap-xep=han")).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["Mã"] for row in rows] == ["I.2", "I.1", "II.1", "III.1"]
    first = rows[0]
    assert (first["Giá trị"], first["So kỳ trước"], first["Ngưỡng"], first["So sánh"]) == (
        "30",
        "10",
        "50",
        "tối thiểu",
    )
    assert (first["Hạn"], first["Trạng thái"], first["Kỳ"]) == ("2023-08-31", "Cần chú ý", "2023-08")
    book = load_workbook(BytesIO(content(reader.get("/co-quan/s1/tep/xlsx/?ky=2023-08&sap-xep=ke-hoach"))))
    made = {row[0]: row for row in book.active.iter_rows(values_only=True)}
    assert made["I.2"][4] == 30 and made["II.1"][4] == 130 and "I.1" not in made
    assert made["II.1"][7] is None  # no threshold
    district = load_workbook(BytesIO(content(reader.get("/co-quan/h1/tep/xlsx/?ky=2023-07"))))
    made = {row[0]: row for row in district.active.iter_rows(values_only=True)}
    assert made["I.1"][4] == 90 and "1 chỉ tiêu: H. Một, cả địa bàn" in made


def test_a_value_can_be_checked_by_what_it_is_made_of(as_person):
    """I.1 as of July: 800 of 1000; h1 with its communes 540 of 600 (figures of six decimals are 79,230092 of something)."""
    reader = as_person("lam")
    text = content(reader.get("/tong-quan/tep/csv/?ky=2023-07")).decode("utf-8-sig")
    rows = {row["Mã"]: row for row in csv.DictReader(io.StringIO(text))}
    assert (rows["I.1"]["Tử số"], rows["I.1"]["Mẫu số"], rows["I.1"]["Giá trị"]) == ("800", "1000", "80")
    assert (rows["II.1"]["Tử số"], rows["II.1"]["Mẫu số"]) == ("", "")  # a number is made of nothing
    late = ",Tử số,Mẫu số,Mang sang theo mẫu số (%),Trạng thái quan sát,Số kỳ đạt,Số kỳ có số"
    assert text.splitlines()[0].endswith(f",Ghi chú,Của,Kỳ,Số liệu,Tổng hợp lúc{late}")  # nothing else has moved
    assert (rows["I.1"]["Trạng thái quan sát"], rows["III.1"]["Trạng thái quan sát"]) == ("A", "A")
    provisional = content(reader.get("/tong-quan/tep/csv/?ky=2023-08&so-lieu=tam-tinh")).decode("utf-8-sig")
    assert {row["Trạng thái quan sát"] for row in csv.DictReader(io.StringIO(provisional))} == {"P"}
    book = load_workbook(BytesIO(content(reader.get("/co-quan/h1/tep/xlsx/?ky=2023-07")))).active
    made = {row[0]: row for row in book.iter_rows(values_only=True)}
    assert made["I.1"][18:] == (540, 600, None, "A", None, None) and made["Mã"][17:20] == ("Ghi chú", "Tử số", "Mẫu số")


def test_the_files_mark_illustrative_figures(as_person, province):
    at = factories.AT
    DemoYear.objects.create(plan=province.plan, seed=1, loaded_at=at, clock_at=at, real_at=at)
    reader = as_person("lam")
    for path in ("/tong-quan/tep/", "/co-quan/s1/tep/"):
        book = load_workbook(BytesIO(content(reader.get(f"{path}xlsx/"))))
        assert book.active["A1"].value == "SỐ LIỆU MINH HỌA"
        rows = csv.DictReader(io.StringIO(content(reader.get(f"{path}csv/")).decode("utf-8-sig")))
        assert {row["Lưu ý"] for row in rows} == {"SỐ LIỆU MINH HỌA"}


def test_the_agency_page_in_an_order(as_person):
    page = as_person("lam").get("/co-quan/s1/?ky=2023-08&sap-xep=ke-hoach").content.decode()
    places = [page.index(f"/muc-tieu/{code}/?") for code in ("I.2", "II.1", "III.1")]
    assert places == sorted(places)
    assert "3 chỉ tiêu thành phần được giao" in words(as_person("lam").get("/co-quan/s1/?ky=2023-08"))


# The wall


def test_the_wall_has_the_overviews_parts(as_person, province):
    page = as_person("lam").get("/tong-quan/?ky=2023-08&che-do=man-hinh")
    assert page.status_code == 200 and page.content.decode().count("data-slide") == 4
    said = words(page)
    overview = words(as_person("lam").get("/tong-quan/?ky=2023-08"))
    for part in ("Kết luận chung", "Cần chú ý", "Theo trụ cột", "Nộp phiếu tháng 8", "dự án, nhiệm vụ"):
        assert part in said
    verdict = overview[overview.index("Kết luận chung") :][:160]
    assert verdict in said  # the same words, from the same template
    assert 'class="nav"' not in page.content.decode() and "js/pages/wall.js" in page.content.decode()


def test_the_wall_for_others(as_person, client, province):
    assert as_person("an").get("/tong-quan/?che-do=man-hinh").status_code == 200
    assert as_person("lam").get("/tong-quan/?che-do=khac").status_code == 404
    assert client.get("/tong-quan/?che-do=man-hinh").url.startswith("/dang-nhap/")


def test_the_wall_costs_what_the_overview_costs(as_person, django_assert_max_num_queries):
    reader = as_person("lam")
    with django_assert_max_num_queries(20):
        reader.get("/tong-quan/?ky=2023-08&che-do=man-hinh")


def test_beside_a_rate_stands_at_how_many_points_it_held(as_person, province):
    """s1: 99/100 in April, 100/100 in May, silence in June, 20/20 in July: three points, two of which hold; July's is small."""
    rate = factories.target(province.plan, "I.3", [province.tree["s1"]], timing=Timing.RATE, threshold=100)
    for month, figures in ((4, (99, 100)), (5, (100, 100)), (7, (20, 20))):
        sent = Submission.objects.filter(agency=province.tree["s1"], period=province.periods[month]).first()
        if sent is None:
            factories.report(province.tree["s1"], province.periods[month], {rate: figures})
        else:
            parts = dict(zip(("numerator", "denominator"), figures, strict=True))
            Actual.objects.create(submission=sent, target=rate, entered_at=factories.AT, **parts)
    roll_up(province.plan)
    reader = as_person("lam")
    assert "Đạt đạt 2/3 kỳ" in words(reader.get("/tong-quan/?ky=2023-07"))
    assert "Đạt mẫu nhỏ, đạt 2/3 kỳ" in words(reader.get("/co-quan/s1/?ky=2023-07"))
    page = words(reader.get("/muc-tieu/I.3/?ky=2023-07"))
    assert page.count("đạt 2/3 kỳ") == 3 and page.count("mẫu nhỏ") == 1  # the figure, the province's row and that of s1
    assert "đạt 1/2 kỳ" in words(reader.get("/muc-tieu/I.3/?ky=2023-06"))  # carried: no new point
    text = content(reader.get("/tong-quan/tep/csv/?ky=2023-07")).decode("utf-8-sig")
    rows = {row["Mã"]: (row["Số kỳ đạt"], row["Số kỳ có số"]) for row in csv.DictReader(io.StringIO(text))}
    assert (rows["I.3"], rows["I.1"]) == (("2", "3"), ("", ""))
