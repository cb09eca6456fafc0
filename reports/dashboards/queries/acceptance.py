"""Figures accepted on time, of those due (docs: domain, League): SQL counts them by the day on which they were handed in,
`rules.ranking` judges."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Count, DateTimeField, Exists, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest, TruncDate

from indicators.models import Actual, Assignment, Frequency, Plan, ReportingPeriod, ReturnedFigure, State
from indicators.periods.deadlines import Calendar
from indicators.rules import ranking
from reports.dashboards.queries.timeliness import Acceptances, Agencies

# States of versions that were approved.
APPROVED = (State.APPROVED, State.SUPERSEDED)


def acceptances(
    plan: Plan,
    periods: Sequence[ReportingPeriod],
    agencies: Agencies,
    due: Mapping[int, Counter[int]],
    calendar: Calendar,
    today: dt.date,
) -> Acceptances:
    """Return the figures accepted on time, of those due, of these agencies. One query.

    due: the number of figures due by month and agency (`completeness.figures_due`).
    """
    handed_in: dict[tuple[int, int], Counter[dt.date | None]] = defaultdict(Counter)
    waiting: Counter[tuple[int, int]] = Counter()
    for agency, number, is_approved, day, count in _by_day(plan, periods, agencies):
        if is_approved:
            handed_in[agency, number][day] += count
        else:
            waiting[agency, number] += count
    figures = {}
    for period in periods:
        for agency, count in due[period.number].items():
            if agency in agencies:
                key = agency, period.number
                agency_deadlines = calendar.of(agency, agencies[agency].level, period)
                figures[key] = ranking.acceptance(count, waiting[key], handed_in[key], agency_deadlines, today)
    return figures


def _by_day(
    plan: Plan, periods: Sequence[ReportingPeriod], agencies: Iterable[int]
) -> list[tuple[int, int, bool, dt.date | None, int]]:
    """Count the figures due that were approved once or wait for review: (agency, month, whether approved, day on which
    the first approved version was handed in, number). One query."""
    same = {name: OuterRef(name) for name in ("submission__agency", "submission__period", "target")}
    approved_before = Actual.objects.filter(
        submission__state__in=APPROVED, submission__version__lt=OuterRef("submission__version"), **same
    )
    returned = ReturnedFigure.objects.filter(submission=OuterRef("submission"), target=OuterRef("target"))
    settled = returned.order_by().values("submission").annotate(last=Max("settled_at")).values("last")
    assigned = Assignment.objects.in_force(OuterRef("submission__period__window_last")).filter(
        target=OuterRef("target"), agency=OuterRef("submission__agency")
    )
    is_due = Q()
    for frequency in Frequency:
        due_in = [period.pk for period in periods if frequency in Frequency.due_in(period.month)]
        is_due |= Q(target__frequency=frequency, submission__period__in=due_in)
    figures = (
        Actual.objects.by(agencies)
        .filter(submission__period__in=periods, target__plan=plan)
        .filter(
            Q(submission__state__in=APPROVED)
            | Q(submission__is_provisional=True) & ~Exists(returned.filter(settled_at=None))
        )
        .filter(Q(submission__version=1) | ~Exists(approved_before))
        .filter(is_due)
        .filter(Exists(assigned))
    )
    whole = F("submission__whole_submitted_at")
    handed_in = Greatest(whole, Coalesce(Subquery(settled, output_field=DateTimeField()), whole))
    counted = (
        figures.order_by()
        .annotate(
            is_approved=Q(submission__state__in=APPROVED),
            handed_in_on=TruncDate(handed_in),
        )
        .values_list("submission__agency", "submission__period__number", "is_approved", "handed_in_on")
        .annotate(Count("pk"))
    )
    return list(counted)
