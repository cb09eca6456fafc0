"""The state and the code of a plan. Plans that exist are under way, and named by their year."""

import django.core.validators
from django.db import migrations, models
from django.db.models.functions import Cast

import core.fields


def name_by_year(apps, schema_editor):
    apps.get_model("indicators", "Plan").objects.update(code=Cast("year", models.CharField(max_length=20)))


class Migration(migrations.Migration):
    dependencies = [("indicators", "0015_projects_annex")]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "Dự thảo"),
                    ("running", "Đang thực hiện"),
                    ("closing", "Đang khóa sổ"),
                    ("closed", "Đã khóa"),
                ],
                default="running",
                editable=False,
                max_length=8,
                verbose_name="trạng thái",
            ),
        ),
        migrations.AddField(
            model_name="plan",
            name="code",
            field=core.fields.LineField(
                default="", max_length=20, verbose_name="mã", validators=[django.core.validators.validate_slug]
            ),
            preserve_default=False,
        ),
        migrations.RunPython(name_by_year, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="plan",
            name="code",
            field=core.fields.LineField(
                max_length=20, unique=True, verbose_name="mã", validators=[django.core.validators.validate_slug]
            ),
        ),
    ]
