"""Roll-ups in three layers: SQL adds (one set-based pass), pure Python judges (rules/), one upsert stores.

`rebuild` may run twice, at any place, in any order: its result depends only on the figures (docs: domain, Roll-up). The
sums of the nodes above the reporting agencies are stored (`RollupSums`): a changed report adds its difference to them,
so the figures of all other agencies need not be read.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from itertools import groupby, islice
from operator import add, itemgetter, neg, sub
from typing import NamedTuple, cast

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from agencies.models import GROUPS, Agency, Level, Placement
from core.fields import ExactDecimalField
from indicators.models import Assignment, Basis, Plan, Rollup, RollupState, RollupSums, Scope, Target
from indicators.rules.judging import Rule, Sums, Window, judge
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

TREE = """
WITH per AS (
    SELECT id, number AS p, window_last FROM indicators_reportingperiod WHERE plan_id = %(plan)s
),
reporter AS MATERIALIZED (
    SELECT DISTINCT asg.agency_id FROM indicators_assignment asg JOIN indicators_target t ON t.id = asg.target_id
    WHERE t.plan_id = %(plan)s {only_t}
),
line AS MATERIALIZED (
    -- The plan's reporting agencies and every agency that was ever directly above one: the database may hold other trees.
    SELECT agency_id FROM reporter
    UNION
    SELECT pl.parent_id FROM agencies_placement pl JOIN reporter ON reporter.agency_id = pl.agency_id
    WHERE pl.parent_id IS NOT NULL
),
placed AS MATERIALIZED (
    -- Each agency's parent in the tree on the last day of each window: its latest placement up to then.
    SELECT pl.agency_id, pl.parent_id, per.p
    FROM line JOIN agencies_placement pl ON pl.agency_id = line.agency_id JOIN per ON pl.first_day <= per.window_last
    WHERE NOT EXISTS (
        SELECT 1 FROM agencies_placement later
        WHERE later.agency_id = pl.agency_id AND later.first_day <= per.window_last AND later.first_day > pl.first_day)
),
member AS MATERIALIZED (
    -- The nodes that each agency is part of: its own, the areas above and at it, its level.
    SELECT agency_id, p, 0 AS scope, agency_id AS node FROM placed
    UNION ALL
    SELECT placed.agency_id, placed.p, 1, me.id
    FROM placed JOIN agencies_agency me ON me.id = placed.agency_id WHERE me.level IN ('province', 'district')
    UNION ALL
    SELECT placed.agency_id, placed.p, 1, up.id
    FROM placed JOIN agencies_agency up ON up.id = placed.parent_id WHERE up.level IN ('province', 'district')
    UNION ALL
    SELECT placed.agency_id, placed.p, 1, top.id
    FROM placed JOIN placed mid ON mid.agency_id = placed.parent_id AND mid.p = placed.p
    JOIN agencies_agency top ON top.id = mid.parent_id WHERE top.level IN ('province', 'district')
    UNION ALL
    SELECT placed.agency_id, placed.p, 2,
        CASE me.level WHEN 'department' THEN 0 WHEN 'district' THEN 1 ELSE 2 END
    FROM placed JOIN agencies_agency me ON me.id = placed.agency_id WHERE me.level IN ('department', 'district', 'commune')
)
"""

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
    SUM(x.o_has), CAST(COALESCE(SUM(x.o_n), 0) AS bigint), CAST(COALESCE(SUM(x.o_d), 0) AS bigint),
    CAST(COALESCE(SUM(x.o_v), 0) AS bigint), SUM(x.o_now), SUM(x.o_stale),
    SUM(x.q_has), CAST(COALESCE(SUM(x.q_n), 0) AS bigint), CAST(COALESCE(SUM(x.q_d), 0) AS bigint),
    CAST(COALESCE(SUM(x.q_v), 0) AS bigint), SUM(x.q_now), SUM(x.q_stale)
FROM as_of x JOIN member m ON m.agency_id = x.agency_id AND m.p = x.p
{only_nodes}
GROUP BY x.target_id, m.scope, m.node, x.p
ORDER BY x.target_id, m.scope, m.node, x.p
"""
)

# Contributions of the stored own rows to their parent nodes, in ADD_UP's columns. Used to subtract an agency's old contribution.
# The flow of an agency that is no longer assigned has no such row, but sums of its own.
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
    CASE WHEN {r}.is_point THEN 1 ELSE 0 END, CASE WHEN {r}.stale THEN 1 ELSE 0 END
"""
MEMBERSHIPS = TREE + "SELECT agency_id, p, scope, node FROM member WHERE scope <> 0 AND agency_id IN ({agencies})"


class AddedUp(NamedTuple):
    """One row of ADD_UP, for a node in which agencies are or were assigned.

    o_ columns are official, q_ provisional; n and d in thousandths, v in micro, 0 where there is none; points: agencies
    with a figure of this very month; stale: agencies with an old figure or a gap.
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
    q_figures: int
    q_n: int
    q_d: int
    q_v: int
    q_points: int
    q_stale: int


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
    "required",
    "status",
    "forecast",
]
KEY = COLUMNS[:5]
COPY_BATCH = 20_000
PLANNER_SETTINGS = ("enable_nestloop", "enable_mergejoin", "jit")
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
        of_a.append(f"AND a.target_id IN ({_listed(targets)})")
        of_t.append(f"AND t.id IN ({_listed(targets)})")
    if agencies is not None:
        of_a.append(f"AND s.agency_id IN ({_listed(agencies)})")
        of_t.append(f"AND asg.agency_id IN ({_listed(agencies)})")
    sql = ADD_UP.format(
        only_a=" ".join(of_a), only_t=" ".join(of_t), only_nodes="" if nodes is None else f"WHERE {_within(nodes)}"
    )
    with _planner_settings(agencies), connection.chunked_cursor() as cursor:
        cursor.execute(sql, {"plan": plan.pk})
        while rows := cursor.fetchmany(5000):
            yield from map(AddedUp._make, rows)


def _within(nodes: Nodes) -> str:
    """Return the condition of SQL that selects these nodes."""
    chosen = [f"(m.scope = {scope} AND m.node IN ({_listed(pks)}))" for scope, pks in nodes.items() if pks]
    return " OR ".join(chosen) or "1 = 0"


@contextmanager
def _planner_settings(agencies: Collection[int] | None) -> Iterator[None]:
    """Set PostgreSQL's planner for ADD_UP.

    It knows no sizes of the tables that WITH makes and would join a whole year by nested loops: 14 s instead of 0.1 s
    with hash joins. Where only the figures of a few agencies are read, nested loops are right. SQLite is read without a
    transaction, which would block every writer.
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


def _listed(pks: Iterable[int]) -> str:
    """Return primary keys as a list of SQL, in order."""
    return ", ".join(str(int(pk)) for pk in sorted(pks))


def rules(plan: Plan, targets: Collection[int] | None = None) -> dict[int, Rule]:
    """Return the targets of a plan as rules see them, by primary key. Two queries."""
    windows = [Window(*row) for row in plan.periods.order_by("number").values_list("number", "window_last")]
    chosen = Target.objects.filter(plan=plan).prefetch_related("milestones")
    if targets is not None:
        chosen = chosen.filter(pk__in=targets)
    return {target.pk: rule_of(target, plan, windows) for target in chosen}


def rule_of(target: Target, plan: Plan, windows: Sequence[Window]) -> Rule:
    """Return one target as rules see it."""
    micro = cast(ExactDecimalField, Target._meta.get_field("threshold")).stored
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


def judged(plan: Plan, target: int, rule: Rule) -> Iterator[dict[str, Cell]]:
    """Yield a target's rows as another rule would judge them, by column, raw as the fields store them; nothing is
    stored."""
    judge_rows = _Judge(plan, [target], 1)
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
        judge_rows = _Judge(plan, targets, from_period)
        chosen = judge_rows.rules.keys()
        nodes = None if agencies is None else nodes_of(agencies)
        if agencies is None or nodes is None or not is_computed(plan):
            sums: Iterable[AddedUp] = add_up(plan, targets=targets, nodes=nodes)
        else:
            sums = _by_difference(cursor, plan, chosen, agencies, nodes, from_period)
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
            f"SELECT {names} FROM {RollupSums._meta.db_table} m WHERE target_id IN ({_listed(targets)}) "
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
    targets: Collection[int],
    agencies: Collection[int],
    nodes: Nodes,
    from_period: int,
) -> list[AddedUp]:
    """Return the sums of some agencies and of the nodes above them, where only figures of these agencies have changed.

    Their own sums come from their figures; those of the nodes above are the stored ones plus these agencies'
    differences.
    """
    chosen = {"targets": _listed(targets), "agencies": _listed(agencies)}
    now = list(add_up(plan, targets=targets, nodes={**nodes, AREA: set(), LEVEL: set()}, agencies=agencies))
    cursor.execute(
        f"{CONTRIBUTIONS} AND per.number >= %(first)s".format(
            official=OF_BASIS.format(r="o"), provisional=OF_BASIS.format(r="q"), **chosen
        ),
        {"first": from_period},
    )
    before = [AddedUp._make(row) for row in cursor.fetchall()]
    upper: dict[Key, Counts] = {}
    for row in stored_sums(targets, nodes):
        if row.scope != OWN:
            upper[row[:4]] = row[4:]
        elif row.number >= from_period:
            before.append(row)
    cursor.execute(
        MEMBERSHIPS.format(only_t=f"AND asg.agency_id IN ({chosen['agencies']})", **chosen), {"plan": plan.pk}
    )
    above: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for agency, number, scope, node in cursor.fetchall():
        above[agency, number].append((scope, node))
    for key, difference in _differences(before, [row for row in now if row.number >= from_period]).items():
        target, _, agency, number = key
        for scope, node in above[agency, number]:
            counts = upper.get((target, scope, node, number), NO_COUNTS)
            upper[target, scope, node, number] = tuple(map(add, counts, difference))
    return sorted([*now, *(AddedUp._make(key + counts) for key, counts in upper.items())])


def _differences(before: Iterable[AddedUp], now: Iterable[AddedUp]) -> dict[Key, Counts]:
    """Return the changes of each agency's sums, where there are any: {(target, scope, node, month): one number a
    count}."""
    earlier = {row[:4]: row[4:] for row in before}
    changes = {row[:4]: tuple(map(sub, row[4:], earlier.pop(row[:4], NO_COUNTS))) for row in now}
    changes |= {key: tuple(map(neg, counts)) for key, counts in earlier.items()}
    return {key: difference for key, difference in changes.items() if any(difference)}


class _Judge:
    """Conversion of sums into rows of the table in the order of COLUMNS, raw: thousandths and micro as the fields store
    them."""

    def __init__(self, plan: Plan, targets: Collection[int] | None, from_period: int) -> None:
        self.rules = rules(plan, targets)
        self.from_period = from_period
        self.periods = dict(plan.periods.values_list("number", "pk"))
        reporters = Assignment.objects.filter(target__plan=plan).values("agency")
        concerned = Agency.objects.filter(Q(level__in=AREAS) | Q(pk__in=reporters))
        self.agencies = {pk: (code, level) for pk, code, level in concerned.values_list("pk", "code", "level")}

    def __call__(self, sums: Iterable[AddedUp]) -> Iterator[Row]:
        """Yield the rows of the sums, which come in the order target, node, month."""
        for target, rows in groupby(sums, key=itemgetter(0)):
            rule = self.rules[target]
            assigned = [row for row in rows if row.assigned]
            followed: frozenset[int] = frozenset()
            if rule.whole_only:
                followed = frozenset(
                    row.number for row in assigned if self.is_whole(row.scope, row.node) and row.assigned > 1
                )
            for (scope, node), series in groupby(assigned, key=itemgetter(1, 2)):
                tracked: frozenset[int] = frozenset() if self.is_whole(scope, node) else followed
                yield from self.node_rows(target, rule, scope, node, list(series), tracked)

    def is_whole(self, scope: int, node: int) -> bool:
        """Return True for the province's row: where several agencies report a count or a value, only this row has the
        threshold."""
        return scope == AREA and self.agencies[node][1] == Level.PROVINCE

    def node_rows(
        self, target: int, rule: Rule, scope: int, node: int, series: Sequence[AddedUp], tracked: frozenset[int]
    ) -> Iterator[Row]:
        """Yield the rows of one node on both bases."""
        agency = None if scope == LEVEL else node
        code = LEVEL_NODES[node] if scope == LEVEL else self.agencies[node][0]
        name = SCOPES[scope].value
        wanted = [row for row in series if row.number >= self.from_period]
        for basis, first in ((Basis.OFFICIAL.value, 8), (Basis.PROVISIONAL.value, 14)):
            sums = (
                Sums(r.number, r[first + 1], r[first + 2], r[first + 3], r.assigned, r[first], r[first + 4] > 0)
                for r in series
            )
            for row, judged in zip(wanted, judge(rule, sums, tracked, self.from_period), strict=True):
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
                    row[first + 5] > 0,
                    row[first + 4] > 0,
                    judged.required,
                    judged.status.value,
                    judged.forecast,
                )


# The stage is a temporary table of this connection: rows are inserted there in bulk, and two statements bring the real table
# into line with it. The same text serves both databases.
STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS rollup_stage (
    target_id bigint, period_id bigint, basis varchar(12), scope varchar(8), node varchar(32), agency_id bigint,
    numerator bigint, denominator bigint, value bigint, expected integer, reported integer, approved integer,
    stale boolean, is_point boolean, required bigint, status varchar(12), forecast bigint)
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
    when = f"r.period_id IN ({_listed(periods)})" if nodes is None else f"({_stored_within(nodes, periods)})"
    within = f"r.target_id IN ({_listed(targets)}) AND {when}"
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
        f"{back}DELETE FROM {table} AS m WHERE target_id IN ({_listed(targets)}) AND number >= %s{within}",
        [from_period],
    )
    _insert(cursor, table, SUMS, sums)


def _stored_within(nodes: Nodes, periods: Collection[int]) -> str:
    """Return the condition of SQL that selects the stored rows of these nodes in these periods.

    Each part names the periods: together with the agency they are an index. A level has no agency, and every plan has
    the same levels: its part names the rest of the key, or the planner would scan all nodes of each target and period.
    """
    when = f"r.period_id IN ({_listed(periods)})"
    names = ", ".join(f"'{LEVEL_NODES[node]}'" for node in sorted(nodes[LEVEL]))
    bases = ", ".join(f"'{basis}'" for basis in Basis.values)
    level = f"(r.agency_id IS NULL AND {when} AND r.basis IN ({bases}) AND r.scope = '{Scope.LEVEL.value}' "
    inside = [f"{level} AND r.node IN ({names}))"] if names else []
    for scope in (OWN, AREA):
        if nodes[scope]:
            agencies = _listed(nodes[scope])
            inside.append(f"(r.agency_id IN ({agencies}) AND {when} AND r.scope = '{SCOPES[scope].value}')")
    return " OR ".join(inside) or "1 = 0"


def nodes_of(agencies: Collection[int]) -> Nodes:
    """Return the nodes that one of the agencies is or ever was part of, by scope. At most five queries: the tree is
    three deep."""
    line = above = set(agencies)
    while above:
        placed = Placement.objects.filter(agency__in=above, parent__isnull=False)
        above = {pk for pk in placed.values_list("parent", flat=True) if pk is not None} - line
        line = line | above
    levels = dict(Agency.objects.filter(pk__in=line).values_list("pk", "level"))
    level_nodes: dict[str, int] = {GROUPS[group]: node for node, group in LEVEL_NODES.items()}
    return {
        OWN: set(agencies),
        AREA: {agency for agency in line if levels[agency] in AREAS},
        LEVEL: {level_nodes[levels[agency]] for agency in agencies if levels[agency] in level_nodes},
    }
