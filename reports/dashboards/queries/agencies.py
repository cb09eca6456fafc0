"""One agency as of a period, and the list of agencies that a reader may open."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q

from agencies import territory
from agencies.models import Agency, Level, User
from agencies.models.agency import AgencyQuerySet
from core import clock, texts
from core.formatting import fold, local
from indicators.models import ReportingPeriod, Rollup, Scope, State, Submission
from indicators.periods import completeness, deadlines
from indicators.periods.completeness import Owed, Sent, SentReports
from indicators.rollups import absences
from indicators.rules.status import BAD, Status
from indicators.selection import Selection
from projects.models import Project
from projects.queries import ProjectRow, of_agency
from reports.dashboards.queries import timeliness
from reports.dashboards.queries.acceptance import acceptances
from reports.dashboards.queries.search import agencies_found
from reports.dashboards.queries.target_rows import (
    Freshness,
    RollupRow,
    StatusCounts,
    TargetResult,
    exempt_line,
    freshness_of,
    line_of,
    read_rows,
    tallies,
    tally,
    targets_of,
)
from reports.dashboards.queries.timeliness import Agencies, AgencyRef, Punctuality

WORRIES = (*BAD, Status.NO_DATA)


@dataclass(frozen=True)
class AgencyLine:
    """A target on an agency's page. line: the row that represents the agency; own_result: a district's own figure beside its
    whole area's; province: the province's row."""

    line: TargetResult
    own_result: TargetResult | None
    province: TargetResult | None

    @property
    def is_own(self) -> bool:
        """True where the row is the agency's own figure."""
        return self.line is self.own_result


@dataclass(frozen=True)
class AgencyReport:
    """The newest version of an agency's report of a period, where one was begun. state: on_time, late, missing,
    waiting, None where none is due; due_on: the agency's own deadline; sent: what it ever sent, where it had to."""

    period: ReportingPeriod
    state: str | None
    due_on: dt.date
    sent: Sent | None = None
    submission_state: State | None = None
    sent_at: dt.datetime | None = None
    decided_at: dt.datetime | None = None

    @property
    def days_late(self) -> int:
        """The number of days between the deadline and the day on which it was sent."""
        if self.state != "late" or self.sent_at is None:
            return 0
        return (local(self.sent_at).date() - self.due_on).days

    @property
    def is_sent_back(self) -> bool:
        """True where it was sent back, and is not sent again yet; a report that is open again counts as approved until then."""
        return self.sent is not None and not self.sent.counts

    @property
    def is_sent(self) -> bool:
        """True where it counts as sent (*đã nộp*), as in `PeriodReporting.sent`."""
        return self.sent is not None and self.sent.counts


@dataclass(frozen=True)
class RecordRow:
    """One period of an agency's record; and of the areas below it: `areas_on_time` of `areas_due`."""

    report: AgencyReport
    areas_on_time: int
    areas_due: int


@dataclass(frozen=True)
class AreaRow:
    """An area on the page of the agency above it: a commune on its district's."""

    agency: AgencyRef
    tally: StatusCounts
    record: Punctuality
    report: AgencyReport

    @property
    def bad(self) -> int:
        """The number of targets missed or at risk."""
        return self.tally[Status.MISSED] + self.tally[Status.AT_RISK]

    @property
    def behind(self) -> int:
        return self.tally[Status.BEHIND]


@dataclass(frozen=True)
class AgencyPage:
    """One agency as of a period on a basis. lines: for a district of its whole area; parent: the agency above; areas:
    its territorial children; projects: those it leads, own_projects: the keys of those it leads by name and not as
    one of a group."""

    parent: AgencyRef | None
    lines: tuple[AgencyLine, ...]
    tally: StatusCounts
    record: Punctuality
    rows: tuple[RecordRow, ...]
    areas: tuple[AreaRow, ...]
    area_words: str
    areas_sent: int
    areas_due: int
    areas_returned: tuple[AgencyRef, ...]
    areas_unsent: tuple[AgencyRef, ...]
    projects: tuple[ProjectRow, ...]
    own_projects: frozenset[int]
    project_count: int
    freshness: Freshness
    today: dt.date

    @property
    def worries(self) -> tuple[tuple[Status, int, str], ...]:
        """(status, number of targets, word) of what needs attention, where there is any."""
        named: dict[Status, list[tuple[Status, int, str]]] = {status: [] for status in WORRIES}
        for status, word, count in self.tally.by_word:
            if status in named and count:
                named[status].append((status, count, word))
        return tuple(worry for worries in named.values() for worry in worries)

    @property
    def has_record(self) -> bool:
        """True where a report was due or begun in any period, by the agency or an area of it."""
        return any(row.report.state or row.report.submission_state or row.areas_due for row in self.rows)


# The filters by report: name in the address → label, and condition. They list exactly what `PeriodReporting` counts: sent, never
# sent, waiting for review, sent back, approved.
REPORTS: dict[str, tuple[str, Callable[[AgencyReport], bool]]] = {
    "": ("Tất cả", lambda report: True),
    "da-nop": ("Đã nộp", lambda report: report.is_sent),
    "chua-nop": ("Chưa nộp", lambda report: report.state in ("missing", "waiting")),
    "cho-duyet": ("Chờ duyệt", lambda report: report.sent is not None and report.sent.waiting),
    "tra-lai": ("Trả lại, đang sửa", lambda report: report.is_sent_back),
    "da-duyet": ("Đã duyệt", lambda report: report.sent is not None and report.sent.official),
}


def report_label(name: str, period: ReportingPeriod) -> str:
    """Return the label of a filter by report, as of a period: *Không nộp* once it has closed."""
    return period.unsent_word.capitalize() if name == "chua-nop" else REPORTS[name][0]


@dataclass(frozen=True)
class AgencyState:
    """An agency in a list, with its report of the period."""

    agency: AgencyRef
    report: AgencyReport


@dataclass(frozen=True)
class DistrictStates:
    """A district in a list with its communes; `sent` of `due`: the communes' reports that count as sent; returned: those that were
    sent back."""

    district: AgencyState
    communes: tuple[AgencyState, ...]
    sent: int
    returned: int
    due: int

    @property
    def caption(self) -> str:
        return f"Các {self.words} của {self.district.agency.name}"

    @property
    def words(self) -> str:
        """The words for its communes."""
        return territory.words([state.agency for state in self.communes])


@dataclass(frozen=True)
class AgencyList:
    """The agencies that a reader may open. due: the number of those with a report due in the period; communes: those of none
    of the districts; matches: those left by a search and a filter by report, None without either; choices: (name in the
    address, label, number of matches) of each filter; chosen: the active one."""

    total: int
    due: int
    choices: tuple[tuple[str, str, int], ...]
    chosen: str
    matches: tuple[AgencyState, ...] | None
    province: AgencyRef | None
    departments: tuple[AgencyState, ...]
    others: tuple[AgencyState, ...]
    districts: tuple[DistrictStates, ...]
    district_words: str
    communes: tuple[AgencyState, ...]
    commune_words: str

    @property
    def idle(self) -> int:
        """The number of agencies without a report due in the period."""
        return self.total - self.due

    @property
    def chosen_words(self) -> str:
        """`chưa nộp`; empty without a filter."""
        labels = {name: label for name, label, _ in self.choices}
        return labels[self.chosen].lower() if self.chosen else ""

    @property
    def levels_of_matches(self) -> list[tuple[str, int]]:
        """The number of agencies found of each level, in the tree's order."""
        counts = Counter(state.agency.level for state in self.matches or ())
        return [(level.label, counts[level]) for level in Level if counts[level]]


def agency_page(selection: Selection, agency: Agency, user: User) -> AgencyPage:
    """Return the page of an agency that the reader may open. Sixteen queries, two more where something was sent back,
    whatever the number of communes and targets."""
    plan, period, today = selection.plan, selection.period, clock.today()
    periods = [p for p in selection.periods if p.number <= period.number]
    # Tree and names are those of the period, as of its window's last day.
    day = period.window_last
    in_tree = Agency.objects.placed(day).filter(pk=agency.pk)
    # The stubs do not know the names that `placed` annotates.
    above = in_tree.values("parent_as_of")  # type: ignore[misc]
    around = Q(pk=agency.pk) | Q(pk__in=above) | Q(parent_as_of=agency.pk, level__in=territory.AREAS)
    refs = timeliness.agencies_for(user, Agency.objects.placed(day).filter(around), day)
    parent = timeliness.agency_with(refs, refs[agency.pk].parent_id)
    areas = territory.children(refs.values(), agency.pk)
    refs = {ref.pk: ref for ref in (refs[agency.pk], *areas)}
    figures_due = completeness.figures_due(plan, periods, refs)
    owed = completeness.agencies_of(figures_due)
    sent = completeness.sent_reports(periods, refs)
    calendar = deadlines.read(periods, refs)
    accepted = acceptances(plan, periods, refs, figures_due, calendar, today)
    records = {
        pk: timeliness.punctuality(ref, periods, owed, sent, accepted, calendar, today) for pk, ref in refs.items()
    }
    reports = _reports(periods, refs, owed, sent, calendar, today)
    lines = _lines(selection, agency, user, periods)
    due = [ref for ref in areas if ref.pk in owed[period.number]]
    unsent = tuple(ref for ref in due if (ref.pk, period.number) not in sent)
    returned = tuple(ref for ref in due if reports[ref.pk, period.number].is_sent_back)
    projects = tuple(of_agency(agency, selection, today))
    return AgencyPage(
        parent=parent,
        lines=lines,
        tally=tally(line.line for line in lines),
        record=records[agency.pk],
        rows=tuple(
            RecordRow(
                reports[agency.pk, p.number],
                sum(reports[ref.pk, p.number].state == "on_time" for ref in areas),
                sum(reports[ref.pk, p.number].state is not None for ref in areas),
            )
            for p in reversed(periods)
        ),
        areas=_areas(selection, areas, records, reports) if areas else (),
        area_words=territory.words(areas),
        areas_sent=sum(reports[ref.pk, period.number].is_sent for ref in due),
        areas_due=len(due),
        areas_returned=returned,
        areas_unsent=unsent,
        projects=projects,
        own_projects=frozenset(
            row.project.pk for row in projects if any(party.agency_id == agency.pk for party in row.leads)
        ),
        project_count=Project.objects.filter(section__plan=plan).in_force(today).count(),
        freshness=freshness_of(plan),
        today=today,
    )


def agency_list(selection: Selection, user: User, query: str = "", reports: str = "") -> AgencyList | None:
    """Return the agencies that a reader may open, each with its report of the period. query: only those whose name or
    code contains it, accents aside; after a comma the district's. reports: a key of REPORTS; None is returned for any
    other. Five queries, six with a search, nine with one by words."""
    if reports not in REPORTS:
        return None
    visible = Agency.objects.visible_to(user)
    period = selection.period
    # An agency that did not exist at the window's end is no part of the period.
    refs = timeliness.agencies_for(user, visible.in_force(period.window_last), period.window_last)
    owed, sent = completeness.owing(selection.plan, [period]), completeness.sent_reports([period])
    reports_by_key = _reports([period], refs, owed, sent, deadlines.read([period]), clock.today())
    states = {pk: AgencyState(ref, reports_by_key[pk, period.number]) for pk, ref in refs.items()}
    matches = _found(visible, states, query)
    among = tuple(states.values()) if matches is None else matches
    left = {name: tuple(state for state in among if is_meant(state.report)) for name, (_, is_meant) in REPORTS.items()}

    def of(level: str) -> tuple[AgencyState, ...]:
        return tuple(state for state in states.values() if state.agency.level == level)

    districts = tuple(_district(state, states) for state in of(Level.DISTRICT))
    inside = {state.agency.pk for row in districts for state in row.communes}
    communes = tuple(state for state in of(Level.COMMUNE) if state.agency.pk not in inside)
    return AgencyList(
        total=len(states),
        due=sum(state.report.state is not None for state in states.values()),
        choices=tuple((name, report_label(name, period), len(left[name])) for name in REPORTS),
        chosen=reports,
        matches=left[reports] if reports else matches,
        province=next((ref for ref in refs.values() if ref.level == Level.PROVINCE), None),
        departments=of(Level.DEPARTMENT),
        others=of(Level.OTHER),
        districts=districts,
        district_words=territory.words([row.district.agency for row in districts]),
        communes=communes,
        commune_words=territory.words([state.agency for state in communes]),
    )


def _found(visible: AgencyQuerySet, states: Mapping[int, AgencyState], query: str) -> tuple[AgencyState, ...] | None:
    """Search by a part of a name, after a comma also by the parent's; where no name matches, by words as in the global
    search. One query, four by words, none without a search."""
    query = texts.line(query)
    name, _, parent = (fold(part) for part in query.partition(","))
    if not name and not parent:
        return None
    matching = visible.filter(search_key__contains=name)
    if parent:
        matching = matching.filter(parent__search_key__contains=parent)
    matches = tuple(states[pk] for pk in matching.in_order().values_list("pk", flat=True) if pk in states)
    return matches or tuple(
        states[ref.pk] for ref in agencies_found([state.agency for state in states.values()], query)
    )


def _district(district: AgencyState, states: Mapping[int, AgencyState]) -> DistrictStates:
    below = territory.children((state.agency for state in states.values()), district.agency.pk)
    communes_inside = tuple(states[ref.pk] for ref in below)
    due = [state.report for state in communes_inside if state.report.state is not None]
    return DistrictStates(
        district,
        communes_inside,
        sum(report.is_sent for report in due),
        sum(report.is_sent_back for report in due),
        len(due),
    )


def _reports(
    periods: Sequence[ReportingPeriod],
    refs: Agencies,
    owed: Owed,
    sent: SentReports,
    calendar: deadlines.Calendar,
    today: dt.date,
) -> Mapping[tuple[int, int], AgencyReport]:
    """Return each agency's report of each period by (agency, month). One query."""
    by_id = {period.pk: period for period in periods}
    reports = {}
    for pk, ref in refs.items():
        for period in periods:
            key, due_on = (pk, period.number), calendar.of(pk, ref.level, period).due_on
            owes = pk in owed[period.number]
            state = timeliness.state_of(sent.get(key), due_on, owes, today)
            reports[key] = AgencyReport(period, state, due_on, sent.get(key) if owes else None)
    latest = Submission.objects.latest_versions().filter(period__in=by_id, agency__in=refs)
    for agency_pk, period_pk, state, sent_at, reviewed_at in latest.values_list(
        "agency_id", "period_id", "state", "first_submitted_at", "reviewed_at"
    ):
        key = agency_pk, by_id[period_pk].number
        reports[key] = replace(reports[key], submission_state=State(state), sent_at=sent_at, decided_at=reviewed_at)
    return reports


def _lines(
    selection: Selection, agency: Agency, user: User, periods: Sequence[ReportingPeriod]
) -> tuple[AgencyLine, ...]:
    """Return the agency's targets, those that need attention first and exemptions last; a district's whole area with
    its own figures beside it. Seven queries at most."""
    targets = targets_of(selection.plan, selection.period.number)
    counts = absences.counts_of(targets.values())
    away = absences.read(selection.period, agencies=[agency.pk], counts=counts, basis=selection.basis)
    by_month = [period.pk for period in periods]
    visible = Rollup.objects.visible_to(user).filter(target__in=targets, basis=selection.basis)
    rows: dict[tuple[int, str, int], dict[int, RollupRow]] = defaultdict(dict)
    for row in read_rows(
        visible.filter(
            Q(agency=agency, period__in=by_month, scope__in=[Scope.OWN, Scope.AREA])
            | Q(agency__level=Level.PROVINCE, scope=Scope.AREA, period=selection.period)
        )
    ):
        rows[row.target_id, row.scope, row.agency_id][row.period_id] = row

    def line(pk: int, scope: str) -> TargetResult | None:
        rows_by_period = rows.get((pk, scope, agency.pk), {})
        if selection.period.pk not in rows_by_period:
            return None
        return line_of(
            targets[pk], rows_by_period, periods, selection.basis, selection.plan.min_coverage, absences=away
        )

    whole_province = {pk: rows_by_period for (pk, scope, at), rows_by_period in rows.items() if at != agency.pk}
    lines = []
    for pk, target in targets.items():
        own_line = line(pk, Scope.OWN)
        if own_line is None and (agency.pk, pk) in away.exempt:
            own_line = exempt_line(target, periods)
        whole = (line(pk, Scope.AREA) or own_line) if agency.level == Level.DISTRICT else own_line
        if whole is not None:
            province = line_of(
                target, whole_province.get(pk, {}), periods, selection.basis, selection.plan.min_coverage
            )
            lines.append(AgencyLine(whole, own_line, province))
    return tuple(sorted(lines, key=lambda shown: shown.line.need))


def _areas(
    selection: Selection,
    areas: Sequence[AgencyRef],
    records: Mapping[int, Punctuality],
    reports: Mapping[tuple[int, int], AgencyReport],
) -> tuple[AreaRow, ...]:
    """Return the areas below an agency, those that need attention first. One query."""
    rollups = Rollup.objects.at(selection.period, selection.basis).speaking()
    rollups = rollups.filter(agency__in=[ref.pk for ref in areas])
    if selection.period.is_ahead:
        rollups = rollups.none()
    counted = tallies(rollups, selection.basis, selection.plan.min_coverage)
    rows = [AreaRow(ref, counted[ref.pk], records[ref.pk], reports[ref.pk, selection.period.number]) for ref in areas]
    return tuple(sorted(rows, key=_need_of_area))


def _need_of_area(row: AreaRow) -> tuple:
    """Return the sort key: areas that sent nothing first, then those with the most targets missed or at risk, then
    behind."""
    unsent = row.report.state in ("missing", "waiting")
    return not unsent, -row.bad, -row.behind
