"""The chain's end knows the last line that changed what pages show: it was looked for line by line, past every failed login."""

from importlib import import_module

from django.db import connection, migrations, models

only_grows = import_module("agencies.migrations.0006_audit_only_grows")
CHANGES_NOTHING = (
    "đăng nhập",
    "đăng xuất",
    "hết phiên",
    "mở khóa đăng nhập",
    "tải tệp",
    "đổi mật khẩu",
    "cấp mật khẩu",
)


def lift(apps, schema_editor):
    """SQLite makes the table anew, and its refusals with it."""
    only_grows.lift(connection)


def forbid(apps, schema_editor):
    only_grows.forbid(connection)


def fill(apps, schema_editor):
    AuditEntry, AuditHead = apps.get_model("agencies", "AuditEntry"), apps.get_model("agencies", "AuditHead")
    lines = AuditEntry.objects.filter(number__isnull=False).exclude(act__in=CHANGES_NOTHING).order_by("-number")
    AuditHead.objects.update(changed_hash=lines.values_list("hash", flat=True).first() or "")


class Migration(migrations.Migration):
    dependencies = [("agencies", "0011_audit_by_act")]

    operations = [
        migrations.RunPython(lift, forbid),
        migrations.AddField(
            "audithead",
            "changed_hash",
            models.CharField("mã băm dòng cuối có thay đổi", max_length=64, blank=True, default=""),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(forbid, lift),
    ]
