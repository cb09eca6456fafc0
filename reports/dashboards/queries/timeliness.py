"""Timeliness of reporting: the agencies, and their punctuality over the year. Figures accepted on time: `acceptance`; which
agencies owe a report, and what they sent: `indicators.periods.completeness`."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Exists, OuterRef, Subquery

from agencies import territory
from agencies.models import Agency, Level, User
from agencies.models.agency import AgencyQuerySet
from core import clock
from indicators.models import ReportingPeriod
from indicators.periods.completeness import Owed, Sent, SentReports, covers
from indicators.periods.deadlines import Calendar
from indicators.rules import ranking
from indicators.rules.ranking import Acceptance


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
    electronic_code: str
    map_row: int | None
    map_column: int | None
    seen: bool
    in_force: bool

    @property
    def speaks_alone(self) -> bool:
        """True where lists show its own figure, and not its whole area's (decision 0130)."""
        return self.level not in (Level.DISTRICT, Level.PROVINCE)


# Agencies by primary key.
Agencies = Mapping[int, AgencyRef]
# Figures accepted on time, of those due, by (agency, month).
Acceptances = Mapping[tuple[int, int], Acceptance]


@dataclass(frozen=True)
class LevelReporting:
    """One level's reports of one period: on time, late, and the rest of `expected` not sent. unsent_word: of its period."""

    level: Level
    expected: int
    on_time: int
    late: int
    unsent_word: str

    @property
    def sent(self) -> int:
        return self.on_time + self.late

    @property
    def unsent(self) -> int:
        return self.expected - self.sent

    @property
    def words(self) -> str:
        """The text of a bar."""
        return f"{self.on_time} đúng hạn, {self.late} muộn, {self.unsent} {self.unsent_word} trên {self.expected}"


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
    facts = ["level", "gso_code", "electronic_code", "map_row", "map_column", "seen", "first_day", "last_day"]
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
            electronic_code=electronic_code,
            map_row=map_row,
            map_column=map_column,
            seen=bool(seen),
            in_force=covers(first, last, today),
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
            electronic_code,
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
            unsent_word=period.unsent_word,
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
