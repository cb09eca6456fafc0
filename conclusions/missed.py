"""Targets that were missed when they fell due: the lead agency owes cause, remedy, owner and day."""

import datetime as dt

from django.db import transaction
from django.db.models import Prefetch

from agencies.models import Agency
from conclusions import notifications
from conclusions.audit_acts import ConclusionAct
from conclusions.models import Conclusion
from conclusions.queries import first_lead
from core import clock
from core.audit.services import audit
from indicators.models import Basis, IndicatorParty, Plan, PlanState, Rollup, Scope
from indicators.periods import plan_guard
from indicators.rules.status import Status

# An agency has so many days to answer.
DAYS_TO_EXPLAIN = 10
TEXT = (
    "Chỉ tiêu không đạt khi đến hạn: nêu nguyên nhân, biện pháp khắc phục, người chịu trách nhiệm và ngày hoàn thành."
)


def open_for_missed() -> int:
    """Open a conclusion for each target that the province's official figures of the newest reviewed period call missed, once a
    target; return their number. A target whose lead is no agency of the tree is left out."""
    made = 0
    for plan in Plan.objects.filter(state__in=[PlanState.RUNNING, PlanState.CLOSING]):
        made += _open_in(plan)
    return made


@transaction.atomic
def _open_in(plan: Plan) -> int:
    plan_guard.require_open(plan, reports=True)
    today = clock.today()
    period = plan.periods.filter(closes_on__lt=today).order_by("-number").first()
    if period is None:
        return 0
    opened_before = Conclusion.objects.filter(for_missed=True).values("target")
    rows = Rollup.objects.of_province().filter(
        period=period, basis=Basis.OFFICIAL, scope=Scope.AREA, status=Status.MISSED
    )
    parties = Prefetch("target__indicator__parties", IndicatorParty.objects.select_related("agency", "reported_by"))
    in_force = set(Agency.objects.in_force(today).values_list("pk", flat=True))
    made = 0
    for row in rows.exclude(target__in=opened_before).prefetch_related(parties).order_by("target__position"):
        agency = first_lead(row.target, in_force)
        if agency is None:
            continue
        opened = Conclusion.objects.create(
            plan=plan,
            target=row.target,
            text=TEXT,
            agency=agency,
            due=today + dt.timedelta(days=DAYS_TO_EXPLAIN),
            for_missed=True,
            given_at=clock.now(),
        )
        audit(by=None, act=ConclusionAct.OPEN_FOR_MISSED, label=str(opened), reason=f"{agency.name}, kỳ {period}")
        notifications.given(opened, by=None)
        made += 1
    return made
