"""Room for the code of six months of a plan with a code of its own; on SQLite the table is made anew, with its triggers."""

from django.db import migrations, models

from reports.triggers import install_triggers, remove_triggers


class Migration(migrations.Migration):
    dependencies = [("reports", "0007_filled_templates_go_with_drafts")]

    operations = [
        migrations.RunPython(
            lambda apps, editor: remove_triggers(editor.connection),
            lambda apps, editor: install_triggers(editor.connection),
        ),
        migrations.AlterField(
            model_name="report", name="span", field=models.CharField(max_length=40, verbose_name="kỳ")
        ),
        migrations.RunPython(
            lambda apps, editor: install_triggers(editor.connection),
            lambda apps, editor: remove_triggers(editor.connection),
        ),
    ]
