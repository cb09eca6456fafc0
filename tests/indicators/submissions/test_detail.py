"""A report as pages show it: figures in words, what stands beside them, what to look at twice."""

from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import pytest

from indicators.models import Kind, State, Submission, Target, Timing
from indicators.rules.flags import Flag, Raised
from indicators.submissions.detail import (
    Earlier,
    TargetEntry,
    expected_counts,
    flag_words,
    read_detail,
    read_reported,
    reviewing_agency,
    shown,
)
from indicators.submissions.kinds import share_of
from tests import factories

pytestmark = pytest.mark.once

RATIO = Target(code="I.1", kind=Kind.RATIO, timing=Timing.FLOW, unit="%")
PER_HUNDRED = Target(code="I.2", kind=Kind.RATIO, timing=Timing.STOCK, unit="thuê bao/100 dân")
YES_NO = Target(code="I.3", kind=Kind.YES_NO, timing=Timing.STOCK, unit="%")
MILESTONE = Target(code="I.4", kind=Kind.MILESTONE, timing=Timing.STOCK, unit="% hoàn thành")
COUNT = Target(code="I.5", kind=Kind.COUNT, timing=Timing.STOCK, unit="doanh nghiệp")
VALUE = Target(code="I.6", kind=Kind.VALUE, timing=Timing.STOCK, unit="% GRDP")


def earlier(*, n=None, d=None, v=None, nothing=False):
    parts = [None if part is None else Decimal(str(part)) for part in (n, d, v)]
    return Earlier(7, *parts, nothing)


@pytest.mark.parametrize(
    ("target", "figure", "expected"),
    [
        (RATIO, None, None),
        (RATIO, earlier(n=1970, d=2627), ("1.970 / 2.627", Decimal("74.990483"))),
        (RATIO, earlier(n=0, d=500), ("0 / 500", Decimal(0))),
        (RATIO, earlier(n=0, d=0), ("không phát sinh", None)),
        (RATIO, earlier(n=0, d=0, nothing=True), ("không phát sinh", None)),
        (PER_HUNDRED, earlier(n=130, d=100), ("130 / 100", Decimal(130))),
        (YES_NO, earlier(v=1), ("Có", None)),
        (YES_NO, earlier(v=0), ("Không", None)),
        (MILESTONE, earlier(v="45.5"), ("45,5%", None)),
        (COUNT, earlier(v=1320), ("1.320", None)),
        (COUNT, earlier(v=0), ("0", None)),
        (COUNT, earlier(v=0, nothing=True), ("không phát sinh", None)),
        (VALUE, earlier(v="8.48"), ("8,48%", None)),
    ],
)
def test_a_figure_in_words(target, figure, expected):
    assert shown(target, figure) == expected


def test_a_share_is_exact_to_six_decimals_half_away_from_zero():
    assert share_of(Decimal(39), Decimal(810)) == Decimal("4.814815")  # domain.md, worked case 7
    assert share_of(Decimal(1), Decimal(200_000_000)) == Decimal("0.000001")  # 0,0000005 goes up


@pytest.mark.parametrize(
    ("target", "flag", "now", "before", "expected"),
    [
        (RATIO, Flag.FULL, 100, Fraction(40100, 423), "Đúng 100%, kỳ trước 94,80%"),
        (RATIO, Flag.DENOMINATOR, 218, 80, "Mẫu số 218 gấp 2,7 lần kỳ trước (80)"),
        (RATIO, Flag.DENOMINATOR, 80, 218, "Mẫu số 80 chỉ bằng 37% kỳ trước (218)"),
        (RATIO, Flag.FAR, 50, 20, "Kết quả gấp 2,5 lần kỳ trước (20,00%)"),
        (RATIO, Flag.FELL, 3, 5, "Ít hơn kỳ trước: 5 xuống 3"),
        (RATIO, Flag.SAME, 3, 3, "Giống hệt kỳ trước"),
        (COUNT, Flag.FAR, 1320, 132, "Kết quả gấp 10,0 lần kỳ trước (132)"),
        (RATIO, Flag.DENOMINATOR, 119, 99, "Mẫu số 119 nhiều hơn 20% so với kỳ trước (99)"),
        (RATIO, Flag.ROUND, 500, 1000, "Số tròn: 500 / 1.000"),
        (COUNT, Flag.ROUND, 1300, 1300, "Số tròn: 1.300"),
        (YES_NO, Flag.FELL, 0, 1, "Kỳ trước Có, kỳ này Không"),
    ],
)
def test_flags_in_words(target, flag, now, before, expected):
    assert flag_words(target, Raised(flag, Fraction(now), Fraction(before))) == expected


@pytest.mark.parametrize(
    ("target", "raised", "expected"),
    [
        (
            RATIO,
            (Flag.FAR, 82, Fraction(143, 2), 4),
            "Kết quả 82,00%, theo 4 kỳ trước thì vào khoảng 71,50%",
        ),
        (COUNT, (Flag.FAR, 176, Fraction(279, 2), 4), "Kết quả 176, theo 4 kỳ trước thì vào khoảng 140"),
        (RATIO, (Flag.DENOMINATOR, 218, 80, 6), "Mẫu số 218 gấp 2,7 lần mức thường thấy của 6 kỳ trước (80)"),
    ],
)
def test_flags_against_several_months_in_words(target, raised, expected):
    flag, now, before, months = raised
    assert flag_words(target, Raised(flag, Fraction(now), Fraction(before), months)) == expected


def test_a_report_of_nothing_but_hundreds(office):
    more = [factories.target(office.plan, f"III.{n}", [office.tree["x11"]]) for n in range(1, 4)]
    figures = dict.fromkeys([*more, office.targets["I.1"]], (15, 15))
    report = factories.report(office.tree["x11"], office.august, figures, state=State.SUBMITTED)
    sheet = read_detail(office.tree["x11"], office.august, report)
    assert sheet.flags == ["Cả 4 tỷ lệ trong phiếu đều đúng 100%"]
    # July's 60 of 100 under I.1: full from well below, and the denominator less than half
    assert len(row_of(sheet, "I.1").flags) == 2 and sheet.flag_count == 3
    assert [row.target.code for row in sheet.unanswered] == ["I.1"]


@pytest.fixture
def commune(office):
    """x11 with July's report approved; June's of I.1 and I.2 too, and August's submitted."""
    june = factories.period(office.plan, 6)
    targets, agency = office.targets, office.tree["x11"]
    factories.report(agency, june, {targets["I.1"]: (10, 100), targets["II.1"]: 20})
    august = factories.report(agency, office.august, {targets["I.1"]: (80, 110)}, state=State.SUBMITTED)
    return SimpleNamespace(agency=agency, report=august)


def row_of(sheet, code):
    return next(row for row in sheet.rows if row.target.code == code)


def test_what_stands_beside_a_figure(office, commune, django_assert_num_queries):
    with django_assert_num_queries(4):
        sheet = read_detail(commune.agency, office.august, commune.report)
        flow, state, old = row_of(sheet, "I.1"), row_of(sheet, "I.2"), row_of(sheet, "II.1")
        assert (flow.previous.text, flow.previous_month) == ("60 / 100", "")
        assert flow.to_date == ("150 / 310", Decimal("48.387097"))  # 10 + 60 + 80 over 100 + 100 + 110
        assert (state.now, state.to_date.text) == (None, "5 / 20")  # carried from July
        assert (old.previous.text, old.previous_month) == ("20%", "T6")
        assert [row.target.code for row in sheet.missing] == ["I.2", "I.3", "II.1", "II.2", "II.3"]


def test_an_earlier_period_does_not_know_later_ones(office, commune):
    july = Submission.objects.get(agency=commune.agency, period=office.july)
    flow = row_of(read_detail(commune.agency, office.july, july), "I.1")
    assert (flow.previous.text, flow.to_date.text) == ("10 / 100", "70 / 200")


def test_only_what_was_sent_counts_beside_a_figure(office, commune):
    Submission.objects.filter(period=office.july).update(is_provisional=False, is_official=False, state=State.DRAFT)
    assert row_of(read_detail(commune.agency, office.august, commune.report), "I.1").previous.text == "10 / 100"


def test_a_target_taken_away_after_the_report_stays_in_it(office, commune):
    office.targets["I.1"].assignments.all().delete()
    sheet = read_detail(commune.agency, office.august, commune.report)
    assert row_of(sheet, "I.1").now.text == "80 / 110" and not row_of(sheet, "I.1").assigned
    assert "I.1" not in [row.target.code for row in sheet.missing]


def test_several_reports_at_once(office, commune, django_assert_num_queries):
    with django_assert_num_queries(2):
        sheets = read_reported([commune.report], office.august)
        assert [[row.target.code for row in sheet.rows] for sheet in sheets] == [["I.1"]]
        assert sheets[0].flag_count == 0 and sheets[0].rows[0].previous.text == "60 / 100"


def test_how_many_targets_each_agency_must_report(office, django_assert_num_queries):
    with django_assert_num_queries(1):
        counts = expected_counts(office.august)
    assert counts == {office.tree["h1"].pk: 1} | {office.tree[code].pk: 6 for code in ("x11", "x12", "x21", "x22")}
    september = factories.period(office.plan, 9)
    assert expected_counts(september)[office.tree["x11"].pk] == 7  # with the quarter's I.4


def test_who_reviews(office):
    assert reviewing_agency(office.tree["x11"]) == "H1"
    assert reviewing_agency(office.tree["h1"]) == "S1"  # where the standing agency's people are


def test_a_year_to_date_of_which_nothing_arose():
    flow = Target(code="I.9", kind=Kind.RATIO, timing=Timing.FLOW, unit="%")
    nothing = earlier(n=0, d=0, nothing=True)
    row = TargetEntry(flow, True, None, [nothing, nothing], 8)
    assert row.to_date.text == "không phát sinh"
    assert TargetEntry(flow, True, None, [nothing, earlier(n=0, d=5)], 8).to_date.text == "0 / 5"
