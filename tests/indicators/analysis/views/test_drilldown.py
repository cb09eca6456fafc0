"""The drill-down into a figure, on figures that can be added up on paper.

It is 09:00 on 21 August 2023. The agencies: department s1 (leads I.1); districts h1 (communes x11, x12) and h2 (x21, x22).

| target | agency | what |
|---|---|---|
| I.1, flow, at least 50% | x11 | July 30/100, August 90/100 |
| | x12 | July 10/100; August 40/50 waits for review |
| | x21 | July 1/10; August returned |
| | x22 | June 2/4; exempt from 1 August: its June stays in the year |
| | s1 | July 20/40, August nothing arose |
| I.2, stock | x11 x12 x21 x22 | August 50/500; July 10/100; August draft; nothing |
| I.3, yes/no | x11 x12 x21 | yes, no, silent |
| I.4, milestone | x11 x12 | 40, 61 |
| II.1, count | s1 x11 | 130, 4 |
| II.2, quarterly value | s1 | June: 9 |

I.1 as of August: N 30 + 90 + 10 + 1 + 2 + 20 + 0 = 153, D 100 + 100 + 100 + 10 + 4 + 40 + 0 = 354; 43,220339%.
"""

import datetime as dt
import re
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from urllib.parse import unquote

import openpyxl
import pytest

from agencies.models import Agency
from agencies.roles import Role
from agencies.services.organisation import set_parent
from demo.models import DemoYear
from indicators.analysis.drilldown import explain
from indicators.models import (
    Actual,
    Basis,
    Exemption,
    Frequency,
    IndicatorParty,
    Kind,
    PendingRollup,
    Rollup,
    RollupState,
    State,
    Submission,
    Target,
    Timing,
)
from indicators.rollups import engine
from indicators.selection import Selection, periods_begun
from tests import factories, worlds
from tests.page import words

pytestmark = pytest.mark.once

DAY = factories.AT.replace(day=21)


@worlds.shared(at=DAY, stays=True)
def world():
    tree = factories.make_tree(departments=1, districts=2, communes=2)
    plan = factories.make_plan()
    on = {month: factories.period(plan, month) for month in range(1, 13)}
    communes = [tree[code] for code in ("x11", "x12", "x21", "x22")]
    stock = {"timing": Timing.STOCK}
    t = {
        "I.1": factories.target(
            plan,
            "I.1",
            [*communes, tree["s1"]],
            threshold=50,
            numerator_label="Trên mạng",
            denominator_label="Tổng",
        ),
        "I.2": factories.target(plan, "I.2", communes, **stock),
        "I.3": factories.target(plan, "I.3", communes[:3], kind=Kind.YES_NO, **stock),
        "I.4": factories.target(plan, "I.4", communes[:2], kind=Kind.MILESTONE, unit="% hoàn thành", **stock),
        "II.1": factories.target(
            plan, "II.1", [tree["s1"], tree["x11"]], kind=Kind.COUNT, threshold=150, unit="doanh nghiệp", **stock
        ),
        "II.2": factories.target(
            plan, "II.2", [tree["s1"]], kind=Kind.VALUE, unit="% GRDP", frequency=Frequency.QUARTER, **stock
        ),
    }
    IndicatorParty.objects.create(indicator=t["I.1"].indicator, part=IndicatorParty.Part.LEAD, agency=tree["s1"])
    people = {
        "lam": factories.person("lam", tree["tinh"], Role.LEADER),
        "chi": factories.person("chi", tree["s1"], Role.LEAD),
        "an": factories.person("an", tree["x11"], Role.FOCAL, full_name="Nguyễn Văn An"),
        "dung": factories.person("dung", tree["h1"], Role.REVIEWER, full_name="Trần Thị Dung"),
        "cuc": factories.person("cuc", tree["x21"], Role.FOCAL),
    }
    decided = {"reviewed_by": people["dung"], "reviewed_at": factories.AT + dt.timedelta(hours=2)}
    factories.report(tree["s1"], on[6], {t["II.2"]: 9})
    factories.report(tree["x22"], on[6], {t["I.1"]: (2, 4)})
    factories.report(tree["x11"], on[7], {t["I.1"]: (30, 100)}, **decided)
    factories.report(tree["x12"], on[7], {t["I.1"]: (10, 100), t["I.2"]: (10, 100)}, **decided)
    factories.report(tree["x21"], on[7], {t["I.1"]: (1, 10)})
    factories.report(tree["s1"], on[7], {t["I.1"]: (20, 40)})
    august = {t["I.1"]: (90, 100), t["I.2"]: (50, 500), t["I.3"]: 1, t["I.4"]: 40, t["II.1"]: 4}
    factories.report(tree["x11"], on[8], august, **decided)
    old = factories.report(tree["x12"], on[8], {t["I.3"]: 0, t["I.4"]: 61}, **decided)
    Submission.objects.filter(pk=old.pk).update(is_latest=False, is_provisional=False)
    again = {t["I.1"]: (40, 50), t["I.3"]: 0, t["I.4"]: 61}
    factories.report(tree["x12"], on[8], again, state=State.SUBMITTED, version=2)
    factories.report(
        tree["x21"], on[8], {t["I.1"]: (9, 9)}, state=State.RETURNED, return_reason="Sai tử số", reviewed_at=DAY
    )
    factories.report(tree["s1"], on[8], {t["I.1"]: (0, 0), t["II.1"]: 130})
    Actual.objects.filter(submission__agency=tree["s1"], denominator=0).update(nothing_arose=True)
    Actual.objects.filter(submission__agency=tree["x11"]).update(entered_by=people["an"])
    Exemption.objects.create(
        assignment=t["I.1"].assignments.get(agency=tree["x22"]),
        first_day=dt.date(2023, 8, 1),
        reason="Sắp sáp nhập",
    )
    roll_up(plan)
    return SimpleNamespace(tree=tree, plan=plan, targets=t, on=on, people=people)


def roll_up(plan):
    engine.rebuild(plan)
    RollupState.objects.filter(plan=plan).update(computed_at=DAY)


@pytest.fixture
def get(client, world):
    """`get("lam", "I.1", "&node=h1", "tep/")`: the response that a person gets, in a separate browser."""
    browsers = {}

    def go(name, code="I.1", more="", file="", month="2023-08"):
        if name not in browsers:
            browsers[name] = type(client)()
            browsers[name].force_login(world.people[name])
        return browsers[name].get(f"/muc-tieu/{code}/giai-thich/{file}?ky={month}{more}")

    return go


@pytest.fixture
def built(world):
    """`built("I.1", "lam", node="h1")`: the dataclass behind the page."""

    def make(code="I.1", name="lam", node="", month=8, basis=Basis.OFFICIAL):
        selection = Selection(world.plan, world.on[month], basis, periods_begun(world.plan))
        return explain(selection, Target.objects.with_parties().get(code=code), world.people[name], node)

    return make


def sheets(response):
    return openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content)))


def table(sheet):
    """The rows under the header row."""
    return list(sheet.iter_rows(min_row=int(sheet.freeze_panes[1:]), values_only=True))


# The parts


def test_the_parts_of_a_flow_make_the_figure(get):
    said = words(get("lam"))
    assert "100 × 153 ÷ 354 ≈ 43,220339%" in said
    assert "Cộng số của 5 đơn vị: Σ tử số = 153, Σ mẫu số = 354. Khớp với số tổng hợp." in said
    assert "X11, H1 thiếu T1, T2, T3, T4, T5, T6 120 200 60,00% 2 tháng có số" in said
    assert "T8 90 / 100. Nhập 09:00 ngày 16/08/2023, Nguyễn Văn An." in said
    assert "Duyệt 11:00 ngày 16/08/2023, Trần Thị Dung. Phiếu 08-x11-01" in said
    assert "T8 không phát sinh. Nhập" in said
    assert "không còn được giao; các kỳ trước vẫn tính 2 4 50,00%" in said
    assert "Cộng 153 354 43,22%" in said


def test_who_is_missing_and_why(get):
    said = words(get("lam"))
    missing = said.split("Chưa có số của kỳ này (2)")[1]
    assert "X12, H1 Chờ duyệt, nộp lúc 09:00 ngày 16/08/2023" in missing
    assert "X21, H2 Bị trả lại, trả lại lúc 09:00 ngày 21/08/2023: Sai tử số" in missing
    assert "Được miễn báo cáo (1)" in missing
    assert "X22, H2 Từ 01/08/2023 chưa định ngày hết: Sắp sáp nhập" in missing


def test_provisionally_what_waits_is_in(get):
    said = words(get("lam", more="&so-lieu=tam-tinh"))
    assert "100 × 193 ÷ 404 ≈ 47,772277%" in said
    assert "T8 40 / 50. Nhập 09:00 ngày 16/08/2023. Chờ duyệt. Phiếu 08-x12-02" in said
    assert "Chưa có số của kỳ này (1)" in said and "Chờ duyệt, nộp lúc" not in said


def test_a_stock_says_which_month_its_figure_is_of(get, world):
    factories.report(world.tree["x22"], world.on[8], {}, state=State.DRAFT, created_at=DAY)
    said = words(get("lam", "I.2"))
    assert "100 × 60 ÷ 600 = 10%" in said
    assert "X12, H1 số cũ: tháng 7 10 100 10,00% T7 10 / 100." in said
    # x12's approved August report left I.2 out, and so does the one that waits.
    assert "X12, H1 Phiếu đã nộp không có số này, nộp lúc 09:00 ngày 16/08/2023" in said
    assert "X21, H2 Bị trả lại" in said
    assert "X22, H2 Bản nháp từ 09:00 ngày 21/08/2023" in said


@pytest.mark.parametrize(
    ("code", "month", "said"),
    [
        ("I.3", 8, "100 × 1 ÷ 3 ≈ 33,333333%"),
        ("I.3", 8, "Cộng số của 2 đơn vị: 1 trên 3 đơn vị được giao đã có. Khớp với số tổng hợp."),
        ("I.3", 8, "X12, H1 Không T8."),
        ("I.4", 8, "101 ÷ 2 = 50,5% hoàn thành"),
        ("II.1", 8, "Số của 2 đơn vị: 134 doanh nghiệp"),
        ("II.1", 8, "Cộng số của 2 đơn vị: Σ = 134. Khớp với số tổng hợp."),
        ("II.2", 8, "Số của 1 đơn vị: 9% GRDP"),
        ("II.2", 2, "Chưa đến kỳ: chỉ tiêu này báo cáo hằng quý, kỳ đầu là tháng 3."),
    ],
)
def test_every_kind_is_reckoned_through(get, code, month, said):
    assert said in words(get("lam", code, month=f"2023-{month:02}"))


def test_a_district_that_reports_is_named_as_the_one_who_reports(get, world):
    world.targets["I.1"].assignments.create(agency=world.tree["h1"])
    factories.report(world.tree["h1"], world.on[8], {world.targets["I.1"]: (5, 10)})
    roll_up(world.plan)
    said = words(get("lam", more="&node=h1"))
    assert "UBND H1 mẫu nhỏ; thiếu T1, T2, T3, T4, T5, T6, T7 5 10 50,00%" in said and "Cộng 135 310" in said


def test_before_the_first_quarter_nobody_is_missing(get):
    said = words(get("lam", "II.2", month="2023-02"))
    assert "Chưa có số của kỳ này" not in said and "Chưa có đơn vị nào có số." in said


@pytest.mark.slow(8)
def test_the_parts_make_every_stored_row_exactly(world, built):
    """Every target, month, basis and node, with x12 in another district from August and a closed agency."""
    set_parent(agency=world.tree["x12"], parent=world.tree["h2"], from_day=dt.date(2023, 8, 1))
    Agency.objects.filter(code="x21").update(last_day=dt.date(2023, 7, 31))
    roll_up(world.plan)
    checked = 0
    for row in Rollup.objects.filter(period__number__lte=8).select_related("target", "period"):
        node = f"rieng:{row.node}" if row.scope == "own" and row.node in ("h1", "h2") else row.node
        found = built(row.target.code, node=node, month=row.period.number, basis=Basis(row.basis))
        assert found.agrees, row
        counted = row.approved if row.basis == Basis.OFFICIAL else row.reported
        assert found.absent_count == row.expected - counted, row
        checked += 1
    assert checked > 300


def test_a_figure_that_came_since_is_said_to_be_on_its_way(get, world):
    Actual.objects.filter(submission__agency__code="s1", numerator=20).update(numerator=Decimal(21))
    assert "Tổng các dòng khác số tổng hợp." in words(get("lam"))
    PendingRollup.objects.create(plan=world.plan, target=world.targets["I.1"], created_at=DAY)
    said = words(get("lam"))
    assert "Số liệu đang tổng hợp." in said and "khác số tổng hợp" not in said
    # Another target's debt is no news here.
    assert "đang tổng hợp" not in words(get("lam", "I.2"))


# Who


@pytest.mark.parametrize(
    ("name", "named", "rest"),
    [
        ("lam", ["X11", "X12", "X21", "X22", "S1"], None),
        ("chi", ["X11", "X12", "X21", "X22", "S1"], None),
        ("dung", ["X11", "X12"], "Các đơn vị khác (3 đơn vị) 23 54"),
        ("an", ["X11"], "Các đơn vị khác (4 đơn vị) 33 154"),
        ("cuc", ["X21"], "Các đơn vị khác (4 đơn vị) 152 344"),
    ],
)
def test_a_strangers_figures_are_one_exact_rest(get, name, named, rest):
    said = words(get(name))
    assert [code for code in ("X11", "X12", "X21", "X22", "S1") if f" {code}" in said] == named
    assert (rest or "Các đơn vị khác") in said if rest else "Các đơn vị khác" not in said
    assert "Cộng 153 354 43,22%" in said


def test_a_reason_is_for_who_may_open_the_report(get):
    assert "Sai tử số" in words(get("cuc")) and "Sai tử số" in words(get("lam"))
    # The lead sees the figures and that it was returned, opens each figure's own page and no report of another agency.
    page = get("chi")
    assert "X21, H2 Bị trả lại, trả lại lúc" in words(page) and "Sai tử số" not in words(page)
    links = re.findall(r'href="(/duyet/[^"]*)"', page.content.decode())
    assert links and all(re.fullmatch(r"/duyet/[0-9]+/I\.1/", link) for link in links)


@pytest.mark.parametrize("file", ["", "tep/"])
@pytest.mark.parametrize(
    ("name", "open_to"),
    [
        ("lam", {"", "@communes", "h1", "h2", "x11", "x21"}),
        ("chi", {"", "@communes", "h1", "h2", "x11", "x21"}),
        ("dung", {"", "@communes", "h1", "x11"}),
        ("an", {"", "@communes", "h1", "x11"}),
        ("cuc", {"", "@communes", "h2", "x21"}),
    ],
)
def test_who_may_look_at_which_node(get, name, open_to, file):
    every = ["", "@communes", "h1", "h2", "x11", "x21", "rieng:h1", "nope", "%00"]
    answers = {node: get(name, more=f"&node={node}", file=file).status_code for node in every}
    assert {node for node, status in answers.items() if status == 200} == open_to
    assert set(answers.values()) == {200, 404}


def test_whoever_is_not_logged_in_is_asked_to(client, world):
    for file in ("", "tep/"):
        response = client.get(f"/muc-tieu/I.1/giai-thich/{file}")
        assert response.status_code == 302 and response["Location"].startswith("/dang-nhap/")


@pytest.mark.parametrize("code", ["I.99", "I.1%00"])
def test_what_is_not_there(get, code):
    assert get("lam", code).status_code == 404


@pytest.mark.parametrize(("name", "expected"), [("lam", 18), ("an", 20), ("chi", 21)])
def test_looking_changes_nothing_and_asks_a_fixed_number_of_questions(
    get, world, name, expected, django_assert_num_queries
):
    get(name)
    with django_assert_num_queries(expected) as captured:
        get(name)
    written = [query["sql"] for query in captured if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert written == []
    more = [factories.agency(f"y{n:02}", parent=world.tree["h1"]) for n in range(12)]
    assignments = world.targets["I.1"].assignments
    assignments.bulk_create(assignments.model(target=world.targets["I.1"], agency=agency) for agency in more)
    roll_up(world.plan)
    with django_assert_num_queries(expected):
        get(name)


def test_names_are_only_text(get):
    evil = "<script>alert(1)</script>"
    Agency.objects.filter(code="x11").update(short_name=evil)
    Actual.objects.filter(submission__agency__code="x11").update(note=evil)
    Exemption.objects.update(reason=evil)
    content = get("lam").content.decode()
    assert "<script>alert" not in content and content.count("&lt;script&gt;alert(1)") == 4


# The file


def test_the_file_says_what_the_page_says(get):
    book = sheets(get("lam", file="tep/"))
    rows = table(book["Số liệu"])
    assert [row[1:6] for row in rows] == [
        ("s1", 7, 20, 40, None),
        ("s1", 8, 0, 0, None),
        ("x11", 7, 30, 100, None),
        ("x11", 8, 90, 100, None),
        ("x12", 7, 10, 100, None),
        ("x21", 7, 1, 10, None),
        ("x22", 6, 2, 4, None),
        (None, None, 153, 354, None),
    ]
    assert sum(row[3] for row in rows[:-1]) == 153 and sum(row[4] for row in rows[:-1]) == 354
    assert rows[1][6] == "không phát sinh" and rows[-1][0] == "Cộng"
    assert rows[3][7:12] == (
        "Nguyễn Văn An",
        dt.datetime(2023, 8, 16, 9),
        "Trần Thị Dung",
        dt.datetime(2023, 8, 16, 11),
        "08-x11-01",
    )
    head = [row[0] for row in book["Số liệu"].iter_rows(max_row=10, values_only=True)]
    assert head[:2] == ["Giải thích I.1 Chỉ tiêu I.1", "Toàn tỉnh, kỳ tháng 8 năm 2023, chính thức"]
    said = words(get("lam"))
    for line in head[2:8]:  # how it is timed, added up, reckoned and proved, who was asked, what it can still be
        assert line.replace("\u00a0", " ").rstrip(".") in said
    assert head[4] == "100 × 153 ÷ 354 ≈ 43,220339%"
    assert head[6] == "4 phải báo cáo, 3 đã nộp, 2 đã duyệt, 1 được miễn"
    assert head[8:] == ["Đánh giá theo định nghĩa lần 1, theo kế hoạch.", "Tổng hợp lúc 09:00 ngày 21/08/2023"]
    assert [row[1] for row in table(book["Chưa có số"])] == ["x12", "x21", "x22"]


def test_the_file_too_is_cut_to_what_the_reader_may_see(get):
    rows = table(sheets(get("an", file="tep/"))["Số liệu"])
    assert [row[0] for row in rows[-2:]] == ["Các đơn vị khác (4 đơn vị)", "Cộng"]
    assert [row[1] for row in rows[:-2]] == ["x11", "x11"]
    assert rows[-2][3:5] == (33, 154)


def test_its_name_is_vietnamese_and_its_marks_are_there(get, world):
    response = get("lam", file="tep/", more="&node=h1")
    assert "filename*=utf-8''" in response["Content-Disposition"]
    assert unquote(response["Content-Disposition"]).endswith("Giải thích I.1_h1_tháng-8-2023.xlsx")
    assert "MINH HỌA" not in str(sheets(response)["Số liệu"]["A1"].value)
    DemoYear.objects.create(plan=world.plan, seed=1, loaded_at=DAY, clock_at=DAY, real_at=DAY)
    sheet = sheets(get("lam", file="tep/"))["Số liệu"]
    assert sheet["A1"].value == "SỐ LIỆU MINH HỌA"
    assert sheet.freeze_panes == "B13" and sheet["A12"].value == "Đơn vị"


def test_nothing_in_the_file_becomes_a_formula(get):
    evil = '=HYPERLINK("http://x")\x07'
    Agency.objects.filter(code="x11").update(name=evil)
    Actual.objects.filter(submission__agency__code="x11").update(note="+1+cmd|'/c calc'!A0")
    Target.objects.filter(code="I.1").update(label="=1+1")
    Exemption.objects.update(reason="=2+2")
    book = sheets(get("lam", file="tep/"))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds == {"s", "n", "d"}
    assert any(str(row[0]).startswith("=HYPERLINK(") for row in table(book["Số liệu"]))
