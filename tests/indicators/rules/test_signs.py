"""The sign that is bad, and the pace that is needed."""

import datetime as dt
from fractions import Fraction

import pytest

from indicators.rules.signs import Sign, bad_signs, needed_a_month, sign_words
from indicators.rules.status import Status


@pytest.mark.parametrize(
    ("status", "value", "required", "is_falling", "signs"),
    [
        (Status.ON_TRACK, 60, 50, False, ()),
        (Status.BEHIND, 40, 50, False, (Sign.LINE,)),
        (Status.BEHIND, 50, 50, False, (Sign.FORECAST,)),
        (Status.BEHIND, 60, 50, False, (Sign.FORECAST,)),
        (Status.BEHIND, 60, 50, True, (Sign.LINE,)),
        (Status.BEHIND, 40, 50, True, (Sign.FORECAST,)),
        (Status.AT_RISK, 40, 50, False, (Sign.LINE, Sign.FORECAST)),
        (Status.MISSED, 40, 50, False, ()),
    ],
)
def test_which_sign_is_bad(status, value, required, is_falling, signs):
    assert bad_signs(status, value=value, required=required, is_falling=is_falling) == signs


def test_signs_in_words():
    both = Sign.LINE, Sign.FORECAST
    assert sign_words(both, is_falling=False) == "thấp hơn mức cần đạt, dự báo chưa tới ngưỡng"
    assert sign_words(both, is_falling=True) == "cao hơn mức cần đạt, dự báo vượt ngưỡng"
    assert sign_words((), is_falling=False) == ""


def test_the_pace_that_is_needed():
    # 73 days are 2,4 months of 365/12 days: 12 points are 5 a month.
    day, due = dt.date(2023, 10, 19), dt.date(2023, 12, 31)
    assert needed_a_month(68, 80, day, due, is_falling=False) == 5
    assert needed_a_month(22, 10, day, due, is_falling=True) == 5
    assert needed_a_month(Fraction(801, 10), 80, day, due, is_falling=False) is None
    assert needed_a_month(68, 80, due, due, is_falling=False) is None
