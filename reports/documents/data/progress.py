"""The figures of reports: the province's, or one agency's. Queries in, frozen dataclasses out; their sentences are in
`text.figures` and `text.formal`."""

import datetime as dt
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum

from agencies import territory
from agencies.as_of import AsOf
from agencies.models import Agency, Level, User
from agencies.roles import Role
from core import clock
from core.installation.queries import current
from indicators.models import Actual, Basis, Indicator, Plan, ReportingPeriod, Rollup, Scope
from indicators.periods import completeness, deadlines
from indicators.periods.completeness import Owed, PeriodReporting, SentReports
from indicators.rules.nothing import Nothing
from indicators.rules.status import BY_MERIT, JUDGED_BY_MERIT, Status
from reports.dashboards.queries import timeliness
from reports.dashboards.queries.acceptance import acceptances
from reports.dashboards.queries.target_rows import (
    RollupRow,
    StatusCounts,
    TargetResult,
    line_of,
    read_rows,
    tallies,
    tally,
    targets_of,
)
from reports.dashboards.queries.timeliness import Agencies, AgencyRef, LevelReporting, Punctuality
from reports.documents.data.place_names import is_commemorative
from reports.documents.request import ReportRequest

# An agency's punctuality, and the state of its report of each period.
Record = tuple[Punctuality, list[str | None]]
PEOPLES_COMMITTEES = (Level.PROVINCE, Level.DISTRICT, Level.COMMUNE)


@dataclass(frozen=True)
class Issuer:
    """The issuer of the document, for its head and its signature block (Decree 30/2020/NĐ-CP, annex I). above: the
    superior agency, empty for a People's Committee."""

    name: str
    above: str
    symbol: str
    place: str
    is_committee: bool


@dataclass(frozen=True)
class PillarPart:
    """The targets of one pillar, in the plan's order, counted by status; tally: only those that have a threshold."""

    code: str
    title: str
    lines: Sequence[TargetResult]
    counts: Sequence[int]
    tally: StatusCounts


@dataclass(frozen=True)
class ChildRow:
    """An area directly below the report's: its judged targets, and the reports of its branch."""

    agency: AgencyRef
    tally: StatusCounts
    sent: int
    owed: int

    @property
    def counts(self) -> list[int]:
        """The judged targets by status, in the order of the annex's columns."""
        return [self.tally[status] for status in JUDGED_BY_MERIT]


@dataclass(frozen=True)
class ProgressReport:
    """An agency as of a period on a basis. bad: targets missed, at risk or behind, by need; state: of the agency's own
    report; unsent: those of its branch that have a report due and sent none; in_period: (ΣN, ΣD, Σ value) that was
    entered for the report period's own months, by the target that adds up over the year; is_closed: no report is taken
    any more."""

    plan: Plan
    period: ReportingPeriod
    previous: ReportingPeriod | None
    basis: Basis
    agency: Agency
    issuer: Issuer
    pillars: Sequence[PillarPart]
    indicator_count: int
    tally: StatusCounts
    bad: Sequence[TargetResult]
    reporting: PeriodReporting
    levels: Sequence[LevelReporting]
    state: str | None
    unsent: Sequence[AgencyRef]
    is_over: bool
    is_closed: bool
    children: Sequence[ChildRow]
    in_period: Mapping[int, tuple[Decimal | None, Decimal | None, Decimal | None]]
    period_title: str

    @property
    def is_province(self) -> bool:
        return self.agency.level == Level.PROVINCE

    @property
    def areas(self) -> str:
        """The words for the areas directly below the report's."""
        return territory.words(row.agency for row in self.children)

    @property
    def lines(self) -> list[TargetResult]:
        return [line for pillar in self.pillars for line in pillar.lines]

    @property
    def redefined(self) -> list[str]:
        """`I.13 theo định nghĩa lần 2, từ 05/09/2026`: the targets that are judged by a later definition than the
        plan's first."""
        return [f"{line.target.code} theo {line.target.redefined}" for line in self.lines if line.target.redefined]

    @property
    def without_value(self) -> list[Nothing]:
        """The reasons why targets have no value."""
        present = {line.nothing or Nothing.SILENT for line in self.lines if line.status == Status.NO_DATA}
        return [nothing for nothing in Nothing if nothing in present]

    @property
    def counts(self) -> list[int]:
        """All targets by status, in the order of BY_MERIT."""
        return [sum(column) for column in zip(*(pillar.counts for pillar in self.pillars), strict=True)]


def build(request: ReportRequest, user: User) -> ProgressReport:
    """Return the figures of a report for a reader who may read its subject. Eleven queries, whatever the number of
    agencies and targets."""
    plan, period, subject = request.plan, request.period, request.subject
    lines = [line for line in _lines(request, user) if subject.targets is None or line.target.pk in subject.targets]
    day = period.window_last
    refs = timeliness.agencies_for(user, subject.reporters(day), day)
    agency = AsOf(day).of(subject.agency)
    owed, sent = completeness.owing(plan, [period], refs), completeness.sent_reports([period], refs)
    own_deadlines = deadlines.of(agency, period)
    by_pillar: dict[tuple[str, str], list[TargetResult]] = defaultdict(list)
    for line in lines:
        by_pillar[line.target.pillar_code, line.target.pillar_title].append(line)
    today = clock.today()
    return ProgressReport(
        plan=plan,
        period=period,
        previous=request.previous,
        basis=request.basis,
        agency=agency,
        issuer=issuer_of(agency, plan),
        pillars=[
            PillarPart(code, title, pillar_lines, _counts(pillar_lines), tally(pillar_lines))
            for (code, title), pillar_lines in by_pillar.items()
        ],
        indicator_count=Indicator.objects.filter(targets__in=[line.target.pk for line in lines]).distinct().count(),
        tally=tally(lines),
        bad=sorted((line for line in lines if line.is_bad), key=lambda line: line.need),
        reporting=completeness.period_reporting(period, owed, sent, request.basis, plan.min_coverage),
        levels=timeliness.by_level(period, refs, owed, sent),
        state=timeliness.state_of(
            sent.get((agency.pk, period.number)), own_deadlines.due_on, agency.pk in owed[period.number], today
        ),
        unsent=[ref for ref in refs.values() if ref.pk in owed[period.number] and (ref.pk, period.number) not in sent],
        is_over=today > own_deadlines.due_on,
        is_closed=today > own_deadlines.closes_on,
        children=_children(request, user, refs, owed, sent),
        in_period=_in_period(request, lines),
        period_title=request.report_period.title,
    )


def records(request: ReportRequest, refs: Agencies, today: dt.date) -> list[Record]:
    """Return (`Punctuality`, state by period) of every agency that had a report due in one of the report period's
    months, in the order of the tree. Five queries."""
    periods = request.report_period.own
    figures_due = completeness.figures_due(request.plan, periods, refs)
    owed, sent = completeness.agencies_of(figures_due), completeness.sent_reports(periods, refs)
    calendar = deadlines.read(periods, refs)
    accepted = acceptances(request.plan, periods, refs, figures_due, calendar, today)
    return [
        (
            timeliness.punctuality(ref, periods, owed, sent, accepted, calendar, today),
            timeliness.states_of(ref, periods, owed, sent, calendar, today),
        )
        for pk, ref in refs.items()
        if any(pk in owed[p.number] for p in periods)
    ]


def standing_agency() -> Agency | None:
    """Return the standing agency; None where nobody holds its role outside the province's own committee. One query."""
    standing = Agency.objects.filter(users__user_roles__role=Role.STANDING).exclude(level=Level.PROVINCE)
    return standing.select_related("parent").in_order().first()


def issuer_of(agency: Agency, plan: Plan) -> Issuer:
    """Return head and signature of an agency's document. A People's Committee has no superior agency over its name."""
    is_committee = agency.level in PEOPLES_COMMITTEES
    name = current().named_now(plan.issuer) if agency.level == Level.PROVINCE else agency.name
    above = "" if is_committee or agency.parent is None else agency.parent.name
    return Issuer(
        name=name,
        above=above,
        symbol="BC-UBND" if is_committee else f"BC-{_abbreviation(agency)}",
        place=_place(above or name),
        is_committee=is_committee,
    )


def _abbreviation(agency: Agency) -> str:
    """Return an agency's code in capitals, with the Đ of its name: SGDĐT for sgddt."""
    code, initials = agency.code.upper(), iter(_initials(agency.name))
    letters = [next((one for one in initials if _plain(one) == letter), "") for letter in code]
    return "".join(letters) if all(letters) else code


def _initials(name: str) -> list[str]:
    return [syllable[0].upper() for syllable in re.findall(r"[^\W\d_]+", name)]


def _plain(letter: str) -> str:
    """Return a letter without its marks: D for Đ, U for Ủ."""
    return unicodedata.normalize("NFD", letter.replace("Đ", "D"))[0]


def _place(name: str) -> str:
    """Return `Hoa Lâm` for `UBND tỉnh Hoa Lâm`; a place that is named after a person, an event or by a number with its
    kind: `Phường Nguyễn Trãi`, `Quận 1` (Decree 30/2020/NĐ-CP, annex I)."""
    seat = name.removeprefix("UBND ")
    kind = next((kind for kind in ("tỉnh", *territory.KINDS) if seat.startswith(f"{kind} ")), "")
    bare = seat.removeprefix(f"{kind} ")
    return f"{seat[:1].upper()}{seat[1:]}" if kind and is_commemorative(bare) else bare


def _counts(lines: Sequence[TargetResult]) -> list[int]:
    counts = Counter(line.status for line in lines)
    return [counts[status] for status in BY_MERIT]


def _lines(request: ReportRequest, user: User) -> list[TargetResult]:
    """Return the subject's targets in the plan's order. Three queries."""
    targets, agency = targets_of(request.plan, request.period.number), request.subject.agency
    periods = [p for p in request.periods if p.number <= request.period.number]
    rollups = Rollup.objects.visible_to(user).filter(
        target__in=targets,
        basis=request.basis,
        scope=request.subject.scope,
        agency=agency,
        period__in=[p.pk for p in periods],
    )
    rows: dict[int, dict[int, RollupRow]] = defaultdict(dict)
    for row in read_rows(rollups):
        rows[row.target_id][row.period_id] = row
    every = agency.level == Level.PROVINCE
    return [
        line_of(target, rows[pk], periods, request.basis, request.plan.min_coverage, request.previous)
        for pk, target in targets.items()
        if every or request.period.pk in rows[pk]
    ]


def _in_period(
    request: ReportRequest, lines: Sequence[TargetResult]
) -> dict[int, tuple[Decimal | None, Decimal | None, Decimal | None]]:
    """Return what was entered for the report period's own months (*trong kỳ*), each by the tree of its own last day.
    One query."""
    flows = [line.target.pk for line in lines if line.target.is_cumulative]
    entered = Q()
    for period in request.report_period.own:
        agencies = request.subject.reporters(period.window_last).values("pk")
        entered |= Q(submission__period=period, submission__agency__in=agencies)
    figures = Actual.objects.on(request.basis).filter(entered, target__in=flows)
    sums = figures.values_list("target").annotate(Sum("numerator"), Sum("denominator"), Sum("value"))
    return {target: (numerator, denominator, value) for target, numerator, denominator, value in sums}


def _children(request: ReportRequest, user: User, refs: Agencies, owed: Owed, sent: SentReports) -> list[ChildRow]:
    """Return the areas directly below the province or a district; none for others. One query."""
    if request.subject.scope != Scope.AREA:
        return []
    children = territory.children(refs.values(), request.subject.agency.pk)
    judged = Rollup.objects.at(request.period, request.basis).visible_to(user).speaking()
    judged = judged.filter(agency__in=[ref.pk for ref in children])
    counted = tallies(judged, request.basis, request.plan.min_coverage)
    number = request.period.number
    branches = {ref.pk: [r.pk for r in refs.values() if ref.pk in (r.pk, r.parent_id)] for ref in children}
    rows = []
    for ref in children:
        owing = [pk for pk in branches[ref.pk] if pk in owed[number]]
        sent_count = sum(sent[pk, number].counts for pk in owing if (pk, number) in sent)
        rows.append(ChildRow(ref, counted[ref.pk], sent_count, len(owing)))
    return rows
