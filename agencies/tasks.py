"""Long work that people asked for, the bell of the outbox, and the nightly look at the log."""

import logging
from collections.abc import Collection

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from agencies import jobs, journal, post
from agencies.models import Job, JobState
from chuyendoiso import clock, files

log = logging.getLogger(__name__)
# Where several tasks wait, long work is taken up last: figures that are owed do not stand behind reports and files.
AFTER_ALL_ELSE = 9


@shared_task(ignore_result=True)
def run_job(pk: int) -> None:
    """Do one job (`jobs.run`). Rung twice, or for one that is over, it does nothing."""
    jobs.run(pk)


def ring_job(pk: int) -> None:
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
    unheard = list(Job.objects.unheard(now).values_list("pk", flat=True))
    Job.objects.filter(pk__in=unheard, state=JobState.QUEUED).update(heartbeat_at=now)
    for pk in unheard:
        ring_job(pk)


@shared_task(ignore_result=True)
def clear_old_jobs() -> int:
    """Every night: jobs that ended a month ago go, with their files; so do result files that no job knows, which a process
    killed at the wrong moment left. Returns how many jobs went."""
    gone, _ = Job.objects.outlived(clock.now()).delete()
    files.sweep(jobs.FOLDER, set(Job.objects.values_list("file", flat=True)), files.UNKNOWN_MADE)
    return gone


@shared_task(ignore_result=True)
def post_letter(person_id: int) -> int:
    """Send what waits for a person, at most once; returns how many notices."""
    return post.post(person_id)


@shared_task(ignore_result=True)
def post_letters() -> None:
    """Every five minutes: each person's letter whose time has come is a task of its own, so that one that fails holds up no
    other. Takes up what a lost broker dropped."""
    now = clock.now()
    post.give_up_on_the_killed(now)
    for person in post.waiting_people(now):
        post_letter.apply_async((person,))


def ring_letters(people: Collection[int]) -> None:
    """Ask for people's letters to be sent after the current transaction's commit. Without a broker that answers, beat does
    so within five minutes; what was written stays written."""

    def send():
        try:
            for person in sorted(people):
                post_letter.apply_async((person,), retry=False)
        except OperationalError:
            log.warning("Hàng đợi không trả lời; thư sẽ được gửi sau.")

    transaction.on_commit(send, robust=True)


@shared_task(ignore_result=True)
def verify_audit() -> None:
    """Every night: is the log as it was written? The end of the chain goes into the server's own log, where whoever can write
    to the database cannot reach it; `manage.py verify_audit --anchor` compares with it."""
    checked = journal.verify()
    if checked.broken:
        log.error("Nhật ký HỎNG: %s", checked.broken)
    elif not journal.is_protected():
        log.error("Cơ sở dữ liệu không còn chốt chống sửa, chống xóa nhật ký.")
    log.warning("Neo nhật ký: %s:%s", checked.number, checked.hash)
