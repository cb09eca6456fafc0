"""The next period of a report, and the reminders that were sent for its own."""

import datetime as dt
from dataclasses import dataclass

from indicators.models import ReportReminder
from reports.dashboards.queries.timeliness import Agencies
from reports.documents.request import ReportRequest


@dataclass(frozen=True)
class NextPeriod:
    """The period after a report's own. first_day, last_day: the days of its data; due_on: of its reports."""

    title: str
    first_day: dt.date
    last_day: dt.date
    due_on: dt.date


def next_period(request: ReportRequest) -> NextPeriod | None:
    """Return the plan's period after a report's last one; None after the last of the year. One query."""
    period = request.plan.periods.filter(number=request.period.number + 1).first()
    if period is None:
        return None
    return NextPeriod(period.dated_name, period.window_first, period.window_last, period.due_on)


def reminders_sent(request: ReportRequest, refs: Agencies) -> int:
    """Return how often the report's agencies were reminded of their reports of its own periods. One query."""
    return ReportReminder.objects.filter(period__in=request.report_period.own, agency__in=refs).count()
