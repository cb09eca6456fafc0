"""Nightly removal of evidence files that no row names."""

from celery import shared_task

from core import files
from core.removed.services import kept_files
from indicators.models import EVIDENCE_FOLDER, Evidence


@shared_task(ignore_result=True)
def clear_lost_evidence() -> int:
    """Delete, every night, evidence files that no row names and that are older than two months; return their number."""
    known = kept_files().union(Evidence.objects.values_list("file", flat=True))
    return files.delete_orphans(EVIDENCE_FOLDER, known, files.ORPHAN_AGE_ATTACHED)
