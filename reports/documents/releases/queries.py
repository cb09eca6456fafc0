"""The release calendar: the day on which each period's report is announced to be published, and how it was held.

The report of a period is the official progress report of the whole province with that period's last day. Its day follows
from the calendar: `Plan.release_days` working days after the period is reviewed and closed, unless another day was
announced (`PlannedRelease`).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from core import clock, formatting
from indicators.calendar.ical import CalendarEvent
from indicators.models import Basis, Plan, ReportingPeriod
from indicators.periods import working_days
from indicators.rules.calendar import DaysOff, working_day_after
from reports.documents import scopes
from reports.documents.types.progress import KIND
from reports.models import PlannedRelease, ReportState, ReportVersion

# The most overdue reports that are named month by month.
MOST_NAMED = 12


@dataclass(frozen=True)
class Release:
    """The release of a period's report. derived: the day that follows from the calendar; announced: the day that was
    announced first; day: the one that holds; note: why it is another than one of these; published_on, report: of the
    first published version; is_before_plan: its day had passed when the plan was issued, so that nothing could be
    announced."""

    period: ReportingPeriod
    derived: dt.date
    announced: dt.date
    day: dt.date
    note: str
    published_on: dt.date | None
    report: int | None
    today: dt.date
    is_before_plan: bool = False

    @property
    def is_moved(self) -> bool:
        """True where another day than the announced one holds."""
        return self.day != self.announced

    @property
    def move(self) -> str:
        """`dời từ 23/08/2026 sang 25/08/2026`; empty where it was not moved."""
        if not self.is_moved:
            return ""
        return f"dời từ {formatting.date(self.announced)} sang {formatting.date(self.day)}"

    @property
    def reason(self) -> str:
        """The note of a day that was moved, or that stands though the calendar would now give another; else empty."""
        return self.note if self.is_moved or self.day != self.derived else ""

    @property
    def is_past(self) -> bool:
        """True where its announced day has passed or it was published: its day stands."""
        return self.published_on is not None or self.day < self.today

    @property
    def days_late(self) -> int:
        """The days after the announced one on which it was published, or that have passed without; 0 where it was held."""
        if self.is_before_plan:
            return 0
        return max(0, ((self.published_on or self.today) - self.day).days)

    @property
    def status(self) -> str:
        """The status whose badge it has."""
        if self.is_before_plan:
            return "no_data"
        if self.published_on:
            return "behind" if self.days_late else "achieved"
        return "at_risk" if self.days_late else "tracked"

    @property
    def word(self) -> str:
        """`Đúng lịch`, `Chậm 2 ngày`, `Quá lịch 2 ngày`, `Hôm nay`, `Sắp tới`, `Trước khi có kế hoạch`."""
        if self.is_before_plan:
            return "Trước khi có kế hoạch"
        if self.published_on:
            return f"Chậm {self.days_late} ngày" if self.days_late else "Đúng lịch"
        if self.days_late:
            return f"Quá lịch {self.days_late} ngày"
        return "Hôm nay" if self.day == self.today else "Sắp tới"


def derived_day(period: ReportingPeriod, release_days: int, off: DaysOff) -> dt.date:
    """Return the day that follows from a period's deadlines."""
    return working_day_after(max(period.review_due_on, period.closes_on), release_days, off)


def days_off_of(plan: Plan) -> DaysOff:
    """Return the days off on which derived days rest. One query."""
    return working_days.days_off(dt.date(plan.year, 1, 1), dt.date(plan.last_year + 1, 6, 30))


def releases(plan: Plan, periods: Sequence[ReportingPeriod]) -> list[Release]:
    """Return the releases of a plan's periods, in their order. Three queries."""
    off, today = days_off_of(plan), clock.today()
    moved = {row.period_id: row for row in PlannedRelease.objects.filter(period__plan=plan)}
    published = _published(plan)
    rows = []
    for period in periods:
        derived, planned = derived_day(period, plan.release_days, off), moved.get(period.pk)
        report, at = published.get(period.window_last, (None, None))
        rows.append(
            Release(
                period=period,
                derived=derived,
                announced=(planned.announced if planned else None) or derived,
                day=planned.day if planned else derived,
                note=planned.note if planned else "",
                published_on=formatting.local(at).date() if at else None,
                report=report,
                today=today,
                is_before_plan=planned is None and plan.issued_on is not None and derived < plan.issued_on,
            )
        )
    return rows


def calendar_events(plan: Plan) -> list[CalendarEvent]:
    """Return the releases of a plan as events of a calendar. Four queries."""
    events = []
    for row in releases(plan, list(plan.periods.in_order())):
        title = f"Phát hành báo cáo {row.period.month_name}"
        if row.is_moved:
            title += f" ({row.move}: {row.reason})"
        events.append(CalendarEvent(f"{row.period.code}-phat-hanh", row.published_on or row.day, title))
    return events


def plans_ahead() -> list[Plan]:
    """Return the started plans of the year in view and of later years, whose releases a subscribed calendar shows. Two
    queries."""
    current = Plan.objects.in_view()
    if current is None:
        return []
    return list(Plan.objects.started().filter(last_day__gte=dt.date(current.year, 1, 1)).order_by("year", "pk"))


def sentences(rows: Sequence[Release]) -> tuple[str, str]:
    """Return what a leader is told: of the reports that are overdue, and of the next one; empty where there is none."""
    ahead = [row for row in rows if row.published_on is None and not row.is_before_plan]
    overdue = [row for row in ahead if row.days_late]
    late = ""
    if len(overdue) == 1:
        days = formatting.number(overdue[0].days_late)
        late = f"{_subject(overdue[0])} lẽ ra phát hành ngày {formatting.date(overdue[0].day)}, chậm {days} ngày."
    elif len(overdue) > MOST_NAMED:
        first, last = overdue[0].period.label, overdue[-1].period.label
        late = f"Báo cáo của {len(overdue)} kỳ từ tháng {first} đến tháng {last} chưa phát hành, chậm so với lịch."
    elif overdue:
        months = ", ".join(row.period.label for row in overdue)
        late = f"Báo cáo các tháng {months} chưa phát hành, chậm so với lịch."
    coming = next((row for row in ahead if not row.days_late), None)
    if coming is None:
        return late, ""
    moved = f" (dời từ {formatting.date(coming.announced)})" if coming.is_moved else ""
    return late, f"{_subject(coming)} dự kiến phát hành ngày {formatting.date(coming.day)}{moved}."


def _subject(release: Release) -> str:
    return f"Báo cáo {release.period.month_name}"


def _published(plan: Plan) -> dict[dt.date, tuple[int, dt.datetime | None]]:
    """Return (report, time) of the first published version of each period's report, by its last day."""
    versions = ReportVersion.objects.exclude(state=ReportState.DRAFT).filter(
        report__plan=plan, report__kind=KIND.id, report__subject=scopes.PROVINCE, report__basis=Basis.OFFICIAL
    )
    first: dict[dt.date, tuple[int, dt.datetime | None]] = {}
    for day, report, at in versions.order_by("published_at", "pk").values_list(
        "report__last_day", "report", "published_at"
    ):
        first.setdefault(day, (report, at))
    return first
