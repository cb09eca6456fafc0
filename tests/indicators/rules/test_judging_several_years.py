"""Plans over several years judged by hand: the plan 2026–2028, data windows to the 14th (docs/decisions/0301)."""

import datetime as dt

import pytest

from indicators.rules.calendar import Window
from indicators.rules.combining import MICRO
from indicators.rules.definition import Definition
from indicators.rules.forecast import FlowPart
from indicators.rules.judging import Rule, Sums, judge
from indicators.rules.kinds import Comparator, Kind, Timing
from indicators.rules.status import Status

FIRST_DAY, LAST_DAY = dt.date(2026, 1, 1), dt.date(2028, 12, 31)
WINDOWS = [Window(number, dt.date(2026 + (number - 1) // 12, (number - 1) % 12 + 1, 14)) for number in range(1, 37)]
DECEMBER_2026, JUNE_2027, DECEMBER_2027, JUNE_2028, DECEMBER_2028 = 12, 18, 24, 30, 36
YEAR_ENDS = [(dt.date(2026, 12, 31), 600), (dt.date(2027, 12, 31), 900)]


def rule(
    kind=Kind.COUNT, timing=Timing.FLOW, *, restarts=True, threshold=1200, due=LAST_DAY, baseline=0, milestones=()
):
    return Rule(
        kind=kind,
        timing=timing,
        cycle=1,
        is_share=kind == Kind.RATIO,
        definitions=[
            Definition(
                Comparator.GTE,
                threshold * MICRO,
                due,
                None if baseline is None else baseline * MICRO,
                [(day, value * MICRO) for day, value in milestones],
            )
        ],
        plan_first_day=FIRST_DAY,
        plan_last_day=LAST_DAY,
        windows=WINDOWS,
        restarts=restarts,
    )


def required(of, number):
    return of.terms[number].required / MICRO


def counted(number, value, parts=()):
    return Sums(number, None, None, value * MICRO, 1, 1, True, parts=[FlowPart(part * MICRO) for part in parts])


def row(of, *series):
    return list(judge(of, series))[-1]


@pytest.mark.parametrize(
    ("milestones", "number", "value"),
    [
        # Each year from 0 to its milestone: 14 June is day 164 of the 364 after 1 January; of 2028 day 165 of 365.
        (YEAR_ENDS, 6, 270.32967),  # 600 × 164 ÷ 364
        (YEAR_ENDS, JUNE_2027, 405.494505),  # 900 × 164 ÷ 364
        (YEAR_ENDS, JUNE_2028, 542.465753),  # 1200 × 165 ÷ 365
        # Without milestones each year is asked for the threshold.
        ((), JUNE_2027, 540.659341),  # 1200 × 164 ÷ 364
        (YEAR_ENDS, DECEMBER_2028, 1200),
    ],
)
def test_the_line_of_a_yearly_count_begins_again_with_each_year(milestones, number, value):
    assert required(rule(milestones=milestones), number) == value


def test_a_count_over_the_whole_plan_has_one_line():
    """From 0 on 1 January 2026 through 600 and 900 to 1.200 on 31 December 2028: on 14 June 2027, 165 of the 365 days between the
    milestones have gone."""
    of = rule(restarts=False, milestones=YEAR_ENDS)
    assert required(of, JUNE_2027) == 735.616438  # 600 + 300 × 165 ÷ 365
    assert of.since(JUNE_2027) == 1


def test_a_stock_has_one_line_with_a_milestone_a_year():
    """60% at the beginning, 70% and 80% at the ends of the years, 90% at last."""
    milestones = [(dt.date(2026, 12, 31), 70), (dt.date(2027, 12, 31), 80)]
    of = rule(Kind.RATIO, Timing.STOCK, restarts=False, threshold=90, baseline=60, milestones=milestones)
    assert required(of, DECEMBER_2026) == 69.532967  # 60 + 10 × 347 ÷ 364
    assert required(of, JUNE_2027) == 74.520548  # 70 + 10 × 165 ÷ 365
    assert required(of, DECEMBER_2028) == 90


def test_a_yearly_count_is_judged_finally_in_the_closing_period_alone():
    of = rule(milestones=YEAR_ENDS)
    december = row(of, counted(DECEMBER_2026, 590))
    assert (december.required / MICRO, december.status, december.due_held) == (571.978022, Status.ON_TRACK, None)
    assert row(of, counted(DECEMBER_2026, 560)).status == Status.BEHIND
    closing = row(of, counted(DECEMBER_2027, 880), counted(DECEMBER_2028, 1250))
    assert (closing.status, closing.due_held) == (Status.ACHIEVED, True)


def test_after_the_year_in_which_it_was_due_nothing_is_asked_of_a_yearly_sum():
    """Due at the end of 2026 and held then; January 2027 begins again with 40."""
    of = rule(due=dt.date(2026, 12, 31), threshold=600)
    assert row(of, counted(DECEMBER_2026, 640)).status == Status.ACHIEVED
    january = row(of, counted(DECEMBER_2026, 640), counted(13, 40))
    assert (january.status, january.is_judged, january.required, january.due_held) == (
        Status.TRACKED,
        False,
        None,
        None,
    )
    over_plan = rule(due=dt.date(2026, 12, 31), threshold=600, restarts=False)
    assert row(over_plan, counted(DECEMBER_2026, 640), counted(13, 680)).status == Status.ACHIEVED


def test_before_its_closing_year_a_yearly_sum_forecasts_that_year():
    """Four months of 2027 bring 100 each: twelve such months make 1.200 in 2028, and none is short of the 100 needed."""
    of = rule(milestones=YEAR_ENDS)
    april = row(of, counted(16, 400, [100, 100, 100, 100]))
    assert (april.forecast / MICRO, april.pace / MICRO) == (1200, 100)
    of_plan = rule(milestones=YEAR_ENDS, restarts=False)
    april = row(of_plan, counted(16, 1000, [100, 100, 100, 100]))
    assert april.forecast / MICRO == 1000 + 20 * 100
    assert april.pace / MICRO == 10  # 200 over the 20 months to come


def test_before_its_closing_year_a_yearly_ratio_forecasts_that_years_share():
    """8 of 10 a month, whatever the year has brought so far; nothing where the windows hold nothing to count."""
    of = rule(Kind.RATIO, threshold=90, baseline=None)
    parts = [FlowPart(8000, 10_000)] * 4
    april = row(of, Sums(16, 32_000, 40_000, None, 1, 1, True, parts=parts))
    assert (april.forecast / MICRO, april.pace / MICRO) == (80, 90)
    empty = [FlowPart(0, 0)] * 3 + [FlowPart(5000, 5000)]
    assert row(of, Sums(16, 5000, 5000, None, 1, 1, True, parts=empty)).forecast is None


def test_a_line_from_the_first_value_begins_with_each_years_own():
    """Without a baseline, with milestones: from 50 on 14 January 2027 (not from January 2026) to 900 on 31 December."""
    of = rule(milestones=YEAR_ENDS, baseline=None)
    june = row(of, counted(1, 10), counted(13, 50), counted(JUNE_2027, 500))
    assert june.required / MICRO == 415.669516  # 50 + 850 × 151 ÷ 351
