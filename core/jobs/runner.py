"""Execution of jobs: the registry of handlers, progress, completion.

An app registers a function for a kind of job, in a module that its `ready()` imports:

    @runner.job_handler("nhap-tep")
    def read_file(work):
        for number, row in enumerate(rows):
            work.report_progress(number, len(rows), "Đang đọc tệp")  # committed at once; at least every two minutes
        with work.finish("Đã ghi 12 số.", link="/…"):  # one transaction with the job's own completion
            services.save_figures(…)

`work.params` are the arguments of `services.start_job`. Anything that the handler writes outside `finish` may be done twice and
must allow for it. It refuses by raising `JobFailed` with a message for the person. A job is done once: the worker that takes it
up marks it in the database; a process that lost it to a later attempt gets `JobSuperseded` at its next call and writes nothing.
"""

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F

from core import clock, files
from core.busy import is_busy
from core.jobs.models import SYSTEM_FAULT, Job, JobState

log = logging.getLogger(__name__)

JobHandler = Callable[["RunningJob"], None]

JOB_HANDLERS: dict[str, JobHandler] = {}
LONGEST_MESSAGE = 300
FOLDER = "jobs"  # of result files


class JobFailed(Exception):
    """The work cannot be done; the message gives the reason and what to do, in Vietnamese."""


class JobSuperseded(Exception):
    """The job no longer belongs to this process: its worker was considered dead, or it was started again."""


def job_handler(kind: str) -> Callable[[JobHandler], JobHandler]:
    """Register the decorated function as the handler of jobs of a kind."""

    def register(function: JobHandler) -> JobHandler:
        JOB_HANDLERS[kind] = function
        return function

    return register


class RunningJob:
    """One attempt at a job, as its handler sees it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.params, self.owner = job.params, job.owner
        self._mine = Job.objects.filter(pk=job.pk, attempt=job.attempt, state=JobState.RUNNING)

    def report_progress(self, done: int, total: int, message: str) -> None:
        """Store the progress and what is being done now. Raises JobSuperseded."""
        progress = {"done": done, "total": total, "message": message[:LONGEST_MESSAGE], "heartbeat_at": clock.now()}
        if not self._mine.update(**progress):
            raise JobSuperseded

    @contextmanager
    def finish(
        self, message: str = "", *, link: str = "", file: bytes | None = None, file_name: str = ""
    ) -> Iterator[Job]:
        """Complete the job: the block's writes and the completion are one transaction. Yields an object whose `message` and `link`
        may still be set. file: the result, for download from the job's page. Raises JobSuperseded."""
        stored = ""
        if file is not None:
            stored = self.job.file.storage.save(files.stored_name(FOLDER, file_name), ContentFile(file))
        try:
            with transaction.atomic():
                job = Job.objects.select_for_update().filter(pk=self.job.pk).first()
                if job is None or job.attempt != self.job.attempt or job.state != JobState.RUNNING:
                    raise JobSuperseded
                job.message, job.link = message, link or job.link
                yield job
                job.state, job.error = JobState.DONE, ""
                job.done = job.total
                job.message = job.message[:LONGEST_MESSAGE]
                job.finished_at = job.heartbeat_at = clock.now()
                job.file.name, job.file_name = stored, files.clean_name(file_name) if stored else ""
                job.save()
        except BaseException:
            if stored:
                self.job.file.storage.delete(stored)
            raise


def run(pk: int) -> None:
    """Do a queued job; nothing where another process has it, or it is over. Errors are stored in the job."""
    now = clock.now()
    taken = Job.objects.filter(pk=pk, state=JobState.QUEUED).update(
        state=JobState.RUNNING, attempt=F("attempt") + 1, started_at=now, heartbeat_at=now, error=""
    )
    if not taken:
        return
    work = RunningJob(Job.objects.select_related("owner__agency__parent").get(pk=pk))
    try:
        if not work.owner.is_active:
            raise JobFailed("Tài khoản yêu cầu việc này đã ngừng hoạt động.")
        JOB_HANDLERS[work.job.kind](work)
        if work._mine.exists():
            with work.finish():
                pass
    except JobSuperseded:
        log.warning("Công việc %s, lần %s: đã có lần chạy khác.", pk, work.job.attempt)
    except (JobFailed, files.NotStored) as refused:
        _fail(work, str(refused))
    except Exception as error:
        code = secrets.token_hex(3).upper()
        log.exception("Mã lỗi %s: công việc %s (%s)", code, pk, work.job.kind)
        reason = "Hệ thống đang bận ghi việc khác" if is_busy(error) else SYSTEM_FAULT
        _fail(work, f"{reason} (mã lỗi {code}). Thử chạy lại; vẫn lỗi thì báo quản trị kèm mã này.")


def _fail(work: RunningJob, reason: str) -> None:
    now = clock.now()
    work._mine.update(state=JobState.FAILED, error=reason, finished_at=now, heartbeat_at=now)
