"""Starting a job, and starting it again."""

from django.db import IntegrityError, transaction

from core import clock
from core.jobs import tasks
from core.jobs.models import Job, JobState


def start_job(*, kind: str, title: str, by, params: dict | None = None, key: str = "", link: str = "") -> Job:
    """Begin long work for a person (`core.jobs.runner`), asked for on the page `link`: the row is committed first, then a worker is
    rung for; without a broker the work is done at once, before the next line. With a `key` the same person has one such job at
    a time: asked for again, the one under way is given back."""
    now = clock.now()
    if key:
        running = Job.objects.under_way().filter(owner=by, key=key).first()
        if running is not None and running.state_at(now) == JobState.INTERRUPTED:
            Job.objects.silent(now).filter(pk=running.pk).update(state=JobState.INTERRUPTED, finished_at=now)
        elif running is not None:
            return running
    try:
        with transaction.atomic():
            job = Job.objects.create(
                kind=kind,
                title=title[:200],
                owner=by,
                key=key,
                link=link,
                params=params or {},
                created_at=now,
                heartbeat_at=now,
            )
            tasks.enqueue_job(job.pk)
    except IntegrityError:  # asked for twice at the same moment
        return Job.objects.under_way().get(owner=by, key=key)
    job.refresh_from_db()
    return job


def retry_job(*, job: Job, by) -> bool:
    """Do a job again that failed or was interrupted; False where it is under way, done, or somebody else's."""
    now = clock.now()
    Job.objects.silent(now).filter(pk=job.pk).update(state=JobState.INTERRUPTED, finished_at=now)
    again = Job.objects.filter(pk=job.pk, owner=by, state__in=[JobState.FAILED, JobState.INTERRUPTED])
    fresh = {"state": JobState.QUEUED, "done": 0, "total": 0, "message": "", "error": "", "finished_at": None}
    try:
        with transaction.atomic():
            if not again.update(**fresh, heartbeat_at=now):
                return False
            tasks.enqueue_job(job.pk)
    except IntegrityError:  # another of the same key is under way
        return False
    return True
