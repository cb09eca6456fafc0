"""Delivery of the outbox's letters, each at most once (docs/decisions/0100)."""

import datetime as dt
import logging
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string

from core import clock, formatting
from core.notifications.backends import Letter, NotSent, Sender, sender
from core.notifications.models import Notification, NotificationPreference

log = logging.getLogger(__name__)

# Number of attempts for a letter that surely did not arrive, and the minutes between them.
ATTEMPTS = 5
MINUTES_BETWEEN = 15
# A letter in sending for longer than this was left by a killed worker.
MINUTES_TO_SEND = 30


def waiting_people(now: dt.datetime) -> list[int]:
    """Return the ids of the people whose letters are to be sent now. One query."""
    people = Notification.objects.to_be_mailed(now).order_by("person").values_list("person", flat=True)
    return list(people.distinct())


def send_waiting(person_id: int) -> int:
    """Send a person's waiting notifications in one letter; return how many it had. A second call, at the same time or later, finds
    nothing waiting."""
    now, channel = clock.now(), sender()
    batch = _claim(person_id, channel, now)
    if channel is None or not batch:
        return 0
    claimed = Notification.objects.filter(pk__in=[notice.pk for notice in batch], mail=Notification.Mail.SENDING)
    try:
        channel.send(letter_of(batch, channel))
    except NotSent as error:
        log.warning("Thư cho tài khoản %s chưa gửi được: %s", person_id, error)
        given_up = claimed.filter(attempts__gte=ATTEMPTS - 1)
        given_up.update(mail=Notification.Mail.FAILED, attempts=F("attempts") + 1)
        again = now + dt.timedelta(minutes=MINUTES_BETWEEN)
        claimed.update(mail=Notification.Mail.WAITING, mail_after=again, attempts=F("attempts") + 1)
        return 0
    except Exception:
        log.exception("Thư cho tài khoản %s: không rõ đã gửi chưa, không gửi lại.", person_id)
        claimed.update(mail=Notification.Mail.UNKNOWN)
        return 0
    claimed.update(mail=Notification.Mail.SENT)
    return len(batch)


def mark_interrupted_unknown(now: dt.datetime) -> int:
    """Mark letters that a killed worker was sending as unknown: they may have arrived and are not sent again. Returns how many."""
    left = Notification.objects.filter(
        mail=Notification.Mail.SENDING, mail_at__lt=now - dt.timedelta(minutes=MINUTES_TO_SEND)
    )
    count = left.update(mail=Notification.Mail.UNKNOWN)
    if count:
        log.error("%s thông báo không rõ đã gửi thư chưa vì tiến trình gửi bị dừng giữa chừng.", count)
    return count


@transaction.atomic
def _claim(person_id: int, channel: Sender | None, now: dt.datetime) -> list[Notification]:
    """Mark the letters as being sent before anything leaves, committed, so that no other worker sends them. Notifications read
    meanwhile on the page are not sent, nor are those of a person who cannot or does not want to have mail any more."""
    waiting = Notification.objects.to_be_mailed(now).filter(person=person_id)
    locked = [notice.pk for notice in waiting.select_for_update()]
    if not locked:
        return []
    person = get_user_model().objects.select_related("mail_preference").get(pk=person_id)
    preference = getattr(person, "mail_preference", None)
    is_reachable = channel is not None and person.is_active and channel.address_of(person)
    if not is_reachable or (preference is not None and preference.mode == NotificationPreference.Mode.OFF):
        waiting.update(mail=Notification.Mail.OFF)
        return []
    waiting.filter(read_at__isnull=False).update(mail=Notification.Mail.OFF)
    batch = list(waiting.filter(pk__in=locked).order_by("at", "pk"))
    waiting.filter(pk__in=locked).update(mail=Notification.Mail.SENDING, mail_at=now)
    for notice in batch:
        notice.person = person
    return batch


def letter_of(notices: list[Notification], channel: Sender) -> Letter:
    """Return one letter with a person's notifications. Text and HTML have the same content; addresses are absolute."""
    person, is_demo = notices[0].person, clock.is_demo()
    if len(notices) == 1:
        subject = notices[0].title
    else:
        subject = f"{len(notices)} thông báo ngày {formatting.date(clock.today())}"
    mark = "[Số liệu minh họa] " if is_demo else ""
    context = {
        "person": person,
        "notices": [(notice, urljoin(settings.SITE_URL, notice.url)) for notice in notices],
        "is_demo": is_demo,
        "account_url": urljoin(settings.SITE_URL, "/tai-khoan/"),
    }
    return Letter(
        address=channel.address_of(person),
        subject=" ".join(f"{mark}[Chuyển đổi số] {subject}".split()),
        text=render_to_string("core/notifications/mail.txt", context),
        html=render_to_string("core/notifications/mail.html", context),
        reference=f"thong-bao.{notices[0].pk}.{notices[-1].pk}.{notices[0].attempts}",
    )
