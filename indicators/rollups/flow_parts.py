"""Parts of a flow's row by window: what the agencies that are in it now brought in each month (docs: domain, Forecast).

The year to date of a node that keeps its agencies gives them by its differences. An agency that moved takes its earlier
months along: it is taken out of the node's months and counted where it is now.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from django.db.models import Q

from agencies.models import Placement
from indicators.models import Assignment, Basis, Plan
from indicators.rollups.agency_figures import AgencyFigure, Figures, figures_of
from indicators.rollups.memberships import Memberships, memberships
from indicators.rules.calendar import Window, year_start
from indicators.rules.forecast import LAST_POINTS, FlowPart

NOTHING = AgencyFigure(0, 0, 0)


class YearToDate(NamedTuple):
    """A node's sums of a flow as of a month, and the number of its agencies with a figure of that very month."""

    number: int
    n: int
    d: int
    v: int
    points: int


class FlowParts:
    """The parts of a plan's flows; without agencies that moved, after two queries, plain differences."""

    def __init__(
        self, plan: Plan, targets: Collection[int], windows: Sequence[Window], restarting: Collection[int] = ()
    ) -> None:
        """Read what moved. restarting: the targets whose sums begin again with each year of the plan."""
        self.restarting = restarting
        moved = _moved(plan, windows) if targets else set()
        self.nodes: Memberships = memberships(plan, moved)
        self.figures: dict[str, Figures] = {
            basis: figures_of(plan, basis, moved, targets) if moved else {} for basis in Basis.values
        }

    def of_node(
        self, target: int, node: tuple[int, int], basis: str, series: Sequence[YearToDate]
    ) -> Iterator[Sequence[FlowPart]]:
        """Yield, for each month of a node's series in order, the last six parts of its row."""
        if target not in self.restarting:
            yield from self._since(1, target, node, basis, series)
            return
        for first, months in groupby(series, key=lambda row: year_start(row.number)):
            yield from self._since(first, target, node, basis, list(months))

    def _since(
        self, first: int, target: int, node: tuple[int, int], basis: str, series: Sequence[YearToDate]
    ) -> Iterator[Sequence[FlowPart]]:
        """Yield the parts of months whose sums begin with the month `first`."""
        moved = {
            agency: {month: figure for month, figure in months.items() if month >= first}
            for agency, months in self.figures[basis].get(target, {}).items()
            if any(node in self.nodes[agency, row.number] for row in series)
        }
        if not moved:
            yield from _by_difference(series)
            return
        constant: dict[int, tuple[AgencyFigure, int]] = {}
        before = NOTHING
        for row in series:
            here = [months for agency, months in moved.items() if node in self.nodes[agency, row.number]]
            theirs = [figure for months in here for month, figure in months.items() if month <= row.number]
            total = AgencyFigure(*(whole - sum(part) for whole, *part in zip(row[1:4], *theirs, strict=True)))
            points = row.points - sum(row.number in months for months in here)
            constant[row.number] = AgencyFigure(*(now - then for now, then in zip(total, before, strict=True))), points
            before = total
            yield _last_parts(constant, here, row.number, first)


def _by_difference(series: Iterable[YearToDate]) -> Iterator[Sequence[FlowPart]]:
    """Yield the last six parts as of each month of a node whose agencies stay."""
    parts: list[FlowPart] = []
    n_before = d_before = 0
    for row in series:
        n, d = row.n + row.v, row.d
        if row.points:
            parts.append(FlowPart(n - n_before, d - d_before))
        n_before, d_before = n, d
        yield parts[-LAST_POINTS:]


def _last_parts(
    constant: Mapping[int, tuple[AgencyFigure, int]],
    here: Sequence[Mapping[int, AgencyFigure]],
    number: int,
    first: int,
) -> list[FlowPart]:
    """Return the parts of the last six windows with a figure. here: the figures of each agency that moved and is in the
    row."""
    parts: list[FlowPart] = []
    for month in range(number, first - 1, -1):
        figure, points = constant.get(month, (NOTHING, 0))
        moved = [months[month] for months in here if month in months]
        if points or moved:
            n, d, v = (sum(column) for column in zip(figure, *moved, strict=True))
            parts.append(FlowPart(n + v, d))
            if len(parts) == LAST_POINTS:
                break
    return parts[::-1]


def _moved(plan: Plan, windows: Sequence[Window]) -> set[int]:
    """Return the reporting agencies whose place in the tree changed between the plan's windows, or that of the agency
    above them. Two queries."""
    changed = Placement.objects.filter(first_day__gt=windows[0].last, first_day__lte=windows[-1].last)
    agencies = set(changed.values_list("agency", flat=True))
    if not agencies:
        return set()
    below = Q(agency__in=agencies) | Q(agency__placements__parent__in=agencies)
    reporters = Assignment.objects.filter(below, target__plan=plan)
    return set(reporters.values_list("agency", flat=True))
