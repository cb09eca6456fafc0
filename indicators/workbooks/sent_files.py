"""Steps and pages that every kind of sent workbook shares: the job that reads it, the state of that job, the marked copy."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404

from agencies.models import User
from core import clock, files
from core.concurrency import WorkLimit
from core.jobs import runner
from core.jobs.models import Job, JobState
from core.jobs.services import start_job
from core.spreadsheet import XLSX
from indicators.workbooks import sandbox
from indicators.workbooks.sandbox import Mark, Table, Unreadable

# The most earlier files of the user shown beside the form.
RECENT = 8
# The number of steps in which a job that reads a file reports its progress.
STEPS = 3


# Pages that read a small workbook in their own request: of the four threads of a web process (gunicorn.conf.py) one reads and one
# waits for it.
ON_A_PAGE = WorkLimit(at_once=1, waiting=1, seconds=20)


class Busy(Unreadable):
    """Too many files are being read, or were sent; this one has no fault. It is not kept."""


class SentFile(Protocol):
    """A workbook that a user sent."""

    pk: Any
    state: Any
    owner: Any
    file_name: Any

    @property
    def file(self) -> FieldFile: ...

    @property
    def marked(self) -> FieldFile: ...

    def get_absolute_url(self) -> str: ...


@contextmanager
def reading_turn(limit: WorkLimit, drop: Callable[[], None], refusal: str) -> Iterator[None]:
    """Wait for a turn to read a file where no worker does and this very request reads it. Raises Busy with the refusal, after
    `drop` has deleted the file, where others read for too long."""
    if not settings.CELERY_TASK_ALWAYS_EAGER:
        yield
        return
    with limit.slot() as mine:
        if not mine:
            drop()
            raise Busy(refusal)
        yield


def read_on_page(content: bytes) -> list[Table]:
    """Return the sheets of a workbook that a page reads in its own request, when its turn has come. Raises Unreadable; Busy where
    others read for too long."""
    with ON_A_PAGE.slot() as mine:
        if not mine:
            raise Busy("Hệ thống đang đọc nhiều tệp khác nên chưa đọc tệp này. Gửi lại sau ít phút.")
        return sandbox.read(content)


def start_file_job(kind: str, title: str, taken: SentFile, **params: Any) -> Job:
    """Start a job about a sent file, once a file and kind."""
    return start_job(
        kind=kind,
        title=title,
        by=taken.owner,
        params={"file": taken.pk, **params},
        key=job_key(kind, taken),
        link=taken.get_absolute_url(),
    )


def job_key(kind: str, taken: SentFile) -> str:
    """Return the key of the job of a kind about a sent file."""
    return f"{kind}:{taken.pk}"


def content_of(taken: SentFile, work: runner.RunningJob) -> bytes:
    """Return the content of a sent file, as the first of the STEPS of the job that reads it."""
    work.report_progress(1, STEPS, "Đang đọc tệp")
    with taken.file.open("rb") as stored:
        return stored.read()


def store_marked(content: bytes, marks: list[Mark], unlisted: int, folder: str) -> str:
    """Store the same file with its faults marked; return its name, empty where marking fails: the list on the page must do."""
    try:
        marked = sandbox.mark(content, marks, unlisted)
    except Unreadable:
        return ""
    return default_storage.save(files.stored_name(folder, "a.xlsx"), ContentFile(marked))


def reading_context(user: User, taken: SentFile, kind: str, *, is_reading: bool) -> dict[str, Any]:
    """Return what the page of a sent file shows of the job that reads it (`indicators/workbooks/_reading.html`)."""
    job = Job.objects.filter(owner=user, key=job_key(kind, taken)).first() if is_reading else None
    state = job.state_at(clock.now()) if job else ""
    return {"job": job, "job_state": state, "job_is_under_way": state in (JobState.QUEUED, JobState.RUNNING)}


def marked_response(taken: SentFile) -> FileResponse:
    """Return the same file with its faults marked, as a download. Raises Http404 where there is none."""
    if not taken.marked:
        raise Http404("Tệp này không có bản đánh dấu.")
    try:
        content = taken.marked.open("rb")
    except FileNotFoundError:
        raise Http404("Tệp không còn.") from None
    stem = taken.file_name.rpartition(".")[0] or taken.file_name
    return files.file_response(content, f"{stem} (cần sửa).xlsx", XLSX)
