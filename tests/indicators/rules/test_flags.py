"""Figures that a reviewer should look at twice, by the rules alone."""

from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.rules.combining import year_to_date
from indicators.rules.flags import Flag, Raised, flags, full_everywhere, is_pressing
from indicators.rules.kinds import Kind, Timing


def figure(given):
    """(N, D) of a ratio, or one value."""
    n, d = given if isinstance(given, tuple) else (None, None)
    value = None if isinstance(given, tuple) else Decimal(str(given))
    return SimpleNamespace(
        numerator=None if n is None else Decimal(n), denominator=None if d is None else Decimal(d), value=value
    )


def raised(kind, timing, now, before, *, is_share=True):
    earlier = [] if before is None else [figure(before)]
    return [flag.flag for flag in flags(kind, timing, is_share=is_share, now=figure(now), earlier=earlier)]


@pytest.mark.parametrize(
    ("timing", "now", "before", "expected"),
    [
        (Timing.FLOW, (80, 110), (65, 99), []),
        (Timing.FLOW, (80, 110), None, []),
        (Timing.FLOW, (463, 463), (401, 423), [Flag.FULL]),  # 94,80% before
        (Timing.FLOW, (463, 463), (421, 423), []),  # 99,53%: a step, no jump
        (Timing.FLOW, (3, 3), (1, 3), []),  # a handful
        (Timing.FLOW, (89, 218), (61, 80), [Flag.DENOMINATOR]),  # 2,7 times
        (Timing.FLOW, (61, 80), (89, 218), [Flag.DENOMINATOR]),
        (Timing.FLOW, (61, 160), (61, 80), []),  # exactly twice is not more than twice
        (Timing.FLOW, (50, 100), (20, 100), [Flag.FAR]),
        (Timing.FLOW, (20, 100), (50, 100), [Flag.FAR]),
        (Timing.FLOW, (40, 100), (20, 100), []),
        (Timing.FLOW, (0, 100), (20, 100), []),  # from or to nothing there is no ratio
        (Timing.FLOW, (65, 99), (65, 99), [Flag.SAME]),
        (Timing.RATE, (99, 99), (99, 99), [Flag.SAME]),
        (Timing.STOCK, (65, 99), (65, 99), []),  # a state may well stay
        (Timing.STOCK, (64, 99), (65, 99), [Flag.FELL]),
        (Timing.STOCK, (3, 21), (5, 21), [Flag.FELL]),
        (Timing.STOCK, (65, 119), (65, 99), [Flag.DENOMINATOR]),  # 20,2% more people
        (Timing.STOCK, (66, 118), (65, 99), []),  # 19,2%
        (Timing.FLOW, (500, 1000), (489, 991), [Flag.ROUND]),
        (Timing.FLOW, (500, 1000), None, [Flag.ROUND]),
        (Timing.FLOW, (500, 1001), None, []),
        (Timing.FLOW, (100, 100), None, []),
        (Timing.FLOW, (0, 1000), None, []),
        (Timing.FLOW, (64, 99), (65, 99), []),
        (Timing.FLOW, (0, 0), (65, 99), []),
        (Timing.FLOW, (65, 99), (0, 0), []),
    ],
)
def test_ratios(timing, now, before, expected):
    assert raised(Kind.RATIO, timing, now, before) == expected


def test_a_full_count_per_hundred_is_no_share():
    assert raised(Kind.RATIO, Timing.STOCK, (100, 100), (60, 100), is_share=False) == []


@pytest.mark.parametrize(
    ("kind", "now", "before", "expected"),
    [
        (Kind.COUNT, 132, 128, []),
        (Kind.COUNT, 128, 132, [Flag.FELL]),
        (Kind.COUNT, 300, 132, [Flag.FAR]),
        (Kind.COUNT, 9, 3, []),
        (Kind.COUNT, 1300, 1234, [Flag.ROUND]),
        (Kind.COUNT, 900, 890, []),
        (Kind.COUNT, 5, 12, [Flag.FELL, Flag.FAR]),
        (Kind.VALUE, "8.48", "8.1", []),
        (Kind.VALUE, "7.9", "8.1", []),  # a rate goes up and down
        (Kind.VALUE, "84.8", "8.1", [Flag.FAR]),
        (Kind.YES_NO, 0, 1, [Flag.FELL]),
        (Kind.YES_NO, 1, 0, []),
        (Kind.MILESTONE, 40, 45, [Flag.FELL]),
        (Kind.MILESTONE, 45, 10, []),
    ],
)
def test_other_kinds(kind, now, before, expected):
    assert raised(kind, Timing.STOCK, now, before) == expected


def series(kind, timing, now, before, *, is_share=True):
    return flags(kind, timing, is_share=is_share, now=figure(now), earlier=[figure(each) for each in before])


# Shares 70, 72, 71, 73, 69, 71: median 71, deviations 1 1 0 2 2 0, their median 1; 3,5 × 1,4826 × 1 = 5,19 points, so the
# least of 10 points decides: 81 is not far, 82 is, 60 is.
CALM = [(70, 100), (72, 100), (71, 100), (73, 100), (69, 100), (71, 100)]
# 50, 70, 60, 80, 40, 60: median 60, deviations 10 10 0 20 20 0, their median 10; the bound is 51,9: nothing is far.
WILD = [(50, 100), (70, 100), (60, 100), (80, 100), (40, 100), (60, 100)]


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (CALM, (81, 100), []),
        (CALM, (82, 100), [Raised(Flag.FAR, 82, 71, 6)]),
        (CALM, (60, 100), [Raised(Flag.FAR, 60, 71, 6)]),
        (CALM, (0, 100), [Raised(Flag.FAR, 0, 71, 6)]),
        (WILD, (99, 100), []),
        (WILD, (10, 100), []),
        (CALM[:3], (82, 100), []),  # three make no median: neither doubled nor halved
        ([(2, 100), *CALM[1:]], (82, 100), [Raised(Flag.FAR, 82, 71, 6)]),  # one odd month hides nothing
        ([*CALM[:5], (2, 100)], (71, 100), []),  # and does not make the next one odd
        (
            [(0, 0), *CALM[:4]],
            (90, 100),
            [Raised(Flag.FAR, 90, Fraction(143, 2), 4)],
        ),  # months without files are no measure
    ],
)
def test_a_share_of_a_window_against_its_months(before, now, expected):
    assert series(Kind.RATIO, Timing.FLOW, now, before) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # 10, 20, 30, 40%: steps of 10, so 50 comes next; the steps do not vary: the least of 10 points decides.
        ((50, 100), []),
        ((60, 100), []),
        ((61, 100), [Raised(Flag.FAR, 61, 50, 4)]),
        ((39, 100), [Raised(Flag.FELL, 39, 40), Raised(Flag.FAR, 39, 50, 4)]),
    ],
)
def test_a_state_is_held_against_where_its_steps_lead(now, expected):
    assert series(Kind.RATIO, Timing.STOCK, now, [(10, 100), (20, 100), (30, 100), (40, 100)]) == expected


def test_a_windows_denominator_against_the_median_of_its_months():
    before = [(60, 80), (61, 81), (59, 79), (60, 80)]
    assert series(Kind.RATIO, Timing.FLOW, (163, 218), before) == [Raised(Flag.DENOMINATOR, 218, 80, 4)]
    assert series(Kind.RATIO, Timing.FLOW, (119, 160), before) == []


def test_counts_against_where_they_lead():
    grows = [100, 110, 120, 130]  # 140 is next; a quarter of it is 35
    assert series(Kind.COUNT, Timing.STOCK, 175, grows) == []
    assert series(Kind.COUNT, Timing.STOCK, 176, grows) == [Raised(Flag.FAR, 176, 140, 4)]
    assert series(Kind.COUNT, Timing.FLOW, 99, [130, 120, 110, 100]) == []  # a window may bring less
    assert series(Kind.VALUE, Timing.STOCK, "84.8", ["8.1", "8.2", "8.3", "8.4"])[0][:1] == (Flag.FAR,)


def test_one_hundred_percent_everywhere():
    full = [figure((n, n)) for n in (3, 15, 120, 7)]
    assert full_everywhere(full) == 4
    assert full_everywhere([*full, figure((0, 0))]) == 4
    assert full_everywhere(full[:3]) == 0
    assert full_everywhere([*full, figure((6, 7))]) == 0


counts = st.integers(0, 10_000)


@given(st.sampled_from(Timing), st.lists(st.tuples(counts, counts).map(sorted).map(tuple), max_size=9), st.booleans())
def test_the_same_as_always_is_never_far(timing, before, is_share):
    """A figure that repeats the one before is not far from it, nor did its denominator jump, while nothing else moved."""
    if not before:
        return
    steady = [before[0]] * (len(before) + 1)
    raised = series(Kind.RATIO, timing, steady[0], steady, is_share=is_share)
    assert {flag.flag for flag in raised} <= {Flag.SAME, Flag.ROUND}


def test_a_flag_carries_its_numbers():
    flag = flags(Kind.RATIO, Timing.FLOW, is_share=True, now=figure((89, 218)), earlier=[figure((61, 80))])[0]
    assert (flag.now, flag.before) == (218, 80)


@pytest.mark.parametrize(
    ("flag", "now", "before", "is_share", "size", "pressing"),
    [
        (Flag.FAR, 75, 50, True, 50, True),  # 25 points of 50 things
        (Flag.FAR, 74, 50, True, 50, False),
        (Flag.FAR, 75, 50, True, 49, False),
        (Flag.FULL, 100, 75, True, 50, True),
        (Flag.FULL, 100, 76, True, 50, False),
        (Flag.FAR, 201, 100, False, 201, True),  # more than twice
        (Flag.FAR, 200, 100, False, 200, False),
        (Flag.DENOMINATOR, 151, 50, True, 151, True),  # more than three times
        (Flag.DENOMINATOR, 150, 50, True, 150, False),
        (Flag.DENOMINATOR, 16, 50, True, 16, True),  # less than a third
        (Flag.DENOMINATOR, 49, 10, True, 49, False),  # a few things
        (Flag.FELL, 94, 100, True, 200, True),  # more than a twentieth less
        (Flag.FELL, 95, 100, True, 200, False),
        (Flag.SAME, 48, 48, True, 50, True),
        (Flag.SAME, 48, 48, True, 49, False),
        (Flag.ROUND, 2000, 2000, False, 2000, True),
    ],
)
def test_what_is_still_worth_a_question_months_later(flag, now, before, is_share, size, pressing):
    raised = Raised(flag, Fraction(now), Fraction(before))
    assert is_pressing(raised, is_share=is_share, size=Fraction(size)) is pressing


def test_a_years_flow_is_added_up():
    assert year_to_date([figure((30, 100)), figure((90, 100))]) == (120, 200, None)  # domain.md, worked case 1
    assert year_to_date([figure((50, 500)), figure((0, 0))]) == (50, 500, None)
    assert year_to_date([figure(3), figure(4)]) == (None, None, 7)


@pytest.mark.parametrize(
    ("kind", "now", "says"), [(Kind.RATIO, 5, "numerator and a denominator"), (Kind.COUNT, (1, 2), "has a value")]
)
def test_a_figure_of_another_kind_is_an_error_of_the_program(kind, now, says):
    with pytest.raises(TypeError, match=says):
        raised(kind, Timing.STOCK, now, 5 if kind == Kind.COUNT else (1, 2))


def test_a_first_count_is_held_against_nothing():
    assert raised(Kind.COUNT, Timing.STOCK, 132, None) == []
