"""Completeness and timeliness of reporting: the agencies with a report due of a period, what they sent, and their
punctuality over the year. Figures accepted on time: `acceptance`."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from django.db.models import BooleanField, Case, Count, Exists, ExpressionWrapper, F, OuterRef, Subquery, When

from agencies import territory
from agencies.models import Agency, Level, User
from agencies.models.agency import AgencyQuerySet
from core import clock, formatting
from indicators.models import COUNTS_AS_SENT, Assignment, Basis, Frequency, Plan, ReportingPeriod, State, Submission
from indicators.periods.deadlines import Calendar
from indicators.rules import ranking
from indicators.rules.ranking import Acceptance
from indicators.rules.status import is_low
from indicators.selection import Selection


@dataclass(frozen=True)
class AgencyRef:
    """An agency as lists name it. seen: the reader may open its page; in_force: it exists on the day it was read of."""

    pk: int
    code: str
    name: str
    short_name: str
    place_name: str
    level: str
    parent_id: int | None
    gso_code: str
    map_row: int | None
    map_column: int | None
    seen: bool
    in_force: bool

    @property
    def speaks_alone(self) -> bool:
        """True where lists show its own figure, and not its whole area's (decision 0130)."""
        return self.level not in (Level.DISTRICT, Level.PROVINCE)


class Sent(NamedTuple):
    """The reports of one agency for one period that were ever sent, all versions together. is_late: at the first time; counts:
    it counts as sent now (*đã nộp*, `COUNTS_AS_SENT`); else it was sent back, and is not sent again yet."""

    is_late: bool
    official: bool
    counts: bool
    waiting: bool


# The agencies with a report due by month; what was sent by (agency, month); agencies by primary key.
Owed = Mapping[int, frozenset[int]]
SentReports = Mapping[tuple[int, int], Sent]
Agencies = Mapping[int, AgencyRef]
# Figures accepted on time, of those due, by (agency, month).
Acceptances = Mapping[tuple[int, int], Acceptance]


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


@dataclass(frozen=True)
class LevelReporting:
    """One level's reports of one period: on time, late, and the rest of `expected` not sent."""

    level: Level
    expected: int
    on_time: int
    late: int

    @property
    def sent(self) -> int:
        return self.on_time + self.late

    @property
    def unsent(self) -> int:
        return self.expected - self.sent

    @property
    def words(self) -> str:
        """The text of a bar."""
        return f"{self.on_time} đúng hạn, {self.late} muộn, {self.unsent} chưa nộp trên {self.expected}"


@dataclass(frozen=True)
class Punctuality:
    """An agency's year: its reports by period, oldest first (on_time, late, missing, waiting; no entry where no report
    was due), and its figures."""

    agency: AgencyRef
    states: tuple[str, ...]
    figures: Acceptance

    @property
    def on_time(self) -> int:
        return self.states.count("on_time")

    @property
    def due(self) -> int:
        """The number of periods that can be judged: a report was sent, or the deadline has passed."""
        return len(self.states) - self.states.count("waiting")

    @property
    def late(self) -> int:
        return self.states.count("late")

    @property
    def missing(self) -> int:
        return self.states.count("missing")

    @property
    def merit(self) -> Fraction:
        """The sort key of the league table (`rules.ranking`), of an agency that was asked for something."""
        return ranking.merit(self.figures.accepted, self.figures.due)


@dataclass(frozen=True)
class Ranked:
    """A rank in the league table; equals share one."""

    rank: int
    record: Punctuality


def agencies_for(user: User, among: AgencyQuerySet | None = None, day: dt.date | None = None) -> dict[int, AgencyRef]:
    """Return agencies by primary key in the plan's order, each with whether the user may open its page. One query.

    among: only these (None: all). day: with the tree and the names of that day (None: of now).
    """
    may_open = Exists(Agency.objects.visible_to(user).filter(pk=OuterRef("pk")))
    rows = (Agency.objects.all() if among is None else among).in_order().annotate(seen=may_open)
    columns = ["name", "short_name", "parent_id", "parent__short_name", "parent__level"]
    if day is not None:
        rows = rows.placed(day).named(day)
        columns = ["name_as_of", "short_name_as_of", "parent_as_of", "parent__short_name", "parent__level"]
        if among is not None:
            # The parent may not be among them.
            above = Agency.objects.named(day).filter(pk=OuterRef("parent_as_of"))
            # The stubs do not know the names that `named` annotates.
            above_then = above.values("short_name_as_of")[:1]  # type: ignore[misc]
            rows = rows.annotate(above_then=Subquery(above_then), level_above=Subquery(above.values("level")[:1]))
            columns[-2:] = ["above_then", "level_above"]
    facts = ["level", "gso_code", "map_row", "map_column", "seen", "first_day", "last_day"]
    found_rows = list(rows.values_list("pk", "code", *columns, *facts))
    above_by_pk = {pk: (short_name, level) for pk, _, _, short_name, _, _, _, level, *_ in found_rows}
    today = day or clock.today()
    return {
        pk: AgencyRef(
            pk=pk,
            code=code,
            name=name,
            short_name=short_name,
            place_name=territory.place_name(short_name, level, *above_by_pk.get(parent, (parent_name, parent_level))),
            level=level,
            parent_id=parent,
            gso_code=gso_code,
            map_row=map_row,
            map_column=map_column,
            seen=bool(seen),
            in_force=_covers(first, last, today),
        )
        for (
            pk,
            code,
            name,
            short_name,
            parent,
            parent_name,
            parent_level,
            level,
            gso_code,
            map_row,
            map_column,
            seen,
            first,
            last,
        ) in found_rows
    }


def province_in(agencies: Agencies) -> AgencyRef | None:
    """Return the province; None where it is not among them."""
    return next((ref for ref in agencies.values() if ref.level == Level.PROVINCE), None)


def areas_below(agencies: Agencies, above: AgencyRef | None) -> list[AgencyRef]:
    """Return the territorial children of a node, of agencies read as of a day (`territory.children`)."""
    return territory.children(agencies.values(), None if above is None else above.pk)


def agency_with(agencies: Agencies, pk: int | None) -> AgencyRef | None:
    """Return the agency with a primary key; None for None, and for one that is not among them."""
    return None if pk is None else agencies.get(pk)


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
        day, frequencies = period.window_last, Frequency.due_in(period.number)
        counts_by_agency: Counter[int] = Counter()
        for key, exempt in exemptions.items():
            agency, frequency, first, last, born, closed, _ = key
            in_force = _covers(first, last, day) and _covers(born, closed, day)
            if frequency in frequencies and in_force and not any(_covers(*span, day) for span in exempt):
                counts_by_agency[agency] += counts[key]
        return counts_by_agency

    return {period.number: owed(period) for period in periods}


def _covers(first: dt.date | None, last: dt.date | None, day: dt.date) -> bool:
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


def state_of(sent: Sent | None, due_on: dt.date, owes: bool, today: dt.date) -> str | None:
    """Return on_time or late where a report was sent, missing after the agency's own deadline, waiting before it; None
    where none is due."""
    if sent is not None:
        return "late" if sent.is_late else "on_time"
    if not owes:
        return None
    return "missing" if today > due_on else "waiting"


def states_of(
    agency: AgencyRef,
    periods: Sequence[ReportingPeriod],
    owed: Owed,
    sent: SentReports,
    calendar: Calendar,
    today: dt.date,
) -> list[str | None]:
    """Return the state (`state_of`) of an agency's report of each period."""
    return [
        state_of(
            sent.get((agency.pk, p.number)),
            calendar.of(agency.pk, agency.level, p).due_on,
            agency.pk in owed[p.number],
            today,
        )
        for p in periods
    ]


def punctuality(
    agency: AgencyRef,
    periods: Sequence[ReportingPeriod],
    owed: Owed,
    sent: SentReports,
    figures: Acceptances,
    calendar: Calendar,
    today: dt.date,
) -> Punctuality:
    """Return one agency's year; the arguments of `states_of`. A period in which no report was due, with projects alone,
    is left out: an agency without an obligation has no place in the ranking."""
    states = zip(periods, states_of(agency, periods, owed, sent, calendar, today), strict=True)
    return Punctuality(
        agency,
        tuple(state for period, state in states if state and agency.pk in owed[period.number]),
        sum((figures.get((agency.pk, period.number), Acceptance()) for period in periods), Acceptance()),
    )


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


@dataclass(frozen=True)
class Opened:
    """The period that the front page opens on, and the newest one after it, which lacks figures; None where there is
    none."""

    period: ReportingPeriod
    later: PeriodReporting | None


def newest_with_enough(selection: Selection) -> Opened:
    """Return the newest period up to the selection's with enough reports on its basis; the selection's own where none
    has. Two queries for each period examined."""
    later = None
    for period in reversed([p for p in selection.periods if p.number <= selection.period.number]):
        owed, sent = owing(selection.plan, [period]), sent_reports([period])
        reporting = period_reporting(period, owed, sent, selection.basis, selection.plan.min_coverage)
        if reporting.is_complete:
            return Opened(period, later)
        later = later or reporting
    return Opened(selection.period, None)


def by_level(
    period: ReportingPeriod, agencies: Mapping[int, AgencyRef], owed: Owed, sent: SentReports
) -> tuple[LevelReporting, ...]:
    """Return one period's reports by level, in the order of the tree; levels with none due are left out."""
    reports: dict[str, list[Sent | None]] = defaultdict(list)
    for pk in owed[period.number]:
        reports[agencies[pk].level].append(sent.get((pk, period.number)))
    return tuple(
        LevelReporting(
            level=level,
            expected=len(reports[level]),
            on_time=sum(report is not None and not report.is_late for report in reports[level]),
            late=sum(report is not None and report.is_late for report in reports[level]),
        )
        for level in Level
        if level in reports
    )


def league(records: Iterable[Punctuality]) -> list[Ranked]:
    """Rank agencies by figures accepted on time, best first; equals share a rank and keep their order. An agency that was
    asked for nothing has no rank (`rules.ranking`)."""
    ordered = sorted((record for record in records if record.figures.due), key=lambda record: record.merit)
    ranks = ranking.places([record.merit for record in ordered])
    return [Ranked(rank, record) for rank, record in zip(ranks, ordered, strict=True)]
