"""Data windows, deadlines, states of reporting periods, working days. Pure: the day is an argument.

Decree 09/2019/NĐ-CP, article 12: a month's data run from the 15th of the month before to the 14th of the month itself.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, Protocol

# A target that is due within so many days is due soon.
SOON_DAYS = 31
# A report that is sent back or reopened may be mended for so many days at least.
DAYS_TO_MEND = 3


class PeriodState(StrEnum):
    """State of a reporting period on a day; people see its words in STATE_WORDS."""

    UPCOMING = "upcoming"
    OPEN = "open"
    CLOSED = "closed"


STATE_WORDS = {
    PeriodState.UPCOMING: "Chưa đến kỳ",
    PeriodState.OPEN: "Đang mở",
    PeriodState.CLOSED: "Đã đóng",
}


class Window(NamedTuple):
    """A period as rules see it: its month and the last day of its data."""

    number: int
    last: dt.date


def is_soon(due: dt.date, day: dt.date) -> bool:
    """True where `due` is not over on `day`, and soon."""
    return 0 <= (due - day).days <= SOON_DAYS


def month_window(year: int, month: int) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a month's data (Decree 09/2019, article 12)."""
    before = (year, month - 1) if month > 1 else (year - 1, 12)
    return dt.date(*before, 15), dt.date(year, month, 14)


# The months between two figures of a target (its cycle), by its frequency.
CYCLES = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def is_due(month: int, cycle: int) -> bool:
    """Return True for the months in whose periods a figure is reported: for a cycle of 3 March, June, September, December."""
    return month % cycle == 0


def last_due(number: int, cycle: int, first_month: int = 1, since: int = 1) -> int:
    """Return the number of the *last due* period (docs: domain, Roll-up): the latest one up to this in which a figure is
    reported; 0 before the first one. number: its position in the plan, whose first period is of `first_month`; since: no
    period before this one counts."""
    due = number - (number + first_month - 1) % cycle
    return due if due >= since else 0


def first_due(cycle: int, first_month: int = 1) -> int:
    """Return the number of the first period of a plan in which a figure is reported."""
    return cycle - (first_month - 1) % cycle


def due_periods_between(first: int, last: int, cycle: int, first_month: int = 1) -> int:
    """Count the periods after `first`, up to and with `last`, for which a figure is due; 0 where `last` is not later."""
    return sum(is_due(number + first_month - 1, cycle) for number in range(first + 1, last + 1))


def year_and_month(first_year: int, first_month: int, number: int) -> tuple[int, int]:
    """Return the year and the month of the period of a number, of a plan whose first period is of this year and month."""
    years, month = divmod(first_month + number - 2, 12)
    return first_year + years, month + 1


def years_after(day: dt.date, years: int) -> dt.date:
    """Return the same day so many years later; 28 February for a leap day that does not exist."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def year_start(number: int) -> int:
    """Return the number of the first period of a period's year: a plan's years are of twelve periods from its first one."""
    return number - (number - 1) % 12


class Summed(Protocol):
    """A target as far as it depends on it when its sum begins."""

    @property
    def restarts(self) -> bool: ...


def alike(before: int, number: int, target: Summed) -> bool:
    """Return True where the values as of two periods are sums from the same period on, or no sums: only then is their difference
    a change."""
    return not target.restarts or year_start(before) == year_start(number)


def period_state(opens_on: dt.date, closes_on: dt.date, day: dt.date) -> PeriodState:
    """Return the state of a period on a day; it is open until the end of its closing day, in Vietnam's time."""
    if day < opens_on:
        return PeriodState.UPCOMING
    return PeriodState.OPEN if day <= closes_on else PeriodState.CLOSED


@dataclass(frozen=True)
class DaysOff:
    """Exceptions to the working week, by day, each with its name.

    off: days without work beside Saturdays and Sundays (public holidays, days in lieu: *nghỉ bù*). worked: Saturdays
    and Sundays with work (*làm bù*).
    """

    off: Mapping[dt.date, str] = field(default_factory=lambda: MappingProxyType({}))
    worked: Mapping[dt.date, str] = field(default_factory=lambda: MappingProxyType({}))


WEEKENDS = DaysOff()


def is_working_day(day: dt.date, days_off: DaysOff = WEEKENDS) -> bool:
    """Return True from Monday to Friday unless the day is off, and on a weekend day that is worked instead."""
    return day in days_off.worked or (day.weekday() < 5 and day not in days_off.off)


def working_days_between(first: dt.date, last: dt.date, days_off: DaysOff = WEEKENDS) -> int:
    """Count the working days from `first` to `last`, both included; 0 where `last` is earlier."""
    return sum(
        is_working_day(first + dt.timedelta(days=number), days_off) for number in range(max(0, (last - first).days + 1))
    )


def working_days_left(day: dt.date, due_on: dt.date, days_off: DaysOff = WEEKENDS) -> int:
    """Count the working days after `day` up to the deadline, the deadline's own day included.

    0 on the deadline's day and later, 1 on the working day before it.
    """
    return working_days_between(day + dt.timedelta(days=1), due_on, days_off)


def next_working_day(day: dt.date, days_off: DaysOff = WEEKENDS) -> dt.date:
    """Return the day itself where it is a working day, else the first one after it."""
    while not is_working_day(day, days_off):
        day += dt.timedelta(days=1)
    return day


def working_day_after(day: dt.date, number: int, days_off: DaysOff = WEEKENDS) -> dt.date:
    """Return the working day that is so many (at least 1) after a day: 1 is the first working day after it."""
    for _ in range(number):
        day = next_working_day(day + dt.timedelta(days=1), days_off)
    return day


def end_of_day(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """Return the moment at which a deadline on this day has passed: 00:00 of the next day in the zone."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)


def can_be_stood_in_for(day: dt.date, due_on: dt.date, days: int) -> bool:
    """Return True where a duty due on a day is overdue by more than `days` days, so that another may act."""
    return (day - due_on).days > days


@dataclass(frozen=True)
class Grant:
    """An extension, or entry opened for catching up, as granted.

    until: last day, included. moves_due: the deadline moves; else only the entry is open. targets: the targets
    concerned; empty for the whole report.
    """

    until: dt.date
    moves_due: bool = False
    targets: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Deadlines:
    """Deadlines of one agency in one period: those of its level with its grants applied.

    cells: the last day on which single targets may be entered after the whole report has closed, by target id.
    """

    opens_on: dt.date
    due_on: dt.date
    review_due_on: dt.date
    closes_on: dt.date
    is_extended: bool = False
    cells: Mapping[int, dt.date] = field(default_factory=lambda: MappingProxyType({}))

    def is_late(self, day: dt.date) -> bool:
        """Return True where a report first submitted on this day is late; on the deadline's own day it is on time."""
        return day > self.due_on

    def state(self, day: dt.date) -> PeriodState:
        """Return the state of the period on a day, for the whole report."""
        return period_state(self.opens_on, self.closes_on, day)

    def open_cells(self, day: dt.date) -> frozenset[int]:
        """Return the ids of the targets that are open on a day on which the whole report is closed."""
        if self.state(day) != PeriodState.CLOSED:
            return frozenset()
        return frozenset(target for target, until in self.cells.items() if day <= until)


def deadlines(
    opens_on: dt.date, due_on: dt.date, review_due_on: dt.date, closes_on: dt.date, grants: Iterable[Grant] = ()
) -> Deadlines:
    """Return a level's deadlines with an agency's grants applied; a grant never makes one earlier."""
    grants = tuple(grants)
    whole = [grant for grant in grants if not grant.targets]
    cells: dict[int, dt.date] = {}
    for grant in grants:
        for target in grant.targets:
            cells[target] = max(grant.until, cells.get(target, grant.until))
    extended = max([due_on, *(grant.until for grant in whole if grant.moves_due)])
    return Deadlines(
        opens_on=opens_on,
        due_on=extended,
        review_due_on=max(review_due_on, extended),
        closes_on=max([closes_on, *(grant.until for grant in whole)]),
        is_extended=extended > due_on,
        cells=cells,
    )


def extension_moves_due(asked_on: dt.date, due_on: dt.date) -> bool:
    """Return True where an extension was requested by the end of the deadline's day, so that it moves the deadline.

    A later one only opens the entry, and what is submitted under it is late (docs/decisions/0091).
    """
    return asked_on <= due_on


def catching_up_is_on_time(due_on: dt.date, issued_on: dt.date | None) -> bool:
    """Return True where the deadline had passed before the plan was issued, so that a report caught up is not late."""
    return issued_on is not None and due_on < issued_on
