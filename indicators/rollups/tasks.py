"""Paying what is owed. A debt is a row committed with the figure; a task is only the bell, and may ring twice or never."""

import logging
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from celery import shared_task
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from core import clock
from core.audit.services import audit
from indicators.models import PendingRollup, Plan, RollupState
from indicators.rollups import engine, reconciliation
from indicators.rollups.reconciliation import Difference, Verified

log = logging.getLogger(__name__)

# Rows that differ are written out in the audit log up to this number; `manage.py verify_rollups` lists all.
ROWS_IN_LOG = 20
# On SQLite: targets that are rolled up before others may write, and how long they have then. Whoever waits for the lock looks
# every tenth of a second.
TARGETS_A_TIME = 5
GAP_SECONDS = 0.12
# The plans that wait for the end of `enqueue_once`; None outside of it.
_held: ContextVar[set[int] | None] = ContextVar("held", default=None)


@shared_task(ignore_result=True)
def roll_up(plan_id: int) -> int:
    """Pay all debts of a plan; returns how many rows changed. Idempotent and single-flight: a killed worker leaves the debts
    that are not paid where they were. All in one transaction; on SQLite, where nobody else writes meanwhile, a few targets in
    each (decision 0180)."""
    changed, is_more = 0, True
    while is_more:
        changed, is_more = _pay(plan_id, changed)
        if is_more and not connection.in_atomic_block:
            time.sleep(GAP_SECONDS)
    return changed


@transaction.atomic
def _pay(plan_id, changed):
    """Pay a plan's debts, on SQLite those of a few targets. changed: rows that earlier parts changed; returns them with its
    own, and whether a part is left."""
    # Whoever holds this row rolls the plan up; the next one waits and finds the debts paid.
    RollupState.objects.get_or_create(plan_id=plan_id)
    state = RollupState.objects.select_for_update().get(plan_id=plan_id)
    debts = list(PendingRollup.objects.filter(plan_id=plan_id))
    if not debts:
        return changed, False
    plan = Plan.objects.get(pk=plan_id)
    # A plan's first roll-up is of everything: later ones build on the rows of what they do not touch.
    scope, left = (coalesced(debts), set()) if state.computed_at else ({}, set())
    if state.computed_at and scope["agencies"] is None:
        scope["targets"], left = _part(plan, scope["targets"])
    changed += engine.rebuild(plan, **scope)
    paid = [debt for debt in debts if debt.target_id not in left]
    whole = [debt for debt in debts if debt.target_id is None]
    if left and whole:
        rest = {"from_period": scope["from_period"], "created_at": min(debt.created_at for debt in whole)}
        PendingRollup.objects.bulk_create(PendingRollup(plan=plan, target_id=target, **rest) for target in sorted(left))
    PendingRollup.objects.filter(pk__in=[debt.pk for debt in paid]).delete()
    state.computed_at = clock.now()
    state.rows_changed = changed
    state.save(update_fields=["computed_at", "rows_changed"])
    return changed, bool(left)


def _part(plan, targets):
    """The targets (None: all of the plan) that are rolled up in one transaction, and those that are left for the next ones."""
    if connection.vendor != "sqlite":
        return targets, set()
    if targets is None:
        targets = plan.targets.values_list("pk", flat=True)
    targets = sorted(targets)
    return set(targets[:TARGETS_A_TIME]), set(targets[TARGETS_A_TIME:])


def coalesced(debts):
    """The rebuild that pays a set of debts: one of everything where a debt names all targets or many agencies were
    touched, else one for the targets and agencies named."""
    agencies = {debt.agency_id for debt in debts}
    targets = {debt.target_id for debt in debts}
    return {
        "targets": None if None in targets else targets,
        "agencies": None if None in agencies or len(agencies) > 20 else agencies,
        "from_period": min(debt.from_period for debt in debts),
    }


def enqueue(plan_id: int) -> None:
    """Ask for a plan's debts to be paid, after the current transaction's commit. Without a broker they are paid at once;
    with a broker that does not answer the figures are saved all the same, and beat takes the debts up within a minute."""

    def send():
        held = _held.get()
        if held is None:
            _send(plan_id)
        else:
            held.add(plan_id)

    transaction.on_commit(send, robust=True)


def _send(plan_id):
    try:
        roll_up.apply_async((plan_id,), retry=False)
    except OperationalError:
        log.warning("Hàng đợi không trả lời; kế hoạch %s sẽ được tổng hợp sau.", plan_id)


@contextmanager
def enqueue_once() -> Iterator[None]:
    """Many acts, each with its own transaction and its debts, and one bell for all of them at the end. Should the process
    die before it, beat takes the debts up."""
    plans = set()
    token = _held.set(plans)
    try:
        yield
    finally:
        _held.reset(token)
        for plan_id in sorted(plans):
            _send(plan_id)


def plans_with_pending() -> list[int]:
    """The pks of plans that owe a roll-up. One query."""
    return list(PendingRollup.objects.order_by("plan").values_list("plan_id", flat=True).distinct())


@shared_task(ignore_result=True)
def process_pending() -> None:
    """Every minute: take up what a lost broker or a killed worker left owing. Each plan is a task of its own, so that one
    that fails holds up no other."""
    for plan_id in plans_with_pending():
        roll_up.apply_async((plan_id,))


@shared_task(ignore_result=True)
def verify_everything() -> None:
    """Every night: `verify` for each plan."""
    for plan_id in Plan.objects.order_by("-year").values_list("pk", flat=True):
        verify.apply_async((plan_id,))


@shared_task(ignore_result=True)
def verify(plan_id: int) -> int:
    """Recompute a plan independently; write down what differs, and only then mend it. Returns the number of such rows. The
    sums that later reports only add their difference to are made anew in any case."""
    plan, targets = Plan.objects.get(pk=plan_id), set()
    verified = verify_plan(plan, lambda difference: targets.add(difference.target))
    if verified.differences:
        mend(plan, targets)
        log.error(
            "Đối chiếu kế hoạch %s: %s dòng lệch ở %s, đã tổng hợp lại; từng dòng ở nhật ký hoạt động.",
            plan.year,
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


def verify_plan(plan, report: Callable[[Difference], object]) -> Verified:
    """Pay what a plan owes, recompute every row by the independent path and write the result down, in the plan's state and
    in the log; `report(difference)` is called for each row that differs. No roll-up is changed."""
    roll_up(plan.pk)
    first = []

    def note(difference):
        if len(first) < ROWS_IN_LOG:
            first.append(str(difference))
        report(difference)

    verified = reconciliation.verify(plan, note)
    with transaction.atomic():
        RollupState.objects.filter(plan=plan).update(
            verified_at=clock.now(), verified_rows=verified.rows, verified_differences=verified.differences
        )
        audit(by=None, act="đối chiếu số tổng hợp", label=str(plan), **verified._asdict(), first=first)
    return verified


def mend(plan, targets: Collection[str]) -> int:
    """Roll up again the targets (codes) in which rows differ; returns how many rows changed. That they did stands in the
    log."""
    with transaction.atomic():
        PendingRollup.objects.bulk_create(
            PendingRollup(plan=plan, target=target, created_at=clock.now())
            for target in plan.targets.filter(code__in=targets)
        )
        changed = roll_up(plan.pk)
        audit(by=None, act="sửa số tổng hợp lệch", label=str(plan), rows=changed, targets=sorted(targets))
    return changed
