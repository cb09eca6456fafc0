"""The measuring engine against hand-written minima on the same PostgreSQL.

Yardsticks: `limit_sums` adds up every node of the year with one INSERT … SELECT that knows what the product may not assume
(the tree, the assignments and the states never change within the year); `limit_submission` is the same statement for one
commune's targets and nodes. Their rows are checked against the product's own before anything is timed.
"""

import gzip
import json
import statistics
import tempfile
import time
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"
RUNS = 5

MINIMUM = """
INSERT INTO bench_sums
WITH fig AS MATERIALIZED (
    SELECT a.target_id, s.agency_id, per.number::int AS p, s.is_official AS o,
        a.numerator AS n, a.denominator AS d, a.value AS v
    FROM indicators_actual a JOIN indicators_submission s ON s.id = a.submission_id
    JOIN indicators_reportingperiod per ON per.id = s.period_id WHERE s.is_provisional {targets_a}
), cell AS MATERIALIZED (
    SELECT asg.target_id, asg.agency_id, p, t.timing = 'flow' AS flow,
        CASE WHEN t.frequency = 'quarter' THEN p - p % 3 ELSE p END AS due, f.o, f.n, f.d, f.v,
        f.target_id IS NOT NULL AS q
    FROM indicators_assignment asg JOIN indicators_target t ON t.id = asg.target_id
    CROSS JOIN generate_series(1, 12) AS p
    LEFT JOIN fig f USING (target_id, agency_id, p) WHERE true {targets_asg}
), run AS MATERIALIZED (
    SELECT target_id, agency_id, p, flow, due, q AS q_now, COALESCE(o, false) AS o_now,
        MAX(p) FILTER (WHERE q) OVER w AS q_last, MAX(p) FILTER (WHERE o) OVER w AS o_last,
        SUM(n) FILTER (WHERE q) OVER w AS q_n, SUM(d) FILTER (WHERE q) OVER w AS q_d, SUM(v) FILTER (WHERE q) OVER w AS q_v,
        SUM(n) FILTER (WHERE o) OVER w AS o_n, SUM(d) FILTER (WHERE o) OVER w AS o_d, SUM(v) FILTER (WHERE o) OVER w AS o_v,
        COUNT(*) FILTER (WHERE due = p AND NOT q) OVER w AS q_gaps,
        COUNT(*) FILTER (WHERE due = p AND o IS NOT TRUE) OVER w AS o_gaps
    FROM cell WINDOW w AS (PARTITION BY target_id, agency_id ORDER BY p)
), as_of AS MATERIALIZED (
    SELECT r.target_id, r.agency_id, r.p, r.q_now, r.o_now, r.q_last, r.o_last, r.due,
        CASE WHEN flow THEN q_n ELSE q.n END AS q_n, CASE WHEN flow THEN q_d ELSE q.d END AS q_d,
        CASE WHEN flow THEN q_v ELSE q.v END AS q_v, CASE WHEN flow THEN o_n ELSE o.n END AS o_n,
        CASE WHEN flow THEN o_d ELSE o.d END AS o_d, CASE WHEN flow THEN o_v ELSE o.v END AS o_v,
        q_last IS NOT NULL AND CASE WHEN flow THEN q_gaps > 0 ELSE q_last < due END AS q_stale,
        o_last IS NOT NULL AND CASE WHEN flow THEN o_gaps > 0 ELSE o_last < due END AS o_stale
    FROM run r
    LEFT JOIN fig q ON NOT r.flow AND q.target_id = r.target_id AND q.agency_id = r.agency_id AND q.p = r.q_last
    LEFT JOIN fig o ON NOT r.flow AND o.target_id = r.target_id AND o.agency_id = r.agency_id AND o.p = r.o_last
), member AS MATERIALIZED (
    SELECT id AS agency_id, 0 AS scope, id AS node FROM agencies_agency
    UNION ALL SELECT id, 1, id FROM agencies_agency WHERE level IN ('province', 'district')
    UNION ALL SELECT id, 1, parent_id FROM agencies_agency WHERE level <> 'province'
    UNION ALL SELECT a.id, 1, b.parent_id FROM agencies_agency a JOIN agencies_agency b ON b.id = a.parent_id
        WHERE a.level = 'commune'
    UNION ALL SELECT id, 2, CASE level WHEN 'department' THEN 0 WHEN 'district' THEN 1 ELSE 2 END FROM agencies_agency
        WHERE level IN ('department', 'district', 'commune')
)
SELECT target_id, scope, node, p, COUNT(*), COUNT(*) FILTER (WHERE due > 0),
    COUNT(*) FILTER (WHERE due > 0 AND q_last >= due), COUNT(*) FILTER (WHERE due > 0 AND o_last >= due),
    COUNT(o_last), SUM(o_n), SUM(o_d), SUM(o_v), MAX(o_now::int), MAX(o_stale::int),
    COUNT(q_last), SUM(q_n), SUM(q_d), SUM(q_v), MAX(q_now::int), MAX(q_stale::int)
FROM as_of JOIN member USING (agency_id) {nodes}
GROUP BY target_id, scope, node, p
"""

TABLE = """
CREATE TABLE bench_sums (target_id bigint, scope int, node bigint, p int, assigned int, expected int, reported int,
    approved int, o_figures int, o_n bigint, o_d bigint, o_v bigint, o_point int, o_stale int,
    q_figures int, q_n bigint, q_d bigint, q_v bigint, q_point int, q_stale int)
"""


def run(names):
    """Load the year once, check the yardsticks, print a line a figure."""
    from indicators import rollup
    from indicators.models import Plan

    load()
    plan = Plan.objects.get(year=2023)
    commune = (
        plan.targets.get(code="III.7").assignments.select_related("agency").order_by("agency__code").first().agency
    )
    targets = set(plan.targets.filter(assignments__agency=commune).values_list("pk", flat=True))
    nodes = rollup.nodes_of({commune.pk})
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    check(plan, rollup)

    def product_sums():
        with transaction.atomic():
            for _ in rollup.add_up(plan):
                pass

    def product_submission(month):
        rollup.rebuild(plan, targets=targets, agencies={commune.pk}, from_period=month)

    jobs = {
        "limit_sums": lambda: minimum(),
        "sums": product_sums,
        "rebuild": lambda: rollup.rebuild(plan),
        "limit_submission": lambda: minimum(targets, nodes),
        "submission_january": lambda: product_submission(1),
        "submission_november": lambda: product_submission(11),
    }
    budgets = {"sums": ("limit_sums", 1.5), "submission_january": ("limit_submission", 2.0)}
    took = {name: [] for name in jobs}
    for job in jobs.values():
        job()
    for _ in range(RUNS):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            took[name].append(time.perf_counter() - start)
    for name, times in took.items():
        if names and name not in names:
            continue
        line = {"name": name, "value": round(statistics.median(times), 4), "unit": "s"}
        if name in budgets:
            against, budget = budgets[name]
            ratio = statistics.median(a / b for a, b in zip(times, took[against], strict=True))
            line |= {"ratio_to": against, "ratio": round(ratio, 2), "budget": budget, "holds": ratio <= budget}
        print(json.dumps(line), flush=True)


def load():
    """The plan and the golden year, through the product's own commands."""
    call_command("migrate", verbosity=0)
    call_command("load_plan", stdout=StringIO())
    with tempfile.TemporaryDirectory() as folder:
        for state in ("approved", "submitted"):
            path = Path(folder) / f"{state}.csv"
            path.write_bytes(gzip.decompress((GOLDEN / f"{state}.csv.gz").read_bytes()))
            call_command("import_actuals", str(path), state=state, stdout=StringIO())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def minimum(targets=None, nodes=None):
    """Run the hand-written statement, for everything or for some targets and nodes."""
    listed = ", ".join(map(str, targets or ()))
    chosen = [f"(scope = {s} AND node IN ({', '.join(map(str, pks))}))" for s, pks in (nodes or {}).items() if pks]
    sql = MINIMUM.format(
        targets_a=f"AND a.target_id IN ({listed})" if targets else "",
        targets_asg=f"AND asg.target_id IN ({listed})" if targets else "",
        nodes=f"WHERE {' OR '.join(chosen)}" if nodes else "",
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL jit = off; TRUNCATE bench_sums")
        cursor.execute(sql)


def check(plan, rollup):
    """The yardstick must give the product's own rows, or it measures something else."""
    minimum()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM bench_sums ORDER BY 1, 2, 3, 4")
        by_hand = cursor.fetchall()
    with transaction.atomic():
        ours = [tuple(row) for row in rollup.add_up(plan)]
    if by_hand != ours:
        wrong = next((a, b) for a, b in zip(by_hand, ours, strict=False) if a != b)
        raise SystemExit(f"limit_sums khác với sản phẩm: {len(by_hand)} và {len(ours)} dòng; ví dụ {wrong}")
