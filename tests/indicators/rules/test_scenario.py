"""The scenario in which the slowest agencies catch up, by the rules alone."""

from fractions import Fraction

import pytest

from indicators.rules.scenario import lowest_reach

# 10%, 10%, 50%, 60%: together 181 of 410.
REPORTERS = [(120, 200), (10, 100), (1, 10), (50, 100)]


@pytest.mark.parametrize(
    ("k", "x", "value", "gained", "lifted"),
    [
        # Of the two at 10% the larger first: 40 more of 100.
        (1, 50, Fraction(22100, 410), 40, 1),
        (2, 50, Fraction(22500, 410), 44, 2),
        # s1 stands at 50% already.
        (3, 50, Fraction(22500, 410), 44, 2),
        (4, 100, Fraction(100), 229, 4),
        (4, 0, Fraction(18100, 410), 0, 0),
        # To the last digit: 12,5% of 10 is one and a quarter.
        (2, Fraction(25, 2), Fraction(18100 + 275, 410), Fraction(11, 4), 2),
    ],
)
def test_the_lowest_rise_and_nobody_falls(k, x, value, gained, lifted):
    assert lowest_reach(181, 410, REPORTERS, k, x) == (value, gained, lifted)


def test_who_has_nothing_to_divide_is_left_out():
    assert lowest_reach(5, 10, [(0, 0), (5, 10)], 1, 60) == (60, 1, 1)
    assert lowest_reach(5, 10, [(0, 0), (5, 10)], 2, 60) is None
    assert lowest_reach(0, 0, [(0, 0)], 1, 60) is None
    assert lowest_reach(5, 10, [(5, 10)], 0, 60) is None
