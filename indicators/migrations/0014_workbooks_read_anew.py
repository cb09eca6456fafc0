from django.db import migrations, models


def refuse_unwritten(apps, schema_editor):
    """What was read before is kept in another form: who sent it sends it again; nothing of it was written."""
    files = apps.get_model("indicators", "WorkbookFile").objects.filter(state__in=["reading", "read"])
    files.update(
        state="refused",
        table=None,
        refusal="Hệ thống đã được nâng cấp, cách đọc tệp đã đổi. Gửi lại tệp; chưa có gì được ghi.",
    )


class Migration(migrations.Migration):
    dependencies = [("indicators", "0013_single_return_counts_on")]

    operations = [
        migrations.AlterField(
            model_name="workbookfile",
            name="file",
            field=models.FileField(blank=True, max_length=200, upload_to="", verbose_name="tệp"),
        ),
        migrations.RunPython(refuse_unwritten, migrations.RunPython.noop, elidable=True),
    ]
