"""The two commands (domain.md, *Interchange*): what goes in, what is refused and why, what comes out."""

import csv
import datetime as dt
import io
import re
import subprocess
import sys
import zipfile
from decimal import Decimal

import openpyxl
import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from agencies.models import Agency, Level
from agencies.roles import Role
from core.audit.models import AuditEntry
from core.clock import VIETNAM
from core.notifications.models import Notification
from demo.models import DemoYear
from indicators.bulk_import import files, services
from indicators.models import Actual, Assignment, Basis, Kind, PendingRollup, Rollup, State, Submission, Timing
from indicators.rollups import tasks
from indicators.submissions.validation import Figures
from tests import factories as make
from tests import schema, worlds
from tests.stack import ROOT, clean_environment

pytestmark = pytest.mark.django_db

HEADER = "period,agency,target,numerator,denominator,value,note"
# The period of August is open on the 16th and closed on the 21st.
OPEN = dt.datetime(2023, 8, 16, 9, tzinfo=VIETNAM)


@worlds.shared()
def plan():
    """A plan in which commune x11 reports one target of every kind, x12 and s1 only the first."""
    tree = make.make_tree()
    made = make.make_plan()
    first = [tree[code] for code in ("x11", "x12", "s1")]
    make.target(made, "I.1", first)
    own = [tree["x11"]]
    make.target(made, "I.2", own, kind=Kind.COUNT, timing=Timing.STOCK, threshold=150)
    make.target(made, "I.3", own, kind=Kind.YES_NO, timing=Timing.STOCK, threshold=100)
    make.target(made, "I.4", own, kind=Kind.MILESTONE, timing=Timing.STOCK, threshold=None)
    make.target(made, "II.1", own, kind=Kind.VALUE, timing=Timing.STOCK, frequency="quarter", threshold=10)
    make.target(made, "III.2", own, timing=Timing.STOCK, threshold=None, unit="thuê bao/100 dân")
    return made


@pytest.fixture
def write(tmp_path):
    """`write(line, line…)` makes a CSV file with the usual header; bytes are written as they are."""

    def make_file(*lines, header=HEADER, name="so-lieu.csv"):
        path = tmp_path / name
        if lines and isinstance(lines[0], bytes):
            path.write_bytes(lines[0])
        else:
            path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return path

    return make_file


@pytest.fixture
def workbook(tmp_path):
    """`workbook(row, row…)` makes an XLSX file with the usual header; `change(sheet)` may do more to it."""

    def make_file(*rows, change=None):
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.append(HEADER.split(","))
        for row in rows:
            sheet.append(row)
        if change:
            change(sheet)
        path = tmp_path / "so-lieu.xlsx"
        book.save(path)
        return path

    return make_file


def load(path, **options):
    """Run the command and return its output."""
    out = io.StringIO()
    call_command("import_actuals", path, stdout=out, **options)
    return out.getvalue()


def refused(path, **options):
    """The lines of a refusal, after which nothing at all has been written."""
    before = written()
    with pytest.raises(CommandError) as refusal:
        load(path, **options)
    assert refusal.value.returncode == 1
    assert written() == before
    return str(refusal.value).splitlines()


def written():
    """Everything that a load may write."""
    return (
        list(Submission.objects.order_by("pk").values_list()),
        list(Actual.objects.order_by("pk").values_list()),
        Actual.history.count(),
        PendingRollup.objects.count(),
        AuditEntry.objects.count(),
    )


def figures(agency, month, version=None):
    """Figures of an agency's newest (or one) version by target code."""
    found = Submission.objects.filter(agency__code=agency, period__number=month)
    submission = found.get(version=version) if version else found.get(is_latest=True)
    return {
        actual.target.code: actual.value if actual.numerator is None else (actual.numerator, actual.denominator)
        for actual in submission.actuals.select_related("target")
    }


def report(agency, month, **fields):
    return Submission.objects.get(agency__code=agency, period__number=month, **fields)


def give(plan, agency, month, given, **fields):
    """A report that is there before the load; figures by target code."""
    reporter = Assignment.objects.filter(agency__code=agency).first().agency
    by_target = {plan.targets.get(code=code): entry for code, entry in given.items()}
    return make.report(reporter, make.period(plan, month), by_target, **fields)


class TestLoading:
    def test_every_kind(self, plan, write):
        said = load(
            write(
                "2023-03,x11,I.1,30,100,,",
                "2023-03,x11,I.2,,,151,",
                "2023-03,x11,I.3,,,1,",
                "2023-03,x11,I.4,,,62.5,đúng kế hoạch",
                "2023-03,x11,II.1,,,-7.9,",
                "2023-03,x11,III.2,79.1250,12.5000,,",
                "2023-04,x12,I.1,0,0,,",
            )
        )
        assert said.splitlines() == [
            "Đã nạp 7 số liệu.",
            "2 phiếu mới; trạng thái: Chờ duyệt.",
            "2 phiếu tính là nộp muộn.",
        ]
        assert figures("x11", 3) == {
            "I.1": (30, 100),
            "I.2": 151,
            "I.3": 1,
            "I.4": Decimal("62.5"),
            "II.1": Decimal("-7.9"),
            "III.2": (Decimal("79.125"), Decimal("12.5")),
        }
        assert Actual.objects.get(target__code="I.4").note == "đúng kế hoạch"
        nothing = Actual.objects.get(submission__agency__code="x12")
        assert (nothing.numerator, nothing.denominator, nothing.nothing_arose) == (0, 0, True)
        assert Actual.history.count() == 7
        assert set(Actual.history.values_list("history_change_reason", flat=True)) == {"nạp từ so-lieu.csv"}

    @pytest.mark.parametrize(
        ("state", "flags"),
        [("draft", (False, False)), ("submitted", (False, True)), ("approved", (True, True))],
    )
    def test_the_state_that_is_asked_for(self, plan, write, state, flags):
        load(write("2023-03,x11,I.1,30,100,,"), state=state)
        found = report("x11", 3)
        assert (found.state, found.version, found.is_latest) == (state, 1, True)
        assert (found.is_official, found.is_provisional) == flags
        assert (found.submitted_at is None, found.first_submitted_at is None) == (state == "draft",) * 2
        assert (found.reviewed_at is None) == (state != "approved")

    def test_submitted_is_the_default(self, plan, write):
        load(write("2023-03,x11,I.1,30,100,,"))
        assert report("x11", 3).state == State.SUBMITTED

    @time_machine.travel(OPEN)
    def test_a_closed_period_is_no_bar_and_counts_as_late(self, plan, write):
        load(write("2023-07,x11,I.1,30,100,,", "2023-08,x11,I.1,30,100,,", "2023-12,x11,I.1,30,100,,"))
        assert {month: report("x11", month).is_late for month in (7, 8, 12)} == {7: True, 8: False, 12: False}

    @pytest.mark.parametrize(("now", "late"), [((2023, 8, 17, 23, 59, 59), False), ((2023, 8, 18), True)])
    def test_late_from_midnight_after_the_due_day(self, plan, write, now, late):
        with time_machine.travel(dt.datetime(*now, tzinfo=VIETNAM), tick=False):
            load(write("2023-08,x11,I.1,30,100,,"))
        assert report("x11", 8).is_late is late

    @time_machine.travel(OPEN)
    def test_a_draft_is_not_late_before_it_is_sent(self, plan, write):
        file = write("2023-07,x11,I.1,30,100,,")
        load(file, state="draft")
        assert report("x11", 7).is_late is False
        load(file, state="submitted")
        assert report("x11", 7).is_late is True

    def test_one_debt_and_one_line_in_the_log(self, plan, write):
        load(write("2023-05,x11,I.1,30,100,,", "2023-03,x12,I.1,30,100,,"), state="approved")
        debt = PendingRollup.objects.get()
        assert (debt.plan, debt.target, debt.agency, debt.from_period) == (plan, None, None, 3)
        line = AuditEntry.objects.get()
        assert (line.act, line.object_label, line.actor_name) == ("nạp số liệu", "so-lieu.csv", "hệ thống")
        assert (line.detail["state"], line.detail["written"]) == ("approved", 2)
        tasks.roll_up(plan.pk)
        assert Rollup.objects.get(
            target__code="I.1", period__number=5, scope="area", node="tinh", basis="official"
        ).value

    def test_dry_run_writes_nothing_and_says_what_would_be(self, plan, write):
        before = written()
        said = load(write("2023-03,x11,I.1,30,100,,"), dry_run=True, state="approved")
        assert said.splitlines() == [
            "Chạy thử, chưa ghi gì. Sẽ nạp 1 số liệu.",
            "1 phiếu mới; trạng thái: Đã duyệt.",
            "1 phiếu tính là nộp muộn.",
        ]
        assert written() == before

    def test_columns_in_any_order_with_a_mark_and_blank_lines(self, plan, write):
        text = (
            "\ufeffTarget,note,value,denominator,numerator,agency,PERIOD\r\n,,,,,,\r\n\r\nI.1,,,100,30,x11,2023-03\r\n"
        )
        load(write(text.encode()))
        assert figures("x11", 3) == {"I.1": (30, 100)}

    def test_a_note_over_two_lines_does_not_shift_the_count(self, plan, write):
        lines = refused(write('2023-03,x11,I.1,30,100,,"một\nhai"', "2023-04,x11,I.1,101,100,,"))
        assert lines[1] == "Dòng 4, cột numerator: Tử số 101 lớn hơn mẫu số 100."

    def test_unambiguous_numbers_of_both_conventions(self, plan, write):
        load(write('2023-03,x11,III.2,"78,65","1.970,5",,', "2023-06,x11,III.2,1970.1250,1234567,,"))
        assert figures("x11", 3) == {"III.2": (Decimal("78.65"), Decimal("1970.5"))}
        assert figures("x11", 6) == {"III.2": (Decimal("1970.125"), 1234567)}

    def test_answers_in_words(self, plan, write):
        load(write(*(f"2023-0{month},x11,I.3,,,{word}," for month, word in enumerate(("Có", "Chưa", "chưa có"), 1))))
        assert [figures("x11", month)["I.3"] for month in (1, 2, 3)] == [1, 0, 0]

    def test_two_plans_side_by_side(self, plan, write):
        other = make.make_plan(2024)
        make.target(other, "I.1", [Assignment.objects.filter(agency__code="x11").first().agency])
        load(write("2023-03,x11,I.1,30,100,,", "2024-05,x11,I.1,31,100,,"))
        assert dict(PendingRollup.objects.values_list("plan__year", "from_period")) == {2023: 3, 2024: 5}
        found = Actual.objects.order_by("numerator").values_list("target__plan__year", "numerator")
        assert list(found) == [(2023, 30), (2024, 31)]


def test_the_focal_points_hear_of_a_load_once(plan, write):
    people = {code: make.person(f"dm-{code}", Agency.objects.get(code=code), Role.FOCAL) for code in ("x11", "x12")}
    colleague = make.person("loader", Agency.objects.get(code="x12"), Role.FOCAL)
    rows = services_rows(plan, [("x11", 3), ("x11", 4), ("x11", 5), ("x12", 3)])
    services.load_figures(rows=rows, state=State.SUBMITTED, by=colleague, source="t4.xlsx")
    (heard,) = Notification.objects.all()  # x12 is the loader's own
    assert (heard.person, heard.event) == (people["x11"], "filled_in")
    assert heard.title == (
        "Đơn vị x12, Đơn vị h1 đã nạp số liệu thay cho đơn vị, kỳ tháng 3 năm 2023, tháng 4 năm 2023 và 1 kỳ nữa"
    )
    assert heard.text == (
        "Nạp từ t4.xlsx. Phiếu được ghi là đã nộp. Số sai thì rút phiếu để sửa, hoặc báo người duyệt trả lại."
    )
    assert heard.url == "/nhap-so-lieu/2023-05/"
    services.load_figures(rows=rows, state=State.SUBMITTED, by=colleague)  # nothing is written
    assert Notification.objects.count() == 1
    services.load_figures(rows=services_rows(plan, [("x12", 4)]), state=State.DRAFT)  # by an operator
    titles = set(Notification.objects.filter(person__agency__code="x12").values_list("title", flat=True))
    assert titles == {"Quản trị hệ thống đã nạp số liệu thay cho đơn vị, kỳ tháng 4 năm 2023"}


def services_rows(plan, cells):
    target = plan.targets.get(code="I.1")
    return [
        services.Reported(
            line, Agency.objects.get(code=code), make.period(plan, month), target, Figures(Decimal(1), Decimal(2))
        )
        for line, (code, month) in enumerate(cells, 1)
    ]


def test_two_readings_are_refused_with_what_would_be_accepted(plan, write):
    with pytest.raises(CommandError) as refused:
        load(write("2023-03,x11,II.1,,,8.485,", "2023-03,x11,I.4,,,12.375,", "2023-03,x12,I.1,30,1500.000,,"))
    said = str(refused.value)
    assert "“8.485” có hai cách đọc. Nhập 8485 hoặc 8.4850." in said
    assert "“12.375” có hai cách đọc, ô này chỉ nhận được một. Nếu đúng là 12.3750 thì nhập 12.3750." in said
    assert "“1500.000” có hai cách đọc. Nhập 1500000 hoặc 1500." in said
    load(write("2023-03,x11,II.1,,,8.4850,", "2023-03,x11,I.4,,,12.3750,"))
    found = Actual.objects.order_by("value").values_list("target__code", "value")
    assert list(found) == [("II.1", Decimal("8.485")), ("I.4", Decimal("12.375"))]


UNKNOWN_PERIOD = "Không có kỳ “{}” trong kế hoạch nào. Viết như 2023-06."
TWO_READINGS = "“{}” có hai cách đọc. Nhập 1234 hoặc 1.2340."
BAD_ROWS = {
    "unknown agency": ("2023-03,x99,I.1,30,100,,", "agency", "Không có cơ quan, đơn vị mã “x99”."),
    "no agency": ("2023-03,,I.1,30,100,,", "agency", "Chưa ghi."),
    "unknown target": ("2023-03,x11,I.99,30,100,,", "target", "Không có chỉ tiêu thành phần mã “I.99” trong kế hoạch."),
    "not assigned": ("2023-03,x12,I.2,,,3,", "target", "I.2 không được giao cho Đơn vị x12, Đơn vị h1 tại ngày 14/03/2023."),
    "another year": ("2022-03,x11,I.1,30,100,,", "period", UNKNOWN_PERIOD.format("2022-03")),
    "no such month": ("2023-13,x11,I.1,30,100,,", "period", UNKNOWN_PERIOD.format("2023-13")),
    "another way to write a month": ("3/2023,x11,I.1,30,100,,", "period", UNKNOWN_PERIOD.format("3/2023")),
    "not the quarter's end": ("2023-04,x11,II.1,,,7.9,", "period", "II.1 báo cáo theo quý: chỉ nhận kỳ tháng 3, 6, 9 và 12."),
    "numerator above denominator": ("2023-03,x11,I.1,101,100,,", "numerator", "Tử số 101 lớn hơn mẫu số 100."),
    "negative numerator": ("2023-03,x11,I.1,-1,100,,", "numerator", "Tử số và mẫu số không được âm."),
    "negative denominator": ("2023-03,x11,I.1,0,-100,,", "denominator", "Tử số và mẫu số không được âm."),
    "negative count": ("2023-03,x11,I.2,,,-3,", "value", "Số lượng không được âm."),
    "half a thing": ("2023-03,x11,I.2,,,3.5,", "value", "Số lượng phải là số nguyên."),
    "something over nothing": ("2023-03,x11,III.2,3,0,,", "denominator", "Mẫu số bằng 0 thì tử số phải bằng 0."),
    "text": ("2023-03,x11,I.1,mười,100,,", "numerator", "“mười” không phải là số. Nhập như 1970 hoặc 78.65."),
    "NaN": ("2023-03,x11,I.1,30,NaN,,", "denominator", "“NaN” không phải là số. Nhập như 1970 hoặc 78.65."),
    "infinity": ("2023-03,x11,I.2,,,Infinity,", "value", "“Infinity” không phải là số. Nhập như 1970 hoặc 78.65."),
    "an exponent": ("2023-03,x11,I.2,,,1e3,", "value", "“1e3” không phải là số. Nhập như 1970 hoặc 78.65."),
    "a percent sign": ("2023-03,x11,I.4,,,75%,", "value", "“75%” không phải là số. Nhập như 1970 hoặc 78.65."),
    "two readings by point": ("2023-03,x11,I.2,,,1.234,", "value", TWO_READINGS.format("1.234")),
    "two readings by comma": ('2023-03,x11,I.1,1,"1,234",,', "denominator", TWO_READINGS.format("1,234")),
    "too many decimals": ("2023-03,x11,I.1,0.1234,9,,", "numerator", "“0.1234” có quá 3 chữ số thập phân. Làm tròn rồi nhập lại."),
    "too large a part": ("2023-03,x11,I.1,0,1000000000000,,", "denominator", "Số quá lớn: tối đa 12 chữ số phần nguyên."),
    "too large a count": ("2023-03,x11,I.2,,,1000000000,", "value", "Số quá lớn: tối đa 9 chữ số."),
    "no figures": ("2023-03,x11,I.1,,,,", "numerator", "I.1 cần cả tử số và mẫu số."),
    "half a ratio": ("2023-03,x11,I.1,30,,,", "denominator", "I.1 cần cả tử số và mẫu số."),
    "no value": ("2023-03,x11,I.2,,,,", "value", "I.2 cần một giá trị."),
    "a ratio's value": ("2023-03,x11,I.1,,,30,", "value", "I.1 là tỷ lệ: nhập tử số và mẫu số, không nhập giá trị."),
    "a ratio and its value": ("2023-03,x11,I.1,30,100,30,", "value", "I.1 là tỷ lệ: nhập tử số và mẫu số, không nhập giá trị."),
    "a count's numerator": ("2023-03,x11,I.2,30,,,", "numerator", "I.2 chỉ có một giá trị: không nhập tử số, mẫu số."),
    "a count's denominator": ("2023-03,x11,I.2,,100,30,", "denominator", "I.2 chỉ có một giá trị: không nhập tử số, mẫu số."),
    "neither yes nor no": ("2023-03,x11,I.3,,,2,", "value", "Giá trị phải là 1 (có) hoặc 0 (không)."),
    "more than all of it": ("2023-03,x11,I.4,,,100.5,", "value", "Số quá lớn: tối đa 100. Kiểm tra lại số chữ số."),
    "a long note": (f"2023-03,x11,I.1,30,100,,{'a' * 2001}", "note", "Giải trình dài quá 2.000 ký tự."),
    "a short line": ("2023-03,x11,I.1,30,100", "denominator", "Dòng có 5 ô, dòng tiêu đề có 7."),
    "a long line": ("2023-03,x11,I.1,30,100,,,thừa", "note", "Dòng có 8 ô, dòng tiêu đề có 7."),
}  # fmt: skip


class TestBadRows:
    @pytest.mark.parametrize("case", BAD_ROWS)
    def test_line_column_and_reason(self, plan, write, case):
        line, column, reason = BAD_ROWS[case]
        lines = refused(write("2023-01,x11,I.1,30,100,,", line, "2023-02,x11,I.1,30,100,,"))
        assert lines == ["1 dòng có lỗi, chưa ghi gì.", f"Dòng 3, cột {column}: {reason}"]

    def test_the_same_cell_twice(self, plan, write):
        lines = refused(
            write(
                "2023-03,x11,I.1,30,100,,", "2023-03,x12,I.1,1,2,,", "2023-03,x11,I.1,30,100,,", "2023-03,x11,I.1,1,2,,"
            )
        )
        assert lines[1:] == [
            "Dòng 4, cột target: Trùng số liệu với dòng 2.",
            "Dòng 5, cột target: Trùng số liệu với dòng 2.",
        ]

    def test_all_of_them_and_all_of_a_row(self, plan, write):
        make.report(
            Assignment.objects.filter(agency__code="x11").first().agency,
            make.period(plan, 5),
            {plan.targets.get(code="I.1"): (1, 2)},
        )
        lines = refused(
            write(
                "2023-33,x99,I.99,a,b,c,",
                "2023-03,x11,I.1,30,100,,",
                "2023-04,x11,I.1,200,100,,",
                "2023-05,x11,I.1,1,3,,",
            )
        )
        assert lines[0] == "3 dòng có lỗi, chưa ghi gì."
        assert [line.split(":")[0] for line in lines[1:]] == [
            "Dòng 2, cột agency",
            "Dòng 2, cột denominator",
            "Dòng 2, cột numerator",
            "Dòng 2, cột period",
            "Dòng 2, cột target",
            "Dòng 2, cột value",
            "Dòng 4, cột numerator",
            "Dòng 5, cột numerator",
        ]

    def test_assigned_at_the_windows_end(self, plan, write):
        Assignment.objects.filter(agency__code="x11", target__code="I.1").update(last_day=dt.date(2023, 3, 13))
        lines = refused(write("2023-03,x11,I.1,30,100,,"))
        assert lines[1] == "Dòng 2, cột target: I.1 không được giao cho Đơn vị x11, Đơn vị h1 tại ngày 14/03/2023."
        load(write("2023-02,x11,I.1,30,100,,"))

    def test_a_target_of_another_plan(self, plan, write):
        other = make.make_plan(2024)
        make.target(other, "I.9", [Assignment.objects.filter(agency__code="x11").first().agency])
        assert refused(write("2023-03,x11,I.9,30,100,,"))[1].startswith(
            "Dòng 2, cột target: Không có chỉ tiêu thành phần mã “I.9”"
        )

    @pytest.mark.once
    def test_exit_status_is_1_and_every_problem_is_on_standard_error(self, tmp_path, write):
        # Processes of their own, on a database of their own: what an operator's script sees.
        environment = clean_environment() | {"DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"}

        def manage(*arguments):
            command = [sys.executable, "manage.py", *arguments]
            return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

        schema.copy_to(tmp_path / "db.sqlite3")
        result = manage("import_actuals", write("2023-03,x11,I.1,30,NaN,,", "2023-03,x12,I.1,-,5,,"))
        assert result.returncode == 1, result.stderr
        assert result.stdout == ""
        for place in ("Dòng 2, cột period", "Dòng 2, cột denominator", "Dòng 3, cột numerator"):
            assert place in result.stderr
        assert "Traceback" not in result.stderr


class TestFiles:
    @pytest.mark.parametrize(
        ("header", "problem"),
        [
            ("period,agency,target,numerator,value,note", "Dòng 1, cột denominator: Thiếu cột này."),
            ("period,agency,target,numerator,denominator,value", "Dòng 1, cột note: Thiếu cột này."),
            (f"{HEADER},agency", "Dòng 1, cột agency: Có hai cột cùng tên."),
            (
                f"{HEADER},tỉnh",
                f"Dòng 1, cột tỉnh: Không biết cột này. Các cột là: {HEADER.replace(',', ', ')}.",
            ),
        ],
    )
    def test_columns(self, plan, write, header, problem):
        row = "2023-03,x11,I.1,30,100,,"
        assert problem in refused(write(row, header=header))

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "Thiếu cột này."),
            (HEADER.encode() + b"\n", "Tệp không có dòng số liệu nào."),
            (HEADER.replace(",", ";").encode() + b"\n2023-03;x11;I.1;30;100;;\n", "phân cách bằng dấu chấm phẩy"),
            (HEADER.replace(",", "\t").encode() + b"\n", "phân cách bằng dấu tab"),
            (HEADER.encode() + "\n2023-03,x11,I.1,30,100,,lũ lụt".encode("cp1258", "replace") + b"\xf0\n", "(dòng 2)"),
            (HEADER.encode("utf-16"), "không phải CSV mã hóa UTF-8 (dòng 1)"),
            (HEADER.encode() + b'\n2023-03,x11,I.1,30,100,,"m\xe1\xbb\x99t\n', "dấu ngoặc kép không khớp"),
            (HEADER.encode() + b"\n2023-03,x11,I.1,30,1\x0000,,\n", "ký tự rỗng (dòng 2)"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "mật khẩu"),
            (b"PK\x03\x04 not a package", "bị hỏng"),
        ],
    )
    def test_what_is_no_table_is_refused_clearly(self, plan, write, content, reason):
        assert reason in "\n".join(refused(write(content)))

    def test_a_file_that_is_not_there(self, plan, tmp_path):
        assert "Không đọc được tệp" in refused(tmp_path / "không-có.csv")[0]
        assert "Không đọc được tệp" in refused(tmp_path)[0]

    def test_too_large_a_file(self, plan, write, monkeypatch):
        monkeypatch.setattr(files, "MOST_BYTES", 50)
        assert "Tệp lớn hơn" in refused(write("2023-03,x11,I.1,30,100,,"))[0]


class TestWorkbooks:
    def test_numbers_come_as_numbers(self, plan, workbook):
        load(
            workbook(
                ["2023-03", "x11", "I.1", 30, 100.0, None, None],
                ["2023-03", "x11", "II.1", None, None, 1.234, "số của Excel không có hai cách đọc"],
                ["2023-03", "x11", "I.4", "", "", 0.1 + 0.2, None],
                [None, None, None, None, None, None, None],
                ["2023-03", "x11", "I.2", None, None, "151", None],
            )
        )
        assert figures("x11", 3) == {
            "I.1": (30, 100),
            "II.1": Decimal("1.234"),
            "I.4": Decimal("0.3"),
            "I.2": 151,
        }

    def test_cells_that_hold_no_number_are_named(self, plan, workbook):
        def percent(sheet):
            sheet["F6"].number_format = "0%"

        lines = refused(
            workbook(
                [dt.date(2023, 3, 1), "x11", "I.1", 30, 100, None, None],
                ["2023-03", "x11", "I.1", dt.datetime(2023, 12, 3), 100, None, None],
                ["2023-03", "x11", "I.3", None, None, True, None],
                ["2023-03", "x11", "I.2", None, None, "#N/A", None],
                ["2023-03", "x11", "I.4", None, None, 0.8, None],
                ["2023-03", "x11", "I.4", None, None, 12.3456789, None],
                ["2023-03", "x11", "I.1", "=10+20", 100, None, None],
                change=percent,
            )
        )
        assert [line.split(": ")[0] for line in lines[1:]] == [
            "Dòng 2, cột period (ô A2)",
            "Dòng 3, cột numerator (ô D3)",
            "Dòng 4, cột value (ô F4)",
            "Dòng 5, cột value (ô F5)",
            "Dòng 6, cột value (ô F6)",
            "Dòng 7, cột value (ô F7)",
            "Dòng 8, cột numerator (ô D8)",
        ]
        reasons = [line.split(": ")[1] for line in lines[1:]]
        words = [
            "ngày tháng",
            "ngày tháng",
            "TRUE/FALSE",
            "báo lỗi #N/A",
            "phần trăm",
            "6 chữ số thập phân",
            "công thức",
        ]
        assert [word in reason for word, reason in zip(words, reasons, strict=True)] == [True] * 7

    def test_a_formula_counts_as_what_excel_computed(self, plan, workbook):
        path = workbook(["2023-03", "x11", "I.1", "=10+20", 100, None, None])
        rewrite(path, "xl/worksheets/sheet1.xml", rb"</f><v ?/?>(</v>)?", b"</f><v>30</v>")
        load(path)
        assert figures("x11", 3) == {"I.1": (30, 100)}

    def test_more_than_one_sheet(self, plan, workbook):
        def guide(sheet):
            sheet.parent.create_sheet("Hướng dẫn", 0).append(["Điền vào trang sau."])

        row = ["2023-03", "x11", "I.1", 30, 100, None, None]
        load(workbook(row, change=guide))
        assert figures("x11", 3) == {"I.1": (30, 100)}

        def copy(sheet):
            sheet.parent.copy_worksheet(sheet)

        assert "nhiều trang tính số liệu" in refused(workbook(row, change=copy))[0]

    def test_a_cell_beyond_the_header_is_not_dropped(self, plan, workbook):
        lines = refused(workbook(["2023-03", "x11", "I.1", 30, 100, None, None, "gì đây"]))
        assert lines[1] == "Dòng 2, cột note (ô G2): Dòng có 8 ô, dòng tiêu đề có 7."

    def test_an_empty_one(self, plan, workbook, tmp_path):
        openpyxl.Workbook().save(tmp_path / "empty.xlsx")
        assert "không có trang tính nào có số liệu" in refused(tmp_path / "empty.xlsx")[0]
        assert "không có dòng số liệu nào" in refused(workbook())[0]

    def test_a_package_that_is_no_workbook(self, plan, tmp_path):
        with zipfile.ZipFile(tmp_path / "anh.zip", "w") as package:
            package.writestr("anh.txt", "không phải bảng tính")
        assert "không phải là tệp Excel" in refused(tmp_path / "anh.zip")[0]

    def test_a_broken_part(self, plan, workbook):
        path = workbook(["2023-03", "x11", "I.1", 30, 100, None, None])
        rewrite(path, "xl/worksheets/sheet1.xml", b"</sheetData>", b"")
        assert "Không mở được tệp Excel" in refused(path)[0]

    def test_a_bomb(self, plan, tmp_path):
        with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("[Content_Types].xml", b" " * (files.MOST_UNPACKED + 1))
        assert (tmp_path / "bomb.xlsx").stat().st_size < 2**20
        assert "lớn bất thường" in refused(tmp_path / "bomb.xlsx")[0]

    @pytest.mark.parametrize("claimed", [b"A1:XFD1048576", b"A1:G2", b"A1"])
    def test_a_sheet_that_claims_more_or_less_than_it_holds(self, plan, workbook, claimed):
        path = workbook(
            ["2023-03", "x11", "I.1", 30, 100, None, None],
            ["2023-04", "x11", "I.1", 31, 100, None, None],
        )
        rewrite(path, "xl/worksheets/sheet1.xml", b'<dimension ref="A1:G3"', b'<dimension ref="%s"' % claimed)
        load(path)
        assert (figures("x11", 3), figures("x11", 4)) == ({"I.1": (30, 100)}, {"I.1": (31, 100)})

    def test_too_many_rows(self, plan, workbook, monkeypatch):
        monkeypatch.setattr(files, "MOST_ROWS", 2)
        rows = [["2023-03", "x11", "I.1", 30, 100, None, None], ["2023-04", "x11", "I.1", 30, 100, None, None]]
        assert "Chia thành nhiều tệp" in refused(workbook(*rows))[0]


def rewrite(path, part, pattern, new):
    """Change one place in one part of a package."""
    with zipfile.ZipFile(path) as package:
        parts = {info.filename: package.read(info) for info in package.infolist()}
    parts[part], times = re.subn(pattern, new, parts[part])
    assert times == 1
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)


BAR = "Dòng 2, cột numerator: Số đã duyệt là 30/100. Muốn thay, cần lý do: --restate LÝ DO."


class TestWhatIsThereAlready:
    def test_an_approved_figure_is_a_bar(self, plan, write):
        give(plan, "x11", 3, {"I.1": (30, 100), "I.2": 5})
        lines = refused(write("2023-03,x11,I.1,31,100,,", "2023-03,x11,I.2,,,6,"), state="approved")
        assert lines[1:] == [
            BAR,
            "Dòng 3, cột value: Số đã duyệt là 5. Muốn thay, cần lý do: --restate LÝ DO.",
        ]
        for state in ("submitted", "draft"):
            assert refused(write("2023-03,x11,I.1,31,100,,"), state=state)[1] == BAR

    @pytest.mark.parametrize("state", ["draft", "submitted", "approved"])
    def test_the_same_figures_are_no_change_and_no_bar(self, plan, write, state):
        give(plan, "x11", 3, {"I.1": (30, 100), "I.2": 5})
        before = written()
        said = load(write("2023-03,x11,I.1,30,100.0,,"), state=state)
        assert said.strip() == "Không có gì thay đổi: 1 số liệu đã có sẵn như trong tệp."
        assert written() == before

    def test_a_file_twice_changes_nothing_the_second_time(self, plan, write):
        file = write("2023-03,x11,I.1,30,100,,", "2023-03,x11,I.2,,,5,ghi chú")
        load(file, state="approved")
        before = written()
        load(file, state="approved")
        assert written() == before

    def test_restate_approved_makes_a_version_that_is_official_at_once(self, plan, write):
        old = give(plan, "x11", 3, {"I.1": (30, 100), "I.2": 5})
        said = load(write("2023-03,x11,I.1,31,100,,"), state="approved", restate="Nhầm mẫu số")
        assert "1 phiếu đã duyệt lập bản mới; trạng thái: Đã duyệt." in said
        assert figures("x11", 3) == {"I.1": (31, 100), "I.2": 5}
        assert figures("x11", 3, version=1) == {"I.1": (30, 100), "I.2": 5}
        old.refresh_from_db()
        assert (old.state, old.is_latest, old.is_official, old.is_provisional) == (
            State.SUPERSEDED,
            False,
            False,
            False,
        )
        new = report("x11", 3, version=2)
        assert (new.state, new.is_latest, new.is_official, new.is_provisional) == (State.APPROVED, True, True, True)
        assert (new.reopen_reason, new.first_submitted_at) == ("Nhầm mẫu số", old.first_submitted_at)
        assert AuditEntry.objects.get().detail["reason"] == "Nhầm mẫu số"

    def test_restate_submitted_stands_beside_the_official_one(self, plan, write):
        old = give(plan, "x11", 3, {"I.1": (30, 100), "I.2": 5})
        load(write("2023-03,x11,I.1,31,100,,"), restate="Nhầm mẫu số")
        old.refresh_from_db()
        new = report("x11", 3, version=2)
        assert (old.state, old.is_latest, old.is_official, old.is_provisional) == (State.APPROVED, False, True, False)
        assert (new.state, new.is_latest, new.is_official, new.is_provisional) == (State.SUBMITTED, True, False, True)
        tasks.roll_up(plan.pk)
        own = Rollup.objects.filter(target__code="I.1", period__number=3, scope="own", node="x11")
        assert dict(own.values_list("basis", "value")) == {Basis.OFFICIAL: 30, Basis.PROVISIONAL: 31}
        # Once more, now approved: no third version.
        load(write("2023-03,x11,I.1,31,100,,"), state="approved", restate="Nhầm mẫu số")
        assert Submission.objects.count() == 2
        old.refresh_from_db()
        assert (old.state, old.is_official) == (State.SUPERSEDED, False)
        assert report("x11", 3, version=2).is_official is True

    def test_restate_draft_changes_no_sum(self, plan, write):
        old = give(plan, "x11", 3, {"I.1": (30, 100)})
        load(write("2023-03,x11,I.1,31,100,,"), state="draft", restate="Nhầm mẫu số")
        old.refresh_from_db()
        assert (old.is_official, old.is_provisional, old.is_latest) == (True, True, False)
        new = report("x11", 3, version=2)
        assert (new.state, new.submitted_at, new.extended_until is None) == (State.DRAFT, None, False)

    def test_restate_needs_a_reason(self, plan, write):
        give(plan, "x11", 3, {"I.1": (30, 100)})
        assert refused(write("2023-03,x11,I.1,31,100,,"), restate=" ") == ["--restate cần một lý do."]

    def test_a_target_without_an_approved_figure_is_no_bar(self, plan, write):
        give(plan, "x11", 3, {"I.1": (30, 100)})
        load(write("2023-03,x11,I.2,,,6,"))
        assert figures("x11", 3, version=1) == {"I.1": (30, 100)}
        assert figures("x11", 3, version=2) == {"I.1": (30, 100), "I.2": 6}
        assert report("x11", 3, version=1).is_official is True
        assert report("x11", 3, version=2).state == State.SUBMITTED

    def test_a_submitted_report_is_not_taken_back(self, plan, write):
        give(plan, "x11", 3, {"I.1": (30, 100)}, state=State.SUBMITTED)
        said = load(write("2023-03,x11,I.1,31,100,,"), state="draft")
        assert "1 phiếu đã nộp từ trước vẫn là đã nộp" in said
        assert (figures("x11", 3), report("x11", 3).state) == ({"I.1": (31, 100)}, State.SUBMITTED)
        changed = Actual.history.filter(history_type="~").get()
        assert (changed.numerator, changed.history_change_reason) == (31, "nạp từ so-lieu.csv")

    def test_a_submitted_report_is_approved_with_the_files_figures(self, plan, write):
        give(plan, "x11", 3, {"I.1": (30, 100), "I.2": 5}, state=State.SUBMITTED)
        load(write("2023-03,x11,I.1,31,100,,", "2023-03,x11,I.2,,,5,"), state="approved")
        found = report("x11", 3)
        assert (found.state, found.is_official, found.submitted_at) == (State.APPROVED, True, make.AT)
        assert figures("x11", 3) == {"I.1": (31, 100), "I.2": 5}

    @pytest.mark.parametrize("state", [State.DRAFT, State.RETURNED])
    def test_a_draft_is_sent_with_the_files_figures(self, plan, write, state):
        given = give(plan, "x11", 3, {"I.1": (30, 100)}, state=state)
        given.actuals.update(return_reason="Xem lại.")
        load(write("2023-03,x11,I.1,30,100,,", "2023-03,x11,I.2,,,5,"))
        found = report("x11", 3)
        assert (found.state, found.is_provisional, found.return_reason) == (State.SUBMITTED, True, "")
        assert found.actuals.filter(return_reason="").count() == 2
        assert Submission.objects.count() == 1

    def test_a_returned_report_stays_returned_for_a_draft(self, plan, write):
        give(plan, "x11", 3, {"I.1": (30, 100)}, state=State.RETURNED)
        load(write("2023-03,x11,I.1,31,100,,"), state="draft")
        found = report("x11", 3)
        assert (found.state, found.return_reason) == (State.RETURNED, "Xem lại số liệu.")
        assert figures("x11", 3) == {"I.1": (31, 100)}

    @pytest.mark.parametrize("before", [State.DRAFT, State.RETURNED])
    @pytest.mark.parametrize("asked", ["submitted", "approved"])
    def test_figures_that_the_agency_has_not_sent_are_not_sent_along(self, plan, write, before, asked):
        give(plan, "x11", 3, {"I.1": (30, 100), "I.2": 5, "I.4": 10}, state=before)
        lines = refused(write("2023-03,x11,I.1,31,100,,", "2023-04,x11,I.1,1,2,,"), state=asked)
        assert lines == [
            "1 dòng có lỗi, chưa ghi gì.",
            "Dòng 2, cột agency: Phiếu 03-x11-01 còn số ngoài tệp (I.2, I.4) mà đơn vị chưa nộp: đưa đủ các số đó vào "
            "tệp, hoặc nạp với --state draft.",
        ]
        load(write("2023-03,x11,I.1,31,100,,"), state="draft")
        assert figures("x11", 3) == {"I.1": (31, 100), "I.2": 5, "I.4": 10}

    def test_figures_that_wait_for_review_are_not_approved_along(self, plan, write):
        give(plan, "x11", 3, {"I.1": (30, 100), "I.2": 5}, state=State.SUBMITTED)
        lines = refused(write("2023-03,x11,I.1,31,100,,"), state="approved")
        assert lines[1] == (
            "Dòng 2, cột agency: Phiếu 03-x11-01 còn số ngoài tệp (I.2) đang chờ duyệt: duyệt phiếu trước, hoặc nạp với "
            "--state submitted."
        )
        load(write("2023-03,x11,I.1,31,100,,"))
        assert figures("x11", 3) == {"I.1": (31, 100), "I.2": 5}

    def test_a_reopened_report_with_other_changes_is_not_sent_along(self, plan, write):
        give(plan, "x11", 3, {"I.1": (30, 100), "I.2": 5, "I.4": 10}, is_latest=False)
        # Reopened: I.2 changed, I.4 taken away, I.1 as it was.
        give(plan, "x11", 3, {"I.1": (30, 100), "I.2": 6}, state=State.DRAFT, version=2)
        lines = refused(write("2023-03,x11,I.3,,,1,"))
        assert "Phiếu 03-x11-02 còn số ngoài tệp (I.2, I.4) mà đơn vị chưa nộp" in lines[1]

    def test_a_reopened_report_that_was_not_touched_is(self, plan, write):
        give(plan, "x11", 3, {"I.1": (30, 100)}, is_latest=False)
        give(plan, "x11", 3, {"I.1": (30, 100)}, state=State.DRAFT, version=2)
        load(write("2023-03,x11,I.3,,,1,"), state="approved")
        new = report("x11", 3, version=2)
        assert (new.state, new.is_official) == (State.APPROVED, True)
        assert report("x11", 3, version=1).state == State.SUPERSEDED
        assert figures("x11", 3) == {"I.1": (30, 100), "I.3": 1}

    def test_the_official_figures_again_leave_a_reopened_report_alone(self, plan, write):
        give(plan, "x11", 3, {"I.1": (30, 100)}, is_latest=False)
        give(plan, "x11", 3, {"I.1": (30, 100)}, state=State.DRAFT, version=2)
        before = written()
        load(write("2023-03,x11,I.1,30,100,,"), state="approved")
        assert written() == before

    def test_a_note(self, plan, write):
        given = give(plan, "x11", 3, {"I.1": (30, 100)}, state=State.SUBMITTED)
        given.actuals.update(note="đã kiểm tra")
        before = written()
        load(write("2023-03,x11,I.1,30,100,,"))
        assert written() == before
        load(write("2023-03,x11,I.1,30,100,,kiểm tra lại"))
        assert given.actuals.get().note == "kiểm tra lại"

    def test_the_number_of_queries_does_not_grow(self, plan, write, django_assert_max_num_queries):
        lines = [f"2023-{month:02d},{code},I.1,1,2,," for month in range(1, 13) for code in ("x11", "x12", "s1")]
        load(write(*lines), state="submitted")
        changed = [line.replace(",1,2", ",2,3") for line in lines]
        # 3 for what is known, 12 for the assignments of each period, the rest for the load as a whole.
        with django_assert_max_num_queries(40):
            load(write(*changed), state="approved")


# Out


def export(**options):
    out, err = io.StringIO(), io.StringIO()
    call_command("export_rollups", stdout=out, stderr=err, **options)
    return list(csv.reader(io.StringIO(out.getvalue(), newline=""))), err.getvalue()


class TestExport:
    @pytest.fixture
    def figures(self, plan):
        give(plan, "x11", 1, {"I.1": (30, Decimal("100.5"))})
        give(plan, "x11", 2, {"I.1": (1, 3)}, state=State.SUBMITTED)
        PendingRollup.objects.create(plan=plan, created_at=make.AT)

    @time_machine.travel(dt.datetime(2023, 1, 20, tzinfo=VIETNAM))
    def test_the_text_itself(self, plan, figures, tmp_path):
        path = tmp_path / "ra.csv"
        call_command("export_rollups", path, period="2023-01", basis="official", stdout=io.StringIO())
        content = path.read_bytes()
        assert content.startswith(
            b"period,basis,target,scope,node,numerator,denominator,value,expected,reported,approved,stale,required,"
            b"status,forecast,forecast_low,forecast_high,due_held,fresh\n"
            b"2023-01,official,I.1,area,h1,30,100.5,29.850746,2,1,1,0,80.000000,behind,,,,,100.000000\n"
            b"2023-01,official,I.1,area,tinh,30,100.5,29.850746,3,1,1,0,80.000000,behind,,,,,100.000000\n"
            b"2023-01,official,I.1,level,@communes,30,100.5,29.850746,2,1,1,0,80.000000,behind,,,,,100.000000\n"
            b"2023-01,official,I.1,level,@departments,,,,1,0,0,0,80.000000,no_data,,,,,\n"
            b"2023-01,official,I.1,own,s1,,,,1,0,0,0,80.000000,no_data,,,,,\n"
        )
        assert b"\r" not in content
        assert content.endswith(b"\n")
        out, _ = export(period="2023-01", basis="official")
        assert "\n".join(",".join(row) for row in out) + "\n" == content.decode()

    def test_what_is_owed_is_paid_first(self, plan, figures):
        assert Rollup.objects.count() == 0
        rows, _ = export()
        assert len(rows) - 1 == Rollup.objects.count() > 0
        assert PendingRollup.objects.count() == 0

    @pytest.mark.parametrize(
        ("day", "months"), [((2022, 12, 15), 1), ((2023, 1, 14), 1), ((2023, 1, 15), 2), ((2024, 5, 1), 12)]
    )
    def test_only_periods_that_have_begun(self, plan, figures, day, months):
        with time_machine.travel(dt.datetime(*day, 12, tzinfo=VIETNAM)):
            rows, _ = export(plan="2023")
        assert {row[0] for row in rows[1:]} == {f"2023-{month:02d}" for month in range(1, months + 1)}

    def test_sorted_by_code_point(self, plan):
        tree = {code: Assignment.objects.filter(agency__code=code).first().agency for code in ("x11", "s1")}
        # In a dictionary's order x-a would stand beside xA, and I.10 after I.2.
        for code in ("xZ", "x-a", "xa", "x_b"):
            tree[code] = make.agency(code, Level.COMMUNE, tree["x11"].parent)
        make.target(plan, "I.10", tree.values())
        PendingRollup.objects.create(plan=plan, created_at=make.AT)
        rows, _ = export(plan="2023")
        keys = [tuple(row[:5]) for row in rows[1:]]
        assert keys == sorted(keys)
        nodes = [key[4] for key in keys if key[:4] == ("2023-01", "official", "I.10", "own")]
        assert nodes == ["s1", "x-a", "x11", "xZ", "x_b", "xa"]
        targets = list(dict.fromkeys(key[2] for key in keys))
        assert targets == ["I.1", "I.10", "I.2", "I.3", "I.4", "II.1", "III.2"]

    def test_one_period_and_one_basis(self, plan, figures):
        rows, _ = export(period="2023-02", basis="provisional")
        assert {tuple(row[:2]) for row in rows[1:]} == {("2023-02", "provisional")}

    def test_the_current_plan_unless_another_is_named(self, plan, figures):
        old = make.make_plan(2022)
        make.target(old, "I.1", [Assignment.objects.first().agency])
        PendingRollup.objects.create(plan=old, created_at=make.AT)
        with time_machine.travel(dt.datetime(2023, 6, 1, tzinfo=VIETNAM)):
            assert {row[0][:4] for row in export()[0][1:]} == {"2023"}
            assert {row[0][:4] for row in export(plan="2022")[0][1:]} == {"2022"}
            assert {row[0] for row in export(period="2022-05")[0][1:]} == {"2022-05"}

    @pytest.mark.parametrize(
        ("options", "reason"),
        [
            ({"plan": "1999"}, "Không có kế hoạch năm 1999."),
            ({"plan": "năm nay"}, "Không có kế hoạch năm năm nay."),
            ({"period": "2023-13"}, "Không có kỳ “2023-13” trong kế hoạch. Viết như 2023-06."),
            ({"period": "6/2023"}, "Không có kỳ “6/2023” trong kế hoạch. Viết như 2023-06."),
            ({"plan": "2023", "period": "2022-06"}, "Không có kỳ “2022-06” trong kế hoạch. Viết như 2023-06."),
            ({"basis": "tạm tính"}, "Không có cơ sở “tạm tính”: official (chính thức) hoặc provisional (tạm tính)."),
        ],
    )
    def test_what_does_not_exist(self, plan, options, reason):
        with pytest.raises(CommandError, match="^Không có") as refusal:
            export(**options)
        assert str(refusal.value) == reason

    def test_a_file_that_cannot_be_written(self, plan, tmp_path):
        with pytest.raises(CommandError, match="Không ghi được tệp"):
            call_command("export_rollups", tmp_path / "không-có" / "ra.csv")

    def test_without_a_plan(self):
        with pytest.raises(CommandError, match="Chưa có kế hoạch nào"):
            export()

    def test_illustrative_figures_are_said_so_beside_the_file(self, plan, figures):
        rows, said = export(plan="2023")
        assert said == ""
        DemoYear.objects.create(
            plan=plan, seed=1, loaded_at=make.AT, clock_at=dt.datetime(2024, 1, 1, tzinfo=VIETNAM), real_at=make.AT
        )
        marked, said = export(plan="2023")
        assert "Số liệu minh họa" in said
        assert marked == rows

    def test_one_query_however_many_rows(self, plan, figures, django_assert_num_queries):
        export(plan="2023")
        # plan, debts, demonstration year, rows
        with django_assert_num_queries(3) as queries:
            export(plan="2023")
        # A server's own order may be that of a dictionary: the order by code point is asked for by name.
        rows = queries.captured_queries[-1]["sql"]
        assert rows.count("COLLATE") == 4


def test_somebody_who_writes_at_the_same_moment_stops_the_whole_load(plan, write, monkeypatch):
    def taken(*arguments, **given):
        raise IntegrityError

    monkeypatch.setattr(services, "store_figures", taken)
    assert refused(write("2023-03,x11,I.1,30,100,,")) == [
        "Có người vừa ghi vào một phiếu trong tệp. Chưa nạp gì; hãy chạy lại."
    ]
