"""Removal of the printed reports of a demonstration year."""

from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction

from indicators.models import Plan
from reports.models import (
    FilledTemplate,
    OwnTemplate,
    OwnTemplateVersion,
    PlannedRelease,
    Report,
    ReportFile,
    ReportVersion,
    SignedCopy,
    SignedFile,
)


def clear(plan: Plan) -> None:
    """Remove the plan's reports of demonstration figures, published ones too, with their files and scans, and the release
    days that demonstration accounts announced."""
    reports = Report.objects.filter(plan=plan, is_illustrative=True)
    versions = ReportVersion.objects.filter(report__in=reports)
    files = ReportFile.objects.filter(version__in=versions)
    copies = SignedCopy.objects.filter(version__in=versions)
    signed = SignedFile.objects.filter(version__in=versions)
    filled = FilledTemplate.objects.filter(version__in=versions)
    forms = OwnTemplateVersion.objects.filter(added_by__is_demo=True)
    names = [
        *files.exclude(file="").values_list("file", flat=True),
        *copies.values_list("file", flat=True),
        *signed.values_list("file", flat=True),
        *filled.values_list("file", flat=True),
        *forms.values_list("file", flat=True),
    ]
    for rows in (files, copies, signed, filled, forms, versions, reports):
        rows.delete()
    OwnTemplate.objects.filter(versions=None).delete()
    PlannedRelease.objects.filter(period__plan=plan, changed_by__is_demo=True).delete()
    for name in names:
        transaction.on_commit(partial(default_storage.delete, name))
