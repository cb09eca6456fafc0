from django.db import migrations, models
from django.db.models import CharField
from django.db.models.functions import Cast

import core.fields


def address_by_year(apps, schema_editor):
    """Address each plan that there is by its year, as before."""
    apps.get_model("indicators", "Plan").objects.update(address=Cast("year", CharField()))


class Migration(migrations.Migration):
    dependencies = [("indicators", "0007_follow_up")]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="address",
            field=core.fields.LineField(editable=False, max_length=20, null=True, verbose_name="tên trong địa chỉ"),
        ),
        migrations.RunPython(address_by_year, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="plan",
            name="address",
            field=core.fields.LineField(
                editable=False, max_length=20, unique=True, verbose_name="tên trong địa chỉ"
            ),
        ),
        migrations.AlterField(
            model_name="plan", name="year", field=models.PositiveSmallIntegerField(verbose_name="năm")
        ),
        migrations.AlterModelOptions(
            name="plan",
            options={"ordering": ["-year", "pk"], "verbose_name": "kế hoạch", "verbose_name_plural": "kế hoạch"},
        ),
    ]
