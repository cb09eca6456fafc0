"""A report's file names its format; the table is made anew on SQLite, so its triggers are installed again."""

from django.db import migrations, models

from reports.triggers import install_triggers, remove_triggers


def remove(apps, editor):
    remove_triggers(editor.connection)


def install(apps, editor):
    install_triggers(editor.connection)


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_planned_release")]

    operations = [
        migrations.RunPython(remove, install),
        migrations.RemoveConstraint(model_name="reportfile", name="report_file_once"),
        migrations.RenameField(model_name="reportfile", old_name="face", new_name="file_format"),
        migrations.AddConstraint(
            model_name="reportfile",
            constraint=models.UniqueConstraint(
                fields=("version", "file_format", "revision"),
                name="report_file_once",
                violation_error_message="Tệp này đã có.",
            ),
        ),
        migrations.RunPython(install, remove),
    ]
