"""The events of a week: reports handed in and decided on, milestones of projects done, and those of the week to come."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from core import clock
from indicators.models import ReportingPeriod, State, Submission
from projects.models import Milestone, ProgressUpdate
from reports.dashboards.queries.timeliness import Agencies
from reports.documents.request import ReportRequest

# Days of the week to come.
NEXT_DAYS = 7


@dataclass(frozen=True)
class Step:
    """A milestone of a project. day: on which it was done, or is due."""

    project: str
    name: str
    day: dt.date


@dataclass(frozen=True)
class Deadline:
    """The last day of reports, or of their review. word: `nộp` or `duyệt`; month: `tháng 8`."""

    word: str
    month: str
    day: dt.date


@dataclass(frozen=True)
class WeekEvents:
    """The events of a week, and what the next one brings. submitted, approved, returned: numbers of reports; until: the last day of
    the week to come."""

    submitted: int
    approved: int
    returned: int
    done: tuple[Step, ...]
    coming: tuple[Step, ...]
    deadlines: tuple[Deadline, ...]
    until: dt.date


def events_of(request: ReportRequest, refs: Agencies, projects: set[int]) -> WeekEvents:
    """Return the events of a report's week. refs: the agencies whose reports are counted; projects: keys of those whose milestones
    are told. Three queries."""
    first, last = request.report_period.first_day, request.report_period.last_day
    until = last + dt.timedelta(days=NEXT_DAYS)
    within = (_start(first), _start(last + dt.timedelta(days=1)))
    submissions = Submission.objects.filter(period__plan=request.plan, agency__in=refs)
    decided = Q(reviewed_at__gte=within[0], reviewed_at__lt=within[1])
    counted = submissions.aggregate(
        submitted=Count("pk", filter=Q(first_submitted_at__gte=within[0], first_submitted_at__lt=within[1], version=1)),
        approved=Count("pk", filter=decided & Q(state=State.APPROVED)),
        returned=Count("pk", filter=decided & Q(state=State.RETURNED)),
    )
    newest = ProgressUpdate.objects.on(request.basis).up_to(request.period).newest()
    steps = Milestone.objects.filter(
        Q(done_on__gte=first, done_on__lte=last) | Q(done_on__isnull=True, planned_on__gt=last, planned_on__lte=until),
        update__in=newest.filter(project__in=projects).order_by(),
    ).select_related("update__project__section")
    done, coming = _told(steps.order_by("update__project", "position"))
    return WeekEvents(**counted, done=done, coming=coming, deadlines=_deadlines(request, last, until), until=until)


def _start(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), clock.VIETNAM)


def _told(steps: Iterable[Milestone]) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Return the milestones done and those to come, of the last reports of their projects."""
    done, coming = [], []
    for step in steps:
        project = f"{step.update.project.name} ({step.update.project.label})"
        if step.done_on is not None:
            done.append(Step(project, step.name, step.done_on))
        elif step.planned_on is not None:
            coming.append(Step(project, step.name, step.planned_on))
    return tuple(sorted(done, key=lambda one: one.day)), tuple(sorted(coming, key=lambda one: one.day))


def _deadlines(request: ReportRequest, last: dt.date, until: dt.date) -> tuple[Deadline, ...]:
    """Return the days of the plan's calendar after a day and until another. One query."""
    periods = ReportingPeriod.objects.filter(plan=request.plan).select_related("plan").in_order()
    days = [
        Deadline(word, period.month_name, day)
        for period in periods
        for word, day in (("nộp", period.due_on), ("duyệt", period.review_due_on))
        if last < day <= until
    ]
    return tuple(sorted(days, key=lambda one: one.day))
