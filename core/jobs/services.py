"""Starting and retrying jobs."""

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction

from core import clock
from core.jobs import tasks
from core.jobs.models import Job, JobState


def start_job(
    *,
    kind: str,
    title: str,
    by: AbstractBaseUser,
    params: dict[str, Any] | None = None,
    key: str = "",
    link: str = "",
) -> Job:
    """Start long work for a person (`core.jobs.runner`), requested on the page `link`, and return its job. The row is committed
    first, then the task is enqueued; without a broker the work is done before this returns. With a `key` a person has one such job
    at a time: a second request returns the one under way."""
    now = clock.now()
    if key:
        running = Job.objects.under_way().filter(owner=by.pk, key=key).first()
        if running is not None and running.state_at(now) == JobState.INTERRUPTED:
            Job.objects.silent(now).filter(pk=running.pk).update(state=JobState.INTERRUPTED, finished_at=now)
        elif running is not None:
            return running
    try:
        with transaction.atomic():
            job = Job.objects.create(
                kind=kind,
                title=title[:200],
                owner_id=by.pk,
                key=key,
                link=link,
                params=params or {},
                created_at=now,
                heartbeat_at=now,
            )
            tasks.enqueue_job(job.pk)
    except IntegrityError:  # requested twice at the same moment
        return Job.objects.under_way().get(owner=by.pk, key=key)
    job.refresh_from_db()
    return job


def retry_job(*, job: Job, by: AbstractBaseUser) -> bool:
    """Do a failed or interrupted job again; return False where it is under way, done, or another person's."""
    now = clock.now()
    Job.objects.silent(now).filter(pk=job.pk).update(state=JobState.INTERRUPTED, finished_at=now)
    again = Job.objects.filter(pk=job.pk, owner=by.pk, state__in=[JobState.FAILED, JobState.INTERRUPTED])
    fresh = {"state": JobState.QUEUED, "done": 0, "total": 0, "message": "", "error": "", "finished_at": None}
    try:
        with transaction.atomic():
            if not again.update(**fresh, heartbeat_at=now):
                return False
            tasks.enqueue_job(job.pk)
    except IntegrityError:  # another of the same key is under way
        return False
    return True
