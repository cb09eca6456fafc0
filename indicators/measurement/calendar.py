"""Data windows, deadlines and states of reporting periods. Pure: the day comes in as an argument.

Decree 09/2019/NĐ-CP, article 12: a month's data run from the 15th of the month before to the 14th of the month itself.
"""

import datetime as dt
from enum import StrEnum


class PeriodState(StrEnum):
    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSED = "closed"


STATE_WORDS = {
    PeriodState.UPCOMING: "Chưa đến kỳ",
    PeriodState.OPEN: "Đang mở",
    PeriodState.CLOSED: "Đã đóng",
}


def month_window(year: int, month: int) -> tuple[dt.date, dt.date]:
    """First and last day of a month's data (Decree 09/2019, article 12)."""
    before = (year, month - 1) if month > 1 else (year - 1, 12)
    return dt.date(*before, 15), dt.date(year, month, 14)


def is_quarter_end(month: int) -> bool:
    """A quarter's figures are asked for in the periods of March, June, September and December."""
    return month % 3 == 0


def last_due(month: int, quarterly: bool) -> int:
    """*Last due* of a period: itself, or the latest quarter's end up to it; 0 before the first one."""
    return month - month % 3 if quarterly else month


def period_state(opens_on: dt.date, closes_on: dt.date, day: dt.date) -> PeriodState:
    """State of a period on a day; it is open through the whole of its closing day (Vietnam's time)."""
    if day < opens_on:
        return PeriodState.UPCOMING
    return PeriodState.OPEN if day <= closes_on else PeriodState.CLOSED
