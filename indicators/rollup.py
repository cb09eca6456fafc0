"""Roll-ups in three layers: SQL adds (one set-based pass), pure Python judges (measurement/), one upsert stores.

`rebuild` may run twice, anywhere, in any order: its result depends on the figures alone (domain.md, *Roll-up*).
"""

from collections.abc import Collection, Iterator
from io import StringIO
from itertools import groupby, islice
from operator import itemgetter
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Count, Q

from agencies.models import GROUPS, Agency, Level, Placement
from indicators.measurement.judging import Rule, Sums, Window, judge
from indicators.measurement.kinds import Comparator, Kind, Timing
from indicators.models import Assignment, Basis, Rollup, RollupState, Scope, Target

# One row per target × node × period, with the sums of both bases side by side. Scopes are numbered so that a node is two
# integers; a level's node is its position in LEVEL_NODES.
OWN, AREA, LEVEL = 0, 1, 2
SCOPES = {OWN: Scope.OWN, AREA: Scope.AREA, LEVEL: Scope.LEVEL}
LEVEL_NODES = {0: "@departments", 1: "@districts", 2: "@communes"}
Nodes = dict[int, set[int]]

TREE = """
WITH per AS (
    SELECT id, number AS p, window_last FROM indicators_reportingperiod WHERE plan_id = %(plan)s
),
place AS MATERIALIZED (
    -- Each agency's place in the tree on the last day of each window: its latest placement up to then.
    SELECT pl.agency_id, pl.parent_id, per.p, per.id AS period_id
    FROM agencies_placement pl JOIN per ON pl.first_day <= per.window_last
    WHERE NOT EXISTS (
        SELECT 1 FROM agencies_placement later
        WHERE later.agency_id = pl.agency_id AND later.first_day <= per.window_last AND later.first_day > pl.first_day)
),
member AS MATERIALIZED (
    -- The nodes that each agency is part of: its own, the areas above and at it, its level.
    SELECT agency_id, p, period_id, 0 AS scope, agency_id AS node FROM place
    UNION ALL
    SELECT place.agency_id, place.p, place.period_id, 1, me.id
    FROM place JOIN agencies_agency me ON me.id = place.agency_id WHERE me.level IN ('province', 'district')
    UNION ALL
    SELECT place.agency_id, place.p, place.period_id, 1, up.id
    FROM place JOIN agencies_agency up ON up.id = place.parent_id WHERE up.level IN ('province', 'district')
    UNION ALL
    SELECT place.agency_id, place.p, place.period_id, 1, top.id
    FROM place JOIN place mid ON mid.agency_id = place.parent_id AND mid.p = place.p
    JOIN agencies_agency top ON top.id = mid.parent_id WHERE top.level IN ('province', 'district')
    UNION ALL
    SELECT place.agency_id, place.p, place.period_id, 2,
        CASE me.level WHEN 'department' THEN 0 WHEN 'district' THEN 1 ELSE 2 END
    FROM place JOIN agencies_agency me ON me.id = place.agency_id WHERE me.level IN ('department', 'district', 'commune')
)
"""

ADD_UP = (
    TREE
    + """,
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
    WHERE (s.is_official OR s.is_provisional) {only_a}
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
    WHERE t.plan_id = %(plan)s {only_t}
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
    SUM(x.o_now), SUM(x.o_stale),
    SUM(x.q_has), CAST(SUM(x.q_n) AS bigint), CAST(SUM(x.q_d) AS bigint), CAST(SUM(x.q_v) AS bigint),
    SUM(x.q_now), SUM(x.q_stale)
FROM as_of x JOIN member m ON m.agency_id = x.agency_id AND m.p = x.p
{only_nodes}
GROUP BY x.target_id, m.scope, m.node, x.p
HAVING SUM(x.assigned) > 0
ORDER BY x.target_id, m.scope, m.node, x.p
"""
)

# The same sums of the nodes above, from the stored rows of the reporting agencies: what one report changes costs no walk
# through the figures of all others. An agency's own row stands for it exactly; only the earlier months of a flow's agency
# that is not assigned any more have no such row (see `regular`).
ADD_UP_OWN = (
    TREE
    + """
SELECT r.target_id, m.scope, m.node, m.p,
    SUM(CASE WHEN r.basis = 'official' THEN 1 ELSE 0 END), SUM(CASE WHEN r.basis = 'official' THEN r.expected ELSE 0 END),
    SUM(CASE WHEN r.basis = 'official' THEN r.reported ELSE 0 END),
    SUM(CASE WHEN r.basis = 'official' THEN r.approved ELSE 0 END), {official}, {provisional}
FROM indicators_rollup r
JOIN indicators_target t ON t.id = r.target_id
JOIN member m ON m.agency_id = r.agency_id AND m.period_id = r.period_id
WHERE r.scope = 'own' AND r.target_id IN ({targets}) AND r.period_id IN ({periods}) AND ({nodes})
GROUP BY r.target_id, m.scope, m.node, m.p
ORDER BY r.target_id, m.scope, m.node, m.p
"""
)
OF_BASIS = """
    SUM(CASE WHEN r.basis = '{basis}' AND (r.numerator IS NOT NULL OR r.value IS NOT NULL) THEN 1 ELSE 0 END),
    CAST(SUM(CASE WHEN r.basis = '{basis}' THEN r.numerator END) AS bigint),
    CAST(SUM(CASE WHEN r.basis = '{basis}' THEN r.denominator END) AS bigint),
    CAST(SUM(CASE WHEN r.basis = '{basis}' THEN
        CASE WHEN t.kind = 'yes_no' THEN r.numerator * 1000 ELSE r.value END END) AS bigint),
    SUM(CASE WHEN r.basis = '{basis}' AND r.is_point THEN 1 ELSE 0 END),
    SUM(CASE WHEN r.basis = '{basis}' AND r.stale THEN 1 ELSE 0 END)
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


def add_up(
    plan,
    *,
    targets: Collection[int] | None = None,
    nodes: Nodes | None = None,
    agencies: Collection[int] | None = None,
) -> Iterator[AddedUp]:
    """The sums of every node of a plan as of each period, in one query, streamed in the order target, node, period.

    targets, nodes: only these (None: all); agencies: only their figures.
    """
    of_a, of_t = [], []
    if targets is not None:
        of_a.append(f"AND a.target_id IN ({_listed(targets)})")
        of_t.append(f"AND t.id IN ({_listed(targets)})")
    if agencies is not None:
        of_a.append(f"AND s.agency_id IN ({_listed(agencies)})")
        of_t.append(f"AND asg.agency_id IN ({_listed(agencies)})")
    sql = ADD_UP.format(
        only_a=" ".join(of_a), only_t=" ".join(of_t), only_nodes="" if nodes is None else f"WHERE {_within(nodes)}"
    )
    yield from _stream(sql, plan)


def add_up_own(plan, *, targets: Collection[int], nodes: Nodes, periods: Collection[int]) -> Iterator[AddedUp]:
    """The sums of nodes above the reporting agencies, from their stored rows of some periods; same rows as `add_up`."""
    sql = ADD_UP_OWN.format(
        official=OF_BASIS.format(basis=Basis.OFFICIAL.value),
        provisional=OF_BASIS.format(basis=Basis.PROVISIONAL.value),
        targets=_listed(targets),
        periods=_listed(periods),
        nodes=_within(nodes),
    )
    yield from _stream(sql, plan)


def _stream(sql, plan):
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        if connection.vendor == "postgresql":
            _steer_planner()
        cursor.execute(sql, {"plan": plan.pk})
        while rows := cursor.fetchmany(5000):
            yield from map(AddedUp._make, rows)


def _within(nodes):
    chosen = [f"(m.scope = {scope} AND m.node IN ({_listed(pks)}))" for scope, pks in nodes.items() if pks]
    return " OR ".join(chosen) or "1 = 0"


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


def judged(plan, target: int, rule: Rule) -> Iterator[dict]:
    """A target's rows as another rule would judge them, by column, raw as the fields store them; nothing is stored."""
    judge_rows = _Judge(plan, [target], 1)
    judge_rows.rules[target] = rule
    for row in judge_rows(add_up(plan, targets=[target])):
        yield dict(zip(COLUMNS, row, strict=True))


def rebuild(
    plan,
    *,
    targets: Collection[int] | None = None,
    agencies: Collection[int] | None = None,
    from_period: int = 1,
) -> int:
    """Roll up again and store what differs; returns how many rows changed.

    targets: only these; agencies: only figures of these have changed, so only the nodes they are part of (None: all);
    from_period: only periods from this month on are stored (earlier ones cannot have changed). One transaction: readers
    see the old rows or the new ones, never a mixture.
    """
    if targets is not None and not targets:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        judge_rows = _Judge(plan, targets, from_period)
        if agencies is None:
            return _bring_in(cursor, judge_rows(add_up(plan, targets=targets)), plan, targets, None, from_period)
        nodes = nodes_of(agencies)
        chosen = judge_rows.rules.keys() if targets is None else targets
        if not regular(plan, chosen):
            rows = judge_rows(add_up(plan, targets=targets, nodes=nodes))
            return _bring_in(cursor, rows, plan, targets, nodes, from_period)
        own, above = {**nodes, AREA: set(), LEVEL: set()}, {**nodes, OWN: set()}
        several = _several(judge_rows.rules)
        rows = judge_rows(add_up(plan, targets=chosen, nodes=own, agencies=agencies), several)
        changed = _bring_in(cursor, rows, plan, targets, own, from_period)
        earlier = _points_before(cursor, plan, chosen, above, from_period)
        periods = [pk for number, pk in judge_rows.periods.items() if number >= from_period]
        rows = judge_rows(add_up_own(plan, targets=chosen, nodes=above, periods=periods), several, earlier)
        return changed + _bring_in(cursor, rows, plan, targets, above, from_period)


def _bring_in(cursor, rows, plan, targets, nodes, from_period):
    """Bring the table into line with judged rows, through the stage."""
    _empty_stage(cursor)
    _fill_stage(cursor, rows)
    return _store(cursor, plan, targets, nodes, from_period)


def regular(plan, targets):
    """May the nodes above be summed from the agencies' stored rows? Only if these rows are there, and no flow keeps months
    of an agency that is not assigned any more."""
    if not RollupState.objects.filter(plan=plan, made_at__isnull=False).exists():
        return False
    bounded = Q(first_day__isnull=False) | Q(last_day__isnull=False)
    ends = (
        bounded | Q(agency__first_day__isnull=False) | Q(agency__last_day__isnull=False) | Q(exemptions__isnull=False)
    )
    return not Assignment.objects.filter(ends, target__in=targets, target__timing=Timing.FLOW).exists()


def _several(rules):
    """(target, month) pairs in which several agencies report a count or a value: a stored own row is an assignment."""
    whole_only = [pk for pk, rule in rules.items() if rule.whole_only]
    if not whole_only:
        return frozenset()
    own = Rollup.objects.filter(target__in=whole_only, scope=Scope.OWN, basis=Basis.OFFICIAL)
    counted = own.values_list("target", "period__number").annotate(agencies=Count("pk")).order_by()
    return frozenset((target, number) for target, number, agencies in counted if agencies > 1)


def _points_before(cursor, plan, targets, nodes, from_period):
    """Points of the forecast that stand in earlier stored rows: {(target, scope, node, basis): [(month, value)]}."""
    cursor.execute(
        "SELECT r.target_id, r.scope, r.node, r.basis, per.number, r.value FROM indicators_rollup r "
        "JOIN indicators_reportingperiod per ON per.id = r.period_id "
        f"WHERE per.plan_id = %s AND per.number < %s AND r.target_id IN ({_listed(targets)}) "
        f"AND r.is_point AND r.value IS NOT NULL AND ({_stored_within(nodes)}) ORDER BY per.number",
        [plan.pk, from_period],
    )
    points = {}
    for target, scope, node, basis, number, value in cursor.fetchall():
        points.setdefault((target, scope, node, basis), []).append((number, value))
    return points


class _Judge:
    """Turns sums into rows of the table in the order of COLUMNS, raw: thousandths and micro as the fields store them."""

    def __init__(self, plan, targets, from_period):
        self.rules = rules(plan, targets)
        self.from_period = from_period
        self.periods = dict(plan.periods.values_list("number", "pk"))
        self.agencies = {pk: (code, level) for pk, code, level in Agency.objects.values_list("pk", "code", "level")}

    def __call__(self, sums, several=None, earlier=None):
        """Rows of the sums; several, earlier: where the sums are only a part, what the rest says (`_several`,
        `_points_before`)."""
        for target, rows in groupby(sums, key=itemgetter(0)):
            rule = self.rules[target]
            rows = list(rows)
            if several is None:
                followed = {
                    r.number for r in rows if self.is_whole(r.scope, r.node) and r.assigned > 1 and rule.whole_only
                }
            else:
                followed = {number for of, number in several if of == target}
            for (scope, node), series in groupby(rows, key=itemgetter(1, 2)):
                tracked = frozenset() if self.is_whole(scope, node) else followed
                yield from self.node_rows(target, rule, scope, node, list(series), tracked, earlier or {})

    def is_whole(self, scope, node):
        """The province's row: where several agencies report a count or a value, only this one has the threshold."""
        return scope == AREA and self.agencies[node][1] == Level.PROVINCE

    def node_rows(self, target, rule, scope, node, series, tracked, earlier):
        agency = None if scope == LEVEL else node
        code = LEVEL_NODES[node] if scope == LEVEL else self.agencies[node][0]
        name = SCOPES[scope].value
        for basis, first in ((Basis.OFFICIAL.value, 8), (Basis.PROVISIONAL.value, 14)):
            sums = (
                Sums(r.number, r[first + 1], r[first + 2], r[first + 3], r.assigned, r[first], bool(r[first + 4]))
                for r in series
            )
            points = earlier.get((target, name, code, basis), ())
            for row, judged in zip(series, judge(rule, sums, tracked, points), strict=True):
                if row.number < self.from_period:
                    continue
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


def _stored_within(nodes):
    names = ", ".join(f"'{LEVEL_NODES[node]}'" for node in sorted(nodes[LEVEL]))
    inside = [f"(r.scope = 'level' AND r.node IN ({names}))"] if names else []
    for scope in (OWN, AREA):
        if nodes[scope]:
            inside.append(f"(r.scope = '{SCOPES[scope].value}' AND r.agency_id IN ({_listed(nodes[scope])}))")
    return " OR ".join(inside) or "1 = 0"


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
        where.append(f"({_stored_within(nodes)})")
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
