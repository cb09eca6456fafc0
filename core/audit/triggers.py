"""Triggers that make the database refuse to change or delete lines of the audit log."""

from django.db.backends.base.base import BaseDatabaseWrapper

ONLY_GROWS = "Nhật ký chỉ được ghi thêm, không sửa, không xóa."
# Entries without a number are those of a demonstration year. Archived entries may be deleted (archive_audit).
ARCHIVED = "EXISTS (SELECT 1 FROM audit_auditarchive a WHERE OLD.number <= a.last_number)"

SQLITE = [
    f"""CREATE TRIGGER audit_entry_kept BEFORE UPDATE ON audit_auditentry WHEN OLD.number IS NOT NULL
    BEGIN SELECT RAISE(ABORT, '{ONLY_GROWS}'); END""",
    f"""CREATE TRIGGER audit_entry_stays BEFORE DELETE ON audit_auditentry
    WHEN OLD.number IS NOT NULL AND NOT {ARCHIVED}
    BEGIN SELECT RAISE(ABORT, '{ONLY_GROWS}'); END""",
    f"""CREATE TRIGGER audit_archive_kept BEFORE UPDATE ON audit_auditarchive
    BEGIN SELECT RAISE(ABORT, '{ONLY_GROWS}'); END""",
    f"""CREATE TRIGGER audit_archive_stays BEFORE DELETE ON audit_auditarchive
    BEGIN SELECT RAISE(ABORT, '{ONLY_GROWS}'); END""",
    f"""CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_auditchainhead WHEN NEW.number < OLD.number
    BEGIN SELECT RAISE(ABORT, '{ONLY_GROWS}'); END""",
    f"""CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_auditchainhead
    BEGIN SELECT RAISE(ABORT, '{ONLY_GROWS}'); END""",
]
SQLITE_LIFTED = [
    "DROP TRIGGER IF EXISTS audit_entry_kept",
    "DROP TRIGGER IF EXISTS audit_entry_stays",
    "DROP TRIGGER IF EXISTS audit_archive_kept",
    "DROP TRIGGER IF EXISTS audit_archive_stays",
    "DROP TRIGGER IF EXISTS audit_head_forward",
    "DROP TRIGGER IF EXISTS audit_head_stays",
]

POSTGRESQL = [
    f"""CREATE OR REPLACE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_TABLE_NAME = 'audit_auditentry' AND TG_LEVEL = 'ROW' THEN
            IF OLD.number IS NULL THEN
                IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                RETURN NEW;
            END IF;
            IF TG_OP = 'DELETE' AND {ARCHIVED} THEN RETURN OLD; END IF;
        ELSIF TG_TABLE_NAME = 'audit_auditchainhead' AND TG_OP = 'UPDATE' THEN
            IF NEW.number >= OLD.number THEN RETURN NEW; END IF;
        END IF;
        RAISE EXCEPTION '{ONLY_GROWS}';
    END $$""",
    *(
        f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON audit_{table} "
        "FOR EACH ROW EXECUTE FUNCTION audit_only_grows()"
        for table in ("auditentry", "auditarchive", "auditchainhead")
    ),
    *(
        f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON audit_{table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()"
        for table in ("auditentry", "auditarchive", "auditchainhead")
    ),
]
POSTGRESQL_LIFTED = ["DROP FUNCTION IF EXISTS audit_only_grows() CASCADE"]


def install_triggers(connection: BaseDatabaseWrapper) -> None:
    """Make the database refuse every change of the audit log."""
    _run(connection, SQLITE if connection.vendor == "sqlite" else POSTGRESQL)


def remove_triggers(connection: BaseDatabaseWrapper) -> None:
    """Remove the triggers, for tests that empty all tables."""
    _run(connection, SQLITE_LIFTED if connection.vendor == "sqlite" else POSTGRESQL_LIFTED)


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
