"""Nightly removal of old workbooks."""

from celery import shared_task

from core import clock, files
from indicators.models import WORKBOOK_FOLDER, WorkbookFile


@shared_task(ignore_result=True)
def clear_old_workbooks() -> int:
    """Every night: workbooks that came in two months ago go, and files that no row knows. Returns how many went."""
    gone, _ = WorkbookFile.objects.outlived(clock.now()).delete()
    known = {name for names in WorkbookFile.objects.values_list("file", "marked") for name in names}
    files.delete_orphans(WORKBOOK_FOLDER, known, files.ORPHAN_AGE_MADE)
    return gone
