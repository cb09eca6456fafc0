"""Background tasks that send the letters of the outbox."""

import logging
from collections.abc import Collection

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from core import clock
from core.notifications import outbox

log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def send_letter(person_id: int) -> int:
    """Send a person's waiting notifications, at most once; return how many."""
    return outbox.send_waiting(person_id)


@shared_task(ignore_result=True)
def send_letters() -> None:
    """Every five minutes: send the letters whose time has come, each person's in a task of its own, so that a failing one delays no
    other. Also sends those whose task a broker lost."""
    now = clock.now()
    outbox.mark_interrupted_unknown(now)
    for person in outbox.waiting_people(now):
        send_letter.apply_async((person,))


def enqueue_letters(people: Collection[int]) -> None:
    """Enqueue people's letters after the current transaction's commit. Where the broker does not answer, `send_letters` sends them
    within five minutes; the transaction stays committed."""

    def send() -> None:
        try:
            for person in sorted(people):
                send_letter.apply_async((person,), retry=False)
        except OperationalError:
            log.warning("Hàng đợi không trả lời; thư sẽ được gửi sau.")

    transaction.on_commit(send, robust=True)
