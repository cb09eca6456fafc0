"""Letterheads and names of views that were stored before texts were cleaned at the door are cleaned."""

from django.db import migrations

from chuyendoiso.fields import clean_stored


def clean(apps, schema_editor):
    for name in ("Letterhead", "Signer", "SavedView"):
        clean_stored(apps.get_model("reports", name)._base_manager.all())


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0005_signed_copies"),
    ]

    operations = [
        migrations.RunPython(clean, migrations.RunPython.noop),
    ]
