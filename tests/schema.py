"""The schema as a database file: migrated once and copied, so that no process of the tests runs sixty migrations again."""

import fcntl
import hashlib
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

from django.db.backends.sqlite3.creation import DatabaseCreation

from tests.stack import ROOT, clean_environment

FOLDER = ROOT / "var" / "test-schema"


@contextmanager
def locked(path: Path):
    """Holds the file's lock: what is made once for several processes is made by the first of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def sources() -> list[Path]:
    """List the files that determine the schema: all migrations, the modules that they import, the versions of the libraries."""
    migrations = sorted([*ROOT.glob("*/migrations/*.py"), *ROOT.glob("*/*/migrations/*.py")])
    imported = {
        ROOT / package / f"{module}.py"
        for path in migrations
        for package, module in re.findall(r"^from (\w+) import (\w+)$", path.read_text(), re.MULTILINE)
    }
    return [*migrations, *sorted(path for path in imported if path.exists()), ROOT / "requirements.txt"]


def migrate(url: str) -> None:
    """Brings the database of a DATABASE_URL to the schema."""
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=clean_environment() | {"DATABASE_URL": url},
        check=True,
    )


def schema() -> Path:
    """SQLite database with the schema and no row of ours; kept in var/ until a migration changes."""
    key = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources())).hexdigest()[:16]
    made = FOLDER / f"{key}.sqlite3"
    with locked(FOLDER / "lock"):
        if not made.exists():
            for old in FOLDER.glob("*.sqlite3*"):
                old.unlink()
            with begun(made) as path:
                migrate(f"sqlite:///{path}")
    return made


@contextmanager
def begun(made: Path):
    """Path of a SQLite database that stands at `made` when it is whole. What processes left in files beside it is folded in."""
    path = made.with_suffix(".begun")
    path.unlink(missing_ok=True)
    yield path
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    path.rename(made)


def copy_to(path: Path) -> None:
    """Makes the SQLite database `path` with the schema."""
    shutil.copy(schema(), path)


@contextmanager
def in_memory():
    """While it lasts, Django's test database on SQLite begins as a copy of the schema instead of empty."""
    create, held = DatabaseCreation._create_test_db, []

    def create_copy(creation, *args, **kwargs):
        name = create(creation, *args, **kwargs)
        # A database in memory lives as long as somebody is connected; Django connects after this.
        memory = sqlite3.connect(name, uri=True)
        held.append(memory)
        with closing(sqlite3.connect(schema())) as source:
            source.backup(memory)
        return name

    DatabaseCreation._create_test_db = create_copy
    try:
        yield
    finally:
        DatabaseCreation._create_test_db = create
        for memory in held:
            memory.close()
