"""The status table, row by row: the first that fits, from top to bottom (domain.md, *Is it on track?*)."""

from decimal import Decimal

import pytest

from indicators.rules.kinds import Kind
from indicators.rules.status import (
    BAD,
    BY_MERIT,
    BY_NEED,
    GOOD,
    WORDS,
    Status,
    is_low,
    is_small,
    is_small_sample,
    is_thin,
    status,
    word_of,
)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # Each row of the table, also where a lower row would fit as well.
        ({"has_value": False}, Status.NO_DATA),
        ({"has_value": False, "is_judged": False}, Status.NO_DATA),
        ({"has_value": False, "closed": True}, Status.NO_DATA),
        ({"is_judged": False, "closed": True}, Status.TRACKED),
        ({"achieved": True, "below": True, "falls_short": True}, Status.ACHIEVED),
        ({"achieved": True, "closed": True}, Status.ACHIEVED),
        ({"closed": True}, Status.MISSED),
        ({}, Status.ON_TRACK),
        ({"below": True}, Status.BEHIND),
        ({"falls_short": True}, Status.BEHIND),
        ({"below": True, "falls_short": True}, Status.AT_RISK),
    ],
)
def test_each_row_of_the_table(facts, expected):
    usual = {
        "is_judged": True,
        "has_value": True,
        "achieved": False,
        "closed": False,
        "below": False,
        "falls_short": False,
    }
    assert status(**usual | facts) == expected


def test_every_status_has_its_words():
    assert WORDS == {
        Status.NO_DATA: "Chưa có số liệu",
        Status.TRACKED: "Theo dõi",
        Status.ACHIEVED: "Đạt",
        Status.MISSED: "Không đạt",
        Status.ON_TRACK: "Đúng tiến độ",
        Status.BEHIND: "Cần chú ý",
        Status.AT_RISK: "Nguy cơ không đạt",
    }


def test_what_held_when_it_fell_due_is_said_beside_the_status():
    assert [word_of(Status.ACHIEVED, held) for held in (None, True, False)] == ["Đạt", "Đạt, đúng hạn", "Đạt, muộn"]
    missed = ["Không đạt", "Không đạt (đã đạt khi đến hạn)", "Không đạt"]
    assert [word_of(Status.MISSED, held) for held in (None, True, False)] == missed
    assert word_of(Status.NO_DATA, False) == "Chưa có số liệu"


def test_both_orders_hold_every_status_once_and_agree_on_what_is_bad():
    assert sorted(BY_NEED) == sorted(BY_MERIT) == sorted(Status)
    assert BAD == (Status.MISSED, Status.AT_RISK, Status.BEHIND)
    assert [status for status in BY_MERIT if status in BAD] == [Status.BEHIND, Status.AT_RISK, Status.MISSED]
    assert not set(BAD) & set(GOOD)


def test_coverage_is_low_under_the_minimum_and_never_where_nothing_is_expected():
    assert is_low(79, 100, 80) and not is_low(80, 100, 80)
    assert not is_low(0, 0, 80) and not is_low(0, 0, 80, 0)


def test_coverage_is_low_by_weight_too_where_it_is_known():
    assert is_low(90, 100, 80, 79) and not is_low(90, 100, 80, 80)


def test_a_status_that_judges_nothing_is_never_thin():
    assert [status for status in Status if not is_thin(status, True)] == [Status.NO_DATA, Status.TRACKED]
    assert not any(is_thin(status, False) for status in Status)


@pytest.mark.parametrize(("denominator", "small"), [(None, False), (0, False), (1, True), (29, True), (30, False)])
def test_a_ratio_of_less_than_thirty_cases_is_a_small_sample(denominator, small):
    denominator = None if denominator is None else Decimal(denominator)
    assert is_small(denominator) is is_small_sample(Kind.RATIO, denominator) is small
    assert not is_small_sample(Kind.COUNT, denominator)
