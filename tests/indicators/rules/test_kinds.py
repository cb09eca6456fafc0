"""Rules of each kind of target; test_combining has the way from sums to a value."""

from decimal import Decimal
from fractions import Fraction

import pytest

from indicators.rules.combining import MICRO
from indicators.rules.kinds import RULES, Comparator, Kind, KindRules, rules_of


def test_every_kind_has_its_rules():
    assert set(RULES) == set(Kind)


@pytest.mark.parametrize(
    ("kind", "is_share", "bounds"),
    [
        (Kind.RATIO, True, (0, 100 * MICRO)),
        (Kind.RATIO, False, (0, None)),
        (Kind.COUNT, False, (0, None)),
        (Kind.VALUE, False, (None, None)),
        (Kind.YES_NO, False, (0, 100 * MICRO)),
        (Kind.MILESTONE, False, (0, 100 * MICRO)),
    ],
)
def test_between_what_a_forecast_lies(kind, is_share, bounds):
    assert rules_of(kind).forecast_bounds(is_share) == bounds


def test_only_ratios_and_answers_have_n_and_d():
    assert rules_of(Kind.RATIO).stored_parts(3, 4, None, 9) == (3, 4)
    assert rules_of(Kind.YES_NO).stored_parts(None, None, 5 * MICRO, 17) == (5000, 17000)
    for kind in (Kind.COUNT, Kind.VALUE, Kind.MILESTONE):
        assert rules_of(kind).stored_parts(None, None, 5 * MICRO, 17) == (None, None)
    assert [kind for kind in Kind if rules_of(kind).row_has_parts] == [Kind.RATIO, Kind.YES_NO]


def test_the_change_of_a_ratio_and_of_a_count_by_reporter():
    ratio, count = rules_of(Kind.RATIO), rules_of(Kind.COUNT)
    before, after = {"a": ratio.pair(Decimal(1), Decimal(4), None)}, {"a": ratio.pair(Decimal(2), Decimal(4), None)}
    assert ratio.change(before, after).total == 25
    before, after = {"a": count.pair(None, None, Decimal(3))}, {"a": count.pair(None, None, Decimal(5))}
    assert count.change(before, after).parts == {"a": Fraction(2)}
    assert [kind for kind in Kind if rules_of(kind).has_contributions] == [Kind.RATIO, Kind.COUNT]


def test_smaller_is_better_for_two_comparators():
    assert [one for one in Comparator if one.falling] == [Comparator.LTE, Comparator.LT]


def test_a_kind_must_say_how_its_sums_combine():
    nothing = {"n": None, "d": None, "v": None, "assigned": 1}
    assert KindRules().exact_value(**nothing, figures=0) is None
    with pytest.raises(NotImplementedError):
        KindRules().exact_value(**nothing, figures=1)
