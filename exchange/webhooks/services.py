"""Webhooks of connected systems: set, tried again, removed; their deliveries made and sent."""

import datetime as dt
import json
import time
from collections.abc import Collection

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from agencies.models import User
from core import clock
from core.audit.models import AuditEntry
from core.audit.services import audit
from exchange import notifications
from exchange.audit_acts import SystemAct
from exchange.models import ConnectedSystem, Delivery, DeliveryState, Event, Webhook
from exchange.queries import changes_after
from exchange.webhooks import sending, signing
from indicators.errors import ActionNotAllowed

# Minutes from one failed attempt to the next; after the last one the delivery is given up, nearly three days after the first.
WAITS = (1, 5, 15, 60, 180, 360, 720, 1440, 1440)
# Acts of the log that are looked at in one run, for one webhook.
MOST_CHANGES = 1000
# One process sends the deliveries of a webhook; when it dies, another may begin after this time.
CLAIM = dt.timedelta(minutes=2)
# So long is one run, that the other tasks of the worker do not wait for receivers that do not answer.
RUN_SECONDS = 40


@transaction.atomic
def set_webhook(
    *, system: ConnectedSystem, by: User, url: str, events: Collection[str], address: str | None = None
) -> Webhook:
    """Set the address and the events of a system's webhook. A new one is told of what happens from now on. Raises
    ActionNotAllowed."""
    _check_owner(system, by)
    if not system.may_have_key:
        raise ActionNotAllowed("Kết nối chưa được cho phép hoặc đã hết hạn nên chưa nhận sự kiện. Chưa lưu.")
    chosen = [str(event) for event in Event if event in events]
    if not chosen:
        raise ActionNotAllowed("Chọn ít nhất một sự kiện. Chưa lưu.")
    try:
        sending.check(url)
    except sending.NotSent as refused:
        raise ActionNotAllowed(f"{refused} Chưa lưu.") from None
    ConnectedSystem.objects.select_for_update().get(pk=system.pk)  # a double click must not make two
    webhook = Webhook.objects.select_for_update().filter(system=system).first()
    if webhook is None:
        webhook = Webhook(system=system, cursor=_newest_number())
    webhook.url, webhook.events = url, chosen
    webhook.save()
    audit(by=by, act=SystemAct.SET_WEBHOOK, label=system.name, address=address, system=system.pk, url=url)
    return webhook


@transaction.atomic
def renew_secret(*, webhook: Webhook, by: User, address: str | None = None) -> str:
    """Return a new secret of a webhook, to be shown once; signatures by the one before end. Raises ActionNotAllowed."""
    _check_owner(webhook.system, by)
    locked = Webhook.objects.select_for_update().get(pk=webhook.pk)
    locked.secret_number += 1
    locked.save(update_fields=["secret_number"])
    audit(by=by, act=SystemAct.RENEW_SECRET, label=webhook.system.name, address=address, system=webhook.system_id)
    return signing.secret_of(locked)


@transaction.atomic
def remove_webhook(*, webhook: Webhook, by: User, address: str | None = None) -> None:
    """Remove a webhook with its deliveries. Raises ActionNotAllowed."""
    _check_owner(webhook.system, by)
    audit(by=by, act=SystemAct.REMOVE_WEBHOOK, label=webhook.system.name, address=address, system=webhook.system_id)
    webhook.delete()


@transaction.atomic
def retry(*, webhook: Webhook, by: User) -> int:
    """Let the deliveries of a webhook that wait or were given up be sent within a minute; return their number. Raises
    ActionNotAllowed."""
    _check_owner(webhook.system, by)
    return webhook.deliveries.undelivered().update(state=DeliveryState.WAITING, attempts=0, next_at=clock.now())


def _check_owner(system: ConnectedSystem, by: User) -> None:
    """Raise ActionNotAllowed for everybody but the owner of a system."""
    if by.pk != system.owner_id:
        raise ActionNotAllowed("Chỉ người chịu trách nhiệm đặt nơi nhận sự kiện của hệ thống này. Chưa lưu.")


def _newest_number() -> int:
    """Return the number of the newest act of the log; 0 where it is empty."""
    return AuditEntry.objects.aggregate(newest=Max("number"))["newest"] or 0


def deliver_all() -> int:
    """Make the deliveries of all webhooks and send those that are due; return the number of those that were received."""
    received, end = 0, time.monotonic() + RUN_SECONDS
    # In any order, so that a receiver that takes all the time does not always come first.
    for webhook in Webhook.objects.select_related("system__owner").order_by("?"):
        if webhook.system.works and (claim := _claim(webhook)):
            make_deliveries(webhook)
            received += send_due(webhook, claim, end=end)
    return received


def _claim(webhook: Webhook, until: dt.datetime | None = None) -> dt.datetime | None:
    """Take the right to send the deliveries of a webhook, or prolong the one that ends at `until`; return its new end, None where
    another process has it."""
    now = clock.now()
    free = Webhook.objects.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lt=now) | Q(claimed_until=until))
    end = now + CLAIM
    return end if free.filter(pk=webhook.pk).update(claimed_until=end) else None


@transaction.atomic
def make_deliveries(webhook: Webhook) -> int:
    """Make the deliveries of what happened since the last look, in the transaction that notes the look; return their number."""
    locked = Webhook.objects.select_for_update().filter(pk=webhook.pk).first()
    if locked is None:  # removed since it was listed
        return 0
    read = changes_after(webhook.system.owner, locked.cursor, MOST_CHANGES)
    if read.last == locked.cursor:
        return 0
    now = clock.now()
    rows = [
        Delivery(
            webhook=locked,
            number=change.number,
            event=change.event,
            subject=change.subject,
            content={**change._asdict(), "at": change.at.isoformat()},
            next_at=now,
        )
        for change in read.changes
        if change.event in locked.events
    ]
    Delivery.objects.bulk_create(rows)
    locked.cursor = read.last
    locked.save(update_fields=["cursor"])
    return len(rows)


def send_due(webhook: Webhook, claim: dt.datetime, *, end: float) -> int:
    """Send the deliveries of a webhook that are due, of each subject the oldest first: a later one waits until it was received or
    given up. It stops at the moment `end` (of `time.monotonic`) and when the receiver does not answer. Return the number of those
    that were received.

    claim: the end of one's right to send (`_claim`), given back afterwards.
    """
    received, mine = 0, _claim(webhook, claim)
    while mine and time.monotonic() < end:
        delivery = _due(webhook).first()
        if delivery is None:
            break
        _send(webhook, delivery)
        received += delivery.state == DeliveryState.DELIVERED
        if delivery.status is None:
            break
        mine = _claim(webhook, mine)
    Webhook.objects.filter(pk=webhook.pk, claimed_until=mine).update(claimed_until=None)
    return received


def _due(webhook: Webhook) -> QuerySet[Delivery]:
    """Return the waiting deliveries of a webhook whose time has come and before which none of their subject waits."""
    waiting = Delivery.objects.filter(webhook=webhook, state=DeliveryState.WAITING)
    earlier = waiting.filter(subject=OuterRef("subject"), number__lt=OuterRef("number"))
    return waiting.filter(~Exists(earlier), next_at__lte=clock.now()).order_by("number")


def _send(webhook: Webhook, delivery: Delivery) -> None:
    """Send one delivery and store the outcome; it was received where the answer is 200 to 299."""
    body = json.dumps({"id": str(delivery.number), **delivery.content}, ensure_ascii=False).encode()
    headers = signing.headers(webhook, delivery.number, body, int(clock.now().timestamp()))
    try:
        delivery.status, delivery.error = sending.post(webhook.url, body, headers), ""
    except sending.NotSent as failure:
        delivery.status, delivery.error = None, str(failure)
    delivery.attempts, delivery.sent_at = delivery.attempts + 1, clock.now()
    if delivery.status is not None and 200 <= delivery.status < 300:
        delivery.state = DeliveryState.DELIVERED
    else:
        delivery.error = delivery.error or f"Máy chủ nhận trả lời {delivery.status}."
        if delivery.attempts > len(WAITS):
            delivery.state = DeliveryState.GIVEN_UP
        else:
            delivery.next_at = delivery.sent_at + dt.timedelta(minutes=WAITS[delivery.attempts - 1])
    told = {name: getattr(delivery, name) for name in ("state", "status", "error", "attempts", "sent_at", "next_at")}
    with transaction.atomic():
        # Removed while it was sent: nothing is left to note.
        noted = Delivery.objects.filter(pk=delivery.pk).update(**told)
        if noted and delivery.state == DeliveryState.GIVEN_UP:
            notifications.given_up(delivery)
