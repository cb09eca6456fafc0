"""Background tasks of the calendar: opening and closing periods, reminders."""

import datetime as dt

from celery import shared_task
from django.db import transaction

from core import clock
from core.audit.services import audit
from indicators.calendar import reminders
from indicators.models import (
    PeriodEvent,
    ReportingPeriod,
)

# A day of the calendar that passed while nothing ran is still written down this long afterwards.
DAYS_TO_CATCH_UP = dt.timedelta(days=7)


@shared_task(ignore_result=True)
def turn_periods() -> int:
    """From midnight on, every few minutes: write down that a period opened, that its deadline passed, that it closed; once
    each, days that were missed included. Its state needs no such step; returns how many were written."""
    today, written = clock.today(), 0
    after = dt.timedelta(days=1)
    for period in ReportingPeriod.objects.filter(plan__year__gte=today.year - 1).select_related("plan"):
        turns = [
            (PeriodEvent.Kind.OPENED, period.opens_on),
            (PeriodEvent.Kind.DUE, period.due_on + after),
            (PeriodEvent.Kind.CLOSED, period.closes_on + after),
        ]
        for kind, day in turns:
            if today - DAYS_TO_CATCH_UP <= day <= today:
                written += _turn(period, kind, day)
    return written


@transaction.atomic
def _turn(period, kind, day):
    event, new = PeriodEvent.objects.get_or_create(period=period, kind=kind, day=day, defaults={"at": clock.now()})
    if new:
        audit(by=None, act=event.get_kind_display(), label=str(period), day=str(day))
    return new


@shared_task(ignore_result=True)
def remind() -> None:
    """Every morning before the letters go out: who is told of periods that opened, come due, or are overdue."""
    reminders.remind()
