"""Names that were stored before texts were cleaned at the door are cleaned, and agencies are found by them."""

from django.db import migrations

from chuyendoiso.fields import clean_stored
from chuyendoiso.formatting import fold


def clean(apps, schema_editor):
    for name in ("Agency", "AgencyName", "User", "Notice"):
        clean_stored(apps.get_model("agencies", name)._base_manager.all())
    agencies = apps.get_model("agencies", "Agency")._base_manager
    for agency in agencies.all():
        key = fold(f"{agency.code} {agency.name} {agency.short_name} {agency.aliases}")[:400]
        if key != agency.search_key:
            agencies.filter(pk=agency.pk).update(search_key=key)


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0012_last_change"),
    ]

    operations = [
        migrations.RunPython(clean, migrations.RunPython.noop),
    ]
