"""Roll-ups in three layers: SQL adds (one set-based pass), pure Python judges (rules/), one upsert stores.

`rebuild` may run twice, at any place, in any order: its result depends only on the figures (docs: domain, Roll-up). The
sums of the nodes above the reporting agencies are stored (`RollupSums`): a changed report adds its difference to them,
so the figures of all other agencies need not be read.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from io import StringIO
from itertools import groupby, islice, repeat
from operator import add, itemgetter, neg, sub
from typing import Any, NamedTuple, cast

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from agencies.models import GROUPS, Agency, Level, Placement
from core.fields import ExactDecimalField
from indicators.models import Assignment, Basis, Plan, Rollup, RollupState, RollupSums, Scope, Target
from indicators.rollups.flow_parts import FlowParts, YearToDate
from indicators.rollups.memberships import TREE, listed, memberships
from indicators.rollups.succession import Adjustment, Successions, heirs_of
from indicators.rules.calendar import Window, last_due
from indicators.rules.definition import Definition
from indicators.rules.forecast import FlowPart
from indicators.rules.judging import Rule, Sums, judge
from indicators.rules.kinds import Comparator, Kind, Timing

# One row per target × node × period, with the sums of both bases side by side. Scopes are numbered so that a node is two
# integers; a level's node is its position in LEVEL_NODES.
OWN, AREA, LEVEL = 0, 1, 2
SCOPES = {OWN: Scope.OWN, AREA: Scope.AREA, LEVEL: Scope.LEVEL}
LEVEL_NODES = {0: "@departments", 1: "@districts", 2: "@communes"}
AREAS = (Level.PROVINCE, Level.DISTRICT)
Nodes = dict[int, set[int]]
# A row's target, scope, node and month; its counts; a cell and a row as they are inserted.
Key = tuple[int, int, int, int]
Counts = tuple[int, ...]
Cell = int | str | bool | None
Row = tuple[Cell, ...]

ADD_UP = (
    TREE
    + """,
back AS MATERIALIZED (
    -- Figures that are returned by themselves: the approved one counts instead.
    SELECT r.target_id, s.agency_id, s.period_id
    FROM indicators_returnedfigure r
    JOIN indicators_submission s ON s.id = r.submission_id
    WHERE r.settled_at IS NULL AND s.is_provisional AND s.state = 'returned'
),
counted AS MATERIALIZED (
    SELECT a.target_id, s.agency_id, per.p, a.numerator, a.denominator, a.value, s.is_official,
        CASE WHEN back.target_id IS NULL THEN s.is_provisional ELSE s.is_official END AS is_provisional
    FROM indicators_actual a
    JOIN indicators_submission s ON s.id = a.submission_id
    JOIN per ON per.id = s.period_id
    LEFT JOIN back ON back.target_id = a.target_id AND back.agency_id = s.agency_id AND back.period_id = s.period_id
    WHERE (s.is_official OR s.is_provisional) {only_a}
),
figure AS MATERIALIZED (
    -- At most one official and one provisional figure of a target, agency and period.
    SELECT s.target_id, s.agency_id, s.p,
        MAX(CASE WHEN s.is_official THEN 1 END) AS o, MAX(CASE WHEN s.is_provisional THEN 1 END) AS q,
        MAX(CASE WHEN s.is_official THEN s.numerator END) AS o_n,
        MAX(CASE WHEN s.is_official THEN s.denominator END) AS o_d,
        MAX(CASE WHEN s.is_official THEN s.value END) AS o_v,
        MAX(CASE WHEN s.is_provisional THEN s.numerator END) AS q_n,
        MAX(CASE WHEN s.is_provisional THEN s.denominator END) AS q_d,
        MAX(CASE WHEN s.is_provisional THEN s.value END) AS q_v
    FROM counted s
    WHERE s.is_official OR s.is_provisional
    GROUP BY s.target_id, s.agency_id, s.p
),
cell AS MATERIALIZED (
    -- Every assignment in every period: in force at the window's end or not, when a figure was last due, the figure.
    SELECT asg.target_id, asg.agency_id, per.p,
        CASE WHEN t.timing = 'flow' THEN 1 ELSE 0 END AS flow,
        -- The first period whose figures count in the sum: the plan's, or the year's.
        CASE WHEN t.timing = 'flow' AND NOT t.accumulates_over_plan THEN per.p - (per.p - 1) %% 12 ELSE 1 END AS since,
        per.p - CASE t.frequency WHEN 'quarter' THEN (per.p + %(month)s - 1) %% 3
            WHEN 'half' THEN (per.p + %(month)s - 1) %% 6 WHEN 'year' THEN (per.p + %(month)s - 1) %% 12
            ELSE 0 END AS due_p,
        CASE WHEN (asg.first_day IS NULL OR asg.first_day <= per.window_last)
            AND (asg.last_day IS NULL OR asg.last_day >= per.window_last)
            AND (ag.first_day IS NULL OR ag.first_day <= per.window_last)
            AND (ag.last_day IS NULL OR ag.last_day >= per.window_last)
            AND NOT EXISTS (
                SELECT 1 FROM indicators_exemption e WHERE e.assignment_id = asg.id
                AND e.first_day <= per.window_last AND (e.last_day IS NULL OR e.last_day >= per.window_last))
            THEN 1 ELSE 0 END AS assigned,
        f.o, f.q, f.o_n, f.o_d, f.o_v, f.q_n, f.q_d, f.q_v
    FROM indicators_assignment asg
    JOIN indicators_target t ON t.id = asg.target_id
    JOIN agencies_agency ag ON ag.id = asg.agency_id
    CROSS JOIN per
    LEFT JOIN figure f ON f.target_id = asg.target_id AND f.agency_id = asg.agency_id AND f.p = per.p
    WHERE t.plan_id = %(plan)s {only_t}
),
dated AS MATERIALIZED (
    SELECT cell.*, CASE WHEN due_p >= since THEN due_p ELSE 0 END AS last_due FROM cell
),
running AS MATERIALIZED (
    SELECT dated.*,
        MAX(CASE WHEN o = 1 THEN p END) OVER w AS o_last,
        MAX(CASE WHEN q = 1 THEN p END) OVER w AS q_last,
        CAST(SUM(o_n) OVER w AS bigint) AS o_sum_n, CAST(SUM(o_d) OVER w AS bigint) AS o_sum_d,
        CAST(SUM(o_v) OVER w AS bigint) AS o_sum_v,
        CAST(SUM(q_n) OVER w AS bigint) AS q_sum_n, CAST(SUM(q_d) OVER w AS bigint) AS q_sum_d,
        CAST(SUM(q_v) OVER w AS bigint) AS q_sum_v,
        SUM(CASE WHEN assigned = 1 AND last_due = p AND o IS NULL THEN 1 ELSE 0 END) OVER w AS o_gaps,
        SUM(CASE WHEN assigned = 1 AND last_due = p AND q IS NULL THEN 1 ELSE 0 END) OVER w AS q_gaps
    FROM dated
    WINDOW w AS (PARTITION BY target_id, agency_id, since ORDER BY p)
),
as_of AS MATERIALIZED (
    -- A flow is its sum to date and keeps an exempt agency's earlier months; a stock or rate is the latest figure, and
    -- counts only while its agency is assigned. Its weight is the denominator of its latest figure, of a flow that
    -- window's own.
    SELECT r.target_id, r.agency_id, r.p, r.assigned, r.flow,
        CASE WHEN r.last_due > 0 THEN r.assigned ELSE 0 END AS expected,
        CASE WHEN r.assigned = 1 AND r.last_due > 0 AND (r.o_last >= r.last_due OR r.q_last >= r.last_due)
            THEN 1 ELSE 0 END AS reported,
        CASE WHEN r.assigned = 1 AND r.last_due > 0 AND r.o_last >= r.last_due THEN 1 ELSE 0 END AS approved,
        CASE WHEN r.o_last IS NOT NULL THEN 1 ELSE 0 END AS o_has,
        CASE WHEN r.q_last IS NOT NULL THEN 1 ELSE 0 END AS q_has,
        CASE WHEN r.o = 1 THEN 1 ELSE 0 END AS o_now, CASE WHEN r.q = 1 THEN 1 ELSE 0 END AS q_now,
        CASE WHEN r.flow = 1 THEN r.o_sum_n ELSE o.o_n END AS o_n,
        CASE WHEN r.flow = 1 THEN r.o_sum_d ELSE o.o_d END AS o_d,
        CASE WHEN r.flow = 1 THEN r.o_sum_v ELSE o.o_v END AS o_v,
        CASE WHEN r.flow = 1 THEN r.q_sum_n ELSE q.q_n END AS q_n,
        CASE WHEN r.flow = 1 THEN r.q_sum_d ELSE q.q_d END AS q_d,
        CASE WHEN r.flow = 1 THEN r.q_sum_v ELSE q.q_v END AS q_v,
        CASE WHEN r.o_last IS NULL THEN 0 WHEN r.flow = 1 THEN CASE WHEN r.o_gaps > 0 THEN 1 ELSE 0 END
            WHEN r.o_last < r.last_due THEN 1 ELSE 0 END AS o_stale,
        CASE WHEN r.assigned = 1 THEN o.o_d END AS o_weight,
        CASE WHEN r.assigned = 1 AND r.o_last >= r.last_due THEN o.o_d END AS o_fresh,
        CASE WHEN r.q_last IS NULL THEN 0 WHEN r.flow = 1 THEN CASE WHEN r.q_gaps > 0 THEN 1 ELSE 0 END
            WHEN r.q_last < r.last_due THEN 1 ELSE 0 END AS q_stale,
        CASE WHEN r.assigned = 1 THEN q.q_d END AS q_weight,
        CASE WHEN r.assigned = 1 AND r.q_last >= r.last_due THEN q.q_d END AS q_fresh
    FROM running r
    LEFT JOIN figure o ON o.target_id = r.target_id AND o.agency_id = r.agency_id AND o.p = r.o_last
    LEFT JOIN figure q ON q.target_id = r.target_id AND q.agency_id = r.agency_id AND q.p = r.q_last
    WHERE r.assigned = 1 OR r.flow = 1
)
-- An agency's own row is one row, most of all: only the nodes above are added up.
SELECT x.target_id, m.scope, m.node, x.p, {own_counts}
FROM as_of x JOIN member m ON m.agency_id = x.agency_id AND m.p = x.p
WHERE m.scope = 0 AND {only_nodes}
UNION ALL
SELECT x.target_id, m.scope, m.node, x.p, {node_counts}
FROM as_of x JOIN member m ON m.agency_id = x.agency_id AND m.p = x.p
WHERE m.scope <> 0 AND {only_nodes}
GROUP BY x.target_id, m.scope, m.node, x.p
ORDER BY 1, 2, 3, 4
"""
)
# The counts of a row in the order of AddedUp: numbers of agencies, and sums of what may be missing.
COUNTS_OF_BASIS = ("has", "n", "d", "v", "now", "stale", "weight", "fresh")
COUNTS = ("assigned", "expected", "reported", "approved", *(f"{b}_{count}" for b in "oq" for count in COUNTS_OF_BASIS))
MAY_BE_MISSING = {f"{b}_{count}" for b in "oq" for count in ("n", "d", "v", "weight", "fresh")}
OWN_COUNTS = ", ".join(f"COALESCE(x.{count}, 0)" if count in MAY_BE_MISSING else f"x.{count}" for count in COUNTS)
NODE_COUNTS = ", ".join(
    f"CAST(COALESCE(SUM(x.{count}), 0) AS bigint)" if count in MAY_BE_MISSING else f"SUM(x.{count})" for count in COUNTS
)

# Contributions of the stored own rows to their parent nodes, in ADD_UP's columns but the weights (`_with_weights`). Used to
# subtract an agency's old contribution. The flow of an agency that is no longer assigned has no such row, but sums of its own.
CONTRIBUTIONS = """
SELECT o.target_id, 0, o.agency_id, per.number, 1, o.expected, o.reported, o.approved, {official}, {provisional}
FROM indicators_rollup o
JOIN indicators_rollup q ON q.target_id = o.target_id AND q.period_id = o.period_id AND q.basis = 'provisional'
    AND q.scope = o.scope AND q.node = o.node
JOIN indicators_target t ON t.id = o.target_id
JOIN indicators_reportingperiod per ON per.id = o.period_id
WHERE o.agency_id IN ({agencies}) AND o.target_id IN ({targets}) AND o.scope = 'own' AND o.basis = 'official'
"""
OF_BASIS = """
    CASE WHEN {r}.numerator IS NULL AND {r}.value IS NULL THEN 0 ELSE 1 END,
    CASE WHEN t.kind = 'ratio' THEN COALESCE({r}.numerator, 0) ELSE 0 END,
    CASE WHEN t.kind = 'ratio' THEN COALESCE({r}.denominator, 0) ELSE 0 END,
    CASE t.kind WHEN 'ratio' THEN 0 WHEN 'yes_no' THEN COALESCE({r}.numerator, 0) * 1000 ELSE COALESCE({r}.value, 0) END,
    CASE WHEN {r}.is_point THEN 1 ELSE 0 END, CASE WHEN {r}.stale THEN 1 ELSE 0 END, 0, 0
"""


class AddedUp(NamedTuple):
    """One row of ADD_UP, for a node in which agencies are or were assigned.

    o_ columns are official, q_ provisional; n and d in thousandths, v in micro, 0 where there is none; points: agencies
    with a figure of this very month; stale: agencies with an old figure or a gap; weight: ΣD of the latest figures of the
    assigned agencies, fresh: of those not older than last due.
    """

    target: int
    scope: int
    node: int
    number: int
    assigned: int
    expected: int
    reported: int
    approved: int
    o_figures: int
    o_n: int
    o_d: int
    o_v: int
    o_points: int
    o_stale: int
    o_weight: int
    o_fresh: int
    q_figures: int
    q_n: int
    q_d: int
    q_v: int
    q_points: int
    q_stale: int
    q_weight: int
    q_fresh: int


SUMS = ["target_id", *AddedUp._fields[1:]]
COLUMNS = [
    "target_id",
    "period_id",
    "basis",
    "scope",
    "node",
    "agency_id",
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
]
KEY = COLUMNS[:5]
COPY_BATCH = 20_000
PLANNER_SETTINGS = ("enable_nestloop", "enable_mergejoin", "enable_sort", "jit")
# Where each basis begins in AddedUp.
FIRST_OF = {
    Basis.OFFICIAL.value: AddedUp._fields.index("o_figures"),
    Basis.PROVISIONAL.value: AddedUp._fields.index("q_figures"),
}
NO_COUNTS = (0,) * len(AddedUp._fields[4:])
VALUES = COLUMNS[5:]


def add_up(
    plan: Plan,
    *,
    targets: Collection[int] | None = None,
    nodes: Nodes | None = None,
    agencies: Collection[int] | None = None,
) -> Iterator[AddedUp]:
    """Yield the sums of every node of a plan as of each period, in one query, in the order target, node, period.

    targets, nodes: only these (None: all); agencies: only their figures.
    """
    of_a: list[str] = []
    of_t: list[str] = []
    if targets is not None:
        of_a.append(f"AND a.target_id IN ({listed(targets)})")
        of_t.append(f"AND t.id IN ({listed(targets)})")
    if agencies is not None:
        of_a.append(f"AND s.agency_id IN ({listed(agencies)})")
        of_t.append(f"AND asg.agency_id IN ({listed(agencies)})")
    sql = ADD_UP.format(
        only_a=" ".join(of_a),
        only_t=" ".join(of_t),
        only_nodes="1 = 1" if nodes is None else f"({_within(nodes)})",
        own_counts=OWN_COUNTS,
        node_counts=NODE_COUNTS,
    )
    with _planner_settings(agencies), connection.chunked_cursor() as cursor:
        cursor.execute(sql, {"plan": plan.pk, "month": plan.first_month})
        while rows := cursor.fetchmany(5000):
            yield from map(AddedUp._make, rows)


def _within(nodes: Nodes) -> str:
    """Return the condition of SQL that selects these nodes."""
    chosen = [f"(m.scope = {scope} AND m.node IN ({listed(pks)}))" for scope, pks in nodes.items() if pks]
    return " OR ".join(chosen) or "1 = 0"


@contextmanager
def _planner_settings(agencies: Collection[int] | None) -> Iterator[None]:
    """Set PostgreSQL's planner for ADD_UP.

    It knows no sizes of the tables that WITH makes and would join a whole year by nested loops: 14 s instead of 0.1 s
    with hash joins, and would sort before it adds up the few nodes above the agencies. Where only the figures of a few
    agencies are read, nested loops are right. SQLite is read without a transaction, which would block every writer.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        if agencies is None:
            cursor.execute("".join(f"SET LOCAL {setting} = off;" for setting in PLANNER_SETTINGS))
        yield
        if agencies is None:
            cursor.execute("".join(f"SET LOCAL {setting} TO DEFAULT;" for setting in PLANNER_SETTINGS))


def rules(plan: Plan, targets: Collection[int] | None = None) -> dict[int, Rule]:
    """Return the targets of a plan as rules see them, by primary key. Four queries."""
    windows = windows_of(plan)
    chosen = Target.objects.filter(plan=plan).prefetch_related("milestones", "definitions")
    if targets is not None:
        chosen = chosen.filter(pk__in=targets)
    return {target.pk: rule_of(target, plan, windows) for target in chosen}


def windows_of(plan: Plan) -> list[Window]:
    """Return the periods of a plan as rules see them, in order. One query."""
    return [Window(*row) for row in plan.periods.order_by("number").values_list("number", "window_last")]


def rule_of(target: Target, plan: Plan, windows: Sequence[Window], latest: Definition | None = None) -> Rule:
    """Return one target as rules see it. latest: a definition that is not stored, made after all others."""
    definitions = [definition(stored.content, stored.first_period) for stored in target.definitions.all()]
    return Rule(
        kind=Kind(target.kind),
        timing=Timing(target.timing),
        cycle=target.cycle,
        is_share=target.is_share,
        definitions=[*(definitions or [definition(target.definition)]), *([latest] if latest else [])],
        plan_first_day=plan.first_day,
        plan_last_day=plan.last_day,
        windows=windows,
        first_month=plan.first_month,
        restarts=target.restarts,
    )


def definition(content: Mapping[str, Any], first_period: int = 1) -> Definition:
    """Return a definition from a period on as rules see it, from plain data (`Target.definition`)."""
    micro = cast(ExactDecimalField, Target._meta.get_field("threshold")).stored

    def number(text: str | None) -> int | None:
        return None if text is None else micro(Decimal(text))

    return Definition(
        comparator=Comparator(content["comparator"]) if content["comparator"] else None,
        threshold=number(content["threshold"]),
        due=dt.date.fromisoformat(content["due"]),
        baseline=number(content["baseline"]),
        milestones=[(dt.date.fromisoformat(day), micro(Decimal(value))) for day, value in content["milestones"]],
        first_period=first_period,
    )


def judged(plan: Plan, target: int, rule: Rule) -> Iterator[dict[str, Cell]]:
    """Yield a target's rows as another rule would judge them, by column, raw as the fields store them; nothing is
    stored."""
    judge_rows = RowJudge(plan, [target], 1)
    judge_rows.rules[target] = rule
    for row in judge_rows(add_up(plan, targets=[target])):
        yield dict(zip(COLUMNS, row, strict=True))


def rebuild(
    plan: Plan,
    *,
    targets: Collection[int] | None = None,
    agencies: Collection[int] | None = None,
    from_period: int = 1,
) -> int:
    """Roll up again and store the differences; return the number of changed rows.

    targets: only these; agencies: only figures of these have changed, so only the nodes they are part of (None: all);
    from_period: only periods from this month on are stored (earlier ones cannot have changed). One transaction: readers
    see the old rows or the new ones, never a mixture.
    """
    if targets is not None and not targets:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        judge_rows = RowJudge(plan, targets, from_period)
        chosen = judge_rows.rules.keys()
        nodes = None if agencies is None else nodes_of(agencies)
        if agencies is None or nodes is None or not is_computed(plan):
            sums: Iterable[AddedUp] = add_up(plan, targets=targets, nodes=nodes)
        else:
            sums = _by_difference(cursor, plan, judge_rows.rules, agencies, nodes, from_period)
        upper_sums: list[AddedUp] = []
        _empty_stage(cursor)
        staged = _fill_stage(cursor, judge_rows(_collecting(sums, upper_sums, from_period)))
        periods = [pk for number, pk in judge_rows.periods.items() if number >= from_period]
        changed = _store(cursor, staged, chosen, periods, nodes)
        _store_sums(cursor, upper_sums, chosen, nodes, from_period)
        return changed


def is_computed(plan: Plan) -> bool:
    """Return True where the whole plan was rolled up before, so that its stored sums are complete."""
    return RollupState.objects.filter(plan=plan, computed_at__isnull=False).exists()


def stored_sums(targets: Collection[int], nodes: Nodes) -> list[AddedUp]:
    """Read the stored sums of nodes above the reporting agencies, in the order target, node, period.

    Of an agency's own node only those of months in which it is not assigned and the earlier months of its flow count.
    """
    names = ", ".join(SUMS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {names} FROM {RollupSums._meta.db_table} m WHERE target_id IN ({listed(targets)}) "
            f"AND ({_within(nodes)}) ORDER BY target_id, scope, node, number"
        )
        return list(map(AddedUp._make, cursor.fetchall()))


def _collecting(sums: Iterable[AddedUp], upper_sums: list[AddedUp], from_period: int) -> Iterator[AddedUp]:
    """Yield the sums, and append to `upper_sums` those that no stored row of a reporting agency holds."""
    for row in sums:
        if row.number >= from_period and (row.scope != OWN or not row.assigned):
            upper_sums.append(row)
        yield row


def _by_difference(
    cursor: CursorWrapper,
    plan: Plan,
    rules: Mapping[int, Rule],
    agencies: Collection[int],
    nodes: Nodes,
    from_period: int,
) -> list[AddedUp]:
    """Return the sums of some agencies and of the nodes above them, where only figures of these agencies have changed.

    Their own sums come from their figures; those of the nodes above are the stored ones plus these agencies'
    differences.
    """
    targets = rules.keys()
    chosen = {"targets": listed(targets), "agencies": listed(agencies)}
    now = list(add_up(plan, targets=targets, nodes={**nodes, AREA: set(), LEVEL: set()}, agencies=agencies))
    cursor.execute(CONTRIBUTIONS.format(official=OF_BASIS.format(r="o"), provisional=OF_BASIS.format(r="q"), **chosen))
    before = [AddedUp._make(row) for row in cursor.fetchall()]
    upper: dict[Key, Counts] = {}
    for row in stored_sums(targets, nodes):
        if row.scope != OWN:
            upper[row[:4]] = row[4:]
        else:
            before.append(row)
    before = list(_with_weights(before, rules))
    above = memberships(plan, agencies)
    changed = _differences(*([row for row in rows if row.number >= from_period] for rows in (before, now)))
    for key, difference in changed.items():
        target, _, agency, number = key
        for scope, node in above[agency, number]:
            counts = upper.get((target, scope, node, number), NO_COUNTS)
            upper[target, scope, node, number] = tuple(map(add, counts, difference))
    return sorted([*now, *(AddedUp._make(key + counts) for key, counts in upper.items())])


def _with_weights(rows: Iterable[AddedUp], rules: Mapping[int, Rule]) -> Iterator[AddedUp]:
    """Yield the contributions of reporting agencies with the weights that their stored rows do not hold.

    Of a flow the weight is what the latest month with a figure added to D, else D itself. rows: of all months.
    """
    for (target, _, _), months in groupby(sorted(rows), key=itemgetter(0, 1, 2)):
        rule = rules[target]
        flow = rule.timing == Timing.FLOW
        since = 0
        for row in months:
            if since != rule.since(row.number):
                since = rule.since(row.number)
                d_before, latest, weight = {"o": 0, "q": 0}, {"o": 0, "q": 0}, {"o": 0, "q": 0}
            due = last_due(row.number, rule.cycle, rule.first_month, since)
            added: dict[str, int] = {}
            for basis in ("o", "q"):
                d, points, stale = (getattr(row, f"{basis}_{name}") for name in ("d", "points", "stale"))
                if not flow:
                    weight[basis], is_fresh = d, not stale
                else:
                    if points:
                        latest[basis], weight[basis] = row.number, d - d_before[basis]
                    d_before[basis], is_fresh = d, latest[basis] >= due
                added[f"{basis}_weight"] = weight[basis] if row.assigned else 0
                added[f"{basis}_fresh"] = weight[basis] if row.assigned and is_fresh else 0
            yield row._replace(**added)


def _differences(before: Iterable[AddedUp], now: Iterable[AddedUp]) -> dict[Key, Counts]:
    """Return the changes of each agency's sums, where there are any: {(target, scope, node, month): one number a
    count}."""
    earlier = {row[:4]: row[4:] for row in before}
    changes = {row[:4]: tuple(map(sub, row[4:], earlier.pop(row[:4], NO_COUNTS))) for row in now}
    changes |= {key: tuple(map(neg, counts)) for key, counts in earlier.items()}
    return {key: difference for key, difference in changes.items() if any(difference)}


class RowJudge:
    """Conversion of sums into rows of the table in the order of COLUMNS, raw: thousandths and micro as the fields store
    them."""

    def __init__(self, plan: Plan, targets: Collection[int] | None, from_period: int) -> None:
        self.rules = rules(plan, targets)
        self.from_period = from_period
        self.periods = dict(plan.periods.values_list("number", "pk"))
        reporters = Assignment.objects.filter(target__plan=plan).values("agency")
        concerned = Agency.objects.filter(Q(level__in=AREAS) | Q(pk__in=reporters))
        self.agencies = {pk: (code, level) for pk, code, level in concerned.values_list("pk", "code", "level")}
        self.sums = SumsReader(plan, self.rules)

    def __call__(self, sums: Iterable[AddedUp]) -> Iterator[Row]:
        """Yield the rows of the sums, which come in the order target, node, month."""
        for target, rows in groupby(sums, key=itemgetter(0)):
            rule, of_target = self.rules[target], list(rows)
            adjusted = self.sums.of_target(target)
            followed = several(rule, (row for row in of_target if self.is_whole(row.scope, row.node)))
            for (scope, node), series in groupby(of_target, key=itemgetter(1, 2)):
                tracked = tracked_in(rule, followed, is_own=scope == OWN, is_whole=self.is_whole(scope, node))
                yield from self.node_rows(target, rule, list(series), tracked, adjusted)

    def is_whole(self, scope: int, node: int) -> bool:
        """Return True for the province's row: where several agencies report a count or a value, only this row has the
        threshold."""
        return scope == AREA and self.agencies[node][1] == Level.PROVINCE

    def node_rows(
        self, target: int, rule: Rule, rows: Sequence[AddedUp], tracked: frozenset[int], adjusted: "TargetSums"
    ) -> Iterator[Row]:
        """Yield the rows of one node on both bases. rows: of all months, also of those in which no agency is assigned."""
        _, scope, node, *_ = rows[0]
        agency = None if scope == LEVEL else node
        code = LEVEL_NODES[node] if scope == LEVEL else self.agencies[node][0]
        name = SCOPES[scope].value
        wanted = [row for row in rows if row.assigned and row.number >= self.from_period]
        for basis in FIRST_OF:
            series = adjusted.series(rows, basis)
            for row, judged in zip(wanted, judge(rule, series, tracked, self.from_period), strict=True):
                yield (
                    target,
                    self.periods[row.number],
                    basis,
                    name,
                    code,
                    agency,
                    judged.numerator,
                    judged.denominator,
                    judged.value,
                    row.expected,
                    row.reported,
                    row.approved,
                    judged.stale,
                    judged.is_point,
                    judged.is_judged,
                    judged.required,
                    judged.status.value,
                    judged.forecast,
                    judged.forecast_low,
                    judged.forecast_high,
                    judged.due_held,
                    judged.fresh,
                    judged.pace,
                )


def several(rule: Rule, whole: Iterable[AddedUp]) -> frozenset[int]:
    """Return the months in which several agencies report a target whose threshold is then the whole's only. whole: the
    province's rows."""
    return frozenset(row.number for row in whole if row.assigned > 1) if rule.whole_only else frozenset()


def tracked_in(rule: Rule, followed: frozenset[int], *, is_own: bool, is_whole: bool) -> frozenset[int]:
    """Return the months in which a row is only tracked, not judged (docs: domain, Kinds of target). followed: `several`."""
    tracked = frozenset() if is_whole else followed
    return tracked | rule.never_of_one if is_own else tracked


class SumsReader:
    """The sums of a plan's nodes as rules see them: with what ended agencies leave, and the parts of flows."""

    def __init__(self, plan: Plan, rules: Mapping[int, Rule]) -> None:
        flows = {pk for pk, rule in rules.items() if rule.timing == Timing.FLOW}
        windows = next(iter(rules.values())).windows if rules else ()
        self.flows = flows
        self.parts = FlowParts(plan, flows, windows, restarting={pk for pk in flows if rules[pk].restarts})
        self.successions = Successions(plan, rules.keys() - flows, windows)

    def of_target(self, target: int) -> "TargetSums":
        """Return the reader of one target's sums."""
        is_flow = target in self.flows
        return TargetSums(
            target, self.parts if is_flow else None, {} if is_flow else self.successions.of_target(target)
        )


class TargetSums(NamedTuple):
    """The sums of one target's nodes as rules see them. parts: of a flow; adjustments: by node, month and basis."""

    target: int
    parts: FlowParts | None
    adjustments: Mapping[tuple[tuple[int, int], int, str], Adjustment]

    def series(self, rows: Sequence[AddedUp], basis: str) -> Iterator[Sums]:
        """Yield the sums of one node on a basis for each month in which agencies are assigned. rows: of all months."""
        first = FIRST_OF[basis]
        parts: Iterable[Sequence[FlowPart]] = repeat(())
        if self.parts is not None:
            to_date = [YearToDate(row.number, *row[first + 1 : first + 5]) for row in rows]
            parts = self.parts.of_node(self.target, rows[0][1:3], basis, to_date)
        for row, of_row in zip(rows, parts, strict=False):
            if row.assigned:
                figures, n, d, v, points, stale, weight, fresh = row[first : first + 8]
                sums = Sums(row.number, n, d, v, row.assigned, figures, points > 0, weight, fresh, of_row, stale > 0)
                adjustment = self.adjustments and self.adjustments.get((row[1:3], row.number, basis))
                yield _adjusted(sums, points, adjustment) if adjustment else sums


def _adjusted(sums: Sums, points: int, by: Adjustment) -> Sums:
    """Return a node's sums with what ended agencies leave, the state of their last day, which is stale. points: agencies with a
    figure of this very month."""
    return sums._replace(
        n=(sums.n or 0) + by.n,
        d=(sums.d or 0) + by.d,
        v=(sums.v or 0) + by.v,
        assigned=sums.assigned + by.assigned,
        figures=sums.figures + by.figures,
        point=points + by.points > 0,
        stale=True,
    )


# The stage is a temporary table of this connection: rows are inserted there in bulk, and two statements bring the real table
# into line with it. The same text serves both databases.
STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS rollup_stage (
    target_id bigint, period_id bigint, basis varchar(12), scope varchar(8), node varchar(32), agency_id bigint,
    numerator bigint, denominator bigint, value bigint, expected integer, reported integer, approved integer,
    stale boolean, is_point boolean, is_judged boolean, required bigint, status varchar(12), forecast bigint,
    forecast_low bigint, forecast_high bigint, due_held boolean, fresh bigint, pace bigint)
"""


def _empty_stage(cursor: CursorWrapper) -> None:
    """Create the stage, or empty it."""
    cursor.execute(STAGE)
    # On PostgreSQL deleted rows would remain and be scanned by the next roll-up.
    cursor.execute("TRUNCATE rollup_stage" if connection.vendor == "postgresql" else "DELETE FROM rollup_stage")


def _fill_stage(cursor: CursorWrapper, rows: Iterable[Row]) -> int:
    """Insert the rows into the stage; return their number."""
    staged = _insert(cursor, "rollup_stage", COLUMNS, rows)
    if connection.vendor == "postgresql":
        # The planner needs only its size; the usual sample of every column takes longer than the joins.
        cursor.execute("SET LOCAL default_statistics_target = 10; ANALYZE rollup_stage")
        # It may know a wrong size of the real table: counted while a first roll-up was not committed, it seems empty, and the
        # joins with it would take hours by nested loops. Set back in `_store_sums`.
        cursor.execute("SET LOCAL default_statistics_target TO DEFAULT; SET LOCAL enable_nestloop = off")
    else:
        # Removed rows are looked up here one by one; without an index each look-up would scan the whole stage.
        cursor.execute(f"CREATE INDEX IF NOT EXISTS temp.rollup_stage_key ON rollup_stage ({', '.join(KEY)})")
    return staged


def _insert(cursor: CursorWrapper, table: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Insert the rows into a table, in batches; return their number.

    Memory stays that of one batch, and the sums can be read on between two of them.
    """
    names = ", ".join(columns)
    rows, written = iter(rows), 0
    while batch := list(islice(rows, COPY_BATCH)):
        written += len(batch)
        if connection.vendor != "postgresql":
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})", batch)
            continue
        text = StringIO()
        for row in batch:
            text.write("\t".join(["\\N" if cell is None else str(cell) for cell in row]))
            text.write("\n")
        text.seek(0)
        cursor.cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", text)
    return written


def _store(
    cursor: CursorWrapper, staged: int, targets: Collection[int], periods: Collection[int], nodes: Nodes | None
) -> int:
    """Bring the table into line with the stage: insert or update differing rows, delete removed ones; return the number
    of changes.

    Equal rows are not touched.
    """
    table, names = Rollup._meta.db_table, ", ".join(COLUMNS)
    when = f"r.period_id IN ({listed(periods)})" if nodes is None else f"({_stored_within(nodes, periods)})"
    within = f"r.target_id IN ({listed(targets)}) AND {when}"
    same_row = " AND ".join(f"s.{column} = r.{column}" for column in KEY)
    differs = " OR ".join(f"r.{column} IS DISTINCT FROM s.{column}" for column in VALUES)
    cursor.execute(
        f"INSERT INTO {table} ({names}) SELECT {', '.join(f's.{column}' for column in COLUMNS)} FROM rollup_stage s "
        f"LEFT JOIN {table} r ON {same_row} AND {within} WHERE r.id IS NULL OR {differs} "
        f"ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET "
        + ", ".join(f"{column} = excluded.{column}" for column in VALUES)
    )
    changed: int = cursor.rowcount
    # All staged rows are stored by now: where the rebuilt part of the table has as many rows, none is to be deleted. Else no
    # agency is assigned in some node any more.
    cursor.execute(f"SELECT COUNT(*) FROM {table} r WHERE {within}")
    if cursor.fetchone()[0] == staged:
        return changed
    cursor.execute(
        f"DELETE FROM {table} WHERE id IN (SELECT r.id FROM {table} r LEFT JOIN rollup_stage s ON {same_row} "
        f"WHERE {within} AND s.target_id IS NULL)"
    )
    deleted: int = cursor.rowcount
    return changed + deleted


def _store_sums(
    cursor: CursorWrapper, sums: Iterable[AddedUp], targets: Collection[int], nodes: Nodes | None, from_period: int
) -> None:
    """Store the sums of the rebuilt nodes in place of the earlier ones."""
    table = RollupSums._meta.db_table
    within = "" if nodes is None else f" AND ({_within(nodes)})"
    back = "SET LOCAL enable_nestloop TO DEFAULT; " if connection.vendor == "postgresql" else ""
    cursor.execute(
        f"{back}DELETE FROM {table} AS m WHERE target_id IN ({listed(targets)}) AND number >= %s{within}",
        [from_period],
    )
    _insert(cursor, table, SUMS, sums)


def _stored_within(nodes: Nodes, periods: Collection[int]) -> str:
    """Return the condition of SQL that selects the stored rows of these nodes in these periods.

    Each part names the periods: together with the agency they are an index. A level has no agency, and every plan has
    the same levels: its part names the rest of the key, or the planner would scan all nodes of each target and period.
    """
    when = f"r.period_id IN ({listed(periods)})"
    names = ", ".join(f"'{LEVEL_NODES[node]}'" for node in sorted(nodes[LEVEL]))
    bases = ", ".join(f"'{basis}'" for basis in Basis.values)
    level = f"(r.agency_id IS NULL AND {when} AND r.basis IN ({bases}) AND r.scope = '{Scope.LEVEL.value}' "
    inside = [f"{level} AND r.node IN ({names}))"] if names else []
    for scope in (OWN, AREA):
        if nodes[scope]:
            agencies = listed(nodes[scope])
            inside.append(f"(r.agency_id IN ({agencies}) AND {when} AND r.scope = '{SCOPES[scope].value}')")
    return " OR ".join(inside) or "1 = 0"


def nodes_of(agencies: Collection[int]) -> Nodes:
    """Return the nodes that one of the agencies or of their successors is or ever was part of, by scope; of the agencies
    their own as well. The figure of one that ended may count in the rows of its successors."""
    within = set(agencies) | heirs_of(agencies)
    line = above = within
    while above:
        placed = Placement.objects.filter(agency__in=above, parent__isnull=False)
        above = {pk for pk in placed.values_list("parent", flat=True) if pk is not None} - line
        line = line | above
    levels = dict(Agency.objects.filter(pk__in=line).values_list("pk", "level"))
    level_nodes: dict[str, int] = {GROUPS[group]: node for node, group in LEVEL_NODES.items()}
    return {
        OWN: set(agencies),
        AREA: {agency for agency in line if levels[agency] in AREAS},
        LEVEL: {level_nodes[levels[agency]] for agency in within if levels[agency] in level_nodes},
    }
