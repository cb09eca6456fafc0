"""Background tasks: automatic drafts when a period has closed, and removal of files without a report."""

import logging

from celery import shared_task

from core import clock, files
from indicators.models import Plan, PlanState
from reports.documents import auto_drafts
from reports.documents.mailings import services as mailings
from reports.models import FOLDER, FilledTemplate, OwnTemplateVersion, ReportFile, ReportVersion, SignedCopy, SignedFile

log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def draft_what_closed() -> int:
    """Draft, every morning, the province's progress report for each report period whose last period has closed, where
    there is no report of it yet. Running it twice does no harm. Return the number of drafts made."""
    made = 0
    for plan in Plan.objects.started().exclude(state=PlanState.CLOSED).order_by("-year")[:2]:
        made += auto_drafts.draft_due(plan, clock.today())
    return made


@shared_task(ignore_result=True)
def mail_reports() -> int:
    """Send, every ten minutes, the published reports of the mailings whose day has come, each once. Return the number of letters
    sent."""
    return mailings.send_all()


@shared_task(ignore_result=True)
def clear_lost_files() -> int:
    """Delete, every night, files of reports that have no row, two months after they were stored. Return the number
    deleted."""
    known = {
        *ReportFile.objects.values_list("file", flat=True),
        *ReportVersion.objects.values_list("scan", flat=True),
        *SignedCopy.objects.values_list("file", flat=True),
        *SignedFile.objects.values_list("file", flat=True),
        *OwnTemplateVersion.objects.values_list("file", flat=True),
        *FilledTemplate.objects.values_list("file", flat=True),
    }
    return files.delete_orphans(FOLDER, known, files.ORPHAN_AGE_ATTACHED)
