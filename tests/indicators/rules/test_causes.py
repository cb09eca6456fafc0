"""Causes of a change of value: told apart, and adding up to the change to the last digit (domain.md, *What changed*)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.rules.causes import Cause, CauseFigure, CauseStanding, CauseStep, split, totals
from indicators.rules.change import count_change, ratio_change


def standing(*figures, returned=(), weight=0):
    """Figures as (month, n, d) of version 1, or (month, n, d, version)."""
    made = tuple(CauseFigure(month, *(version or [1]), Fraction(n), Fraction(d)) for month, n, d, *version in figures)
    return CauseStanding(made, frozenset(returned), weight)


def changes(found, reporter):
    return {share.cause: share.change for share in found.shares[reporter]}


def test_a_flow_by_hand():
    # Worked case 1, January to February: Chí Linh 30/100 and then 90/100 more; Nam Sách 1/10. 31/110 → 121/210.
    before = {"chi-linh": standing((1, 30, 100)), "nam-sach": standing((1, 1, 10))}
    after = {"chi-linh": standing((1, 30, 100), (2, 90, 100)), "nam-sach": standing((1, 1, 10))}
    found = split(before, after, flow=True, scale=100)
    assert found.total == 100 * (Fraction(121, 210) - Fraction(31, 110))
    assert changes(found, "chi-linh") == {
        Cause.NEW: Fraction(9000, 210),
        Cause.DENOMINATORS: 3000 * (Fraction(1, 210) - Fraction(1, 110)),
    }
    assert changes(found, "nam-sach") == {Cause.DENOMINATORS: 100 * (Fraction(1, 210) - Fraction(1, 110))}
    new = found.shares["chi-linh"][0]
    assert (new.n, new.d, new.steps) == (90, 100, (CauseStep(2, None, 1),))


def test_a_correction_and_a_new_report_of_a_state_are_two_things():
    # July 50/500, later corrected to 60/500; August 80/500. The denominators stay: 10% → 16%.
    found = split(
        {"a": standing((7, 50, 500))},
        {"a": standing((7, 60, 500, 2), (8, 80, 500))},
        flow=False,
        scale=100,
    )
    assert changes(found, "a") == {Cause.NEW: 4, Cause.CORRECTED: 2}
    assert found.shares["a"][1].steps == (CauseStep(7, 1, 2),)
    assert found.total == 6


def test_a_return_takes_the_latest_state_away_and_the_one_before_counts_again():
    found = split(
        {"a": standing((7, 50, 500), (8, 80, 500))},
        {"a": standing((7, 50, 500), returned=[8])},
        flow=False,
        scale=100,
    )
    assert changes(found, "a") == {Cause.RETURNED: -6}


def test_an_older_version_that_counts_again_is_a_return():
    found = split({"a": standing((7, 60, 0, 2))}, {"a": standing((7, 50, 0))}, flow=False, scale=None)
    assert changes(found, "a") == {Cause.RETURNED: -10}


def test_a_figure_taken_out_of_a_newer_version_is_a_correction():
    found = split(
        {"a": standing((6, 5, 0), (7, 60, 0)), "b": standing((7, 1, 0))},
        {"a": standing((6, 5, 0)), "b": standing((7, 1, 0))},
        flow=True,
        scale=None,
    )
    assert changes(found, "a") == {Cause.CORRECTED: -60}


def test_who_comes_and_who_goes():
    # 10/50 + 10/50 = 20%; b stays, a goes, c comes with 40/50: 50%.
    found = split(
        {"a": standing((1, 10, 50)), "b": standing((1, 10, 50))},
        {"b": standing((1, 10, 50)), "c": standing((1, 40, 50))},
        flow=False,
        scale=100,
    )
    assert (changes(found, "a"), changes(found, "b"), changes(found, "c")) == ({Cause.OUT: -10}, {}, {Cause.IN: 40})
    assert found.total == 30


def test_a_sum_that_begins_again_loses_the_year_before_by_no_correction():
    # November 6 and December 4 of the first year, January 3 of the next one, whose first month is the 13th.
    before, after = {"a": standing((11, 6, 0), (12, 4, 0))}, {"a": standing((13, 3, 0), returned=[12])}
    found = split(before, after, flow=True, scale=None, since=13)
    assert found.total == -7
    assert changes(found, "a") == {Cause.NEW: 3, Cause.YEAR: -10}


def test_one_silent_agency_more_weighs_on_a_yes_no():
    # 1 of 2 said yes; a third is assigned, and silent: 1 of 3.
    found = split(
        {"a": standing((1, 1, 0), weight=1), "b": standing(weight=1)},
        {"a": standing((1, 1, 0), weight=1), "b": standing(weight=1), "c": standing(weight=1)},
        flow=False,
        scale=100,
    )
    assert found.total == Fraction(100, 3) - 50
    assert changes(found, "a") == {Cause.DENOMINATORS: found.total}
    assert changes(found, "c") == {Cause.IN: 0}


@pytest.mark.parametrize("nothing", [{}, {"a": standing()}, {"a": standing((1, 0, 0))}])
def test_where_one_side_has_no_value_there_is_no_change(nothing):
    something = {"a": standing((1, 1, 2))}
    assert split(nothing, something, flow=True, scale=100) is None
    assert split(something, nothing, flow=True, scale=100) is None


def test_zero_is_a_value_of_a_count():
    assert split({"a": standing((1, 0, 0))}, {"a": standing((1, 0, 0), (2, 0, 0))}, flow=True, scale=None).total == 0


numbers = st.fractions(0, 10**6, max_denominator=1000)


@st.composite
def standings(draw):
    months = sorted(draw(st.sets(st.integers(1, 12), max_size=5)))
    figures = tuple(CauseFigure(m, draw(st.integers(1, 3)), draw(numbers), draw(numbers)) for m in months)
    return CauseStanding(figures, frozenset(draw(st.sets(st.integers(1, 12), max_size=3))), draw(st.integers(0, 1)))


sides = st.dictionaries(st.sampled_from("abcdefgh"), standings(), max_size=6)


@given(sides, sides, st.booleans(), st.sampled_from([100, 1]))
def test_the_shares_of_each_reporter_are_its_part_and_all_together_the_change(before, after, flow, scale):
    found = split(before, after, flow=flow, scale=scale)
    pairs = [{who: one.sums(flow) for who, one in side.items()} for side in (before, after)]
    reported = all(any(one.figures for one in side.values()) for side in (before, after))
    expected = ratio_change(*pairs) if reported else None
    if expected is None:
        assert found is None
        return
    assert found.total * 100 == expected.total * scale
    for reporter, part in expected.parts.items():
        assert sum(changes(found, reporter).values()) * 100 == part * scale
    everything = [share for shares in found.shares.values() for share in shares]
    assert sum(share.change for share in totals(everything).values()) == found.total
    moved = sum(n for n, _ in pairs[1].values()) - sum(n for n, _ in pairs[0].values())
    assert sum(share.n for share in everything) == moved


@given(sides, sides, st.booleans())
def test_the_shares_of_a_count_sum_to_each_difference(before, after, flow):
    found = split(before, after, flow=flow, scale=None)
    counts = [{who: one.sums(flow)[0] for who, one in side.items()} for side in (before, after)]
    if not all(any(one.figures for one in side.values()) for side in (before, after)):
        assert found is None
        return
    expected = count_change(*counts)
    assert found.total == expected.total
    for reporter, part in expected.parts.items():
        assert sum(changes(found, reporter).values()) == part


@given(sides, st.booleans(), st.sampled_from([100, 1, None]))
def test_nothing_changed_has_no_cause(side, flow, scale):
    found = split(side, side, flow=flow, scale=scale)
    assert found is None or not any(found.shares.values())
