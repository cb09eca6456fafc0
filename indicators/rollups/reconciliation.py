"""Independent recomputation of every roll-up, one agency and one month at a time, in plain Python and exact fractions.

Written from domain.md alone (Kinds of target, Timing, Roll-up, Successors, Is it on track?). It shares no code with
`rollups.engine` and `rules`, so that a fault there is not repeated here. `facts_of` and `target_of` read the facts,
`rows_of` computes the rows of domain.md's table, `verify` compares them with the stored ones.

Where domain.md leaves a choice, it is read as follows: a figure counts for its month whether or not its agency was
assigned at that month's end (an exemption granted afterwards does not remove it); an agency that is exempt or closed
belongs to a flow's row for as long as its earlier months are in it, so that their gaps make the row stale. A figure that is
held back for an ended agency makes no point; a successor that reported before it ended itself has reported for good.
Of parts between agencies that go on, docs/decisions/0302 says what domain.md leaves open.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from fractions import Fraction
from itertools import combinations, pairwise
from statistics import median, variance
from typing import Any, NamedTuple, cast

from django.db import connection, transaction
from django.db.models import Field

from agencies.models import Agency as AgencyRow
from agencies.models import Placement as PlacementRow
from agencies.models import Succession as SuccessionRow
from core import formatting
from indicators.models import Actual as ActualRow
from indicators.models import Assignment as AssignmentRow
from indicators.models import Basis, Plan, Rollup, Scope, Target
from indicators.models import Exemption as ExemptionRow
from indicators.models import ReturnedFigure as ReturnedFigureRow

OFFICIAL, PROVISIONAL = "official", "provisional"
AFTER_ALL = 1000  # later than every month
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
    "is_judged",
    "required",
    "status",
    "forecast",
    "forecast_low",
    "forecast_high",
    "due_held",
    "fresh",
    "pace",
)
# The length of a month in days, where a line is read by months.
MONTH = Fraction(365, 12)

# The months in whose periods a figure is reported, by frequency.
REPORTED_IN = {"month": tuple(range(1, 13)), "quarter": (3, 6, 9, 12), "half": (6, 12), "year": (12,)}

# `month` in this module is the number of a period, counted from the plan's first one.

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
    successors: list[str]
    parts: list[tuple[dt.date, str]]  # what it gave away while it went on: the last day before, and who took it

    def has_ended(self, day: dt.date) -> bool:
        """Return True where its last day is before this one."""
        last = self.days[1]
        return last is not None and last < day

    def has_begun(self, day: dt.date) -> bool:
        """Return True where its first day is this one or earlier."""
        first = self.days[0]
        return first is None or first <= day


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
class PlainDefinition:
    """A target as it is judged from a month on."""

    first_month: int
    comparator: str
    threshold: Fraction | None
    due: dt.date
    baseline: Fraction | None
    milestones: list[tuple[dt.date, Fraction]]


@dataclass
class PlainTarget:
    """A target with its definitions, in the order in which they were made, its assignments and its figures."""

    code: str
    kind: str
    timing: str
    frequency: str
    unit: str
    begins_again: bool  # the sum of a flow, with each year of the plan
    definitions: list[PlainDefinition]
    assignments: dict[str, PlainAssignment]  # by agency code
    figures: dict[tuple[str, str, int], PlainFigure]  # by basis, agency code, month

    @property
    def is_share(self) -> bool:
        """True for a ratio whose unit is %."""
        return self.kind == "ratio" and self.unit == "%"

    @property
    def bounds(self) -> tuple[Fraction | None, Fraction | None]:
        """The lowest and the highest value that it can have; None: no bound."""
        if self.kind == "value":
            return None, None
        return Fraction(0), Fraction(100) if self.is_share or self.kind in ("yes_no", "milestone") else None

    def definition(self, month: int) -> PlainDefinition:
        """Return the definition in force in a month: the last one made of those that have begun."""
        return [one for one in self.definitions if one.first_month <= month][-1]


@dataclass
class Facts:
    """The facts that all targets of a plan share."""

    first_day: dt.date
    last_day: dt.date
    ends: dict[int, dt.date]  # month → last day of its window
    months: dict[int, int]  # number of a period → month of the calendar
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
    label: str  # the month as it follows *tháng*

    def __str__(self) -> str:
        """`I.12, tháng 8, Chính thức, Địa bàn h288: giá trị 60 → 57,619048`; `tháng 8/2027` in a plan of several years."""
        row = f"{self.target}, tháng {self.label}, {Basis(self.basis).label}, {Scope(self.scope).label} {self.node}"
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
                    report(Difference(*key, stored.get(key), recomputed.get(key), plan.month_label(key[0])))
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
    Four queries."""
    placements: dict[str, list[tuple[dt.date, str | None]]] = {}
    for code, since, parent in PlacementRow.objects.order_by("first_day").values_list(
        "agency__code", "first_day", "parent__code"
    ):
        placements.setdefault(code, []).append((since, parent))
    successors: dict[str, list[str]] = {}
    parts: dict[str, list[tuple[dt.date, str]]] = {}
    for before, after, way, since in SuccessionRow.objects.values_list(
        "before__code", "after__code", "way", "first_day"
    ):
        if way == "parted":
            parts.setdefault(before, []).append((since - dt.timedelta(days=1), after))
        else:
            successors.setdefault(before, []).append(after)
    agencies = {
        code: Agency(
            code, level, (first, last), placements.get(code, []), successors.get(code, []), parts.get(code, [])
        )
        for code, level, first, last in AgencyRow.objects.values_list("code", "level", "first_day", "last_day")
    }
    ends = dict(plan.periods.values_list("number", "window_last"))
    months = {number: (plan.first_month + number - 2) % 12 + 1 for number in ends}
    facts = Facts(plan.first_day, plan.last_day, ends, months, agencies, {})
    facts.nodes = {month: nodes(facts, month) for month in sorted(facts.ends)}
    return facts


def target_of(row: Target) -> PlainTarget:
    """Read one target with its definitions, assignments and figures. Six queries."""
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
        row.frequency,
        row.unit,
        row.timing == "flow" and not row.accumulates_over_plan,
        definitions_of(row),
        assignments,
        figures,
    )


def definitions_of(row: Target) -> list[PlainDefinition]:
    """Return the definitions of a target, in the order in which they were made; one that was never changed holds its
    own. Two queries."""
    stored = list(row.definitions.order_by("number").values_list("first_period", "content"))
    return [
        PlainDefinition(
            first_month,
            content["comparator"],
            fraction(content["threshold"]),
            dt.date.fromisoformat(content["due"]),
            fraction(content["baseline"]),
            sorted((dt.date.fromisoformat(day), Fraction(value)) for day, value in content["milestones"]),
        )
        for first_month, content in stored or [(1, row.definition)]
    ]


def fraction(text: str | None) -> Fraction | None:
    """Return the number of a text; None stays None."""
    return None if text is None else Fraction(text)


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
    return is_assigned_on(facts, target, code, facts.ends[month])


def is_assigned_on(facts: Facts, target: PlainTarget, code: str, day: dt.date) -> bool:
    """Return True where the target is assigned to the agency on a day."""
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
def first_counted(target: PlainTarget, month: int) -> int:
    """Return the first month whose figures count as of a month: the plan's first one, of a sum that begins again with each
    year the year's first one."""
    counted = 1
    while target.begins_again and counted + 12 <= month:
        counted += 12
    return counted


def months_with_figure(target: PlainTarget, basis: str, code: str, upto: int) -> list[int]:
    """Return the months that count as of this one and for which the agency has a figure."""
    months = range(first_counted(target, upto), upto + 1)
    return [month for month in months if (basis, code, month) in target.figures]


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


def is_due(facts: Facts, target: PlainTarget, month: int) -> bool:
    """Return True where a figure is reported for the month."""
    return facts.months[month] in REPORTED_IN[target.frequency]


def last_due(facts: Facts, target: PlainTarget, month: int) -> int:
    """Return the month in which a figure that counts was last due; 0 before the first."""
    counted = range(first_counted(target, month), month + 1)
    return max((q for q in counted if q in facts.months and is_due(facts, target, q)), default=0)


# Agencies that ended
@dataclass
class Counted:
    """An agency that counts in a row of what is no flow, with its figure and the month of that; None: it has none."""

    month: int | None
    figure: PlainFigure | None


def latest(
    facts: Facts, target: PlainTarget, basis: str, code: str, month: int, until: dt.date | None = None
) -> Counted:
    """Return the agency's latest figure up to a month, of the windows that end up to a day."""
    months = [q for q in months_with_figure(target, basis, code, month) if until is None or facts.ends[q] <= until]
    return Counted(months[-1], target.figures[(basis, code, months[-1])]) if months else Counted(None, None)


def reported_after(facts: Facts, target: PlainTarget, basis: str, code: str, day: dt.date, month: int) -> bool:
    """Return True where the agency has a figure up to a month for a window that ends after a day."""
    return any(facts.ends[q] > day for q in months_with_figure(target, basis, code, month))


class Reform(NamedTuple):
    """A change after a day: an agency ended, or gave a part away and went on. heirs: who reports from then on."""

    code: str
    last: dt.date
    heirs: tuple[str, ...]
    ended: bool


def line_of(facts: Facts, reform: Reform, month: int) -> set[str]:
    """Return the heirs of a reform, and the successors of the ones that have ended themselves."""
    line: set[str] = set()
    after = set(reform.heirs)
    while after:
        line |= {heir for heir in after if facts.agencies[heir].has_begun(facts.ends[month])}
        gone = {heir for heir in after if facts.agencies[heir].has_ended(facts.ends[month])}
        after = {heir for one in gone for heir in facts.agencies[one].successors} - line
    return line


def awaits(
    facts: Facts, target: PlainTarget, basis: str, heirs: Iterable[str], since: dt.date, month: int, seen: set[str]
) -> bool:
    """Return True where some heir has not reported for a window after a day. seen: those that were looked at already."""
    for heir in heirs:
        if heir in seen or reported_after(facts, target, basis, heir, since, month):
            continue
        seen.add(heir)
        agency = facts.agencies[heir]
        if agency.has_ended(facts.ends[month]):
            if awaits(facts, target, basis, agency.successors, since, month, seen):
                return True
        elif is_assigned(facts, target, heir, month):
            return True
    return False


def reforms_in(facts: Facts, target: PlainTarget, node: Node, month: int) -> list[Reform]:
    """Return the reforms up to a month of agencies that report a target, whose assigned heirs are all in a row. Parts only of what
    adds up, a ratio or a count, and only where two are assigned, so that something could count twice."""
    day, codes = facts.ends[month], set(facts.nodes[month][node])
    whole: list[Reform] = []
    for code in target.assignments:
        agency = facts.agencies[code]
        last = agency.days[1]
        reforms = [Reform(code, last, tuple(agency.successors), True)] if last and agency.successors else []
        if target.kind in ("ratio", "count"):
            reforms += [Reform(code, since, (code, taker), False) for since, taker in agency.parts]
        for reform in reforms:
            heirs = {one for one in line_of(facts, reform, month) if is_assigned(facts, target, one, month)}
            enough = len(heirs) >= (1 if reform.ended else 2)
            if reform.last < day and is_assigned_on(facts, target, code, reform.last) and enough and heirs <= codes:
                whole.append(reform)
    return whole


def standing(facts: Facts, target: PlainTarget, basis: str, node: Node, month: int) -> list[Reform]:
    """Return the reforms before which the state still stands in a row."""
    counting: list[Reform] = []
    if node[0] == "own":
        return counting
    left = reforms_in(facts, target, node, month)
    while True:
        limits = held_back(facts, counting, month)
        more = [one for one in left if one not in counting and stands(facts, target, basis, one, limits, month)]
        if not more:
            return counting
        counting += more


def stands(
    facts: Facts, target: PlainTarget, basis: str, reform: Reform, limits: dict[str, dt.date], month: int
) -> bool:
    """Return True where the state before a reform stands: there is a figure of then, and an heir has not reported since; of a part,
    only once another heir has. Also where the figure of an heir is held back for another reform."""
    line = line_of(facts, reform, month)
    known = latest(facts, target, basis, reform.code, month, None if reform.ended else reform.last).figure is not None
    inherited = not reform.ended and reform.code in limits and limits[reform.code] <= reform.last
    if not known and not inherited:
        return False
    if any(one in limits and reported_after(facts, target, basis, one, limits[one], month) for one in line):
        return True
    news = reform.ended or any(reported_after(facts, target, basis, one, reform.last, month) for one in line)
    return news and awaits(facts, target, basis, reform.heirs, reform.last, month, set())


def held_back(facts: Facts, counting: Iterable[Reform], month: int) -> dict[str, dt.date]:
    """Return the day up to which the figures of the heirs of these reforms count."""
    days: dict[str, dt.date] = {}
    for reform in counting:
        for heir in line_of(facts, reform, month):
            days[heir] = min(reform.last, days.get(heir, reform.last))
    return days


def counted_in(
    facts: Facts, target: PlainTarget, basis: str, node: Node, assigned: list[str], month: int
) -> tuple[dict[str, Counted], bool]:
    """Return the agencies that count in a row of what is no flow, and whether the state before a reform is among them."""
    reforms = standing(facts, target, basis, node, month)
    limits = held_back(facts, reforms, month)
    ended = [reform.code for reform in reforms if reform.ended]
    return {
        code: latest(facts, target, basis, code, month, limits.get(code))
        for code in [*assigned, *ended]
        if code not in limits or facts.agencies[code].has_begun(limits[code])
    }, bool(reforms)


# One node in one month
@dataclass
class NodeSums:
    """The sums of a node in a month on one basis: exact value, N, D, numbers of agencies, and the coverage by weight.

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
    fresh: Fraction | None


def rounded(number: Fraction) -> Fraction:
    """Return the number rounded to six decimals, half away from zero."""
    scaled = abs(number) * 10**6
    whole = int(scaled + Fraction(1, 2))
    return Fraction(whole if number >= 0 else -whole, 10**6)


def satisfies(comparator: str, left: Fraction, right: Fraction) -> bool:
    """Return True where left satisfies the comparator against right."""
    return {"gte": left >= right, "gt": left > right, "lte": left <= right, "lt": left < right}[comparator]


def summed(facts: Facts, target: PlainTarget, basis: str, node: Node, month: int) -> NodeSums | None:
    """Return the sums of a node's agencies; None where none is assigned."""
    due, codes = last_due(facts, target, month), facts.nodes[month][node]
    assigned = [code for code in codes if is_assigned(facts, target, code, month)]
    if not assigned:
        return None
    # An exempt or closed agency no longer counts, except that its earlier months stay in a flow.
    is_standing = False
    if target.timing == "flow":
        months = {code: months_with_figure(target, basis, code, month) for code in codes if code in target.assignments}
        counted = {
            code: Counted(known[-1] if known else None, contribution(target, basis, code, month))
            for code, known in months.items()
        }
    else:
        counted, is_standing = counted_in(facts, target, basis, node, assigned, month)
    figures = {code: one.figure for code, one in counted.items() if one.figure is not None}

    n: Fraction | None = None
    d: Fraction | None = None
    value: Fraction | None = None
    if figures:
        if target.kind == "ratio":
            n, d = total(f.n for f in figures.values()), total(f.d for f in figures.values())
            value = 100 * n / d if d else None
        elif target.kind == "yes_no":
            n, d = Fraction(sum(f.v == 1 for f in figures.values())), Fraction(len(counted))
            value = 100 * n / d
        elif target.kind == "milestone":
            value = total(f.v for f in figures.values()) / len(figures)
        elif target.kind == "count":
            value = total(f.v for f in figures.values())
        elif len(counted) == 1:
            (figure,) = figures.values()
            value = figure.v

    if target.timing == "flow":
        counted_months = range(first_counted(target, month), month + 1)
        due_months = [q for q in counted_months if q in facts.months and is_due(facts, target, q)]
        stale = any(
            (basis, code, q) not in target.figures
            for code in figures
            for q in due_months
            if is_assigned(facts, target, code, q)
        )
    else:
        stale = is_standing or any(one.month is not None and one.month < due for one in counted.values())

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
        point=any(one.month == month for one in counted.values()),
        fresh=freshness(facts, target, basis, expected, month) if target.kind == "ratio" else None,
    )


def freshness(facts: Facts, target: PlainTarget, basis: str, expected: list[str], month: int) -> Fraction | None:
    """Return the coverage by weight of a ratio; None where no agency has a denominator."""
    known = [latest(facts, target, basis, code, month) for code in expected]
    whole = total(one.figure.d for one in known if one.figure is not None)
    new = total(
        one.figure.d
        for one in known
        if one.figure is not None and one.month is not None and one.month >= last_due(facts, target, month)
    )
    return rounded(100 * new / whole) if whole else None


# Required value, forecast, status
def closing(facts: Facts, definition: PlainDefinition) -> int | None:
    """Return the month from which on a target is judged finally; None where it is due after the plan ends."""
    reached = [month for month, day in facts.ends.items() if day >= definition.due]
    # The last period of a year judges what is due after its window and before the year's end.
    reached += [month for month in facts.ends if month % 12 == 0 and ends_before(facts, definition.due, month // 12)]
    if reached:
        return min(reached)
    return max(facts.ends) if definition.due <= facts.last_day else None


def ends_before(facts: Facts, due: dt.date, years: int) -> bool:
    """Return True where a day of the plan comes before the first day of the year that follows so many of its years."""
    return due <= facts.last_day and due < day_of_year(facts.first_day, years)


def is_closed(facts: Facts, definition: PlainDefinition, month: int) -> bool:
    """Return True from the closing period on."""
    final = closing(facts, definition)
    return final is not None and month >= final


def line_of_year(
    facts: Facts, target: PlainTarget, definition: PlainDefinition, month: int
) -> tuple[dt.date, dt.date, Fraction, list[tuple[dt.date, Fraction]]]:
    """Return the day on which the required line of a month begins, the day and the value that it leads to, and the milestones
    between. Of a count whose sum begins again with each year these are the year's: in a year before that of the due day its
    last milestone, without one the threshold by its last day."""
    assert definition.threshold is not None
    whole = facts.first_day, definition.due, definition.threshold, definition.milestones
    if not target.begins_again or target.kind != "count":
        return whole
    years = (first_counted(target, month) - 1) // 12
    begins, ends = day_of_year(facts.first_day, years), day_of_year(facts.first_day, years + 1)
    inside = [corner for corner in definition.milestones if begins <= corner[0] < ends]
    if definition.due < ends:
        return begins, definition.due, definition.threshold, inside
    if inside:
        return begins, *inside[-1], inside[:-1]
    return begins, ends - dt.timedelta(days=1), definition.threshold, []


def day_of_year(day: dt.date, years: int) -> dt.date:
    """Return the same day so many years later, of 29 February the day before where there is none."""
    is_leap = dt.date(day.year + years, 3, 1) - dt.timedelta(days=1)
    return is_leap if (day.month, day.day) == (2, 29) else dt.date(day.year + years, day.month, day.day)


def required(
    facts: Facts, target: PlainTarget, month: int, first_value: tuple[int, Fraction] | None
) -> Fraction | None:
    """Return the required value of a judged row in a month. first_value: the row's own, with its month."""
    definition = target.definition(month)
    if definition.threshold is None:
        return None
    day, threshold, comparator = facts.ends[month], definition.threshold, definition.comparator
    if is_closed(facts, definition, month):
        return rounded(threshold)
    rising_stock = target.timing == "stock" and comparator in ("gte", "gt")
    begins, until, goal, milestones = line_of_year(facts, target, definition, month)
    if definition.baseline is not None:
        corners = [(begins, definition.baseline)]
        corners += [corner for corner in milestones if corner[0] > begins]
    elif rising_stock or definition.milestones:
        if first_value is None:
            return None
        since, value = facts.ends[first_value[0]], first_value[1]
        corners = [(since, value)]
        corners += [
            corner for corner in milestones if corner[0] > since and not satisfies(comparator, value, corner[1])
        ]
    else:
        return rounded(goal)
    if satisfies(comparator, corners[0][1], goal):
        return rounded(goal)
    if day > until:
        return rounded(goal)
    corners = [*(corner for corner in corners if corner[0] < until), (until, goal)]
    for (since, low), (until, high) in pairwise(corners):
        if since <= day <= until:
            return rounded(low + (high - low) * Fraction((day - since).days, (until - since).days))
    raise AssertionError("a day before the line")


@dataclass
class Outlook:
    """A forecast and the ends of its range, before they are limited to what the value can be."""

    value: Fraction
    low: Fraction
    high: Fraction

    def limited(self, target: PlainTarget) -> "Outlook":
        """Return it within the bounds of the target's values."""
        lowest, highest = target.bounds

        def within(number: Fraction) -> Fraction:
            number = number if lowest is None else max(number, lowest)
            return number if highest is None else min(number, highest)

        return Outlook(within(self.value), within(self.low), within(self.high))

    def reaches(self, target: PlainTarget, definition: PlainDefinition) -> bool:
        """Return True where it holds the comparator; at a bound that is the threshold, where the range's end does."""
        assert definition.threshold is not None
        shown = self.limited(target).value
        if shown == definition.threshold and shown in target.bounds:
            end = self.high if definition.comparator in ("lte", "lt") else self.low
            return satisfies(definition.comparator, end, definition.threshold)
        return satisfies(definition.comparator, shown, definition.threshold)


def on_a_line(facts: Facts, due: dt.date, points: list[tuple[int, Fraction]]) -> Outlook | None:
    """Return the forecast of what is no flow; points: (month, stored value), all up to this month."""
    if len(points) < 4:
        return None
    line = [(Fraction((facts.ends[q] - due).days), value) for q, value in points[-6:]]
    slope = median((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(line, 2))
    read = rounded(median(y - slope * x for x, y in line))
    steps = [(y2 - y1) / ((x2 - x1) / MONTH) for (x1, y1), (x2, y2) in pairwise(line)]
    ahead, n = -line[-1][0] / MONTH, len(steps)
    square = Fraction(16, 10) ** 2 * variance(steps) * (ahead + ahead**2 / n)
    digits = Context(prec=60)
    root = digits.sqrt(digits.divide(Decimal(square.numerator), Decimal(square.denominator)))
    width = rounded(Fraction(root))
    return Outlook(read, read - width, read + width)


def with_what_comes(
    target: PlainTarget, sums: NodeSums, parts: list[tuple[Fraction, Fraction]], coming: int
) -> Outlook | None:
    """Return the forecast of a flow. parts: N and D (of a count its number, and 0) of each window with a figure; coming:
    the due periods that follow."""
    if len(parts) < 4 or sums.value is None:
        return None
    last = parts[-6:]
    if target.kind == "count":
        numbers = [number for number, _ in last]
        ends = (sums.value + coming * x for x in (median(numbers), min(numbers), max(numbers)))
        return Outlook(*map(rounded, ends))
    assert sums.n is not None and sums.d is not None
    more = coming * median(d for _, d in last)
    if not sums.d and not more:
        return None
    read = 100 * (sums.n + coming * median(n for n, _ in last)) / (sums.d + more)
    shares = [n / d for n, d in last if d]
    low, high = (
        (100 * (sums.n + more * r) / (sums.d + more) for r in (min(shares), max(shares))) if shares else (read,) * 2
    )
    return Outlook(rounded(read), rounded(low), rounded(high))


def pace(
    target: PlainTarget, sums: NodeSums, parts: list[tuple[Fraction, Fraction]], coming: int, threshold: Fraction
) -> Fraction | None:
    """Return what the coming windows of a flow need; None where nothing is to come."""
    if target.kind == "count":
        return rounded((threshold - total([sums.value])) / coming) if coming else None
    more = coming * median(d for _, d in parts[-6:])
    if not more or sums.n is None or sums.d is None:
        return None
    return rounded(100 * (threshold / 100 * (sums.d + more) - sums.n) / more)


def status(
    target: PlainTarget,
    definition: PlainDefinition,
    closed: bool,
    value: Fraction | None,
    needed: Fraction | None,
    outlook: Outlook | None,
    judged: bool,
) -> str:
    """Return the status; value: exact; needed: the required value."""
    if value is None:
        return "no_data"
    if not judged or definition.threshold is None:
        return "tracked"
    if satisfies(definition.comparator, value, definition.threshold):
        return "achieved"
    if closed:
        return "missed"
    falling = definition.comparator in ("lte", "lt")
    signs = 0
    if needed is not None and (rounded(value) > needed if falling else rounded(value) < needed):
        signs += 1
    if outlook is not None and not outlook.reaches(target, definition):
        signs += 1
    return ["on_track", "behind", "at_risk"][signs]


def parts_of(target: PlainTarget, basis: str, codes: list[str], months: Iterable[int]) -> list[tuple[int, PlainFigure]]:
    """Return what the windows of these months brought to a flow's row, where an agency has a figure."""
    parts = []
    for q in months:
        figures = [target.figures[(basis, code, q)] for code in codes if (basis, code, q) in target.figures]
        if figures:
            column = PlainFigure(total(f.n for f in figures), total(f.d for f in figures), total(f.v for f in figures))
            parts.append((q, column))
    return parts


# All rows of a target
@dataclass
class Past:
    """A node's earlier months as the later ones need them, on one basis.

    points: (month, stored value) of those that brought a figure; values: exact, by month; codes: the agencies of the flow's
    parts.
    """

    points: list[tuple[int, Fraction]]
    values: dict[int, Fraction]
    codes: list[str]
    parts: list[tuple[int, PlainFigure]]


def rows_of(facts: Facts, target: PlainTarget) -> Rows:
    """Compute all rows of a target, numbers as Fractions."""
    rows: Rows = {}
    for basis in (OFFICIAL, PROVISIONAL):
        past: dict[Node, Past] = {}
        for month in sorted(facts.ends):
            whole = sum(is_assigned(facts, target, code, month) for code in target.assignments)
            for node in facts.nodes[month]:
                sums = summed(facts, target, basis, node, month)
                if sums is None:
                    continue
                before = past.setdefault(node, Past([], {}, [], []))
                rows[(month, basis, target.code, *node)] = row_of(
                    facts, target, basis, node, month, sums, before, whole
                )
    return rows


def row_of(
    facts: Facts, target: PlainTarget, basis: str, node: Node, month: int, sums: NodeSums, past: Past, whole: int
) -> Cells:
    """Compute one row's cells, and add its month to what later ones need. whole: agencies assigned in the province."""
    scope, code = node
    definition = target.definition(month)
    value = None if sums.value is None else rounded(sums.value)
    if sums.value is not None:
        past.values[month] = sums.value
    if sums.point and value is not None:
        past.points.append((month, value))
    threshold = definition.threshold
    is_whole = scope == "area" and facts.agencies[code].level == "province"
    judged = threshold is not None and not (target.kind in ("count", "value") and whole > 1 and not is_whole)
    if threshold is not None and target.kind == "yes_no" and scope == "own" and threshold < 100:
        judged = False
    closed, final = is_closed(facts, definition, month), closing(facts, definition)
    same_line = target.begins_again and target.kind == "count"
    since = first_counted(target, month)
    first = min((q for q in past.values if q >= since or not same_line), default=None)
    # Of a sum that begins again: the closing year's own sum, of which nothing may have come yet, is what counts.
    closing_since = since if final is None else first_counted(target, final)
    if since > closing_since:
        judged = False
    needed = None
    if judged:
        needed = required(facts, target, month, None if first is None else (first, rounded(past.values[first])))
    outlook, needed_pace = None, None
    if value is not None and not closed:
        if target.timing != "flow":
            outlook = on_a_line(facts, definition.due, past.points)
        elif final is not None:
            parts = [(total([f.n, f.v]), total([f.d])) for f in flow_parts(facts, target, basis, node, month, past)]
            ahead = [q for q in range(max(month + 1, closing_since), final + 1) if q in facts.months]
            coming = sum(is_due(facts, target, q) for q in ahead)
            base = sums
            if since < closing_since:
                nothing = Fraction(0)
                base = replace(sums, n=nothing, d=nothing, value=nothing)
            outlook = with_what_comes(target, base, parts, coming)
            if outlook is not None and judged and threshold is not None:
                needed_pace = pace(target, base, parts, coming, threshold)
    due_held = None
    if judged and closed and final in past.values and threshold is not None:
        due_held = satisfies(definition.comparator, past.values[final], threshold)
    shown = None if outlook is None else outlook.limited(target)
    return (
        None if scope == "level" else code,
        sums.n,
        sums.d,
        value,
        sums.expected,
        sums.reported,
        sums.approved,
        sums.stale,
        sums.point,
        judged,
        needed,
        status(target, definition, closed, sums.value, needed, outlook, judged),
        *((shown.value, shown.low, shown.high) if shown else (None, None, None)),
        due_held,
        sums.fresh,
        needed_pace,
    )


def flow_parts(facts: Facts, target: PlainTarget, basis: str, node: Node, month: int, past: Past) -> list[PlainFigure]:
    """Return what each window up to a month brought to a flow's row, by the agencies that are in it in this month."""
    codes = [code for code in facts.nodes[month][node] if code in target.assignments]
    since = first_counted(target, month)
    past.parts = [part for part in past.parts if part[0] >= since]
    if codes != past.codes:
        past.codes, past.parts = codes, parts_of(target, basis, codes, range(since, month + 1))
    else:
        last = past.parts[-1][0] if past.parts else since - 1
        past.parts += parts_of(target, basis, codes, range(last + 1, month + 1))
    return [figure for _, figure in past.parts]
