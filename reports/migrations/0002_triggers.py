"""The database refuses to change or remove what was published."""

from django.db import migrations

from reports.triggers import install_triggers, remove_triggers


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda apps, editor: install_triggers(editor.connection),
            lambda apps, editor: remove_triggers(editor.connection),
        ),
    ]
