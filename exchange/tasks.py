"""Tasks of the exchange: what is kept for some time is cleared."""

import datetime as dt

from celery import shared_task
from django.conf import settings

from agencies.services import unused
from core import clock
from exchange.models import ConnectedSystem, Delivery, DeliveryState, KeptAnswer, SystemAccess

# A program repeats a request within hours; who took what is kept longer than the year that it is asked about.
ANSWER_DAYS = 7
ACCESS_DAYS = 400
DELIVERY_DAYS = 60


@shared_task
def follow_unused_accounts() -> int:
    """Every night: tell the owners of unused accounts, and disable those that were told a week ago; return the number disabled. The
    owner of a system that connected meanwhile uses the account too."""
    since = clock.now() - dt.timedelta(days=settings.UNUSED_DAYS)
    owners = ConnectedSystem.objects.filter(accesses__at__gte=since).values_list("owner", flat=True)
    return unused.follow_unused(spared=set(owners)).disabled


@shared_task
def clear_old_exchange() -> int:
    """Delete kept answers older than ANSWER_DAYS, accesses than ACCESS_DAYS, ended deliveries than DELIVERY_DAYS; return the number
    of rows."""
    now = clock.now()
    answers, _ = KeptAnswer.objects.filter(at__lt=now - dt.timedelta(days=ANSWER_DAYS)).delete()
    accesses, _ = SystemAccess.objects.filter(at__lt=now - dt.timedelta(days=ACCESS_DAYS)).delete()
    ended = Delivery.objects.exclude(state=DeliveryState.WAITING)
    deliveries, _ = ended.filter(sent_at__lt=now - dt.timedelta(days=DELIVERY_DAYS)).delete()
    return answers + accesses + deliveries
