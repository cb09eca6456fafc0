"""Rules between the targets of one report, by hand."""

from fractions import Fraction

import pytest

from indicators.models import Actual
from indicators.rules.consistency import Check, TargetRule, broken, needs_communes, rule_from

ADULTS = TargetRule(Check.SAME_DENOMINATOR, ("III.4", "III.7"), "cùng một dân số")
SYSTEMS = TargetRule(Check.NUMERATOR_WITHIN, ("I.15", "I.14"), "phê duyệt trước")
COMMUNES = TargetRule(Check.COMMUNES, ("III.1.b",), "số đơn vị cấp xã")


def ratio(n, d):
    return Actual(numerator=n, denominator=d)


def told(rule, communes=None, **figures):
    by_code = {code.replace("_", "."): ratio(*parts) for code, parts in figures.items()}
    return [(one.target, one.now, one.other, one.compared) for one in broken([rule], by_code, communes)]


def test_two_shares_of_one_population_have_one_denominator():
    assert told(ADULTS, III_4=(10, 5000), III_7=(4000, 5000)) == []
    assert told(ADULTS, III_4=(10, 5000), III_7=(4000, 5100)) == [
        ("III.4", Fraction(5000), "III.7", Fraction(5100)),
        ("III.7", Fraction(5100), "III.4", Fraction(5000)),
    ]
    assert told(ADULTS, III_4=(10, 5000)) == []  # the other says nothing


def test_a_part_is_not_more_than_the_whole():
    assert told(SYSTEMS, I_15=(3, 10), I_14=(3, 10)) == []
    assert told(SYSTEMS, I_15=(4, 10), I_14=(3, 10)) == [("I.15", 4, "I.14", 3), ("I.14", 3, "I.15", 4)]
    assert told(SYSTEMS, I_15=(4, 10)) == []


def test_a_denominator_is_the_number_of_communes():
    assert told(COMMUNES, 235, III_1_b=(230, 235)) == []
    assert told(COMMUNES, 234, III_1_b=(230, 235)) == [("III.1.b", 235, "", 234)]
    assert needs_communes([ADULTS, COMMUNES], ["III.1.b"]) and not needs_communes([ADULTS, COMMUNES], ["III.4"])


def test_a_figure_of_another_kind_is_not_compared():
    assert list(broken([ADULTS], {"III.4": Actual(value=1), "III.7": ratio(1, 2)})) == []


@pytest.mark.parametrize(
    "stored",
    [
        {"check": "unknown", "targets": ["a", "b"], "why": "x"},
        {"check": "same_denominator", "targets": ["a"], "why": "x"},
        {"check": "communes", "targets": [], "why": "x"},
        {"check": "communes", "targets": ["a"]},
    ],
)
def test_a_rule_that_is_none(stored):
    with pytest.raises((ValueError, KeyError)):
        rule_from(stored)
