"""The self-audit: every roll-up once more, the slow way, in plain Python and exact fractions, one agency and one month at a
time, and each stored row that differs.

Written from domain.md alone (*Kinds of target*, *Timing*, *Roll-up*, *Is it on track?*). It shares no code with `rollup` and
`measurement`: a mistake there is not repeated here. `facts_of` and `target_of` read the bare facts, `rows_of` makes of them
the words and numbers of domain.md's table, `verify` compares.

Where domain.md leaves room, it is read so: a figure counts for its month whether or not its agency was assigned at that
month's end (an exemption granted afterwards does not unmake what was entered); an agency that is exempt or closed belongs
to a flow's row for as long as its earlier months are in it, so that their gaps make the row stale.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from statistics import median
from typing import NamedTuple

from django.db import connection, transaction

from agencies.models import Agency as AgencyRow
from agencies.models import Placement as PlacementRow
from core import formatting
from indicators.models import Actual as ActualRow
from indicators.models import Assignment as AssignmentRow
from indicators.models import Basis, Rollup, Scope
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


@dataclass
class Agency:
    code: str
    level: str
    life: tuple
    places: list  # (from day, parent's code or None), in order


@dataclass
class PlainAssignment:
    life: tuple
    exemptions: list


@dataclass
class PlainFigure:
    n: Fraction | None
    d: Fraction | None
    v: Fraction | None


@dataclass
class PlainTarget:
    code: str
    kind: str
    timing: str
    quarterly: bool
    unit: str
    comparator: str
    threshold: Fraction | None
    due: dt.date
    baseline: Fraction | None
    milestones: list
    assignments: dict  # by agency code
    figures: dict  # (basis, agency code, month) → Figure

    @property
    def is_share(self):
        return self.kind == "ratio" and self.unit == "%"


@dataclass
class Facts:
    first_day: dt.date
    ends: dict  # month → last day of its window
    agencies: dict
    nodes: dict  # month → {(scope, node): codes of all agencies in it}


class Difference(NamedTuple):
    """A row that is not as it should be; the side without such a row is None, else the cells of COLUMNS."""

    month: int
    basis: str
    target: str
    scope: str
    node: str
    stored: tuple | None
    recomputed: tuple | None

    def __str__(self):
        """`I.12, tháng 8, Chính thức, Địa bàn h288: giá trị 60 → 57,619048`."""
        row = f"{self.target}, tháng {self.month}, {Basis(self.basis).label}, {Scope(self.scope).label} {self.node}"
        if self.stored is None:
            return f"{row}: thiếu dòng này"
        if self.recomputed is None:
            return f"{row}: thừa dòng này"
        cells = zip(COLUMNS, self.stored, self.recomputed, strict=True)
        return f"{row}: " + "; ".join(
            f"{_named(column)} {_shown(column, was)} → {_shown(column, found)}"
            for column, was, found in cells
            if was != found
        )


class Verified(NamedTuple):
    """How many rows were recomputed, how many rows differ (missing and superfluous ones too), and how many were left out
    because their roll-up is owed."""

    rows: int
    differences: int
    owed: int


# What is stored against what is recomputed
@contextmanager
def snapshot():
    """One moment of the database for all that is read inside; nobody who writes is held up. Inside a transaction it is
    the caller's own."""
    if connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    sqlite = connection.vendor == "sqlite"
    if sqlite:
        # Nothing is written here: the lock that every other transaction takes at its start is not needed.
        usual, connection.transaction_mode = connection.transaction_mode, "DEFERRED"
    try:
        with transaction.atomic():
            if not sqlite:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    finally:
        if sqlite:
            connection.transaction_mode = usual


def verify(plan, report: Callable[[Difference], object]) -> Verified:
    """Compare every stored row of a plan with its recomputation; `report(difference)` is called for each that differs.

    One target at a time, so that memory is that of one target. Rows whose roll-up is owed are not compared.
    """
    rows = differing = owed = 0
    with snapshot():
        facts = facts_of(plan)
        owed_from = _owed_from(plan)
        for row in plan.targets.order_by("position"):
            first_owed = min(owed_from.get(None, AFTER_ALL), owed_from.get(row.pk, AFTER_ALL))
            stored, recomputed = stored_rows(row), rows_of(facts, target_of(row))
            for key in sorted(stored.keys() | recomputed.keys()):
                if key[0] >= first_owed:
                    owed += 1
                    continue
                rows += key in recomputed
                if stored.get(key) != recomputed.get(key):
                    differing += 1
                    report(Difference(*key, stored.get(key), recomputed.get(key)))
    return Verified(rows, differing, owed)


def _owed_from(plan):
    """First month of which a roll-up is owed, by target; None stands for all targets."""
    first = {}
    for target, month in plan.pending_rollups.values_list("target", "from_period"):
        first[target] = min(month, first.get(target, month))
    return first


def stored_rows(target) -> dict:
    """The stored rows of a target: (month, basis, target, scope, node) → the cells of COLUMNS. One query."""
    key = ("period__number", "basis", "target__code", "scope", "node")
    rows = Rollup.objects.filter(target=target).values_list(*key, *COLUMNS)
    return {row[:5]: row[5:] for row in rows.iterator(chunk_size=5000)}


def _named(column):
    return Rollup._meta.get_field(column.removesuffix("__code")).verbose_name


def _shown(column, cell):
    if isinstance(cell, bool):
        return "có" if cell else "không"
    if isinstance(cell, Fraction):
        cell = Decimal(cell.numerator) / cell.denominator
    if isinstance(cell, Decimal | int):
        return formatting.number(cell)
    if cell is None:
        return formatting.NONE
    return dict(Rollup._meta.get_field("status").flatchoices)[cell] if column == "status" else cell


# The facts
def facts_of(plan) -> Facts:
    """What all targets of a plan share: the days, and who belonged where at each window's end. Three queries."""
    places = {}
    for code, since, parent in PlacementRow.objects.order_by("first_day").values_list(
        "agency__code", "first_day", "parent__code"
    ):
        places.setdefault(code, []).append((since, parent))
    agencies = {
        code: Agency(code, level, (first, last), places.get(code, []))
        for code, level, first, last in AgencyRow.objects.values_list("code", "level", "first_day", "last_day")
    }
    facts = Facts(plan.first_day, dict(plan.periods.values_list("number", "window_last")), agencies, {})
    facts.nodes = {month: nodes(facts, month) for month in sorted(facts.ends)}
    return facts


def target_of(row) -> PlainTarget:
    """One target as it is defined, assigned and reported. Five queries."""
    exemptions = {}
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
    # Of a report of which single figures were sent back the others stay submitted; in the place of those stands what was
    # approved before.
    sent_back = set(
        ReturnedFigureRow.objects.filter(target=row, settled_at=None)
        .filter(submission__state="returned", submission__is_provisional=True)
        .values_list("submission__agency__code", "submission__period__number")
    )
    figures = {}
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
        if official if (code, month) in sent_back else provisional:
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
        sorted((milestone.day, exact(milestone.value)) for milestone in row.milestones.all()),
        assignments,
        figures,
    )


def exact(number):
    return None if number is None else Fraction(number)


# Who belongs where on a day
def holds_on(life, day):
    first, last = life
    return (first is None or first <= day) and (last is None or day <= last)


def is_assigned(facts, target, code, month):
    day = facts.ends[month]
    assignment = target.assignments.get(code)
    if assignment is None or not holds_on(assignment.life, day) or not holds_on(facts.agencies[code].life, day):
        return False
    return not any(holds_on(exemption, day) for exemption in assignment.exemptions)


def chain(facts, code, day):
    """The agency and all that it hangs under on a day."""
    found = []
    while code is not None:
        found.append(code)
        parents = [parent for since, parent in facts.agencies[code].places if since <= day]
        code = parents[-1] if parents else None
    return found


def nodes(facts, month):
    """(scope, node) → codes of all agencies in it, by the tree of the window's last day."""
    found = {}
    for code, agency in facts.agencies.items():
        found.setdefault(("own", code), []).append(code)
        for above in chain(facts, code, facts.ends[month]):
            if facts.agencies[above].level in ("province", "district"):
                found.setdefault(("area", above), []).append(code)
        if agency.level in LEVELS:
            found.setdefault(("level", LEVELS[agency.level]), []).append(code)
    return found


# One cell: what an agency contributes as of a month
def months_with_figure(target, basis, code, upto):
    return [month for month in range(1, upto + 1) if (basis, code, month) in target.figures]


def contribution(target, basis, code, month):
    """The agency's figure as of a month: the year to date of a flow, the latest of anything else; None if silent."""
    months = months_with_figure(target, basis, code, month)
    if not months:
        return None
    if target.timing != "flow":
        return target.figures[(basis, code, months[-1])]
    entered = [target.figures[(basis, code, q)] for q in months]
    if target.kind == "ratio":
        return PlainFigure(sum(figure.n for figure in entered), sum(figure.d for figure in entered), None)
    return PlainFigure(None, None, sum(figure.v for figure in entered))


def last_due(target, month):
    if not target.quarterly:
        return month
    return max((q for q in (3, 6, 9, 12) if q <= month), default=0)


# One node in one month
def rounded(number):
    """To six decimals, half away from zero."""
    if number is None:
        return None
    scaled = abs(number) * 10**6
    whole = int(scaled + Fraction(1, 2))
    return Fraction(whole if number >= 0 else -whole, 10**6)


def satisfies(comparator, left, right):
    return {"gte": left >= right, "gt": left > right, "lte": left <= right, "lt": left < right}[comparator]


def summed(facts, target, basis, codes, month):
    """What the node's agencies add up to: a dictionary with the exact value, N, D, and how they came about."""
    due = last_due(target, month)
    assigned = [code for code in codes if is_assigned(facts, target, code, month)]
    if not assigned:
        return None
    # One that is exempt or closed no longer counts, save that its earlier months stay in a flow.
    counting = [code for code in codes if code in target.assignments] if target.timing == "flow" else assigned
    figures = {code: contribution(target, basis, code, month) for code in counting}
    figures = {code: figure for code, figure in figures.items() if figure is not None}

    n = d = value = None
    if figures:
        if target.kind == "ratio":
            n, d = sum(figure.n for figure in figures.values()), sum(figure.d for figure in figures.values())
            value = 100 * n / d if d else None
        elif target.kind == "yes_no":
            n, d = Fraction(sum(figure.v == 1 for figure in figures.values())), Fraction(len(assigned))
            value = 100 * n / d
        elif target.kind == "milestone":
            value = sum(figure.v for figure in figures.values()) / len(figures)
        elif target.kind == "count":
            value = sum(figure.v for figure in figures.values())
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

    def recently(code, bases):
        return any((b, code, q) in target.figures for b in bases for q in range(max(due, 1), month + 1))

    expected = assigned if due else []
    return {
        "n": n,
        "d": d,
        "value": value,
        "assigned": len(assigned),
        "expected": len(expected),
        "reported": sum(recently(code, (OFFICIAL, PROVISIONAL)) for code in expected),
        "approved": sum(recently(code, (OFFICIAL,)) for code in expected),
        "stale": stale,
        "point": any((basis, code, month) in target.figures for code in counting),
    }


# Is it on track?
def required(facts, target, month):
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


def forecast(facts, target, points, month):
    """points: (month, stored value) up to and with this month."""
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


def status(facts, target, row, month):
    if row["value"] is None:
        return "no_data"
    if row["threshold"] is None:
        return "tracked"
    if satisfies(target.comparator, row["value"], row["threshold"]):
        return "achieved"
    if facts.ends[month] > target.due or month == max(facts.ends):
        return "missed"
    falling = target.comparator in ("lte", "lt")
    stored = rounded(row["value"])
    if stored <= row["required"] if falling else stored >= row["required"]:
        return "on_track"
    if row["forecast"] is not None and not satisfies(target.comparator, row["forecast"], row["threshold"]):
        return "at_risk"
    return "behind"


# All rows of a target
def rows_of(facts, target) -> dict:
    """(month, basis, target, scope, node) → the cells of COLUMNS, numbers as Fractions."""
    rows = {}
    for basis in (OFFICIAL, PROVISIONAL):
        points = {}
        for month in sorted(facts.ends):
            whole = sum(is_assigned(facts, target, code, month) for code in target.assignments)
            for node, codes in facts.nodes[month].items():
                row = summed(facts, target, basis, codes, month)
                if row is None:
                    continue
                if row["point"] and row["value"] is not None:
                    points.setdefault(node, []).append((month, rounded(row["value"])))
                scope, code = node
                is_whole = scope == "area" and facts.agencies[code].level == "province"
                followed = target.kind in ("count", "value") and whole > 1 and not is_whole
                row["threshold"] = None if followed else target.threshold
                row["required"] = None if followed else required(facts, target, month)
                row["forecast"] = None
                if row["value"] is not None:
                    row["forecast"] = forecast(facts, target, points.get(node, []), month)
                rows[(month, basis, target.code, scope, code)] = (
                    None if scope == "level" else code,
                    row["n"],
                    row["d"],
                    rounded(row["value"]),
                    row["expected"],
                    row["reported"],
                    row["approved"],
                    row["stale"],
                    row["point"],
                    row["required"],
                    status(facts, target, row, month),
                    row["forecast"],
                )
    return rows
