"""A charge as its page shows it: its targets in the province, its projects, and the agencies that are behind."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import QuerySet

from agencies.models import Agency, Level, User
from indicators.models import Charge
from indicators.selection import Selection
from indicators.targets.charges.queries import BehindAgency, agencies_behind
from projects.models import Project
from reports.dashboards.queries.target_rows import TargetResult, province_results, targets_of
from reports.models import Report, ReportState, ReportVersion, subject_of_charge

MOST_PUBLISHED = 5


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
    """A charge as of a period, for one reader. levels: what the reader may see of the agencies that are behind; the numbers
    count them all; twice_count: those counted in both; in_full: the reader sees every agency; published: its newest
    published reports."""

    parts: tuple[ChargePart, ...]
    levels: tuple[LevelBehind, ...]
    projects: tuple[Project, ...]
    in_full: bool
    behind_count: int
    unreported_count: int
    under_count: int
    twice_count: int
    published: tuple[ReportVersion, ...]

    @property
    def target_count(self) -> int:
        return sum(len(part.rows) for part in self.parts)

    @property
    def behind(self) -> list[BehindAgency]:
        return [row for level in self.levels for row in level.rows]

    @property
    def unreminded(self) -> int:
        """The number of agencies that are behind and were not reminded in the period yet."""
        return sum(row.can_be_reminded for row in self.behind)


def charge_overview(selection: Selection, charge: Charge, user: User) -> ChargeOverview:
    """Return a charge as of the selected period for a reader: everybody may know how the province stands, and how many
    agencies are behind; which ones, as far as the reader may see them. Ten queries."""
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
    by_part: dict[str, list[ChargeTargetRow]] = {}
    for pk, line in lines.items():
        by_part.setdefault(parts[pk], []).append(ChargeTargetRow(line, unreported[pk], under[pk]))
    return ChargeOverview(
        parts=tuple(ChargePart(title, tuple(rows)) for title, rows in by_part.items()),
        levels=_levels(visible),
        projects=tuple(charge.projects.select_related("section").order_by("section__position", "number")),
        in_full=in_full,
        behind_count=len(behind),
        unreported_count=sum(bool(row.unreported) for row in behind),
        under_count=sum(bool(row.under) for row in behind),
        twice_count=sum(row.is_behind_twice for row in behind),
        published=tuple(_published(charge, user)[:MOST_PUBLISHED]),
    )


def _visible(behind: Sequence[BehindAgency], user: User) -> list[BehindAgency]:
    """Return those of the agencies that a user may see. One query."""
    agencies = Agency.objects.filter(pk__in=[row.agency.pk for row in behind])
    visible = set(agencies.visible_to(user).values_list("pk", flat=True))
    return [row for row in behind if row.agency.pk in visible]


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
