"""The life cycle of a printed report: drafted, edited, published for good, corrected by a new version."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any, cast

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet

from agencies.models import User
from agencies.roles import Role
from core import clock, files, texts, virus_scan
from core.audit.services import audit
from core.jobs.models import Job
from core.jobs.services import start_job
from core.removed import services as removed_rows
from core.removed.models import RemovedItem
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import Charge, Plan
from indicators.periods import plan_guard
from reports.documents import composition, concurrency, guards, layout, model, notifications, rendering, scopes
from reports.documents.audit_acts import ReportAct
from reports.documents.model import Document
from reports.documents.renderers import FILE_FORMATS
from reports.documents.renderers.errors import RenderingFailed
from reports.documents.rendering import KIND_OF_JOB
from reports.documents.request import ReportRequest
from reports.documents.types import ReportType, all_types
from reports.letterhead import DocumentHead, dump
from reports.models import FOLDER, DraftEdit, FileState, Letterhead, Report, ReportFile, ReportState, ReportVersion

# Letters of a check code: none that is easily confused with another. Sixteen of them are 79 bits.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
# The number of sets of files that one person, and all together, may have in progress.
MOST_OF_ONE, MOST_OF_ALL = 3, 12
SAVED_SINCE = "Dự thảo đã được người khác lưu sau khi trang này mở ra."
# The name of a draft's head among its edits.
HEAD = ""
# The format without which nothing is published.
PROOF = "pdf"
# The kind under which discarded drafts are kept.
REMOVED_DRAFT = "report_draft"
# A file that is not finished after this long is requested again.
LONGEST_WAIT = dt.timedelta(minutes=5)
SCANS = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff", "jpeg": b"\xff\xd8\xff"}
LARGEST_SCAN = 15 * 1024 * 1024


def may_draft(user: User, subject: scopes.Subject | None = None) -> bool:
    """Return whether a person may draft, edit and publish reports on a subject (None: on any): the standing agency's
    people, and on a charge those who carry it out."""
    if not user.is_active:
        return False
    if user.holds(Role.STANDING) or subject is None or subject.charge is None:
        return user.holds(Role.STANDING)
    return Charge.objects.carried_out_by(user).filter(pk=subject.charge.pk).exists()


def draft(
    *, kind: ReportType, report_request: ReportRequest, by: User | None, address: str | None = None
) -> ReportVersion:
    """Return the draft of a report: the existing one, else a new one with the figures of now. Of an automatic draft
    (`by` is None) the standing agency is notified. Raises ActionNotAllowed where a version is published already: that
    one is corrected."""
    plan_guard.require_open(report_request.plan, reports=True)
    key = {
        "kind": kind.id,
        "span": report_request.report_period.code,
        "subject": report_request.subject.key,
        "basis": report_request.basis,
    }
    alike = ReportVersion.objects.filter(**{f"report__{name}": value for name, value in key.items()})
    latest = alike.filter(report__plan=report_request.plan).defer("ledger").first()
    if latest is not None:
        return _still_a_draft(latest)
    content = composition.content_of(kind, report_request, by, None)
    with transaction.atomic():
        report, _ = Report.objects.get_or_create(
            plan=report_request.plan,
            **key,
            defaults={
                "title": composition.title_of(kind, report_request),
                "last_day": report_request.report_period.last_day,
                "belongs_to": report_request.subject.belongs_to,
                "is_illustrative": report_request.plan.is_demo,
            },
        )
        report = Report.objects.select_for_update().get(pk=report.pk)
        latest = report.versions.defer("ledger").first()
        if latest is not None:
            return _still_a_draft(latest)
        made = _new_version(report, content, by, None, "")
        audit(by=by, act=ReportAct.DRAFT, label=str(made), address=address, snapshot=made.snapshot["id"])
        if by is None:
            notifications.drafted(made)
    return made


def _still_a_draft(version: ReportVersion) -> ReportVersion:
    if not version.is_draft:
        raise ActionNotAllowed(
            "Báo cáo này đã phát hành. Muốn đổi số hoặc lời thì lập bản điều chỉnh từ trang của báo cáo."
        )
    return version


def correct(*, report: Report, reason: str, by: User, address: str | None = None) -> ReportVersion:
    """Create a draft that will replace the published version and says how it differs, with the edited sentences of that one.
    Raises ActionNotAllowed without a
    reason, or where no version is published."""
    plan_guard.require_open(report.plan)
    if not reason.strip():
        raise ActionNotAllowed("Cần ghi lý do điều chỉnh.")
    if texts.looks_like_tcvn3(reason):
        raise ActionNotAllowed(f"{texts.TCVN3_ADVICE}. Chưa lập bản điều chỉnh.")
    latest = report.versions.defer("ledger").first()
    if latest is None:
        raise ActionNotAllowed("Báo cáo này chưa phát hành lần nào.")
    if latest.is_draft:
        return latest
    content = _content(report, by, latest)
    with transaction.atomic():
        report = Report.objects.select_for_update().get(pk=report.pk)
        newer = report.versions.filter(number__gt=latest.number).defer("ledger").first()
        if newer is not None:
            return newer
        made = _new_version(report, content, by, latest, reason.strip())
        audit(by=by, act=ReportAct.ADJUST, label=str(made), address=address, reason=reason.strip())
    return made


def _content(report: Report, by: User, published: ReportVersion | None) -> composition.Content:
    not_ended = composition.why_none(report.plan, report.span)
    if not_ended:
        raise ActionNotAllowed(f"{not_ended} Dự thảo còn nguyên.")
    report_request, kind = composition.request_of(report), all_types().get(report.kind)
    if report_request is None or kind is None:
        raise ActionNotAllowed("Báo cáo này không còn lập lại được.")
    return composition.content_of(kind, report_request, by, published)


def _new_version(
    report: Report, content: composition.Content, by: User | None, published: ReportVersion | None, reason: str
) -> ReportVersion:
    letterhead = (
        published.letterhead
        if published
        else composition.letterhead_of(report.plan, scopes.charge_of(report.plan, report.subject))
    )
    texts: dict[str, dict[str, str]] = {}
    if published:
        documents = composition.document_of(published), model.load(content.snapshot["document"])
        texts = layout.carried(published.texts, *documents, figures_too=True)
    return ReportVersion.objects.create(
        report=report,
        number=published.number + 1 if published else 1,
        texts=texts,
        snapshot=content.snapshot,
        ledger=content.ledger,
        letterhead=letterhead,
        signer=published.signer if published else letterhead.signers.first(),
        reason=reason,
        made_at=clock.now(),
        made_by=by,
    )


def _locked_draft(version: ReportVersion, revision: int) -> ReportVersion:
    """Lock the draft. Raises ActionNotAllowed where it is no draft any more, EditConflict where it was saved since."""
    return _as_opened(ReportVersion.objects.select_for_update(of=("self",)), version, revision)


@transaction.atomic
def edit(
    *,
    version: ReportVersion,
    revision: int,
    typed: Mapping[str, str],
    by: User,
    tried: Sequence[tuple[Mapping[str, str], Mapping[str, Any]]] = (),
    seen: Mapping[str, str] | None = None,
    head_seen: str = "",
    is_automatic: bool = False,
    address: str | None = None,
    **fields: Any,
) -> ReportVersion:
    """Store an editor's sentences (`typed`: text by sentence; the document's own words undo an edit) and the fields of
    the head.

    tried: (typed, fields) that the same form sent before without an answer; where they are what is stored, they count as
    seen, and what is stored already is not written again. seen, head_seen: checksums (`model.digest`) of the sentences and of
    the head as the editor saw them: a conflict is only what somebody else changed too, whatever the revision. is_automatic: saved
    while typing, which is logged once a sentence and person. Raises EditConflict, ActionNotAllowed, and `model.BadSentence`
    for figures that are not the snapshot's.
    """
    try:
        locked, is_as_seen = _locked_draft(version, revision), True
    except EditConflict as conflict:
        locked, is_as_seen = cast("ReportVersion", conflict.current), False
    if seen is not None:
        is_as_seen = not _clashes(locked, typed, seen, head_seen, fields)
    if not is_as_seen:
        if _is_stored(locked, typed, fields):
            return locked
        if not any(_is_stored(locked, *earlier) for earlier in tried):
            raise EditConflict(SAVED_SINCE, locked)
    before, locked.texts = locked.texts, _texts_with(locked, typed)
    changed = sorted(id for id in {*before, *locked.texts} if before.get(id) != locked.texts.get(id))
    if any(getattr(locked, name) != value for name, value in fields.items()):
        changed.insert(0, HEAD)
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.revision += 1
    locked.save(update_fields=["texts", "revision", *fields])
    mine = set(locked.edits.filter(by=by).values_list("sentence", flat=True)) if is_automatic else set()
    if not mine.issuperset(changed):
        audit(by=by, act=ReportAct.EDIT, label=str(locked), address=address, sentences=[id for id in changed if id])
    _note_edits(locked, changed, by)
    return locked


def _note_edits(draft: ReportVersion, changed: Collection[str], by: User) -> None:
    """Note who changed sentences of a draft last."""
    now = clock.now()
    rows = [DraftEdit(version=draft, sentence=id, revision=draft.revision, by=by, at=now) for id in changed]
    DraftEdit.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["version", "sentence"],
        update_fields=["revision", "by", "at"],
    )


def _clashes(
    draft: ReportVersion, typed: Mapping[str, str], seen: Mapping[str, str], head_seen: str, fields: Mapping[str, Any]
) -> bool:
    """Tell whether others changed what an editor changes, since the editor opened it, to something else."""
    if fields and head_seen != composition.head_digest(draft) and not _is_stored(draft, {}, fields):
        return True
    stored = composition.editable_texts(draft)
    return any(
        id in stored and model.digest(stored[id]) not in (seen.get(id), model.digest(text))
        for id, text in typed.items()
    )


def _texts_with(draft: ReportVersion, typed: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """An editor's texts of a draft after `typed` is stored."""
    texts = dict(draft.texts)
    for sentence in composition.document_of(draft).editable:
        if sentence.id not in typed:
            continue
        text = model.rebind(sentence, typed[sentence.id])
        if text == sentence.text or (not text and sentence.id.startswith(model.HEADING)):
            texts.pop(sentence.id, None)
        else:
            texts[sentence.id] = {"text": text, "base": sentence.text}
    return texts


def _is_stored(draft: ReportVersion, typed: Mapping[str, str], fields: Mapping[str, Any]) -> bool:
    """Tell if a draft holds these sentences and these fields already."""
    try:
        return _texts_with(draft, typed) == draft.texts and all(getattr(draft, name) == fields[name] for name in fields)
    except model.BadSentence:
        return False


def refresh(*, version: ReportVersion, revision: int, by: User, address: str | None = None) -> ReportVersion:
    """Update a draft to the figures of now. An editor's sentences stay where the document's own still has the same
    words; over the others the editor chooses."""
    published = version.report.versions.exclude(state=ReportState.DRAFT).defer("ledger").first()
    content = _content(version.report, by, published)
    with transaction.atomic():
        locked = _locked_draft(version, revision)
        documents = composition.document_of(locked), model.load(content.snapshot["document"])
        locked.texts = layout.carried(locked.texts, *documents, figures_too=False)
        locked.snapshot, locked.ledger = content.snapshot, content.ledger
        locked.made_at, locked.revision = clock.now(), locked.revision + 1
        locked.save(update_fields=["texts", "snapshot", "ledger", "made_at", "revision"])
        audit(by=by, act=ReportAct.REFRESH, label=str(locked), address=address, snapshot=locked.snapshot["id"])
    return locked


@transaction.atomic
def discard(*, version: ReportVersion, revision: int, by: User, address: str | None = None) -> None:
    """Delete a draft, which can be brought back for a month; published versions stay. A report without any version is
    deleted too."""
    locked = _locked_draft(version, revision)
    audit(by=by, act=ReportAct.DISCARD, label=str(locked), address=address)
    report, stored_files = locked.report, list(locked.files.exclude(file=""))
    removed_rows.keep(kind=REMOVED_DRAFT, rows=[report, locked], label=str(locked), by=by)
    locked.delete()
    if not report.versions.exists():
        report.delete()
    for file in stored_files:
        transaction.on_commit(partial(file.file.storage.delete, file.file.name or ""))


def removed_drafts(user: User) -> list[RemovedItem]:
    """Return the discarded drafts that a user may bring back: all for the standing agency, else those that they discarded."""
    items = RemovedItem.objects.restorable(REMOVED_DRAFT).defer("content")
    return list(items if user.holds(Role.STANDING) else items.filter(removed_by=user))


@transaction.atomic
def restore(*, removed: int, by: User, address: str | None = None) -> ReportVersion:
    """Bring a discarded draft back, with the figures and sentences that it had; its files are rendered anew. Raises
    ActionNotAllowed, also where the report has another draft or was published since."""
    item = removed_rows.take(REMOVED_DRAFT, removed)
    if item is None or not (by.holds(Role.STANDING) or item.removed_by_id == by.pk):
        raise ActionNotAllowed("Dự thảo này đã được khôi phục, hoặc đã quá hạn khôi phục. Không có gì thay đổi.")
    report, version = removed_rows.rows_of(item)
    assert isinstance(report, Report) and isinstance(version, ReportVersion)
    if not Plan.objects.filter(pk=report.plan_id).exists():
        raise ActionNotAllowed("Kế hoạch của dự thảo này không còn. Không có gì thay đổi.")
    plan_guard.require_open(report.plan, reports=True)
    key = {name: getattr(report, name) for name in ("plan", "kind", "span", "subject", "basis")}
    stored = Report.objects.select_for_update().filter(**key).first()
    latest = stored.versions.defer("ledger").first() if stored else None
    if latest is not None and latest.is_draft:
        raise ActionNotAllowed("Báo cáo này đã có dự thảo khác. Bỏ dự thảo đó trước. Không có gì thay đổi.")
    if (latest.number if latest else 0) != version.number - 1:
        raise ActionNotAllowed("Báo cáo này đã phát hành sau dự thảo. Lập bản điều chỉnh. Không có gì thay đổi.")
    version.report = stored or report
    if not Letterhead.objects.filter(pk=version.letterhead_id).exists():
        version.letterhead = composition.letterhead_of(report.plan, scopes.charge_of(report.plan, report.subject))
    signers = version.letterhead.signers
    version.signer = None if version.signer_id is None else signers.filter(pk=version.signer_id).first()
    removed_rows.bring_back(item, [version] if stored else [report, version])
    if not Report.objects.drafted_by(by).filter(pk=version.report.pk).exists():
        raise ActionNotAllowed("Tài khoản này không soạn báo cáo đó nữa. Không có gì thay đổi.")
    audit(by=by, act=ReportAct.RESTORE, label=str(version), address=address)
    return version


def publish(
    *,
    version: ReportVersion,
    revision: int,
    base_url: str,
    by: User,
    acknowledged: Collection[str],
    address: str | None = None,
) -> ReportVersion:
    """Freeze a draft for good: its words, its head, a code by which each sheet can be checked, and its PDF; the version
    before is superseded. base_url: of this site, for the address on the sheets; acknowledged: the codes of the remarks
    (`guards.guards_of`) that the publisher has confirmed, kept in the log. Its other files are rendered by `ask_files`.

    Raises EditConflict where it was saved since, ActionNotAllowed where it cannot be published (yet), also where its
    PDF cannot be rendered.
    """
    draft = _as_opened(composition.versions(), version, revision)
    document = composition.document_of(draft)
    _check_publishable(draft)
    remarks = guards.guards_of(draft)
    missed = [guard.text for guard in remarks if guard.code not in acknowledged]
    if missed:
        raise ActionNotAllowed(f"Chưa phát hành, còn điều chưa xác nhận: {' '.join(missed)} Dự thảo còn nguyên.")
    code = "".join(secrets.choice(LETTERS) for _ in range(16))
    code = "-".join(code[start : start + 4] for start in range(0, 16, 4))
    head = composition.head_of(draft, code=code, base_url=base_url)
    final = composition.edited(draft, document, head)
    pdf, file = _render_pdf(final, head), ReportFile(file_format=PROOF, asked_by=by)
    try:
        return _publish(version, revision, final, head, file, pdf, remarks, by, address)
    except files.NotStored as failed:
        raise ActionNotAllowed(f"Chưa phát hành. {failed} Dự thảo còn nguyên.") from None
    except BaseException:
        if file.file and file.file.name:
            file.file.storage.delete(file.file.name)
        raise


def _publish(
    version: ReportVersion,
    revision: int,
    final: Document,
    head: DocumentHead,
    file: ReportFile,
    pdf: bytes,
    remarks: Sequence[guards.Guard],
    by: User,
    address: str | None,
) -> ReportVersion:
    with transaction.atomic():
        locked = _locked_draft(version, revision)
        locked.report.versions.filter(state=ReportState.PUBLISHED).update(state=ReportState.SUPERSEDED)
        locked.snapshot = {**locked.snapshot, "published": model.dump(final)}
        locked.state, locked.code, locked.head = ReportState.PUBLISHED, head.code, dump(head)
        locked.published_at, locked.published_by, locked.revision = clock.now(), by, locked.revision + 1
        locked.save(update_fields=["snapshot", "state", "code", "head", "published_at", "published_by", "revision"])
        file.version, file.revision = locked, locked.revision
        rendering.keep(file, pdf)
        _record_publication(locked, file, remarks, by, address)
    return locked


def _as_opened(versions: QuerySet[ReportVersion], version: ReportVersion, revision: int) -> ReportVersion:
    """Return the draft as the user has seen it. Raises ActionNotAllowed where it is no draft any more, EditConflict
    where it was saved since."""
    draft = versions.select_related("report__plan").defer("ledger").get(pk=version.pk)
    plan_guard.require_open(draft.report.plan)
    if not draft.is_draft:
        raise ActionNotAllowed("Bản này đã phát hành nên không sửa được nữa.")
    if draft.revision != revision:
        raise EditConflict(SAVED_SINCE, draft)
    return draft


def _check_publishable(draft: ReportVersion) -> None:
    if composition.undecided(draft):
        raise ActionNotAllowed(
            "Còn câu đã sửa trên số liệu cũ: xem lại, chọn lời cho các câu được đánh dấu ở Sửa dự thảo rồi phát hành."
        )
    if not draft.signer:
        raise ActionNotAllowed("Chưa chọn người ký.")
    not_yet = composition.why_not_yet(draft.report)
    if not_yet:
        raise ActionNotAllowed(f"Chưa phát hành được: {not_yet}. Dự thảo còn nguyên.")


def _render_pdf(document: Document, head: DocumentHead) -> bytes:
    """Render the PDF that a version is published with. Raises ActionNotAllowed where it cannot be rendered."""
    with concurrency.FILES.slot() as mine:
        if not mine:
            raise ActionNotAllowed(
                "Đang có nhiều báo cáo chờ tạo tệp. Chưa phát hành, dự thảo còn nguyên; phát hành lại sau ít phút."
            )
        try:
            return rendering.content_of(PROOF, document, head)
        except RenderingFailed as failed:
            raise ActionNotAllowed(f"Chưa phát hành vì chưa tạo được tệp PDF. {failed} Dự thảo còn nguyên.") from None


def _record_publication(
    locked: ReportVersion, file: ReportFile, remarks: Sequence[guards.Guard], by: User, address: str | None
) -> None:
    acknowledged: dict[str, Any] = {"acknowledged": [guard.text for guard in remarks]} if remarks else {}
    audit(
        by=by,
        act=ReportAct.PUBLISH,
        label=str(locked),
        address=address,
        snapshot=locked.snapshot["id"],
        code=locked.code,
        pdf_sha256=file.checksum,
        reason=locked.reason,
        **acknowledged,
    )
    notifications.published(locked, by=by)


def ask_files(*, version: ReportVersion, by: User, formats: Sequence[str] = tuple(FILE_FORMATS)) -> Job | None:
    """Request the files of a version that do not exist; None where all exist or are in progress. One that failed is
    tried again.

    Raises ActionNotAllowed where too much is in progress already (promises F-33).
    """
    wanted = _claim(version, formats, by)
    if not wanted:
        return None
    under_way = Job.objects.under_way().filter(kind=KIND_OF_JOB)
    is_full = under_way.filter(owner=by).count() >= MOST_OF_ONE or under_way.count() >= MOST_OF_ALL
    # Without a worker this request itself renders them.
    with concurrency.FILES.slot() if settings.CELERY_TASK_ALWAYS_EAGER else nullcontext(True) as mine:
        if is_full or not mine:
            version.files.filter(revision=version.revision, file_format__in=wanted).update(
                state=FileState.FAILED, error="Chưa tạo: hệ thống đang bận, bấm Tạo tệp còn thiếu sau ít phút."
            )
            raise ActionNotAllowed(
                "Đang có nhiều báo cáo chờ tạo tệp. Bản báo cáo còn nguyên; tạo tệp lại sau ít phút."
            )
        return start_job(
            kind=KIND_OF_JOB,
            title=f"Tạo tệp: {version.report.title}",
            by=by,
            params={"version": version.pk, "revision": version.revision, "formats": wanted},
            key=f"bao-cao:{version.pk}:{version.revision}:{'-'.join(wanted)}",
        )


@transaction.atomic
def _claim(version: ReportVersion, formats: Sequence[str], by: User) -> list[str]:
    """Claim the files that are neither rendered nor being rendered by another worker; return their formats."""
    ReportVersion.objects.select_for_update().only("pk").get(pk=version.pk)
    now = clock.now()
    return [file_format for file_format in formats if _claimed(version, file_format, by, now)]


def _claimed(version: ReportVersion, file_format: str, by: User, now: dt.datetime) -> bool:
    fresh = {"state": FileState.WAITING, "error": "", "asked_at": now, "asked_by": by}
    _, made = ReportFile.objects.get_or_create(
        version=version, file_format=file_format, revision=version.revision, defaults=fresh
    )
    if made:
        return True
    mine = version.files.filter(file_format=file_format, revision=version.revision)
    failed = mine.filter(state=FileState.FAILED).update(**fresh)
    return bool(failed or mine.filter(state=FileState.WAITING, asked_at__lt=now - LONGEST_WAIT).update(**fresh))


def attach_scan(*, version: ReportVersion, upload: UploadedFile, by: User, address: str | None = None) -> None:
    """Store the scan of the signed sheet beside a published version. A later one is shown in its place, and the former
    stays available. Raises ActionNotAllowed for a file that is no scan, for one that is stored already, and for what
    the virus scanner refuses."""
    plan_guard.require_open(version.report.plan)
    if version.is_draft:
        raise ActionNotAllowed("Chỉ bản đã phát hành mới có bản quét.")
    name = files.clean_name(upload.name or "")
    ending = name.rpartition(".")[2].lower()
    content = upload.read(LARGEST_SCAN + 1)
    if ending not in SCANS or not content.startswith(SCANS[ending]):
        raise ActionNotAllowed("Bản quét phải là tệp PDF, PNG hoặc JPG. Chưa có gì được lưu.")
    if len(content) > LARGEST_SCAN:
        raise ActionNotAllowed("Bản quét lớn hơn 15 MB. Chưa có gì được lưu; quét lại với độ phân giải thấp hơn.")
    try:
        with virus_scan.stored(FOLDER, name, ContentFile(content)) as stored:
            _store_scan(version, stored, name, hashlib.sha256(content).hexdigest(), by, address)
    except virus_scan.Unsafe as unsafe:
        raise ActionNotAllowed(f"{unsafe} Chưa có gì được lưu.") from None


@transaction.atomic
def _store_scan(version: ReportVersion, stored: str, name: str, checksum: str, by: User, address: str | None) -> None:
    locked = ReportVersion.objects.select_for_update().defer("ledger", "snapshot").get(pk=version.pk)
    former = locked.signed_copies.first()
    if former is not None and former.checksum == checksum:
        raise ActionNotAllowed(f"Tệp này trùng với bản quét đang kèm ({former.name}). Không có gì thay đổi.")
    locked.signed_copies.create(file=stored, name=name, checksum=checksum, added_at=clock.now(), added_by=by)
    locked.scan.name, locked.scan_name = stored, name
    locked.save(update_fields=["scan", "scan_name"])
    replaced: dict[str, Any] = {"replaces": former.name, "replaces_sha256": former.checksum} if former else {}
    audit(
        by=by,
        act=ReportAct.ATTACH_SCAN if former is None else ReportAct.REPLACE_SCAN,
        label=str(locked),
        address=address,
        file=name,
        sha256=checksum,
        **replaced,
    )
