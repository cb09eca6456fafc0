"""Hand-written minima of the engine's work, as yardsticks of the product.

They use facts that the product may not assume: the tree, the assignments and the states of the golden year never change within
it, both bases are in one row, a node is two integers. `sums` is the year's sums in one INSERT … SELECT; `Submission` one
commune's month, added up again or by difference; `Judge` the rules as one loop over integers; `whole` all of it.
Their rows are checked against the product's before anything is timed.
"""

from collections.abc import Collection, Iterable, Iterator
from io import StringIO
from itertools import combinations, groupby, pairwise
from math import isqrt, lcm
from operator import ge, gt, itemgetter, le, lt
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
    SELECT r.target_id, r.agency_id, r.p, r.q_now, r.o_now, r.q_last, r.o_last, r.due, q.d AS q_weight, o.d AS o_weight,
        CASE WHEN flow THEN q_n ELSE q.n END AS q_n, CASE WHEN flow THEN q_d ELSE q.d END AS q_d,
        CASE WHEN flow THEN q_v ELSE q.v END AS q_v, CASE WHEN flow THEN o_n ELSE o.n END AS o_n,
        CASE WHEN flow THEN o_d ELSE o.d END AS o_d, CASE WHEN flow THEN o_v ELSE o.v END AS o_v,
        q_last IS NOT NULL AND CASE WHEN flow THEN q_gaps > 0 ELSE q_last < due END AS q_stale,
        o_last IS NOT NULL AND CASE WHEN flow THEN o_gaps > 0 ELSE o_last < due END AS o_stale
    FROM run r
    LEFT JOIN fig q ON q.target_id = r.target_id AND q.agency_id = r.agency_id AND q.p = r.q_last
    LEFT JOIN fig o ON o.target_id = r.target_id AND o.agency_id = r.agency_id AND o.p = r.o_last
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
    COALESCE(SUM(o_weight), 0), COALESCE(SUM(o_weight) FILTER (WHERE o_last >= due), 0),
    COUNT(q_last), COALESCE(SUM(q_n), 0), COALESCE(SUM(q_d), 0), COALESCE(SUM(q_v), 0),
    COUNT(*) FILTER (WHERE q_now), COUNT(*) FILTER (WHERE q_stale),
    COALESCE(SUM(q_weight), 0), COALESCE(SUM(q_weight) FILTER (WHERE q_last >= due), 0)
FROM as_of JOIN member USING (agency_id) {nodes}
GROUP BY target_id, scope, node, p
"""
COUNTED = [
    *("assigned", "expected", "reported", "approved"),
    *("o_figures", "o_n", "o_d", "o_v", "o_points", "o_stale", "o_weight", "o_fresh"),
    *("q_figures", "q_n", "q_d", "q_v", "q_points", "q_stale", "q_weight", "q_fresh"),
]
COLUMNS = f"target_id bigint, scope int, node bigint, p int, {', '.join(f'{name} bigint' for name in COUNTED)}"
TABLES = f"""
CREATE TABLE IF NOT EXISTS bench_sums ({COLUMNS});
CREATE TABLE IF NOT EXISTS bench_year ({COLUMNS}, PRIMARY KEY (target_id, scope, node, p));
CREATE TABLE IF NOT EXISTS bench_rollups AS SELECT * FROM indicators_rollup WITH NO DATA
"""
STORED = (
    "target_id, period_id, basis, scope, node, agency_id, numerator, denominator, value, expected, reported, approved, "
    "stale, is_point, is_judged, required, status, forecast, forecast_low, forecast_high, due_held, fresh, pace"
)
COMPARISONS = {"gte": ge, "gt": gt, "lte": le, "lt": lt}
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


class Terms:
    """A target as all its rows share it: days of the windows before (negative) and after its due day, required values that hang on
    no row, due periods that are still to come. Values in micro."""

    def __init__(self, target: Any, plan: Any) -> None:
        windows = list(plan.periods.order_by("number").values_list("number", "window_last"))
        self.kind, self.flow, self.quarterly = str(target.kind), target.timing == "flow", target.frequency == "quarter"
        self.holds = COMPARISONS.get(target.comparator)
        self.falling = target.comparator in ("lte", "lt")
        self.threshold = micro(target.threshold)
        self.several = self.kind in ("count", "value")
        self.never_own = self.kind == "yes_no" and self.threshold is not None and self.threshold < 100_000_000
        share = target.unit == "%" if self.kind == "ratio" else self.kind in ("yes_no", "milestone")
        self.lowest = None if self.kind == "value" else 0
        self.highest = 100_000_000 if share else None
        self.days = {number: (last - target.due).days for number, last in windows}
        past = [number for number, day in self.days.items() if day >= 0]
        last = windows[-1][0]
        # A period that never comes: that of a target due after the plan's end.
        self.closing = past[0] if past else last if target.due <= plan.last_day else last + 1
        self.can_forecast = not self.flow or self.closing <= last
        asked = [number for number in self.days if number <= self.closing and not (self.quarterly and number % 3)]
        self.coming = {number: sum(number < later for later in asked) for number in self.days}
        self.milestones = sorted(
            ((day - target.due).days, micro(value)) for day, value in target.milestones.values_list("day", "value")
        )
        self.baseline = micro(target.baseline)
        from_first = self.milestones or (target.timing == "stock" and not self.falling)
        self.from_first_value = self.holds is not None and self.baseline is None and bool(from_first)
        self.required: dict[int, int] = {}
        if self.holds is None or self.from_first_value:
            return
        if self.baseline is None:
            self.required = dict.fromkeys(self.days, self.threshold)
        else:
            self.required = self.line((plan.first_day - target.due).days, self.baseline, self.milestones)

    def line_from(self, number: int, value: int) -> dict[int, int]:
        """Return the required values of a row whose first value came in a month."""
        open_ones = [milestone for milestone in self.milestones if not self.holds(value, milestone[1])]
        return self.line(self.days[number], value, open_ones)

    def line(self, start: int, value: int, milestones: list[tuple[int, int]]) -> dict[int, int]:
        """Return the required values on the line from a day's value through the milestones after it to the threshold."""
        if self.holds(value, self.threshold):
            return dict.fromkeys(self.days, self.threshold)
        corners = [(start, value), *(each for each in milestones if start < each[0] < 0), (0, self.threshold)]
        values = {}
        for number, day in self.days.items():
            if number >= self.closing:
                values[number] = self.threshold
            elif day <= start:
                values[number] = value
            else:
                (x, y), (x2, y2) = next(pair for pair in pairwise(corners) if day <= pair[1][0])
                values[number] = rounded(y * (x2 - day) + y2 * (day - x), x2 - x)
        return values


class Judge:
    """domain.md's rules as one loop over integers: all rows of a target share the windows' days.
    Rows come in the columns of `SUMS`, in the order target, scope, node, month; they leave in the columns of the roll-up table."""

    def __init__(self, plan: Any) -> None:
        from agencies.models import Agency

        self.terms = {target.pk: Terms(target, plan) for target in plan.targets.all()}
        self.periods = dict(plan.periods.values_list("number", "pk"))
        self.codes = dict(Agency.objects.values_list("pk", "code"))
        self.province = Agency.objects.get(level="province").pk
        self.distances: dict[tuple[int, ...], Distances] = {}

    def __call__(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """Yield the judged rows."""
        for target, of_target in groupby(rows, itemgetter(0)):
            terms, rows_of_target = self.terms[target], list(of_target)
            several = terms.several and len({row[2] for row in rows_of_target if row[1] == 0}) > 1
            for (scope, node), rows_of_node in groupby(rows_of_target, itemgetter(1, 2)):
                series = list(rows_of_node)
                is_whole = (scope, node) == (1, self.province)
                is_judged = (
                    terms.holds is not None and (is_whole or not several) and not (terms.never_own and scope == 0)
                )
                yield from self.node(terms, series, is_judged, "official", 8)
                yield from self.node(terms, series, is_judged, "provisional", 16)

    def node(self, terms: Terms, series: list[Any], is_judged: bool, basis: str, at: int) -> Iterator[tuple[Any, ...]]:
        """Yield the judged rows of one node and basis. at: the index of the basis's first column."""
        target, scope, node = series[0][:3]
        agency = None if scope == 2 else node
        code = ("@departments", "@districts", "@communes")[node] if scope == 2 else self.codes[node]
        scope = ("own", "area", "level")[scope]
        kind, flow, holds, threshold, falling = terms.kind, terms.flow, terms.holds, terms.threshold, terms.falling
        lowest, highest, closing = terms.lowest, terms.highest, terms.closing
        required, starts = terms.required, is_judged and terms.from_first_value
        if starts:
            required = dict.fromkeys(range(closing, 13), threshold)
        days: list[int] = []
        values: list[int] = []
        parts: list[tuple[int, int]] = []
        n_before = d_before = 0
        due_held = None
        for row in series:
            p, assigned = row[3], row[4]
            figures, n, d, v, points, stale, weight, fresh = row[at : at + 8]
            value, over, under = None, 0, 1
            stored_n = stored_d = None
            if kind == "ratio":
                over, under = 100_000_000 * n, d
                if figures:
                    stored_n, stored_d = n, d
            elif kind == "yes_no":
                over, under = 100 * v, assigned
                if figures:
                    stored_n, stored_d = v // 1000, assigned * 1000
            elif kind == "milestone":
                over, under = v, figures
            elif kind == "count" or assigned == 1:
                over = v
            else:
                under = 0
            if figures and under:
                value = rounded(over, under)
            if flow:
                if points:
                    parts.append((n + v - n_before, d - d_before))
                n_before, d_before = n + v, d
            elif points and value is not None:
                days.append(terms.days[p])
                values.append(value)
            if starts and value is not None:
                required, starts = terms.line_from(p, value), False
            forecast = low = high = f = None
            if value is not None and p < closing and terms.can_forecast:
                if not flow:
                    if len(days) > 3:
                        forecast, low, high = self.line(tuple(days[-6:]), values[-6:])
                elif len(parts) > 3:
                    forecast, low, high = flow_forecast(kind, n, d, v, parts[-6:], terms.coming[p])
            if forecast is not None:
                f, f_low, f_high = forecast, low, high
                if lowest is not None:
                    f, f_low, f_high = max(f, lowest), max(f_low, lowest), max(f_high, lowest)
                if highest is not None:
                    f, f_low, f_high = min(f, highest), min(f_low, highest), min(f_high, highest)
            else:
                f_low = f_high = None
            needed = pace = None
            if not is_judged:
                status = "no_data" if value is None else "tracked"
            else:
                needed = required.get(p)
                achieved = value is not None and holds(over, threshold * under)
                if p == closing and value is not None:
                    due_held = achieved
                if forecast is not None and flow:
                    pace = flow_pace(kind, n, d, v, parts[-6:], terms.coming[p], threshold)
                if value is None:
                    status = "no_data"
                elif achieved:
                    status = "achieved"
                elif p >= closing:
                    status = "missed"
                else:
                    signs = needed is not None and (value > needed if falling else value < needed)
                    if f is not None:
                        if f == threshold and f in (lowest, highest):
                            f_held = holds(high if falling else low, threshold)
                        else:
                            f_held = holds(f, threshold)
                        signs += not f_held
                    status = ("on_track", "behind", "at_risk")[signs]
            by_weight = None
            if kind == "ratio" and weight and row[5]:
                by_weight = (200_000_000 * fresh + weight) // (2 * weight)
            yield (
                target, self.periods[p], basis, scope, code, agency, stored_n, stored_d, value, row[5], row[6], row[7],
                stale > 0, points > 0, is_judged, needed, status, f, f_low, f_high, due_held, by_weight, pace,
            )  # fmt: skip

    def line(self, days: tuple[int, ...], values: list[int]) -> tuple[int, int, int]:
        """Return the Theil–Sen line's value at day 0 with its range; slopes over the least common multiple of the distances."""
        if days not in self.distances:
            self.distances[days] = Distances(days)
        distances = self.distances[days]
        twice = twice_median([(values[j] - values[i]) * weight for i, j, weight in distances.pairs])
        scale = distances.scale
        centre = rounded(twice_median([scale * y - twice * x for x, y in zip(days, values, strict=True)]), 2 * scale)
        steps = [(values[i + 1] - values[i]) * weight for i, weight in distances.steps]
        spread = len(steps) * sum([step * step for step in steps]) - sum(steps) ** 2
        width = (isqrt(distances.over * spread // distances.under) + 1) // 2
        return centre, centre - width, centre + width


class Distances:
    """The parts of a line and of its range that hang on the days of the points alone."""

    def __init__(self, days: tuple[int, ...]) -> None:
        pairs = list(combinations(range(len(days)), 2))
        common = lcm(*(days[j] - days[i] for i, j in pairs))
        self.pairs = [(i, j, common // (days[j] - days[i])) for i, j in pairs]
        self.scale = 2 * common
        self.steps = [(i, common // (days[i + 1] - days[i])) for i in range(len(days) - 1)]
        n, ahead = len(self.steps), -days[-1]
        # (2w)² = over × spread ÷ under, w = 1.6 × s × √(h + h² ÷ n) with months of 365/12 days.
        self.over = 64 * ahead * (365 * n + 12 * ahead)
        self.under = 75 * n * n * (n - 1) * common * common


def flow_forecast(kind: str, n: int, d: int, v: int, parts: list[tuple[int, int]], coming: int) -> tuple[int, int, int]:
    """Return the forecast of a flow with its range."""
    twice_n = coming * twice_median([part[0] for part in parts])
    if kind == "count":
        numbers = [part[0] for part in parts]
        return rounded(2 * v + twice_n, 2), v + coming * min(numbers), v + coming * max(numbers)
    twice_d = coming * twice_median([part[1] for part in parts])
    whole = 2 * d + twice_d
    line = rounded(100_000_000 * (2 * n + twice_n), whole)
    # Compared crosswise, which is exact.
    shares = [part for part in parts if part[1]]
    if not shares:
        return line, line, line
    low = high = shares[0]
    for part in shares:
        if part[0] * low[1] < low[0] * part[1]:
            low = part
        if part[0] * high[1] > high[0] * part[1]:
            high = part
    ends = [rounded(100_000_000 * (2 * n * under + twice_d * over), whole * under) for over, under in (low, high)]
    return line, ends[0], ends[1]


def flow_pace(
    kind: str, n: int, d: int, v: int, parts: list[tuple[int, int]], coming: int, threshold: int
) -> int | None:
    """Return what the coming windows of a flow need to reach the threshold."""
    if kind == "count":
        return rounded(threshold - v, coming) if coming else None
    twice_d = coming * twice_median([part[1] for part in parts])
    return rounded(threshold * (2 * d + twice_d) - 200_000_000 * n, twice_d) if twice_d > 0 else None


def twice_median(numbers: list[int]) -> int:
    """Return twice the median."""
    numbers.sort()
    half = len(numbers) // 2
    return 2 * numbers[half] if len(numbers) % 2 else numbers[half - 1] + numbers[half]


def rounded(over: int, under: int) -> int:
    """Return over ÷ under rounded, halves away from zero."""
    return (2 * over + under) // (2 * under) if over >= 0 else -((under - 2 * over) // (2 * under))


def micro(number: Any) -> int | None:
    """Return a decimal in millionths."""
    return None if number is None else int(number * 1_000_000)


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
