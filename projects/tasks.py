"""Files that no project's report knows."""

from celery import shared_task

from core import files
from projects.models import ProjectDocument
from projects.models.update import DOCUMENT_FOLDER


@shared_task(ignore_result=True)
def clear_lost_documents() -> int:
    """Every night: documents that no row knows go, two months after they came. Returns how many went."""
    return files.delete_orphans(
        DOCUMENT_FOLDER, set(ProjectDocument.objects.values_list("file", flat=True)), files.ORPHAN_AGE_ATTACHED
    )
