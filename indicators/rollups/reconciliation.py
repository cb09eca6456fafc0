"""Independent recomputation of every roll-up, one agency and one month at a time, in plain Python and exact fractions.

Written from domain.md alone (Kinds of target, Timing, Roll-up, Is it on track?). It shares no code with
`rollups.engine` and `rules`, so that a fault there is not repeated here. `facts_of` and `target_of` read the facts,
`rows_of` computes the rows of domain.md's table, `verify` compares them with the stored ones.

Where domain.md leaves a choice, it is read as follows: a figure counts for its month whether or not its agency was
assigned at that month's end (an exemption granted afterwards does not remove it); an agency that is exempt or closed
belongs to a flow's row for as long as its earlier months are in it, so that their gaps make the row stale.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from statistics import median
from typing import Any, NamedTuple, cast

from django.db import connection, transaction
from django.db.models import Field

from agencies.models import Agency as AgencyRow
from agencies.models import Placement as PlacementRow
from core import formatting
from indicators.models import Actual as ActualRow
from indicators.models import Assignment as AssignmentRow
from indicators.models import Basis, Plan, Rollup, Scope, Target
from indicators.models import Exemption as ExemptionRow
from indicators.models import ReturnedFigure as ReturnedFigureRow

OFFICIAL, PROVISIONAL = "official", "provisional"
AFTER_ALL = 13  # later than every month
LEVELS = {"department": "@departments", "district": "@districts", "commune": "@communes"}
# A row's cells after its key, in this order everywhere here.
COLUMNS = (
    "agency__code",
    "numerator",
    "denominator",
    "value",
    "expected",
    "reported",
    "approved",
    "stale",
    "is_point",
    "required",
    "status",
    "forecast",
)


# First and last day, both included; None: no limit.
Days = tuple[dt.date | None, dt.date | None]
# Scope and code of a node.
Node = tuple[str, str]
# A row's key (month, basis, target, scope, node) and its cells in the order of COLUMNS.
Key = tuple[int, str, str, str, str]
Cell = Fraction | Decimal | int | str | bool | None
Cells = tuple[Cell, ...]
# The rows of a target.
Rows = dict[Key, Cells]


@dataclass
class Agency:
    """An agency with its days and its parents: (first day, parent's code or None), in order."""

    code: str
    level: str
    days: Days
    placements: list[tuple[dt.date, str | None]]


@dataclass
class PlainAssignment:
    """An assignment of a target to an agency, with its exemptions."""

    days: Days
    exemptions: list[Days]


@dataclass
class PlainFigure:
    """A figure: N and D of a ratio, else the value."""

    n: Fraction | None
    d: Fraction | None
    v: Fraction | None


@dataclass
class PlainTarget:
    """A target with its definition, assignments and figures."""

    code: str
    kind: str
    timing: str
    quarterly: bool
    unit: str
    comparator: str
    threshold: Fraction | None
    due: dt.date
    baseline: Fraction | None
    milestones: list[tuple[dt.date, Fraction]]
    assignments: dict[str, PlainAssignment]  # by agency code
    figures: dict[tuple[str, str, int], PlainFigure]  # by basis, agency code, month

    @property
    def is_share(self) -> bool:
        """True for a ratio whose unit is %."""
        return self.kind == "ratio" and self.unit == "%"


@dataclass
class Facts:
    """The facts that all targets of a plan share."""

    first_day: dt.date
    ends: dict[int, dt.date]  # month → last day of its window
    agencies: dict[str, Agency]
    nodes: dict[int, dict[Node, list[str]]]  # month → {(scope, node): codes of all agencies in it}


class Difference(NamedTuple):
    """A row that differs. The side without such a row is None, else the cells of COLUMNS."""

    month: int
    basis: str
    target: str
    scope: str
    node: str
    stored: Cells | None
    recomputed: Cells | None

    def __str__(self) -> str:
        """`I.12, tháng 8, Chính thức, Địa bàn h288: giá trị 60 → 57,619048`."""
        row = f"{self.target}, tháng {self.month}, {Basis(self.basis).label}, {Scope(self.scope).label} {self.node}"
        if self.stored is None:
            return f"{row}: thiếu dòng này"
        if self.recomputed is None:
            return f"{row}: thừa dòng này"
        cells = zip(COLUMNS, self.stored, self.recomputed, strict=True)
        return f"{row}: " + "; ".join(
            f"{_named(column)} {_shown(column, before)} → {_shown(column, after)}"
            for column, before, after in cells
            if before != after
        )


class Verified(NamedTuple):
    """Numbers of recomputed rows, of differing rows (missing and superfluous ones too), and of rows left out as their
    roll-up is pending."""

    rows: int
    differences: int
    pending: int


# Comparison of stored and recomputed rows
@contextmanager
def snapshot() -> Iterator[None]:
    """Read one moment of the database in the block, without blocking writers. Inside a transaction it is the caller's
    own."""
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    sqlite = connection.vendor == "sqlite"
    if sqlite:
        # Nothing is written here, so the lock that every other transaction takes at its start is not needed.
        # Only SQLite's connection has this attribute.
        usual = connection.transaction_mode  # type: ignore[attr-defined]
        connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            if not sqlite:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    finally:
        if sqlite:
            connection.transaction_mode = usual  # type: ignore[attr-defined]


def verify(plan: Plan, report: Callable[[Difference], object]) -> Verified:
    """Compare every stored row of a plan with its recomputation; `report(difference)` is called for each that differs.

    One target at a time, to bound the memory. Rows whose roll-up is pending are not compared.
    """
    rows = differing = pending = 0
    with snapshot():
        facts = facts_of(plan)
        pending_from = _pending_from(plan)
        for row in plan.targets.order_by("position"):
            first_pending = min(pending_from.get(None, AFTER_ALL), pending_from.get(row.pk, AFTER_ALL))
            stored, recomputed = stored_rows(row), rows_of(facts, target_of(row))
            for key in sorted(stored.keys() | recomputed.keys()):
                if key[0] >= first_pending:
                    pending += 1
                    continue
                rows += key in recomputed
                if stored.get(key) != recomputed.get(key):
                    differing += 1
                    report(Difference(*key, stored.get(key), recomputed.get(key)))
    return Verified(rows, differing, pending)


def _pending_from(plan: Plan) -> dict[int | None, int]:
    """Return the first month with a pending roll-up, by target; None stands for all targets."""
    first: dict[int | None, int] = {}
    for target, month in plan.pending_rollups.values_list("target", "from_period"):
        first[target] = min(month, first.get(target, month))
    return first


def stored_rows(target: Target) -> Rows:
    """Read the stored rows of a target. One query."""
    key = ("period__number", "basis", "target__code", "scope", "node")
    rows = Rollup.objects.filter(target=target).values_list(*key, *COLUMNS)
    return {row[:5]: row[5:] for row in rows.iterator(chunk_size=5000)}


def _field(column: str) -> "Field[Any, Any]":
    """Return the model's field of a column."""
    return cast("Field[Any, Any]", Rollup._meta.get_field(column.removesuffix("__code")))


def _named(column: str) -> str:
    """Return the Vietnamese name of a column."""
    return str(_field(column).verbose_name)


def _shown(column: str, cell: Cell) -> str:
    """Return a cell as pages show it."""
    if isinstance(cell, bool):
        return "có" if cell else "không"
    if isinstance(cell, Fraction):
        cell = Decimal(cell.numerator) / cell.denominator
    if isinstance(cell, Decimal | int):
        return formatting.number(cell)
    if cell is None:
        return formatting.NONE
    return str(dict(_field(column).flatchoices)[cell]) if column == "status" else cell


# The facts
def facts_of(plan: Plan) -> Facts:
    """Read the facts that all targets of a plan share: the days, and the agencies of each node at each window's end.
    Three queries."""
    placements: dict[str, list[tuple[dt.date, str | None]]] = {}
    for code, since, parent in PlacementRow.objects.order_by("first_day").values_list(
        "agency__code", "first_day", "parent__code"
    ):
        placements.setdefault(code, []).append((since, parent))
    agencies = {
        code: Agency(code, level, (first, last), placements.get(code, []))
        for code, level, first, last in AgencyRow.objects.values_list("code", "level", "first_day", "last_day")
    }
    facts = Facts(plan.first_day, dict(plan.periods.values_list("number", "window_last")), agencies, {})
    facts.nodes = {month: nodes(facts, month) for month in sorted(facts.ends)}
    return facts


def target_of(row: Target) -> PlainTarget:
    """Read one target with its definition, assignments and figures. Five queries."""
    exemptions: dict[str, list[Days]] = {}
    for code, first, last in ExemptionRow.objects.filter(assignment__target=row).values_list(
        "assignment__agency__code", "first_day", "last_day"
    ):
        exemptions.setdefault(code, []).append((first, last))
    assignments = {
        code: PlainAssignment((first, last), exemptions.get(code, []))
        for code, first, last in AssignmentRow.objects.filter(target=row).values_list(
            "agency__code", "first_day", "last_day"
        )
    }
    # Where single figures of a report were returned, the others stay submitted; instead of the returned ones the figures
    # approved before count.
    returned = set(
        ReturnedFigureRow.objects.filter(target=row, settled_at=None)
        .filter(submission__state="returned", submission__is_provisional=True)
        .values_list("submission__agency__code", "submission__period__number")
    )
    figures: dict[tuple[str, str, int], PlainFigure] = {}
    for code, month, official, provisional, *parts in (
        ActualRow.objects.filter(target=row)
        .values_list(
            "submission__agency__code",
            "submission__period__number",
            "submission__is_official",
            "submission__is_provisional",
            "numerator",
            "denominator",
            "value",
        )
        .iterator(chunk_size=5000)
    ):
        figure = PlainFigure(*map(exact, parts))
        if official:
            figures[(OFFICIAL, code, month)] = figure
        if official if (code, month) in returned else provisional:
            figures[(PROVISIONAL, code, month)] = figure
    return PlainTarget(
        row.code,
        row.kind,
        row.timing,
        row.frequency == "quarter",
        row.unit,
        row.comparator,
        exact(row.threshold),
        row.due,
        exact(row.baseline),
        sorted((milestone.day, Fraction(milestone.value)) for milestone in row.milestones.all()),
        assignments,
        figures,
    )


def exact(number: Decimal | None) -> Fraction | None:
    """Return the number as a Fraction; None stays None."""
    return None if number is None else Fraction(number)


# Assignments and tree on a day
def holds_on(days: Days, day: dt.date) -> bool:
    """Return True where the day is within these days."""
    first, last = days
    return (first is None or first <= day) and (last is None or day <= last)


def is_assigned(facts: Facts, target: PlainTarget, code: str, month: int) -> bool:
    """Return True where the target is assigned to the agency at the end of the month's window."""
    day = facts.ends[month]
    assignment = target.assignments.get(code)
    if assignment is None or not holds_on(assignment.days, day) or not holds_on(facts.agencies[code].days, day):
        return False
    return not any(holds_on(exemption, day) for exemption in assignment.exemptions)


def chain(facts: Facts, code: str, day: dt.date) -> list[str]:
    """Return the codes of the agency and of all agencies above it on a day."""
    codes = []
    current: str | None = code
    while current is not None:
        codes.append(current)
        parents = [parent for since, parent in facts.agencies[current].placements if since <= day]
        current = parents[-1] if parents else None
    return codes


def nodes(facts: Facts, month: int) -> dict[Node, list[str]]:
    """Return {(scope, node): codes of all agencies in it} by the tree of the window's last day."""
    members: dict[Node, list[str]] = {}
    for code, agency in facts.agencies.items():
        members.setdefault(("own", code), []).append(code)
        for above in chain(facts, code, facts.ends[month]):
            if facts.agencies[above].level in ("province", "district"):
                members.setdefault(("area", above), []).append(code)
        if agency.level in LEVELS:
            members.setdefault(("level", LEVELS[agency.level]), []).append(code)
    return members


# One agency's contribution as of a month
def months_with_figure(target: PlainTarget, basis: str, code: str, upto: int) -> list[int]:
    """Return the months up to this one for which the agency has a figure."""
    return [month for month in range(1, upto + 1) if (basis, code, month) in target.figures]


def contribution(target: PlainTarget, basis: str, code: str, month: int) -> PlainFigure | None:
    """Return the agency's figure as of a month: the year to date of a flow, else the latest; None if it has none."""
    months = months_with_figure(target, basis, code, month)
    if not months:
        return None
    if target.timing != "flow":
        return target.figures[(basis, code, months[-1])]
    entered = [target.figures[(basis, code, q)] for q in months]
    if target.kind == "ratio":
        return PlainFigure(total(f.n for f in entered), total(f.d for f in entered), None)
    return PlainFigure(None, None, total(f.v for f in entered))


def total(parts: Iterable[Fraction | None]) -> Fraction:
    """Return the sum of the parts; None counts as 0."""
    return sum((part for part in parts if part is not None), Fraction(0))


def last_due(target: PlainTarget, month: int) -> int:
    """Return the month in which a figure was last due; 0 before the first."""
    if not target.quarterly:
        return month
    return max((q for q in (3, 6, 9, 12) if q <= month), default=0)


# One node in one month
@dataclass
class NodeSums:
    """The sums of a node in a month on one basis: exact value, N, D, and numbers of agencies.

    point: at least one agency has a figure of this very month.
    """

    n: Fraction | None
    d: Fraction | None
    value: Fraction | None
    expected: int
    reported: int
    approved: int
    stale: bool
    point: bool


def rounded(number: Fraction) -> Fraction:
    """Return the number rounded to six decimals, half away from zero."""
    scaled = abs(number) * 10**6
    whole = int(scaled + Fraction(1, 2))
    return Fraction(whole if number >= 0 else -whole, 10**6)


def satisfies(comparator: str, left: Fraction, right: Fraction) -> bool:
    """Return True where left satisfies the comparator against right."""
    return {"gte": left >= right, "gt": left > right, "lte": left <= right, "lt": left < right}[comparator]


def summed(facts: Facts, target: PlainTarget, basis: str, codes: list[str], month: int) -> NodeSums | None:
    """Return the sums of the node's agencies; None where none is assigned."""
    due = last_due(target, month)
    assigned = [code for code in codes if is_assigned(facts, target, code, month)]
    if not assigned:
        return None
    # An exempt or closed agency no longer counts, except that its earlier months stay in a flow.
    counting = [code for code in codes if code in target.assignments] if target.timing == "flow" else assigned
    contributions = {code: contribution(target, basis, code, month) for code in counting}
    figures = {code: figure for code, figure in contributions.items() if figure is not None}

    n: Fraction | None = None
    d: Fraction | None = None
    value: Fraction | None = None
    if figures:
        if target.kind == "ratio":
            n, d = total(f.n for f in figures.values()), total(f.d for f in figures.values())
            value = 100 * n / d if d else None
        elif target.kind == "yes_no":
            n, d = Fraction(sum(f.v == 1 for f in figures.values())), Fraction(len(assigned))
            value = 100 * n / d
        elif target.kind == "milestone":
            value = total(f.v for f in figures.values()) / len(figures)
        elif target.kind == "count":
            value = total(f.v for f in figures.values())
        elif len(assigned) == 1:
            (figure,) = figures.values()
            value = figure.v

    if target.timing == "flow":
        due_months = [q for q in range(1, month + 1) if last_due(target, q) == q]
        stale = any(
            (basis, code, q) not in target.figures
            for code in figures
            for q in due_months
            if is_assigned(facts, target, code, q)
        )
    else:
        stale = any(months_with_figure(target, basis, code, month)[-1] < due for code in figures)

    def recently(code: str, bases: tuple[str, ...]) -> bool:
        return any((b, code, q) in target.figures for b in bases for q in range(max(due, 1), month + 1))

    expected = assigned if due else []
    return NodeSums(
        n=n,
        d=d,
        value=value,
        expected=len(expected),
        reported=sum(recently(code, (OFFICIAL, PROVISIONAL)) for code in expected),
        approved=sum(recently(code, (OFFICIAL,)) for code in expected),
        stale=stale,
        point=any((basis, code, month) in target.figures for code in counting),
    )


# Required value, forecast, status
def required(facts: Facts, target: PlainTarget, month: int) -> Fraction | None:
    """Return the required value in a month; None without a threshold."""
    day, last = facts.ends[month], max(facts.ends)
    if target.threshold is None:
        return None
    if day >= target.due or month == last:
        return rounded(target.threshold)
    if target.milestones:
        start = target.baseline or Fraction(0)
        corners = [milestone for milestone in target.milestones if milestone[0] < target.due]
    elif target.baseline is not None:
        if satisfies(target.comparator, target.baseline, target.threshold):
            return rounded(target.threshold)
        start, corners = target.baseline, []
    elif target.timing == "stock" and target.comparator in ("gte", "gt"):
        start, corners = Fraction(0), []
    else:
        return rounded(target.threshold)
    corners = [(facts.first_day, start), *corners, (target.due, target.threshold)]
    for (since, low), (until, high) in zip(corners, corners[1:], strict=False):
        if since <= day <= until:
            return rounded(low + (high - low) * Fraction((day - since).days, (until - since).days))
    raise AssertionError("a day before the plan")


def forecast(facts: Facts, target: PlainTarget, points: list[tuple[int, Fraction]], month: int) -> Fraction | None:
    """Return the forecast; None where there is none.

    points: (month, stored value) up to and with this month.
    """
    day, last = facts.ends[month], max(facts.ends)
    if len(points) < 3 or day >= target.due or month == last:
        return None
    line = [(Fraction((facts.ends[q] - facts.first_day).days), value) for q, value in points[-6:]]
    slope = median((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(line, 2))
    intercept = median(y - slope * x for x, y in line)
    read = rounded(intercept + slope * (target.due - facts.first_day).days)
    if target.kind == "value":
        return read
    read = max(read, Fraction(0))
    return min(read, Fraction(100)) if target.is_share or target.kind in ("yes_no", "milestone") else read


def status(
    facts: Facts,
    target: PlainTarget,
    month: int,
    value: Fraction | None,
    threshold: Fraction | None,
    needed: Fraction | None,
    outlook: Fraction | None,
) -> str:
    """Return the status; needed: the required value, outlook: the forecast."""
    if value is None:
        return "no_data"
    if threshold is None or needed is None:
        return "tracked"
    if satisfies(target.comparator, value, threshold):
        return "achieved"
    if facts.ends[month] > target.due or month == max(facts.ends):
        return "missed"
    falling = target.comparator in ("lte", "lt")
    stored = rounded(value)
    if stored <= needed if falling else stored >= needed:
        return "on_track"
    if outlook is not None and not satisfies(target.comparator, outlook, threshold):
        return "at_risk"
    return "behind"


# All rows of a target
def rows_of(facts: Facts, target: PlainTarget) -> Rows:
    """Compute all rows of a target, numbers as Fractions."""
    rows: Rows = {}
    for basis in (OFFICIAL, PROVISIONAL):
        points: dict[Node, list[tuple[int, Fraction]]] = {}
        for month in sorted(facts.ends):
            whole = sum(is_assigned(facts, target, code, month) for code in target.assignments)
            for node, codes in facts.nodes[month].items():
                sums = summed(facts, target, basis, codes, month)
                if sums is None:
                    continue
                value = None if sums.value is None else rounded(sums.value)
                if sums.point and value is not None:
                    points.setdefault(node, []).append((month, value))
                scope, code = node
                is_whole = scope == "area" and facts.agencies[code].level == "province"
                tracked = target.kind in ("count", "value") and whole > 1 and not is_whole
                threshold = None if tracked else target.threshold
                needed = None if tracked else required(facts, target, month)
                outlook = None if value is None else forecast(facts, target, points.get(node, []), month)
                rows[(month, basis, target.code, scope, code)] = (
                    None if scope == "level" else code,
                    sums.n,
                    sums.d,
                    value,
                    sums.expected,
                    sums.reported,
                    sums.approved,
                    sums.stale,
                    sums.point,
                    needed,
                    status(facts, target, month, sums.value, threshold, needed, outlook),
                    outlook,
                )
    return rows
