"""Starting and retrying a job where another of the same key is in the way."""

import datetime as dt

import pytest
import time_machine

from agencies.models import User
from core.jobs import runner, services, tasks
from core.jobs.models import JOB_SILENCE, Job, JobQuerySet, JobState
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def an(monkeypatch):
    """An account whose jobs stay in the queue, at 09:00 on 16 August 2023."""
    monkeypatch.setattr(tasks, "enqueue_job", lambda pk: None)
    monkeypatch.setitem(runner.JOB_HANDLERS, "thu", lambda work: None)
    with time_machine.travel(factories.AT, tick=False):
        yield User.objects.create_user("an")


def start(by, **options):
    return services.start_job(**{"kind": "thu", "title": "Việc thử", "by": by, "key": "tep-8", **options})


def test_a_job_whose_worker_died_gives_way_to_a_new_one(an):
    first = start(an)
    assert start(an) == first
    silent = factories.AT - JOB_SILENCE - dt.timedelta(seconds=1)
    Job.objects.filter(pk=first.pk).update(state=JobState.RUNNING, heartbeat_at=silent)
    second = start(an)
    first.refresh_from_db()
    assert second != first and (first.state, second.state) == (JobState.INTERRUPTED, JobState.QUEUED)


def test_asked_for_twice_at_the_same_moment_it_is_one_job(an, monkeypatch):
    first, looks = start(an), []
    stored = JobQuerySet.under_way

    def not_yet_committed(jobs):
        looks.append(jobs)
        return jobs.none() if len(looks) == 1 else stored(jobs)

    monkeypatch.setattr(JobQuerySet, "under_way", not_yet_committed)
    assert start(an) == first and Job.objects.count() == 1


def test_a_failed_job_is_not_done_again_beside_its_successor(an):
    failed = start(an)
    Job.objects.filter(pk=failed.pk).update(state=JobState.FAILED)
    start(an)
    assert services.retry_job(job=failed, by=an) is False
    failed.refresh_from_db()
    assert failed.state == JobState.FAILED
