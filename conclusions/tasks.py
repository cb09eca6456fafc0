"""Background tasks: conclusions for missed targets, reminders of those that fall due, removal of files that no row names."""

import datetime as dt

from celery import shared_task

from conclusions import notifications
from conclusions.missed import open_for_missed
from conclusions.models import DOCUMENTS_FOLDER, Conclusion, ConclusionState, DirectingFile
from core import clock, files
from core.removed.services import kept_files
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


@shared_task(ignore_result=True)
def clear_lost_files() -> int:
    """Delete, every night, files of directing documents that no row names and that are older than two months; return their
    number."""
    known = kept_files().union(DirectingFile.objects.values_list("file", flat=True))
    return files.delete_orphans(DOCUMENTS_FOLDER, known, files.ORPHAN_AGE_ATTACHED)
