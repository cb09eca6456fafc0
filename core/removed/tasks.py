"""Background task that lets go of what was removed long ago."""

from celery import shared_task

from core.removed.models import RemovedItem, oldest


@shared_task(ignore_result=True)
def clear_removed() -> int:
    """Delete, every night, what can be brought back no longer; return the number. Its files go with those that no row names."""
    deleted, _ = RemovedItem.objects.filter(removed_at__lt=oldest()).delete()
    return deleted
