"""Sure bounds, by figures on paper and by what really comes."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.rules.bounds import Bounds, Silent, share_bounds, yes_no_bounds
from indicators.rules.kinds import Comparator


def test_a_stocks_new_figure_takes_the_place_of_the_carried_one():
    # 60 of 600, of which 10 of 100 are carried: 50 to 150 of 600.
    assert share_bounds(60, 600, [Silent(10, 100)], adds=False) == (Fraction(25, 3), 25)


def test_a_flows_new_month_comes_on_top():
    # 181 of 410; two are missing, last months 10/100 and 1/10: 181 to 291 of 520.
    found = share_bounds(181, 410, [Silent(10, 100), Silent(1, 10)], adds=True)
    assert found == (Fraction(18100, 520), Fraction(29100, 520))


def test_without_a_last_figure_nothing_is_sure():
    assert share_bounds(60, 600, [Silent(10, 100), None], adds=False) is None
    assert share_bounds(60, 600, [], adds=False) is None
    assert share_bounds(0, 0, [Silent(0, 0)], adds=True) is None


def test_a_yes_or_no_is_open_even_to_who_has_never_answered():
    # 5 of 17 say yes, one of them carried; 11 are missing: 4 to 15 of 17.
    assert yes_no_bounds(5, 17, [1] + [None] * 10) == (Fraction(400, 17), Fraction(1500, 17))
    assert yes_no_bounds(5, 17, []) is None


@pytest.mark.parametrize(
    ("comparator", "threshold", "certain"),
    [
        (Comparator.GTE, 20, True),
        (Comparator.GT, 20, None),
        (Comparator.GTE, 30, None),
        (Comparator.GT, 30, False),
        (Comparator.LTE, 30, True),
        (Comparator.LT, 30, None),
        (Comparator.LT, 20, False),
        (Comparator.LTE, 20, None),
    ],
)
def test_what_is_certain(comparator, threshold, certain):
    assert Bounds(Fraction(20), Fraction(30)).certain(comparator, threshold) is certain


share = st.integers(0, 500).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d)))


@given(st.lists(share), st.lists(st.tuples(share, st.fractions(0, 1)), min_size=1), st.booleans())
def test_what_comes_lies_within(reported, silent, adds):
    carried = [last for last, _ in silent]
    n, d = (sum(pair[side] for pair in reported + carried) for side in (0, 1))
    found = share_bounds(n, d, [Silent(*last) for last in carried], adds=adds)
    came = sum(part * last[1] for last, part in silent)
    true_n = n + came if adds else n - sum(last[0] for last in carried) + came
    true_d = d + sum(last[1] for last in carried) if adds else d
    if true_d == 0:
        assert found is None
    else:
        assert found.low <= 100 * true_n / Fraction(true_d) <= found.high


@given(st.integers(0, 20), st.lists(st.tuples(st.sampled_from([None, 0, 1]), st.booleans()), min_size=1))
def test_any_answers_lie_within(others_yes, silent):
    assigned = others_yes + 3 + len(silent)
    yes = others_yes + sum(said or 0 for said, _ in silent)
    found = yes_no_bounds(yes, assigned, [said for said, _ in silent])
    assert found.low <= Fraction(100 * (others_yes + sum(then for _, then in silent)), assigned) <= found.high
