"""Telling people: a line on their page of notices, and in the outbox of what is mailed."""

import datetime as dt
from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet

from core import clock
from core.notifications import tasks
from core.notifications.backends import sender
from core.notifications.events import Event
from core.notifications.models import Notification, NotificationPreference

# When the day's letters go out, in Vietnam.
MORNING = dt.time(7, 30)
LONGEST_TITLE = 200
LONGEST_TEXT = 2000


def notify(
    *,
    people: QuerySet | Iterable[AbstractBaseUser],
    event: Event,
    key: str,
    title: str,
    url: str,
    text: str = "",
    by: AbstractBaseUser | None = None,
) -> None:
    """Tell people of an event, in the caller's transaction: told and done together, or neither. Two queries.

    key: what happened, as `returned:812:3` (report and revision); a person is told of a key once, however often this runs.
    title and text: Vietnamese, plain; url: the page, of this site (`reverse(…)`). by: who did it, and is not told.
    """
    pks = people.values("pk") if isinstance(people, QuerySet) else [person.pk for person in people]
    found = get_user_model().objects.filter(pk__in=pks, is_active=True).select_related("mail_preference")
    now, title, way = clock.now(), " ".join(title.split())[:LONGEST_TITLE], sender()
    rows, urgent = [], set()
    for person in found:
        if by is not None and person.pk == by.pk:
            continue
        row = Notification(
            person=person, event=event.key, key=key, title=title, text=text[:LONGEST_TEXT], url=url, at=now
        )
        row.mail_after = mail_time(person, event, way, now)
        if row.mail_after is not None:
            row.mail = Notification.Mail.WAITING
            if row.mail_after <= now:
                urgent.add(person.pk)
        rows.append(row)
    Notification.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    if urgent:
        tasks.enqueue_letters(urgent)


def mail_time(person, event: Event, way, now: dt.datetime) -> dt.datetime | None:
    """When a person is to have an event by mail: now, the next morning, or never. An illustrative year writes to nobody
    outside this machine."""
    wish = preference_of(person)
    if way is None or not way.address_of(person) or wish.mode == NotificationPreference.Mode.OFF:
        return None
    if event.group.key in wish.muted or (way.leaves and clock.is_demo()):
        return None
    if event.urgent and wish.mode == NotificationPreference.Mode.AT_ONCE:
        return now
    return next_morning(now)


def preference_of(person) -> NotificationPreference:
    """What a person chose, or what holds without a choice."""
    try:
        return person.mail_preference
    except ObjectDoesNotExist:
        return NotificationPreference(person=person)


def next_morning(now: dt.datetime) -> dt.datetime:
    """The next time that the day's letters go out."""
    today = dt.datetime.combine(now.astimezone(clock.VIETNAM).date(), MORNING, clock.VIETNAM)
    return today if now < today else today + dt.timedelta(days=1)


def mark_read(person, pks: Iterable[int] | None = None) -> int:
    """A person has read these of his notices (None: all of them). Returns how many were unread."""
    unread = Notification.objects.filter(person=person).unread()
    if pks is not None:
        unread = unread.filter(pk__in=pks)
    return unread.update(read_at=clock.now())
