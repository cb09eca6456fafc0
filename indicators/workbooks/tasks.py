"""Nightly removal of old workbooks."""

from celery import shared_task

from core import clock, files
from indicators.models import WORKBOOK_FOLDER, WorkbookFile


@shared_task(ignore_result=True)
def clear_old_workbooks() -> int:
    """Delete, every night, workbooks sent two months ago, and files that no row names; return their number."""
    gone, _ = WorkbookFile.objects.outlived(clock.now()).delete()
    known = {name for names in WorkbookFile.objects.values_list("file", "marked") for name in names}
    files.delete_orphans(WORKBOOK_FOLDER, known, files.ORPHAN_AGE_MADE)
    return gone
