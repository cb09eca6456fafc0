"""One target at several agencies side by side, and all targets of up to five of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from agencies import territory
from agencies.models import Level, User
from core.formatting import sort_key
from indicators.models import ReportingPeriod, Rollup
from indicators.rollups import absences
from indicators.selection import Selection
from reports.dashboards.province_map import MOST_TILES, map_cells, map_width
from reports.dashboards.queries import timeliness
from reports.dashboards.queries.matrix import Cell, MatrixRow, cells_of, speaking
from reports.dashboards.queries.search import agencies_meant
from reports.dashboards.queries.target_rows import (
    Freshness,
    RollupRow,
    TargetLine,
    TargetResult,
    exempt_line,
    freshness_of,
    line_of,
    read_rows,
    targets_of,
)
from reports.dashboards.queries.timeliness import Agencies, AgencyRef

MOST_AGENCIES = 5
MOST_OFFERED = 8
STEPS = 5
SORTS = {"tot": "Tốt nhất trước", "ten": "Theo tên", "thay-doi": "Tiến bộ nhất trước"}


@dataclass(frozen=True)
class Compared:
    """A target at an agency. line: its roll-up with the months before."""

    agency: AgencyRef
    line: TargetResult

    @property
    def name(self) -> str:
        return self.agency.place_name


@dataclass(frozen=True)
class ValueTile:
    """An area on the map. step: 1 to 5 from the worst to the best of them, 0 without a value; line: None where the
    reader may not see it. An empty cell has no agency."""

    agency: AgencyRef | None = None
    line: TargetResult | None = None
    step: int = 0

    @property
    def name(self) -> str:
        """The name without the kind of unit."""
        kind, _, name = self.agency.short_name.partition(" ") if self.agency else ("", "", "")
        return name or kind


@dataclass(frozen=True)
class TargetRow:
    """One target at the chosen `agencies`, in their order; `best`: keys of those with the best value."""

    target: TargetLine
    agencies: tuple[AgencyRef, ...]
    cells: tuple[Cell | None, ...]
    best: frozenset[int]

    @property
    def by_agency(self) -> list[tuple[AgencyRef, Cell | None]]:
        return list(zip(self.agencies, self.cells, strict=True))


@dataclass(frozen=True)
class Comparison:
    """A target at the areas directly below the province, or at the agencies chosen. areas: the words for those areas;
    low, high: the scale that all the small charts share; worst, best: the extreme values of areas with enough
    agencies behind them; choices: the agencies that the reader may choose; typed: the reader's input that does not
    identify one of them; offered: the agencies that it may mean."""

    target: TargetLine
    targets: tuple[TargetLine, ...]
    chosen: tuple[AgencyRef, ...]
    rows: tuple[Compared, ...]
    province: TargetResult | None
    low: Decimal | None
    high: Decimal | None
    areas: str
    tiles: tuple[ValueTile, ...]
    worst: Decimal | None
    best: Decimal | None
    table: tuple[TargetRow, ...]
    choices: tuple[AgencyRef, ...]
    typed: str
    offered: tuple[AgencyRef, ...]
    freshness: Freshness

    @property
    def map_columns(self) -> int:
        return map_width(tile.agency for tile in self.tiles if tile.agency is not None)

    @property
    def is_full(self) -> bool:
        """True where no further agency can be added."""
        return len(self.chosen) >= MOST_AGENCIES

    @property
    def codes(self) -> str:
        """The chosen agencies as in the address."""
        return ",".join(agency.code for agency in self.chosen)

    @property
    def shown_offers(self) -> list[tuple[AgencyRef, str]]:
        """The first of the offered agencies, each with the address's list extended by it."""
        return [(ref, ",".join([*filter(None, [self.codes]), ref.code])) for ref in self.offered[:MOST_OFFERED]]

    @property
    def more_offers(self) -> int:
        return max(0, len(self.offered) - MOST_OFFERED)

    def without(self, agency: AgencyRef) -> str:
        """Return the address's list without one of them."""
        return ",".join(other.code for other in self.chosen if other is not agency)


def comparison(
    selection: Selection,
    user: User,
    *,
    target: str = "",
    agencies: Sequence[str] = (),
    added: str = "",
    sort: str = "tot",
) -> Comparison | None:
    """Return the comparison for an address; None for a target, an order or an agency that does not exist or that the
    reader may not see. Nine queries, ten with something typed, two more where something was sent back, whatever the
    number of agencies and months.

    target: its code, empty for the first that areas report; agencies: codes; added: a code or words of a name,
    added where they mean one agency only.
    """
    targets = targets_of(selection.plan, selection.period.number)
    refs = timeliness.agencies_for(user, day=selection.period.window_last)
    areas = timeliness.areas_below(refs, timeliness.province_in(refs))
    visible = set(speaking(selection, user, targets.values()).order_by().values_list("agency_id", flat=True).distinct())
    choices = tuple(ref for pk, ref in refs.items() if (pk in visible or ref.seen) and ref.level != Level.PROVINCE)
    by_code = {ref.code: ref for ref in choices}
    if sort not in SORTS or any(code not in by_code for code in agencies) or not targets:
        return None
    meant = agencies_meant(choices, added)
    newly = meant if len(meant) == 1 else ()
    chosen = tuple(dict.fromkeys([*(by_code[code] for code in agencies), *newly]))[:MOST_AGENCIES]
    periods = [p for p in selection.periods if p.number <= selection.period.number]
    counts = absences.counts_of(targets.values())
    away = absences.read(selection.period, counts=counts, basis=selection.basis)
    read = _lines(selection, user, periods, targets, refs, target, areas, chosen, away)
    if read is None:
        return None
    target_line, lines = read
    province = next((line for pk, line in lines.items() if refs[pk].level == Level.PROVINCE), None)
    by_area = {ref.pk: lines[ref.pk] for ref in areas if ref.pk in lines}
    compared = [Compared(refs[pk], lines[pk]) for pk in lines if refs[pk] in chosen or (not chosen and pk in by_area)]
    known = [value for x in compared for value in x.line.history if value is not None]
    scale = known + ([target_line.threshold] if target_line.threshold is not None else []) if known else []
    # The scale is set by the areas whose figures rest on enough agencies, where there are any.
    firm = [line.value for line in by_area.values() if line.value is not None and not line.is_thin]
    values = firm or [line.value for line in by_area.values() if line.value is not None]
    falling = target_line.is_falling
    return Comparison(
        target=target_line,
        targets=tuple(targets.values()),
        chosen=chosen,
        rows=tuple(sorted(compared, key=lambda x: _order(x, sort, falling))),
        province=province,
        low=min(scale, default=None),
        high=max(scale, default=None),
        areas=territory.words(areas),
        tiles=_tiles(areas, by_area, values, falling),
        worst=(max if falling else min)(firm, default=None),
        best=(min if falling else max)(firm, default=None),
        table=_table(selection, user, targets, chosen, away) if chosen else (),
        choices=choices,
        typed="" if newly else added.strip(),
        offered=() if newly else tuple(ref for ref in meant if ref not in chosen),
        freshness=freshness_of(selection.plan),
    )


def _lines(
    selection: Selection,
    user: User,
    periods: Sequence[ReportingPeriod],
    targets: Mapping[int, TargetLine],
    refs: Agencies,
    code: str,
    areas: Sequence[AgencyRef],
    chosen: Sequence[AgencyRef],
    away: absences.Absences,
) -> tuple[TargetLine, dict[int, TargetResult]] | None:
    """Return the target and its rows by agency: the province, the areas below it, the chosen ones, also one that is exempt;
    None for a code that does not exist. One query, two without a target's code."""
    by_code = {target.code: target for target in targets.values()}
    if code:
        if code not in by_code:
            return None
        target_line = by_code[code]
    else:
        rows = Rollup.objects.at(selection.period, selection.basis).speaking()
        rows = rows.filter(agency__in=[ref.pk for ref in areas], target__in=targets)
        reported = set(rows.order_by().values_list("target_id", flat=True).distinct())
        target_line = next((target for pk, target in targets.items() if pk in reported), next(iter(targets.values())))
    wanted = [pk for pk, ref in refs.items() if ref.level == Level.PROVINCE or ref in areas or ref in chosen]
    stored = speaking(selection, user, [target_line], periods).filter(agency__in=wanted)
    by_agency: dict[int, dict[int, RollupRow]] = defaultdict(dict)
    for row in read_rows(stored):
        by_agency[row.agency_id][row.period_id] = row
    lines = {
        pk: line_of(target_line, by_agency[pk], periods, selection.basis, selection.plan.min_coverage, absences=away)
        for pk in refs
        if selection.period.pk in by_agency.get(pk, ())
    }
    for pk, ref in refs.items():
        if (pk, target_line.pk) in away.exempt and pk not in lines and ref in chosen and ref.seen:
            lines[pk] = exempt_line(target_line, periods)
    return target_line, lines


def _order(compared: Compared, sort: str, falling: bool) -> tuple:
    """Return the sort key: best first; those without a value last."""
    line = compared.line
    by = line.change if sort == "thay-doi" else line.value
    if sort == "ten":
        return (False, 0, sort_key(compared.name))
    return (by is None, 0 if by is None else by if falling else -by, sort_key(compared.name))


def _tiles(
    areas: Sequence[AgencyRef], by_area: Mapping[int, TargetResult], values: Sequence[Decimal], falling: bool
) -> tuple[ValueTile, ...]:
    """Return the map; empty where the reader sees no area, or there are more than a map shows."""
    if not by_area or len(areas) > MOST_TILES:
        return ()

    def tile(ref: AgencyRef | None) -> ValueTile:
        line = by_area.get(ref.pk) if ref is not None else None
        value = None if line is None else line.value
        if line is None or value is None or line.is_ahead or not values:
            return ValueTile(ref, line)
        inside = min(max(value, min(values)), max(values))
        return ValueTile(ref, line, step_of(inside, min(values), max(values), falling))

    return tuple(map(tile, map_cells(areas)))


def step_of(value: Decimal, low: Decimal, high: Decimal, falling: bool) -> int:
    """Return which of five equal steps between the lowest and the highest a value falls into; 5 is the best. All alike:
    3."""
    if low == high:
        return (STEPS + 1) // 2
    step = min(int((value - low) * STEPS / (high - low)), STEPS - 1)
    return STEPS - step if falling else step + 1


def _table(
    selection: Selection,
    user: User,
    targets: Mapping[int, TargetLine],
    chosen: tuple[AgencyRef, ...],
    away: absences.Absences,
) -> tuple[TargetRow, ...]:
    """Return all targets that one of the chosen agencies reports. One query."""
    cells = cells_of(selection, user, targets.values(), [MatrixRow(ref, 0, 0, 0, True) for ref in chosen], away)
    rows = []
    for pk, target in targets.items():
        row_cells = tuple(cells.get(ref.pk, {}).get(pk) for ref in chosen)
        if any(row_cells):
            rows.append(TargetRow(target, chosen, row_cells, _best(target, row_cells)))
    return tuple(rows)


def _best(target: TargetLine, cells: Sequence[Cell | None]) -> frozenset[int]:
    """Return the agencies with the best value, of those with enough agencies behind them, where a threshold says which
    way is better and they are not all alike."""
    known = {
        cell.agency_id: cell.value for cell in cells if cell is not None and cell.value is not None and not cell.is_thin
    }
    if target.threshold is None or len(set(known.values())) < 2:
        return frozenset()
    best = (min if target.is_falling else max)(known.values())
    return frozenset(agency for agency, value in known.items() if value == best)
