"""Steps from a sent workbook to figures in reports: received, read, previewed, confirmed.

A confirmation is one transaction: all reports, or none. A user confirms the preview that they saw; one that no longer
holds is shown again. Reading is a job (`core.jobs.runner`), few at a time (docs/decisions/0171); a confirmed file about
many agencies is written by a job too.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from openpyxl import Workbook

from agencies.models import Agency, Level, User
from core import clock, files, virus_scan
from core.audit.services import audit
from core.concurrency import WorkLimit
from core.jobs import runner
from core.jobs.models import Job
from indicators.audit_acts import FigureAct
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import WORKBOOK_FOLDER, ReportingPeriod, StandIn, Submission, WorkbookFile
from indicators.periods import plan_guard
from indicators.submissions import editing
from indicators.submissions.detail import SubmissionDetail, read_details
from indicators.workbooks import parser, parts, sandbox, template
from indicators.workbooks.parser import ImportPreview
from indicators.workbooks.parts import PartReport
from indicators.workbooks.sandbox import Unreadable
from indicators.workbooks.sent_files import STEPS, Busy, content_of, reading_turn, start_file_job, store_marked

READ, SAVE = "doc-tep", "ghi-tep"
# The most files that wait to be read: of a user, of an agency, of all. One that waits longer than STUCK is given up.
MOST_OF_PERSON, MOST_OF_AGENCY, MOST_OF_ALL = 2, 4, 20
STUCK = dt.timedelta(minutes=10)
# The most files that an agency may send in a day, and the most unwritten ones kept of it: of more, the oldest are deleted.
MOST_A_DAY, DAY = 60, dt.timedelta(days=1)
MOST_UNWRITTEN = 40
# Where no worker reads them, of the four threads of a web process (gunicorn.conf.py) one reads and one waits for it.
READING = WorkLimit(at_once=1, waiting=1, seconds=20)
BUSY = "Hệ thống đang đọc nhiều tệp khác nên chưa nhận tệp này. Gửi lại sau ít phút."

Scope, State = WorkbookFile.Scope, WorkbookFile.State


class Changed(ActionNotAllowed):
    """The preview no longer holds: another user changed a figure, or a report, in between. Nothing was written."""


def scopes_of(user: User, period: ReportingPeriod) -> list[str]:
    """Return the scopes that a user may fill in by a workbook in a period: their own agency, the communes below their
    district, the districts in whose place they act."""
    fillable = Agency.objects.filled_in_by(user)
    scopes: list[str] = []
    if user.agency_id and fillable.filter(pk=user.agency_id).exists():
        scopes.append(Scope.OWN)
    if user.agency is not None and user.agency.level == Level.DISTRICT and fillable.exclude(pk=user.agency.pk).exists():
        scopes.append(Scope.BELOW)
    if user.agency_id and StandIn.objects.open_to(user).filter(period=period).exists():
        scopes.append(Scope.IN_PLACE)
    return scopes


def agency_of(user: User) -> Agency:
    """Return the agency of a user who fills in workbooks: whoever has a scope has an agency."""
    if user.agency is None:
        raise ActionNotAllowed("Tài khoản không nhập số liệu.")
    return user.agency


def sheets_of(user: User, period: ReportingPeriod, scope: str) -> list[SubmissionDetail]:
    """Return the reports of a workbook of a scope as stored; agencies without a target are left out."""
    if scope == Scope.IN_PLACE:
        agencies = Agency.objects.filter(stand_ins__in=StandIn.objects.open_to(user).filter(period=period))
    else:
        is_users = Q(pk=user.agency_id)
        agencies = Agency.objects.filled_in_by(user).filter(is_users if scope == Scope.OWN else ~is_users)
    return read_details(agencies.select_related("parent").in_order(), period)


def report_of(agency: Agency, period: ReportingPeriod, sheets: Sequence[SubmissionDetail] = ()) -> PartReport:
    """Return an agency's own report, to which apps above may add sheets. sheets: as read before; one query without
    them."""
    if sheets:
        return PartReport(agency, period, sheets[0].submission)
    submission = Submission.objects.filter(agency=agency, period=period).latest_versions().first()
    if submission is not None:
        submission.agency, submission.period = agency, period
    return PartReport(agency, period, submission)


def enclosed_words(report: PartReport) -> list[str]:
    """Return the other contents of a workbook in words: 20 dự án."""
    return [contents for sheets in parts.every() if (contents := sheets.words(report))]


def book_of(user: User, period: ReportingPeriod, scope: str, *, is_demo: bool) -> Workbook | None:
    """Return the workbook that a user may fill in, with the stored figures; None where no target is due in the
    period."""
    sheets, agency = sheets_of(user, period, scope), agency_of(user)
    beside: list[parts.Sheets] = []
    if scope == Scope.OWN:
        report = report_of(agency, period, sheets)
        beside = [one for one in parts.every() if one.words(report)]
    if not (sheets or beside):
        return None
    token = template.new_token(agency, period, scope)
    book = template.make(sheets, agency=agency, period=period, scope=scope, is_demo=is_demo, token=token)
    for one in beside:
        one.add(book, report, token, is_demo=is_demo)
    template.add_guide(book, scope, [line for one in beside for line in one.guide])
    if not sheets:
        book.active = 1
    return book


def take_in(*, upload: UploadedFile, by: User, period: ReportingPeriod, scope: str) -> WorkbookFile:
    """Store a sent file. Raises Unreadable for a file that is no workbook, that the scanner refuses, or where the plan
    refuses writes, Busy where too many wait; then nothing is stored."""
    refusal = plan_guard.refusal(period.plan, reports=True)
    if refusal:
        raise Unreadable(refusal)
    content = upload.read(sandbox.MOST_BYTES + 1)
    sandbox.check(content)
    _check_room(by)
    agency = agency_of(by)
    try:
        with virus_scan.stored(WORKBOOK_FOLDER, "a.xlsx", ContentFile(content)) as stored, transaction.atomic():
            # Files of one agency that come at the same moment are counted one after the other.
            Agency.objects.select_for_update().get(pk=agency.pk)
            _check_room(by)
            taken = WorkbookFile.objects.create(
                owner=by,
                agency=agency,
                period=period,
                scope=scope,
                uploaded_at=clock.now(),
                file=stored,
                file_name=files.clean_name(upload.name or "")[:200],
                sha256=hashlib.sha256(content).hexdigest(),
            )
    except virus_scan.Unsafe as unsafe:
        raise Unreadable(str(unsafe)) from None
    _drop_oldest(by.agency_id)
    return taken


def _check_room(by: User) -> None:
    """Raise Busy where a user, an agency or all together have too many files waiting, or sent too many today."""
    now = clock.now()
    waiting = WorkbookFile.objects.filter(state=State.READING, uploaded_at__gt=now - STUCK)
    if waiting.filter(owner=by).count() >= MOST_OF_PERSON:
        raise Busy(f"Còn {MOST_OF_PERSON} tệp gửi trước đang được đọc. Chờ đọc xong rồi gửi tiếp.")
    if waiting.filter(agency=by.agency_id).count() >= MOST_OF_AGENCY or waiting.count() >= MOST_OF_ALL:
        raise Busy(BUSY)
    if WorkbookFile.objects.filter(agency=by.agency_id, uploaded_at__gt=now - DAY).count() >= MOST_A_DAY:
        raise Busy(f"Đơn vị đã gửi {MOST_A_DAY} tệp trong 24 giờ qua. Gửi lại sau, hoặc nhập trên trang nhập số liệu.")


def _drop_oldest(agency):
    unwritten = WorkbookFile.objects.filter(agency=agency).exclude(state__in=[State.SAVED, State.READING])
    for taken in unwritten.order_by("-pk").defer("table")[MOST_UNWRITTEN:]:
        drop(taken)


def drop(taken: WorkbookFile) -> None:
    """Delete a file that was never written, with all its data."""
    for stored in filter(None, (taken.file, taken.marked)):
        stored.delete(save=False)
    taken.delete()


def begin_reading(taken: WorkbookFile) -> Job:
    """Start the job that reads a file. Raises Busy, and deletes the file, where this request itself would read it while
    others do."""
    with reading_turn(READING, lambda: drop(taken), BUSY):
        return start_file_job(READ, f"Đọc tệp {taken.file_name}", taken)


def begin_saving(taken: WorkbookFile, seen: str) -> Job:
    """Start the job that writes the confirmed changes."""
    return start_file_job(SAVE, f"Ghi số liệu từ tệp {taken.file_name}", taken, seen=seen)


def look_at(taken: WorkbookFile) -> ImportPreview:
    """Return the changes that a file would make now."""
    table: dict[str, Any] = taken.table or {}  # there since the file was read
    parsed = parser.from_stored(table)
    reports = sheets_of(taken.owner, taken.period, taken.scope)
    preview = parser.preview(parsed, reports)
    for key, stored in table.get("enclosed", {}).items():
        sheets = parts.of_key(key)
        if sheets is not None:
            reading = sheets.read(stored, report_of(taken.agency, taken.period, reports), parsed.token)
            preview.enclosed.append(reading)
            preview.problems.include(reading.problems)
    return preview


@transaction.atomic
def confirm(*, taken: WorkbookFile, by: User, seen: str, address: str | None = None) -> WorkbookFile:
    """Write the changes that a user saw and confirmed: all of them, in one transaction, once; a repeated call returns
    the first result.

    seen: the digest of the preview. Raises Changed, and ActionNotAllowed where a report or the user's rights do not
    allow it.
    """
    taken = WorkbookFile.objects.select_for_update(of=("self",)).select_related("period__plan").get(pk=taken.pk)
    taken.owner = by
    if taken.state == State.SAVED:
        return taken
    plan_guard.require_open(taken.period.plan, reports=True)
    if taken.state != State.READ or taken.scope not in scopes_of(by, taken.period) or taken.agency_id != by.agency_id:
        raise ActionNotAllowed("Tệp này không ghi được nữa. Không có gì thay đổi; gửi lại tệp.")
    preview = look_at(taken)
    if preview.problems:
        raise Changed("Có ô không ghi được nữa. Chưa ghi gì; xem các lỗi dưới đây.")
    if preview.digest != seen:
        raise Changed("Có số vừa được sửa sau khi trang này được mở. Chưa ghi gì; xem lại các thay đổi dưới đây.")
    whose = "" if taken.scope == Scope.OWN else f" của {agency_of(by).short_name}"
    for sheet, changes in sorted(preview.reports, key=lambda report: report[0].agency.pk):
        _save_report(sheet, changes, period=taken.period, by=by, via=f"tệp Excel{whose}"[:100])
    _save_enclosed(preview, taken, by=by)
    taken.state, taken.saved_at = State.SAVED, clock.now()
    taken.saved_changes, taken.saved_agencies = preview.figure_count, len(preview.reports)
    taken.saved_parts = preview.part_words
    taken.save()
    audit(
        by=by,
        act=FigureAct.IMPORT_WORKBOOK,
        label=f"{taken.file_name}, kỳ {taken.period}",
        address=address,
        file=taken.pk,
        sha256=taken.sha256,
        changes=preview.figure_count,
        parts=preview.part_words,
        agencies=[sheet.agency.code for sheet, _ in preview.reports],
    )
    return taken


def _save_report(sheet, changes, *, period, by, via):
    submission = editing.open_report(agency=sheet.agency, period=period, by=by, on_behalf=True)
    figures = {change.row.target: change.figures for change in changes}
    try:
        # A report that was begun in between has another revision too.
        editing.save_figures(
            submission=submission,
            figures=figures,
            by=by,
            revision=sheet.submission.revision if sheet.submission else 0,
            via=via,
            on_behalf=True,
        )
    except EditConflict:
        raise Changed("Có số vừa được sửa cùng lúc. Chưa ghi gì; xem lại các thay đổi dưới đây.") from None


def _save_enclosed(preview, taken, *, by):
    readings = [reading for reading in preview.enclosed if reading.changes]
    if not readings:
        return
    submission = editing.open_report(agency=taken.agency, period=taken.period, by=by)
    for reading in readings:
        sheets = parts.of_key(reading.key)
        if sheets is None:
            raise LookupError(f"No app has the sheets of {reading.key}.")
        try:
            sheets.save(reading, submission, by=by, via="tệp Excel")
        except EditConflict:
            raise Changed("Có dự án vừa được sửa cùng lúc. Chưa ghi gì; xem lại các thay đổi dưới đây.") from None


@runner.job_handler(READ)
def read_file(work: runner.RunningJob) -> None:
    """Read a file, and mark it where it has errors."""
    taken = _taken(work)
    if taken.state != State.READING:
        return
    content = content_of(taken, work)
    _read(taken, content, work)
    with work.finish(link=taken.get_absolute_url()) as job:
        job.message = "tệp không nhận được" if taken.state == State.REFUSED else "mở để xem các thay đổi trước khi ghi"


@runner.job_handler(SAVE)
def save_file(work: runner.RunningJob) -> None:
    """Write a confirmed file about many agencies, in one transaction together with the end of this job."""
    taken = _taken(work)
    work.report_progress(1, 2, "Đang ghi số liệu, tất cả trong một lần")
    try:
        with work.finish(link=taken.get_absolute_url()) as job:
            done = confirm(taken=taken, by=work.owner, seen=work.params["seen"])
            job.message = f"đã ghi {done.saved_changes} số của {done.saved_agencies} đơn vị"
    except ActionNotAllowed as refused:
        raise runner.JobFailed(str(refused)) from None


def _taken(work):
    visible = WorkbookFile.objects.visible_to(work.owner).select_related("period__plan", "agency")
    taken = visible.filter(pk=work.params["file"]).first()
    if taken is None:
        raise runner.JobFailed("Tệp không còn, hoặc tài khoản không còn được nhập số liệu của các đơn vị này.")
    taken.owner = work.owner
    return taken


def _read(taken, content, work):
    """Store the contents of the file; where it is refused, store the reason and delete the file."""
    try:
        tables = sandbox.read(content)
        parsed = parser.find(tables)
        parser.check_token(parsed.token, agency=taken.agency, period=taken.period, scope=taken.scope)
        beside = _find_enclosed(tables) if taken.scope == Scope.OWN else {}
    except Unreadable as refused:
        taken.state, taken.refusal = State.REFUSED, str(refused)
        taken.file.delete(save=False)
        taken.save(update_fields=["state", "refusal", "file"])
        return
    work.report_progress(2, STEPS, "Đang so với số đang lưu")
    taken.state = State.READ
    taken.table = parser.as_stored(parsed) | {"enclosed": beside}
    preview = look_at(taken)
    if preview.problems:
        _mark(taken, content, preview)
    taken.save()


def _find_enclosed(tables):
    enclosed = ((sheets.key, sheets.find(tables)) for sheets in parts.every())
    return {key: stored for key, stored in enclosed if stored is not None}


def _mark(taken, content, preview):
    """Store the same file with its errors marked; where that fails the list on the page must do."""
    taken.marked = store_marked(content, preview.problems, preview.problems.unlisted, WORKBOOK_FOLDER)
