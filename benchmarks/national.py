"""Growth from one province to sixty-three: the same work per province, and the same memory.

A copy (decision 51) is a plan of its own with its own tree of agencies, its periods on the same days, its own figures, all in one
database; the schema has one plan a year, so the copies have the years that follow. A province's year is rolled up by a task of
its own, as in production. Ratios are of processor seconds, PostgreSQL's included, because a machine's speed varies within a
quarter of an hour.
"""

import statistics
from functools import partial
from typing import Any

from django.db import connection

from benchmarks import child
from benchmarks.harness import Lines, Write
from tests.servers import Postgres

GROUP = "national"
SIZES = (1, 10, 63)
FIRST_YEAR = 2023
FIGURES = [
    "actuals",
    *(f"{what}_{size}" for size in SIZES for what in ("rebuild_province", "submission_province", "memory_rebuild")),
    "growth",
]
APART = 10_000_000
# Table, columns with keys of copied rows, and the columns that must differ from copy to copy.
COPIED = (
    ("agencies_agency", ("id", "parent_id"), {"code": "'t' || {k} || '-' || code"}),
    ("agencies_placement", ("id", "agency_id", "parent_id"), {}),
    ("indicators_plan", ("id",), {"year": "year + {k}"}),
    ("indicators_pillar", ("id", "plan_id"), {}),
    ("indicators_indicator", ("id", "pillar_id"), {}),
    ("indicators_target", ("id", "plan_id", "indicator_id"), {}),
    ("indicators_reportingperiod", ("id", "plan_id"), {}),
    ("indicators_assignment", ("id", "target_id", "agency_id"), {}),
    ("indicators_submission", ("id", "agency_id", "period_id"), {}),
    ("indicators_actual", ("id", "submission_id", "target_id"), {}),
)


def run(lines: Lines, server: Postgres, golden: str) -> None:
    """Run the group. golden: the name of the database with one province's year."""
    write = partial(lines.write, GROUP)
    name = server.create(template=golden)
    url = server.url(name)
    rebuilt, one = [], {}
    # Every province's year is rolled up for the first time, the first one's too.
    execute(
        url, "TRUNCATE indicators_rollup, indicators_rollupsums; UPDATE indicators_rollupstate SET computed_at = NULL"
    )
    for before, size in zip((0, *SIZES), SIZES, strict=False):
        if before:
            execute(url, "".join(copy_sql(k) for k in range(before, size)) + "ANALYZE")
        # The worker's process: one for all provinces that came with this size.
        rebuilt += child.run("rebuild", FIRST_YEAR + before, FIRST_YEAR + size - 1, url=url)
        execute(url, "ANALYZE")
        submissions = child.run("submission", FIRST_YEAR, 9, url=url)
        for name_of, answers in (("rebuild_province", rebuilt), ("submission_province", submissions)):
            cpu = statistics.median(answer["cpu"] for answer in answers)
            ratio = cpu / one.setdefault(name_of, cpu)
            seconds = round(statistics.median(answer["seconds"] for answer in answers), 3)
            against(write, f"{name_of}_{size}", size, cpu, "s bộ xử lý", ratio, seconds=seconds)
        peak = max(answer["peak_mb"] for answer in rebuilt)
        against(write, f"memory_rebuild_{size}", size, peak, "MB", peak / one.setdefault("memory", peak))
    write("actuals", execute(url, "SELECT COUNT(*) FROM indicators_actual"), "số liệu")
    first, last = (statistics.median(answer["cpu"] for answer in part) for part in (rebuilt[:10], rebuilt[-10:]))
    write("growth", last, "s bộ xử lý", ratio_to="rebuild_province_10", ratio=last / first, budget=1.2)
    server.drop(name)


def against(write: Write, name: str, size: int, value: float, unit: str, ratio: float, **more: object) -> None:
    """Print a figure of one size, compared with that of a single province."""
    comparison = {} if size == 1 else {"ratio_to": name.removesuffix(str(size)) + "1", "ratio": ratio, "budget": 1.2}
    write(name, value, unit, **comparison, **more)


def copy_sql(k: int) -> str:
    """Return the statements that copy the first province as number k."""
    statements = []
    for table, keys, changed in COPIED:
        columns = columns_of(table)
        cells = [
            f"{column} + {k * APART}"
            if column in keys
            else changed[column].format(k=k)
            if column in changed
            else column
            for column in columns
        ]
        statements.append(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(cells)} FROM {table} WHERE id < {APART};"
        )
    return "".join(statements)


def columns_of(table: str) -> list[str]:
    """Return the names of a table's columns."""
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, table)]


def execute(url: str, sql: str) -> Any:
    """Execute statements on another database than the settings' own; return the first value, None without rows."""
    import psycopg2

    from chuyendoiso.settings import database

    settings = database(url)
    other = psycopg2.connect(dbname=settings["NAME"], user=settings["USER"], host=settings["HOST"])
    try:
        with other, other.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        other.close()
