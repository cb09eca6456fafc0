"""Hand-written minima of the engine's work, as yardsticks of the product.

They use facts that the product may not assume: the tree, the assignments and the states of the golden year never change within
it, both bases are in one row, a node is two integers. `sums` is the year's sums in one INSERT … SELECT; `Submission` one
commune's month, added up again or by difference; `Judge` the rules as one loop over integers; `whole` all of it.
Their rows are checked against the product's before anything is timed.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from io import StringIO
from itertools import combinations, groupby
from math import lcm
from operator import itemgetter
from typing import Any

from django.db import connection, transaction

SUMS = """
INSERT INTO bench_sums
WITH fig AS MATERIALIZED (
    SELECT a.target_id, s.agency_id, per.number::int AS p, s.is_official AS o,
        a.numerator AS n, a.denominator AS d, a.value AS v
    FROM indicators_actual a JOIN indicators_submission s ON s.id = a.submission_id
    JOIN indicators_reportingperiod per ON per.id = s.period_id WHERE s.is_provisional {figures}
), cell AS MATERIALIZED (
    SELECT asg.target_id, asg.agency_id, p, t.timing = 'flow' AS flow,
        CASE WHEN t.frequency = 'quarter' THEN p - p % 3 ELSE p END AS due, f.o, f.n, f.d, f.v,
        f.target_id IS NOT NULL AS q
    FROM indicators_assignment asg JOIN indicators_target t ON t.id = asg.target_id
    CROSS JOIN generate_series(1, 12) AS p
    LEFT JOIN fig f USING (target_id, agency_id, p) WHERE true {assignments}
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
    COUNT(o_last), COALESCE(SUM(o_n), 0), COALESCE(SUM(o_d), 0), COALESCE(SUM(o_v), 0),
    COUNT(*) FILTER (WHERE o_now), COUNT(*) FILTER (WHERE o_stale),
    COUNT(q_last), COALESCE(SUM(q_n), 0), COALESCE(SUM(q_d), 0), COALESCE(SUM(q_v), 0),
    COUNT(*) FILTER (WHERE q_now), COUNT(*) FILTER (WHERE q_stale)
FROM as_of JOIN member USING (agency_id) {nodes}
GROUP BY target_id, scope, node, p
"""
COUNTED = [
    *("assigned", "expected", "reported", "approved"),
    *("o_figures", "o_n", "o_d", "o_v", "o_points", "o_stale"),
    *("q_figures", "q_n", "q_d", "q_v", "q_points", "q_stale"),
]
COLUMNS = f"target_id bigint, scope int, node bigint, p int, {', '.join(f'{name} bigint' for name in COUNTED)}"
TABLES = f"""
CREATE TABLE IF NOT EXISTS bench_sums ({COLUMNS});
CREATE TABLE IF NOT EXISTS bench_year ({COLUMNS}, PRIMARY KEY (target_id, scope, node, p));
CREATE TABLE IF NOT EXISTS bench_rollups AS SELECT * FROM indicators_rollup WITH NO DATA
"""
STORED = (
    "target_id, period_id, basis, scope, node, agency_id, numerator, denominator, value, expected, reported, approved, "
    "stale, is_point, required, status, forecast"
)
STEERED = "SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off"


def make_tables() -> None:
    """Create the tables of the yardsticks."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)


def sums() -> None:
    """Add up the whole year into bench_sums: `limit_sums`."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{STEERED}; TRUNCATE bench_sums")
        cursor.execute(SUMS.format(figures="", assignments="", nodes=""))


class Submission:
    """One commune's month, from a month on: its own rows from its figures, then the nodes above, stored in a table with the year;
    sums alone, without judging."""

    def __init__(self, commune: Any, targets: Collection[int]) -> None:
        self.commune = commune
        self.targets = ", ".join(map(str, sorted(targets)))
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE bench_year; INSERT INTO bench_year SELECT * FROM bench_sums; ANALYZE bench_year")

    def own(self, cursor: Any, month: int) -> None:
        """Add up the commune's own rows into bench_sums."""
        cursor.execute("DELETE FROM bench_sums")
        figures = f"AND a.target_id IN ({self.targets}) AND s.agency_id = {self.commune.pk}"
        assignments = f"AND asg.target_id IN ({self.targets}) AND asg.agency_id = {self.commune.pk}"
        nodes = f"WHERE scope = 0 AND p >= {month}"
        cursor.execute(SUMS.format(figures=figures, assignments=assignments, nodes=nodes))

    def again(self, month: int) -> None:
        """Sum the nodes above again from everyone's own rows: `limit_submission`."""
        totals = ", ".join(f"{name} = s.{name}" for name in COUNTED)
        with transaction.atomic(), connection.cursor() as cursor:
            self.own(cursor, month)
            cursor.execute(f"UPDATE bench_year y SET {totals} FROM bench_sums s WHERE {self.same('s')}")
            parts = ", ".join(f"SUM({name}) AS {name}" for name in COUNTED)
            district = f"WHERE parent_id = {self.commune.parent_id} OR id = {self.commune.parent_id}"
            for scope, node, within in (
                (1, self.commune.parent_id, f"AND node IN (SELECT id FROM agencies_agency {district})"),
                (1, self.commune.parent.parent_id, ""),
                (2, 2, "AND node IN (SELECT id FROM agencies_agency WHERE level = 'commune')"),
            ):
                cursor.execute(
                    f"UPDATE bench_year y SET {totals} FROM (SELECT target_id, p, {parts} FROM bench_year "
                    f"WHERE scope = 0 AND target_id IN ({self.targets}) AND p >= {month} {within} GROUP BY target_id, p) s "
                    f"WHERE y.target_id = s.target_id AND y.p = s.p AND y.scope = {scope} AND y.node = {node}"
                )

    def by_difference(self, month: int) -> None:
        """Add the change of the commune's own rows to the nodes above: `limit_difference`."""
        changed = ", ".join(f"{name} = y.{name} + s.{name}" for name in COUNTED)
        parts = ", ".join(f"s.{name} - y.{name} AS {name}" for name in COUNTED)
        totals = ", ".join(f"{name} = s.{name}" for name in COUNTED)
        with transaction.atomic(), connection.cursor() as cursor:
            self.own(cursor, month)
            cursor.execute(
                f"UPDATE bench_year y SET {changed} FROM (SELECT s.target_id, s.p, {parts} FROM bench_sums s "
                f"JOIN bench_year y ON {self.same('s')}) s WHERE y.target_id = s.target_id AND y.p = s.p AND ("
                f"(y.scope = 1 AND y.node IN ({self.commune.parent_id}, {self.commune.parent.parent_id})) "
                "OR (y.scope = 2 AND y.node = 2))"
            )
            cursor.execute(f"UPDATE bench_year y SET {totals} FROM bench_sums s WHERE {self.same('s')}")

    def same(self, other: str) -> str:
        """Return the SQL condition that two rows have the same key."""
        return " AND ".join(f"y.{name} = {other}.{name}" for name in ("target_id", "scope", "node", "p"))


class Judge:
    """domain.md's rules as one loop over integers: all rows of a target share the windows' days and the required values.
    Rows come in the columns of `SUMS`, in the order target, scope, node, month; they leave in the columns of the roll-up table."""

    def __init__(self, plan: Any, rules: Mapping[int, Any]) -> None:
        from agencies.models import Agency

        self.rules = rules
        self.periods = dict(plan.periods.values_list("number", "pk"))
        self.last = max(self.periods)
        self.codes = dict(Agency.objects.values_list("pk", "code"))
        self.province = Agency.objects.get(level="province").pk
        self.pairs: dict[tuple[int, ...], tuple[list[tuple[int, int, int]], int]] = {}

    def __call__(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """Yield the judged rows."""
        for target, of_target in groupby(rows, itemgetter(0)):
            rule, rows_of_target = self.rules[target], list(of_target)
            reporters = {row[2] for row in rows_of_target if row[1] == 0}
            several = rule.kind in ("count", "value") and len(reporters) > 1
            for (scope, node), rows_of_node in groupby(rows_of_target, itemgetter(1, 2)):
                series = list(rows_of_node)
                only_followed = several and (scope, node) != (1, self.province)
                yield from self.node(target, rule, scope, node, series, only_followed, "official", 8)
                yield from self.node(target, rule, scope, node, series, only_followed, "provisional", 14)

    def node(
        self,
        target: int,
        rule: Any,
        scope: Any,
        node: int,
        series: list[Any],
        only_followed: bool,
        basis: str,
        at: int,
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the judged rows of one node and basis. at: the index of the basis's first column."""
        agency = None if scope == 2 else node
        code = ("@departments", "@districts", "@communes")[node] if scope == 2 else self.codes[node]
        scope = ("own", "area", "level")[scope]
        kind, comparator = str(rule.kind), str(rule.comparator)
        threshold = None if only_followed else rule.threshold
        lowest, highest = rule.bounds
        falling = comparator in ("lte", "lt")
        days, values = [], []
        for row in series:
            p, assigned, figures, n, d, v = row[3], row[4], row[at], row[at + 1], row[at + 2], row[at + 3]
            value, over, under = None, 0, 1
            if kind == "ratio":
                over, under = 100_000_000 * n, d
            elif kind == "yes_no":
                over, under = 100 * v, assigned
                n, d = v // 1000, assigned * 1000
            elif kind == "milestone":
                over, under = v, figures
            elif kind == "count" or assigned == 1:
                over = v
            else:
                under = 0
            if not figures or kind not in ("ratio", "yes_no"):
                n = d = None
            if figures and under:
                value = (2 * over + under) // (2 * under) if over >= 0 else -((under - 2 * over) // (2 * under))
            day = rule.days[p]
            if value is not None and row[at + 4]:
                days.append(day)
                values.append(value)
            forecast = None
            if value is not None and day < 0 and p != self.last and len(days) > 2:
                forecast = self.line(tuple(days[-6:]), values[-6:])
                if lowest is not None and forecast < lowest:
                    forecast = lowest
                elif highest is not None and forecast > highest:
                    forecast = highest
            needed = None if threshold is None else rule.required[p]
            if value is None:
                status = "no_data"
            elif threshold is None:
                status = "tracked"
            elif self.holds(comparator, over, threshold * under):
                status = "achieved"
            elif day > 0 or p == self.last:
                status = "missed"
            elif value <= needed if falling else value >= needed:
                status = "on_track"
            elif forecast is not None and not self.holds(comparator, forecast, threshold):
                status = "at_risk"
            else:
                status = "behind"
            yield (
                target, self.periods[p], basis, scope, code, agency, n, d, value, row[5], row[6], row[7],
                row[at + 5] > 0, row[at + 4] > 0, needed, status, forecast,
            )  # fmt: skip

    def holds(self, comparator: str, left: int, right: int) -> bool:
        """Return whether `left` meets the threshold `right`."""
        if comparator == "gte":
            return left >= right
        if comparator == "gt":
            return left > right
        return left <= right if comparator == "lte" else left < right

    def line(self, days: tuple[int, ...], values: list[int]) -> int:
        """Return the Theil–Sen line's value at day 0; slopes over the least common multiple of the distances."""
        if days not in self.pairs:
            pairs = list(combinations(range(len(days)), 2))
            common = lcm(*(days[j] - days[i] for i, j in pairs))
            self.pairs[days] = [(i, j, common // (days[j] - days[i])) for i, j in pairs], 2 * common
        pairs, scale = self.pairs[days]
        slopes = sorted([(values[j] - values[i]) * weight for i, j, weight in pairs])
        half = len(slopes) // 2
        twice = 2 * slopes[half] if len(slopes) % 2 else slopes[half - 1] + slopes[half]
        starts = sorted([scale * y - twice * x for x, y in zip(days, values, strict=True)])
        half = len(starts) // 2
        if len(starts) % 2:
            over = starts[half]
        else:
            over, scale = starts[half - 1] + starts[half], 2 * scale
        return (2 * over + scale) // (2 * scale) if over >= 0 else -((scale - 2 * over) // (2 * scale))


def whole(judge: Judge) -> None:
    """Add up, fetch, judge and store the whole year by COPY into an empty table without a key: `limit_whole`."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{STEERED}; TRUNCATE bench_rollups")
        query = SUMS.format(figures="", assignments="", nodes="").replace("INSERT INTO bench_sums", "", 1)
        # sum(bigint) is numeric, which would arrive as slow Decimals.
        cells = ", ".join(f"{name}::bigint" for name in COUNTED)
        named = f"s(target_id, scope, node, p, {', '.join(COUNTED)})"
        cursor.execute(f"SELECT target_id, scope, node, p, {cells} FROM ({query}) {named} ORDER BY 1, 2, 3, 4")
        text = StringIO()
        for row in judge(cursor.fetchall()):
            text.write("\t".join(["\\N" if cell is None else str(cell) for cell in row]) + "\n")
        text.seek(0)
        cursor.cursor.copy_expert(f"COPY bench_rollups ({STORED}) FROM STDIN", text)
