"""Completeness of reporting: the agencies with a report due of a period, what they sent, and the newest period with enough
reports, on which pages of figures open."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db.models import BooleanField, Case, Count, ExpressionWrapper, F, Q, When

from core import formatting
from indicators.models import COUNTS_AS_SENT, Assignment, Basis, Frequency, Plan, ReportingPeriod, State, Submission
from indicators.rules.status import is_low


class Sent(NamedTuple):
    """The reports of one agency for one period that were ever sent, all versions together. is_late: at the first time; counts:
    it counts as sent now (*đã nộp*, `COUNTS_AS_SENT`); else it was sent back, and is not sent again yet."""

    is_late: bool
    official: bool
    counts: bool
    waiting: bool


# The agencies with a report due by month; what was sent by (agency, month).
Owed = Mapping[int, frozenset[int]]
SentReports = Mapping[tuple[int, int], Sent]


@dataclass(frozen=True)
class PeriodReporting:
    """The completeness of a period: agencies with a report due, those whose report is sent, approved, waiting for
    review, or sent back and not corrected yet (then it does not count as sent). counted: those that count on the basis
    shown; is_complete: they reach the plan's minimum coverage."""

    period: ReportingPeriod
    expected: int
    sent: int
    approved: int
    waiting: int
    returned: int
    counted: int
    is_complete: bool

    @property
    def resent(self) -> int:
        """The number of reports that wait for review beside an approved one of the same agency, which counts until
        then."""
        return max(self.approved + self.waiting - self.sent, 0)

    @property
    def waiting_words(self) -> str:
        """`4 phiếu chờ duyệt (trong đó 3 phiếu nộp lại, bản đã duyệt trước vẫn tính)`: why sent is not approved and waiting."""
        again = f" (trong đó {formatting.number(self.resent)} phiếu nộp lại, bản đã duyệt trước vẫn tính)"
        return f"{formatting.number(self.waiting)} phiếu chờ duyệt{again if self.resent else ''}"

    @property
    def sent_share(self) -> Decimal | None:
        """The percentage of agencies with a report due and have sent one."""
        return Decimal(self.sent * 100) / self.expected if self.expected else None


def owing(
    plan: Plan, periods: Sequence[ReportingPeriod], agencies: Iterable[int] | None = None
) -> dict[int, frozenset[int]]:
    """Return the agencies with a report due, by month: those with a target that is assigned on the window's last day
    and due in that very period (domain.md, *Timing*). One query.

    agencies: only these (None: all).
    """
    return agencies_of(figures_due(plan, periods, agencies))


def agencies_of(figures_due: Mapping[int, Counter[int]]) -> dict[int, frozenset[int]]:
    """Return the agencies with a figure due, by month."""
    return {number: frozenset(counts) for number, counts in figures_due.items()}


def figures_due(
    plan: Plan, periods: Sequence[ReportingPeriod], agencies: Iterable[int] | None = None
) -> dict[int, Counter[int]]:
    """Count the figures that each agency has to report, by month; agencies with none due are left out. One query."""
    assignments = Assignment.objects.filter(target__plan=plan)
    if agencies is not None:
        assignments = assignments.filter(agency__in=agencies)
    # Assignments that are alike here are grouped: some hundreds of rows instead of thousands. Those with exemptions stay
    # separate, one row for each exemption.
    exemptions: dict[tuple, list[tuple[dt.date, dt.date | None]]] = defaultdict(list)
    counts: dict[tuple, int] = {}
    alike = assignments.values_list(
        "agency_id",
        "target__frequency",
        "first_day",
        "last_day",
        "agency__first_day",
        "agency__last_day",
        Case(When(exemptions__isnull=False, then=F("pk"))),
        "exemptions__first_day",
        "exemptions__last_day",
    ).order_by()
    for *assignment, exempt_from, exempt_to, count in alike.annotate(Count("pk", distinct=True)):
        exemptions[tuple(assignment)] += [(exempt_from, exempt_to)] if exempt_from else []
        counts[tuple(assignment)] = count

    def owed(period: ReportingPeriod) -> Counter[int]:
        day, frequencies = period.window_last, Frequency.due_in(period.month)
        counts_by_agency: Counter[int] = Counter()
        for key, exempt in exemptions.items():
            agency, frequency, first, last, born, closed, _ = key
            in_force = covers(first, last, day) and covers(born, closed, day)
            if frequency in frequencies and in_force and not any(covers(*span, day) for span in exempt):
                counts_by_agency[agency] += counts[key]
        return counts_by_agency

    return {period.number: owed(period) for period in periods}


def covers(first: dt.date | None, last: dt.date | None, day: dt.date) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)


def sent_reports(
    periods: Sequence[ReportingPeriod], agencies: Iterable[int] | None = None
) -> dict[tuple[int, int], Sent]:
    """Return what was ever sent, by (agency, month), without reports that were never submitted. One query."""
    months = {period.pk: period.number for period in periods}
    reports = Submission.objects.filter(period__in=months, first_submitted_at__isnull=False)
    if agencies is not None:
        reports = reports.filter(agency__in=agencies)
    sent: dict[tuple[int, int], Sent] = {}
    reports = reports.annotate(counts=ExpressionWrapper(COUNTS_AS_SENT, BooleanField()))
    for agency, period, state, is_late, official, counts in reports.values_list(
        "agency_id", "period_id", "state", "is_late", "is_official", "counts"
    ):
        version = Sent(is_late, official, bool(counts), state == State.SUBMITTED)
        key = agency, months[period]
        sent[key] = Sent(*map(max, sent[key], version)) if key in sent else version
    return sent


def period_reporting(
    period: ReportingPeriod, owed: Owed, sent: SentReports, basis: Basis, min_coverage: int
) -> PeriodReporting:
    """Return the completeness of a period."""
    reports = [sent[key] for key in ((agency, period.number) for agency in owed[period.number]) if key in sent]
    expected = len(owed[period.number])
    approved = sum(report.official for report in reports)
    submitted = sum(report.counts for report in reports)
    counted = approved if basis == Basis.OFFICIAL else submitted
    return PeriodReporting(
        period=period,
        expected=expected,
        sent=submitted,
        approved=approved,
        waiting=sum(report.waiting for report in reports),
        returned=sum(not report.counts for report in reports),
        counted=counted,
        is_complete=expected > 0 and not is_low(counted, expected, min_coverage),
    )


def newest_with_enough(
    plan: Plan, periods: Sequence[ReportingPeriod], basis: Basis
) -> tuple[ReportingPeriod, tuple[int, int] | None]:
    """Return the newest of a plan's periods with enough reports on a basis and, where the last one has not, of that one the
    agencies that count and those with a report due. Where none has enough: the last period and None. Two queries.

    periods: in order, at least one.
    """
    owed, counted = owing(plan, periods), _counted(periods, basis)
    shares = {p.number: (len(owed[p.number] & counted[p.number]), len(owed[p.number])) for p in periods}
    for period in reversed(periods):
        count, expected = shares[period.number]
        if expected and not is_low(count, expected, plan.min_coverage):
            last = shares[periods[-1].number]
            # A last period in which nobody owes a report lacks none.
            return period, last if period != periods[-1] and last[1] else None
    return periods[-1], None


def _counted(periods: Sequence[ReportingPeriod], basis: Basis) -> dict[int, set[int]]:
    """Return the agencies whose report counts on a basis, by period. One query."""
    numbers = {period.pk: period.number for period in periods}
    counts = Q(is_official=True) if basis == Basis.OFFICIAL else COUNTS_AS_SENT
    reports = Submission.objects.filter(counts, period__in=numbers, first_submitted_at__isnull=False)
    agencies: dict[int, set[int]] = {number: set() for number in numbers.values()}
    for period, agency in reports.values_list("period_id", "agency_id"):
        agencies[numbers[period]].add(agency)
    return agencies
