"""Background tasks of the calendar: opening and closing periods, reminders."""

import datetime as dt

from celery import shared_task
from django.db import transaction

from core import clock
from core.audit.services import audit
from indicators.audit_acts import CalendarAct
from indicators.calendar import reminders
from indicators.models import (
    PeriodEvent,
    ReportingPeriod,
)

# Events of days on which no task ran are stored up to this long afterwards.
DAYS_TO_CATCH_UP = dt.timedelta(days=7)


ACTS = {
    PeriodEvent.Kind.OPENED: CalendarAct.PERIOD_OPENED,
    PeriodEvent.Kind.DUE: CalendarAct.DEADLINE_PASSED,
    PeriodEvent.Kind.CLOSED: CalendarAct.PERIOD_CLOSED,
}


@shared_task(ignore_result=True)
def turn_periods() -> int:
    """Store, every few minutes, that a period opened, that its deadline passed, or that it closed; return the number of
    new events.

    Each once, missed days included. The state of a period does not depend on it.
    """
    today, written = clock.today(), 0
    after = dt.timedelta(days=1)
    for period in (
        ReportingPeriod.objects.started().filter(plan__last_day__year__gte=today.year - 1).select_related("plan")
    ):
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
        audit(by=None, act=ACTS[kind], label=str(period), day=str(day))
    return new


@shared_task(ignore_result=True)
def remind() -> None:
    """Send, every morning before the letters, the notifications of periods that opened, are due soon or overdue."""
    reminders.remind()
