"""Bad signs behind a status, and the pace that is needed (docs: domain, Is it on track?). Pure.

A status says how many signs are bad; which of the two it is follows from the value and the required value.
"""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from indicators.rules.status import Status

Number = int | Decimal | Fraction
# A month of a line that is read by months, in days.
MONTH = Fraction(365, 12)


class Sign(StrEnum):
    """Signs that a target will not be reached."""

    LINE = "line"
    FORECAST = "forecast"


# In words, of a rising and of a falling target.
SIGN_WORDS = {
    Sign.LINE: ("thấp hơn mức cần đạt", "cao hơn mức cần đạt"),
    Sign.FORECAST: ("dự báo chưa tới ngưỡng", "dự báo vượt ngưỡng"),
}


def bad_signs(status: Status, *, value: Number | None, required: Number | None, is_falling: bool) -> tuple[Sign, ...]:
    """Return the bad signs of a row; none of a status that does not rest on them."""
    if status == Status.AT_RISK:
        return Sign.LINE, Sign.FORECAST
    if status != Status.BEHIND or value is None:
        return ()
    is_below = required is not None and (value > required if is_falling else value < required)
    return (Sign.LINE,) if is_below else (Sign.FORECAST,)


def sign_words(signs: tuple[Sign, ...], is_falling: bool) -> str:
    """Return bad signs in words, `thấp hơn mức cần đạt, dự báo chưa tới ngưỡng`."""
    return ", ".join(SIGN_WORDS[sign][is_falling] for sign in signs)


def needed_a_month(value: Number, threshold: Number, day: dt.date, due: dt.date, is_falling: bool) -> Fraction | None:
    """Return the change a month, always positive, that takes a value on a day to the threshold on the due day; None where
    nothing is missing or no day is left."""
    missing = Fraction(value) - Fraction(threshold) if is_falling else Fraction(threshold) - Fraction(value)
    if missing <= 0 or day >= due:
        return None
    return missing / ((due - day).days / MONTH)
