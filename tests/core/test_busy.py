"""Errors that say that others are writing, apart from those of a database that is broken."""

import sqlite3
from contextlib import closing

import psycopg2.errors
import pytest
from django.db import DatabaseError, OperationalError

from core.busy import is_busy


def raised_from(cause, kind=OperationalError):
    try:
        raise kind(str(cause)) from cause
    except DatabaseError as error:
        return error


@pytest.fixture
def locked(tmp_path):
    """Return SQLite's error for the second of two writers."""
    with (
        closing(sqlite3.connect(tmp_path / "x")) as first,
        closing(sqlite3.connect(tmp_path / "x", timeout=0)) as second,
    ):
        first.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="database is locked") as error:
            second.execute("BEGIN IMMEDIATE")
    return error.value


def test_a_locked_file_is_busy(locked):
    assert is_busy(raised_from(locked))
    assert not is_busy(locked)  # Django's own errors alone


def test_a_file_that_is_no_database_is_not(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"x" * 5000)
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.DatabaseError) as error:
        connection.execute("SELECT * FROM sqlite_master")
    assert not is_busy(raised_from(error.value))


def test_others():
    assert not is_busy(None)
    assert not is_busy(ValueError("database is locked"))
    assert not is_busy(OperationalError("database is locked"))
    assert not is_busy(raised_from(psycopg2.OperationalError("server closed the connection unexpectedly")))
