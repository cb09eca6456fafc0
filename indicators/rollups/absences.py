"""Reasons of single agencies for having no figure of a target: an exemption, or a figure that was returned; and counts of
which they stated that nothing arose, which the roll-up holds as zeros."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from indicators.models import (
    Actual,
    Assignment,
    Basis,
    Exemption,
    ReportingPeriod,
    ReturnedFigure,
    State,
    Submission,
    Timing,
)
from indicators.rules.calendar import CYCLES, last_due
from indicators.rules.kinds import rules_of


@dataclass(frozen=True)
class Absences:
    """Absences as of a period, by (agency, target): the reason of each exemption in force, the returned figures, and the
    counts of which nothing arose."""

    exempt: Mapping[tuple[int, int], str]
    returned: frozenset[tuple[int, int]]
    nothing_arose: frozenset[tuple[int, int]] = frozenset()

    def states_nothing(self, agency: int | None, target: int, value: Decimal | None) -> bool:
        """True where an agency's own count is zero because it stated that nothing arose."""
        return value == 0 and (agency, target) in self.nothing_arose


def read(
    period: ReportingPeriod,
    *,
    targets: Collection[int] | None = None,
    agencies: Collection[int] | None = None,
    counts: Collection[int] = (),
    basis: Basis = Basis.OFFICIAL,
) -> Absences:
    """Read the absences as of a period (given with its plan). Four queries at most, one more with counts.

    targets, agencies: only these; None for all. counts: `counts_of` the targets, whose figures on the basis are read.
    """
    assigned = Assignment.objects.filter(target__plan=period.plan_id)
    if targets is not None:
        assigned = assigned.filter(target__in=targets)
    if agencies is not None:
        assigned = assigned.filter(agency__in=agencies)
    nothing_arose = _nothing_arose(period, agencies, counts, basis) if counts else frozenset()
    return Absences(_exempt(assigned, period.window_last), _returned(assigned, period, agencies), nothing_arose)


def counts_of(targets: Iterable[Any]) -> list[int]:
    """Return the primary keys of the counts of what a window brings: of these an agency may state that nothing arose."""
    return [target.pk for target in targets if rules_of(target.kind).is_whole and target.timing != Timing.STOCK]


def _nothing_arose(
    period: ReportingPeriod, agencies: Collection[int] | None, counts: Collection[int], basis: Basis
) -> frozenset[tuple[int, int]]:
    """Return the counts of which nothing arose in any figure that counts: of a flow all of them, else the latest. One
    query."""
    figures = Actual.objects.on(basis).counted_as_of(period).filter(target__in=counts)
    if agencies is not None:
        figures = figures.by(agencies)
    stated: dict[tuple[int, int], bool] = {}
    rows = figures.order_by("submission__period__number")
    for agency, target, timing, nothing_arose in rows.values_list(
        "submission__agency", "target", "target__timing", "nothing_arose"
    ):
        key = agency, target
        stated[key] = nothing_arose and (timing != Timing.FLOW or stated.get(key, True))
    return frozenset(key for key, is_nothing in stated.items() if is_nothing)


def _exempt(assigned: QuerySet[Assignment], day: dt.date) -> dict[tuple[int, int], str]:
    """Return the exemptions in force on a day, of assignments that would otherwise be in force. One query."""
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


def _returned(
    assigned: QuerySet[Assignment], period: ReportingPeriod, agencies: Collection[int] | None
) -> frozenset[tuple[int, int]]:
    """Return the returned figures of the period in which they were last due: those of a report that was returned as a
    whole, or those that were returned by themselves. Three queries at most."""
    alone = ReturnedFigure.objects.pending().filter(submission=OuterRef("pk"))
    reports = Submission.objects.latest_versions().filter(Exists(alone) | Q(state=State.RETURNED))
    months = {last_due(period.number, cycle, period.plan.first_month) for cycle in CYCLES.values()}
    reports = reports.filter(period__plan=period.plan_id, period__number__in=months)
    if agencies is not None:
        reports = reports.filter(agency__in=agencies)
    returned = {pk: (agency, month) for pk, agency, month in reports.values_list("pk", "agency", "period__number")}
    if not returned:
        return frozenset()
    single: dict[int, set[int]] = defaultdict(set)
    pending = ReturnedFigure.objects.pending().filter(submission__in=returned)
    for report, target in pending.values_list("submission", "target"):
        single[report].add(target)
    assigned_targets: dict[tuple[int, int], set[int]] = defaultdict(set)
    of_returned = assigned.filter(agency__in={agency for agency, _ in returned.values()})
    for agency, target, frequency in of_returned.values_list("agency", "target", "target__frequency"):
        assigned_targets[agency, last_due(period.number, CYCLES[frequency], period.plan.first_month)].add(target)
    return frozenset(
        (agency, target)
        for report, (agency, month) in returned.items()
        for target in assigned_targets[agency, month] & (single.get(report) or assigned_targets[agency, month])
    )
