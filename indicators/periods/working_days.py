"""Working days of Vietnam: public holidays from a maintained library, corrected by the days that users enter
(`DayOff`)."""

import datetime as dt
from functools import cache

import holidays

from core import clock
from indicators.models import DayOff
from indicators.rules import calendar
from indicators.rules.calendar import DaysOff


@cache
def public_holidays(year: int) -> DaysOff:
    """Return the library's days of a year: holidays of the Labour Code with their days in lieu, and swapped days
    already announced."""
    known = holidays.country_holidays("VN", years=year, language="vi")
    worked = {day: "Làm bù" for day in getattr(known, "weekend_workdays", ()) if day.year == year}
    return DaysOff(off=dict(known), worked=worked)


def days_off(first: dt.date, last: dt.date) -> DaysOff:
    """Return the days off and the days worked instead from `first` to `last`, both included. One query.

    A stored `DayOff` takes precedence over the library.
    """
    off: dict[dt.date, str] = {}
    worked: dict[dt.date, str] = {}
    for year in range(first.year, last.year + 1):
        known = public_holidays(year)
        off |= {day: name for day, name in known.off.items() if first <= day <= last}
        worked |= {day: name for day, name in known.worked.items() if first <= day <= last}
    for row in DayOff.objects.filter(day__range=(first, last)):
        for days in (off, worked):
            days.pop(row.day, None)
        (worked if row.is_worked else off)[row.day] = row.name
    return DaysOff(off=off, worked=worked)


def left(due_on: dt.date) -> int:
    """Count the working days after today, the deadline's own included; 0 on its day and later. One query, none in that
    case."""
    today = clock.today()
    if today >= due_on:
        return 0
    return calendar.working_days_left(today, due_on, days_off(today, due_on))
