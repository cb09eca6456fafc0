"""Background tasks that run jobs, restart those that no worker took up and delete old ones."""

import logging

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from core import clock, files
from core.jobs import pulse, runner
from core.jobs.models import Job, JobState

log = logging.getLogger(__name__)


# Where several tasks wait, long work comes last, so that pending roll-ups do not wait for reports and files.
LOWEST_PRIORITY = 9


@shared_task(ignore_result=True)
def run_job(pk: int) -> None:
    """Do one job (`runner.run`). Called twice, or for one that is over, it does nothing."""
    runner.run(pk)


def enqueue_job(pk: int) -> None:
    """Enqueue a job after the current transaction's commit; without a broker it is done at once. Where the broker does not answer,
    `watch_jobs` enqueues it again within a minute or two."""

    def send() -> None:
        try:
            run_job.apply_async((pk,), retry=False, priority=LOWEST_PRIORITY)
        except OperationalError:
            log.warning("Hàng đợi không trả lời; công việc %s sẽ được làm sau.", pk)

    transaction.on_commit(send, robust=True)


@shared_task(ignore_result=True)
def watch_jobs() -> None:
    """Every minute: mark jobs whose worker died as interrupted, and enqueue again those that no worker took up; note that
    beat and a worker run."""
    pulse.note(pulse.Part.WORKER)
    now = clock.now()
    Job.objects.silent(now).update(state=JobState.INTERRUPTED, finished_at=now)
    waiting = list(Job.objects.not_taken_up(now).values_list("pk", flat=True))
    Job.objects.filter(pk__in=waiting, state=JobState.QUEUED).update(heartbeat_at=now)
    for pk in waiting:
        enqueue_job(pk)


@shared_task(ignore_result=True)
def clear_old_jobs() -> int:
    """Every night: delete jobs that ended a month ago with their files, and result files that belong to no job, which a process
    killed at the wrong moment left behind. Returns how many jobs were deleted."""
    deleted, _ = Job.objects.expired(clock.now()).delete()
    files.delete_orphans(runner.FOLDER, set(Job.objects.values_list("file", flat=True)), files.ORPHAN_AGE_MADE)
    return deleted
