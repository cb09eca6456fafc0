"""Long work that people asked for, the bell of the outbox, and the nightly look at the log."""

from celery import shared_task

from agencies.services import accounts, organisation


@shared_task(ignore_result=True)
def follow_placements() -> int:
    """Every midnight: agencies that hang elsewhere or are called otherwise from today on."""
    return organisation.follow_placements()


@shared_task(ignore_result=True)
def end_idle_sessions() -> int:
    """Every five minutes: sessions that ended by themselves leave a line in the log, and go."""
    return accounts.end_idle_sessions()
