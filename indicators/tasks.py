"""Paying what is owed. A debt is a row committed with the figure; a task is only the bell, and may ring twice or never."""

import logging

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from chuyendoiso import clock
from indicators import rollup
from indicators.models import Plan, RollupDebt, RollupState

log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def roll_up(plan_id: int) -> int:
    """Pay all debts of a plan; returns how many rows changed. Idempotent, single-flight, and all or nothing: a killed
    worker leaves the debts where they were."""
    with transaction.atomic():
        # Whoever holds this row rolls the plan up; the next one waits and finds the debts paid.
        RollupState.objects.get_or_create(plan_id=plan_id)
        state = RollupState.objects.select_for_update().get(plan_id=plan_id)
        debts = list(RollupDebt.objects.filter(plan_id=plan_id))
        if not debts:
            return 0
        changed = 0
        plan = Plan.objects.get(pk=plan_id)
        # A plan's first roll-up is of everything: later ones build on the rows of what they do not touch.
        for scope in coalesced(debts) if state.made_at else [{}]:
            changed += rollup.rebuild(plan, **scope)
        RollupDebt.objects.filter(pk__in=[debt.pk for debt in debts]).delete()
        state.made_at = clock.now()
        state.rows_changed = changed
        state.save()
    return changed


def coalesced(debts):
    """The rebuilds that pay a set of debts: one of everything where a debt names all targets or many agencies were
    touched, else one for the targets and agencies named."""
    first = min(debt.from_period for debt in debts)
    agencies = {debt.agency_id for debt in debts}
    targets = {debt.target_id for debt in debts}
    return [
        {
            "targets": None if None in targets else targets,
            "agencies": None if None in agencies or len(agencies) > 20 else agencies,
            "from_period": first,
        }
    ]


def ring(plan_id: int) -> None:
    """Ask for a plan's debts to be paid, after the current transaction's commit. Without a broker they are paid at once;
    with a broker that does not answer the figures are saved all the same, and beat takes the debts up within a minute."""

    def send():
        try:
            roll_up.apply_async((plan_id,), retry=False)
        except OperationalError:
            log.warning("Hàng đợi không trả lời; kế hoạch %s sẽ được tổng hợp sau.", plan_id)

    transaction.on_commit(send, robust=True)


@shared_task(ignore_result=True)
def pay_all_debts() -> None:
    """Every minute: take up what a lost broker or a killed worker left owing."""
    for plan_id in RollupDebt.objects.values_list("plan_id", flat=True).distinct():
        roll_up(plan_id)


@shared_task(ignore_result=True)
def rebuild_everything() -> dict:
    """Every night: pay what is owed, then rebuild every plan and store what differs; returns the changed rows by year."""
    changed = {}
    for plan in Plan.objects.all():
        RollupDebt.objects.create(plan=plan, created_at=clock.now())
        changed[plan.year] = roll_up(plan.pk)
        if changed[plan.year]:
            log.warning("Tổng hợp lại kế hoạch %s: %s dòng khác với số đang lưu.", plan.year, changed[plan.year])
    return changed
