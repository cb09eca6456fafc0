"""Roll-ups in three layers: SQL adds (one set-based pass), pure Python judges (measurement/), one upsert stores.

`rebuild` may run twice, anywhere, in any order: its result depends on the figures alone (domain.md, *Roll-up*).
"""

from collections.abc import Collection, Iterator
from io import StringIO
from itertools import groupby, islice
from operator import itemgetter
from typing import NamedTuple

from django.db import connection, transaction

from agencies.models import GROUPS, Agency, Level, Placement
from indicators.measurement.judging import Rule, Sums, Window, judge
from indicators.measurement.kinds import Comparator, Kind, Timing
from indicators.models import Basis, Rollup, Scope, Target

# One row per target × node × period, with the sums of both bases side by side. Scopes are numbered so that a node is two
# integers; a level's node is its position in LEVEL_NODES.
OWN, AREA, LEVEL = 0, 1, 2
SCOPES = {OWN: Scope.OWN, AREA: Scope.AREA, LEVEL: Scope.LEVEL}
LEVEL_NODES = {0: "@departments", 1: "@districts", 2: "@communes"}
Nodes = dict[int, set[int]]

ADD_UP = """
WITH per AS (
    SELECT id, number AS p, window_last FROM indicators_reportingperiod WHERE plan_id = %(plan)s
),
place AS MATERIALIZED (
    -- Each agency's place in the tree on the last day of each window: its latest placement up to then.
    SELECT pl.agency_id, pl.parent_id, per.p
    FROM agencies_placement pl JOIN per ON pl.first_day <= per.window_last
    WHERE NOT EXISTS (
        SELECT 1 FROM agencies_placement later
        WHERE later.agency_id = pl.agency_id AND later.first_day <= per.window_last AND later.first_day > pl.first_day)
),
member AS MATERIALIZED (
    -- The nodes that each agency is part of: its own, the areas above and at it, its level.
    SELECT agency_id, p, 0 AS scope, agency_id AS node FROM place
    UNION ALL
    SELECT place.agency_id, place.p, 1, me.id
    FROM place JOIN agencies_agency me ON me.id = place.agency_id WHERE me.level IN ('province', 'district')
    UNION ALL
    SELECT place.agency_id, place.p, 1, up.id
    FROM place JOIN agencies_agency up ON up.id = place.parent_id WHERE up.level IN ('province', 'district')
    UNION ALL
    SELECT place.agency_id, place.p, 1, top.id
    FROM place JOIN place mid ON mid.agency_id = place.parent_id AND mid.p = place.p
    JOIN agencies_agency top ON top.id = mid.parent_id WHERE top.level IN ('province', 'district')
    UNION ALL
    SELECT place.agency_id, place.p, 2,
        CASE me.level WHEN 'department' THEN 0 WHEN 'district' THEN 1 ELSE 2 END
    FROM place JOIN agencies_agency me ON me.id = place.agency_id WHERE me.level IN ('department', 'district', 'commune')
),
figure AS MATERIALIZED (
    -- At most one official and one provisional figure of a target, agency and period.
    SELECT a.target_id, s.agency_id, per.p,
        MAX(CASE WHEN s.is_official THEN 1 END) AS o, MAX(CASE WHEN s.is_provisional THEN 1 END) AS q,
        MAX(CASE WHEN s.is_official THEN a.numerator END) AS o_n,
        MAX(CASE WHEN s.is_official THEN a.denominator END) AS o_d,
        MAX(CASE WHEN s.is_official THEN a.value END) AS o_v,
        MAX(CASE WHEN s.is_provisional THEN a.numerator END) AS q_n,
        MAX(CASE WHEN s.is_provisional THEN a.denominator END) AS q_d,
        MAX(CASE WHEN s.is_provisional THEN a.value END) AS q_v
    FROM indicators_actual a
    JOIN indicators_submission s ON s.id = a.submission_id
    JOIN per ON per.id = s.period_id
    WHERE (s.is_official OR s.is_provisional) {only_targets_of_a}
    GROUP BY a.target_id, s.agency_id, per.p
),
cell AS MATERIALIZED (
    -- Every assignment in every period: is it in force at the window's end, is a figure due, what was reported.
    SELECT asg.target_id, asg.agency_id, per.p,
        CASE WHEN t.timing = 'flow' THEN 1 ELSE 0 END AS flow,
        CASE WHEN t.frequency = 'quarter' THEN per.p - per.p %% 3 ELSE per.p END AS last_due,
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
    WHERE t.plan_id = %(plan)s {only_targets_of_t}
),
running AS MATERIALIZED (
    SELECT cell.*,
        MAX(CASE WHEN o = 1 THEN p END) OVER w AS o_last,
        MAX(CASE WHEN q = 1 THEN p END) OVER w AS q_last,
        CAST(SUM(o_n) OVER w AS bigint) AS o_sum_n, CAST(SUM(o_d) OVER w AS bigint) AS o_sum_d,
        CAST(SUM(o_v) OVER w AS bigint) AS o_sum_v,
        CAST(SUM(q_n) OVER w AS bigint) AS q_sum_n, CAST(SUM(q_d) OVER w AS bigint) AS q_sum_d,
        CAST(SUM(q_v) OVER w AS bigint) AS q_sum_v,
        SUM(CASE WHEN assigned = 1 AND last_due = p AND o IS NULL THEN 1 ELSE 0 END) OVER w AS o_gaps,
        SUM(CASE WHEN assigned = 1 AND last_due = p AND q IS NULL THEN 1 ELSE 0 END) OVER w AS q_gaps
    FROM cell
    WINDOW w AS (PARTITION BY target_id, agency_id ORDER BY p)
),
as_of AS MATERIALIZED (
    -- A flow is its year to date and keeps an exempt agency's earlier months; a stock or rate is the latest figure, and
    -- counts only while its agency is assigned.
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
        CASE WHEN r.q_last IS NULL THEN 0 WHEN r.flow = 1 THEN CASE WHEN r.q_gaps > 0 THEN 1 ELSE 0 END
            WHEN r.q_last < r.last_due THEN 1 ELSE 0 END AS q_stale
    FROM running r
    LEFT JOIN figure o ON r.flow = 0 AND o.target_id = r.target_id AND o.agency_id = r.agency_id AND o.p = r.o_last
    LEFT JOIN figure q ON r.flow = 0 AND q.target_id = r.target_id AND q.agency_id = r.agency_id AND q.p = r.q_last
    WHERE r.assigned = 1 OR r.flow = 1
)
SELECT x.target_id, m.scope, m.node, x.p,
    SUM(x.assigned), SUM(x.expected), SUM(x.reported), SUM(x.approved),
    SUM(x.o_has), CAST(SUM(x.o_n) AS bigint), CAST(SUM(x.o_d) AS bigint), CAST(SUM(x.o_v) AS bigint),
    MAX(x.o_now), MAX(x.o_stale),
    SUM(x.q_has), CAST(SUM(x.q_n) AS bigint), CAST(SUM(x.q_d) AS bigint), CAST(SUM(x.q_v) AS bigint),
    MAX(x.q_now), MAX(x.q_stale)
FROM as_of x JOIN member m ON m.agency_id = x.agency_id AND m.p = x.p
{only_nodes}
GROUP BY x.target_id, m.scope, m.node, x.p
HAVING SUM(x.assigned) > 0
ORDER BY x.target_id, m.scope, m.node, x.p
"""


class AddedUp(NamedTuple):
    """One row of ADD_UP; o_ columns are official, q_ provisional; n and d in thousandths, v in micro."""

    target: int
    scope: int
    node: int
    number: int
    assigned: int
    expected: int
    reported: int
    approved: int
    o_figures: int
    o_n: int | None
    o_d: int | None
    o_v: int | None
    o_point: int
    o_stale: int
    q_figures: int
    q_n: int | None
    q_d: int | None
    q_v: int | None
    q_point: int
    q_stale: int


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
    "required",
    "status",
    "forecast",
]
KEY = COLUMNS[:5]
COPY_BATCH = 20_000
VALUES = COLUMNS[5:]


def add_up(plan, *, targets: Collection[int] | None = None, nodes: Nodes | None = None) -> Iterator[AddedUp]:
    """The sums of every node of a plan as of each period, in one query, streamed in the order target, node, period.

    targets, nodes: only these (None: all).
    """
    only = f"AND {{column}} IN ({_listed(targets)})" if targets is not None else ""
    only_nodes = ""
    if nodes is not None:
        chosen = (f"(m.scope = {scope} AND m.node IN ({_listed(pks)}))" for scope, pks in nodes.items() if pks)
        only_nodes = f"WHERE {' OR '.join(chosen)}"
    sql = ADD_UP.format(
        only_targets_of_a=only.format(column="a.target_id"),
        only_targets_of_t=only.format(column="t.id"),
        only_nodes=only_nodes,
    )
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        if connection.vendor == "postgresql":
            _steer_planner()
        cursor.execute(sql, {"plan": plan.pk})
        while rows := cursor.fetchmany(5000):
            yield from map(AddedUp._make, rows)


def _steer_planner():
    """PostgreSQL knows no sizes of what WITH makes and would join it by nested loops: 14 s instead of 0.1 s for one
    report. For this transaction only."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL jit = off")


def _listed(pks):
    return ", ".join(str(int(pk)) for pk in sorted(pks))


def rules(plan, targets: Collection[int] | None = None) -> dict[int, Rule]:
    """The targets of a plan as the pure rules see them, by primary key; two queries."""
    windows = [Window(*row) for row in plan.periods.order_by("number").values_list("number", "window_last")]
    chosen = Target.objects.filter(plan=plan).prefetch_related("milestones")
    if targets is not None:
        chosen = chosen.filter(pk__in=targets)
    return {target.pk: rule_of(target, plan, windows) for target in chosen}


def rule_of(target, plan, windows) -> Rule:
    """One target as the pure rules see it."""
    micro = Target._meta.get_field("threshold").stored
    return Rule(
        kind=Kind(target.kind),
        timing=Timing(target.timing),
        quarterly=target.frequency == "quarter",
        is_share=target.is_share,
        comparator=Comparator(target.comparator) if target.comparator else None,
        threshold=None if target.threshold is None else micro(target.threshold),
        due=target.due,
        baseline=None if target.baseline is None else micro(target.baseline),
        plan_first_day=plan.first_day,
        windows=windows,
        milestones=[(m.day, micro(m.value)) for m in target.milestones.all()],
    )


def rebuild(
    plan,
    *,
    targets: Collection[int] | None = None,
    agencies: Collection[int] | None = None,
    from_period: int = 1,
) -> int:
    """Roll up again and store what differs; returns how many rows changed.

    targets, agencies: only what these touch (None: all); from_period: only periods from this month on are stored (earlier
    ones cannot have changed). One transaction: readers see the old rows or the new ones, never a mixture.
    """
    if targets is not None and not targets:
        return 0
    nodes = None if agencies is None else nodes_of(agencies)
    with transaction.atomic(), connection.cursor() as cursor:
        _empty_stage(cursor)
        _fill_stage(cursor, _judged_rows(plan, targets, nodes, from_period))
        return _store(cursor, plan, targets, nodes, from_period)


def _judged_rows(plan, targets, nodes, from_period):
    """Rows of the table in the order of COLUMNS, raw: thousandths and micro as the fields store them."""
    rule_by_target = rules(plan, targets)
    periods = dict(plan.periods.values_list("number", "pk"))
    agencies_by_id = {pk: (code, level) for pk, code, level in Agency.objects.values_list("pk", "code", "level")}
    provinces = {pk for pk, (_, level) in agencies_by_id.items() if level == Level.PROVINCE}
    for target, rows in groupby(add_up(plan, targets=targets, nodes=nodes), key=itemgetter(0)):
        rule = rule_by_target[target]
        rows = list(rows)
        # The threshold of a count or value is the whole's: where several agencies report, only the province's row is judged.
        several = frozenset(
            row.number
            for row in rows
            if row.scope == AREA and row.node in provinces and row.assigned > 1 and rule.whole_only
        )
        for (scope, node), series in groupby(rows, key=itemgetter(1, 2)):
            series = list(series)
            is_whole = scope == AREA and node in provinces
            tracked = frozenset() if is_whole else several
            agency = None if scope == LEVEL else node
            code = LEVEL_NODES[node] if scope == LEVEL else agencies_by_id[node][0]
            for basis, first in ((Basis.OFFICIAL, 8), (Basis.PROVISIONAL, 14)):
                sums = (
                    Sums(r.number, r[first + 1], r[first + 2], r[first + 3], r.assigned, r[first], bool(r[first + 4]))
                    for r in series
                )
                for row, judged in zip(series, judge(rule, sums, tracked), strict=True):
                    if row.number < from_period:
                        continue
                    yield (
                        target,
                        periods[row.number],
                        basis.value,
                        SCOPES[scope].value,
                        code,
                        agency,
                        judged.numerator,
                        judged.denominator,
                        judged.value,
                        row.expected,
                        row.reported,
                        row.approved,
                        bool(row[first + 5]),
                        bool(row[first + 4]),
                        judged.required,
                        judged.status.value,
                        judged.forecast,
                    )


# The stage is a temporary table of this connection: rows arrive there in bulk, and two statements bring the real table
# into line with it. The same text serves both databases.
STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS rollup_stage (
    target_id bigint, period_id bigint, basis varchar(12), scope varchar(8), node varchar(32), agency_id bigint,
    numerator bigint, denominator bigint, value bigint, expected integer, reported integer, approved integer,
    stale boolean, is_point boolean, required bigint, status varchar(12), forecast bigint)
"""


def _empty_stage(cursor):
    cursor.execute(STAGE)
    cursor.execute("DELETE FROM rollup_stage")


def _fill_stage(cursor, rows):
    if connection.vendor == "postgresql":
        _copy(cursor, rows)
        cursor.execute("ANALYZE rollup_stage")
        return
    places = ", ".join(["%s"] * len(COLUMNS))
    cursor.executemany(f"INSERT INTO rollup_stage ({', '.join(COLUMNS)}) VALUES ({places})", rows)


def _copy(cursor, rows):
    """COPY in batches: memory stays that of one batch, and the sums can be read on between two of them."""
    while batch := list(islice(rows, COPY_BATCH)):
        text = StringIO()
        for row in batch:
            text.write("\t".join(["\\N" if cell is None else str(cell) for cell in row]))
            text.write("\n")
        text.seek(0)
        cursor.cursor.copy_expert(f"COPY rollup_stage ({', '.join(COLUMNS)}) FROM STDIN", text)


def _store(cursor, plan, targets, nodes, from_period):
    table = Rollup._meta.db_table
    names = ", ".join(COLUMNS)
    differs = " OR ".join(f"{table}.{column} IS DISTINCT FROM excluded.{column}" for column in VALUES)
    cursor.execute(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM rollup_stage WHERE true "
        f"ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET "
        + ", ".join(f"{column} = excluded.{column}" for column in VALUES)
        + f" WHERE {differs}"
    )
    changed = cursor.rowcount
    return changed + _drop_nodes_that_are_gone(cursor, table, plan, targets, nodes, from_period)


def _quoted(names):
    return ", ".join(f"'{name}'" for name in names) or "''"


def _drop_nodes_that_are_gone(cursor, table, plan, targets, nodes, from_period):
    """Rows within what was rebuilt that the rebuild no longer gives: the node has nobody assigned any more."""
    where = [
        "r.period_id IN (SELECT id FROM indicators_reportingperiod WHERE plan_id = %s AND number >= %s)",
        "s.target_id IS NULL",
    ]
    params = [plan.pk, from_period]
    if targets is not None:
        where.append("r.target_id IN (" + ", ".join(["%s"] * len(targets)) + ")")
        params += list(targets)
    if nodes is not None:
        inside = [f"(r.scope = 'level' AND r.node IN ({_quoted(LEVEL_NODES[node] for node in nodes[LEVEL])}))"]
        inside += [
            f"(r.scope = '{SCOPES[scope].value}' AND r.agency_id IN ({_listed(nodes[scope])}))"
            for scope in (OWN, AREA)
            if nodes[scope]
        ]
        where.append(f"({' OR '.join(inside)})")
    # A join, not NOT EXISTS: SQLite then makes itself an index of the stage.
    same_row = " AND ".join(f"s.{column} = r.{column}" for column in KEY)
    cursor.execute(
        f"DELETE FROM {table} WHERE id IN (SELECT r.id FROM {table} r LEFT JOIN rollup_stage s ON {same_row} "
        f"WHERE {' AND '.join(where)})",
        params,
    )
    return cursor.rowcount


def nodes_of(agencies: Collection[int]) -> Nodes:
    """The nodes that one of the agencies is or ever was part of, by scope. Two queries."""
    levels = dict(Agency.objects.values_list("pk", "level"))
    parents = {}
    for agency, parent in Placement.objects.values_list("agency", "parent"):
        parents.setdefault(agency, set()).add(parent)
    level_nodes = {GROUPS[group]: node for node, group in LEVEL_NODES.items()}
    line = above = set(agencies)
    while above:
        above = {parent for agency in above for parent in parents.get(agency, ()) if parent is not None} - line
        line = line | above
    return {
        OWN: set(agencies),
        AREA: {agency for agency in line if levels[agency] in (Level.PROVINCE, Level.DISTRICT)},
        LEVEL: {level_nodes[levels[agency]] for agency in agencies if levels[agency] in level_nodes},
    }
