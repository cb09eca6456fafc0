"""Background tasks: calls handed to successors, reminders of what falls due, removal of files that no row names."""

import datetime as dt

from celery import shared_task

from core import clock, files
from data_calls import notifications
from data_calls.models import FILES_FOLDER, CallAnswer, CallFile, DataCall
from data_calls.services import hand_over

# An agency is reminded so many days before its day.
DAYS_BEFORE = 1


@shared_task(ignore_result=True)
def follow() -> int:
    """Ask the successors of ended agencies, and remind agencies whose answers fall due or are overdue, every morning. Return the
    number of answers that are due."""
    for call in DataCall.objects.running().select_related("plan"):
        hand_over(call)
    today = clock.today()
    owed = [
        answer
        for answer in CallAnswer.objects.owed().with_all()
        if answer.due <= today + dt.timedelta(days=DAYS_BEFORE)
    ]
    for answer in owed:
        notifications.due(answer, today)
    return len(owed)


@shared_task(ignore_result=True)
def clear_lost_answers() -> int:
    """Delete, every night, files of answers that no row names and that are older than two months; return their number."""
    known = set(CallFile.objects.values_list("file", flat=True))
    return files.delete_orphans(FILES_FOLDER, known, files.ORPHAN_AGE_ATTACHED)
