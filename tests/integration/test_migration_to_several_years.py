"""The migrations to plans of several years keep what is stored: from the state before them, with rows, and back to it."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.schema import schema
from tests.stack import ROOT, clean_environment

pytestmark = pytest.mark.once
BEFORE = "0011_findings_by_rule_and_seen"


def migrated(path, *names):
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0", *names],
        cwd=ROOT,
        env=clean_environment() | {"DATABASE_URL": f"sqlite:///{path}"},
        check=True,
    )


def insert(database, table, **known):
    """Insert a row, with 0, a day or an empty text in every other column that must have something."""
    values = dict(known)
    for _, name, kind, needed, default, key in database.execute(f"PRAGMA table_info({table})"):
        if needed and not key and default is None and name not in values:
            kind = kind.lower()
            values[name] = "2023-01-01" if "date" in kind else "" if "char" in kind or "text" in kind else 0
    marks = ", ".join("?" for _ in values)
    database.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))


def test_rows_of_before_stay_as_they_are(tmp_path):
    path = tmp_path / "db.sqlite3"
    shutil.copy(schema(), path)
    migrated(path, "indicators", BEFORE)
    with closing(sqlite3.connect(path)) as database:
        columns = {row[1] for row in database.execute("PRAGMA table_info(indicators_plan)")}
        assert "first_month" not in columns
        plan = {
            "code": "2023",
            "address": "2023",
            "year": 2023,
            "state": "running",
            "title": "Kế hoạch",
            "issuer": "UBND",
        }
        insert(
            database,
            "indicators_plan",
            id=1,
            first_day="2023-01-01",
            last_day="2023-12-31",
            release_days=3,
            target_rules="[]",
            **plan,
        )
        for month in range(1, 13):
            insert(database, "indicators_reportingperiod", id=month, plan_id=1, number=month)
        insert(database, "indicators_pillar", id=1, plan_id=1, code="I", title="Trụ cột", position=1)
        insert(database, "indicators_indicator", id=1, pillar_id=1, number=1, text="Chỉ tiêu")
        measured = {"kind": "count", "timing": "flow", "frequency": "month", "unit": "lớp", "reporters": "@communes"}
        insert(
            database,
            "indicators_target",
            id=1,
            plan_id=1,
            indicator_id=1,
            code="I.1",
            label="Lớp",
            due="2023-12-31",
            definition_number=1,
            **measured,
        )
        database.commit()
        before = rows(database)
    migrated(path)
    with closing(sqlite3.connect(path)) as database:
        assert rows(database) == before
        assert list(database.execute("SELECT first_month FROM indicators_plan")) == [(1,)]
        assert list(database.execute("SELECT accumulates_over_plan FROM indicators_target")) == [(0,)]
        with pytest.raises(sqlite3.IntegrityError):
            database.execute("UPDATE indicators_reportingperiod SET number = 121 WHERE id = 12")
        database.execute("UPDATE indicators_reportingperiod SET number = 120 WHERE id = 12")


def rows(database):
    """Return the rows of the tables by the columns of before."""
    wanted = {
        "indicators_plan": "code, address, year, state, title, first_day, last_day",
        "indicators_reportingperiod": "id, plan_id, number, window_first, closes_on",
        "indicators_target": "code, kind, timing, frequency, unit, due, reporters",
    }
    return {
        table: list(database.execute(f"SELECT {names} FROM {table} ORDER BY id")) for table, names in wanted.items()
    }
