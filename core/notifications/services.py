"""Writing notifications: a line on the person's page, and a letter in the outbox where they want mail."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q, QuerySet

from core import clock
from core.notifications import tasks
from core.notifications.backends import Sender, sender
from core.notifications.events import Event
from core.notifications.models import Notification, NotificationPreference

# The time of the day's letters, in Vietnam.
MORNING = dt.time(7, 30)
LONGEST_TITLE = 200
LONGEST_TEXT = 2000


def notify(
    *,
    people: QuerySet[Any] | Iterable[AbstractBaseUser],
    event: Event,
    key: str,
    title: str,
    url: str,
    text: str = "",
    by: AbstractBaseUser | None = None,
) -> None:
    """Notify people of an event, in the caller's transaction: both are committed, or neither. Two queries.

    key: the occurrence, as `returned:812:3` (report and revision); a person is notified of a key once, however often this runs.
    title and text: Vietnamese, plain; url: the page, of this site (`reverse(…)`). by: the acting person, who is not notified.
    """
    pks: Any = people.values("pk") if isinstance(people, QuerySet) else [person.pk for person in people]
    recipients = get_user_model().objects.filter(pk__in=pks, is_active=True).select_related("mail_preference")
    now, title, channel = clock.now(), " ".join(title.split())[:LONGEST_TITLE], sender()
    rows, urgent = [], set()
    for person in recipients:
        if by is not None and person.pk == by.pk:
            continue
        row = Notification(
            person=person, event=event.key, key=key, title=title, text=text[:LONGEST_TEXT], url=url, at=now
        )
        row.mail_after = mail_time(person, event, channel, now)
        if row.mail_after is not None:
            row.mail = Notification.Mail.WAITING
            if row.mail_after <= now:
                urgent.add(person.pk)
        rows.append(row)
    Notification.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    if urgent:
        tasks.enqueue_letters(urgent)


def retract(key: str) -> set[int]:
    """Delete the notifications of an occurrence, in the caller's transaction; return the people who have met theirs, read or in a
    letter that is on its way: these stay."""
    met = Q(read_at__isnull=False) | ~Q(mail__in=[Notification.Mail.OFF, Notification.Mail.WAITING])
    notifications = Notification.objects.filter(key=key)
    notifications.exclude(met).delete()
    return set(notifications.values_list("person", flat=True))


def mail_time(person: AbstractUser, event: Event, channel: Sender | None, now: dt.datetime) -> dt.datetime | None:
    """Return the time to mail a person an event: now, the next morning, or None for never. While the figures are a demonstration,
    nothing is mailed to anyone outside this machine."""
    preference = preference_of(person)
    if channel is None or not channel.address_of(person) or preference.mode == NotificationPreference.Mode.OFF:
        return None
    if event.group.key in preference.muted or (channel.leaves and clock.is_demo()):
        return None
    if event.urgent and preference.mode == NotificationPreference.Mode.AT_ONCE:
        return now
    return next_morning(now)


def preference_of(person: AbstractUser) -> NotificationPreference:
    """Return a person's preferences, or the default ones."""
    try:
        preference: NotificationPreference = person.mail_preference  # type: ignore[attr-defined]  # reverse relation
        return preference
    except ObjectDoesNotExist:
        return NotificationPreference(person_id=person.pk)


def next_morning(now: dt.datetime) -> dt.datetime:
    """Return the next time at which the day's letters are sent."""
    today = dt.datetime.combine(now.astimezone(clock.VIETNAM).date(), MORNING, clock.VIETNAM)
    return today if now < today else today + dt.timedelta(days=1)


def mark_read(person: AbstractBaseUser | AnonymousUser, pks: Iterable[int] | None = None) -> int:
    """Mark these notifications of a person as read (None: all of them). Returns how many were unread."""
    unread = Notification.objects.filter(person=person.pk).unread()
    if pks is not None:
        unread = unread.filter(pk__in=pks)
    return unread.update(read_at=clock.now())
