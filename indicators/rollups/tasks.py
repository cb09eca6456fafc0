"""Background tasks that recompute roll-ups.

A change stores a PendingRollup row in its own transaction; the Celery task only triggers the processing, so a lost or
repeated task does no harm.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypedDict

from celery import shared_task
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from core import clock
from core.audit.services import audit
from indicators.audit_acts import RollupAct
from indicators.models import PendingRollup, Plan, RollupState
from indicators.rollups import engine, reconciliation
from indicators.rollups.reconciliation import Difference, Verified

log = logging.getLogger(__name__)

# Rows that differ are written out in the audit log up to this number; `manage.py verify_rollups` lists all.
ROWS_IN_LOG = 20
# On SQLite: the number of targets rolled up in one transaction, and the pause in which other processes may write. A process
# that waits for the lock tries again every tenth of a second.
TARGETS_A_TIME = 5
GAP_SECONDS = 0.12
# A change of more agencies than this rebuilds all nodes of its targets.
MOST_AGENCIES = 20
# The plans that wait for the end of `enqueue_once`; None outside of it.
_waiting: ContextVar[set[int] | None] = ContextVar("waiting", default=None)


class RebuildScope(TypedDict, total=False):
    """The arguments of `engine.rebuild`."""

    targets: Collection[int] | None
    agencies: Collection[int] | None
    from_period: int


@shared_task(ignore_result=True)
def roll_up(plan_id: int) -> int:
    """Process all pending roll-ups of a plan; return the number of changed rows.

    Idempotent, and only one process at a time: a killed worker leaves the unprocessed requests in place. All in one
    transaction; on SQLite, where no other process can write meanwhile, a few targets in each (decision 0180).
    """
    changed, is_more = 0, True
    while is_more:
        changed, is_more = _process(plan_id, changed)
        if is_more and not connection.in_atomic_block:
            time.sleep(GAP_SECONDS)
    return changed


@transaction.atomic
def _process(plan_id: int, changed: int) -> tuple[int, bool]:
    """Process a plan's pending roll-ups, on SQLite those of a few targets.

    changed: rows that earlier parts changed; returns them together with its own, and whether a part is left.
    """
    # The process that has locked this row rolls the plan up; the next one waits and finds nothing pending.
    RollupState.objects.get_or_create(plan_id=plan_id)
    state = RollupState.objects.select_for_update().get(plan_id=plan_id)
    requests = list(PendingRollup.objects.filter(plan_id=plan_id))
    if not requests:
        return changed, False
    plan = Plan.objects.get(pk=plan_id)
    # A plan's first roll-up is of everything: later ones build on the rows of what they do not touch.
    whole: RebuildScope = {"targets": None, "agencies": None, "from_period": 1}
    scope = coalesced(requests) if state.computed_at else whole
    is_whole_plan = scope["targets"] is None
    left: set[int] = set()
    if scope["agencies"] is None:
        scope["targets"], left = _part(plan, scope["targets"])
    changed += engine.rebuild(plan, **scope)
    processed = [request for request in requests if request.target_id not in left]
    if left and is_whole_plan:
        created_at = min(request.created_at for request in requests)
        PendingRollup.objects.bulk_create(
            PendingRollup(plan=plan, target_id=target, from_period=scope["from_period"], created_at=created_at)
            for target in sorted(left)
        )
    PendingRollup.objects.filter(pk__in=[request.pk for request in processed]).delete()
    state.computed_at = clock.now()
    state.rows_changed = changed
    state.save(update_fields=["computed_at", "rows_changed"])
    return changed, bool(left)


def _part(plan: Plan, targets: Collection[int] | None) -> tuple[Collection[int] | None, set[int]]:
    """Return the targets (None: all of the plan) that are rolled up in one transaction, and those left for the next
    ones."""
    if connection.vendor != "sqlite":
        return targets, set()
    if targets is None:
        targets = plan.targets.values_list("pk", flat=True)
    targets = sorted(targets)
    return set(targets[:TARGETS_A_TIME]), set(targets[TARGETS_A_TIME:])


def coalesced(requests: Iterable[PendingRollup]) -> RebuildScope:
    """Return the rebuild that fulfils these requests.

    Of all nodes where a request names none or more than MOST_AGENCIES agencies changed, of all targets where one names none; else
    of the targets and agencies named.
    """
    requests = list(requests)
    agencies = {request.agency_id for request in requests}
    targets = {request.target_id for request in requests}
    return {
        "targets": None if None in targets else {target for target in targets if target is not None},
        "agencies": None
        if None in agencies or len(agencies) > MOST_AGENCIES
        else {agency for agency in agencies if agency is not None},
        "from_period": min(request.from_period for request in requests),
    }


def enqueue(plan_id: int) -> None:
    """Trigger the processing of a plan's pending roll-ups after the commit of the current transaction.

    Without a broker they are processed at once. Where the broker does not answer, the figures are saved nevertheless,
    and `process_pending` triggers it within a minute.
    """

    def send() -> None:
        waiting = _waiting.get()
        if waiting is None:
            send_task(plan_id)
        else:
            waiting.add(plan_id)

    transaction.on_commit(send, robust=True)


def send_task(plan_id: int) -> None:
    """Send the task of a plan to the broker."""
    try:
        roll_up.apply_async((plan_id,), retry=False)
    except OperationalError:
        log.warning("Hàng đợi không trả lời; kế hoạch %s sẽ được tổng hợp sau.", plan_id)


@contextmanager
def enqueue_once() -> Iterator[None]:
    """Enqueue one task per plan at the end of the block for all actions in it, each with its own transaction and
    requests.

    Should the process die before the end, `process_pending` finds the requests.
    """
    plans: set[int] = set()
    token = _waiting.set(plans)
    try:
        yield
    finally:
        _waiting.reset(token)
        for plan_id in sorted(plans):
            send_task(plan_id)


def plans_with_pending() -> list[int]:
    """Return the ids of plans with pending roll-ups. One query."""
    return list(PendingRollup.objects.order_by("plan").values_list("plan_id", flat=True).distinct())


@shared_task(ignore_result=True)
def process_pending() -> None:
    """Trigger, every minute, the roll-ups that a lost broker or a killed worker left pending.

    Each plan is a task of its own, so that one that fails delays no other.
    """
    for plan_id in plans_with_pending():
        roll_up.apply_async((plan_id,))


@shared_task(ignore_result=True)
def verify_everything() -> None:
    """Trigger `verify` for each plan, every night."""
    for plan_id in Plan.objects.order_by("-year").values_list("pk", flat=True):
        verify.apply_async((plan_id,))


@shared_task(ignore_result=True)
def verify(plan_id: int) -> int:
    """Recompute a plan independently, record the differences, and only then correct them; return the number of
    differing rows.

    The stored sums, to which later reports only add their difference, are computed again in any case.
    """
    plan, targets = Plan.objects.get(pk=plan_id), set[str]()
    verified = verify_plan(plan, lambda difference: targets.add(difference.target))
    if verified.differences:
        mend(plan, targets)
        log.error(
            "Đối chiếu kế hoạch %s: %s dòng lệch ở %s, đã tổng hợp lại; từng dòng ở nhật ký hoạt động.",
            plan.short_name,
            verified.differences,
            ", ".join(sorted(targets)),
        )
    left = set(plan.targets.values_list("pk", flat=True))
    while left:
        now, left = _part(plan, left)
        with transaction.atomic():
            RollupState.objects.select_for_update().get(plan=plan)
            engine.rebuild(plan, targets=now)
    return verified.differences


def verify_plan(plan: Plan, report: Callable[[Difference], object]) -> Verified:
    """Process a plan's pending roll-ups, recompute every row independently and store the result in its state and in the
    audit log.

    `report(difference)` is called for each row that differs. No roll-up is changed by the comparison.
    """
    roll_up(plan.pk)
    first: list[str] = []

    def note(difference: Difference) -> None:
        if len(first) < ROWS_IN_LOG:
            first.append(str(difference))
        report(difference)

    verified = reconciliation.verify(plan, note)
    with transaction.atomic():
        RollupState.objects.filter(plan=plan).update(
            verified_at=clock.now(), verified_rows=verified.rows, verified_differences=verified.differences
        )
        audit(
            by=None,
            act=RollupAct.RECONCILE,
            label=str(plan),
            rows=verified.rows,
            differences=verified.differences,
            owed=verified.pending,
            first=first,
        )
    return verified


def mend(plan: Plan, targets: Collection[str]) -> int:
    """Roll up again the targets (codes) in which rows differ, with an entry in the audit log, on SQLite one for the few
    targets of each transaction (decision 0180); return the number of changed rows."""
    left = dict(plan.targets.filter(code__in=targets).values_list("pk", "code"))
    changed = 0
    while left:
        part = _part(plan, set(left))[0] or ()
        with transaction.atomic():
            PendingRollup.objects.bulk_create(
                PendingRollup(plan=plan, target_id=target, created_at=clock.now()) for target in sorted(part)
            )
            rows: int = roll_up(plan.pk)
            codes = sorted(left.pop(target) for target in part)
            audit(by=None, act=RollupAct.CORRECT, label=str(plan), rows=rows, targets=codes)
        changed += rows
        if left and not connection.in_atomic_block:
            time.sleep(GAP_SECONDS)
    return changed
