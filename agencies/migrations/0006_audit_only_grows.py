"""The lines written so far go into the chain; from here on the database refuses to change or delete one."""

from django.db import migrations

from agencies import chain

ONLY_GROWS = "Nhật ký chỉ được ghi thêm, không sửa, không xóa."
# Lines without a number are the made-up ones of an illustrative year. What an archive covers may go (archive_audit).
ARCHIVED = "EXISTS (SELECT 1 FROM agencies_auditarchive a WHERE OLD.number <= a.last_number)"

SQLITE = [
    f"""CREATE TRIGGER audit_entry_kept BEFORE UPDATE ON agencies_auditentry WHEN OLD.number IS NOT NULL
    BEGIN SELECT RAISE(ABORT, '{ONLY_GROWS}'); END""",
    f"""CREATE TRIGGER audit_entry_stays BEFORE DELETE ON agencies_auditentry
    WHEN OLD.number IS NOT NULL AND NOT {ARCHIVED}
    BEGIN SELECT RAISE(ABORT, '{ONLY_GROWS}'); END""",
    f"""CREATE TRIGGER audit_archive_kept BEFORE UPDATE ON agencies_auditarchive
    BEGIN SELECT RAISE(ABORT, '{ONLY_GROWS}'); END""",
    f"""CREATE TRIGGER audit_archive_stays BEFORE DELETE ON agencies_auditarchive
    BEGIN SELECT RAISE(ABORT, '{ONLY_GROWS}'); END""",
    f"""CREATE TRIGGER audit_head_forward BEFORE UPDATE ON agencies_audithead WHEN NEW.number < OLD.number
    BEGIN SELECT RAISE(ABORT, '{ONLY_GROWS}'); END""",
    f"""CREATE TRIGGER audit_head_stays BEFORE DELETE ON agencies_audithead
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
        IF TG_TABLE_NAME = 'agencies_auditentry' AND TG_LEVEL = 'ROW' THEN
            IF OLD.number IS NULL THEN
                IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                RETURN NEW;
            END IF;
            IF TG_OP = 'DELETE' AND {ARCHIVED} THEN RETURN OLD; END IF;
        ELSIF TG_TABLE_NAME = 'agencies_audithead' AND TG_OP = 'UPDATE' THEN
            IF NEW.number >= OLD.number THEN RETURN NEW; END IF;
        END IF;
        RAISE EXCEPTION '{ONLY_GROWS}';
    END $$""",
    *(
        f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON agencies_{table} "
        "FOR EACH ROW EXECUTE FUNCTION audit_only_grows()"
        for table in ("auditentry", "auditarchive", "audithead")
    ),
    *(
        f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON agencies_{table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()"
        for table in ("auditentry", "auditarchive", "audithead")
    ),
]
POSTGRESQL_LIFTED = ["DROP FUNCTION IF EXISTS audit_only_grows() CASCADE"]


def forbid(connection):
    """Let the database refuse what changes the log."""
    run(connection, SQLITE if connection.vendor == "sqlite" else POSTGRESQL)


def lift(connection):
    """Take the refusal away again."""
    run(connection, SQLITE_LIFTED if connection.vendor == "sqlite" else POSTGRESQL_LIFTED)


def run(connection, statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def fill(apps, schema_editor):
    """Number and hash the lines there are, in the order in which they were written; lift what was made up out of it."""
    AuditEntry, AuditHead = apps.get_model("agencies", "AuditEntry"), apps.get_model("agencies", "AuditHead")
    accounts = dict(apps.get_model("agencies", "User").objects.values_list("pk", "username"))
    number, hash, batch = 0, chain.GENESIS, []
    fields = ["number", "account", "actor_name", "address", "act", "object_label", "detail", "previous_hash", "hash"]

    def store():
        AuditEntry.objects.bulk_update(batch, fields, batch_size=500)
        batch.clear()

    for entry in AuditEntry.objects.order_by("pk").iterator(2000):
        entry.account = accounts.get(entry.actor_id, "")
        entry.detail, entry.address = chain.plain(entry.detail), chain.same_address(entry.address)
        entry.actor_name = chain.words(entry.actor_name)
        entry.act, entry.object_label = chain.words(entry.act), chain.words(entry.object_label)
        if not entry.detail.get("minh_hoa"):
            number += 1
            entry.number, entry.previous_hash = number, hash
            hash = entry.hash = chain.digest(entry)
        batch.append(entry)
        if len(batch) == 2000:
            store()
    store()
    AuditHead.objects.create(pk=1, number=number, hash=hash)


def empty(apps, schema_editor):
    apps.get_model("agencies", "AuditHead").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("agencies", "0005_audit_chain")]

    operations = [
        migrations.RunPython(fill, empty),
        migrations.RunPython(
            lambda apps, editor: forbid(editor.connection), lambda apps, editor: lift(editor.connection)
        ),
    ]
