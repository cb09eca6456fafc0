from django.db import migrations, models
from django.db.models import F


def fill_in(apps, schema_editor):
    """Take the last submission for that of the whole report; of a first version of which items alone were returned and
    submitted again, the first one."""
    submissions = apps.get_model("indicators", "Submission").objects
    submissions.filter(submitted_at__isnull=False).update(whole_submitted_at=F("submitted_at"))
    for name in ("ReturnedFigure", "ReturnedPart"):
        returned = apps.get_model("indicators", name).objects.filter(settled_at__isnull=False)
        in_part = submissions.filter(version=1, first_submitted_at__isnull=False, pk__in=returned.values("submission"))
        in_part.update(whole_submitted_at=F("first_submitted_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("indicators", "0013_who_amended"),
    ]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="whole_submitted_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="cả phiếu nộp lúc"),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop, elidable=True),
    ]
