"""The writes of project reports: a lead's updates, inside its agency's report of the period."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q

from agencies.models import Agency, User
from core import clock, formatting
from core.audit.services import audit
from core.removed import services as removed_rows
from core.removed.models import RemovedItem, RemovedItemQuerySet
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import Basis, ReportingPeriod, ReturnReason, Submission
from indicators.submissions.attachments import taken_in
from indicators.submissions.file_types import MOST_FILES
from indicators.submissions.locks import lock_reason, lock_report, open_cells, part_lock_reason, what_is_open
from projects.audit_acts import ProjectAct
from projects.models import Milestone, ProgressUpdate, Project, ProjectDocument, Stage
from projects.models.update import DOCUMENT_FOLDER, FINAL, LONGEST_TEXT

LARGEST_AMOUNT = 10**15 - 1
MOST_MILESTONES = 30
# Removed documents (`core.removed`).
REMOVED_DOCUMENT = "tai-lieu-du-an"


class Mark(NamedTuple):
    """A milestone as it was filled in."""

    name: str
    owner: str = ""
    planned_on: dt.date | None = None
    done_on: dt.date | None = None
    evidence: str = ""


class Entry(NamedTuple):
    """The report on one project as it was filled in; amounts in whole đồng, percent with at most two decimals."""

    stage: str
    percent: Decimal | None = None
    work_done: str = ""
    obstacles: str = ""
    proposals: str = ""
    planned_start: dt.date | None = None
    planned_finish: dt.date | None = None
    actual_start: dt.date | None = None
    actual_finish: dt.date | None = None
    contract_value: int | None = None
    disbursed: int | None = None
    milestones: tuple[Mark, ...] = ()

    @classmethod
    def stored(cls, update: ProgressUpdate) -> "Entry":
        """Return an update, loaded with its milestones, as it was filled in."""
        fields = {name: getattr(update, name) for name in cls._fields if name != "milestones"}
        marks = (Mark(*(getattr(mark, name) for name in Mark._fields)) for mark in update.milestones.all())
        return cls(**fields, milestones=tuple(marks))

    def fingerprint(self) -> str:
        """Return a hash of the entry, which the form carries, so that a change by another person is detected."""
        percent = None if self.percent is None else f"{self.percent:.2f}"
        plain = (str(self.stage), percent, *self[2:])
        return hashlib.sha256(repr(plain).encode()).hexdigest()[:16]


class Flaw(NamedTuple):
    """An error: the field (`milestones-2-name` for the third milestone) and the reason, in Vietnamese."""

    field: str
    reason: str


def flaws_in(project: Project, entry: Entry, today: dt.date) -> list[Flaw]:
    """Return everything that prevents an entry from being saved."""
    flaws = []
    if entry.stage not in Stage.values:
        flaws.append(Flaw("stage", "Chọn tình trạng của việc này."))
    flaws += _flaws_in_percent(project, entry)
    for name in ("work_done", "obstacles", "proposals"):
        if len(getattr(entry, name)) > LONGEST_TEXT:
            flaws.append(Flaw(name, f"Dài quá {formatting.number(LONGEST_TEXT)} ký tự."))
    if entry.stage in (Stage.PAUSED, Stage.STOPPED) and not entry.obstacles:
        flaws.append(Flaw("obstacles", "Tạm dừng hoặc dừng hẳn thì ghi lý do ở đây."))
    flaws += _flaws_in_days(entry, today)
    for name in ("contract_value", "disbursed"):
        amount = getattr(entry, name)
        if amount is not None and not 0 <= amount <= LARGEST_AMOUNT:
            flaws.append(Flaw(name, "Số tiền từ 0 đồng trở lên, tối đa 15 chữ số."))
    if entry.contract_value is not None and entry.disbursed is not None and entry.disbursed > entry.contract_value:
        contract = formatting.number(Decimal(entry.contract_value))
        flaws.append(Flaw("disbursed", f"Lớn hơn giá trị hợp đồng {contract} đồng. Kiểm tra lại hai số."))
    return flaws + _flaws_in_milestones(entry, today)


def _flaws_in_percent(project: Project, entry: Entry) -> list[Flaw]:
    percent = entry.percent
    if percent is None:
        needed = not project.is_ongoing and entry.stage in (Stage.PREPARING, Stage.RUNNING, Stage.PAUSED)
        return [Flaw("percent", "Nhập tỷ lệ hoàn thành, từ 0 đến 100.")] if needed else []
    if not 0 <= percent <= 100:
        return [Flaw("percent", "Tỷ lệ hoàn thành từ 0 đến 100%.")]
    if entry.stage == Stage.DONE and percent != 100:
        return [Flaw("percent", "Đã hoàn thành thì tỷ lệ là 100%.")]
    if entry.stage == Stage.NOT_STARTED and percent != 0:
        return [Flaw("percent", "Chưa bắt đầu thì tỷ lệ là 0%.")]
    return []


def _flaws_in_days(entry: Entry, today: dt.date) -> list[Flaw]:
    flaws = []
    if entry.stage == Stage.DONE and entry.actual_finish is None:
        flaws.append(Flaw("actual_finish", "Đã hoàn thành thì nhập ngày hoàn thành."))
    if entry.actual_finish is not None and entry.stage in (Stage.NOT_STARTED, Stage.PREPARING, Stage.RUNNING):
        flaws.append(Flaw("actual_finish", "Có ngày hoàn thành thì chọn tình trạng “Hoàn thành”."))
    for name, word in (("actual_start", "bắt đầu"), ("actual_finish", "hoàn thành")):
        day = getattr(entry, name)
        if day is not None and day > today:
            flaws.append(Flaw(name, f"Ngày {word} thực tế không thể sau hôm nay, {formatting.date(today)}."))
    for first, last, word in (
        ("actual_start", "actual_finish", "thực tế"),
        ("planned_start", "planned_finish", "dự kiến"),
    ):
        begun, ended = getattr(entry, first), getattr(entry, last)
        if begun and ended and ended < begun:
            flaws.append(Flaw(last, f"Ngày hoàn thành {word} trước ngày bắt đầu {formatting.date(begun)}."))
    return flaws


def _flaws_in_milestones(entry: Entry, today: dt.date) -> list[Flaw]:
    if len(entry.milestones) > MOST_MILESTONES:
        return [Flaw("milestones", f"Nhiều nhất {MOST_MILESTONES} mốc cho một việc.")]
    flaws = []
    for index, mark in enumerate(entry.milestones):
        if not mark.name:
            flaws.append(Flaw(f"milestones-{index}-name", "Mốc cần có tên; xóa trắng cả dòng nếu không dùng."))
        for name, longest in (("name", 200), ("owner", 120), ("evidence", 300)):
            if len(getattr(mark, name)) > longest:
                flaws.append(Flaw(f"milestones-{index}-{name}", f"Dài quá {longest} ký tự."))
        if mark.done_on is not None and mark.done_on > today:
            reason = f"Ngày xong không thể sau hôm nay, {formatting.date(today)}."
            flaws.append(Flaw(f"milestones-{index}-done_on", reason))
    return flaws


def asked_projects(agency: Agency, period: ReportingPeriod) -> list[Project]:
    """Return the projects that an agency leads and must report in a period, in the plan's order: all but those that it
    has already reported as finished or stopped for good, those that were withdrawn, and those added after the period closed.
    Three queries."""
    projects = Project.objects.filter(section__plan=period.plan_id, withdrawn_on__isnull=True)
    projects = projects.filter(Q(added_on__isnull=True) | Q(added_on__lte=period.closes_on))
    led = list(projects.led_by(agency).with_parties())
    if not led:
        return []
    earlier = (
        ProgressUpdate.objects.on(Basis.PROVISIONAL)
        .filter(
            submission__agency=agency,
            submission__period__plan=period.plan_id,
            submission__period__number__lt=period.number,
        )
        .order_by("submission__period__number")
        .values_list("project", "stage")
    )
    last_stage = dict(earlier)
    return [project for project in led if last_stage.get(project.pk) not in FINAL]


@transaction.atomic
def save_update(
    *,
    submission: Submission,
    project: Project,
    entry: Entry,
    by: User,
    seen: str = "",
    tried: Collection[Entry] = (),
    via: str = "biểu nhập",
) -> ProgressUpdate:
    """Save a report on one project.

    seen: the fingerprint of what the form was opened on, empty where there was nothing; tried: what the same form
    submitted before without an answer, which counts as seen where the same person saved it. Raises EditConflict, with
    what is stored now, where other contents were saved in between. Raises ActionNotAllowed where the report is locked,
    the person is not its focal point, the project is not its agency's, or the entry has a flaw.
    """
    submission = (
        Submission.objects.select_for_update(of=("self",))
        .select_related("agency", "period__plan")
        .get(pk=submission.pk)
    )
    if not Submission.objects.editable_by(by).filter(pk=submission.pk).exists():
        raise ActionNotAllowed("Phiếu này thuộc đơn vị khác. Không có gì thay đổi.")
    locked = lock_reason(submission, "save")
    if locked:
        raise ActionNotAllowed(locked)
    if project not in asked_projects(submission.agency, submission.period):
        raise ActionNotAllowed(
            f"{project.label} không do {submission.agency} báo cáo trong kỳ này. Không có gì thay đổi."
        )
    flaws = flaws_in(project, entry, clock.today())
    if flaws:
        raise ActionNotAllowed(f"{project.label}: {flaws[0].reason}")
    stored = submission.project_updates.filter(project=project).prefetch_related("milestones").first()
    shut = part_lock_reason(project.code, what_is_open(submission), open_cells(submission))
    if shut:
        raise ActionNotAllowed(f"{project.label}: {shut} Không có gì thay đổi.")
    before = Entry.stored(stored) if stored else None
    if stored is not None and before == entry:
        return stored
    is_own_save = stored is not None and stored.entered_by_id == by.pk and before in tried
    if seen != (before.fingerprint() if before else "") and not is_own_save:
        raise EditConflict(f"Có người vừa lưu tiến độ {project.label}. Chưa ghi đè; xem số mới rồi lưu lại.", stored)
    update = stored or ProgressUpdate(submission=submission, project=project)
    for name in Entry._fields:
        if name != "milestones":
            setattr(update, name, getattr(entry, name))
    update.entered_at, update.entered_by, update.return_reason = clock.now(), by, ""
    _save_with_history(update, by=by, via=via)
    write_milestones(update, entry.milestones, by=by, via=via)
    submission.revision += 1
    submission.save(update_fields=["revision"])
    return update


def write_milestones(update: ProgressUpdate, marks: Sequence[Mark], *, by: User, via: str) -> None:
    """Write row by row, so that the history records each row's changes."""
    present = list(update.milestones.all())
    old, new = {row.name for row in present}, {mark.name for mark in marks}
    for row, mark in zip(present, marks, strict=False):
        # Evidence follows a milestone that is renamed, but not where rows only moved.
        if row.name not in new and mark.name not in old:
            update.documents.filter(step=row.name).update(step=mark.name)
    for index, mark in enumerate(marks):
        row = present[index] if index < len(present) else Milestone(update=update)
        before = tuple(getattr(row, name) for name in Mark._fields)
        if row.pk is None or before != tuple(mark) or row.position != index:
            row.position = index
            for name in Mark._fields:
                setattr(row, name, getattr(mark, name))
            _save_with_history(row, by=by, via=via)
    for row in present[len(marks) :]:
        row._history_user, row._change_reason, row._history_date = by, via, clock.now()
        row.delete()


def _save_with_history(changed: ProgressUpdate | Milestone, *, by: User | None, via: str) -> None:
    changed._history_user, changed._change_reason, changed._history_date = by, via, clock.now()
    changed.save()


def attach(
    *, update: ProgressUpdate, upload: UploadedFile, by: User, step: str = "", address: str | None = None
) -> ProjectDocument:
    """Attach a document to an update that is still open: checked by its content, scanned, stored privately. step: the
    name of the milestone that it proves. Raises ActionNotAllowed."""
    _check_open(update, by)
    with taken_in(upload, DOCUMENT_FOLDER) as taken, transaction.atomic():
        checked = taken.checked
        report = lock_report(update.submission)
        update = ProgressUpdate.objects.select_for_update(of=("self",)).with_all().get(pk=update.pk)
        update.submission = report
        _check_open(update, by)
        _check_room(update, checked.name, checked.sha256)
        if step and step not in {mark.name for mark in update.milestones.all()}:
            raise ActionNotAllowed(f"Mốc “{step[:60]}” không còn trong báo cáo. Chọn lại mốc rồi đính kèm.")
        document = ProjectDocument.objects.create(
            update=update, step=step, **checked._asdict(), file=taken.stored, added_at=clock.now(), added_by=by
        )
        _log(ProjectAct.ATTACH_DOCUMENT, document, by, address)
        _mark_what_lacked_evidence(update, "đính kèm tài liệu", by)
        document.change_message = taken.change_message
        return document


def _check_room(update: ProgressUpdate, name: str, sha256: str) -> None:
    """Raise ActionNotAllowed where a project's report has the file already, or no place for another."""
    present = list(update.documents.all())
    if any(one.sha256 == sha256 for one in present):
        raise ActionNotAllowed(f"{name}: tệp này đã được đính kèm.")
    if len(present) >= MOST_FILES:
        raise ActionNotAllowed(f"{name}: mỗi việc có tối đa {MOST_FILES} tệp. Gỡ bớt một tệp rồi đính kèm lại.")


@transaction.atomic
def detach(*, document: ProjectDocument, by: User, address: str | None = None) -> None:
    """Remove a document from an update that is still open; it can be brought back for a month. The file stays where another
    version refers to it."""
    document.update.submission = lock_report(document.update.submission)
    _check_open(document.update, by)
    _log(ProjectAct.REMOVE_DOCUMENT, document, by, address)
    removed_rows.keep(
        kind=REMOVED_DOCUMENT,
        place=_place(document.update),
        rows=[document],
        label=document.name,
        file=document.file.name or "",
        by=by,
    )
    document.delete()
    _mark_what_lacked_evidence(document.update, "gỡ tài liệu", by)


def _place(update: ProgressUpdate) -> str:
    """Return where the removed documents of a project are kept: for all versions of its report."""
    return f"{update.submission.agency_id}/{update.submission.period_id}/{update.project_id}"


def removed_from(update: ProgressUpdate) -> RemovedItemQuerySet:
    """Return the removed documents of a project's report that can still be brought back."""
    return RemovedItem.objects.restorable(REMOVED_DOCUMENT, _place(update))


@transaction.atomic
def restore(*, update: ProgressUpdate, removed: int, by: User, address: str | None = None) -> ProjectDocument:
    """Bring a removed document back to an update that is still open. Raises ActionNotAllowed."""
    update.submission = lock_report(update.submission)
    _check_open(update, by)
    item = removed_rows.take(REMOVED_DOCUMENT, removed, _place(update))
    if item is None:
        raise ActionNotAllowed("Tệp này đã được khôi phục, hoặc đã quá hạn khôi phục. Không có gì thay đổi.")
    (document,) = removed_rows.rows_of(item)
    assert isinstance(document, ProjectDocument)
    document.update = update
    _check_room(ProgressUpdate.objects.get(pk=update.pk), document.name, document.sha256)
    removed_rows.bring_back(item, [document])
    _log(ProjectAct.RESTORE_DOCUMENT, document, by, address)
    _mark_what_lacked_evidence(update, "khôi phục tài liệu", by)
    return document


def _mark_what_lacked_evidence(update: ProgressUpdate, act: str, by: User) -> None:
    """Clear the return of a project that was sent back for lack of evidence once a file was added since, as a changed
    figure would; restore it where no such file remains."""
    return_of_part = (
        update.submission.returned_parts.pending().filter(part=update.project.code, code=ReturnReason.EVIDENCE).first()
    )
    if return_of_part is None or update.entered_at > return_of_part.at:
        return
    reason = "" if update.documents.filter(added_at__gte=return_of_part.at).exists() else return_of_part.text
    if reason != update.return_reason:
        update.return_reason = reason
        _save_with_history(update, by=by, via=act)


def _check_open(update: ProgressUpdate, by: User) -> None:
    submission = update.submission
    if not Submission.objects.editable_by(by).filter(pk=submission.pk).exists():
        raise ActionNotAllowed("Phiếu này thuộc đơn vị khác. Không có gì thay đổi.")
    locked = lock_reason(submission, "attach")
    locked = locked or part_lock_reason(update.project.code, what_is_open(submission), open_cells(submission))
    if locked:
        raise ActionNotAllowed(locked)


def _log(act: ProjectAct, document: ProjectDocument, by: User, address: str | None) -> None:
    audit(
        by=by,
        act=act,
        label=str(document.update)[:300],
        address=address,
        submission=document.update.submission_id,
        reason=document.name,
        sha256=document.sha256,
    )


def copy_updates(versions: Iterable[tuple[Submission, Submission]], *, by: User | None) -> None:
    """Copy the projects of approved reports into their new versions, given as pairs of old and new, with the authors
    and times of entry. Three queries, and one for each row that is copied."""
    newer = {old.pk: new for old, new in versions}
    for update in ProgressUpdate.objects.filter(submission__in=newer).prefetch_related("milestones", "documents"):
        marks, documents = list(update.milestones.all()), list(update.documents.all())
        update.pk, update._state.adding, update.submission = None, True, newer[update.submission_id]
        _save_with_history(update, by=by, via="mở lại")
        for mark in marks:
            mark.pk, mark._state.adding, mark.update = None, True, update
            _save_with_history(mark, by=by, via="mở lại")
        for document in documents:
            document.pk, document._state.adding, document.update = None, True, update
            document.save()


def unsettled_projects(versions: Iterable[tuple[Submission, Submission | None]]) -> dict[int, list[Project]]:
    """Return, for pairs of newest and official version, the projects whose contents differ between the two, documents
    included: by the newest one's pk, in the plan's order. Three queries."""
    version_ids = [version.pk for pair in versions for version in pair if version is not None]
    updates = ProgressUpdate.objects.filter(submission__in=version_ids).select_related("project__section")
    updates = updates.order_by("project__section__position", "project__number").prefetch_related(
        "milestones", "documents"
    )
    contents: dict[int, dict[Project, tuple[Entry, set[tuple[str, str]]]]] = defaultdict(dict)
    for update in updates:
        documents = {(document.step, document.sha256) for document in update.documents.all()}
        contents[update.submission_id][update.project] = Entry.stored(update), documents
    unsettled = {}
    for newest, official in versions:
        new, old = contents[newest.pk], contents[official.pk] if official else {}
        projects = [project for project in {**new, **old} if new.get(project) != old.get(project)]
        if projects:
            unsettled[newest.pk] = projects
    return unsettled


def send_back(submission: Submission, reasons: Mapping[str, str]) -> None:
    """Mark the projects (by code, III-3) that are returned with the report, each with the reviewer's reason."""
    for update in submission.project_updates.select_related("project__section"):
        reason = reasons.get(update.project.code, "")
        if reason:
            ProgressUpdate.objects.filter(pk=update.pk).update(return_reason=reason)


def clear_returns(submission: Submission) -> None:
    """Remove the marks of returned projects when the report is submitted again."""
    submission.project_updates.exclude(return_reason="").update(return_reason="")
