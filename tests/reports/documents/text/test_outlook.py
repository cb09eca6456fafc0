"""The sentences around a report's figures, on rows made by hand: nobody is asked for its own duty or for what is closed."""

import datetime as dt
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from agencies.models import Level
from indicators.rules.status import Status
from projects.schedule_rules import Lateness
from reports.documents import layout, tables
from reports.documents.data import explanatory_notes
from reports.documents.data.outlook import NextPeriod
from reports.documents.model import RECEIVER, Annex, Document, Heading, Paragraph, bind
from reports.documents.text import formal, outlook
from reports.documents.text.abbreviations import MEANINGS, explained

pytestmark = pytest.mark.once


class Period(NamedTuple):
    number: int
    closes_on: dt.date
    window_last: dt.date
    unsent_word: str = "chưa nộp"
    label: str = "8"


DAY = dt.date(2023, 8, 14)
PERIOD = Period(8, dt.date(2023, 8, 21), DAY)
COMING = NextPeriod("tháng 9 năm 2023", dt.date(2023, 8, 15), dt.date(2023, 9, 14), dt.date(2023, 9, 18))
PROVINCE = SimpleNamespace(type="toan-tinh", agency=SimpleNamespace(pk=1))
DISTRICT = SimpleNamespace(type="huyen", agency=SimpleNamespace(pk=7, name="UBND huyện Yên Sơn"))


def line(code, status=Status.AT_RISK, leads=("Sở Y tế",), due=dt.date(2023, 12, 31), **more):
    target = SimpleNamespace(
        code=code, label=f"Tên {code}", lead_names=leads, due=due, threshold=Decimal(50), comparator="gte", unit="%",
        is_cumulative=False, is_falling=False,
    )  # fmt: skip
    given = {"value": Decimal(40), "required": None, "is_judged": True, "is_thin": False, "progress": None} | more
    return SimpleNamespace(target=target, status=status, numerator=None, denominator=None, **given)


def agency(pk, name, level=Level.DEPARTMENT):
    return SimpleNamespace(pk=pk, name=name, level=level, place_name=name)


@dataclass(frozen=True)
class Report:
    """The part of a progress report that the sentences read."""

    bad: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    unsent: list = field(default_factory=list)
    is_over: bool = True
    is_closed: bool = False
    indicator_count: int = 0
    period: object = PERIOD


def asked(report, projects=(), subject=PROVINCE, issuer="Sở TT", day=COMING.due_on):
    return outlook.requests(report, projects, subject, issuer, day)


def test_missed_targets_are_explained_the_others_are_worked_on():
    report = Report(bad=[line("I.1", Status.MISSED), line("I.2"), line("I.3", Status.BEHIND, ("Các sở",))])
    assert asked(report) == [
        f"1. Đề nghị {RECEIVER} chỉ đạo Sở Y tế giải trình nguyên nhân, xác định thời hạn khắc phục đối với 1 chỉ tiêu đã đến hạn "
        "mà không đạt, báo cáo kết quả trước ngày 18/09/2023.",
        f"2. Đề nghị {RECEIVER} chỉ đạo Sở Y tế; các sở làm rõ nguyên nhân, có giải pháp đối với 2 chỉ tiêu có nguy cơ không đạt "
        "hoặc cần chú ý, báo cáo kết quả trước ngày 18/09/2023.",
    ]


def test_nobody_urges_itself_nor_asks_for_what_is_closed():
    own = Report(bad=[line("I.1", leads=("Sở TT",))], unsent=[agency(5, "Sở TT")])
    assert asked(own) == []
    late = Report(unsent=[agency(5, "Sở TT"), agency(6, "Sở Y tế")])
    (said,) = asked(late)
    assert "1 cơ quan, đơn vị khác chưa nộp phiếu báo cáo kỳ này (Sở Y tế)" in said
    assert said.endswith("nộp trước khi kỳ đóng, ngày 21/08/2023.")
    (closed,) = asked(replace(late, is_closed=True, period=PERIOD._replace(unsent_word="không nộp")))
    assert closed == (
        f"Đề nghị {RECEIVER} chấn chỉnh việc chấp hành chế độ báo cáo của 1 cơ quan, đơn vị khác không nộp phiếu báo cáo kỳ này "
        "(Sở Y tế)."
    )
    assert asked(replace(late, is_over=False)) == []
    assert asked(Report(bad=[line("I.1")]), subject=DISTRICT) == []


def test_overdue_projects_name_their_leads_in_full():
    lead = SimpleNamespace(agency=SimpleNamespace(name="Sở Nông nghiệp và Phát triển nông thôn"))
    row = SimpleNamespace(standing=SimpleNamespace(lateness=Lateness.OVERDUE), leads=[lead])
    (said,) = asked(Report(), [row])
    assert "cơ quan chủ trì (Sở Nông nghiệp và Phát triển nông thôn) của 1 dự án, nhiệm vụ quá hạn" in said


def test_what_is_reached_is_counted_by_indicator_and_named():
    lines = [
        line("I.1.a", Status.ACHIEVED),
        line("I.1.b"),
        line("I.2", Status.ACHIEVED),
        line("I.3"),
        line("I.4", is_judged=False),
    ]
    said = outlook.reached(Report(lines=lines, indicator_count=4))
    assert said == (
        "Trong 4 chỉ tiêu, 1 chỉ tiêu đã đạt, gồm: Tên I.2 (40,00%); 1 chỉ tiêu đạt một phần; 1 chỉ tiêu chưa đạt; 1 chỉ tiêu "
        "không đặt ngưỡng, chỉ theo dõi."
    )
    assert outlook.reached(Report(lines=[lines[-1]])) == ""


def test_parts_of_an_indicator_without_a_point_count_as_one():
    lines = [line("I.1a", Status.ACHIEVED), line("I.1b"), line("I.10", Status.ACHIEVED)]
    said = outlook.reached(Report(lines=lines, indicator_count=2))
    assert said == (
        "Trong 2 chỉ tiêu, 1 chỉ tiêu đã đạt, gồm: Tên I.10 (40,00%); 1 chỉ tiêu đạt một phần; 0 chỉ tiêu chưa đạt."
    )


def test_what_falls_due_next_is_what_is_not_done():
    soon = dt.date(2023, 8, 31)
    lines = [line("I.1", due=soon), line("I.2", Status.ACHIEVED, due=soon), line("I.3"), line("I.4", due=DAY)]
    due = outlook.due_next(lines, [], [], DAY, COMING.last_day)
    assert [one.target.code for one in due.targets] == ["I.1"]
    said = outlook.next_tasks(due, COMING, Report(), PROVINCE, [])
    assert said == [
        "- Hoàn thành các chỉ tiêu đến hạn: Tên I.1 (40,00%), hạn 31/08/2023.",
        "- Nộp phiếu báo cáo tháng 9 năm 2023 chậm nhất ngày 18/09/2023 (số liệu từ ngày 15/08/2023 đến ngày 14/09/2023).",
    ]


def test_a_district_urges_its_communes_while_the_period_is_open():
    report = Report(unsent=[agency(7, "UBND huyện"), agency(8, "UBND xã")])
    said = outlook.next_tasks(outlook.DueNext(), COMING, report, DISTRICT, [])
    assert said[0] == "- Đôn đốc 1 đơn vị chưa nộp phiếu báo cáo kỳ tháng 8."
    closed = outlook.next_tasks(outlook.DueNext(), COMING, replace(report, is_closed=True), DISTRICT, [])
    assert len(closed) == 1


def test_causes_are_those_of_the_agencies_that_lack_most():
    """To 50%: A lacks 30 of 100, B 10, C nothing, so that A makes up three quarters of what is missing."""
    parts = {1: (Decimal(20), Decimal(100)), 2: (Decimal(40), Decimal(100)), 3: (Decimal(90), Decimal(100))}
    missing = explanatory_notes._missing(line("I.1"), parts)
    assert missing == {1: Fraction(3, 4), 2: Fraction(1, 4)}
    notes = [(agency(3, "C"), "Đã tốt."), (agency(2, "B"), "Thiếu máy."), (agency(1, "A"), "Thiếu người.")]
    chosen = explanatory_notes._chosen(notes, missing)
    assert [(one.agency, one.note, one.share) for one in chosen] == [
        ("A", "Thiếu người.", Fraction(3, 4)),
        ("B", "Thiếu máy.", Fraction(1, 4)),
    ]
    assert explanatory_notes._missing(line("I.1"), {1: (Decimal(20), Decimal(100))}) is None


def test_an_abbreviation_is_explained_once_and_not_in_quotations():
    body = (
        Paragraph((bind("a", "“UBND xã nêu CNTT”."), bind("b", "UBND tỉnh và UBND huyện."))),
        Paragraph((bind("c", "UBND xã."),)),
    )
    made = explained(Document(bind("t", "T"), body, (Annex("A", (body[1],)),)))
    assert [sentence.plain for sentence in made.sentences[1:4]] == [
        "“UBND xã nêu CNTT”.",
        "Ủy ban nhân dân (UBND) tỉnh và UBND huyện.",
        "UBND xã.",
    ]
    (table,) = made.tables
    assert [[cell.shown for cell in row.cells] for row in table.rows] == [
        ["CNTT", MEANINGS["CNTT"]],
        ["UBND", MEANINGS["UBND"]],
    ]


def test_an_abbreviation_of_a_section_left_out_is_explained_where_it_is_used_next():
    body = (
        Heading("I. A", section="dieu-hanh"),
        Paragraph((bind("a", "UBND tỉnh chỉ đạo."),)),
        Heading("II. B"),
        Paragraph((bind("b", "UBND huyện, CNTT."), bind("c", "UBND xã."))),
        Paragraph((bind("ket-thuc", "UBND báo cáo"),)),
    )
    made = explained(Document(bind("t", "T"), body))
    assert made.sentences[2].plain == "UBND huyện, công nghệ thông tin (CNTT)."
    kept = [sentence.plain for sentence in layout.printed(made, ["dieu-hanh"]).sentences[1:]]
    assert kept == ["Ủy ban nhân dân (UBND) huyện, công nghệ thông tin (CNTT).", "UBND xã.", "UBND báo cáo"]
    assert layout.printed(made).sentences[1:] == made.sentences[1:]


def test_directing_documents_are_cited_up_to_a_number():
    rows = [SimpleNamespace(pk=number, cited=f"Công văn số {number}/UBND") for number in range(1, 23)]
    assert outlook.documents([]) == []
    assert outlook.documents(rows[:1]) == [
        ("van-ban", "Trong kỳ, đã ban hành 1 văn bản chỉ đạo, điều hành:"),
        ("van-ban-1", "- Công văn số 1/UBND."),
    ]
    many = outlook.documents(rows)
    assert len(many) == 21 and many[0][1] == "Trong kỳ, đã ban hành 22 văn bản chỉ đạo, điều hành:"
    assert many[1][1] == "- Công văn số 1/UBND;" and many[-1][1] == "- Công văn số 20/UBND và 2 văn bản khác."


def test_a_place_works_on_its_own_targets_whoever_issues_the_report():
    behind = [line("I.1")]
    (said, _) = outlook.next_tasks(outlook.DueNext(), COMING, Report(bad=behind), DISTRICT, behind)
    assert said == "- UBND huyện Yên Sơn tập trung thực hiện các chỉ tiêu được giao: Tên I.1 (40,00%)."
    (said, _) = outlook.next_tasks(outlook.DueNext(), COMING, Report(bad=behind), PROVINCE, behind)
    assert said.startswith("- ⟨cơ quan ban hành⟩ tập trung")


def test_what_nobody_explained_is_told_by_who_lacks_most():
    # Threshold 50 of 100 each: 30, 20 and 0 are missing, 3/5 and 2/5 of all.
    parts = {"I.1": {1: (Decimal(20), Decimal(100)), 2: (Decimal(30), Decimal(100)), 3: (Decimal(50), Decimal(100))}}
    lines = [line("I.1"), line("I.2")]
    for each in lines:
        each.target.pk = each.target.code
    refs = {1: agency(1, "Sở Y tế"), 2: agency(2, "Sở Tài chính"), 3: agency(3, "Sở Xây dựng")}
    told = explanatory_notes.shortfalls_of(lines, refs, parts, set())
    assert told == {"I.1": [("Sở Y tế", Fraction(3, 5)), ("Sở Tài chính", Fraction(2, 5))]}
    assert formal.shortfall(lines[0], told["I.1"]) == (
        "- Tên I.1 (I.1, 40,00%): phần còn thiếu nhiều nhất ở Sở Y tế 60%; Sở Tài chính 40%; chưa có giải trình."
    )
    assert explanatory_notes.shortfalls_of(lines, refs, parts, {"I.1"}) == {}
    assert explanatory_notes.shortfalls_of(lines, {3: refs[3]}, parts, set()) == {}


def test_a_decision_is_never_due_on_a_day_that_is_over():
    today, until = dt.date(2023, 8, 28), dt.date(2023, 9, 18)
    late = SimpleNamespace(
        is_overdue=lambda day: True, subject="I.9", due=dt.date(2023, 8, 11), agency=agency(1, "Sở Y tế")
    )
    report = Report(bad=[line("I.1", due=dt.date(2023, 12, 31))])
    rows = [[cell.shown for cell in row.cells] for row in tables.decisions(report, [], [late], today, until).rows]
    assert rows[0][3] == "31/12/2023"
    assert rows[1][1:] == ["Trả lời ý kiến chỉ đạo về I.9; đã quá hạn 11/08/2023", "Sở Y tế", "18/09/2023"]
    (_, old) = tables.decisions(report, [], [late], today).rows
    assert old.cells[3].shown == "11/08/2023"


def test_a_result_on_its_way_says_until_when():
    """40% of at least 50% is well only because its day is still to come."""
    part = SimpleNamespace(title="Kinh tế số", lines=[line("II.1", Status.ON_TRACK), line("II.2", Status.ACHIEVED)])
    assert outlook.highlights(part).replace("\xa0", " ") == (
        "- Về kinh tế số: Tên II.2 40,00% (ngưỡng ≥ 50%); Tên II.1 40,00% (ngưỡng ≥ 50%; đúng tiến độ đến ngày 31/12/2023)."
    )
