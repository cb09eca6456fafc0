"""Words about projects that were stored before texts were cleaned at the door are cleaned."""

from django.db import migrations

from chuyendoiso.fields import clean_stored


def clean(apps, schema_editor):
    for name in ("Section", "Project", "StepTemplate", "Update", "Milestone"):
        clean_stored(apps.get_model("projects", name)._base_manager.all())


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0004_evidence_of_milestones"),
    ]

    operations = [
        migrations.RunPython(clean, migrations.RunPython.noop),
    ]
