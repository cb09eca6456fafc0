"""Nodes of which an agency is part, by the tree on the last day of each window (docs: domain, Roll-up)."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db import connection

from indicators.models import Plan

# {(agency, month): its nodes above itself as (scope, node)}, both numbered as in `engine`.
Memberships = dict[tuple[int, int], set[tuple[int, int]]]

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

MEMBERSHIPS = TREE + "SELECT agency_id, p, scope, node FROM member WHERE scope <> 0 AND agency_id IN ({agencies})"


def memberships(plan: Plan, agencies: Collection[int]) -> Memberships:
    """Return the areas and levels of which these agencies are part as of each month. One query."""
    nodes: Memberships = defaultdict(set)
    if not agencies:
        return nodes
    chosen = listed(agencies)
    sql = MEMBERSHIPS.format(only_t=f"AND asg.agency_id IN ({chosen})", agencies=chosen)
    with connection.cursor() as cursor:
        cursor.execute(sql, {"plan": plan.pk})
        for agency, number, scope, node in cursor.fetchall():
            nodes[agency, number].add((scope, node))
    return nodes


def listed(pks: Iterable[int]) -> str:
    """Return primary keys as a list of SQL, in order."""
    return ", ".join(str(int(pk)) for pk in sorted(pks))
