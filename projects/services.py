"""What a lead reports of its projects: one write, inside its agency's report of the period."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from agencies.models import Agency
from core import clock, formatting
from core.audit.services import audit
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import Basis, ReturnReason, Submission
from indicators.submissions.attachments import taken_in
from indicators.submissions.file_types import MOST_FILES
from indicators.submissions.locks import lock_reason, lock_report, open_cells, part_lock_reason, what_is_open
from projects.models import Milestone, ProgressUpdate, Project, ProjectDocument, Stage
from projects.models.update import DOCUMENT_FOLDER, FINAL, LONGEST_TEXT

LARGEST_AMOUNT = 10**15 - 1
MOST_MILESTONES = 30


class Mark(NamedTuple):
    """A milestone as it was filled in."""

    name: str
    owner: str = ""
    planned_on: dt.date | None = None
    done_on: dt.date | None = None
    evidence: str = ""


class Entry(NamedTuple):
    """What is reported of one project; amounts in whole đồng, percent with at most two decimals."""

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
        """An update, loaded with its milestones, as it was filled in."""
        fields = {name: getattr(update, name) for name in cls._fields if name != "milestones"}
        marks = (Mark(*(getattr(mark, name) for name in Mark._fields)) for mark in update.milestones.all())
        return cls(**fields, milestones=tuple(marks))

    def fingerprint(self) -> str:
        """Tells one state of an update from another; travels with the form, so that a change by somebody else is seen."""
        percent = None if self.percent is None else f"{self.percent:.2f}"
        plain = self._replace(stage=str(self.stage), percent=percent)
        return hashlib.sha256(repr(tuple(plain)).encode()).hexdigest()[:16]


class Flaw(NamedTuple):
    """What is wrong: the field it stands in (`milestones-2-name` for the third milestone) and why, in Vietnamese."""

    field: str
    reason: str


def flaws_in(project: Project, entry: Entry, today: dt.date) -> list[Flaw]:
    """Everything that keeps an entry from being saved."""
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
    if None not in (entry.contract_value, entry.disbursed) and entry.disbursed > entry.contract_value:
        contract = formatting.number(Decimal(entry.contract_value))
        flaws.append(Flaw("disbursed", f"Lớn hơn giá trị hợp đồng {contract} đồng. Kiểm tra lại hai số."))
    return flaws + _flaws_in_milestones(entry, today)


def _flaws_in_percent(project, entry):
    percent = entry.percent
    if percent is None:
        needed = not project.is_ongoing and entry.stage in (Stage.PREPARING, Stage.RUNNING, Stage.PAUSED)
        return [Flaw("percent", "Nhập tỷ lệ hoàn thành, từ 0 đến 100.")] if needed else []
    if not 0 <= percent <= 100:
        return [Flaw("percent", "Tỷ lệ hoàn thành từ 0 đến 100 %.")]
    if entry.stage == Stage.DONE and percent != 100:
        return [Flaw("percent", "Đã hoàn thành thì tỷ lệ là 100 %.")]
    if entry.stage == Stage.NOT_STARTED and percent != 0:
        return [Flaw("percent", "Chưa bắt đầu thì tỷ lệ là 0 %.")]
    return []


def _flaws_in_days(entry, today):
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


def _flaws_in_milestones(entry, today):
    if len(entry.milestones) > MOST_MILESTONES:
        return [Flaw("milestones", f"Nhiều nhất {MOST_MILESTONES} mốc cho một việc.")]
    flaws = []
    for place, mark in enumerate(entry.milestones):
        if not mark.name:
            flaws.append(Flaw(f"milestones-{place}-name", "Mốc cần có tên; xóa trắng cả dòng nếu không dùng."))
        for name, longest in (("name", 200), ("owner", 120), ("evidence", 300)):
            if len(getattr(mark, name)) > longest:
                flaws.append(Flaw(f"milestones-{place}-{name}", f"Dài quá {longest} ký tự."))
        if mark.done_on is not None and mark.done_on > today:
            reason = f"Ngày xong không thể sau hôm nay, {formatting.date(today)}."
            flaws.append(Flaw(f"milestones-{place}-done_on", reason))
    return flaws


def asked_projects(agency: Agency, period) -> list[Project]:
    """The projects that an agency leads and must report in a period, in the plan's order: all but those that it has already
    reported as finished or stopped for good. Three queries."""
    led = list(Project.objects.filter(section__plan=period.plan_id).led_by(agency).with_parties())
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
    by,
    seen: str = "",
    tried: Collection[Entry] = (),
    via: str = "biểu nhập",
) -> ProgressUpdate:
    """Save what a report says of one project.

    seen: the fingerprint of what the form was opened on, empty where there was nothing; where somebody saved something
    else in between, Conflict, with what is stored now. tried: what the same form sent before without an answer: saved by
    the same person, it counts as seen. Raises Refused where the report is locked, the person is not its
    focal point, the project is not its agency's, or the entry cannot stand.
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
    if before == entry:
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
    _write_milestones(update, entry.milestones, by=by, via=via)
    submission.revision += 1
    submission.save(update_fields=["revision"])
    return update


def _write_milestones(update, marks, *, by, via):
    """Row by row, so that the history says what became of each."""
    present = list(update.milestones.all())
    old, new = {row.name for row in present}, {mark.name for mark in marks}
    for row, mark in zip(present, marks, strict=False):
        # Evidence goes along with a milestone that is called otherwise now; not where rows only moved.
        if row.name not in new and mark.name not in old:
            update.documents.filter(step=row.name).update(step=mark.name)
    for place, mark in enumerate(marks):
        row = present[place] if place < len(present) else Milestone(update=update)
        before = tuple(getattr(row, name) for name in Mark._fields)
        if row.pk is None or before != tuple(mark) or row.position != place:
            row.position = place
            for name in Mark._fields:
                setattr(row, name, getattr(mark, name))
            _save_with_history(row, by=by, via=via)
    for row in present[len(marks) :]:
        row._history_user, row._change_reason, row._history_date = by, via, clock.now()
        row.delete()


def _save_with_history(changed, *, by, via):
    changed._history_user, changed._change_reason, changed._history_date = by, via, clock.now()
    changed.save()


def attach(
    *, update: ProgressUpdate, upload: UploadedFile, by, step: str = "", address: str | None = None
) -> ProjectDocument:
    """Attach a document to an update that is still open: checked by its content, scanned, stored privately. step: the name of
    the milestone that it is the evidence of. Raises Refused."""
    _check_open(update, by)
    with taken_in(upload, DOCUMENT_FOLDER) as taken, transaction.atomic():
        checked = taken.checked
        report = lock_report(update.submission)
        update = ProgressUpdate.objects.select_for_update(of=("self",)).with_all().get(pk=update.pk)
        update.submission = report
        _check_open(update, by)
        present = list(update.documents.all())
        if any(one.sha256 == checked.sha256 for one in present):
            raise ActionNotAllowed(f"{checked.name}: tệp này đã được đính kèm.")
        if len(present) >= MOST_FILES:
            raise ActionNotAllowed(
                f"{checked.name}: mỗi việc có tối đa {MOST_FILES} tệp. Gỡ bớt một tệp rồi đính kèm lại."
            )
        if step and step not in {mark.name for mark in update.milestones.all()}:
            raise ActionNotAllowed(f"Mốc “{step[:60]}” không còn trong báo cáo. Chọn lại mốc rồi đính kèm.")
        kept = ProjectDocument.objects.create(
            update=update, step=step, **checked._asdict(), file=taken.stored, added_at=clock.now(), added_by=by
        )
        _log("đính kèm tài liệu dự án", kept, by, address)
        _mark_what_lacked_evidence(update, "đính kèm tài liệu", by)
        kept.change_message = taken.change_message
        return kept


@transaction.atomic
def detach(*, document: ProjectDocument, by, address: str | None = None) -> None:
    """Take a document away from an update that is still open. Where another version refers to the file, it stays there."""
    document.update.submission = lock_report(document.update.submission)
    _check_open(document.update, by)
    _log("gỡ tài liệu dự án", document, by, address)
    stored = document.file.name
    document.delete()
    _mark_what_lacked_evidence(document.update, "gỡ tài liệu", by)
    if not ProjectDocument.objects.filter(file=stored).exists():
        transaction.on_commit(lambda: default_storage.delete(stored))


def _mark_what_lacked_evidence(update, act, by):
    """Take a project that was sent back for lack of evidence as mended by a file alone, as by another word or figure; without
    a file added since then it is not."""
    asked = (
        update.submission.returned_parts.pending().filter(part=update.project.code, code=ReturnReason.EVIDENCE).first()
    )
    if asked is None or update.entered_at > asked.at:
        return
    reason = "" if update.documents.filter(added_at__gte=asked.at).exists() else asked.text
    if reason != update.return_reason:
        update.return_reason = reason
        _save_with_history(update, by=by, via=act)


def _check_open(update, by):
    submission = update.submission
    if not Submission.objects.editable_by(by).filter(pk=submission.pk).exists():
        raise ActionNotAllowed("Phiếu này thuộc đơn vị khác. Không có gì thay đổi.")
    locked = lock_reason(submission, "attach")
    locked = locked or part_lock_reason(update.project.code, what_is_open(submission), open_cells(submission))
    if locked:
        raise ActionNotAllowed(locked)


def _log(act, document, by, address):
    audit(
        by=by,
        act=act,
        label=str(document.update)[:300],
        address=address,
        submission=document.update.submission_id,
        reason=document.name,
        sha256=document.sha256,
    )


def copy_updates(versions: Iterable[tuple[Submission, Submission]], *, by) -> None:
    """Approved reports go on as new versions, given as pairs of old and new: their projects go along, with who entered them
    and when. Three queries, and one for each thing that is copied."""
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
    """Of pairs of newest and official version, the projects of which both say not the same, documents included: by the newest
    one's pk, in the plan's order. Three queries."""
    asked = [version.pk for pair in versions for version in pair if version is not None]
    found = ProgressUpdate.objects.filter(submission__in=asked).select_related("project__section")
    found = found.order_by("project__section__position", "project__number").prefetch_related("milestones", "documents")
    said = defaultdict(dict)
    for update in found:
        documents = {(document.step, document.sha256) for document in update.documents.all()}
        said[update.submission_id][update.project] = Entry.stored(update), documents
    unsettled = {}
    for newest, official in versions:
        new, old = said[newest.pk], said[official.pk] if official else {}
        projects = [project for project in {**new, **old} if new.get(project) != old.get(project)]
        if projects:
            unsettled[newest.pk] = projects
    return unsettled


def send_back(submission: Submission, reasons: Mapping[str, str]) -> None:
    """Mark the projects (by code, III-3) that are sent back with the report, each with the reviewer's reason."""
    for update in submission.project_updates.select_related("project__section"):
        reason = reasons.get(update.project.code, "")
        if reason:
            ProgressUpdate.objects.filter(pk=update.pk).update(return_reason=reason)


def clear_returns(submission: Submission) -> None:
    """The report was sent again."""
    submission.project_updates.exclude(return_reason="").update(return_reason="")
