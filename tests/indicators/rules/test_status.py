"""The status table, row by row: the first that fits, from top to bottom (domain.md, *Is it on track?*)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.rules.kinds import Comparator
from indicators.rules.status import BAD, BY_MERIT, BY_NEED, GOOD, WORDS, Status, is_low, is_thin, status


def judged(**facts):
    """Status of a rising target at least 80, value 50 where 60 is required, no forecast, the year still running."""
    usual = {
        "value": 50,
        "threshold": 80,
        "comparator": Comparator.GTE,
        "achieved": False,
        "ended": False,
        "required": 60,
        "forecast": None,
    }
    return status(**usual | facts)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # Each row of the table, also where a lower row would fit as well.
        ({"value": None}, Status.NO_DATA),
        ({"value": None, "threshold": None, "comparator": None}, Status.NO_DATA),
        ({"value": None, "ended": True}, Status.NO_DATA),
        ({"threshold": None, "comparator": None, "required": None}, Status.TRACKED),
        ({"threshold": None, "comparator": None, "required": None, "ended": True}, Status.TRACKED),
        ({"value": 80, "achieved": True}, Status.ACHIEVED),
        ({"value": 80, "achieved": True, "ended": True}, Status.ACHIEVED),
        ({"value": 80, "achieved": True, "forecast": 10}, Status.ACHIEVED),
        ({"value": 79, "required": 60, "ended": True}, Status.MISSED),
        ({"value": 60}, Status.ON_TRACK),
        ({"value": 61, "forecast": 10}, Status.ON_TRACK),
        ({"value": 0, "required": 0}, Status.ON_TRACK),
        ({"value": 59}, Status.BEHIND),
        ({"value": 59, "forecast": 80}, Status.BEHIND),
        ({"value": 0, "forecast": 95}, Status.BEHIND),
        ({"value": 59, "forecast": 79}, Status.AT_RISK),
        ({"value": 59, "forecast": 0}, Status.AT_RISK),
        # More than: a forecast of exactly the threshold does not hold it.
        ({"value": 59, "comparator": Comparator.GT, "forecast": 80}, Status.AT_RISK),
        ({"value": 59, "comparator": Comparator.GT, "forecast": 81}, Status.BEHIND),
        # Falling targets: the inequalities turn round.
        ({"value": 60, "threshold": 10, "comparator": Comparator.LTE}, Status.ON_TRACK),
        ({"value": 59, "threshold": 10, "comparator": Comparator.LTE}, Status.ON_TRACK),
        ({"value": 61, "threshold": 10, "comparator": Comparator.LTE}, Status.BEHIND),
        ({"value": 61, "threshold": 10, "comparator": Comparator.LTE, "forecast": 10}, Status.BEHIND),
        ({"value": 61, "threshold": 10, "comparator": Comparator.LTE, "forecast": 11}, Status.AT_RISK),
        ({"value": 61, "threshold": 10, "comparator": Comparator.LT, "forecast": 10}, Status.AT_RISK),
        ({"value": 11, "threshold": 10, "comparator": Comparator.LTE, "ended": True}, Status.MISSED),
    ],
)
def test_each_row_of_the_table(facts, expected):
    assert judged(**facts) == expected


@given(
    st.integers(0, 100),
    st.integers(0, 100),
    st.none() | st.integers(0, 100),
    st.booleans(),
    st.sampled_from(Comparator),
)
def test_a_better_value_never_has_a_worse_status(value, required, forecast, ended, comparator):
    """Moving the value one step towards the threshold, all else equal, never worsens the verdict."""
    worst_first = [Status.AT_RISK, Status.MISSED, Status.BEHIND, Status.ON_TRACK, Status.ACHIEVED]
    threshold = 50
    required = max(required, threshold) if comparator.falling else min(required, threshold)

    def rank(figure):
        verdict = status(
            value=figure,
            threshold=threshold,
            comparator=comparator,
            achieved=comparator.holds(figure, threshold),
            ended=ended,
            required=required,
            forecast=forecast,
        )
        return worst_first.index(verdict)

    better = value - 1 if comparator.falling else value + 1
    assert rank(better) >= rank(value)


def test_every_status_has_its_words():
    assert WORDS == {
        Status.NO_DATA: "Chưa có số liệu",
        Status.TRACKED: "Theo dõi",
        Status.ACHIEVED: "Đạt",
        Status.MISSED: "Không đạt",
        Status.ON_TRACK: "Đúng tiến độ",
        Status.BEHIND: "Chậm tiến độ",
        Status.AT_RISK: "Nguy cơ không đạt",
    }


def test_both_orders_hold_every_status_once_and_agree_on_what_is_bad():
    assert sorted(BY_NEED) == sorted(BY_MERIT) == sorted(Status)
    assert BAD == (Status.MISSED, Status.AT_RISK, Status.BEHIND)
    assert [status for status in BY_MERIT if status in BAD] == [Status.BEHIND, Status.AT_RISK, Status.MISSED]
    assert not set(BAD) & set(GOOD)


def test_coverage_is_low_under_the_minimum_and_never_where_nothing_is_expected():
    assert is_low(79, 100, 80) and not is_low(80, 100, 80)
    assert not is_low(0, 0, 80)


def test_a_status_that_judges_nothing_is_never_thin():
    assert [status for status in Status if not is_thin(status, True)] == [Status.NO_DATA, Status.TRACKED]
    assert not any(is_thin(status, False) for status in Status)
