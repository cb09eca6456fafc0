"""Background task: removal of files without a project's report."""

from celery import shared_task

from core import files
from core.removed.services import kept_files
from projects.models import ProjectDocument
from projects.models.update import DOCUMENT_FOLDER


@shared_task(ignore_result=True)
def clear_lost_documents() -> int:
    """Delete, every night, documents that have no row, two months after they were stored. Return the number deleted."""
    known = kept_files().union(ProjectDocument.objects.values_list("file", flat=True))
    return files.delete_orphans(DOCUMENT_FOLDER, known, files.ORPHAN_AGE_ATTACHED)
