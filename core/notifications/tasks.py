"""Background tasks that send the mails of the outbox."""

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
    """Send what waits for a person, at most once; returns how many notices."""
    return outbox.send_waiting(person_id)


@shared_task(ignore_result=True)
def send_letters() -> None:
    """Every five minutes: each person's letter whose time has come is a task of its own, so that one that fails holds up no
    other. Takes up what a lost broker dropped."""
    now = clock.now()
    outbox.mark_interrupted_unknown(now)
    for person in outbox.waiting_people(now):
        send_letter.apply_async((person,))


def enqueue_letters(people: Collection[int]) -> None:
    """Ask for people's letters to be sent after the current transaction's commit. Without a broker that answers, beat does
    so within five minutes; what was written stays written."""

    def send():
        try:
            for person in sorted(people):
                send_letter.apply_async((person,), retry=False)
        except OperationalError:
            log.warning("Hàng đợi không trả lời; thư sẽ được gửi sau.")

    transaction.on_commit(send, robust=True)
