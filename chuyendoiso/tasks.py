"""Background tasks of the system itself."""

from celery import shared_task

from chuyendoiso import incidents
from core.jobs import pulse


@shared_task(ignore_result=True)
def follow_incidents() -> None:
    """Every two minutes: note and tell what needs a hand. Whoever runs this works, so the worker's sign is given first."""
    pulse.note(pulse.Part.WORKER)
    incidents.follow_incidents()
