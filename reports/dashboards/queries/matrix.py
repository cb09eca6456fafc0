"""Agencies × targets as of a period, and the same figures one by one for files and comparisons.

A district is represented by its whole area, as on its page; every other agency by its own figure (decision 0130).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet

from agencies.models import Level, User
from core import formatting
from indicators.models import Basis, ReportingPeriod, Rollup, Scope, Target
from indicators.rollups import absences
from indicators.rollups.results import RollupResult
from indicators.rules.nothing import Nothing, nothing_of
from indicators.rules.status import BAD, GOOD, Status, is_low, is_small_sample
from indicators.selection import Selection
from reports.dashboards.queries import timeliness
from reports.dashboards.queries.league_table import LEVELS
from reports.dashboards.queries.target_rows import Freshness, TargetLine, freshness_of, targets_of
from reports.dashboards.queries.timeliness import Agencies, AgencyRef

ALL, UPPER = "tat-ca", "tinh-huyen"
GROUP_NAMES = {
    ALL: "Tất cả cơ quan, đơn vị",
    UPPER: "Sở, ban, ngành và cấp huyện",
    **{name: level.label for name, level in LEVELS.items()},
}
# The highlights: name in the address → label, and the statuses.
EMPHASES = {
    "": ("Mọi trạng thái", frozenset(Status)),
    "xau": ("Chỉ cần chú ý, nguy cơ, không đạt", BAD),
    "trong": ("Chỉ chưa có số liệu", frozenset({Status.NO_DATA})),
}
SORTS = {
    "thu-tu": "Theo thứ tự của kế hoạch",
    "can-chu-y": "Cần tập trung trước",
    "tot": "Tốt nhất trước",
    "ten": "Theo tên",
}


@dataclass(frozen=True, kw_only=True)
class Cell(RollupResult):
    """A target at an agency. A cell of an exempt agency has only the reason why there is no value."""

    agency_id: int
    target_id: int

    @property
    def is_silent(self) -> bool:
        """True where a figure was due and there is none."""
        return self.nothing in (Nothing.SILENT, Nothing.RETURNED)


class CellRow(NamedTuple):
    """The columns that are read of a roll-up row."""

    scope: str
    agency_id: int
    target_id: int
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    is_judged: bool
    required: Decimal | None
    status: str
    due_held: bool | None
    fresh: Decimal | None
    expected: int
    reported: int
    approved: int
    stale: bool


# By agency and target.
Cells = Mapping[int, dict[int, Cell]]


@dataclass(frozen=True)
class MatrixRow:
    """An agency: `good` of `judged` targets that the reader sees, `bad` of them missed, at risk or behind. whole: the
    reader sees all of its targets (else only those that the reader leads)."""

    agency: AgencyRef
    good: int
    bad: int
    judged: int
    whole: bool

    @property
    def name(self) -> str:
        """The name of the agency or area whose figures they are."""
        return "Toàn tỉnh" if self.agency.level == Level.PROVINCE else self.agency.place_name

    @property
    def share(self) -> Decimal | None:
        """The percentage of the judged targets that are good."""
        return Decimal(100 * self.good) / self.judged if self.judged else None


@dataclass(frozen=True)
class Matrix:
    """The matrix of a group, as far as a reader may see it. targets: its columns; rows: its agencies, in order, without
    the whole province; led: the targets that a lead agency sees everywhere."""

    group: str
    groups: tuple[tuple[str, str], ...]
    pillars: tuple[tuple[str, str], ...]
    targets: tuple[TargetLine, ...]
    rows: tuple[MatrixRow, ...]
    province: MatrixRow | None
    led: frozenset[int]
    freshness: Freshness

    @property
    def group_name(self) -> str:
        return dict(self.groups)[self.group]

    @property
    def has_hidden(self) -> bool:
        """True where there are cells that the reader may not see."""
        return any(not row.whole for row in self.rows)

    @property
    def spans(self) -> list[tuple[str, str, int]]:
        """(code, title, number of columns) of each pillar shown."""
        counts = Counter((target.pillar_code, target.pillar_title) for target in self.targets)
        return [(*pillar, count) for pillar, count in counts.items()]

    def is_hidden(self, row: MatrixRow, target: TargetLine) -> bool:
        """Return whether a cell without a figure is one that the reader may not see, and not one that is not
        assigned."""
        return not row.whole and target.pk not in self.led


def matrix(
    selection: Selection, user: User, *, group: str = "", pillar: str = "", sort: str = "thu-tu"
) -> Matrix | None:
    """Return the matrix of a group; None for a group, a pillar or an order that does not exist or that the reader may
    not see. Six queries, seven for a lead agency, whatever the number of agencies and targets.

    group: a key of GROUP_NAMES, or a district's code for the district with its communes; empty: the default for the
    reader.
    """
    targets = targets_of(selection.plan, selection.period.number)
    pillars = {target.pillar_code: target.pillar_title for target in targets.values()}
    if sort not in SORTS or (pillar and pillar not in pillars):
        return None
    shown = tuple(target for target in targets.values() if pillar in ("", target.pillar_code))
    agencies = timeliness.agencies_for(user, day=selection.period.window_last)
    counts = _counts(selection, user, shown)
    rows = [_row(ref, counts[pk], user, agencies) for pk, ref in agencies.items() if pk in counts]
    province = next((row for row in rows if row.agency.level == Level.PROVINCE), None)
    rows = [row for row in rows if row is not province]
    groups = _groups(rows)
    group = group or next(name for name, _ in groups[::-1] if name in (UPPER, ALL))
    if group not in dict(groups):
        return None
    members = [row for row in rows if _belongs(row.agency, group, agencies)]
    return Matrix(
        group=group,
        groups=groups,
        pillars=tuple(pillars.items()),
        targets=shown,
        rows=tuple(_ordered(members, sort)),
        province=province,
        led=_led(user, [row for row in rows if not row.whole]),
        freshness=freshness_of(selection.plan),
    )


def cells_of(
    selection: Selection,
    user: User,
    targets: Iterable[TargetLine],
    rows: Iterable[MatrixRow],
    away: absences.Absences | None = None,
) -> Cells:
    """Return the figures of some agencies by agency and target, and the exemptions. Five queries at most, six for a
    lead agency. away: the absences of the period, where they were read already."""
    official, is_ahead = selection.basis == Basis.OFFICIAL, selection.period.is_ahead
    targets = list(targets)
    kinds, refs = {target.pk: target.kind for target in targets}, [row.agency for row in rows]
    counts = absences.counts_of(targets)
    away = away or absences.read(selection.period, targets=kinds, counts=counts, basis=selection.basis)
    cells = _exempt(user, refs, away)
    read = speaking(selection, user, targets).filter(agency__in=[ref.pk for ref in refs])
    for row in map(CellRow._make, read.values_list(*CellRow._fields)):
        nothing = nothing_of(
            kinds[row.target_id],
            value=row.value,
            numerator=row.numerator,
            expected=row.expected,
            reported=row.reported,
            is_ahead=is_ahead,
            is_returned=row.scope == Scope.OWN and (row.agency_id, row.target_id) in away.returned,
        )
        counted = row.approved if official else row.reported
        cells[row.agency_id][row.target_id] = Cell(
            agency_id=row.agency_id,
            target_id=row.target_id,
            value=row.value,
            numerator=row.numerator,
            denominator=row.denominator,
            is_judged=row.is_judged,
            required=row.required,
            status=Status.NO_DATA if nothing else Status(row.status),
            nothing=nothing,
            due_held=row.due_held,
            fresh=row.fresh,
            counted=counted,
            expected=row.expected,
            reported=row.reported,
            approved=row.approved,
            stale=row.stale,
            low_coverage=is_low(counted, row.expected, selection.plan.min_coverage, row.fresh),
            is_ahead=is_ahead,
            is_small=row.scope == Scope.OWN and is_small_sample(kinds[row.target_id], row.denominator),
            states_nothing=row.scope == Scope.OWN and away.states_nothing(row.agency_id, row.target_id, row.value),
        )
    return cells


def _exempt(user: User, refs: Sequence[AgencyRef], away: absences.Absences) -> dict[int, dict[int, Cell]]:
    """Return the cells of exempt agencies, as far as the reader may see them; a district's whole area has the figures
    of other agencies where there are any. One query where one of them is not the reader's own and the reader leads a
    target."""
    led = _led(user, [ref for ref in refs if not ref.seen])
    shown = {ref.pk for ref in refs if ref.seen}
    among = {ref.pk for ref in refs}
    cells: dict[int, dict[int, Cell]] = defaultdict(dict)
    for agency, target in away.exempt:
        if agency in among and (agency in shown or target in led):
            cells[agency][target] = Cell(agency_id=agency, target_id=target, nothing=Nothing.EXEMPT, is_asked=False)
    return cells


def speaking(
    selection: Selection, user: User, targets: Iterable[TargetLine], periods: Sequence[ReportingPeriod] | None = None
) -> QuerySet[Rollup]:
    """Return the roll-up rows that represent their agency and that a reader may see, as of the period (or of each of
    `periods`)."""
    months = [period.pk for period in periods or [selection.period]]
    rows = Rollup.objects.filter(target__in=[target.pk for target in targets], period__in=months, basis=selection.basis)
    return rows.speaking().visible_to(user)


def _counts(selection: Selection, user: User, targets: Iterable[TargetLine]) -> dict[int, Counter[Status]]:
    """Count each agency's judged targets by status, none of a period that is ahead; agencies without any row are left
    out. One query."""
    counts: dict[int, Counter[Status]] = defaultdict(Counter)
    rows = speaking(selection, user, targets).order_by().values_list("agency_id", "status")
    for agency, status, judged in rows.annotate(Count("required")):
        counts[agency][Status(status)] += 0 if selection.period.is_ahead else judged
    return counts


def _row(ref: AgencyRef, counts: Counter[Status], user: User, agencies: Agencies) -> MatrixRow:
    own_agency = timeliness.agency_with(agencies, user.agency_id)
    whole = ref.seen or ref.level == Level.PROVINCE or (own_agency is not None and ref.pk == own_agency.parent_id)
    return MatrixRow(
        agency=ref,
        good=sum(counts[status] for status in GOOD),
        bad=sum(counts[status] for status in BAD),
        judged=counts.total(),
        whole=whole,
    )


def _groups(rows: Sequence[MatrixRow]) -> tuple[tuple[str, str], ...]:
    """Return the groups that a reader may choose among: those with an agency that the reader sees."""
    present = {row.agency.level for row in rows}
    names = [ALL]
    if Level.DISTRICT in present and present & {Level.DEPARTMENT, Level.OTHER} and Level.COMMUNE in present:
        names.append(UPPER)
    names += [name for name, level in LEVELS.items() if level in present]
    parents = {row.agency.parent_id for row in rows if row.agency.level == Level.COMMUNE}
    districts = [row.agency for row in rows if row.agency.level == Level.DISTRICT and row.agency.pk in parents]
    return (
        *((name, GROUP_NAMES[name]) for name in names),
        *((ref.code, f"{ref.short_name} và các xã") for ref in districts),
    )


def _belongs(ref: AgencyRef, group: str, agencies: Agencies) -> bool:
    if group == ALL:
        return True
    if group == UPPER:
        return ref.level != Level.COMMUNE
    if group in LEVELS:
        return ref.level == LEVELS[group]
    parent = timeliness.agency_with(agencies, ref.parent_id)
    return ref.code == group or (parent is not None and parent.code == group)


def _ordered(rows: Sequence[MatrixRow], sort: str) -> list[MatrixRow]:
    """Sort rows by level, districts first and communes last, and within a level in the chosen order."""
    levels = (Level.DISTRICT, Level.DEPARTMENT, Level.OTHER, Level.COMMUNE)
    within: Callable[[MatrixRow], Any] = {
        "thu-tu": lambda row: 0,
        "can-chu-y": lambda row: (-row.bad, row.share is None, row.share or 0),
        "tot": lambda row: (row.share is None, -(row.share or 0), row.bad),
        "ten": lambda row: formatting.sort_key(row.agency.place_name),
    }[sort]
    return sorted(rows, key=lambda row: (levels.index(row.agency.level), within(row)))


def _led(user: User, strangers: Sequence[MatrixRow | AgencyRef]) -> frozenset[int]:
    """Return the targets that a reader sees at every agency as their lead. One query where there are rows that the
    reader would not see otherwise."""
    if not strangers or user.agency is None:
        return frozenset()
    return frozenset(Target.objects.led_by(user.agency).values_list("pk", flat=True))
