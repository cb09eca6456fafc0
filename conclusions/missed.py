"""Targets that were missed when they fell due: the lead agency owes cause, remedy, owner and day."""

import datetime as dt

from django.db import transaction

from agencies.models import Agency
from conclusions import notifications
from conclusions.audit_acts import ConclusionAct
from conclusions.models import Conclusion
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
    rows = Rollup.objects.of_province().filter(
        period=period, basis=Basis.OFFICIAL, scope=Scope.AREA, status=Status.MISSED, target__conclusions__isnull=True
    )
    made = 0
    for row in rows.select_related("target__indicator").order_by("target__position"):
        agency = _lead_of(row.target.indicator_id, today)
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


def _lead_of(indicator: int, today: dt.date) -> Agency | None:
    """Return the first lead of an indicator that is an agency in force, or reports on behalf of an outside lead."""
    parties = IndicatorParty.objects.filter(indicator=indicator, part=IndicatorParty.Part.LEAD).order_by("position")
    in_force = set(Agency.objects.in_force(today).values_list("pk", flat=True))
    for party in parties.select_related("agency", "reported_by"):
        agency = party.agency or party.reported_by
        if agency is not None and agency.pk in in_force:
            return agency
    return None
