"""From sums to a value: every kind, exactness, rounding (domain.md, *Kinds of target*, *Roll-up*)."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.rules.combining import MICRO, holds, mean_of_rates, round_half_away
from indicators.rules.kinds import Comparator, Kind, rules_of


def value(kind, **sums):
    """The rounded value in micro of sums, with nothing where a sum is not named."""
    exact = rules_of(kind).exact_value(**{"n": None, "d": None, "v": None, "figures": 1, "assigned": 1} | sums)
    return None if exact is None else round_half_away(*exact)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (1, 2, 1), (-1, 2, -1), (3, 2, 2), (-3, 2, -2), (5, 2, 3), (-5, 2, -3),
        (1, 3, 0), (2, 3, 1), (-1, 3, 0), (-2, 3, -1), (0, 7, 0), (14, 7, 2), (-14, 7, -2),
    ],
)  # fmt: skip
def test_rounds_half_away_from_zero(numerator, denominator, rounded):
    assert round_half_away(numerator, denominator) == rounded


@given(st.integers(-(10**20), 10**20), st.integers(1, 10**12))
def test_rounding_is_that_of_decimals(numerator, denominator):
    rounded = round_half_away(numerator, denominator)
    assert abs(Fraction(numerator, denominator) - rounded) <= Fraction(1, 2)
    if denominator in (1, 2, 4, 5, 8, 10):
        exact = Decimal(numerator) / Decimal(denominator)
        assert rounded == exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("n", "d", "expected"),
    [
        (121, 210, 57_619048),  # worked case 1, not 35%
        (120, 600, 20_000000),  # worked case 2
        (9 + 30 + 0, 10 + 300 + 500, 4_814815),  # worked case 7: not 33,3% and not 12,6%
        (9 + 30, 10 + 300, 12_580645),  # the third silent
        (0, 500, 0),  # zero is a result
        (1, 3, 33_333333),
        (2, 3, 66_666667),
        (79, 100, 79_000000),  # subscriptions per 100 people may exceed 100
        (150, 100, 150_000000),
    ],
)
def test_ratio_is_a_quotient_of_sums(n, d, expected):
    assert value(Kind.RATIO, n=n, d=d, figures=3, assigned=3) == expected


def test_nothing_to_divide_by_is_no_data():
    assert value(Kind.RATIO, n=0, d=0, figures=2, assigned=2) is None


@pytest.mark.parametrize("kind", Kind)
def test_nobody_reported_is_no_data(kind):
    assert value(kind, figures=0, assigned=3) is None


def test_count_is_a_sum():
    assert value(Kind.COUNT, v=150 * MICRO, figures=3, assigned=5) == 150 * MICRO
    assert value(Kind.COUNT, v=0, figures=1, assigned=5) == 0


def test_yes_counts_against_the_assigned():
    # Worked case 3: 5 yes, 2 no, 10 silent of 17.
    assert value(Kind.YES_NO, v=5 * MICRO, figures=7, assigned=17) == 29_411765
    assert value(Kind.YES_NO, v=0, figures=7, assigned=17) == 0


def test_milestone_is_the_mean_of_those_with_a_figure():
    assert value(Kind.MILESTONE, v=(100 + 50 + 25) * MICRO, figures=3, assigned=17) == 58_333333


def test_value_is_one_agencys_own():
    assert value(Kind.VALUE, v=8_480000) == 8_480000
    assert value(Kind.VALUE, v=-1_500000) == -1_500000
    assert value(Kind.VALUE, v=8_480000, figures=1, assigned=2) is None


@pytest.mark.parametrize(
    ("n", "d", "comparator", "threshold", "expected"),
    [
        (79996, 100000, Comparator.GTE, 80, False),
        (80, 100, Comparator.GTE, 80, True),
        (80, 100, Comparator.GT, 80, False),
        (80, 100, Comparator.LTE, 80, True),
        (80, 100, Comparator.LT, 80, False),
        # 79,9999999% is stored as 80,000000 and still is not 80%.
        (799_999_999, 1_000_000_000, Comparator.GTE, 80, False),
        (800_000_001, 1_000_000_000, Comparator.GT, 80, True),
        (800_000_001, 1_000_000_000, Comparator.LTE, 80, False),
    ],
)
def test_threshold_is_compared_exactly(n, d, comparator, threshold, expected):
    exact = rules_of(Kind.RATIO).exact_value(n=n, d=d, v=None, figures=1, assigned=1)
    assert holds(exact, comparator, threshold * MICRO) is expected


def test_exactly_150_is_not_more_than_150():
    # Worked case 4.
    exact = rules_of(Kind.COUNT).exact_value(n=None, d=None, v=150 * MICRO, figures=1, assigned=1)
    assert holds(exact, Comparator.GT, 150 * MICRO) is False
    exact = rules_of(Kind.COUNT).exact_value(n=None, d=None, v=151 * MICRO, figures=1, assigned=1)
    assert holds(exact, Comparator.GT, 150 * MICRO) is True


parts = st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 10**9)), min_size=1, max_size=8)


@given(parts)
def test_a_whole_lies_between_its_parts(reporters):
    shares = [Fraction(n, d) for n, d in reporters]
    n, d = sum(n for n, _ in reporters), sum(d for _, d in reporters)
    numerator, denominator = rules_of(Kind.RATIO).exact_value(
        n=n, d=d, v=None, figures=len(reporters), assigned=len(reporters)
    )
    whole = Fraction(numerator, denominator) / (100 * MICRO)
    assert min(shares) <= whole <= max(shares)


@pytest.mark.parametrize(
    ("parts", "mean"),
    [
        # 50% and 10% are 30% on average, together 60 of 200.
        ([(Decimal(50), Decimal(100)), (Decimal(10), Decimal(100))], (Decimal(30), 2)),
        ([(Decimal(1), Decimal(3)), (Decimal(1), Decimal(3)), (Decimal(0), Decimal(7))], (Decimal("22.222222"), 3)),
        (
            [(Decimal(1), Decimal(2)), (Decimal(0), Decimal(0)), (None, None), (Decimal(4), Decimal(4))],
            (Decimal(75), 2),
        ),
        ([(Decimal(1), Decimal(2)), (Decimal(0), Decimal(0))], None),
        ([], None),
    ],
)
def test_the_mean_of_rates_weighs_every_unit_alike(parts, mean):
    assert mean_of_rates(parts) == mean
