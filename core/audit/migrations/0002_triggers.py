"""The chain begins, and the database refuses to change or delete a line of it."""

from django.db import migrations

from core.audit.hash_chain import GENESIS
from core.audit.triggers import install_triggers, remove_triggers


def begin_chain(apps, editor):
    """Store the head of an empty chain."""
    apps.get_model("audit", "AuditChainHead").objects.create(pk=1, number=0, hash=GENESIS)


def remove_head(apps, editor):
    """Remove the head of the chain."""
    apps.get_model("audit", "AuditChainHead").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunPython(begin_chain, remove_head),
        migrations.RunPython(
            lambda apps, editor: install_triggers(editor.connection),
            lambda apps, editor: remove_triggers(editor.connection),
        ),
    ]
