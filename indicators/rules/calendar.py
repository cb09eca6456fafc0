"""Data windows, deadlines, states of reporting periods, working days. Pure: the day comes in as an argument.

Decree 09/2019/NĐ-CP, article 12: a month's data run from the 15th of the month before to the 14th of the month itself.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


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


@dataclass(frozen=True)
class DaysOff:
    """Which days are no working days beside Saturdays and Sundays, by name (public holidays, days in lieu: *nghỉ bù*), and
    the Saturdays and Sundays on which one works instead (*làm bù*), by name."""

    off: Mapping[dt.date, str] = field(default_factory=lambda: MappingProxyType({}))
    worked: Mapping[dt.date, str] = field(default_factory=lambda: MappingProxyType({}))


WEEKENDS = DaysOff()


def is_working_day(day: dt.date, days_off: DaysOff = WEEKENDS) -> bool:
    """Monday to Friday, unless it is a day off; a weekend day on which one works instead."""
    return day in days_off.worked or (day.weekday() < 5 and day not in days_off.off)


def working_days_between(first: dt.date, last: dt.date, days_off: DaysOff = WEEKENDS) -> int:
    """How many working days there are from `first` to `last`, both included; 0 where `last` is earlier."""
    return sum(
        is_working_day(first + dt.timedelta(days=number), days_off) for number in range(max(0, (last - first).days + 1))
    )


def working_days_left(day: dt.date, due_on: dt.date, days_off: DaysOff = WEEKENDS) -> int:
    """Working days that remain after `day`, the deadline's own included: 0 on the deadline's day and later, 1 on the working
    day before it."""
    return working_days_between(day + dt.timedelta(days=1), due_on, days_off)


def next_working_day(day: dt.date, days_off: DaysOff = WEEKENDS) -> dt.date:
    """The day itself where it is a working day, else the first one after it."""
    while not is_working_day(day, days_off):
        day += dt.timedelta(days=1)
    return day


def end_of_day(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """The first moment after a day, which is when its deadline has passed: 00:00 of the next one, in a zone."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)


@dataclass(frozen=True)
class Grant:
    """An extension, or entry opened for catching up, as granted: until the end of which day; whether it moves the deadline
    or only opens the entry; for which targets (none named: for the whole report)."""

    until: dt.date
    moves_due: bool = False
    targets: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Deadlines:
    """What holds for one agency in one period: the level's days with what was granted over them. `cells`: until when single
    targets may be entered after the whole has closed."""

    opens_on: dt.date
    due_on: dt.date
    review_due_on: dt.date
    closes_on: dt.date
    is_extended: bool = False
    cells: Mapping[int, dt.date] = field(default_factory=lambda: MappingProxyType({}))

    def is_late(self, day: dt.date) -> bool:
        """Is a report that is first handed in on a day late? One handed in on the deadline's own day is in time."""
        return day > self.due_on

    def state(self, day: dt.date) -> PeriodState:
        """State of the period on a day, for the whole report."""
        return period_state(self.opens_on, self.closes_on, day)

    def open_cells(self, day: dt.date) -> frozenset[int]:
        """The targets that may be entered on a day on which the whole report may not."""
        if self.state(day) != PeriodState.CLOSED:
            return frozenset()
        return frozenset(target for target, until in self.cells.items() if day <= until)


def deadlines(
    opens_on: dt.date, due_on: dt.date, review_due_on: dt.date, closes_on: dt.date, grants: Iterable[Grant] = ()
) -> Deadlines:
    """A level's days with an agency's grants over them: none of them ever brings a day forward."""
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
    """An extension asked for by the end of the deadline's day moves the deadline; one asked for later only opens the entry,
    and what comes in is late (docs/decisions/0091)."""
    return asked_on <= due_on


def catching_up_is_on_time(due_on: dt.date, issued_on: dt.date | None) -> bool:
    """What is caught up on a period whose deadline had passed before the plan was issued is not late."""
    return issued_on is not None and due_on < issued_on
