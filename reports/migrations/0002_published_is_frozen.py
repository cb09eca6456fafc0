"""From here on the database itself refuses to change or delete what was published: a version but for being superseded and for
the scan of its signed sheet, what its report is called and was asked for, and its files once they are made.

On SQLite a table is made anew by most changes of it: it loses its triggers, and those of the others that name it keep it from
getting its name back. A later migration of these tables begins with `lift` and ends with `forbid`.
"""

from django.db import migrations

FROZEN = "Báo cáo đã phát hành không sửa, không xóa."
TABLES = ("reportversion", "report", "reportfile")
# What may still change of a published version, and of a report with one.
FREE = {"reportversion": ("state", "scan", "scan_name"), "report": ("belongs_to_id",)}
COLUMNS = {
    "reportversion": (
        "id", "report_id", "number", "revision", "snapshot", "ledger", "texts", "letterhead_id", "signer_id",
        "document_number", "document_day", "reason", "head", "made_at", "made_by_id", "published_at", "published_by_id",
        "code",
    ),
    "report": ("id", "plan_id", "kind", "span", "subject", "basis", "title", "last_day"),
}  # fmt: skip
# A published version is superseded once, and never comes into force again.
TURNED_BACK = "OLD.state <> NEW.state AND NOT (OLD.state = 'published' AND NEW.state = 'superseded')"
PUBLISHED = {
    "reportversion": "OLD.state <> 'draft'",
    "report": "EXISTS (SELECT 1 FROM reports_reportversion v WHERE v.report_id = OLD.id AND v.state <> 'draft')",
    "reportfile": """OLD.state = 'ready' AND EXISTS (SELECT 1 FROM reports_reportversion v
        WHERE v.id = OLD.version_id AND v.state <> 'draft' AND v.revision = OLD.revision)""",
}


def _moved(table, later):
    """That a column is written which may not be, in SQLite's words; later: columns of later migrations."""
    if table == "reportfile":
        return "1"
    moved = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in (*COLUMNS[table], *later.get(table, ())))
    return f"({moved} OR {TURNED_BACK})" if table == "reportversion" else f"({moved})"


def sqlite(may_go, later):
    """The triggers; may_go: by table, what lets a published row be deleted all the same; later: columns by table."""
    for table in TABLES:
        yield f"""CREATE TRIGGER {table}_kept BEFORE UPDATE ON reports_{table}
        WHEN {PUBLISHED[table]} AND {_moved(table, later)} BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END"""
        yield f"""CREATE TRIGGER {table}_stays BEFORE DELETE ON reports_{table}
        WHEN {PUBLISHED[table]} AND NOT {may_go.get(table, "0")} BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END"""


SQLITE_LIFTED = [f"DROP TRIGGER IF EXISTS {table}_{what}" for table in TABLES for what in ("kept", "stays")]


def _function(table, may_go):
    """The same for PostgreSQL: a row that differs only in what is free passes."""
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
            IF TG_OP = 'DELETE' AND {may_go} THEN RETURN OLD; END IF;
            IF TG_OP = 'UPDATE' THEN
                same := NEW; {same}
                {passes}
            END IF;
        ELSIF NOT EXISTS (SELECT 1 FROM reports_reportversion WHERE state <> 'draft') THEN
            RETURN NULL;
        END IF;
        RAISE EXCEPTION '{FROZEN}';
    END $$"""


def postgresql(may_go, later):
    """The functions and their triggers; all columns are compared."""
    for table in TABLES:
        yield _function(table, may_go.get(table, "false"))
        yield (
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON reports_{table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_frozen()"
        )
        yield (
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON reports_{table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_frozen()"
        )


POSTGRESQL_LIFTED = [f"DROP FUNCTION IF EXISTS {table}_frozen() CASCADE" for table in TABLES]


def forbid(connection, may_go=None, later=None):
    """Let the database refuse what changes a published report."""
    run(connection, (sqlite if connection.vendor == "sqlite" else postgresql)(may_go or {}, later or {}))


def lift(connection):
    """Take the refusal away again."""
    run(connection, SQLITE_LIFTED if connection.vendor == "sqlite" else POSTGRESQL_LIFTED)


def run(connection, statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_printed_reports")]

    operations = [
        migrations.RunPython(
            lambda apps, editor: forbid(editor.connection), lambda apps, editor: lift(editor.connection)
        ),
    ]
