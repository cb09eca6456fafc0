"""Nightly removal of old workbooks of plans."""

from celery import shared_task

from core import clock, files
from plan_workbook.models import PLAN_FILE_FOLDER, PlanFile


@shared_task(ignore_result=True)
def clear_old_plan_files() -> int:
    """Delete, every night, workbooks sent two months ago, and files that no row names; return their number."""
    gone, _ = PlanFile.objects.outlived(clock.now()).delete()
    known = {name for names in PlanFile.objects.values_list("file", "marked") for name in names}
    files.delete_orphans(PLAN_FILE_FOLDER, known, files.ORPHAN_AGE_MADE)
    return gone
