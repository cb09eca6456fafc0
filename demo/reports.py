"""Reports of a made-up year: they go with it."""

from django.core.files.storage import default_storage
from django.db import transaction

from reports.models import Report, ReportFile, ReportVersion, SignedCopy


def clear(plan) -> None:
    """Take the plan's reports of made-up figures away, published ones too, with their files and scans."""
    reports = Report.objects.filter(plan=plan, is_illustrative=True)
    versions = ReportVersion.objects.filter(report__in=reports)
    files = ReportFile.objects.filter(version__in=versions)
    copies = SignedCopy.objects.filter(version__in=versions)
    names = [
        *files.exclude(file="").values_list("file", flat=True),
        *copies.values_list("file", flat=True),
    ]
    for rows in (files, copies, versions, reports):
        rows.delete()
    for name in names:
        transaction.on_commit(lambda name=name: default_storage.delete(name))
