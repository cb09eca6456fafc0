"""Triggers that make the database refuse to change or remove a published report.

Allowed on a published version: being superseded and the scan of its signed sheet. Its files may not change once rendered.
On SQLite most changes of a table make it anew and lose its triggers: a later migration of these tables begins with
`remove_triggers` and ends with `install_triggers`.
"""

from collections.abc import Iterable, Iterator

from django.db.backends.base.base import BaseDatabaseWrapper

FROZEN = "Báo cáo đã phát hành không sửa, không xóa."
TABLES = ("reportversion", "report", "reportfile")
# Columns of a published version, and of a report with one, that may still change.
FREE = {"reportversion": ("state", "scan", "scan_name"), "report": ("belongs_to_id",)}
COLUMNS = {
    "reportversion": (
        "id", "report_id", "number", "revision", "snapshot", "ledger", "texts", "letterhead_id", "signer_id",
        "document_number", "document_day", "reason", "head", "made_at", "made_by_id", "published_at", "published_by_id",
        "code",
    ),
    "report": ("id", "plan_id", "kind", "span", "subject", "basis", "title", "last_day", "is_illustrative"),
}  # fmt: skip
# A published version is superseded once, and never comes into force again.
TURNED_BACK = "OLD.state <> NEW.state AND NOT (OLD.state = 'published' AND NEW.state = 'superseded')"
PUBLISHED = {
    "reportversion": "OLD.state <> 'draft'",
    "report": "EXISTS (SELECT 1 FROM reports_reportversion v WHERE v.report_id = OLD.id AND v.state <> 'draft')",
    "reportfile": """OLD.state = 'ready' AND EXISTS (SELECT 1 FROM reports_reportversion v
        WHERE v.id = OLD.version_id AND v.state <> 'draft' AND v.revision = OLD.revision)""",
}

# Reports of demonstration figures may be removed with them; all others stay for ever.
MAY_GO = {
    "reportversion": "EXISTS (SELECT 1 FROM reports_report r WHERE r.id = OLD.report_id AND r.is_illustrative)",
    "report": "OLD.is_illustrative",
    "reportfile": """EXISTS (SELECT 1 FROM reports_reportversion w JOIN reports_report r ON r.id = w.report_id
        WHERE w.id = OLD.version_id AND r.is_illustrative)""",
}


def _moved(table: str) -> str:
    """Return the SQLite condition that a column changes that must not."""
    if table == "reportfile":
        return "1"
    moved = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in COLUMNS[table])
    return f"({moved} OR {TURNED_BACK})" if table == "reportversion" else f"({moved})"


def _sqlite() -> Iterator[str]:
    """Yield SQLite's triggers."""
    for table in TABLES:
        yield f"""CREATE TRIGGER {table}_kept BEFORE UPDATE ON reports_{table}
        WHEN {PUBLISHED[table]} AND {_moved(table)} BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END"""
        yield f"""CREATE TRIGGER {table}_stays BEFORE DELETE ON reports_{table}
        WHEN {PUBLISHED[table]} AND NOT {MAY_GO[table]} BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END"""


SQLITE_LIFTED = [f"DROP TRIGGER IF EXISTS {table}_{what}" for table in TABLES for what in ("kept", "stays")]


def _function(table: str) -> str:
    """Return the PostgreSQL function: an update passes if it changes only the columns that may change."""
    same = " ".join(f"same.{column} := OLD.{column};" for column in FREE.get(table, ()))
    passes = "IF same IS NOT DISTINCT FROM OLD THEN RETURN NEW; END IF;" if table in FREE else ""
    if table == "reportversion":
        passes = f"IF NOT ({TURNED_BACK}) AND same IS NOT DISTINCT FROM OLD THEN RETURN NEW; END IF;"
    return f"""CREATE OR REPLACE FUNCTION {table}_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE same reports_{table}%ROWTYPE;
    BEGIN
        IF TG_LEVEL = 'ROW' THEN
            IF NOT ({PUBLISHED[table]}) THEN
                IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                RETURN NEW;
            END IF;
            IF TG_OP = 'DELETE' AND {MAY_GO[table]} THEN RETURN OLD; END IF;
            IF TG_OP = 'UPDATE' THEN
                same := NEW; {same}
                {passes}
            END IF;
        ELSIF NOT EXISTS (SELECT 1 FROM reports_reportversion WHERE state <> 'draft') THEN
            RETURN NULL;
        END IF;
        RAISE EXCEPTION '{FROZEN}';
    END $$"""


def _postgresql() -> Iterator[str]:
    """Yield PostgreSQL's functions and triggers; all columns are compared."""
    for table in TABLES:
        yield _function(table)
        yield (
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON reports_{table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_frozen()"
        )
        yield (
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON reports_{table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_frozen()"
        )


POSTGRESQL_LIFTED = [f"DROP FUNCTION IF EXISTS {table}_frozen() CASCADE" for table in TABLES]


def install_triggers(connection: BaseDatabaseWrapper) -> None:
    """Make the database refuse changes and deletions of published reports of real figures."""
    _run(connection, (_sqlite if connection.vendor == "sqlite" else _postgresql)())


def remove_triggers(connection: BaseDatabaseWrapper) -> None:
    """Remove the triggers, for tests that empty all tables."""
    _run(connection, SQLITE_LIFTED if connection.vendor == "sqlite" else POSTGRESQL_LIFTED)


def _run(connection: BaseDatabaseWrapper, statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
