"""Reminders in the name of a charge."""

from collections.abc import Collection

from django.db import transaction

from agencies.models import User
from core import clock
from core.audit.services import audit
from indicators.audit_acts import ChargeAct
from indicators.errors import ActionNotAllowed
from indicators.models import Basis, Charge, ChargeReminder, ReportingPeriod
from indicators.periods import plan_guard
from indicators.targets.charges import notifications
from indicators.targets.charges.queries import agencies_behind


@transaction.atomic
def remind(
    *,
    charge: Charge,
    period: ReportingPeriod,
    basis: Basis,
    agencies: Collection[int],
    by: User,
    address: str | None = None,
) -> list[ChargeReminder]:
    """Remind those of these agencies that are behind and were not reminded in the period yet; return the reminders.

    agencies: primary keys. Raises ActionNotAllowed for a person who does not carry the charge out.
    """
    if not Charge.objects.carried_out_by(by).filter(pk=charge.pk).exists():
        raise ActionNotAllowed("Tài khoản không đôn đốc được theo nhiệm vụ này. Chưa nhắc đơn vị nào.")
    charge = Charge.objects.select_for_update(of=("self",)).select_related("agency", "plan").get(pk=charge.pk)
    plan_guard.require_open(charge.plan, reports=True)
    made = []
    for behind in agencies_behind(charge, period, basis, reader=by):
        if behind.agency.pk not in agencies or not behind.can_be_reminded:
            continue
        made.append(
            ChargeReminder(
                charge=charge,
                period=period,
                agency=behind.agency,
                targets=behind.codes,
                recipients=notifications.reminded(charge, period, behind, by=by),
                at=clock.now(),
                by=by,
            )
        )
    ChargeReminder.objects.bulk_create(made)
    if made:
        audit(
            by=by,
            act=ChargeAct.REMIND,
            label=f"{charge}, {period}",
            address=address,
            agencies={reminder.agency.code: reminder.targets for reminder in made},
        )
    return made
