"""Roll-ups that are owed: a row in the transaction of what changed, and a bell after its commit."""

from collections.abc import Iterable

from django.db.models import Min, Q

from agencies.models import Agency
from chuyendoiso import clock
from indicators import tasks
from indicators.models import Plan, RollupDebt


def owe(
    *, plan: Plan, targets: Iterable[int] | None = None, agency: Agency | None = None, from_period: int = 1
) -> None:
    """Write down, in the caller's transaction, that roll-ups are owed, and ring for them after its commit."""
    at = clock.now()
    RollupDebt.objects.bulk_create(
        RollupDebt(plan=plan, target_id=target, agency=agency, from_period=from_period, created_at=at)
        for target in ([None] if targets is None else sorted(set(targets)))
    )
    tasks.ring(plan.pk)


def owe_report(submission, targets):
    """A report changed these targets: the nodes that its agency is part of are owed, from its period on."""
    owe(
        plan=submission.period.plan,
        targets=list(targets),
        agency=submission.agency,
        from_period=submission.period.number,
    )


def owe_assigned(assignment):
    """Whom a threshold judges depends on how many are assigned: all nodes of the target are owed, not only the agency's."""
    owe(plan=assignment.target.plan, targets=[assignment.target_id])


def owe_from_day(day):
    """The tree changed: every plan owes the roll-ups of the windows that end on that day or later."""
    first = Min("periods__number", filter=Q(periods__window_last__gte=day))
    for plan in Plan.objects.annotate(first=first).exclude(first=None):
        owe(plan=plan, from_period=plan.first)
