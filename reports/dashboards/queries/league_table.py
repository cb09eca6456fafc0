"""The league table: figures accepted on time, completeness and timeliness of reporting, of agencies, levels, districts and
months."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db.models import Count

from agencies.models import Level, User
from core import clock, formatting
from core.audit.models import AuditEntry
from indicators.audit_acts import SubmissionAct
from indicators.models import Actual, Basis, Plan, ReportingPeriod, Submission
from indicators.periods import completeness, deadlines
from indicators.rules import ranking
from indicators.rules.ranking import Acceptance
from indicators.selection import Selection
from reports.dashboards.queries import timeliness
from reports.dashboards.queries.acceptance import acceptances
from reports.dashboards.queries.timeliness import Agencies, AgencyRef, Punctuality

# Names of the levels in addresses, in the order of the choice.
LEVELS = {"so": Level.DEPARTMENT, "khac": Level.OTHER, "huyen": Level.DISTRICT, "xa": Level.COMMUNE}


@dataclass(frozen=True)
class Counts:
    """Reports of some agencies in some periods: on time, late, never sent, not due yet; the number of times one was
    sent back; figures that count (`entered`) of those due (`required`), in the periods that can be judged; figures
    accepted on time, of those due (`figures`)."""

    on_time: int = 0
    late: int = 0
    missing: int = 0
    waiting: int = 0
    returned: int = 0
    entered: int = 0
    required: int = 0
    figures: Acceptance = Acceptance()

    @property
    def due(self) -> int:
        """The number of reports that can be judged: sent, or the deadline has passed."""
        return self.on_time + self.late + self.missing

    @property
    def total(self) -> int:
        """The number of reports that are due or were sent."""
        return self.due + self.waiting

    @property
    def sent(self) -> int:
        return self.on_time + self.late

    @property
    def accepted_share(self) -> Decimal | None:
        """The percentage of the figures due that were accepted on time."""
        return Decimal(100 * self.figures.accepted) / self.figures.due if self.figures.due else None

    @property
    def coverage(self) -> Decimal | None:
        """The percentage of the required figures that count, submitted or approved."""
        return Decimal(100 * self.entered) / self.required if self.required else None

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    @property
    def words(self) -> str:
        """The text of a bar."""
        return f"{self.on_time} đúng hạn, {self.late} muộn, {self.missing} không nộp trên {self.due}"


@dataclass(frozen=True)
class LeagueRow:
    """An agency in the table. rank: None where no figure counts yet; is_thin: fewer than half of the periods that others
    have."""

    rank: int | None
    agency: AgencyRef
    record: Punctuality
    counts: Counts
    is_thin: bool
    is_own: bool


@dataclass(frozen=True)
class Part:
    """A level or a district: its agencies' reports of the period, and of the year up to it."""

    name: str
    agency: AgencyRef | None
    size: int
    period: Counts
    year: Counts


@dataclass(frozen=True)
class Group:
    """The agencies that are compared: a level, a district's communes, or all. level, district: as in the address."""

    name: str
    level: str = ""
    district: str = ""

    @property
    def code(self) -> str:
        """The group as in the address."""
        return self.district or self.level


@dataclass(frozen=True)
class League:
    """The league table of a group up to a period, as far as a reader may see it. rows: the agencies that the reader may
    open, ranked among all `size` of the group; firsts: the number that share the first rank; hidden: the number that
    the reader may not open; months: the group's periods, newest first."""

    group: Group
    choices: tuple[Group, ...]
    rows: tuple[LeagueRow, ...]
    ranked: int
    firsts: int
    size: int
    hidden: int
    exempt: int
    whole: Part
    levels: tuple[Part, ...]
    districts: tuple[Part, ...]
    months: tuple[tuple[ReportingPeriod, Counts], ...]
    today: dt.date


# The orders of the table: name in the address, and sort key.
SORTS: dict[str, Callable[[LeagueRow], Any]] = {
    "hang": lambda row: (row.rank is None, row.rank or 0),
    "ten": lambda row: formatting.sort_key(row.agency.place_name),
    "dung-han": lambda row: -row.record.figures.accepted,
    "muon": lambda row: -row.counts.late,
    "khong-nop": lambda row: -row.counts.missing,
    "tra-lai": lambda row: -row.counts.returned,
    "day-du": lambda row: (row.counts.coverage is None, row.counts.coverage or 0),
}


def league(
    selection: Selection, user: User, *, level: str = "", district: str = "", sort: str = "hang"
) -> League | None:
    """Return the league table of a group; None for one that does not exist or that the reader may not see. Nine
    queries, whatever the number of agencies and months.

    level: a key of LEVELS; district: a district's code, for its communes; neither: all agencies.
    """
    plan, today = selection.plan, clock.today()
    periods = [p for p in selection.periods if p.number <= selection.period.number]
    agencies = timeliness.agencies_for(user, day=selection.period.window_last)
    group, choices = group_of(agencies, user, level, district), choices_for(agencies, user)
    if group is None or sort not in SORTS:
        return None
    cells, records = _read(plan, periods, agencies, today)
    members = [ref for ref in agencies.values() if belongs_to(ref, group, agencies)]
    counts = {ref.pk: sum((cells[ref.pk, p.number] for p in periods), Counts()) for ref in agencies.values()}
    owing = [ref for ref in members if records[ref.pk].states]
    rows = _rows(owing, records, counts, user)

    def part(name: str, refs: Sequence[AgencyRef], agency: AgencyRef | None = None) -> Part:
        refs = [ref for ref in refs if records[ref.pk].states]
        now = sum((cells[ref.pk, selection.period.number] for ref in refs), Counts())
        return Part(name, agency, len(refs), now, sum((counts[ref.pk] for ref in refs), Counts()))

    by_level = [(each, [ref for ref in agencies.values() if ref.level == each]) for each in LEVELS.values()]
    by_district = [ref for ref in _districts(agencies) if ref.seen]
    return League(
        group=group,
        choices=choices,
        rows=tuple(sorted((row for row in rows if row.agency.seen), key=SORTS[sort])),
        ranked=sum(row.rank is not None for row in rows),
        firsts=sum(row.rank == 1 for row in rows),
        size=len(rows),
        hidden=sum(not row.agency.seen for row in rows),
        exempt=len(members) - len(owing),
        whole=part(group.name, members),
        levels=tuple(shown for each, refs in by_level if (shown := part(each.label, refs)).size),
        districts=tuple(part(ref.short_name, timeliness.areas_below(agencies, ref), ref) for ref in by_district),
        months=tuple((p, sum((cells[ref.pk, p.number] for ref in owing), Counts())) for p in reversed(periods)),
        today=today,
    )


def group_of(agencies: Agencies, user: User, level: str, district: str) -> Group | None:
    """Return the chosen group; by default the reader's own level, for a reader who does not read everything."""
    if district:
        chosen_district = next((ref for ref in _districts(agencies) if ref.code == district), None)
        return (
            Group(f"Các xã của {chosen_district.short_name}", "", chosen_district.code)
            if chosen_district is not None and chosen_district.seen
            else None
        )
    own_agency = timeliness.agency_with(agencies, user.agency_id)
    if not level and not user.reads_everything and own_agency is not None:
        level = next((name for name, of in LEVELS.items() if of == own_agency.level), "tat-ca")
    if level in ("", "tat-ca"):
        return Group("Tất cả cơ quan, đơn vị", "tat-ca")
    return Group(LEVELS[level].label, level) if level in LEVELS else None


def _districts(agencies: Agencies) -> list[AgencyRef]:
    """Return the districts of the tree's day."""
    below = timeliness.areas_below(agencies, timeliness.province_in(agencies))
    return [ref for ref in below if ref.level == Level.DISTRICT]


def choices_for(agencies: Agencies, user: User) -> tuple[Group, ...]:
    """Return the groups that a reader may choose among."""
    present = {ref.level for ref in agencies.values()}
    seen = [ref for ref in _districts(agencies) if ref.seen]
    return (
        Group("Tất cả cơ quan, đơn vị", "tat-ca"),
        *(Group(level.label, name) for name, level in LEVELS.items() if level in present),
        *(Group(f"Các xã của {ref.short_name}", "", ref.code) for ref in seen),
    )


def belongs_to(ref: AgencyRef, group: Group, agencies: Agencies) -> bool:
    """Return True where an agency is of a group."""
    if group.district:
        parent = timeliness.agency_with(agencies, ref.parent_id)
        return ref.level == Level.COMMUNE and parent is not None and parent.code == group.district
    return group.level == "tat-ca" or ref.level == LEVELS[group.level]


def _rows(
    owing: Sequence[AgencyRef], records: Mapping[int, Punctuality], counts: Mapping[int, Counts], user: User
) -> list[LeagueRow]:
    """Return the rows of a group's agencies that had a report due, those with a rank first."""
    most = max((records[ref.pk].figures.periods for ref in owing), default=0)
    ranked = timeliness.league(records[ref.pk] for ref in owing)
    ranks = {ranked_agency.record.agency.pk: ranked_agency.rank for ranked_agency in ranked}
    return [
        LeagueRow(
            rank=ranks.get(ref.pk),
            agency=ref,
            record=records[ref.pk],
            counts=counts[ref.pk],
            is_thin=ranking.is_thin(records[ref.pk].figures.periods, most),
            is_own=ref.pk == user.agency_id,
        )
        for ref in owing
    ]


def _read(
    plan: Plan, periods: Sequence[ReportingPeriod], agencies: Agencies, today: dt.date
) -> tuple[dict[tuple[int, int], Counts], dict[int, Punctuality]]:
    """Return the counts of every agency and month, and every agency's year. Seven queries."""
    figures_due, sent = completeness.figures_due(plan, periods), completeness.sent_reports(periods)
    owed = completeness.agencies_of(figures_due)
    calendar = deadlines.read(periods)
    accepted = acceptances(plan, periods, agencies, figures_due, calendar, today)
    entered, returned = _entered(periods), _returned(periods)
    cells: dict[tuple[int, int], Counts] = defaultdict(Counts)
    records = {}
    for pk, ref in agencies.items():
        records[pk] = timeliness.punctuality(ref, periods, owed, sent, accepted, calendar, today)
        for period in periods:
            key = pk, period.number
            due_on = calendar.of(pk, ref.level, period).due_on
            owes = pk in owed[period.number]
            state = timeliness.state_of(sent.get(key), due_on, owes, today)
            if state is not None and owes:
                wanted = figures_due[period.number][pk] if state != "waiting" else 0
                figures = min(entered[key], wanted)
                cells[key] = Counts(
                    returned=returned[key], entered=figures, required=wanted, figures=accepted[key], **{state: 1}
                )
    return cells, records


def _entered(periods: Iterable[ReportingPeriod]) -> Counter:
    """Count the figures that count, submitted or approved, by (agency, month). One query."""
    figures = Actual.objects.on(Basis.PROVISIONAL).filter(submission__period__in=list(periods))
    counts = figures.order_by().values_list("submission__agency", "submission__period__number").annotate(Count("pk"))
    return Counter({(agency, month): count for agency, month, count in counts})


def _returned(periods: Sequence[ReportingPeriod]) -> Counter:
    """Count how often a report was sent back, by (agency, month), from the audit log, less what was taken back at once. Two
    queries."""
    acts = AuditEntry.objects.filter(act__in=[SubmissionAct.RETURN, SubmissionAct.UNDO_RETURN]).order_by()
    times: Counter[int | None] = Counter()
    for act, submission in acts.values_list("act", "detail__submission"):
        times[submission] += 1 if act == SubmissionAct.RETURN else -1
    reports = Submission.objects.filter(pk__in=[pk for pk in times if pk is not None], period__in=list(periods))
    returns: Counter[tuple[int, int]] = Counter()
    for pk, agency, month in reports.values_list("pk", "agency", "period__number"):
        returns[agency, month] += times[pk]
    return returns
