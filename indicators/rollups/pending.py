"""Requests for roll-ups: a PendingRollup row in the transaction of the change, and a task after its commit."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Min, Q

from agencies.models import Agency
from core import clock
from indicators.models import Assignment, PendingRollup, Plan, Submission
from indicators.rollups import tasks


def request_rollup(
    *, plan: Plan, targets: Iterable[int] | None = None, agency: Agency | None = None, from_period: int = 1
) -> None:
    """Store, in the caller's transaction, that roll-ups are pending, and enqueue their task after its commit.

    targets, agency: as in PendingRollup; from_period: the first month concerned.
    """
    at = clock.now()
    PendingRollup.objects.bulk_create(
        PendingRollup(plan=plan, target_id=target, agency=agency, from_period=from_period, created_at=at)
        for target in ([None] if targets is None else sorted(set(targets)))
    )
    tasks.enqueue(plan.pk)


def request_report_rollup(submission: Submission, targets: Iterable[int]) -> None:
    """Request the roll-up of a report's changed targets: the nodes that its agency is part of, from its period on."""
    request_rollup(
        plan=submission.period.plan,
        targets=list(targets),
        agency=submission.agency,
        from_period=submission.period.number,
    )


def request_target_rollup(assignment: Assignment) -> None:
    """Request the roll-up of all nodes of a target whose assignments changed.

    The number of assigned agencies decides which rows are judged, so the agency's own nodes are not enough.
    """
    request_rollup(plan=assignment.target.plan, targets=[assignment.target_id])


def request_rollup_from_day(day: dt.date) -> None:
    """Request the roll-ups of every plan for the windows that end on this day or later, after the tree changed."""
    first = Min("periods__number", filter=Q(periods__window_last__gte=day))
    for plan in Plan.objects.annotate(first=first).exclude(first=None):
        request_rollup(plan=plan, from_period=plan.first)
