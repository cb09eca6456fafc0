"""Taking letters from the outbox to the sender: at most once (docs/decisions/0100)."""

import datetime as dt
import logging
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string

from core import clock, formatting
from core.notifications.backends import Letter, NotSent, sender
from core.notifications.models import Notification, NotificationPreference

log = logging.getLogger(__name__)

# A letter that surely did not arrive is tried again so often, after so many minutes.
ATTEMPTS = 5
MINUTES_BETWEEN = 15
# What is being sent for longer than this was left behind by a worker that was killed.
MINUTES_TO_SEND = 30


def waiting_people(now: dt.datetime) -> list[int]:
    """Whose letters are to go out. One query."""
    people = Notification.objects.to_be_mailed(now).order_by("person").values_list("person", flat=True)
    return list(people.distinct())


def send_waiting(person_id: int) -> int:
    """Send a person what waits for him, in one letter; returns how many notices it had. Whoever comes second, at the same
    time or later, finds nothing waiting."""
    now, way = clock.now(), sender()
    batch = _claim(person_id, way, now)
    if not batch:
        return 0
    claimed = Notification.objects.filter(pk__in=[notice.pk for notice in batch], mail=Notification.Mail.SENDING)
    try:
        way.send(letter_of(batch, way))
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
    """What a killed worker was sending may have arrived or not; it is not sent again. Returns how many."""
    left = Notification.objects.filter(
        mail=Notification.Mail.SENDING, mail_at__lt=now - dt.timedelta(minutes=MINUTES_TO_SEND)
    )
    count = left.update(mail=Notification.Mail.UNKNOWN)
    if count:
        log.error("%s thông báo không rõ đã gửi thư chưa vì tiến trình gửi bị dừng giữa chừng.", count)
    return count


@transaction.atomic
def _claim(person_id, way, now):
    """Mark as being sent, before anything leaves: committed, so that nobody else can. What was read meanwhile on the page,
    and of who wants or can have no mail any more, is not sent."""
    waiting = Notification.objects.to_be_mailed(now).filter(person=person_id)
    held = [notice.pk for notice in waiting.select_for_update()]
    if not held:
        return []
    person = get_user_model().objects.select_related("mail_preference").get(pk=person_id)
    wish = getattr(person, "mail_preference", None)
    reached = way is not None and person.is_active and way.address_of(person)
    if not reached or (wish is not None and wish.mode == NotificationPreference.Mode.OFF):
        waiting.update(mail=Notification.Mail.OFF)
        return []
    waiting.filter(read_at__isnull=False).update(mail=Notification.Mail.OFF)
    batch = list(waiting.filter(pk__in=held).order_by("at", "pk"))
    waiting.filter(pk__in=held).update(mail=Notification.Mail.SENDING, mail_at=now)
    for notice in batch:
        notice.person = person
    return batch


def letter_of(notices: list[Notification], way) -> Letter:
    """One letter of a person's notices. Text and HTML say the same; addresses are whole."""
    person, illustrative = notices[0].person, clock.is_demo()
    if len(notices) == 1:
        about = notices[0].title
    else:
        about = f"{len(notices)} thông báo ngày {formatting.date(clock.today())}"
    mark = "[Số liệu minh họa] " if illustrative else ""
    context = {
        "person": person,
        "notices": [(notice, urljoin(settings.SITE_URL, notice.url)) for notice in notices],
        "illustrative": illustrative,
        "account_url": urljoin(settings.SITE_URL, "/tai-khoan/"),
    }
    return Letter(
        address=way.address_of(person),
        subject=" ".join(f"{mark}[Chuyển đổi số] {about}".split()),
        text=render_to_string("core/notifications/mail.txt", context),
        html=render_to_string("core/notifications/mail.html", context),
        reference=f"thong-bao.{notices[0].pk}.{notices[-1].pk}.{notices[0].attempts}",
    )
