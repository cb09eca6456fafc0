"""The province as of a period: the state of all targets, what needs attention, and who has to act."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from agencies import territory
from agencies.models import Level, User
from core import clock, formatting
from core.formatting import sort_key
from indicators.models import Basis, Plan, ReportingPeriod, Rollup
from indicators.periods import completeness, deadlines
from indicators.periods.completeness import PeriodReporting
from indicators.rollups.pace_words import pace_words
from indicators.rules.calendar import SOON_DAYS, is_soon
from indicators.rules.nothing import Nothing
from indicators.rules.status import Status, is_low, is_thin
from indicators.selection import Selection
from projects.status import Moment, ProjectCounts, moment, standings
from projects.status import tally as tally_projects
from projects.summary import Summary as ProjectSummary
from projects.summary import summary
from reports.dashboards.province_map import MOST_TILES, TILE_STEPS, map_cells, map_width
from reports.dashboards.queries import timeliness
from reports.dashboards.queries.acceptance import acceptances
from reports.dashboards.queries.target_rows import (
    BY_NEED,
    NEED,
    Freshness,
    StatusCounts,
    TargetLine,
    TargetResult,
    freshness_of,
    province_results,
    tally,
    tally_counts,
    targets_of,
)
from reports.dashboards.queries.timeliness import Agencies, AgencyRef, LevelReporting, Punctuality, Ranked

MOST_ATTENTION = 6
MOST_TURNS = 4
MOST_PROJECTS = 5
MOST_NAMES = 4
LOWEST_AREAS = 3
# The areas of a ranked list of bars that stand open.
OPEN_BARS = 10
LEAGUE_ROWS = 6
MOST_MOVERS = 3


@dataclass(frozen=True)
class StatusGroup:
    """The targets of one status, for the cells under the headline; those without a value by the reason."""

    status: Status
    nothing: Nothing | None
    lines: tuple[TargetResult, ...]

    @property
    def word(self) -> str:
        return self.lines[0].word


@dataclass(frozen=True)
class PillarLines:
    """One pillar with its targets in the plan's order."""

    code: str
    title: str
    lines: tuple[TargetResult, ...]
    tally: StatusCounts


@dataclass(frozen=True)
class Narrowed:
    """The filter of an overview: a pillar's code and a lead's name ("": all of them), with the choices. all_count: the
    number of targets of the plan."""

    pillar: str
    lead: str
    pillars: tuple[tuple[str, str], ...]
    leads: tuple[str, ...]
    all_count: int

    @property
    def is_part(self) -> bool:
        return bool(self.pillar or self.lead)


@dataclass(frozen=True)
class AttentionItem:
    """A target that needs attention. days_left: from the overview's day until it is due (negative: overdue); lowest:
    the areas furthest from it, each with whether its figure rests on too few agencies; pace: what is needed from now
    on, in words."""

    line: TargetResult
    days_left: int
    lowest: tuple[tuple[str, bool], ...]
    pace: str

    @property
    def is_near(self) -> bool:
        """True where it is due within a month, or overdue."""
        return self.days_left <= SOON_DAYS


@dataclass(frozen=True)
class AreaTile:
    """A cell of the tile map: no area (agency None), one that the reader may not see (judged None), or its figures:
    `good` of `judged` targets, `thin` of which rest on too few agencies. step: 1 to 5 is the colour, 0 where nothing is
    judged; is_thin: most of them rest on too few."""

    agency: AgencyRef | None = None
    good: int | None = None
    judged: int | None = None
    step: int = 0
    thin: int = 0
    is_thin: bool = False

    @property
    def share(self) -> Decimal | None:
        """The percentage of the judged targets that are good."""
        return Decimal(100 * (self.good or 0)) / self.judged if self.judged else None

    @property
    def says(self) -> str:
        """The text of a bar."""
        thin = f"; {formatting.number(self.thin)} chỉ tiêu chưa đủ số liệu" if self.thin else ""
        counts = f"{formatting.number(self.good or 0)} trên {formatting.number(self.judged or 0)}"
        return f"{counts} chỉ tiêu đạt hoặc đúng tiến độ{thin}"

    @property
    def name(self) -> str:
        """The name without the kind of unit: `Tân Hòa` of `H. Tân Hòa`."""
        kind, _, name = self.agency.short_name.partition(" ") if self.agency else ("", "", "")
        return name or kind


@dataclass(frozen=True)
class Missing:
    """The agencies that have sent nothing for the period. names: some of those that the reader may see, larger units
    first; communes, others: the numbers of those not named; days_over: since the deadline, negative before it;
    is_closed: the period is closed."""

    count: int
    names: tuple[str, ...]
    communes: int
    others: int
    days_over: int
    is_closed: bool

    @property
    def days_left(self) -> int:
        return -self.days_over


@dataclass(frozen=True)
class ProjectTally:
    """The plan's projects by their time: (due day, days left on the overview's day, number), ongoing, without a day;
    and by their status (`projects.status.ProjectCounts`)."""

    total: int
    by_due: tuple[tuple[dt.date, int, int], ...]
    ongoing: int
    undated: int
    standing: ProjectCounts
    summary: ProjectSummary


@dataclass(frozen=True)
class Overview:
    """The province as of a period on a basis, as far as a reader may see it.

    day: the day that projects are judged on: today, or the window's last day where another period has followed; ends_on:
    the plan's last day;
    due_soon: targets at risk that share the nearest due day; turns: targets whose status differs from the previous
    period's; areas: the words for those on the map; silent: no agency has a figure; thin: too few agencies have one;
    last_complete: the last earlier period with enough reports; risen, fallen: shares with the largest changes for the
    better and for the worse. Of a part of the targets (`narrowed`) everything about targets is of that part; the
    reporting and the projects are the whole
    plan's.
    """

    pillars: tuple[PillarLines, ...]
    tally: StatusCounts
    groups: tuple[StatusGroup, ...]
    due_soon: tuple[TargetResult, ...]
    turns: tuple[TargetResult, ...]
    risen: tuple[TargetResult, ...]
    fallen: tuple[TargetResult, ...]
    narrowed: Narrowed
    attention: tuple[AttentionItem, ...]
    silent: tuple[TargetResult, ...]
    thin: tuple[TargetResult, ...]
    missing: Missing | None
    reporting: PeriodReporting
    last_complete: ReportingPeriod | None
    tiles: tuple[AreaTile, ...]
    areas: str
    levels: tuple[LevelReporting, ...]
    missing_by_district: tuple[tuple[AgencyRef, int], ...]
    steadiest: tuple[Ranked, ...]
    least_punctual: tuple[Ranked, ...]
    own_record: Punctuality | None
    projects: ProjectTally
    freshness: Freshness
    today: dt.date
    day: dt.date
    ends_on: dt.date

    @property
    def is_past(self) -> bool:
        """True where another period has followed; then no days are counted down, save on the page without a period in its
        address, which looks at today."""
        return self.day < self.today

    @property
    def is_over(self) -> bool:
        """True where the plan's year is over; then no days are counted at all."""
        return self.ends_on < self.today

    @property
    def is_quiet(self) -> bool:
        """True where nothing needs attention."""
        return not (self.attention or self.silent or self.thin or self.missing)

    @property
    def lines(self) -> tuple[TargetResult, ...]:
        """All targets in the plan's order."""
        return tuple(line for pillar in self.pillars for line in pillar.lines)

    @property
    def line_count(self) -> int:
        return sum(len(pillar.lines) for pillar in self.pillars)

    @property
    def more_projects(self) -> int:
        """The number of late projects that are not named."""
        return max(self.projects.standing.late_count - MOST_PROJECTS, 0)

    @property
    def more_turns(self) -> int:
        """The number of turns that are not named."""
        return max(len(self.turns) - MOST_TURNS, 0)

    @property
    def area_count(self) -> int:
        return sum(tile.agency is not None for tile in self.tiles)

    @property
    def ranked_areas(self) -> list[AreaTile]:
        """The areas in place of a map that would have more than MOST_TILES, the lowest share first, those without any last;
        empty where a map shows them."""
        areas = [tile for tile in self.tiles if tile.agency is not None]
        if len(areas) <= MOST_TILES:
            return []
        return sorted(areas, key=lambda tile: (tile.share is None, tile.share or 0, -(tile.judged or 0)))

    @property
    def open_bars(self) -> list[AreaTile]:
        return self.ranked_areas[:OPEN_BARS]

    @property
    def more_bars(self) -> list[AreaTile]:
        return self.ranked_areas[OPEN_BARS:]

    @property
    def map_columns(self) -> int:
        return map_width(tile.agency for tile in self.tiles if tile.agency is not None)

    @property
    def hidden_areas(self) -> int:
        """The number of areas whose figures the reader may not see."""
        return sum(tile.agency is not None and tile.judged is None for tile in self.tiles)

    @property
    def soon_until(self) -> dt.date:
        """The last day of what counts as due soon."""
        return self.day + dt.timedelta(days=SOON_DAYS)


class AreaRow(NamedTuple):
    """The columns that are read of an area's rows."""

    agency_id: int
    target_id: int
    status: str
    value: Decimal | None
    is_judged: bool
    expected: int
    reported: int
    approved: int
    fresh: Decimal | None


def overview(selection: Selection, user: User, *, pillar: str = "", lead: str = "") -> Overview | None:
    """Return the overview of a selection for a reader; None for a pillar or a lead that does not exist. Eleven queries,
    whatever the number of agencies, targets and months.

    pillar: a code, lead: a name as in the choices; only their targets then.
    """
    plan, period, basis, today = selection.plan, selection.period, selection.basis, clock.today()
    at = moment(selection, today)
    periods = [p for p in selection.periods if p.number <= period.number]
    every = targets_of(plan, period.number)
    narrowed = _narrowed(every.values(), pillar, lead)
    if narrowed is None:
        return None
    targets = {
        pk: target
        for pk, target in every.items()
        if pillar in ("", target.pillar_code) and (not lead or lead in target.leads)
    }
    lines = list(province_results(plan, periods, basis, user, targets).values())

    agencies = timeliness.agencies_for(user, day=period.window_last)
    province = timeliness.province_in(agencies)
    areas = timeliness.areas_below(agencies, province)
    area_rows = [row for row in _area_rows(selection, user, areas) if row.target_id in targets]
    figures_due, sent = completeness.figures_due(plan, periods), completeness.sent_reports(periods)
    owed = completeness.agencies_of(figures_due)
    calendar = deadlines.read(periods)
    accepted = acceptances(plan, periods, agencies, figures_due, calendar, today)
    complete = [completeness.period_reporting(p, owed, sent, basis, plan.min_coverage) for p in periods]
    unsent = [agencies[pk] for pk in agencies if pk in owed[period.number] and (pk, period.number) not in sent]
    missing = None if narrowed.is_part else _missing(unsent, period, user, today)
    risen, fallen = _movers(lines)
    silent = tuple(line for line in lines if line.is_silent)
    thin = tuple(line for line in lines if line.is_thin)
    # Where the whole period lacks reports the page says so once, and not again for every target.
    room = MOST_ATTENTION - bool(silent) - bool(thin and complete[-1].is_complete) - (missing is not None)
    records = [
        timeliness.punctuality(agency, periods, owed, sent, accepted, calendar, today)
        for agency in agencies.values()
        if agency.seen and _is_ranked(agency, province, user)
    ]
    ranked = timeliness.league(records) if len(records) > 1 else []
    own_agency = timeliness.agency_with(agencies, user.agency_id)
    return Overview(
        pillars=_by_pillar(lines),
        tally=tally(lines),
        groups=_groups(lines),
        due_soon=_due_soon(lines, at.day),
        turns=_turns(lines),
        risen=risen,
        fallen=fallen,
        narrowed=narrowed,
        attention=_attention(selection, lines, area_rows, agencies, at.day, room),
        silent=silent,
        thin=thin,
        missing=missing,
        reporting=complete[-1],
        last_complete=next((c.period for c in reversed(complete[:-1]) if c.is_complete), None),
        tiles=_tiles(selection, areas, area_rows),
        areas=territory.words(areas),
        levels=timeliness.by_level(period, agencies, owed, sent),
        missing_by_district=()
        if period.is_ahead or not user.reads_everything
        else _missing_by_district(unsent, agencies),
        steadiest=tuple(ranked[:LEAGUE_ROWS]),
        least_punctual=_least_punctual(ranked),
        own_record=None
        if user.reads_everything or own_agency is None
        else timeliness.punctuality(own_agency, periods, owed, sent, accepted, calendar, today),
        projects=_projects(plan, at),
        freshness=freshness_of(plan),
        today=today,
        day=at.day,
        ends_on=plan.last_day,
    )


def _narrowed(targets: Collection[TargetLine], pillar: str, lead: str) -> Narrowed | None:
    """Return the filter of an overview; None for a pillar or a lead that is not among the choices."""
    pillars = tuple(dict.fromkeys((target.pillar_code, target.pillar_title) for target in targets))
    leads = tuple(sorted({name for target in targets for name in target.leads}, key=sort_key))
    if pillar not in ("", *(code for code, _ in pillars)) or lead not in ("", *leads):
        return None
    return Narrowed(pillar, lead, pillars, leads, len(targets))


def _movers(lines: Sequence[TargetResult]) -> tuple[tuple[TargetResult, ...], tuple[TargetResult, ...]]:
    """Return the percentages that changed most since the period before: for the better, for the worse."""
    moved = [(line.progress, line) for line in lines if line.progress and line.target.unit.startswith("%")]
    moved.sort(key=lambda pair: -pair[0])
    risen = tuple(line for progress, line in moved if progress > 0)[:MOST_MOVERS]
    fallen = tuple(line for progress, line in reversed(moved) if progress < 0)[:MOST_MOVERS]
    return risen, fallen


def _by_pillar(lines: Sequence[TargetResult]) -> tuple[PillarLines, ...]:
    by_pillar = defaultdict(list)
    for line in lines:
        by_pillar[line.target.pillar_code, line.target.pillar_title].append(line)
    return tuple(PillarLines(*pillar, tuple(lines), tally(lines)) for pillar, lines in by_pillar.items())


def _groups(lines: Sequence[TargetResult]) -> tuple[StatusGroup, ...]:
    def key(line: TargetResult) -> tuple:
        return line.need[:2], line.nothing or ""

    return tuple(
        StatusGroup(BY_NEED[need], nothing or None, tuple(group))
        for ((_, need), nothing), group in groupby(sorted(lines, key=key), key=key)
    )


def _due_soon(lines: Sequence[TargetResult], day: dt.date) -> tuple[TargetResult, ...]:
    """Return the targets at risk that are due within a month, those of the nearest day."""
    soon = [x for x in lines if x.status == Status.AT_RISK and is_soon(x.target.due, day)]
    nearest = min((line.target.due for line in soon), default=None)
    return tuple(line for line in soon if line.target.due == nearest)


def _turns(lines: Sequence[TargetResult]) -> tuple[TargetResult, ...]:
    """Return the judged targets whose status changed since the previous period, the worst first; a first figure is no
    change."""
    turned = [
        line
        for line in lines
        if line.is_judged
        and line.status_before not in (None, Status.NO_DATA, line.status)
        and line.status != Status.NO_DATA
    ]
    return tuple(sorted(turned, key=lambda line: NEED[line.status]))


def _attention(
    selection: Selection,
    lines: Sequence[TargetResult],
    areas: Sequence[AreaRow],
    agencies: Agencies,
    day: dt.date,
    most: int,
) -> tuple[AttentionItem, ...]:
    """Return the targets missed, at risk or behind, the soonest due first, each with the areas furthest from it."""
    bad = sorted((line for line in lines if line.is_bad), key=lambda line: (line.target.due, NEED[line.status]))
    return tuple(
        AttentionItem(
            line,
            (line.target.due - day).days,
            _lowest(selection, line.target, areas, agencies),
            pace_words(line.target, line, selection.period.window_last),
        )
        for line in bad[:most]
    )


def _lowest(
    selection: Selection, target: TargetLine, areas: Sequence[AreaRow], agencies: Agencies
) -> tuple[tuple[str, bool], ...]:
    """Return the short names of the areas furthest from a target, each with whether its figure rests on too few
    agencies; none unless several report it."""
    rows = [(row.value, row) for row in areas if row.target_id == target.pk and row.value is not None]
    if len(rows) <= LOWEST_AREAS:
        return ()
    rows.sort(key=lambda pair: pair[0], reverse=target.is_falling)
    return tuple((agencies[row.agency_id].short_name, _is_thin(selection, row)) for _, row in rows[:LOWEST_AREAS])


def _is_ranked(agency: AgencyRef, province: AgencyRef | None, user: User) -> bool:
    """Return whether the overview ranks an agency: for a reader of everything those directly below the province and the
    province itself, for others the communes."""
    if not user.reads_everything:
        return agency.level == Level.COMMUNE
    return province is not None and province.pk in (agency.pk, agency.parent_id)


def _area_rows(selection: Selection, user: User, areas: Sequence[AgencyRef]) -> list[AreaRow]:
    """Read the rows that represent the areas, as far as a reader may see them. One query."""
    rows = Rollup.objects.at(selection.period, selection.basis).visible_to(user).speaking()
    rows = rows.filter(agency__in=[ref.pk for ref in areas])
    return list(map(AreaRow._make, rows.values_list(*AreaRow._fields)))


def _tiles(selection: Selection, areas: Sequence[AgencyRef], rows: Sequence[AreaRow]) -> tuple[AreaTile, ...]:
    """Return the tile map, without counts of a period that is ahead; none where the reader sees no area."""
    counts: dict[int, Counter[Status]] = defaultdict(Counter)
    thin: dict[int, Counter[Status]] = defaultdict(Counter)
    for row in rows:
        judged = row.is_judged and not selection.period.is_ahead
        counts[row.agency_id][Status(row.status)] += judged
        thin[row.agency_id][Status(row.status)] += judged and _is_thin(selection, row)
    if not counts:
        return ()
    return tuple(_tile(agency, counts, thin) for agency in map_cells(areas))


def _is_thin(selection: Selection, row: AreaRow) -> bool:
    counted = row.approved if selection.basis == Basis.OFFICIAL else row.reported
    return is_thin(Status(row.status), is_low(counted, row.expected, selection.plan.min_coverage, row.fresh))


def _tile(
    agency: AgencyRef | None, counts: Mapping[int, Counter[Status]], thin: Mapping[int, Counter[Status]]
) -> AreaTile:
    if agency is None or agency.pk not in counts:
        return AreaTile(agency)
    tally = tally_counts(counts[agency.pk], thin[agency.pk])
    share = tally.good * 100 / tally.judged if tally.judged else None
    step = 0 if share is None else next(step for least, step in TILE_STEPS if share >= least)
    return AreaTile(agency, tally.good, tally.judged, step, tally.thin_count, tally.is_thin)


def _missing(unsent: Sequence[AgencyRef], period: ReportingPeriod, user: User, today: dt.date) -> Missing | None:
    """Return the agencies that have not sent the period's report, once its entry has opened."""
    if not unsent or today < period.opens_on:
        return None
    named = [
        agency for agency in unsent if agency.seen and (agency.level != Level.COMMUNE or not user.reads_everything)
    ]
    named = sorted(named, key=lambda agency: agency.level != Level.DISTRICT)[:MOST_NAMES]
    levels = Counter(agency.level for agency in unsent if agency not in named)
    return Missing(
        count=len(unsent),
        names=tuple(agency.place_name for agency in named),
        communes=levels[Level.COMMUNE],
        others=levels.total() - levels[Level.COMMUNE],
        days_over=(today - period.due_on).days,
        is_closed=today > period.closes_on,
    )


def _missing_by_district(unsent: Sequence[AgencyRef], agencies: Agencies) -> tuple[tuple[AgencyRef, int], ...]:
    """Return the districts with the most communes that sent nothing."""
    above = (agencies[agency.parent_id] for agency in unsent if agency.level == Level.COMMUNE and agency.parent_id)
    counts = Counter(agency.pk for agency in above if agency.level == Level.DISTRICT)
    return tuple((agencies[pk], count) for pk, count in counts.most_common(LOWEST_AREAS))


def _least_punctual(ranked: Sequence[Ranked]) -> tuple[Ranked, ...]:
    """Return the last of the league table, the worst first: only agencies with a figure that was not accepted on
    time, and none that is among the best."""
    return tuple(x for x in reversed(ranked[LEAGUE_ROWS:]) if x.record.merit > -1)[:LEAGUE_ROWS]


def _projects(plan: Plan, at: Moment) -> ProjectTally:
    """Count the plan's projects. Five queries at most."""
    statuses = standings(plan, at, brief=True)
    counts = Counter((one.project.is_ongoing, one.project.due) for one in statuses.values())
    days = sorted(due for _, due in counts if due is not None)
    return ProjectTally(
        total=sum(counts.values()),
        by_due=tuple((day, (day - at.day).days, counts[False, day]) for day in days),
        ongoing=counts.get((True, None), 0),
        undated=counts.get((False, None), 0),
        standing=tally_projects(statuses.values()),
        summary=summary(statuses.values()),
    )
