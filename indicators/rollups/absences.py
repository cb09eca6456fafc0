"""Agencies that have no figure of a target for a reason of their own: exempt, or handed in and sent back."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from indicators.models import Assignment, Exemption, Frequency, ReportingPeriod, ReturnedFigure, State, Submission
from indicators.rules.calendar import last_due


@dataclass(frozen=True)
class Absences:
    """As of a period, by (agency, target): the reason of each exemption that runs, and what was sent back."""

    exempt: Mapping[tuple[int, int], str]
    returned: frozenset[tuple[int, int]]


def read(
    period: ReportingPeriod, *, targets: Collection[int] | None = None, agencies: Collection[int] | None = None
) -> Absences:
    """The absences as of a period (given with its plan); targets, agencies: only these (None: all). Four queries at most."""
    assigned = Assignment.objects.filter(target__plan=period.plan_id)
    if targets is not None:
        assigned = assigned.filter(target__in=targets)
    if agencies is not None:
        assigned = assigned.filter(agency__in=agencies)
    return Absences(_exempt(assigned, period.window_last), _returned(assigned, period, agencies))


def _exempt(assigned, day):
    """Exemptions that run on a day, of assignments that would else hold. One query."""
    ends = Q(last_day__isnull=True) | Q(last_day__gte=day)
    holding = assigned.filter(
        Q(first_day__isnull=True) | Q(first_day__lte=day),
        ends,
        Q(agency__first_day__isnull=True) | Q(agency__first_day__lte=day),
        Q(agency__last_day__isnull=True) | Q(agency__last_day__gte=day),
    )
    running = Exemption.objects.filter(ends, first_day__lte=day, assignment__in=holding)
    rows = running.values_list("assignment__agency", "assignment__target", "reason")
    return {(agency, target): reason for agency, target, reason in rows}


def _returned(assigned, period, agencies):
    """What lies with its agency again, of the period in which it was last due: the figures of a report that was sent back as
    a whole, or those of it that were sent back by themselves. Three queries at most."""
    alone = ReturnedFigure.objects.pending().filter(submission=OuterRef("pk"))
    reports = Submission.objects.latest_versions().filter(Exists(alone) | Q(state=State.RETURNED))
    months = {last_due(period.number, quarterly) for quarterly in (True, False)}
    reports = reports.filter(period__plan=period.plan_id, period__number__in=months)
    if agencies is not None:
        reports = reports.filter(agency__in=agencies)
    sent_back = {pk: (agency, month) for pk, agency, month in reports.values_list("pk", "agency", "period__number")}
    if not sent_back:
        return frozenset()
    single = defaultdict(set)
    pending = ReturnedFigure.objects.pending().filter(submission__in=sent_back)
    for report, target in pending.values_list("submission", "target"):
        single[report].add(target)
    asked = defaultdict(set)
    of_them = assigned.filter(agency__in={agency for agency, _ in sent_back.values()})
    for agency, target, frequency in of_them.values_list("agency", "target", "target__frequency"):
        asked[agency, last_due(period.number, frequency == Frequency.QUARTER)].add(target)
    return frozenset(
        (agency, target)
        for report, (agency, month) in sent_back.items()
        for target in asked[agency, month] & (single.get(report) or asked[agency, month])
    )
