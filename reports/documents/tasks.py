"""Drafts that make themselves when a period has closed; files that no report knows."""

import logging

from celery import shared_task

from core import clock, files
from indicators.models import Plan
from reports.documents import auto_drafts
from reports.models import FOLDER, ReportFile, ReportVersion, SignedCopy

log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def draft_what_closed() -> int:
    """Every morning: a draft of the province's progress report for each span whose last period has closed, where there is no
    report of it yet. Twice is the same as once. Returns how many were made."""
    made = 0
    for plan in Plan.objects.order_by("-year")[:2]:
        made += auto_drafts.draft_due(plan, clock.today())
    return made


@shared_task(ignore_result=True)
def clear_lost_files() -> int:
    """Every night: files of reports that no row knows go, two months after they came. Returns how many went."""
    known = {
        *ReportFile.objects.values_list("file", flat=True),
        *ReportVersion.objects.values_list("scan", flat=True),
        *SignedCopy.objects.values_list("file", flat=True),
    }
    return files.delete_orphans(FOLDER, known, files.ORPHAN_AGE_ATTACHED)
