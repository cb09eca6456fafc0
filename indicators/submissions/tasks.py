"""Nightly removal of evidence files that no row names."""

from celery import shared_task

from core import files
from indicators.models import EVIDENCE_FOLDER, Evidence


@shared_task(ignore_result=True)
def clear_lost_evidence() -> int:
    """Delete, every night, evidence files that no row names and that are older than two months; return their number."""
    return files.delete_orphans(
        EVIDENCE_FOLDER, set(Evidence.objects.values_list("file", flat=True)), files.ORPHAN_AGE_ATTACHED
    )
