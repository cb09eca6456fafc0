"""Background task: conclusions for missed targets, and reminders of those that fall due."""

import datetime as dt

from celery import shared_task

from conclusions import notifications
from conclusions.missed import open_for_missed
from conclusions.models import Conclusion, ConclusionState
from core import clock
from indicators.models import PlanState

# The agency is reminded so many days before its day.
DAYS_BEFORE = 3


@shared_task(ignore_result=True)
def follow() -> int:
    """Open what missed targets ask for, and remind the agencies whose answers fall due or are overdue, every morning. Return
    the number of conclusions that were opened."""
    made = open_for_missed()
    today = clock.today()
    owed = Conclusion.objects.filter(
        state=ConclusionState.OPEN,
        due__lte=today + dt.timedelta(days=DAYS_BEFORE),
        plan__state__in=[PlanState.RUNNING, PlanState.CLOSING],
    )
    for conclusion in owed.with_all():
        notifications.due(conclusion, today)
    return made
