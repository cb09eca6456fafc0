"""Long work that people ask for: what does it, and how it tells how far it is.

An app names a function for a kind of job, in a module that its `ready()` imports:

    @jobs.doer("nhap-tep")
    def read_file(work):
        for number, row in enumerate(rows):
            work.report_progress(number, len(rows), "Đang đọc tệp")        # committed at once; at least every two minutes
        with work.finish("Đã ghi 12 số.", link="/…"):            # one transaction with the job's own end
            services.save_figures(…)

`work.params` is what `services.start_job` was given. What the doer writes elsewhere than inside `ending` must bear being done
twice. It refuses by raising `RenderingFailed` with words for the person. A job is done once: whoever takes it up marks it, in the
database; a process that lost it to a later attempt gets `JobSuperseded` at its next word and writes nothing.
"""

import logging
import secrets
from collections.abc import Callable
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F

from core import clock, files
from core.busy import is_busy
from core.jobs.models import Job, JobState

log = logging.getLogger(__name__)

JOB_HANDLERS: dict[str, Callable] = {}
LONGEST_MESSAGE = 300
FOLDER = "jobs"  # of result files


class JobFailed(Exception):
    """The work cannot be done; the message says, in Vietnamese, why and what to do."""


class JobSuperseded(Exception):
    """The job is no longer this process's: it was taken for dead, or asked for again."""


def job_handler(kind: str):
    """Names the function that does jobs of a kind."""

    def register(function):
        JOB_HANDLERS[kind] = function
        return function

    return register


class RunningJob:
    """One attempt at a job, in the hands of whoever does it."""

    def __init__(self, job: Job):
        self.job = job
        self.params, self.owner = job.params, job.owner
        self._mine = Job.objects.filter(pk=job.pk, attempt=job.attempt, state=JobState.RUNNING)

    def report_progress(self, done: int, total: int, message: str) -> None:
        """How far it is, and what is being done now. Raises Lost."""
        told = {"done": done, "total": total, "message": message[:LONGEST_MESSAGE], "heartbeat_at": clock.now()}
        if not self._mine.update(**told):
            raise JobSuperseded

    @contextmanager
    def finish(self, message: str = "", *, link: str = "", file: bytes | None = None, file_name: str = ""):
        """The last step: what is written inside it, and that the job is done, hold together or not at all. Gives an object whose
        `message` and `link` may still be set. file: the result to be fetched from the job's page. Raises Lost."""
        stored = ""
        if file is not None:
            stored = self.job.file.storage.save(files.stored_name(FOLDER, file_name), ContentFile(file))
        try:
            with transaction.atomic():
                held = Job.objects.select_for_update().filter(pk=self.job.pk).first()
                if held is None or held.attempt != self.job.attempt or held.state != JobState.RUNNING:
                    raise JobSuperseded
                held.message, held.link = message, link or held.link
                yield held
                held.state, held.error = JobState.DONE, ""
                held.done = held.total
                held.message = held.message[:LONGEST_MESSAGE]
                held.finished_at = held.heartbeat_at = clock.now()
                held.file, held.file_name = stored, files.clean_name(file_name) if stored else ""
                held.save()
        except BaseException:
            if stored:
                self.job.file.storage.delete(stored)
            raise


def run(pk: int) -> None:
    """Do a queued job; nothing where another process has it, or it is over. What goes wrong stands in the job."""
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
    except JobFailed as refused:
        _fail(work, str(refused))
    except Exception as error:
        code = secrets.token_hex(3).upper()
        log.exception("Mã lỗi %s: công việc %s (%s)", code, pk, work.job.kind)
        what = "Hệ thống đang bận ghi việc khác" if is_busy(error) else "Có lỗi của hệ thống"
        _fail(work, f"{what} (mã lỗi {code}). Thử chạy lại; vẫn lỗi thì báo quản trị kèm mã này.")


def _fail(work, why):
    now = clock.now()
    work._mine.update(state=JobState.FAILED, error=why, finished_at=now, heartbeat_at=now)
