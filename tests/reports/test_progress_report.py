"""The progress report: its numbers are the roll-ups', its sentences say what can be added up on paper (see conftest)."""

import datetime as dt
import re
from decimal import Decimal
from types import SimpleNamespace

import pytest

from agencies.models import Agency, Level
from chuyendoiso.clock import VIETNAM
from indicators.measurement.status import Status
from indicators.models import IllustrativeYear, IndicatorParty, Plan, Rollup, RollupDebt, State, Submission, Target
from reports import narrative, progress
from reports.registry import REPORTS
from tests import factories
from tests.page import words
from tests.reports.conftest import roll_up

REPORT = "/bao-cao/tien-do/"


@pytest.fixture
def built(province, selected):
    """`built("h1", 8, "tam-tinh")`: the dataclass behind the report."""

    def make(code="tinh", month=8, basis="chinh-thuc", name="lam"):
        agency = Agency.objects.select_related("parent").get(code=code)
        return progress.build(selected(month, basis), agency, province.people[name])

    return make


def cells(response, caption):
    """Rows of the table with this caption, each as the words of its cells."""
    (table,) = re.findall(rf'<caption class="vh">{caption}</caption>(.*?)</table>', response.content.decode(), re.S)
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
    assert cells(as_person("lam").get(REPORT + "?ky=2023-08"), "Số mục tiêu theo trạng thái") == [
        ["I. Trụ cột", "2", "-", "-", "-", "2", "-", "-", "-"],
        ["II. Trụ cột", "1", "-", "-", "-", "-", "-", "-", "1"],
        ["III. Trụ cột", "1", "1", "-", "-", "-", "-", "-", "-"],
        ["Cộng", "4", "1", "-", "-", "2", "-", "-", "1"],
    ]


def test_the_first_annex_has_every_target_with_its_coverage(as_person):
    assert cells(as_person("lam").get(REPORT + "?ky=2023-08"), "Kết quả từng mục tiêu") == [
        ["I. Trụ cột"],
        [
            "I.1",
            "Hồ sơ trên mạng",
            "≥ 80 %",
            "72,31 %",
            "80,00 %",
            "−7,69",
            "Nguy cơ không đạt; chưa đủ số liệu",
            "3/5",
        ],
        ["I.2", "Mục tiêu I.2", "≥ 50 %", "30,00 %", "46,49 %", "+10,00", "Nguy cơ không đạt", "1/1"],
        ["II. Trụ cột"],
        ["II.1", "Mục tiêu II.1 (doanh nghiệp)", "-", "130", "-", "+10", "Theo dõi", "1/1"],
        ["III. Trụ cột"],
        ["III.1", "Mục tiêu III.1", "≥ 30 %", "40,00 %", "18,54 %", "0,00", "Đạt", "1/1"],
    ]


def test_what_needs_attention_with_its_lead(as_person, province):
    IndicatorParty.objects.create(
        indicator=province.targets["I.2"].indicator, part=IndicatorParty.Part.LEAD, agency=province.tree["s1"]
    )
    response = as_person("lam").get(REPORT + "?ky=2023-08")
    assert cells(response, "Mục tiêu cần tập trung chỉ đạo") == [
        ["1", "Mục tiêu I.2 (I.2)", "≥ 50 %", "30,00 %", "35,6 %", "Nguy cơ không đạt", "S1"],
        ["2", "Hồ sơ trên mạng (I.1)", "≥ 80 %", "72,31 %", "54,8 %", "Nguy cơ không đạt; chưa đủ số liệu", ""],
    ]
    assert "Các cơ quan chủ trì mục tiêu nêu tại mục II (S1) làm rõ nguyên nhân" in words(response)


def test_the_second_annex_is_the_districts(as_person):
    # h1 with its communes 680/900 as of August, h2 260/400: both under 80 %, h2 without three points in its own year.
    assert cells(as_person("lam").get(REPORT + "?ky=2023-08"), "Kết quả theo địa bàn") == [
        ["1", "Đơn vị h1", "3/3", "1", "-", "-", "-", "1", "-", "-"],
        ["2", "Đơn vị h2", "1/2", "1", "-", "-", "1", "-", "-", "-"],
    ]


def test_a_districts_annex_is_its_communes(as_person):
    rows = cells(as_person("dung").get(REPORT + "?ky=2023-08&don-vi=h1"), "Kết quả theo địa bàn")
    assert [row[:4] for row in rows] == [["1", "Đơn vị x11", "1/1", "1"], ["2", "Đơn vị x12", "1/1", "1"]]
    assert "Phụ lục II" not in words(as_person("an").get(REPORT + "?ky=2023-08&don-vi=x11"))


# Sentences


def test_the_whole_in_words(built):
    text = built().text
    assert text.abstract == "Kết quả thực hiện Kế hoạch năm 2023 (kỳ báo cáo tháng 8)"
    assert text.opening == (
        "Thực hiện Kế hoạch năm 2023 (Kế hoạch số 12/KH-UBND), UBND tỉnh báo cáo kết quả kỳ tháng 8 năm 2023 (số liệu từ "
        "ngày 15/07/2023 đến ngày 14/08/2023; số chính thức, tổng hợp lúc 09:00 ngày 16/08/2023) như sau:"
    )
    assert text.overall == (
        "Trong 4 mục tiêu đo lường của 4 chỉ tiêu, có 3 mục tiêu đặt ngưỡng. Tính đến ngày 14/08/2023, 1 mục tiêu đạt, "
        "2 mục tiêu có nguy cơ không đạt."
    )
    assert text.pillars == (
        "I. Trụ cột: 0/2 mục tiêu đặt ngưỡng đạt hoặc đúng tiến độ; có nguy cơ không đạt: I.1, I.2.",
        "III. Trụ cột: 1/1 mục tiêu đặt ngưỡng đạt hoặc đúng tiến độ.",
    )
    assert text.focus == (
        "Có 2 mục tiêu cần tập trung chỉ đạo (2 mục tiêu có nguy cơ không đạt); 1 mục tiêu có hạn sớm nhất, ngày "
        "31/08/2023, là I.2 (30,00\u00a0%). Chi tiết tại bảng sau:"
    )
    assert text.closing.endswith("của UBND tỉnh./.")


def test_who_sent_what_changed_and_on_which_basis(built):
    sent, changed, rests_on = built().text.general
    assert sent == (
        "Có 5/6 cơ quan, đơn vị đã nộp phiếu báo cáo kỳ tháng 8 (83,3\u00a0%), 4 phiếu được duyệt. Nộp lần đầu đúng hạn: "
        "1/1 sở, ban, ngành; 1/1 UBND cấp huyện; 3/4 UBND cấp xã."
    )
    # July 800/1000 = 80 %, August 940/1300.
    assert changed == (
        "So với tháng 7, tăng nhiều nhất là I.2 (thêm 10,00\u00a0điểm, lên 30,00\u00a0%); giảm nhiều nhất là I.1 (bớt "
        "7,69\u00a0điểm, còn 72,31\u00a0%). Chuyển trạng thái: I.1 từ đạt sang nguy cơ không đạt; I.2 từ chậm tiến độ "
        "sang nguy cơ không đạt."
    )
    assert rests_on == (
        "Các số liệu trong báo cáo là số chính thức, chỉ gồm phiếu đã được duyệt; 1 phiếu đang chờ duyệt chưa được tính. "
        "Mục tiêu có dưới 80\u00a0% số đơn vị có số liệu được ghi “chưa đủ số liệu”: I.1."
    )


def test_a_report_that_was_sent_back_is_neither_sent_nor_forgotten(built, province):
    Submission.objects.filter(agency__code="x21", period=province.periods[8]).update(
        state=State.RETURNED, is_provisional=False, return_reason="Sai."
    )
    report = built()
    assert report.text.general[0] == (
        "Có 4/6 cơ quan, đơn vị đã nộp phiếu báo cáo kỳ tháng 8 (66,7\u00a0%), 4 phiếu được duyệt; 1 phiếu khác đã nộp rồi "
        "bị trả lại, đang chờ nộp lại. Nộp lần đầu đúng hạn: 1/1 sở, ban, ngành; 1/1 UBND cấp huyện; 3/4 UBND cấp xã."
    )
    assert [(row.agency.code, row.sent, row.owed) for row in report.children] == [("h1", 3, 3), ("h2", 0, 2)]


def test_the_provisional_basis_is_said(built):
    report = built(basis="tam-tinh")
    assert "số tạm tính, tổng hợp lúc" in report.text.opening
    assert report.text.general[-1] == (
        "Các số liệu trong báo cáo là số tạm tính, gồm cả phiếu đã nộp nhưng chưa duyệt, và có thể thay đổi sau khi duyệt."
    )


def test_before_the_first_quarters_end_nothing_is_missing(built):
    overall = built(month=2).text.overall
    assert overall.endswith("2 mục tiêu chưa có số liệu, 1 mục tiêu chưa đến kỳ báo cáo.")


def test_the_first_period_has_nothing_to_compare_with(built):
    assert all("So với tháng" not in said for said in built(month=1).text.general)


def test_no_change_is_said(built):
    assert "So với tháng 1, các mục tiêu không thay đổi." in built(month=2).text.general


def test_one_agencys_own_report(built):
    text = built("x11", name="an").text
    assert text.abstract == "Kết quả thực hiện Kế hoạch năm 2023 của Đơn vị x11 (kỳ báo cáo tháng 8)"
    assert text.general[0] == "Đơn vị x11 đã nộp phiếu báo cáo đúng hạn kỳ tháng 8."
    assert "I.1 (bớt 26,67\u00a0điểm, còn 63,33\u00a0%)" in text.general[1]  # 180/200, then 190/300
    assert text.tasks == ()


@pytest.mark.parametrize(
    ("day", "said"),
    [(16, "chưa nộp phiếu báo cáo kỳ tháng 8"), (18, "chưa nộp phiếu báo cáo, đã quá hạn kỳ tháng 8")],
)
def test_an_agency_that_sent_nothing(built, moment, day, said):
    moment.move_to(dt.datetime(2023, 8, day, 9, tzinfo=VIETNAM))
    assert built("x22").text.general[0] == f"Đơn vị x22 {said}."


def test_an_agency_that_was_late(built):
    assert built("x12", month=7).text.general[0] == ("Đơn vị x12 đã nộp phiếu báo cáo, muộn so với hạn kỳ tháng 7.")


def test_who_has_to_report_is_named_after_the_deadline(built, moment):
    assert len(built().text.tasks) == 1
    moment.move_to(dt.datetime(2023, 8, 18, 9, tzinfo=VIETNAM))
    assert built().text.tasks[1] == ("1 cơ quan, đơn vị chưa nộp phiếu báo cáo kỳ này (1 UBND cấp xã) khẩn trương nộp.")


def test_an_agency_without_targets(built, province):
    factories.agency("ban", Level.OTHER, province.tree["tinh"], name="Ban quản lý")
    report = built("ban")
    assert report.text.overall == "Kỳ này Ban quản lý không được giao báo cáo mục tiêu nào."
    assert report.text.focus == "" and report.text.pillars == ()


def child(name, good, judged):
    return SimpleNamespace(agency=SimpleNamespace(short_name=name), tally=SimpleNamespace(good=good, judged=judged))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], ""),
        ([child("A", 1, 2)], ""),
        ([child("A", 1, 2), child("B", 2, 4)], ""),
        (
            [child("A", 1, 2), child("B", 3, 4), child("C", 2, 4), child("D", 0, 0)],
            "Theo địa bàn, tỷ lệ mục tiêu đạt hoặc đúng tiến độ cao nhất là B (3/4); thấp nhất là A (1/2), C (2/4).",
        ),
        (
            [child("A", 2, 2), *(child(name, 0, 5) for name in "BCDE")],
            "Theo địa bàn, tỷ lệ mục tiêu đạt hoặc đúng tiến độ cao nhất là A (2/2); "
            "thấp nhất là B (0/5), C (0/5), D (0/5) và 1 nơi khác.",
        ),
    ],
)
def test_where_it_goes_well_and_where_not(rows, said):
    assert narrative.places(rows) == said


def test_who_sent_nothing_larger_units_first():
    refs = [SimpleNamespace(level=Level.COMMUNE, short_name="X. Một")] * 3
    refs += [SimpleNamespace(level=Level.DISTRICT, short_name="H. Hai")]
    refs += [SimpleNamespace(level=Level.DEPARTMENT, short_name=f"Sở {n}") for n in range(1, 8)]
    said = narrative.unsent(SimpleNamespace(unsent=refs))
    assert said == "UBND H. Hai, Sở 1, Sở 2, Sở 3, Sở 4, Sở 5, 2 cơ quan khác, 3 UBND cấp xã"


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
    assert "Số: /BC-UBND" in said and "ngày tháng năm 2023" in said
    assert "(Kèm theo Báo cáo số /BC-UBND ngày tháng năm 2023 của UBND tỉnh)" in said
    assert "TM. ỦY BAN NHÂN DÂN (Chức vụ, chữ ký, họ và tên)" in said
    assert "THỦ TRƯỞNG CƠ QUAN" in words(as_person("khanh").get(REPORT + "?ky=2023-08&don-vi=s1"))


def test_illustrative_figures_are_marked_on_the_sheet(as_person, province):
    page = as_person("lam").get(REPORT).content.decode()
    assert "minh họa" not in page and 'class="sheets"' in page
    IllustrativeYear.objects.create(
        plan=province.plan, seed=1, loaded_at=factories.AT, clock_at=factories.AT, real_at=factories.AT
    )
    page = as_person("lam").get(REPORT)
    assert "(Bản mẫu, số liệu minh họa, không phải số thật của tỉnh)" in words(page)
    assert 'class="sheets illustrative"' in page.content.decode()


def test_figures_that_are_being_added_up(as_person, province):
    RollupDebt.objects.create(plan=province.plan, created_at=factories.AT)
    assert "Số liệu đang được tổng hợp lại." in words(as_person("lam").get(REPORT))


# Who


@pytest.mark.parametrize(
    ("name", "open_to"),
    [
        ("lam", {"", "tinh", "s1", "h1", "h2", "x11", "x12", "x21", "x22"}),
        ("khanh", {"", "tinh", "s1", "h1", "h2", "x11", "x12", "x21", "x22"}),
        ("quan", {"", "tinh", "s1", "h1", "h2", "x11", "x12", "x21", "x22"}),
        ("dung", {"h1", "x11", "x12"}),
        ("an", {"x11"}),
        ("binh", {"x11"}),
        ("cuc", {"x21"}),
    ],
)
def test_whose_report_one_may_open(as_person, name, open_to):
    person = as_person(name)
    every = ["", "tinh", "s1", "h1", "h2", "x11", "x12", "x21", "x22", "nope", "h1%00"]
    assert {code for code in every if person.get(f"{REPORT}?don-vi={code}").status_code == 200} == open_to
    assert {person.get(f"{REPORT}?don-vi={code}").status_code for code in every} == {200, 404}
    offered = re.findall(r'<option value="([a-z]+\d*)"', person.get("/bao-cao/").content.decode())
    assert set(offered) == open_to - {""}


def test_the_list_offers_ones_own_first(as_person):
    content = as_person("dung").get("/bao-cao/?ky=2023-07&so-lieu=tam-tinh").content.decode()
    assert '<option value="h1" selected>Đơn vị h1</option>' in content
    assert (
        '<input type="hidden" name="ky" value="2023-07"><input type="hidden" name="so-lieu" value="tam-tinh">'
        in content
    )
    assert [kind.title for kind in REPORTS.values()] == ["Báo cáo tiến độ thực hiện chỉ tiêu"]


def test_an_account_without_an_agency(client, province):
    client.force_login(factories.person("le"))
    assert "Tài khoản này chưa gắn với đơn vị nào" in words(client.get("/bao-cao/"))
    assert client.get(REPORT).status_code == 404


@pytest.mark.parametrize("address", ["/bao-cao/", REPORT])
def test_only_for_those_who_log_in_and_only_to_read(client, as_person, address):
    response = client.get(address)
    assert response.status_code == 302 and response["Location"].startswith("/dang-nhap/")
    assert as_person("lam").post(address).status_code == 405


@pytest.mark.parametrize("address", ["/bao-cao/khac/", REPORT + "?ky=2023-13", REPORT + "?so-lieu=x", "/bao-cao/?ky=x"])
def test_what_is_not_there(as_person, address):
    assert as_person("lam").get(address).status_code == 404


# Cost


@pytest.mark.parametrize(("code", "queries"), [("tinh", 21), ("h1", 21), ("x11", 20)])
def test_a_fixed_number_of_queries(as_person, province, django_assert_num_queries, code, queries):
    lam = as_person("lam")
    lam.get(REPORT)
    # 3 who reads (session, account, roles), 2 what is shown, 1 whose report, 3 targets and their rows, 1 agencies, 2 who owes
    # and who sent, 1 indicators, 1 below it, 1 the roll-up's state, 1 the frame, 3 the session's new end.
    with django_assert_num_queries(queries) as captured:
        lam.get(f"{REPORT}?don-vi={code}")
    written = [query["sql"] for query in captured if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert all("django_session" in sql for sql in written)


def test_more_agencies_and_targets_are_no_more_queries(as_person, province, django_assert_num_queries):
    more = [factories.agency(f"y{n:02}", parent=province.tree["h1"]) for n in range(12)]
    for number in range(3, 9):
        factories.target(province.plan, f"I.{number}", more)
    roll_up(province.plan)
    lam = as_person("lam")
    lam.get(REPORT)
    with django_assert_num_queries(21):
        assert "y11" in words(lam.get(f"{REPORT}?don-vi=h1"))


def test_names_are_only_text(as_person, province):
    evil = '"><script>alert(1)</script>'
    Agency.objects.filter(code="h1").update(name=evil, short_name=evil)
    type(province.plan).objects.update(issuer=evil, title=evil, number=evil)
    province.plan.targets.update(label=evil)
    for address in (REPORT, REPORT + "?don-vi=h1", "/bao-cao/"):
        content = as_person("lam").get(address).content.decode()
        assert "<script>alert" not in content and "&lt;script&gt;alert(1)" in content
