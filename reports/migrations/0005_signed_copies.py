"""Every scan of a signed sheet is kept; those that there are become the first ones, with their checksums."""

import hashlib

import django.db.models.deletion
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import migrations, models


def keep_those_there_are(apps, editor):
    """The scan that each version has; one that is lost from the disk is kept without a checksum."""
    copies = apps.get_model("reports", "SignedCopy").objects
    versions = apps.get_model("reports", "ReportVersion").objects.exclude(scan="")
    for pk, stored, name in versions.values_list("pk", "scan", "scan_name"):
        checksum = ""
        if default_storage.exists(stored):
            with default_storage.open(stored) as file:
                checksum = hashlib.sha256(file.read()).hexdigest()
        copies.create(version_id=pk, file=stored, name=name, checksum=checksum)


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0004_reports_of_made_up_figures'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SignedCopy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.FileField(max_length=200, upload_to='', verbose_name='tệp')),
                ('name', models.CharField(max_length=150, verbose_name='tên tệp')),
                ('checksum', models.CharField(blank=True, max_length=64, verbose_name='SHA-256')),
                ('added_at', models.DateTimeField(null=True, verbose_name='kèm lúc')),
                ('added_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người kèm')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signed_copies', to='reports.reportversion', verbose_name='bản')),
            ],
            options={
                'verbose_name': 'bản quét có chữ ký',
                'verbose_name_plural': 'bản quét có chữ ký',
                'ordering': ['-pk'],
            },
        ),
        migrations.RunPython(keep_those_there_are, migrations.RunPython.noop),
    ]
