"""The progress report and the preview of every type: numbers are the roll-ups', sentences can be added up on paper (see
conftest)."""

import datetime as dt
import re
from decimal import Decimal
from types import SimpleNamespace

import pytest

from agencies.models import Agency, Level
from conclusions import services as conclusions
from core import clock
from core.clock import VIETNAM
from data_calls.models import CallAnswer, CallValue, DataCall
from demo.models import DemoYear
from indicators.models import (
    Commitment,
    IndicatorParty,
    PendingRollup,
    Plan,
    Rollup,
    State,
    Submission,
    Target,
    TargetMetadata,
)
from indicators.rules.status import Status
from reports.documents import composition, types
from reports.documents.data import progress
from reports.documents.text import figures
from reports.documents.types import all_types
from reports.models import Report
from tests import factories
from tests.page import fields, words
from tests.reports.conftest import roll_up

pytestmark = pytest.mark.once

REPORT = "/bao-cao/tien-do/"


@pytest.fixture
def wanted(province):
    """`wanted("huyen:h1", 8, "tam-tinh")`: a month of a subject."""

    def make(subject="toan-tinh", month=8, basis="chinh-thuc"):
        return composition.find(province.plan, "tien-do", f"2023-{month:02}", subject, basis)

    return make


@pytest.fixture
def built(province, wanted):
    """The figures behind the report: `built("huyen:h1", 8, "tam-tinh")`."""

    def make(*of, name="lam", **more):
        return progress.build(wanted(*of, **more)[1], province.people[name])

    return make


@pytest.fixture
def told(province, wanted):
    """Its sentences by their ids: `told("don-vi:x11")["chung"]`."""

    def make(*of, name="lam", **more):
        kind, asked = wanted(*of, **more)
        document, _ = composition.preview(kind, asked, province.people[name])
        return {block.sentences[0].id: block.plain for block in document.body if block.block == "paragraph"}

    return make


def cells(response, caption):
    """Rows of the table with this caption, each as the words of its cells."""
    (table,) = re.findall(
        rf'<caption class="visually-hidden">{caption}</caption>(.*?)</table>', response.content.decode(), re.S
    )
    return [
        [
            " ".join(re.sub(r"<[^>]*>", " ", cell).replace("\xa0", " ").split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
        ]
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", table.split("</thead>")[1], re.S)
    ]


# Numbers


def test_the_report_says_by_which_definitions_it_judges(built, province):
    assert built().redefined == []
    target = Target.objects.get(code="I.1")
    Target.objects.filter(pk=target.pk).update(definition_number=2, defined_at=factories.AT)
    assert built().redefined == ["I.1 theo định nghĩa lần 2, từ 16/08/2023"]


@pytest.mark.parametrize("basis", ["chinh-thuc", "tam-tinh"])
def test_every_number_is_the_stored_roll_ups(built, province, basis):
    report = built(basis=basis)
    stored = {
        row.target.code: row
        for row in Rollup.objects.of_province().filter(
            period=province.periods[8], basis="official" if basis == "chinh-thuc" else "provisional"
        )
    }
    assert len(report.lines) == len(stored) == 4
    for line in report.lines:
        row = stored[line.target.code]
        assert (line.value, line.required, line.status, line.forecast) == (
            row.value,
            row.required,
            Status(row.status),
            row.forecast,
        )
        assert (line.counted, line.expected) == row.coverage


def test_figures_on_paper(built):
    values = {line.target.code: line.value for line in built().lines}
    assert values == {"I.1": Decimal("72.307692"), "I.2": 30, "II.1": 130, "III.1": 40}  # 940 / 1300


def test_the_table_by_pillar(as_person):
    assert cells(as_person("lam").get(REPORT + "?ky=2023-08"), "Số chỉ tiêu theo trạng thái") == [
        ["I. Trụ cột", "2", "-", "-", "2", "-", "-", "-", "-"],
        ["II. Trụ cột", "1", "-", "-", "-", "-", "-", "-", "1"],
        ["III. Trụ cột", "1", "1", "-", "-", "-", "-", "-", "-"],
        ["Cộng", "4", "1", "-", "2", "-", "-", "-", "1"],
    ]


NOT_IN_SPAN = ["-", "-"]


def test_the_first_annex_has_every_target_with_its_coverage(as_person):
    assert cells(as_person("lam").get(REPORT + "?ky=2023-08"), "Kết quả từng chỉ tiêu") == [
        ["I. Trụ cột"],
        [
            "I.1",
            "Hồ sơ trên mạng (lũy kế)",
            "≥ 80%",
            "72,31%",
            "940 / 1.300",
            "46,67%",
            "140 / 300",
            "80,00%",
            "−7,69",
            "Cần chú ý; chưa đủ số liệu",
            "3/5",
        ],
        [
            "I.2",
            "Chỉ tiêu I.2",
            "≥ 50%",
            "30,00%",
            "30 / 100",
            *NOT_IN_SPAN,
            "41,28%",
            "+10,00",
            "Cần chú ý",
            "1/1",
        ],
        ["II. Trụ cột"],
        ["II.1", "Chỉ tiêu II.1 (doanh nghiệp)", "-", "130", "-", *NOT_IN_SPAN, "-", "+10", "Theo dõi", "1/1"],
        ["III. Trụ cột"],
        ["III.1", "Chỉ tiêu III.1", "≥ 30%", "40,00%", "40 / 100", *NOT_IN_SPAN, "30,00%", "0,00", "Đạt", "1/1"],
    ]


def test_what_a_span_brought_is_of_its_own_periods_by_their_trees(province, moment):
    """I.1 as of June: 400/500 of June alone. The quarter has April and May too, of which nothing was reported; h1's branch
    brought 270/300."""
    table = {}
    for span, subject in (("2023-07", "toan-tinh"), ("2023-quy-2", "huyen:h1"), ("2023-6-thang", "toan-tinh")):
        kind, asked = composition.find(province.plan, "tien-do", span, subject, "chinh-thuc")
        document, _ = composition.preview(kind, asked, province.people["khanh"])
        (rows,) = [t.rows for t in document.tables if t.id == "Chỉ tiêu"]
        table[span] = [cell.shown for cell in rows[1].cells][3:7]
    assert table == {
        "2023-07": ["80,00%", "800 / 1.000", "80,00%", "400 / 500"],
        "2023-quy-2": ["90,00%", "270 / 300", "90,00%", "270 / 300"],
        "2023-6-thang": ["80,00%", "400 / 500", "80,00%", "400 / 500"],
    }


def test_nothing_rises_by_nothing(province):
    """A change that is shown as 0,00 is none."""
    kind, asked = composition.find(province.plan, "tien-do", "2023-08", "toan-tinh", "chinh-thuc")
    report = progress.build(asked, province.people["khanh"])
    line = next(line for line in report.lines if line.target.code == "I.2")
    before = Rollup.objects.get(
        target=line.target.pk, period=province.periods[7], basis="official", scope="area", agency=province.tree["tinh"]
    )
    Rollup.objects.filter(pk=before.pk).update(value=line.value - Decimal("0.004"))
    said = figures.changes(progress.build(asked, province.people["khanh"]), "tháng 7")[0]
    assert "0,00" not in said and "I.2" not in said and "I.1" in said


def test_what_needs_attention_with_its_lead(as_person, province):
    IndicatorParty.objects.create(
        indicator=province.targets["I.2"].indicator, part=IndicatorParty.Part.LEAD, agency=province.tree["s1"]
    )
    factories.report(province.tree["s1"], province.periods[5], {province.targets["I.2"]: (0, 100)})
    roll_up(province.plan)
    response = as_person("lam").get(REPORT + "?ky=2023-08")
    assert cells(response, "Chỉ tiêu cần tập trung chỉ đạo") == [
        [
            "1",
            "Chỉ tiêu I.2 (I.2)",
            "≥ 50%",
            "30,00%",
            "35,6% (35,4 – 35,8)",
            # 20 points in 17 days, that is 0,5589 months.
            "Nguy cơ không đạt; thấp hơn mức cần đạt, dự báo chưa tới ngưỡng; cần thêm 20,00 điểm trước hạn 31/8",
            "Đơn vị s1",
        ],
        [
            "2",
            "Hồ sơ trên mạng (I.1, lũy kế)",
            "≥ 80%",
            "72,31%",
            "-",
            "Cần chú ý; chưa đủ số liệu; thấp hơn mức cần đạt",
            "-",
        ],
    ]
    assert "Đơn vị s1 tập trung thực hiện các chỉ tiêu được giao: Chỉ tiêu I.2 (30,00%)" in words(response)


def test_the_second_annex_is_the_districts(as_person):
    # h1 with its communes 680/900 as of August, h2 260/400: both under 80%, without four windows for a forecast.
    assert cells(as_person("lam").get(REPORT + "?ky=2023-08"), "Kết quả theo địa bàn") == [
        ["1", "Đơn vị h1", "3/3", "1", "-", "-", "1", "-", "-", "-"],
        ["2", "Đơn vị h2", "1/2", "1", "-", "-", "1", "-", "-", "-"],
    ]


def test_a_districts_annex_is_its_communes(as_person):
    rows = cells(as_person("dung").get(REPORT + "?ky=2023-08&ve=huyen:h1"), "Kết quả theo địa bàn")
    assert [row[:4] for row in rows] == [["1", "Đơn vị x11", "1/1", "1"], ["2", "Đơn vị x12", "1/1", "1"]]
    assert "Kết quả theo xã" not in words(as_person("an").get(REPORT + "?ky=2023-08&ve=don-vi:x11"))


# Sentences


def test_the_whole_in_words(told, province):
    said = told()
    assert said["mo-dau"] == (
        "Thực hiện Kế hoạch năm 2023 (số 12/KH-UBND của Ủy ban nhân dân (UBND) tỉnh), Đơn vị s1 báo cáo kết quả tháng 8 năm "
        "2023 (số liệu từ "
        "ngày 15/07/2023 đến ngày 14/08/2023; số chính thức) như sau:"
    )
    assert said["chung"] == (
        "Trong 4 chỉ tiêu thành phần của 4 chỉ tiêu, có 3 chỉ tiêu thành phần đặt ngưỡng. Tính đến ngày 14/08/2023, "
        "1 chỉ tiêu đạt, 2 chỉ tiêu cần chú ý."
    )
    assert said["tru-cot-1"] == (
        "Trụ cột I (Trụ cột): 0/2 chỉ tiêu thành phần đặt ngưỡng đạt hoặc đúng tiến độ; cần chú ý: Hồ sơ trên "
        "mạng (I.1), Chỉ tiêu I.2 (I.2)."
    )
    assert said["tru-cot-2"] == "Trụ cột III (Trụ cột): 1/1 chỉ tiêu thành phần đặt ngưỡng đạt hoặc đúng tiến độ."
    assert said["tap-trung"] == (
        "Có 2 chỉ tiêu cần tập trung chỉ đạo (2 chỉ tiêu cần chú ý); 1 chỉ tiêu có hạn sớm nhất, ngày "
        "31/08/2023, là Chỉ tiêu I.2 (I.2, 30,00%). Chi tiết tại bảng sau:"
    )
    assert said["ket-thuc"] == "Trên đây là kết quả tháng 8 năm 2023; Đơn vị s1 trân trọng báo cáo"


def test_there_is_a_report_from_the_day_after_the_last(province, told, moment):
    for day in (dt.datetime(2023, 8, 16, 9, tzinfo=VIETNAM), dt.datetime(2023, 9, 14, 23, tzinfo=VIETNAM)):
        moment.move_to(day)
        assert composition.find(province.plan, "tien-do", "2023-09", "toan-tinh", "chinh-thuc") is None
    moment.move_to(dt.datetime(2023, 9, 15, 0, 30, tzinfo=VIETNAM))
    assert ". Tính đến ngày 14/09/2023, " in told(month=9)["chung"]


def test_who_sent_what_changed_and_on_which_basis(told):
    said = told()
    assert said["che-do"] == (
        "Có 5/6 cơ quan, đơn vị đã nộp phiếu báo cáo kỳ tháng 8 (83,3%), 4 phiếu được duyệt, 1 phiếu chờ duyệt. "
        "Nộp lần đầu đúng hạn: "
        "1/1 sở, ban, ngành; 1/1 UBND cấp huyện; 3/4 UBND cấp xã."
    )
    # July 800/1000 = 80%, August 940/1300.
    assert said["thay-doi"] == (
        "So với tháng 7, tăng nhiều nhất là Chỉ tiêu I.2 (I.2, thêm 10,00\u00a0điểm phần trăm, lên 30,00%); giảm nhiều "
        "nhất là Hồ sơ trên mạng (I.1, bớt "
        "7,69\u00a0điểm phần trăm, còn 72,31% lũy kế). Chuyển trạng thái: Hồ sơ trên mạng (I.1) từ đạt sang cần chú ý."
    )
    assert said["co-so"] == (
        "Các số liệu trong báo cáo là số chính thức, chỉ gồm phiếu đã được duyệt; chưa tính 1 phiếu chờ duyệt. "
        "Chỉ tiêu có dưới 80% số đơn vị có số liệu, hoặc các đơn vị đó chiếm dưới 80% mẫu số, được ghi “chưa đủ "
        "số liệu”: I.1."
    )


def test_an_approved_report_that_was_sent_anew_is_explained(told, province):
    """x12's approved report was opened and sent again: it is among the approved and among those that wait."""
    old = Submission.objects.get(agency__code="x12", period=province.periods[8])
    Submission.objects.filter(pk=old.pk).update(is_latest=False, is_provisional=False)
    factories.report(
        province.tree["x12"],
        province.periods[8],
        {province.targets["I.1"]: (31, 100)},
        state=State.SUBMITTED,
        version=2,
    )
    again = "2 phiếu chờ duyệt (trong đó 1 phiếu nộp lại, bản đã duyệt trước vẫn tính)"
    said = told()
    assert (
        f"Có 5/6 cơ quan, đơn vị đã nộp phiếu báo cáo kỳ tháng 8 (83,3%), 4 phiếu được duyệt, {again}."
        in said["che-do"]
    )
    assert f"chỉ gồm phiếu đã được duyệt; chưa tính {again}." in said["co-so"]


def test_a_report_that_was_sent_back_is_neither_sent_nor_forgotten(built, told, province):
    Submission.objects.filter(agency__code="x21", period=province.periods[8]).update(
        state=State.RETURNED, is_provisional=False, return_reason="Sai."
    )
    assert told()["che-do"] == (
        "Có 4/6 cơ quan, đơn vị đã nộp phiếu báo cáo kỳ tháng 8 (66,7%), 4 phiếu được duyệt; 1 phiếu khác đã nộp rồi "
        "bị trả lại, đang chờ nộp lại, nên số đơn vị đã nộp lần đầu là 5. "
        "Nộp lần đầu đúng hạn: 1/1 sở, ban, ngành; 1/1 UBND cấp huyện; 3/4 UBND cấp xã."
    )
    assert [(row.agency.code, row.sent, row.owed) for row in built().children] == [("h1", 3, 3), ("h2", 0, 2)]


def test_the_provisional_basis_is_said(told):
    said = told(basis="tam-tinh")
    assert "số tạm tính) như sau" in said["mo-dau"]
    assert said["co-so"] == (
        "Các số liệu trong báo cáo là số tạm tính, gồm cả phiếu đã nộp nhưng chưa duyệt, và có thể thay đổi sau khi duyệt. "
        "Chỉ tiêu có dưới 80% số đơn vị có số liệu, hoặc các đơn vị đó chiếm dưới 80% mẫu số, được ghi “chưa đủ "
        "số liệu”: I.1."
    )


def test_before_the_first_quarters_end_nothing_is_missing(told):
    assert told(month=2)["chung"].endswith("2 chỉ tiêu chưa có số liệu, 1 chỉ tiêu chưa đến kỳ báo cáo.")


def test_the_first_period_has_nothing_to_compare_with(told):
    assert not any("So với tháng" in said for said in told(month=1).values())


def test_no_change_is_said(told):
    assert told(month=2)["thay-doi"] == "So với tháng 1, các chỉ tiêu không thay đổi."


def test_one_agencys_own_report(told):
    said = told("don-vi:x11", name="an")
    assert said["mo-dau"].startswith(
        "Thực hiện Kế hoạch năm 2023 (số 12/KH-UBND của Ủy ban nhân dân (UBND) tỉnh), Đơn vị x11 báo cáo kết quả thực hiện "
        "các chỉ tiêu giao cho Đơn vị x11, Đơn vị h1, tháng 8"
    )
    assert said["che-do"] == "Đơn vị x11 đã nộp phiếu báo cáo đúng hạn kỳ tháng 8."
    assert (
        "Hồ sơ trên mạng (I.1, bớt 26,67\u00a0điểm phần trăm, còn 63,33% lũy kế)" in said["thay-doi"]
    )  # 180/200, then 190/300


def test_a_districts_own_figures_are_not_its_areas(built):
    # Of I.1 by August h1 itself reports 100/100 three times; with x11 and x12 its area has 680/900.
    assert [line.value for line in built("don-vi:h1").lines] == [100]
    assert [line.value for line in built("huyen:h1").lines] == [Decimal("75.555556")]
    assert (built("don-vi:h1").children, built("don-vi:h1").reporting.expected) == ([], 1)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (16, "chưa nộp phiếu báo cáo kỳ tháng 8"),
        (18, "chưa nộp phiếu báo cáo, đã quá hạn kỳ tháng 8"),
        (21, "không nộp phiếu báo cáo kỳ tháng 8"),
    ],
)
def test_an_agency_that_sent_nothing(told, moment, day, said):
    moment.move_to(dt.datetime(2023, 8, day, 9, tzinfo=VIETNAM))
    assert told("don-vi:x22")["che-do"] == f"Đơn vị x22 {said}."


def test_an_agency_that_was_late(told):
    assert told("don-vi:x12", 7)["che-do"] == "Đơn vị x12 đã nộp phiếu báo cáo, muộn so với hạn kỳ tháng 7."


def test_who_has_to_report_is_named_after_the_deadline(told, moment):
    assert "kien-nghi-1" not in told()
    moment.move_to(dt.datetime(2023, 8, 18, 9, tzinfo=VIETNAM))
    assert told()["kien-nghi-1"] == (
        "Đề nghị Ủy ban nhân dân tỉnh chỉ đạo 1 cơ quan, đơn vị chưa nộp phiếu báo cáo kỳ này (1 UBND cấp xã) nộp trước khi kỳ "
        "đóng, ngày 20/08/2023."
    )
    assert "kien-nghi-1" not in told("tru-cot:I")  # who sent nothing is no matter of a part of the targets
    moment.move_to(dt.datetime(2023, 8, 21, 9, tzinfo=VIETNAM))
    assert told()["kien-nghi-1"] == (
        "Đề nghị Ủy ban nhân dân tỉnh chấn chỉnh việc chấp hành chế độ báo cáo của 1 cơ quan, đơn vị không nộp phiếu báo cáo "
        "kỳ này (1 UBND cấp xã)."
    )


def test_an_agency_without_targets(told, province):
    factories.agency("ban", Level.OTHER, province.tree["tinh"], name="Ban quản lý")
    said = told("don-vi:ban")
    assert said["chung"] == "Kỳ này Ban quản lý không được giao báo cáo chỉ tiêu nào."
    assert "tap-trung" not in said and "tru-cot-1" not in said


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("X. Cộng Lạc, H. Tứ Kỳ", "xã Cộng Lạc, huyện Tứ Kỳ"),
        ("P. An Lạc, TP Chí Linh", "phường An Lạc, thành phố Chí Linh"),
        ("TT. Nam Sách, H. Nam Sách", "thị trấn Nam Sách, huyện Nam Sách"),
        ("TX Kinh Môn", "thị xã Kinh Môn"),
        ("Sở TT&TT", "Sở TT&TT"),
    ],
)
def test_a_sentence_says_places_in_full(short, full):
    assert figures.place(short) == full


def child(name, good, judged, thin=0):
    tally = SimpleNamespace(good=good, judged=judged, good_thin=thin)
    return SimpleNamespace(agency=SimpleNamespace(short_name=name), tally=tally)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], ""),
        ([child("A", 1, 2)], ""),
        ([child("A", 1, 2), child("B", 2, 4)], ""),
        (
            [child("A", 1, 2), child("B", 3, 4), child("C", 2, 4), child("D", 0, 0)],
            "Theo địa bàn, tỷ lệ chỉ tiêu đạt hoặc đúng tiến độ cao nhất là B (3/4); thấp nhất là A (1/2), C (2/4).",
        ),
        (
            [child("A", 2, 2, thin=1), *(child(name, 0, 5) for name in "BCDE")],
            "Theo địa bàn, tỷ lệ chỉ tiêu đạt hoặc đúng tiến độ cao nhất là A (2/2, 1 chưa đủ số liệu); "
            "thấp nhất là B (0/5), C (0/5), D (0/5) và 1 nơi khác.",
        ),
    ],
)
def test_where_it_goes_well_and_where_not(rows, said):
    assert figures.places(rows) == said


def test_who_sent_nothing_larger_units_first():
    refs = [SimpleNamespace(level=Level.COMMUNE, place_name="X. Một")] * 3
    refs += [SimpleNamespace(level=Level.DISTRICT, place_name="H. Hai")]
    refs += [SimpleNamespace(level=Level.DEPARTMENT, name=f"Sở {n}") for n in range(1, 8)]
    said = figures.unsent(SimpleNamespace(unsent=refs))
    assert said == "UBND huyện Hai, Sở 1, Sở 2, Sở 3, Sở 4, Sở 5, 2 cơ quan khác, 3 UBND cấp xã"


# The form of the document


@pytest.mark.parametrize(
    ("level", "name", "parent", "expected"),
    [
        (Level.PROVINCE, "khác", None, ("UBND tỉnh Hải Dương", "", "BC-UBND", "Hải Dương")),
        (Level.DEPARTMENT, "Sở Y tế", "UBND tỉnh Hải Dương", ("Sở Y tế", "UBND tỉnh Hải Dương", "BC-SYT", "Hải Dương")),
        (Level.DISTRICT, "UBND thành phố Chí Linh", "x", ("UBND thành phố Chí Linh", "", "BC-UBND", "Chí Linh")),
        (Level.COMMUNE, "UBND thị trấn Nam Sách", "x", ("UBND thị trấn Nam Sách", "", "BC-UBND", "Nam Sách")),
    ],
)
def test_head_and_signature(level, name, parent, expected):
    agency = Agency(code="syt", level=level, name=name, parent=Agency(name=parent) if parent else None)
    issuer = progress.issuer_of(agency, Plan(issuer="UBND tỉnh Hải Dương"))
    assert (issuer.name, issuer.above, issuer.symbol, issuer.place) == expected


def test_number_date_and_signer_stay_open(as_person):
    said = words(as_person("lam").get(REPORT + "?ky=2023-08"))
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc" in said
    assert "Số: /BC-S1" in said and "ngày tháng năm 2023" in said
    assert "(Kèm theo Báo cáo số /BC-S1 ngày tháng năm 2023 của Đơn vị s1)" in said
    # Who does not read the province sees what his own agency would issue.
    said = words(as_person("dung").get(REPORT + "?ky=2023-08&ve=huyen:h1"))
    assert (
        "TM. ỦY BAN NHÂN DÂN CHỦ TỊCH" in said and "Số: /BC-UBND" in said and "Kính gửi: Ủy ban nhân dân tỉnh." in said
    )
    assert "Kính gửi: Đơn vị h1." in words(as_person("an").get(REPORT + "?ky=2023-08"))


def test_only_the_standing_agency_also_addresses_the_bodies_above_the_plans_issuer(province):
    plan = province.plan
    plan.reports_to = "Bộ Thông tin và Truyền thông"
    assert composition.proposed_letterhead(plan)[0].to == "Bộ Thông tin và Truyền thông;\nỦy ban nhân dân tỉnh."
    assert composition.proposed_letterhead(plan, province.tree["h1"])[0].to == "Ủy ban nhân dân tỉnh."


def test_an_annex_describes_the_targets(as_person, province):
    target = province.targets["I.1"]
    TargetMetadata.objects.create(target=target, source_system="Hệ thống một cửa", contact="Văn phòng")
    page = as_person("lam").get(REPORT)
    row = next(row for row in cells(page, "Mô tả chỉ tiêu") if row[0].startswith("I.1 "))
    assert row[1:3] == ["Hệ thống một cửa", "chưa khai"] and row[4:] == ["chưa khai", "Văn phòng"]
    assert row[3].startswith("100 × tử số ÷ mẫu số, lũy kế từ đầu năm.")
    assert "Mô tả chỉ tiêu" not in words(as_person("lam").get(f"{REPORT}?ve=huyen:h1"))


def test_the_annex_of_verbatim_texts_also_names_what_nobody_was_assigned(as_person, province):
    Commitment.objects.create(plan=province.plan, number=1, text="Mô hình 4 lớp", source="II.2.4", sentence="Câu.")
    page = as_person("lam").get(REPORT)
    assert cells(page, "Nguyên văn các chỉ tiêu")[1] == ["1", "Chỉ tiêu I.1", "-", "-"]
    assert cells(page, "Cam kết của Kế hoạch ngoài phụ lục phân công") == [
        ["1", "Mô hình 4 lớp (II.2.4)", "Chưa phân công", "-"]
    ]
    assert "Nguyên văn các chỉ tiêu" not in words(as_person("lam").get(f"{REPORT}?ve=huyen:h1"))


def test_a_preview_is_the_draft_that_would_be_made_and_keeps_nothing(as_person, province, told, wanted):
    khanh = as_person("khanh")
    for kind in all_types():
        span = "2023-tuan-32" if kind == "tuan" else "2023-08"
        page = khanh.get(f"/bao-cao/{kind}/?ky={span}&ve=toan-tinh")
        assert "Bản xem trước" in words(page) and "Dự thảo" not in words(page).replace("Lập dự thảo", "")
        assert not Report.objects.exists()
        form = fields(page)
        assert form["loai"] == kind and form["ve"] == "toan-tinh" and form["ky"] == span
        drafted = khanh.post("/bao-cao/moi/", form)["Location"].removesuffix("soan/")
        body = words(page).split("BÁO CÁO", 1)[1].split("Nơi nhận")[0]
        assert len(body) > 300 and body in words(khanh.get(drafted))
        Report.objects.get().versions.all().delete()
        Report.objects.all().delete()


def test_from_the_list_to_a_preview(as_person):
    dung = as_person("dung")
    form = fields(dung.get("/bao-cao/"))
    assert (form["loai"], form["ve"], form["so-lieu"]) == ("tien-do", "huyen:h1", "chinh-thuc")
    answer = dung.get("/bao-cao/xem-truoc/", form | {"ky": "2023-quy-2"})
    assert answer["Location"] == "/bao-cao/tien-do/?ky=2023-quy-2&ve=huyen%3Ah1&so-lieu=chinh-thuc"
    assert "quý II năm 2023" in words(dung.get(answer["Location"]))
    unfit = dung.get("/bao-cao/xem-truoc/", form | {"loai": "du-an"})
    assert unfit.status_code == 400 and "không lập được cho kỳ hoặc đối tượng đã chọn" in words(unfit)
    assert fields(unfit)["loai"] == "du-an"
    assert "Lập dự thảo" not in words(dung.get(answer["Location"]))


def test_illustrative_figures_are_marked_on_the_sheet(as_person, province):
    page = as_person("lam").get(REPORT).content.decode()
    assert "minh họa" not in page and 'class="sheets printed"' in page
    DemoYear.objects.create(
        plan=province.plan, seed=1, loaded_at=factories.AT, clock_at=factories.AT, real_at=factories.AT
    )
    page = as_person("lam").get(REPORT)
    assert words(page).count("Bản xem trước · Kỳ chưa đóng · Số liệu minh họa") >= 3  # on every sheet
    assert 'class="sheets printed demo"' in page.content.decode()


def test_figures_that_are_being_added_up(as_person, province):
    PendingRollup.objects.create(plan=province.plan, created_at=factories.AT)
    assert "Số liệu đang được tổng hợp lại." in words(as_person("lam").get(REPORT))


# Who


TRIAL = """
from reports.documents.data import progress
from reports.documents import scopes
from reports.documents.types import ReportType, Paper
from reports.documents.periods import PERIOD_TYPES


def compose(asked, restated, user):
    paper = Paper()
    paper.section("MỘT MỤC")
    paper.say("so", f"Có {len(progress.build(asked, user).lines)} chỉ tiêu.")
    paper.say("ket-thuc", "Hết")
    return paper.document("Thử", [])


KIND = ReportType("thu", "Báo cáo thử", "Để thử.", tuple(PERIOD_TYPES), (scopes.PROVINCE,), compose, 9)
"""

EVERY = {"toan-tinh", "tru-cot:I", "huyen:h1", "huyen:h2"} | {
    f"don-vi:{code}" for code in ("s1", "h1", "h2", "x11", "x12", "x21", "x22")
}


@pytest.mark.parametrize(
    ("name", "open_to"),
    [
        ("lam", EVERY),
        ("khanh", EVERY),
        ("quan", EVERY),
        ("dung", {"huyen:h1", "don-vi:h1", "don-vi:x11", "don-vi:x12"}),
        ("an", {"don-vi:x11"}),
        ("binh", {"don-vi:x11"}),
        ("cuc", {"don-vi:x21"}),
    ],
)
def test_whose_report_one_may_open(as_person, name, open_to):
    person = as_person(name)
    every = [*EVERY, "don-vi:nope", "huyen:x11", "huyen:h1\x00x", "chu-tri:s1", "tinh"]
    answers = {key: person.get(REPORT, {"ve": key}).status_code for key in every}
    assert {key for key, status in answers.items() if status == 200} == open_to
    assert set(answers.values()) == {200, 404}
    assert person.get(REPORT).status_code == 200  # his own agency's
    offered = set(
        re.findall(
            r'<option value="((?:don-vi|huyen|toan-tinh|tru-cot)[^"]*)"', person.get("/bao-cao/").content.decode()
        )
    )
    assert offered - {"tru-cot:II", "tru-cot:III"} == open_to


def test_a_new_kind_is_one_file(as_person, monkeypatch, tmp_path):
    (tmp_path / "trial.py").write_text(TRIAL)
    monkeypatch.setattr(types, "__path__", [*types.__path__, str(tmp_path)])
    lam = as_person("lam")
    assert '<option value="thu"' in lam.get("/bao-cao/").content.decode()
    said = words(lam.get("/bao-cao/thu/?ky=2023-08"))
    assert "Báo cáo thử, tháng 8 năm 2023" in said and "I. MỘT MỤC" in said and "Có 4 chỉ tiêu." in said


def test_the_list_has_every_kind(as_person):
    assert list(all_types()) == ["tien-do", "du-an", "che-do-bao-cao", "tom-tat", "tuan"]
    page = as_person("lam").get("/bao-cao/").content.decode()
    for kind in all_types().values():
        assert f'<option value="{kind.id}"' in page and kind.summary in page


def test_an_account_without_an_agency(client, province):
    client.force_login(factories.person("le"))
    assert "Tài khoản này chưa gắn với đơn vị nào" in words(client.get("/bao-cao/"))
    assert client.get(REPORT).status_code == 404


@pytest.mark.parametrize("address", ["/bao-cao/", REPORT])
def test_only_for_those_who_log_in_and_only_to_read(client, as_person, address):
    response = client.get(address)
    assert response.status_code == 302 and response["Location"].startswith("/dang-nhap/")
    assert as_person("lam").post(address).status_code == 405


@pytest.mark.parametrize(
    "address",
    ["/bao-cao/khac/", REPORT + "?ky=2023-13", REPORT + "?so-lieu=x", "/bao-cao/?ky=x", "/bao-cao/du-an/?ve=huyen:h1"],
)
def test_what_is_not_there(as_person, address):
    assert as_person("lam").get(address).status_code == 404


def test_it_tells_what_became_of_the_leaders_conclusions(as_person, province, moment):
    """One of s1 and one of x11, given on 16 August: in the report of August, and of those whom they concern; not in July's."""
    lam = province.people["lam"]
    given = {
        code: conclusions.give(
            plan=province.plan,
            target=province.targets["I.1"],
            text=f"Việc của {code}.",
            agency=province.tree[code],
            due=dt.date(2023, 8, 20),
            by=lam,
        )
        for code in ("s1", "x11")
    }
    conclusions.answer(conclusion=given["x11"], text="Đã xong.", by=province.people["an"])
    title = "Thực hiện ý kiến chỉ đạo kỳ trước"
    page = as_person("lam").get(REPORT + "?ky=2023-08")
    assert "Có 2 ý kiến chỉ đạo của lãnh đạo được theo dõi: 1 đã trả lời, chờ kết thúc, 1 đang thực hiện." in words(
        page
    )
    assert [row[2:] for row in cells(page, title)] == [
        ["Đơn vị s1", "20/08/2023", "Đang thực hiện, còn 4 ngày"],
        ["Đơn vị x11, Đơn vị h1", "20/08/2023", "Đã trả lời, chờ kết thúc. Đã xong."],
    ]
    for subject, shown in (("huyen:h1", ["x11"]), ("don-vi:x12", []), ("tru-cot:I", ["s1", "x11"]), ("tru-cot:II", [])):
        told = words(as_person("lam").get(f"{REPORT}?ky=2023-08&ve={subject}"))
        assert [code for code in given if f"Việc của {code}." in told] == shown, subject
        assert (title.upper() in told) == bool(shown), subject
    assert "chỉ đạo của lãnh đạo" not in words(as_person("lam").get(REPORT + "?ky=2023-07"))


def test_it_tells_of_a_chosen_data_call(as_person, province, moment):
    """s1 and x11 are asked until 18 August; s1 has 12, which is approved; x11 has not answered."""
    made = call_of(province)
    asked = CallAnswer.objects.get(call=made, agency=province.tree["s1"])
    CallAnswer.objects.filter(pk=asked.pk).update(state="approved", first_sent_at=clock.now())
    CallValue.objects.create(answer=asked, field=made.fields.get(), number=12)
    title = "KẾT QUẢ BÁO CÁO ĐỘT XUẤT, CHUYÊN ĐỀ"
    assert title not in words(as_person("lam").get(REPORT + "?ky=2023-08"))
    DataCall.objects.update(in_reports=True)
    page = as_person("lam").get(REPORT + "?ky=2023-08")
    assert title in words(page)
    assert "Về “Máy chủ”: 1 trên 2 đơn vị được yêu cầu đã nộp, 1 đã duyệt; chưa nộp: X11, huyện Một." in words(page)
    assert [row[1:] for row in cells(page, "Tổng hợp trả lời: Máy chủ")] == [["Số máy chủ (máy)", "12"]]
    for query in ("?ky=2023-07", "?ky=2023-08&ve=huyen:h1"):
        assert title not in words(as_person("lam").get(REPORT + query))


def call_of(province):
    made = DataCall.objects.create(
        plan=province.plan,
        title="Máy chủ",
        text="Báo cáo.",
        due=dt.date(2023, 8, 18),
        state="sent",
        made_by=province.people["lam"],
        made_at=clock.now(),
    )
    made.fields.create(position=1, label="Số máy chủ", kind="number", unit="máy")
    for code in ("s1", "x11"):
        made.answers.create(agency=province.tree[code])
    return made


# Cost


@pytest.mark.parametrize(("code", "queries"), [("toan-tinh", 45), ("huyen:h1", 40), ("don-vi:x11", 32)])
def test_a_fixed_number_of_queries(as_person, province, django_assert_num_queries, code, queries):
    lam = as_person("lam")
    lam.get(REPORT)
    # 3 who reads (session, account, roles), 2 the plan and its periods, 3 the subject, 1 may it be read, 2 the letterhead; what
    # the document tells, of an area also 1 the means of the rates, of the province also 1 the targets' metadata; 1 the
    # roll-up's state, 1 the leader's conclusions, of the province also 1 the data calls, 1 the next period, of an area 1 the
    # reminders, of the province 1 the standing agency, 1 the frame.
    with django_assert_num_queries(queries) as captured:
        lam.get(f"{REPORT}?ve={code}")
    written = [query["sql"] for query in captured if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert written == []


def test_more_agencies_and_targets_are_no_more_queries(as_person, province, django_assert_num_queries):
    more = [factories.agency(f"y{n:02}", parent=province.tree["h1"]) for n in range(12)]
    for number in range(3, 9):
        factories.target(province.plan, f"I.{number}", more)
    roll_up(province.plan)
    lam = as_person("lam")
    lam.get(REPORT)
    with django_assert_num_queries(40):
        assert "y11" in words(lam.get(f"{REPORT}?ve=huyen:h1"))


def test_names_are_only_text(as_person, province):
    evil = '"><script>alert(1)</script>'
    Agency.objects.filter(code="h1").update(name=evil, short_name=evil)
    type(province.plan).objects.update(issuer=evil, title=evil, number=evil)
    province.plan.targets.update(label=evil)
    for address in (REPORT, REPORT + "?ve=huyen:h1", "/bao-cao/"):
        content = as_person("lam").get(address).content.decode()
        assert "<script>alert" not in content and "&lt;script&gt;alert(1)" in content
