"""Background tasks of agencies and accounts."""

from celery import shared_task

from agencies.services import accounts, organisation


@shared_task(ignore_result=True)
def follow_placements() -> int:
    """Every midnight: store the parents and names of agencies that take effect today. Returns how many changed."""
    return organisation.follow_placements()


@shared_task(ignore_result=True)
def end_idle_sessions() -> int:
    """Every five minutes: delete expired sessions, with a line in the log. Returns how many."""
    return accounts.end_idle_sessions()
