"""Reports of a made-up year say so, and may go with it; all others stay for ever."""

from importlib import import_module

from django.db import migrations, models

frozen = import_module("reports.migrations.0002_published_is_frozen")
MAY_GO = {
    "reportversion": "EXISTS (SELECT 1 FROM reports_report r WHERE r.id = OLD.report_id AND r.is_illustrative)",
    "report": "OLD.is_illustrative",
    "reportfile": """EXISTS (SELECT 1 FROM reports_reportversion w JOIN reports_report r ON r.id = w.report_id
        WHERE w.id = OLD.version_id AND r.is_illustrative)""",
}
lift = frozen.lift


def forbid(connection):
    """Let the database refuse what changes a published report of real figures, or takes it away."""
    frozen.forbid(connection, MAY_GO, {"report": ("is_illustrative",)})


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_saved_views")]

    operations = [
        migrations.RunPython(
            lambda apps, editor: lift(editor.connection), lambda apps, editor: frozen.forbid(editor.connection)
        ),
        migrations.AddField(
            model_name="report",
            name="is_illustrative",
            field=models.BooleanField(default=False, verbose_name="số liệu minh họa"),
        ),
        migrations.RunPython(
            lambda apps, editor: forbid(editor.connection), lambda apps, editor: lift(editor.connection)
        ),
    ]
