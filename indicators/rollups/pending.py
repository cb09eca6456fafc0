"""Roll-ups that are owed: a row in the transaction of what changed, and a bell after its commit."""

from collections.abc import Iterable

from django.db.models import Min, Q

from agencies.models import Agency
from core import clock
from indicators.models import PendingRollup, Plan
from indicators.rollups import tasks


def request_rollup(
    *, plan: Plan, targets: Iterable[int] | None = None, agency: Agency | None = None, from_period: int = 1
) -> None:
    """Write down, in the caller's transaction, that roll-ups are owed, and ring for them after its commit."""
    at = clock.now()
    PendingRollup.objects.bulk_create(
        PendingRollup(plan=plan, target_id=target, agency=agency, from_period=from_period, created_at=at)
        for target in ([None] if targets is None else sorted(set(targets)))
    )
    tasks.enqueue(plan.pk)


def request_report_rollup(submission, targets):
    """A report changed these targets: the nodes that its agency is part of are owed, from its period on."""
    request_rollup(
        plan=submission.period.plan,
        targets=list(targets),
        agency=submission.agency,
        from_period=submission.period.number,
    )


def request_target_rollup(assignment):
    """Whom a threshold judges depends on how many are assigned: all nodes of the target are owed, not only the agency's."""
    request_rollup(plan=assignment.target.plan, targets=[assignment.target_id])


def request_rollup_from_day(day):
    """The tree changed: every plan owes the roll-ups of the windows that end on that day or later."""
    first = Min("periods__number", filter=Q(periods__window_last__gte=day))
    for plan in Plan.objects.annotate(first=first).exclude(first=None):
        request_rollup(plan=plan, from_period=plan.first)
