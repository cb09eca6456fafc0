"""Telling people: a line on their page of notices, and in the outbox of what is mailed."""

import datetime as dt
from collections.abc import Iterable

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet

from agencies import tasks
from agencies.models import URGENT, Event, MailPreference, Notice, User
from agencies.senders import sender
from chuyendoiso import clock

# When the day's letters go out, in Vietnam.
MORNING = dt.time(7, 30)
LONGEST_TITLE = 200
LONGEST_TEXT = 2000


def notify(
    *,
    people: QuerySet | Iterable[User],
    event: Event,
    key: str,
    title: str,
    url: str,
    text: str = "",
    by: User | None = None,
) -> None:
    """Tell people of an event, in the caller's transaction: told and done together, or neither. Two queries.

    key: what happened, as `returned:812:3` (report and revision); a person is told of a key once, however often this runs.
    title and text: Vietnamese, plain; url: the page, of this site (`reverse(…)`). by: who did it, and is not told.
    """
    pks = people.values("pk") if isinstance(people, QuerySet) else [person.pk for person in people]
    found = User.objects.filter(pk__in=pks, is_active=True).select_related("mail_preference")
    now, title, way = clock.now(), " ".join(title.split())[:LONGEST_TITLE], sender()
    rows, urgent = [], set()
    for person in found:
        if by is not None and person.pk == by.pk:
            continue
        row = Notice(person=person, event=event, key=key, title=title, text=text[:LONGEST_TEXT], url=url, at=now)
        row.mail_after = mail_time(person, event, way, now)
        if row.mail_after is not None:
            row.mail = Notice.Mail.WAITING
            if row.mail_after <= now:
                urgent.add(person.pk)
        rows.append(row)
    Notice.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    if urgent:
        tasks.ring_letters(urgent)


def mail_time(person, event: Event, way, now: dt.datetime) -> dt.datetime | None:
    """When a person is to have an event by mail: now, the next morning, or never. An illustrative year writes to nobody
    outside this machine."""
    wish = preference_of(person)
    if way is None or not way.address_of(person) or wish.mode == MailPreference.Mode.OFF:
        return None
    if not getattr(wish, Event(event).group) or (way.leaves and clock.is_illustrative()):
        return None
    if event in URGENT and wish.mode == MailPreference.Mode.AT_ONCE:
        return now
    return next_morning(now)


def preference_of(person) -> MailPreference:
    """What a person chose, or what holds without a choice."""
    try:
        return person.mail_preference
    except ObjectDoesNotExist:
        return MailPreference(person=person)


def next_morning(now: dt.datetime) -> dt.datetime:
    """The next time that the day's letters go out."""
    today = dt.datetime.combine(now.astimezone(clock.VIETNAM).date(), MORNING, clock.VIETNAM)
    return today if now < today else today + dt.timedelta(days=1)


def mark_read(person, pks: Iterable[int] | None = None) -> int:
    """A person has read these of his notices (None: all of them). Returns how many were unread."""
    unread = Notice.objects.filter(person=person).unread()
    if pks is not None:
        unread = unread.filter(pk__in=pks)
    return unread.update(read_at=clock.now())
