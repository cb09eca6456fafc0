"""The pace that a target needs, in words. 73 days are 2,4 months: from 19 October to 31 December."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest

from indicators.rollups.pace_words import pace_words
from indicators.rollups.results import RollupResult
from indicators.rules.kinds import Kind, Timing, rules_of
from indicators.rules.status import Status

DAY = dt.date(2023, 10, 19)


def words(*, timing=Timing.STOCK, kind=Kind.RATIO, unit="%", threshold=80, is_share=True, due=None, **row):
    target = SimpleNamespace(
        unit=unit,
        threshold=threshold and Decimal(threshold),
        due=due or dt.date(2023, 12, 31),
        timing=timing,
        is_share=is_share,
        rules=rules_of(kind),
    )
    given = {"value": Decimal(68), "status": Status.BEHIND, "is_judged": True} | row
    return pace_words(target, RollupResult(**given), DAY).replace("\u00a0", " ")


def test_a_stock_needs_so_much_a_month():
    assert words() == "cần thêm 5,00 điểm mỗi tháng"
    assert words(threshold=10, value=Decimal(22), is_falling=True) == "cần giảm 5,00 điểm mỗi tháng"
    # 38 ÷ 2,4 is 15,8333…: less would not do.
    assert words(kind=Kind.COUNT, unit="doanh nghiệp", threshold=150, value=Decimal(112)) == (
        "cần thêm 15,84 doanh nghiệp mỗi tháng"
    )


def test_within_the_last_month_all_that_is_missing_is_told():
    """17 of 30.42 days are left of the 12 points: a pace for a month, 21.47, would be more than is missing."""
    assert words(due=dt.date(2023, 11, 5)) == "cần thêm 12,00 điểm trước hạn 5/11"
    assert words(due=dt.date(2023, 11, 19)) == "cần thêm 11,78 điểm mỗi tháng"


@pytest.mark.parametrize(
    ("pace", "is_falling", "expected"),
    [
        ("65.3", False, "các kỳ còn lại cần 65,30%"),
        ("102.5", False, "không thể đạt: các kỳ còn lại phải được 102,50%"),
        ("-3", False, "đã đủ cho đến hạn"),
        ("12", True, "các kỳ còn lại không quá 12,00%"),
        ("-3", True, "không thể đạt: các kỳ còn lại không bù được"),
    ],
)
def test_what_the_coming_windows_of_a_flow_need(pace, is_falling, expected):
    assert words(timing=Timing.FLOW, pace=Decimal(pace), is_falling=is_falling) == expected


def test_a_count_that_flows():
    count = {"timing": Timing.FLOW, "kind": Kind.COUNT, "unit": "hồ sơ"}
    assert words(pace=Decimal("10.333333"), **count) == "cần thêm 10,34 hồ sơ mỗi kỳ còn lại"
    assert words(pace=Decimal(0), **count) == "đã đủ cho đến hạn"
    assert words(pace=Decimal(4), is_falling=True, **count) == "mỗi kỳ còn lại không quá 4,00 hồ sơ"


def test_a_rate_needs_its_threshold_in_each_period():
    assert words(timing=Timing.RATE) == "mỗi kỳ còn lại cần đạt 80%"
    assert words(timing=Timing.RATE, is_falling=True, threshold=5) == "mỗi kỳ còn lại không quá 5%"
    assert words(timing=Timing.RATE, kind=Kind.YES_NO) == words(timing=Timing.RATE, status=Status.ACHIEVED) == ""


def test_where_there_is_no_pace():
    assert words(status=Status.ACHIEVED) == words(status=Status.MISSED) == words(status=Status.TRACKED) == ""
    assert words(timing=Timing.FLOW) == words(is_ahead=True) == ""
    assert words(due=DAY) == words(threshold=None) == ""
