"""A forecast at a bound of its values: worked case 13 of the standard, and what is not one."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from indicators.rollups.forecast_words import bounds_of, is_near_bound, range_words, value_words
from indicators.rules.kinds import Kind, rules_of


def target(threshold="100", kind=Kind.RATIO, unit="%", is_falling=False):
    return SimpleNamespace(
        unit=unit,
        threshold=Decimal(threshold),
        is_falling=is_falling,
        is_share=kind == Kind.RATIO and unit == "%",
        rules=rules_of(kind),
    )


def row(forecast, low, high, is_judged=True):
    ends = [Decimal(end) for end in (forecast, low, high)]
    return SimpleNamespace(is_judged=is_judged, forecast=ends[0], forecast_low=ends[1], forecast_high=ends[2])


CASE_13 = row("100", "98.776677", "100")


@pytest.mark.parametrize(
    ("about", "of", "expected"),
    [
        (target(), CASE_13, True),
        (target("99"), CASE_13, False),  # the threshold is not at the bound
        (target(), row("100", "100", "100"), False),  # the lower end holds it
        (target(), row("99.9", "98", "100"), False),
        (target(), row("100", "98.776677", "100", is_judged=False), False),
        (target(unit="thuê bao/100 dân"), CASE_13, False),  # may exceed 100
        (target(kind=Kind.COUNT, unit="doanh nghiệp"), CASE_13, False),
        (target(kind=Kind.YES_NO), CASE_13, True),
        (target("0", kind=Kind.COUNT, unit="vụ", is_falling=True), row("0", "0", "2"), True),
        (target("0", kind=Kind.COUNT, unit="vụ", is_falling=True), row("0", "0", "0"), False),
    ],
)
def test_a_forecast_that_proves_nothing(about, of, expected):
    assert is_near_bound(about, of) is expected


@pytest.mark.parametrize(
    ("value", "limits", "is_near", "expected"),
    [
        ("100", ("100", "gte"), True, "gần 100%"),
        ("100", ("100", "gte"), False, "100,0%"),
        ("99.96", ("100", "gte"), False, "99,96%"),
        ("29.96", ("30", "gte"), False, "29,96%"),
        ("30.04", ("30", "gt"), False, "30,04%"),
        ("29.96", (None, None), False, "30,0%"),  # not judged
    ],
)
def test_a_forecast_never_claims_more_than_it_holds(value, limits, is_near, expected):
    threshold, comparator = limits
    held = (None if threshold is None else Decimal(threshold), comparator)
    assert value_words(Decimal(value), "%", *held, is_near=is_near) == expected


def test_words():
    assert range_words(target(), CASE_13) == "98,8 – 100,0"
    assert range_words(target(), row("33.1", "33.1", "33.1")) == ""
    assert bounds_of(target()) == (0, 100) and bounds_of(target(kind=Kind.COUNT, unit="vụ")) == (0, None)
