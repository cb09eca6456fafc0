"""Deadlines of agencies: those of their level in the period, with their extensions applied.

Every page that names a deadline takes it from here.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db.models import Q

from agencies.models import Agency
from indicators.models import Extension, ReportingPeriod
from indicators.rules.calendar import Deadlines, Grant


class _Granted(NamedTuple):
    """A granted extension, collected from one row for each of its targets."""

    period: int
    agency: int | None
    until: dt.date
    moves_due: bool
    targets: set[int]


class Calendar:
    """Deadlines of several periods for any agency; grants: by period and agency (None: all agencies)."""

    def __init__(self, grants: Mapping[tuple[int, int | None], Sequence[Grant]]) -> None:
        self.grants = grants

    def of(self, agency: int, level: str, period: ReportingPeriod) -> Deadlines:
        """Return the deadlines of an agency (its primary key) of a level."""
        grants = [*self.grants.get((period.pk, None), ()), *self.grants.get((period.pk, agency), ())]
        return period.deadlines_of(level, grants)


def read(periods: Iterable[ReportingPeriod], agencies: Iterable[int] | None = None) -> Calendar:
    """Read the deadlines of periods, for all agencies or these. One query."""
    extensions = Extension.objects.granted().filter(period__in=list(periods))
    if agencies is not None:
        extensions = extensions.filter(Q(agency__in=list(agencies)) | Q(agency__isnull=True))
    granted: dict[int, _Granted] = {}
    for pk, period, agency, until, moves_due, target in extensions.values_list(
        "pk", "period", "agency", "until", "moves_due", "targets"
    ):
        if until is None:
            continue
        extension = granted.setdefault(pk, _Granted(period, agency, until, moves_due, set()))
        if target is not None:
            extension.targets.add(target)
    grants: dict[tuple[int, int | None], list[Grant]] = defaultdict(list)
    for row in granted.values():
        grants[row.period, row.agency].append(Grant(row.until, row.moves_due, frozenset(row.targets)))
    return Calendar(grants)


def of(agency: Agency, period: ReportingPeriod) -> Deadlines:
    """Read the deadlines of one agency in one period. One query."""
    return read([period], [agency.pk]).of(agency.pk, agency.level, period)
