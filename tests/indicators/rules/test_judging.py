"""One node's year: where values, required values, forecasts and statuses come together."""

import datetime as dt

import pytest

from indicators.rules.combining import MICRO
from indicators.rules.judging import Rule, Sums, Window, judge
from indicators.rules.kinds import Comparator, Kind, Timing
from indicators.rules.status import Status

WINDOWS = [Window(month, dt.date(2023, month, 14)) for month in range(1, 13)]


def rule(**fields):
    """A share that flows, at least 80 by 31 December, where nothing else is said."""
    usual = {
        "kind": Kind.RATIO,
        "timing": Timing.FLOW,
        "quarterly": False,
        "is_share": True,
        "comparator": Comparator.GTE,
        "threshold": 80 * MICRO,
        "due": dt.date(2023, 12, 31),
        "baseline": None,
        "plan_first_day": dt.date(2023, 1, 1),
        "windows": WINDOWS,
    }
    return Rule(**usual | fields)


def sums(number, n=None, d=None, v=None, *, assigned=1, figures=1, point=True):
    """A node's sums: a ratio's in whole units, brought into thousandths here; v in whole units too."""
    return Sums(
        number,
        None if n is None else n * 1000,
        None if d is None else d * 1000,
        None if v is None else v * MICRO,
        assigned,
        figures,
        point,
    )


def silent(number, assigned=1):
    return sums(number, assigned=assigned, figures=0, point=False)


def test_a_silent_node_has_a_required_value_and_nothing_else():
    (row,) = judge(rule(), [silent(1)])
    assert row == (1, None, None, None, 80 * MICRO, Status.NO_DATA, None)


def test_nothing_arose_is_zero_over_zero_and_no_value():
    (row,) = judge(rule(), [sums(1, 0, 0)])
    assert (row.numerator, row.denominator, row.value, row.status) == (0, 0, None, Status.NO_DATA)


def test_yes_no_shows_the_number_of_yes_and_of_the_assigned():
    (row,) = judge(rule(kind=Kind.YES_NO, timing=Timing.STOCK), [sums(1, v=5, assigned=17, figures=7)])
    assert (row.numerator, row.denominator, row.value) == (5_000, 17_000, 29_411765)


@pytest.mark.parametrize("kind", [Kind.COUNT, Kind.VALUE, Kind.MILESTONE])
def test_other_kinds_have_no_numerator(kind):
    (row,) = judge(rule(kind=kind, timing=Timing.STOCK), [sums(1, v=40)])
    assert (row.numerator, row.denominator, row.value) == (None, None, 40 * MICRO)


def test_a_stored_80_that_is_not_80():
    """79,9999999 % rounds to the required 80: on its way, but at the year's end it has missed."""
    close = Sums(1, 799_999_999, 1_000_000_000, None, 1, 1, True)
    (row,) = judge(rule(), [close])
    assert (row.value, row.status) == (80 * MICRO, Status.ON_TRACK)
    (row,) = judge(rule(), [close._replace(number=12)])
    assert (row.value, row.status) == (80 * MICRO, Status.MISSED)


def test_forecast_from_the_third_point_on():
    # 14 March, April, May stand 292, 261, 231 days before 31 December: 20, 51, 81 is one a day, 312 on the last.
    months = [(3, 20), (4, 51), (5, 81)]
    rows = list(judge(rule(is_share=False, threshold=400 * MICRO), [sums(m, n, 100) for m, n in months]))
    assert [row.forecast for row in rows] == [None, None, 312 * MICRO]
    assert rows[2].status == Status.AT_RISK


def test_forecast_of_a_share_is_clipped_to_100():
    rows = list(judge(rule(), [sums(m, n, 100) for m, n in [(3, 5), (4, 36), (5, 66)]]))
    assert rows[2].forecast == 100 * MICRO
    assert rows[2].status == Status.BEHIND


def test_forecast_of_a_falling_count_stops_at_zero_and_that_of_a_value_does_not():
    falling = [sums(m, v=v) for m, v in [(1, 90), (2, 60), (3, 30)]]
    count = rule(kind=Kind.COUNT, timing=Timing.STOCK, comparator=Comparator.LTE, threshold=10 * MICRO)
    value = rule(kind=Kind.VALUE, timing=Timing.STOCK, comparator=Comparator.LTE, threshold=10 * MICRO)
    assert list(judge(count, falling))[2].forecast == 0
    assert list(judge(value, falling))[2].forecast < -200 * MICRO


def test_carried_values_are_no_new_evidence():
    series = [sums(1, 10, 100), sums(2, 20, 100), sums(3, 20, 100, point=False), sums(4, 20, 100, point=False)]
    assert [row.forecast for row in judge(rule(timing=Timing.STOCK), series)] == [None] * 4
    rows = list(judge(rule(timing=Timing.STOCK), [*series, sums(5, 30, 100), silent(6)]))
    assert rows[4].forecast is not None
    assert rows[5].forecast is None  # no value, no forecast


def test_a_period_of_nothing_arose_is_no_point():
    series = [sums(1, 10, 100), sums(2, 0, 0), sums(3, 20, 100), sums(4, 30, 100)]
    assert [row.forecast is None for row in judge(rule(), series)] == [True, True, True, False]


def test_no_forecast_on_or_after_the_due_date_nor_in_the_last_period():
    steady = [sums(month, 10 * month, 200) for month in range(1, 13)]
    by_august = [row.forecast is not None for row in judge(rule(due=dt.date(2023, 8, 31)), steady)]
    assert by_august == [False, False, True, True, True, True, True, True, False, False, False, False]
    on_the_day = [row.forecast is not None for row in judge(rule(due=dt.date(2023, 8, 14)), steady)]
    assert on_the_day == [False, False, True, True, True, True, True, False, False, False, False, False]
    by_december = [row.forecast is not None for row in judge(rule(), steady)]
    assert by_december == [False, False, *[True] * 9, False]


def test_the_due_date_ends_it_only_in_a_later_window():
    # Worked case 5: due 31 August, 79 %.
    late = [sums(8, 79, 100), sums(9, 79, 100)]
    rows = list(judge(rule(timing=Timing.STOCK, due=dt.date(2023, 8, 31)), late))
    assert [row.status for row in rows] == [Status.ON_TRACK, Status.MISSED]
    assert rows[0].required == 74_380165
    # A window that ends on the due date itself is not after it.
    rows = list(judge(rule(timing=Timing.STOCK, due=dt.date(2023, 8, 14)), late))
    assert [row.status for row in rows] == [Status.BEHIND, Status.MISSED]


def test_the_last_period_judges_what_is_due_by_31_december():
    rows = list(judge(rule(timing=Timing.STOCK), [sums(11, 79, 100), sums(12, 79, 100)]))
    assert [row.status for row in rows] == [Status.ON_TRACK, Status.MISSED]


def test_rows_that_are_only_followed():
    count = rule(kind=Kind.COUNT, timing=Timing.STOCK, threshold=150 * MICRO)
    rows = list(judge(count, [sums(1, v=200), sums(2, v=200)], tracked={2}))
    assert [(row.required, row.status) for row in rows] == [
        (5_357143, Status.ACHIEVED),  # 150 × 13 ÷ 364
        (None, Status.TRACKED),
    ]


def test_months_before_the_first_wanted_only_give_their_points():
    whole = [sums(m, n, 1000) for m, n in [(1, 100), (2, 190), (3, 320), (4, 350), (5, 490)]]
    expected = list(judge(rule(), whole))[3:]
    assert list(judge(rule(), whole, first=4)) == expected
    assert expected[0].forecast is not None
