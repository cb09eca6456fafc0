"""Until when an agency may hand in: its level's days of the period, with what was granted to it over them. Pages that name a
deadline name this one."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Q

from agencies.models import Agency
from indicators.models import Extension, ReportingPeriod
from indicators.rules.calendar import Deadlines, Grant


class Calendar:
    """The deadlines of several periods, for whichever agencies; `grants`: by period and agency (None: all)."""

    def __init__(self, grants):
        self.grants = grants

    def of(self, agency: int, level: str, period: ReportingPeriod) -> Deadlines:
        """The days of an agency (its primary key) of a level."""
        grants = [*self.grants.get((period.pk, None), ()), *self.grants.get((period.pk, agency), ())]
        return period.deadlines_of(level, grants)


def read(periods: Iterable[ReportingPeriod], agencies: Iterable[int] | None = None) -> Calendar:
    """The deadlines of periods, for all agencies or these. One query."""
    extensions = Extension.objects.granted().filter(period__in=list(periods))
    if agencies is not None:
        extensions = extensions.filter(Q(agency__in=list(agencies)) | Q(agency__isnull=True))
    found = {}
    for pk, period, agency, until, moves_due, target in extensions.values_list(
        "pk", "period", "agency", "until", "moves_due", "targets"
    ):
        *_, targets = found.setdefault(pk, (period, agency, until, moves_due, set()))
        targets |= {target} if target is not None else set()
    grants = defaultdict(list)
    for period, agency, until, moves_due, targets in found.values():
        grants[period, agency].append(Grant(until, moves_due, frozenset(targets)))
    return Calendar(grants)


def of(agency: Agency, period: ReportingPeriod) -> Deadlines:
    """The days of one agency in one period. One query."""
    return read([period], [agency.pk]).of(agency.pk, agency.level, period)
