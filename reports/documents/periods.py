"""The period of a report: a month, a quarter, six months, nine months, the year (Decree 09/2019/NĐ-CP, article 12).

A report's period is a run of the plan's periods; its data run from the first one's first day to the last one's last
day, as in the decree: a quarter from the 15th of the month before it to the 14th of its last month, six months to 14
June, nine to 14 September, a year from 15 December to 14 December. Figures are as of the last period.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from indicators.models import ReportingPeriod

ROMAN = ("", "I", "II", "III", "IV")


@dataclass(frozen=True)
class PeriodType:
    """A length of a report's period. ends: the months in which one ends; months: how many it has, 0 for all since
    January."""

    code: str
    name: str
    ends: tuple[int, ...]
    months: int


PERIOD_TYPES = {
    period_type.code: period_type
    for period_type in (
        PeriodType("thang", "Tháng", tuple(range(1, 13)), 1),
        PeriodType("quy", "Quý", (3, 6, 9, 12), 3),
        PeriodType("6-thang", "6 tháng đầu năm", (6,), 0),
        PeriodType("9-thang", "9 tháng", (9,), 0),
        PeriodType("nam", "Năm", (12,), 0),
    )
}


# Weeks stand beside them: they end with no period of the plan.
WEEK = PeriodType("tuan", "Tuần", (), 1)
# The number of weeks that a choice offers.
MOST_WEEKS = 8


@dataclass(frozen=True)
class ReportPeriod:
    """A run of the plan's periods. periods: all of the plan's up to its last, in order."""

    type: PeriodType
    periods: Sequence[ReportingPeriod]

    @property
    def period(self) -> ReportingPeriod:
        """The last period: figures are as of its end."""
        return self.periods[-1]

    @property
    def own(self) -> list[ReportingPeriod]:
        """The periods that belong to it."""
        if self.type.months:
            return list(self.periods[-self.type.months :])
        return [period for period in self.periods if period.year == self.period.year]

    @property
    def code(self) -> str:
        """2026-08, 2026-quy-3, 2026-6-thang: in addresses, and the key of a report."""
        year, month = self.period.year_code, self.period.month
        if self.type.code == "thang":
            return self.period.code
        return f"{year}-quy-{month // 3}" if self.type.code == "quy" else f"{year}-{self.type.code}"

    @property
    def title(self) -> str:
        """`tháng 8 năm 2026`, `quý III năm 2026`, `6 tháng đầu năm 2026`, `năm 2026`."""
        return self.titled(self.period.month)

    def titled(self, month: int) -> str:
        """Return the name of a period of this length that ends in a month of its year."""
        year = self.period.year
        return {
            "thang": f"tháng {month} năm {year}",
            "quy": f"quý {ROMAN[month // 3]} năm {year}",
            "6-thang": f"6 tháng đầu năm {year}",
            "9-thang": f"9 tháng năm {year}",
            "nam": f"năm {year}",
        }[self.type.code]

    @property
    def first_day(self) -> dt.date:
        return self.own[0].window_first

    @property
    def last_day(self) -> dt.date:
        return self.period.window_last

    @property
    def open_until(self) -> dt.date:
        """The last day on which nothing of it may be published yet."""
        return self.period.closes_on

    def why_open(self, today: dt.date) -> str:
        """Explain in a few words why nothing of it may be published yet: its data are still coming in, or its last
        period accepts reports; empty once that has closed."""
        if self.last_day >= today:
            return "chưa hết kỳ"
        return "" if self.open_until < today else "kỳ chưa đóng"

    @property
    def previous(self) -> ReportingPeriod | None:
        """The period that changes are measured from: the month before, else the end of the quarter before."""
        step = 1 if self.type.code == "thang" else 3
        return next((p for p in self.periods if p.number == self.period.number - step), None)

    @property
    def previous_title(self) -> str:
        """`tháng 7`, `quý II`; empty without one."""
        if self.previous is None:
            return ""
        if self.type.code == "thang":
            return f"tháng {self.previous.label}"
        quarter = f"hết quý {ROMAN[self.previous.month // 3]}"
        return quarter if self.previous.year == self.period.year else f"{quarter} năm {self.previous.year}"


@dataclass(frozen=True)
class WeekPeriod(ReportPeriod):
    """A week of a plan: from a Friday to the Thursday that gives an ISO week its year and number. periods: all of the plan's up to
    the last whose data were complete on the Thursday, as of whose end its figures are; reports may still come in."""

    thursday: dt.date

    @property
    def code(self) -> str:
        """2026-tuan-33; with the plan as in the codes of periods."""
        year, number, _ = self.thursday.isocalendar()
        return f"{self.period.plan.code_of_year(year)}-{WEEK.code}-{number:02}"

    @property
    def title(self) -> str:
        """`tuần 33 năm 2026 (07/08 đến 13/08)`."""
        year, number, _ = self.thursday.isocalendar()
        return f"tuần {number} năm {year} ({self.first_day:%d/%m} đến {self.last_day:%d/%m})"

    @property
    def first_day(self) -> dt.date:
        return self.thursday - dt.timedelta(days=6)

    @property
    def last_day(self) -> dt.date:
        return self.thursday

    @property
    def open_until(self) -> dt.date:
        return self.thursday

    @property
    def previous(self) -> ReportingPeriod | None:
        """None: its figures are those of a month; what changed is told by its days."""
        return None


def weeks_of(periods: Sequence[ReportingPeriod]) -> list[WeekPeriod]:
    """Return every week within the plan that begins to have figures with one of the periods (a plan's first ones, in order), the
    latest first."""
    if not periods:
        return []
    first = periods[0].window_last
    thursday = first + dt.timedelta(days=(3 - first.weekday()) % 7)
    weeks = []
    while thursday <= periods[0].plan.last_day:
        ended = [period for period in periods if period.window_last <= thursday]
        weeks.append(WeekPeriod(WEEK, tuple(ended), thursday))
        thursday += dt.timedelta(days=7)
    return weeks[::-1]


def ended_weeks(periods: Sequence[ReportingPeriod], today: dt.date) -> list[WeekPeriod]:
    """Return the weeks that are over."""
    return [week for week in weeks_of(periods) if week.last_day < today]


def periods_of(periods: Sequence[ReportingPeriod]) -> list[ReportPeriod]:
    """Return every report period that ends with one of the periods (a plan's first ones, in order), the latest first
    and short ones before long ones; without those that began before the plan."""
    return [
        ReportPeriod(period_type, tuple(periods[:number]))
        for number in range(len(periods), 0, -1)
        for period_type in PERIOD_TYPES.values()
        if periods[number - 1].month in period_type.ends and _begins_within(periods[number - 1], period_type)
    ]


def _begins_within(last: ReportingPeriod, period_type: PeriodType) -> bool:
    """Return True where a report's period of a length that ends with a period has its first month in the plan."""
    return last.number >= (period_type.months or last.month)


def period_of(periods: Sequence[ReportingPeriod], code: str) -> ReportPeriod | None:
    """Return the report period with a code: one that ends with one of the periods, or a week."""
    if f"-{WEEK.code}-" in code:
        return next((week for week in weeks_of(periods) if week.code == code), None)
    return next((report_period for report_period in periods_of(periods) if report_period.code == code), None)


def ended_periods(periods: Sequence[ReportingPeriod], today: dt.date) -> list[ReportPeriod]:
    """Return the report periods whose data are complete: there are no reports of others."""
    return [report_period for report_period in periods_of(periods) if report_period.last_day < today]


def due_periods(periods: Sequence[ReportingPeriod], today: dt.date) -> list[ReportPeriod]:
    """Return the report periods whose last period has closed."""
    return [report_period for report_period in periods_of(periods) if report_period.period.closes_on < today]
