"""One node's year: where values, required values, forecasts and statuses come together (domain.md, *Is it on track?*)."""

import datetime as dt

import pytest

from indicators.rules.calendar import Window
from indicators.rules.combining import MICRO
from indicators.rules.definition import Definition
from indicators.rules.forecast import FlowPart
from indicators.rules.judging import Rule, Sums, judge
from indicators.rules.kinds import Comparator, Kind, Timing
from indicators.rules.status import Status

WINDOWS = [Window(month, dt.date(2023, month, 14)) for month in range(1, 13)]
YEAR_END = dt.date(2023, 12, 31)
AUGUST_END = dt.date(2023, 8, 31)


def definition(threshold=80, due=YEAR_END, comparator=Comparator.GTE, baseline=None, **fields):
    return Definition(
        comparator,
        None if threshold is None else threshold * MICRO,
        due,
        None if baseline is None else baseline * MICRO,
        **fields,
    )


def rule(timing=Timing.STOCK, kind=Kind.RATIO, *, cycle=1, is_share=True, later=(), **fields):
    """A share, at least 80 by 31 December, a stock, where nothing else is said. later: definitions made afterwards."""
    return Rule(
        kind=kind,
        timing=timing,
        cycle=cycle,
        is_share=is_share,
        definitions=[definition(**fields), *later],
        plan_first_day=dt.date(2023, 1, 1),
        plan_last_day=YEAR_END,
        windows=WINDOWS,
    )


def sums(number, n=None, d=None, v=None, *, assigned=1, figures=1, point=True, **more):
    """A node's sums: a ratio's in whole units, brought into thousandths here; v in whole units too."""
    return Sums(
        number,
        None if n is None else n * 1000,
        None if d is None else d * 1000,
        None if v is None else v * MICRO,
        assigned,
        figures,
        point,
        **more,
    )


def silent(number, assigned=1):
    return sums(number, assigned=assigned, figures=0, point=False)


def flow(*months):
    """The sums of a ratio that flows: (N, D) of January, February and so on."""
    series = []
    for number in range(1, len(months) + 1):
        n, d = (sum(column) for column in zip(*months[:number], strict=True))
        parts = [FlowPart(n * 1000, d * 1000) for n, d in months[:number]]
        series.append(sums(number, n, d, parts=parts))
    return series


def last(given_rule, series):
    *_, row = judge(given_rule, series)
    return row


def outlook(row):
    return row.forecast, row.forecast_low, row.forecast_high


def test_a_silent_node_has_at_most_a_required_value():
    (row,) = judge(rule(Timing.FLOW), [silent(1)])
    assert (row.is_judged, row.required, row.status) == (True, 80 * MICRO, Status.NO_DATA)
    assert set(row[1:4]) | set(row[9:]) == {None}
    # A rising stock begins at its first value: before it nothing is required, and the row is judged nevertheless.
    (row,) = judge(rule(), [silent(1)])
    assert (row.is_judged, row.required, row.status) == (True, None, Status.NO_DATA)


def test_nothing_arose_is_zero_over_zero_and_no_value():
    (row,) = judge(rule(), [sums(1, 0, 0)])
    assert (row.numerator, row.denominator, row.value, row.status) == (0, 0, None, Status.NO_DATA)


def test_yes_no_shows_the_number_of_yes_and_of_the_assigned():
    (row,) = judge(rule(kind=Kind.YES_NO), [sums(1, v=5, assigned=17, figures=7)])
    assert (row.numerator, row.denominator, row.value) == (5_000, 17_000, 29_411765)


@pytest.mark.parametrize("kind", [Kind.COUNT, Kind.VALUE, Kind.MILESTONE])
def test_other_kinds_have_no_numerator(kind):
    (row,) = judge(rule(kind=kind), [sums(1, v=40)])
    assert (row.numerator, row.denominator, row.value) == (None, None, 40 * MICRO)


def test_a_stored_80_that_is_not_80():
    """79,9999999% rounds to the required 80: on its way, but at the year's end it has missed."""
    close = Sums(1, 799_999_999, 1_000_000_000, None, 1, 1, True)
    (row,) = judge(rule(Timing.FLOW), [close])
    assert (row.value, row.status) == (80 * MICRO, Status.ON_TRACK)
    (row,) = judge(rule(Timing.FLOW), [close._replace(number=12)])
    assert (row.value, row.status, row.due_held) == (80 * MICRO, Status.MISSED, False)


def test_worked_case_10_the_first_value_of_the_row():
    rows = list(judge(rule(threshold=30), [silent(1), silent(2), *(sums(m, 12, 100) for m in range(3, 13))]))
    assert [row.required for row in rows[:3]] == [None, None, 12 * MICRO]
    assert (rows[7].required, rows[11].required) == (21_431507, 30 * MICRO)
    assert [row.status for row in rows[:4]] == [Status.NO_DATA] * 2 + [Status.ON_TRACK, Status.BEHIND]
    assert {row.required for row in judge(rule(threshold=30), [sums(3, 31, 100), sums(4, 29, 100)])} == {30 * MICRO}


def test_worked_case_11_one_line_against_another():
    rows = list(judge(rule(threshold=30), [sums(m, n, 100) for m, n in enumerate((10, 12, 15, 16), start=1)]))
    assert outlook(rows[3]) == (33_572881, 23_052002, 44_093760)
    assert (rows[3].required, rows[3].status) == (15_128205, Status.ON_TRACK)
    assert outlook(rows[2]) == (None, None, None)


def test_worked_case_12_a_flow_by_what_is_to_come():
    row = last(rule(Timing.FLOW), flow((30, 100), (40, 100), (20, 80), (50, 120)))
    assert (row.value, *outlook(row)) == (35 * MICRO, 35 * MICRO, 28_333333, 39_444444)
    assert (row.pace, row.status) == (102_500000, Status.AT_RISK)
    # I.12 as of June: July, August and September are to come, 35 + 3 × 100 windows: (0,8 × 900 − 210) ÷ 300.
    row = last(rule(Timing.FLOW, due=AUGUST_END), flow(*[(35, 100)] * 6))
    assert row.pace == 170 * MICRO


def test_worked_case_13_at_the_ceiling():
    row = last(rule(Timing.RATE, threshold=100), [sums(m, n, 100) for m, n in enumerate((97, 98, 98, 99), start=1)])
    assert outlook(row) == (100 * MICRO, 98_776677, 100 * MICRO)
    assert (row.required, row.status) == (100 * MICRO, Status.AT_RISK)


def test_one_bad_sign_is_behind():
    # Below the line, and yet the forecast holds: 10, 11, 12, 42 of 50.
    steep = [sums(m, n, 100) for m, n in enumerate((10, 20, 30, 32), start=1)]
    row = last(rule(threshold=80, baseline=70), steep)
    assert (row.value < row.required, row.forecast > 80 * MICRO, row.status) == (True, True, Status.BEHIND)
    # Above the line, and the forecast does not hold: stuck at 40 where 80 are due in December.
    row = last(rule(threshold=80, baseline=0), [sums(m, 40, 100) for m in (1, 2, 3, 4)])
    assert (row.value > row.required, row.forecast, row.status) == (True, 40 * MICRO, Status.BEHIND)


def test_a_tracked_row_has_a_forecast_and_no_judgement():
    followed = list(judge(rule(threshold=None, comparator=None), [sums(m, 40, 100) for m in range(1, 13)]))
    assert {(row.is_judged, row.status, row.required, row.due_held) for row in followed} == {
        (False, Status.TRACKED, None, None)
    }
    assert followed[3].forecast == 40 * MICRO
    count = rule(kind=Kind.COUNT, threshold=150, baseline=0)
    rows = list(judge(count, [sums(1, v=200), sums(2, v=200), silent(3)], tracked={2, 3}))
    assert [(row.required, row.status) for row in rows] == [
        (5_357143, Status.ACHIEVED),  # 150 × 13 ÷ 364
        (None, Status.TRACKED),
        (None, Status.NO_DATA),
    ]


def test_a_share_of_agencies_asks_nothing_of_one_of_them():
    assert rule(kind=Kind.YES_NO, threshold=40).never_of_one == frozenset(range(1, 13))
    assert rule(kind=Kind.YES_NO, threshold=100).never_of_one == frozenset()
    assert rule(threshold=40).never_of_one == frozenset()
    both = rule(kind=Kind.YES_NO, threshold=100, later=[definition(40, first_period=11)])
    assert both.never_of_one == {11, 12}


def test_forecast_of_a_falling_count_stops_at_zero_and_that_of_a_value_does_not():
    falling = [sums(m, v=v) for m, v in [(1, 90), (2, 70), (3, 50), (4, 30)]]
    fields = {"comparator": Comparator.LTE, "threshold": 10}
    assert outlook(last(rule(kind=Kind.COUNT, **fields), falling))[:2] == (0, 0)
    assert last(rule(kind=Kind.VALUE, **fields), falling).forecast < -100 * MICRO


def test_carried_values_and_nothing_arose_are_no_points():
    series = [sums(1, 10, 100), sums(2, 20, 100), sums(3, 0, 0), *(sums(m, 20, 100, point=False) for m in (4, 5))]
    rows = list(judge(rule(), [*series, sums(6, 30, 100), sums(7, 40, 100), silent(8)]))
    assert [row.number for row in rows if row.forecast is not None] == [7]


def test_no_forecast_from_the_closing_period_on():
    steady = [sums(month, 10 * month, 200) for month in range(1, 13)]

    def months(**fields):
        return [row.number for row in judge(rule(**fields), steady) if row.forecast is not None]

    assert months(due=AUGUST_END) == [4, 5, 6, 7, 8]
    assert months(due=dt.date(2023, 8, 14)) == [4, 5, 6, 7]
    assert months() == [4, 5, 6, 7, 8, 9, 10, 11]
    # Due after the plan: no closing period, and of what is no flow a forecast to the end.
    assert months(due=dt.date(2024, 6, 30)) == [*range(4, 13)]
    late = rule(Timing.FLOW, due=dt.date(2024, 6, 30))
    assert {row.forecast for row in judge(late, flow(*[(1, 2)] * 12))} == {None}


def test_worked_case_5_judged_finally_in_the_closing_period():
    rows = list(judge(rule(due=AUGUST_END), [sums(8, 79, 100), sums(9, 79, 100), sums(10, 81, 100), sums(11, 79, 100)]))
    assert [row.status for row in rows] == [Status.ON_TRACK, Status.MISSED, Status.ACHIEVED, Status.MISSED]
    assert [row.due_held for row in rows] == [None, False, False, False]
    in_time = [sums(9, 80, 100), silent(10), sums(11, 79, 100)]
    assert [row.due_held for row in judge(rule(due=AUGUST_END), in_time)] == [True, True, True]
    # Without a value in the closing period nobody knows.
    unknown = [silent(9), sums(10, 81, 100)]
    assert [row.due_held for row in judge(rule(due=AUGUST_END), unknown)] == [None, None]
    assert [row.due_held for row in judge(rule(due=AUGUST_END), [sums(10, 81, 100)])] == [None]


def test_a_period_is_judged_by_the_definition_in_force_in_it():
    lowered = definition(60, AUGUST_END, first_period=7)
    rows = list(judge(rule(Timing.RATE, later=[lowered]), [sums(month, 70, 100) for month in range(5, 11)]))
    assert [row.required for row in rows] == [80 * MICRO] * 2 + [60 * MICRO] * 4
    assert [row.status for row in rows] == [Status.BEHIND] * 2 + [Status.ACHIEVED] * 4
    # The closing period too is that of the definition in force: September, by 60.
    assert [row.due_held for row in rows] == [None] * 4 + [True] * 2


def test_worked_case_14_coverage_by_weight():
    def fresh(month, cycle=1, **more):
        (row,) = judge(rule(cycle=cycle), [sums(month, 1, 2, **more)])
        return row.fresh

    assert fresh(7, weight=900_000, fresh=600_000) == 66_666667
    assert fresh(7, weight=0, fresh=0) is None
    assert fresh(2, cycle=3, weight=900_000, fresh=600_000) is None  # nothing is due before March
    (row,) = judge(rule(kind=Kind.COUNT), [sums(7, v=1, weight=9, fresh=6)])
    assert row.fresh is None


def test_months_before_the_first_wanted_only_give_their_values():
    whole = [silent(1), *(sums(m, n, 1000) for m, n in [(2, 190), (3, 320), (4, 350), (5, 490), (6, 500)])]
    by_august = rule(due=dt.date(2023, 4, 30))
    assert list(judge(by_august, whole, first=5)) == list(judge(by_august, whole))[4:]


def test_the_path_of_a_stock_begins_at_its_first_value():
    first_value = (dt.date(2023, 1, 14), 10 * MICRO)
    assert rule().path(3, first_value) == [first_value, (YEAR_END, 80 * MICRO)]


def test_a_flow_that_is_due_after_the_plan_has_no_forecast():
    assert last(rule(Timing.FLOW, due=dt.date(2024, 12, 31)), flow((6, 10), (7, 10))).forecast is None


def test_what_the_coming_windows_of_a_count_must_bring():
    series = [sums(number, v=10 * number, parts=[FlowPart(10 * MICRO, 0)] * number) for number in (1, 2, 3, 4)]
    counted = last(rule(Timing.FLOW, Kind.COUNT, is_share=False, threshold=200), series)
    assert (counted.forecast, counted.pace) == (120 * MICRO, 20 * MICRO)  # 160 in eight windows


def test_the_threshold_of_an_amount_is_that_of_the_whole():
    assert rule(kind=Kind.COUNT, is_share=False).whole_only and not rule().whole_only
