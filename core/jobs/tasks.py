"""Background tasks that run jobs and take up those that were interrupted."""

import logging

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from core import clock, files
from core.jobs import runner
from core.jobs.models import Job, JobState

log = logging.getLogger(__name__)


# Where several tasks wait, long work is taken up last: figures that are owed do not stand behind reports and files.
AFTER_ALL_ELSE = 9


@shared_task(ignore_result=True)
def run_job(pk: int) -> None:
    """Do one job (`jobs.run`). Rung twice, or for one that is over, it does nothing."""
    runner.run(pk)


def enqueue_job(pk: int) -> None:
    """Ask for a job to be taken up, after the current transaction's commit: at once without a broker; one that does not answer
    is rung again within a minute or two."""

    def send():
        try:
            run_job.apply_async((pk,), retry=False, priority=AFTER_ALL_ELSE)
        except OperationalError:
            log.warning("Hàng đợi không trả lời; công việc %s sẽ được làm sau.", pk)

    transaction.on_commit(send, robust=True)


@shared_task(ignore_result=True)
def watch_jobs() -> None:
    """Every minute: jobs whose worker died are marked interrupted; those that nobody took up are rung for again."""
    now = clock.now()
    Job.objects.silent(now).update(state=JobState.INTERRUPTED, finished_at=now)
    unheard = list(Job.objects.not_taken_up(now).values_list("pk", flat=True))
    Job.objects.filter(pk__in=unheard, state=JobState.QUEUED).update(heartbeat_at=now)
    for pk in unheard:
        enqueue_job(pk)


@shared_task(ignore_result=True)
def clear_old_jobs() -> int:
    """Every night: jobs that ended a month ago go, with their files; so do result files that no job knows, which a process
    killed at the wrong moment left. Returns how many jobs went."""
    gone, _ = Job.objects.expired(clock.now()).delete()
    files.delete_orphans(runner.FOLDER, set(Job.objects.values_list("file", flat=True)), files.ORPHAN_AGE_MADE)
    return gone
