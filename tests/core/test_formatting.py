"""Numbers, dates and names as Vietnamese readers see them."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import formatting

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1970, None, "1.970"),
        (Decimal("1970.5"), None, "1.970,5"),
        (Decimal("1970.50"), None, "1.970,5"),
        (Decimal("1970.50"), 2, "1.970,50"),
        (1448850, None, "1.448.850"),
        (0, None, "0"),
        (Decimal("0"), 2, "0,00"),
        (Decimal("1E+3"), None, "1.000"),
        (Decimal("0.125"), 2, "0,13"),  # half away from zero
        (Decimal("-0.125"), 2, "−0,13"),
        (Decimal("-0.001"), 2, "0,00"),  # no minus before nothing
        (-188, None, "−188"),
        (None, 2, "—"),
    ],
)
def test_number(value, decimals, text):
    assert formatting.number(value, decimals) == text


def test_floats_are_refused():
    with pytest.raises(TypeError, match="not a float"):
        formatting.number(0.5)


def test_percent():
    assert formatting.percent(Decimal("78.65")) == "78,65%"
    assert formatting.percent(0) == "0,00%"
    assert formatting.percent(None) == "—"


@pytest.mark.parametrize(
    ("value", "threshold", "comparator", "text"),
    [
        ("79.996", 80, "gte", "79,996"),
        ("79.999996", 80, "gte", "79,999996"),
        ("80", 80, "gte", "80,00"),
        ("79.994", 80, "gte", "79,99"),
        ("80.004", 80, "gt", "80,004"),
        ("80.006", 80, "gt", "80,01"),
        ("80", 80, "gt", "80,00"),
        ("80.004", 80, "lte", "80,004"),
        ("79.996", 80, "lt", "79,996"),
        ("66.666667", Decimal("66.67"), "gte", "66,667"),
        ("12.3456", None, None, "12,35"),
    ],
)
def test_a_figure_never_contradicts_its_status(value, threshold, comparator, text):
    assert formatting.figure(Decimal(value), "%", threshold, comparator) == f"{text}%"


@given(
    st.decimals(0, 200, places=6),
    st.decimals(0, 200, places=2),
    st.sampled_from(["gte", "gt", "lte", "lt"]),
)
def test_the_displayed_figure_meets_the_threshold_exactly_when_the_value_does(value, threshold, comparator):
    shown = round_half_up(value, formatting.figure_decimals(value, "%", threshold, comparator))
    assert formatting.holds(shown, comparator, threshold) == formatting.holds(value, comparator, threshold)


def round_half_up(value, decimals):
    text = formatting.number(value, decimals).replace(".", "").replace(",", ".")
    return Decimal(text)


def test_a_figure_never_looks_equal_to_a_required_value_it_misses():
    value, required = Decimal("56.204"), Decimal("56.2049")
    assert formatting.figure(value, "%", 60, "gte", required=required) == "56,204%"
    assert formatting.required_figure(required, value, "%", "gte", threshold=60) == "56,205%"
    assert formatting.required_figure(Decimal("74.380165"), None, "%") == "74,38%"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0,00"),
        ("0.001", "0,001"),  # 1 of 100.000
        ("0.004999", "0,005"),
        ("0.005", "0,01"),
        ("99.996", "99,996"),
        ("99.999999", "99,999999"),
        ("100", "100,00"),
        ("99.99", "99,99"),
    ],
)
def test_only_0_and_100_are_shown_as_0_and_100(value, text):
    assert formatting.figure(Decimal(value), "%") == formatting.percent(Decimal(value)) == f"{text}%"


def test_a_share_with_fewer_decimals_keeps_the_rule():
    assert formatting.percent(Decimal(100 * 1999) / 2000, 1) == "99,95%"
    assert formatting.percent(Decimal("99.6"), 0) == "99,6%"
    assert formatting.figure(Decimal("99.97"), "%", decimals=1) == "99,97%"
    assert formatting.figure_range(Decimal("97.5"), Decimal("99.97"), "%", 1) == "97,5 – 99,97"
    # Of what is no share only zero is special.
    assert formatting.figure(Decimal("99.996"), "thuê bao/100 dân") == f"100,00{NBSP}thuê bao/100 dân"
    assert formatting.figure(Decimal("0.001"), "thuê bao/100 dân") == f"0,001{NBSP}thuê bao/100 dân"


def test_a_count_is_whole_beside_a_required_value_that_is_not():
    required = Decimal("131.3")
    assert formatting.figure(Decimal(131), "doanh nghiệp", 150, "gt", required=required) == f"131{NBSP}doanh nghiệp"
    assert formatting.required_figure(required, Decimal(131), "doanh nghiệp", "gt", None, 150).startswith("131,3")
    assert formatting.required_figure(required, Decimal(140), "doanh nghiệp", "gt", None, 150).startswith("131")


def test_a_value_and_its_required_value_look_as_far_apart_as_they_are():
    # Above it by a hair: said as far as it can be seen, never "cao hơn 0,00".
    value, required = Decimal("56.2040"), Decimal("56.2039")
    assert formatting.figure(value, "%", 60, "gte", required=required) == "56,2040%"
    assert formatting.figure(required, "%", 60, "gte", required=required) == "56,20%"


def test_a_change_is_reckoned_from_what_is_shown():
    assert formatting.change(Decimal("44.146"), Decimal("24.404"), "%") == Decimal("19.75")
    assert formatting.change(Decimal(134), Decimal(130), "doanh nghiệp") == 4
    assert formatting.change(Decimal(1), None, "%") is None


@given(st.lists(st.fractions(-50, 50), min_size=1, max_size=40), st.integers(0, 3))
def test_parts_as_printed_add_up_to_the_total_as_printed(values, decimals):
    total = formatting.rounded(Decimal(sum(values).numerator) / Decimal(sum(values).denominator), decimals)
    printed = formatting.parts(values, total, decimals)
    assert sum(printed) == total
    unit = Fraction(1, 10**decimals)
    assert all(abs(Fraction(part) - value) <= unit for part, value in zip(printed, values, strict=True))


def test_missing_digits_go_to_the_largest_remainders_in_order():
    third = Fraction(1, 3)
    assert formatting.parts([third, third, third], Decimal("1.00"), 2) == [Decimal(x) for x in ("0.34", "0.33", "0.33")]
    assert formatting.parts([Fraction(-2, 3), Fraction(2, 3)], Decimal(0), 2) == [Decimal("-0.67"), Decimal("0.67")]
    assert [formatting.part(x) for x in (Decimal("0.340"), Decimal(-4))] == ["+0,340", "−4"]


def test_figures_of_counts():
    assert formatting.figure(Decimal("150"), "doanh nghiệp", 150, "gt") == f"150{NBSP}doanh nghiệp"
    assert formatting.figure(1970, "doanh nghiệp") == f"1.970{NBSP}doanh nghiệp"
    assert formatting.figure(Decimal("82.4125"), "thuê bao/100 dân") == f"82,41{NBSP}thuê bao/100 dân"
    assert formatting.figure(Decimal("154.68"), "doanh nghiệp", 150, "gt", decimals=0) == f"155{NBSP}doanh nghiệp"
    assert formatting.figure(Decimal("150.3"), "doanh nghiệp", 150, "gt", decimals=0) == f"150,3{NBSP}doanh nghiệp"
    assert formatting.figure(None, "%", 80, "gte") == "—"
    assert formatting.figure(0, "%", 80, "gte") == "0,00%"


def test_differences():
    assert formatting.signed(Decimal("0.58")) == "+0,58"
    assert formatting.signed(Decimal("-0.013"), 3) == "−0,013"
    assert formatting.signed(0) == "0,00"
    assert formatting.signed(None) == "—"
    assert formatting.difference(Decimal("2.44"), "%") == f"+2,44{NBSP}điểm"
    assert formatting.difference(-4, "doanh nghiệp") == f"−4{NBSP}doanh nghiệp"
    assert formatting.difference(None, "%") == "—"


def test_thresholds():
    assert formatting.threshold(Decimal("80"), "%", "gte") == f"≥{NBSP}80%"
    assert formatting.threshold(Decimal("150"), "doanh nghiệp", "gt") == f">{NBSP}150{NBSP}doanh nghiệp"
    assert formatting.threshold(Decimal("7.5"), "%", "gte", in_words=True) == f"tối thiểu{NBSP}7,5%"
    assert formatting.threshold(Decimal("30"), "%", "gt", in_words=True) == f"trên{NBSP}30%"
    assert formatting.threshold(None, "%", "gte") == "—"


def test_days_and_times_are_those_of_vietnam():
    moment = dt.datetime(2023, 11, 4, 17, 5, tzinfo=dt.UTC)  # 00:05 on the 5th in Hanoi
    assert formatting.date(moment) == "05/11/2023"
    assert formatting.short_date(moment) == "5/11"
    assert formatting.time(moment) == "00:05"
    assert formatting.datetime(moment) == "00:05 ngày 05/11/2023"
    assert formatting.short_datetime(moment) == "00:05 ngày 5/11"
    assert formatting.weekday(moment) == "Chủ nhật"
    assert formatting.weekday(dt.date(2023, 8, 16)) == "Thứ Tư"
    with pytest.raises(ValueError, match="time zone"):
        formatting.time(dt.datetime(2023, 11, 4, 17, 5))


def test_months_and_documents():
    day = dt.date(2023, 8, 14)
    assert formatting.month(day) == "tháng 8 năm 2023"
    assert formatting.short_month(day) == "T8"
    assert formatting.document_date(dt.date(2026, 11, 5)) == "ngày 05 tháng 11 năm 2026"
    assert formatting.document_date(dt.date(2026, 2, 15)) == "ngày 15 tháng 02 năm 2026"
    assert formatting.document_date(dt.date(2026, 3, 1)) == "ngày 01 tháng 3 năm 2026"


@pytest.mark.parametrize(
    "show",
    ["date", "short_date", "time", "datetime", "short_datetime", "weekday", "month", "short_month", "document_date",
     "duration"],
)  # fmt: skip
def test_nothing_is_a_dash(show):
    assert getattr(formatting, show)(None) == "—"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (38 * 60 + 20, "1 ngày 14 giờ"),
        (5 * 60 + 20, "5 giờ 20 phút"),
        (24 * 60, "1 ngày"),
        (24 * 60 + 5, "1 ngày"),
        (60, "1 giờ"),
        (12, "12 phút"),
        (0, "dưới 1 phút"),
        (-90, "1 giờ 30 phút"),
    ],
)
def test_duration(minutes, text):
    assert formatting.duration(dt.timedelta(minutes=minutes)) == text


def test_fold_makes_spellings_equal():
    assert formatting.fold("Xã Hòa Bình") == formatting.fold("XÃ  HOÀ BÌNH") == "xa hoa binh"
    assert formatting.fold("Đường Đê") == "duong de"
    assert formatting.fold("Tứ Kỳ") == formatting.fold("Tu\u031b\u0301 Ky\u0300") == "tu ky"


def test_names_sort_as_in_a_vietnamese_dictionary():
    names = ["Đức Chính", "Dân Chủ", "Ấp", "An Bình", "Ăn", "Hoà", "Hoa", "Hoá", "Hỏa", "Cẩm", "Chí Linh", "Bá", "Bà B"]
    assert sorted(names, key=formatting.sort_key) == [
        "An Bình", "Ăn", "Ấp", "Bà B", "Bá", "Cẩm", "Chí Linh", "Dân Chủ", "Đức Chính", "Hoa", "Hoà", "Hỏa", "Hoá",
    ]  # fmt: skip


def test_a_value_without_a_required_one_has_decimals_of_its_own():
    assert formatting.required_decimals(None, Decimal("7"), "doanh nghiệp", comparator="gte") == 0


def test_days_left_are_counted_to_the_day():
    today = dt.date(2023, 8, 16)
    due = [dt.date(2023, 8, 31), today, dt.date(2023, 8, 4), None]
    assert [formatting.days_left(day, today) for day in due] == ["còn 15 ngày", "hạn hôm nay", "quá hạn 12 ngày", "—"]
