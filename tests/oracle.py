"""Roll-ups the slow way: an independent reckoning in plain Python and exact fractions, one agency and one month at a time.

Written from domain.md alone (*Kinds of target*, *Timing*, *Roll-up*, *Is it on track?*), sharing no code with the product:
the tests compare the product's roll-ups with it, row by row. `world(plan)` reads the bare facts out of the database,
`rollups(world)` gives every row as the words and numbers of domain.md's table.

Where domain.md leaves room, it is read so: a figure counts for its month whether or not its agency was assigned at that
month's end (an exemption granted afterwards does not unmake what was entered); an agency that is exempt or closed belongs
to a flow's row for as long as its earlier months are in it, so that their gaps make the row stale.
"""

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from statistics import median

from agencies.models import Agency as AgencyRow
from indicators.models import Actual as ActualRow
from indicators.models import Assignment as AssignmentRow
from indicators.models import Exemption as ExemptionRow

OFFICIAL, PROVISIONAL = "official", "provisional"
LEVELS = {"department": "@departments", "district": "@districts", "commune": "@communes"}


@dataclass
class Agency:
    code: str
    level: str
    life: tuple
    places: list  # (from day, parent's code or None), in order


@dataclass
class Assignment:
    life: tuple
    exemptions: list


@dataclass
class Figure:
    n: Fraction | None
    d: Fraction | None
    v: Fraction | None


@dataclass
class Target:
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
    assignments: dict = field(default_factory=dict)  # by agency code
    figures: dict = field(default_factory=dict)  # (basis, agency code, month) → Figure

    @property
    def is_share(self):
        return self.kind == "ratio" and self.unit == "%"


@dataclass
class World:
    first_day: dt.date
    ends: dict  # month → last day of its window
    agencies: dict
    targets: list


# The facts


def world(plan):
    """The bare facts of a plan, as they stand in the database."""

    def exact(number):
        return None if number is None else Fraction(number)

    agencies = {}
    for row in AgencyRow.objects.all():
        places = sorted(
            (place.first_day, place.parent.code if place.parent else None) for place in row.placements.all()
        )
        agencies[row.code] = Agency(row.code, row.level, (row.first_day, row.last_day), places)
    targets = {}
    for row in plan.targets.all():
        targets[row.pk] = Target(
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
        )
    for row in AssignmentRow.objects.filter(target__plan=plan).select_related("agency"):
        exemptions = [(e.first_day, e.last_day) for e in ExemptionRow.objects.filter(assignment=row)]
        targets[row.target_id].assignments[row.agency.code] = Assignment((row.first_day, row.last_day), exemptions)
    for row in ActualRow.objects.filter(target__plan=plan).select_related("submission__agency", "submission__period"):
        figure = Figure(exact(row.numerator), exact(row.denominator), exact(row.value))
        key = row.submission.agency.code, row.submission.period.number
        if row.submission.is_official:
            targets[row.target_id].figures[(OFFICIAL, *key)] = figure
        if row.submission.is_provisional:
            targets[row.target_id].figures[(PROVISIONAL, *key)] = figure
    ends = {period.number: period.window_last for period in plan.periods.all()}
    return World(plan.first_day, ends, agencies, list(targets.values()))


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
        return Figure(sum(figure.n for figure in entered), sum(figure.d for figure in entered), None)
    return Figure(None, None, sum(figure.v for figure in entered))


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


# All rows


def rollups(facts):
    """Every row: (month, basis, target, scope, node) → its cells in the order of domain.md's export, numbers as Fractions."""
    rows = {}
    province = next(code for code, agency in facts.agencies.items() if agency.level == "province")
    for target in facts.targets:
        for basis in (OFFICIAL, PROVISIONAL):
            points = {}
            for month in sorted(facts.ends):
                whole = sum(is_assigned(facts, target, code, month) for code in target.assignments)
                for node, codes in nodes(facts, month).items():
                    row = summed(facts, target, basis, codes, month)
                    if row is None:
                        continue
                    if row["point"] and row["value"] is not None:
                        points.setdefault(node, []).append((month, rounded(row["value"])))
                    followed = target.kind in ("count", "value") and whole > 1 and node != ("area", province)
                    row["threshold"] = None if followed else target.threshold
                    row["required"] = None if followed else required(facts, target, month)
                    row["forecast"] = None
                    if row["value"] is not None:
                        row["forecast"] = forecast(facts, target, points.get(node, []), month)
                    rows[(month, basis, target.code, *node)] = (
                        row["n"],
                        row["d"],
                        rounded(row["value"]),
                        row["expected"],
                        row["reported"],
                        row["approved"],
                        row["stale"],
                        row["required"],
                        status(facts, target, row, month),
                        row["forecast"],
                    )
    return rows
