"""Steps from a sent workbook to a changed plan: received, read, previewed, confirmed.

Reading and writing are jobs (`core.jobs.runner`): the web process never opens a file. A user confirms the preview that they
saw; one that no longer holds is made anew and shown again.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from import_export.results import RowResult

from agencies.models import Agency, User
from agencies.services import organisation
from core import clock, files, formatting, virus_scan
from core.concurrency import WorkLimit
from core.jobs import runner
from core.jobs.models import Job
from core.spreadsheet import Value
from indicators.errors import ActionNotAllowed
from indicators.models import Plan
from indicators.workbooks import sandbox
from indicators.workbooks.sandbox import Mark, Unreadable
from indicators.workbooks.sent_files import STEPS, Busy, content_of, reading_turn, start_file_job, store_marked
from plan_workbook import figures, services, sources
from plan_workbook.models import PLAN_FILE_FOLDER, PlanFile
from plan_workbook.resources.base import Problem
from plan_workbook.services import BadFile, Loaded

READ, SAVE = "doc-tep-ke-hoach", "ghi-tep-ke-hoach"
# The most files of a user that wait to be read; one that waits longer than STUCK is given up.
MOST_WAITING = 2
STUCK = dt.timedelta(minutes=10)
# The most faults, and the most rows of a table, that a page lists.
MOST_PROBLEMS = 200
MOST_ROWS = 100
# The most unknown names that a page asks about at once.
MOST_NAMES = 50
READING = WorkLimit(at_once=1, waiting=1, seconds=20)
BUSY = "Hệ thống đang đọc tệp khác nên chưa nhận tệp này. Gửi lại sau ít phút."
KINDS = {
    RowResult.IMPORT_TYPE_NEW: "thêm",
    RowResult.IMPORT_TYPE_UPDATE: "sửa",
    RowResult.IMPORT_TYPE_DELETE: "bỏ",
}

State = PlanFile.State
Contents = PlanFile.Contents


class Changed(ActionNotAllowed):
    """The preview no longer holds: something was changed in between. Nothing was written."""

    def __init__(self, loaded: Loaded) -> None:
        super().__init__("Kế hoạch vừa được sửa sau khi trang này được mở. Chưa ghi gì; xem lại các thay đổi rồi ghi.")
        self.loaded = loaded


def take_in(*, upload: UploadedFile, by: User, plan: Plan, contents: PlanFile.Contents = Contents.PLAN) -> PlanFile:
    """Store a sent file. Raises Unreadable for a file that is no workbook or that the scanner refuses, Busy where too
    many wait; then nothing is stored."""
    content = upload.read(sandbox.MOST_BYTES + 1)
    sandbox.check(content)
    waiting = PlanFile.objects.filter(owner=by, state=State.READING, uploaded_at__gt=clock.now() - STUCK)
    if waiting.count() >= MOST_WAITING:
        raise Busy(f"Còn {MOST_WAITING} tệp gửi trước đang được đọc. Chờ đọc xong rồi gửi tiếp.")
    try:
        with virus_scan.stored(PLAN_FILE_FOLDER, "a.xlsx", ContentFile(content)) as stored:
            return PlanFile.objects.create(
                owner=by,
                plan=plan,
                contents=contents,
                uploaded_at=clock.now(),
                file=stored,
                file_name=files.clean_name(upload.name or "")[:200],
            )
    except virus_scan.Unsafe as unsafe:
        raise Unreadable(str(unsafe)) from None


def begin_reading(taken: PlanFile) -> Job:
    """Start the job that reads a file. Raises Busy, and deletes the file, where this request itself would read it while
    another does."""
    with reading_turn(READING, lambda: _drop(taken), BUSY):
        return start_file_job(READ, f"Đọc tệp {taken.file_name}", taken)


def _drop(taken: PlanFile) -> None:
    taken.file.delete(save=False)
    taken.delete()


def begin_saving(taken: PlanFile, seen: str) -> Job:
    """Start the job that writes a confirmed file."""
    return start_file_job(SAVE, f"Ghi {taken.get_contents_display()} từ tệp {taken.file_name}", taken, seen=seen)


@runner.job_handler(READ)
def read_file(work: runner.RunningJob) -> None:
    """Read a file and find what it would do; mark it where it has faults."""
    taken = _taken(work)
    if taken.state != State.READING:
        return
    content = content_of(taken, work)
    try:
        sheets = sandbox.read(content)
        work.report_progress(2, STEPS, "Đang so với kế hoạch đang lưu")
        loaded = _previewed(taken, sheets)
    except (Unreadable, ActionNotAllowed) as refused:
        taken.state, taken.refusal = State.REFUSED, str(refused)
        taken.file.delete(save=False)
    else:
        taken.sheets = [sandbox.as_json(sheet) for sheet in sheets]
        _keep(taken, loaded)
        if loaded.problems:
            taken.marked = _mark(content, loaded.problems, [sheet.title for sheet in sheets])
    with work.finish(link=taken.get_absolute_url()) as job:
        taken.save()
        job.message = {State.REFUSED: "tệp không nhận được", State.FAULTY: "tệp có ô cần sửa"}.get(
            State(taken.state), "mở để xem các thay đổi trước khi ghi"
        )


@runner.job_handler(SAVE)
def save_file(work: runner.RunningJob) -> None:
    """Write a confirmed file, in one transaction together with the end of this job."""
    taken = _taken(work)
    if taken.state != State.READ:
        return
    work.report_progress(1, 2, f"Đang ghi {taken.get_contents_display()}, tất cả trong một lần")
    sheets = [sandbox.from_json(sheet) for sheet in taken.sheets or []]
    try:
        with work.finish(link=taken.get_absolute_url()) as job:
            loaded = _loaded(taken, sheets)
            if digest(loaded) != work.params["seen"]:
                raise Changed(loaded)
            _keep(taken, loaded)
            taken.state, taken.saved_at = State.SAVED, clock.now()
            taken.save()
            job.message = f"đã ghi {formatting.number(loaded.changes)} dòng {taken.get_contents_display()}"
    except (BadFile, Changed) as refused:
        loaded = _previewed(taken, sheets)
        _keep(taken, loaded)
        taken.save()
        raise runner.JobFailed(str(refused)) from None
    except ActionNotAllowed as refused:
        raise runner.JobFailed(str(refused)) from None


def _previewed(taken: PlanFile, sheets: list[sandbox.Table]) -> Loaded:
    """Return what a file would do; nothing is written."""
    if taken.holds_figures:
        return figures.preview(sheets, plan=taken.plan)
    return services.preview(sources.from_sheets(sheets), plan=taken.plan, by=taken.owner)


def _loaded(taken: PlanFile, sheets: list[sandbox.Table]) -> Loaded:
    """Write what a file does. Raises BadFile, ActionNotAllowed."""
    if taken.holds_figures:
        return figures.load(sheets, plan=taken.plan, by=taken.owner, file_name=taken.file_name)
    source = sources.from_sheets(sheets)
    return services.load(source, plan=taken.plan, by=taken.owner, file_name=taken.file_name)


def _taken(work: runner.RunningJob) -> PlanFile:
    visible = PlanFile.objects.visible_to(work.owner).select_related("plan")
    taken = visible.filter(pk=work.params["file"]).first()
    if taken is None:
        raise runner.JobFailed("Tệp không còn, hoặc tài khoản không còn được nạp kế hoạch.")
    return taken


def _keep(taken: PlanFile, loaded: Loaded) -> None:
    """Keep what a file would do for its page."""
    taken.outcome = as_stored(loaded)
    taken.state = State.FAULTY if loaded.problems else State.READ


def settle_names(taken: PlanFile, chosen: Mapping[str, str], *, by: User, address: str | None = None) -> int:
    """Remember for each name of a faulty file the agency (its code) that a person has chosen among those offered, and look at the
    file again; return how many names. Raises Busy where others read for too long."""
    offered = {name: {code for code, _ in agencies} for name, agencies in (taken.outcome or {}).get("names", ())}
    meant = {name: code for name, code in chosen.items() if code in offered.get(name, ())}
    agencies = {agency.code: agency for agency in Agency.objects.filter(code__in=meant.values())}
    known = {name: agencies[code] for name, code in meant.items() if code in agencies}
    if not known:
        return 0
    with READING.slot() as mine:
        if not mine:
            raise Busy(BUSY)
        for name, agency in known.items():
            organisation.remember_name(name=name, agency=agency, by=by, address=address)
        loaded = _previewed(taken, [sandbox.from_json(sheet) for sheet in taken.sheets or []])
        _keep(taken, loaded)
        taken.marked = ""  # its marks are those of before; the list on the page is of now
        taken.save()
    return len(known)


def digest(loaded: Loaded) -> str:
    """Return a mark of everything that a file changes, by which a preview is known again."""
    changes = [(table.title, row.kind, row.name, _cells(row.cells)) for table in loaded.tables for row in table.rows]
    return hashlib.sha256(json.dumps(changes, ensure_ascii=False).encode()).hexdigest()


def as_stored(loaded: Loaded) -> dict[str, Any]:
    """Return what a file does as plain data for its page: counts, the first rows of each table, the first faults."""
    return {
        "digest": digest(loaded),
        "counts": {name: getattr(loaded, name) for name in ("changes", "added", "changed", "removed", "unchanged")},
        "tables": [
            {
                "title": table.title,
                "counts": {name: getattr(table, name) for name in ("added", "changed", "removed", "unchanged")},
                "rows": [
                    {"kind": KINDS[row.kind], "name": row.name, "cells": _cells(row.cells)}
                    for row in table.rows[:MOST_ROWS]
                ],
                "unlisted": max(0, len(table.rows) - MOST_ROWS),
            }
            for table in loaded.tables
            if table.rows
        ],
        "problems": [list(problem) for problem in loaded.problems[:MOST_PROBLEMS]],
        "total": len(loaded.problems),
        "names": [
            [name, [[agency.code, agency.full_name] for agency in agencies]]
            for name, agencies in list(loaded.unknown.items())[:MOST_NAMES]
            if agencies
        ],
    }


def _cells(cells: Any) -> list[list[str]]:
    return [[cell.title, _shown(cell.before), _shown(cell.after)] for cell in cells]


def _shown(value: Value) -> str:
    """Return a value of a cell as a page shows it."""
    if isinstance(value, dt.date):
        return formatting.date(value)
    if isinstance(value, Decimal):
        return formatting.number(value)
    return "" if value is None else str(value)


def _mark(content: bytes, problems: Any, titles: list[str]) -> str:
    """Store the same file with its faults marked; empty where that fails: the list on the page must do."""
    marks = [_at_hand(problem, titles) for problem in problems[:MOST_PROBLEMS]]
    return store_marked(content, marks, max(0, len(problems) - MOST_PROBLEMS), PLAN_FILE_FOLDER)


def _at_hand(problem: Problem, titles: list[str]) -> Mark:
    """Return the mark of a fault; that of a sheet that the file lacks stands on the first one."""
    if problem.sheet in titles:
        return Mark(problem.sheet, problem.cell, problem.reason)
    return Mark(titles[0], "A1", problem.reason, problem.sheet)
