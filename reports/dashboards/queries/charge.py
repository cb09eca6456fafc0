"""A charge as its page shows it: its targets in the province, its projects, and the agencies that are behind."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from django.db.models import QuerySet

from agencies.models import Agency, Level, User
from core.formatting import fold
from core.forms import FilterChoice
from indicators.models import Charge
from indicators.selection import Selection
from indicators.targets.charges.queries import BehindAgency, agencies_behind
from projects.models import Project
from reports.dashboards.queries.target_rows import TargetResult, province_results, targets_of
from reports.models import Report, ReportState, ReportVersion, subject_of_charge

MOST_PUBLISHED = 5
# The filters by what an agency owes: name in the address, label.
REASONS = {
    "": "Tất cả",
    "chua-bao-cao": "Chưa báo cáo",
    "duoi-muc": "Dưới mức cần đạt",
    "chua-nhac": "Chưa nhắc",
}


@dataclass(frozen=True)
class BehindFilter:
    """The filters of the agencies that are behind; an empty text does not filter. reason: one of REASONS; area: the code of a
    district; target: the code of a target; text: a part of an agency's name or code."""

    reason: str = ""
    area: str = ""
    target: str = ""
    text: str = ""

    @property
    def query(self) -> str:
        """The filters as they follow the selection in addresses: `&vi-sao=duoi-muc`; empty without one."""
        names = {"vi-sao": self.reason, "dia-ban": self.area, "chi-tieu": self.target, "tim": self.text}
        query = urlencode({name: value for name, value in names.items() if value})
        return f"&{query}" if query else ""

    def holds(self, row: BehindAgency) -> bool:
        """Return whether an agency passes all filters but that of the reason."""
        area = _area_of(row.agency)
        if self.area and (area is None or area.code != self.area):
            return False
        if self.target and self.target not in _codes(row, self.reason):
            return False
        return fold(self.text) in fold(f"{row.agency.code} {row.agency.reporter_name} {row.agency.full_name}")


def _is_for(row: BehindAgency, reason: str) -> bool:
    """Return whether an agency passes a filter of REASONS."""
    passes = {"chua-bao-cao": row.unreported, "duoi-muc": row.under, "chua-nhac": row.can_be_reminded}
    return not reason or bool(passes[reason])


def _codes(row: BehindAgency, reason: str) -> set[str]:
    """Return the codes of the targets on which an agency is behind, of those that a filter of REASONS asks about."""
    unreported = {target.code for target in row.unreported} if reason != "duoi-muc" else set()
    under = {each.target.code for each in row.under} if reason != "chua-bao-cao" else set()
    return unreported | under


def _area_of(agency: Agency) -> Agency | None:
    """Return the district that an agency is or is under; None for those of the province."""
    if agency.level == Level.DISTRICT:
        return agency
    return agency.parent if agency.parent is not None and agency.parent.level == Level.DISTRICT else None


@dataclass(frozen=True)
class ChargeTargetRow:
    """A target of a charge with the province's result. unreported, under: the number of agencies without a report, and
    of those under the required line."""

    line: TargetResult
    unreported: int
    under: int


@dataclass(frozen=True)
class ChargePart:
    """The targets of one part of a charge."""

    title: str
    rows: tuple[ChargeTargetRow, ...]


@dataclass(frozen=True)
class LevelBehind:
    """The agencies of one level that are behind and that the reader may see, those behind on most first."""

    title: str
    rows: tuple[BehindAgency, ...]


@dataclass(frozen=True)
class ChargeOverview:
    """A charge as of a period, for one reader. levels: what the reader may see of the agencies that are behind and that pass
    the filters; visible_count: without filters; unreminded_count: those of them that were not reminded in the period yet; the
    other numbers count all agencies; twice_count: those counted in both; in_full: the reader sees every agency; published:
    its newest published reports; reasons, areas, targets: the choices of the filters."""

    parts: tuple[ChargePart, ...]
    levels: tuple[LevelBehind, ...]
    projects: tuple[Project, ...]
    in_full: bool
    behind_count: int
    unreported_count: int
    under_count: int
    twice_count: int
    visible_count: int
    unreminded_count: int
    reasons: tuple[FilterChoice, ...]
    areas: tuple[FilterChoice, ...]
    targets: tuple[FilterChoice, ...]
    published: tuple[ReportVersion, ...]

    @property
    def target_count(self) -> int:
        return sum(len(part.rows) for part in self.parts)

    @property
    def behind(self) -> list[BehindAgency]:
        return [row for level in self.levels for row in level.rows]

    @property
    def may_be_reminded(self) -> bool:
        """True where one of the agencies listed was not reminded in the period yet."""
        return any(row.can_be_reminded for row in self.behind)


def charge_overview(
    selection: Selection, charge: Charge, user: User, chosen: BehindFilter = BehindFilter()
) -> ChargeOverview:
    """Return a charge as of the selected period for a reader: everybody may know how the province stands, and how many
    agencies are behind; which ones, as far as the reader may see them and the filters leave them. Ten queries."""
    targets = targets_of(selection.plan, selection.period.number)
    if charge.covers_plan:
        parts = {pk: f"{target.pillar_code}. {target.pillar_title}" for pk, target in targets.items()}
    else:
        parts = dict(charge.links.values_list("target_id", "part"))
        targets = {pk: target for pk, target in targets.items() if pk in parts}
    periods = [each for each in selection.periods if each.number <= selection.period.number]
    lines = province_results(selection.plan, periods, selection.basis, user, targets)
    behind = agencies_behind(charge, selection.period, selection.basis, reader=user)
    unreported = Counter(target.pk for row in behind for target in row.unreported)
    under = Counter(each.target.pk for row in behind for each in row.under)
    in_full = charge.is_read_in_full_by(user)
    visible = behind if in_full else _visible(behind, user)
    matching = [row for row in visible if chosen.holds(row)]
    by_part: dict[str, list[ChargeTargetRow]] = {}
    for pk, line in lines.items():
        by_part.setdefault(parts[pk], []).append(ChargeTargetRow(line, unreported[pk], under[pk]))
    return ChargeOverview(
        parts=tuple(ChargePart(title, tuple(rows)) for title, rows in by_part.items()),
        levels=_levels([row for row in matching if _is_for(row, chosen.reason)]),
        projects=tuple(charge.projects.select_related("section").order_by("section__position", "number")),
        in_full=in_full,
        behind_count=len(behind),
        unreported_count=sum(bool(row.unreported) for row in behind),
        under_count=sum(bool(row.under) for row in behind),
        twice_count=sum(row.is_behind_twice for row in behind),
        visible_count=len(visible),
        unreminded_count=sum(row.can_be_reminded for row in visible),
        reasons=tuple(
            FilterChoice(code, label, sum(_is_for(row, code) for row in matching)) for code, label in REASONS.items()
        ),
        areas=_areas(visible),
        targets=_target_choices(visible, lines.values()),
        published=tuple(_published(charge, user)[:MOST_PUBLISHED]),
    )


def _visible(behind: Sequence[BehindAgency], user: User) -> list[BehindAgency]:
    """Return those of the agencies that a user may see. One query."""
    agencies = Agency.objects.filter(pk__in=[row.agency.pk for row in behind])
    visible = set(agencies.visible_to(user).values_list("pk", flat=True))
    return [row for row in behind if row.agency.pk in visible]


def _areas(rows: Iterable[BehindAgency]) -> tuple[FilterChoice, ...]:
    """Return the districts of the agencies, in the order of the tree."""
    areas = [area for row in rows if (area := _area_of(row.agency)) is not None]
    counts = Counter(area.code for area in areas)
    names = {area.code: area.short_name for area in areas}
    return tuple(FilterChoice(code, name, counts[code]) for code, name in names.items())


def _target_choices(rows: Iterable[BehindAgency], lines: Iterable[TargetResult]) -> tuple[FilterChoice, ...]:
    """Return the targets on which one of the agencies is behind, in the plan's order."""
    counts = Counter(code for row in rows for code in _codes(row, ""))
    targets = [line.target for line in lines]
    return tuple(FilterChoice(one.code, one.code, counts[one.code]) for one in targets if counts[one.code])


def _published(charge: Charge, user: User) -> QuerySet[ReportVersion]:
    """Return the published reports of a charge that a user may open, the newest first."""
    reports = Report.objects.visible_to(user).filter(plan=charge.plan_id, subject=subject_of_charge(charge))
    versions = ReportVersion.objects.filter(report__in=reports, state=ReportState.PUBLISHED)
    return versions.select_related("report").defer("ledger", "snapshot").order_by("-published_at", "-pk")


def _levels(behind: Iterable[BehindAgency]) -> tuple[LevelBehind, ...]:
    order = list(Level)
    ordered = sorted(behind, key=lambda row: (order.index(Level(row.agency.level)), -row.count))
    return tuple(
        LevelBehind(Level(level).label, tuple(rows))
        for level, rows in groupby(ordered, key=lambda row: row.agency.level)
    )
