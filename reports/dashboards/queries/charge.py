"""A charge as its page shows it: its targets in the province, its projects, and the agencies that are behind."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from agencies.models import Level, User
from indicators.models import Charge
from indicators.selection import Selection
from indicators.targets.charges.queries import BehindAgency, agencies_behind
from projects.models import Project
from reports.dashboards.queries.target_rows import TargetResult, province_results, targets_of


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
    """The agencies of one level that are behind, those behind on most first."""

    title: str
    rows: tuple[BehindAgency, ...]


@dataclass(frozen=True)
class ChargeOverview:
    """A charge as of a period."""

    parts: tuple[ChargePart, ...]
    levels: tuple[LevelBehind, ...]
    projects: tuple[Project, ...]

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

    @property
    def unreported_count(self) -> int:
        """The number of agencies that have not reported something."""
        return sum(bool(row.unreported) for row in self.behind)

    @property
    def under_count(self) -> int:
        """The number of agencies with a figure under the required line."""
        return sum(bool(row.under) for row in self.behind)


def charge_overview(selection: Selection, charge: Charge, user: User) -> ChargeOverview:
    """Return a charge as of the selected period; the caller has checked that the user may open it. Nine queries."""
    parts = dict(charge.links.values_list("target_id", "part"))
    targets = {pk: target for pk, target in targets_of(selection.plan, selection.period.number).items() if pk in parts}
    periods = [each for each in selection.periods if each.number <= selection.period.number]
    lines = province_results(selection.plan, periods, selection.basis, user, targets)
    behind = agencies_behind(charge, selection.period, selection.basis)
    unreported = Counter(target.pk for row in behind for target in row.unreported)
    under = Counter(each.target.pk for row in behind for each in row.under)
    by_part: dict[str, list[ChargeTargetRow]] = {}
    for pk, line in lines.items():
        by_part.setdefault(parts[pk], []).append(ChargeTargetRow(line, unreported[pk], under[pk]))
    return ChargeOverview(
        parts=tuple(ChargePart(title, tuple(rows)) for title, rows in by_part.items()),
        levels=_levels(behind),
        projects=tuple(charge.projects.select_related("section").order_by("section__position", "number")),
    )


def _levels(behind: Iterable[BehindAgency]) -> tuple[LevelBehind, ...]:
    order = list(Level)
    ordered = sorted(behind, key=lambda row: (order.index(Level(row.agency.level)), -row.count))
    return tuple(
        LevelBehind(Level(level).label, tuple(rows))
        for level, rows in groupby(ordered, key=lambda row: row.agency.level)
    )
