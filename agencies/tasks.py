"""What happens to agencies by the day alone."""

from celery import shared_task

from agencies.models import Agency
from chuyendoiso import clock


@shared_task(ignore_result=True)
def follow_placements() -> int:
    """Every midnight: an agency that hangs elsewhere from today on is read and reviewed from there. Roll-ups read the dated
    tree and need no such step. Returns how many moved."""
    moved = 0
    for agency in Agency.objects.placed(clock.today()).filter(parent_then__isnull=False):
        if agency.parent_id != agency.parent_then:
            agency.parent_id = agency.parent_then
            agency.save(update_fields=["parent"])
            moved += 1
    return moved
