"""The life of a printed report: drafted, edited, published for ever, corrected by a new version."""

import datetime as dt
import hashlib
import secrets
from contextlib import nullcontext

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction

from agencies.roles import Role
from core import clock, files, texts, virus_scan
from core.audit.services import audit
from core.jobs.models import Job
from core.jobs.services import start_job
from indicators.errors import ActionNotAllowed, EditConflict
from reports.documents import composition, concurrency, model, notifications, rendering
from reports.documents.renderers import FILE_FORMATS
from reports.documents.renderers.errors import RenderingFailed
from reports.documents.rendering import KIND_OF_JOB
from reports.documents.request import ReportRequest
from reports.documents.types import ReportType, all_types
from reports.letterhead import dump
from reports.models import FOLDER, FileState, Report, ReportFile, ReportState, ReportVersion

# Letters of a check code: none that is taken for another. Sixteen of them are 79 bits.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
# How many sets of files one person, and all together, may have under way.
MOST_OF_ONE, MOST_OF_ALL = 3, 12
# The face without which nothing is published.
PROOF = "pdf"
# A file that nobody has finished after this long is asked for again.
LONGEST_WAIT = dt.timedelta(minutes=5)
SCANS = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff", "jpeg": b"\xff\xd8\xff"}
LARGEST_SCAN = 15 * 1024 * 1024


def may_draft(user) -> bool:
    """May a person draft, edit and publish reports? The standing agency's people only."""
    return user.is_active and user.holds(Role.STANDING)


def draft(*, kind: ReportType, asked: ReportRequest, by, address: str | None = None) -> ReportVersion:
    """The draft of a report: the one that it has, else a new one with the figures of now. One that nobody asked for (`by` is
    None) is told to the standing agency. Refused where a version is in force already: that one is corrected."""
    key = {"kind": kind.id, "span": asked.span.code, "subject": asked.subject.key, "basis": asked.basis}
    latest = ReportVersion.objects.filter(**{f"report__{name}": value for name, value in key.items()})
    latest = latest.filter(report__plan=asked.plan).defer("ledger").first()
    if latest is not None:
        return _still_a_draft(latest)
    content = composition.content_of(kind, asked, by, None)
    with transaction.atomic():
        report, _ = Report.objects.get_or_create(
            plan=asked.plan,
            **key,
            defaults={
                "title": composition.title_of(kind, asked),
                "last_day": asked.span.last_day,
                "belongs_to": asked.subject.belongs_to,
                "is_illustrative": asked.plan.is_demo,
            },
        )
        report = Report.objects.select_for_update().get(pk=report.pk)
        latest = report.versions.defer("ledger").first()
        if latest is not None:
            return _still_a_draft(latest)
        made = _new_version(report, content, by, None, "")
        audit(by=by, act="lập dự thảo báo cáo", label=str(made), address=address, snapshot=made.snapshot["id"])
        if by is None:
            notifications.drafted(made)
    return made


def _still_a_draft(version):
    if not version.is_draft:
        raise ActionNotAllowed(
            "Báo cáo này đã phát hành. Muốn đổi số hoặc lời thì lập bản điều chỉnh từ trang của báo cáo."
        )
    return version


def correct(*, report: Report, reason: str, by, address: str | None = None) -> ReportVersion:
    """A new draft that will replace the version in force; it says in what it differs. Refused without a reason, or where no
    version is in force."""
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
        audit(by=by, act="lập bản điều chỉnh báo cáo", label=str(made), address=address, reason=reason.strip())
    return made


def _content(report, by, published):
    not_ended = composition.why_none(report.plan, report.span)
    if not_ended:
        raise ActionNotAllowed(f"{not_ended} Dự thảo còn nguyên.")
    asked, kind = composition.asked_of(report), all_types().get(report.kind)
    if asked is None or kind is None:
        raise ActionNotAllowed("Báo cáo này không còn lập lại được.")
    return composition.content_of(kind, asked, by, published)


def _new_version(report, content, by, published, reason):
    letterhead = published.letterhead if published else composition.letterhead_of(report.plan)
    return ReportVersion.objects.create(
        report=report,
        number=published.number + 1 if published else 1,
        snapshot=content.snapshot,
        ledger=content.ledger,
        letterhead=letterhead,
        signer=published.signer if published else letterhead.signers.first(),
        reason=reason,
        made_at=clock.now(),
        made_by=by,
    )


def _held(version: ReportVersion, revision: int) -> ReportVersion:
    """The draft, locked; Refused where it is none any more, Conflict where somebody saved it since."""
    return _as_opened(ReportVersion.objects.select_for_update(), version, revision)


@transaction.atomic
def edit(
    *, version: ReportVersion, revision: int, typed: dict, by, address: str | None = None, **fields
) -> ReportVersion:
    """Keep an editor's sentences (`typed`: text by sentence; the document's own words undo an edit) and the fields of the head.

    Raises Conflict, Refused, and `documents.BadSentence` for figures that are not the snapshot's.
    """
    held = _held(version, revision)
    before = dict(held.texts)
    for sentence in composition.document_of(held).sentences:
        if sentence.id not in typed:
            continue
        text = model.rebind(sentence, typed[sentence.id])
        if text == sentence.text:
            held.texts.pop(sentence.id, None)
        else:
            held.texts[sentence.id] = {"text": text, "base": sentence.text}
    for name, value in fields.items():
        setattr(held, name, value)
    held.revision += 1
    held.save(update_fields=["texts", "revision", *fields])
    changed = sorted(id for id in {*before, *held.texts} if before.get(id) != held.texts.get(id))
    audit(by=by, act="sửa dự thảo báo cáo", label=str(held), address=address, sentences=changed)
    return held


def refresh(*, version: ReportVersion, revision: int, by, address: str | None = None) -> ReportVersion:
    """Take the figures of now into a draft. An editor's sentences stay where the document's own still has the same words."""
    published = version.report.versions.exclude(state=ReportState.DRAFT).defer("ledger").first()
    content = _content(version.report, by, published)
    with transaction.atomic():
        held = _held(version, revision)
        held.snapshot, held.ledger = content.snapshot, content.ledger
        held.made_at, held.revision = clock.now(), held.revision + 1
        held.save(update_fields=["snapshot", "ledger", "made_at", "revision"])
        audit(by=by, act="lấy lại số liệu của dự thảo", label=str(held), address=address, snapshot=held.snapshot["id"])
    return held


@transaction.atomic
def discard(*, version: ReportVersion, revision: int, by, address: str | None = None) -> None:
    """Throw a draft away; published versions stay. A report without any version goes too."""
    held = _held(version, revision)
    audit(by=by, act="bỏ dự thảo báo cáo", label=str(held), address=address)
    report, kept = held.report, list(held.files.exclude(file=""))
    held.delete()
    if not report.versions.exists():
        report.delete()
    for file in kept:
        transaction.on_commit(lambda name=file.file.name, storage=file.file.storage: storage.delete(name))


def publish(*, version: ReportVersion, revision: int, base_url: str, by, address: str | None = None) -> ReportVersion:
    """Freeze a draft for ever: its words, its head, a code by which each sheet can be checked, and its PDF; the version before
    is superseded. base_url: of this site, for the address that the sheets name. Its other files are made by `ask_files`.

    Raises Conflict where somebody saved it since, Refused where it cannot be published (yet): also where its PDF cannot be made.
    """
    draft = _as_opened(composition.versions(), version, revision)
    document = composition.document_of(draft)
    _check_publishable(draft, document)
    code = "".join(secrets.choice(LETTERS) for _ in range(16))
    code = "-".join(code[place : place + 4] for place in range(0, 16, 4))
    head = composition.head_of(draft, code=code, base_url=base_url)
    final = composition.edited(draft, document, head.issuer)
    pdf, file = _proof(final, head), ReportFile(face=PROOF, asked_by=by)
    try:
        return _publish(version, revision, final, head, file, pdf, by, address)
    except BaseException:
        if file.file:
            file.file.storage.delete(file.file.name)
        raise


def _publish(version, revision, final, head, file, pdf, by, address):
    with transaction.atomic():
        held = _held(version, revision)
        held.report.versions.filter(state=ReportState.PUBLISHED).update(state=ReportState.SUPERSEDED)
        held.snapshot = {**held.snapshot, "published": model.dump(final)}
        held.state, held.code, held.head = ReportState.PUBLISHED, head.code, dump(head)
        held.published_at, held.published_by, held.revision = clock.now(), by, held.revision + 1
        held.save(update_fields=["snapshot", "state", "code", "head", "published_at", "published_by", "revision"])
        file.version, file.revision = held, held.revision
        rendering.keep(file, pdf)
        _tell_published(held, file, by, address)
    return held


def _as_opened(versions, version, revision):
    """The draft as whoever acts on it has seen it; Refused where it is none any more, Conflict where somebody saved it since."""
    found = versions.defer("ledger").get(pk=version.pk)
    if not found.is_draft:
        raise ActionNotAllowed("Bản này đã phát hành nên không sửa được nữa.")
    if found.revision != revision:
        raise EditConflict("Dự thảo đã được người khác lưu sau khi trang này mở ra.", found)
    return found


def _check_publishable(draft, document):
    if composition.stale_texts(draft, document):
        raise ActionNotAllowed("Còn câu đã sửa trên số liệu cũ: xem lại các câu được đánh dấu rồi phát hành.")
    if not draft.signer:
        raise ActionNotAllowed("Chưa chọn người ký.")
    not_yet = composition.why_not_yet(draft.report)
    if not_yet:
        raise ActionNotAllowed(f"Chưa phát hành được: {not_yet}. Dự thảo còn nguyên.")


def _proof(document, head) -> bytes:
    """The PDF that a version is published with. Refused where it cannot be made."""
    with concurrency.FILES.slot() as mine:
        if not mine:
            raise ActionNotAllowed(
                "Đang có nhiều báo cáo chờ lập tệp. Chưa phát hành, dự thảo còn nguyên; phát hành lại sau ít phút."
            )
        try:
            return rendering.content_of(PROOF, document, head)
        except RenderingFailed as failed:
            raise ActionNotAllowed(f"Chưa phát hành vì chưa lập được tệp PDF. {failed} Dự thảo còn nguyên.") from None


def _tell_published(held, file, by, address):
    audit(
        by=by,
        act="phát hành báo cáo",
        label=str(held),
        address=address,
        snapshot=held.snapshot["id"],
        code=held.code,
        pdf_sha256=file.checksum,
        reason=held.reason,
    )
    notifications.published(held, by=by)


def ask_files(*, version: ReportVersion, by, faces=tuple(FILE_FORMATS)) -> Job | None:
    """Have files of a version made that are not there; None where all are there or under way. One that failed is tried again.

    Refused where too much is under way already (promises F-33).
    """
    wanted = _claim(version, faces, by)
    if not wanted:
        return None
    under_way = Job.objects.under_way().filter(kind=KIND_OF_JOB)
    is_full = under_way.filter(owner=by).count() >= MOST_OF_ONE or under_way.count() >= MOST_OF_ALL
    # Without a worker this very request makes them.
    with concurrency.FILES.slot() if settings.CELERY_TASK_ALWAYS_EAGER else nullcontext(True) as mine:
        if is_full or not mine:
            version.files.filter(revision=version.revision, face__in=wanted).update(
                state=FileState.FAILED, error="Chưa tạo: hệ thống đang bận, bấm Tạo tệp còn thiếu sau ít phút."
            )
            raise ActionNotAllowed(
                "Đang có nhiều báo cáo chờ lập tệp. Bản báo cáo còn nguyên; tạo tệp lại sau ít phút."
            )
        return start_job(
            kind=KIND_OF_JOB,
            title=f"Lập tệp: {version.report.title}",
            by=by,
            params={"version": version.pk, "revision": version.revision, "faces": wanted},
            key=f"bao-cao:{version.pk}:{version.revision}:{'-'.join(wanted)}",
        )


@transaction.atomic
def _claim(version, faces, by) -> list[str]:
    """Take the making of files upon oneself: of those that are neither made nor in somebody's hands."""
    ReportVersion.objects.select_for_update().only("pk").get(pk=version.pk)
    now = clock.now()
    return [face for face in faces if _claimed(version, face, by, now)]


def _claimed(version, face, by, now):
    fresh = {"state": FileState.WAITING, "error": "", "asked_at": now, "asked_by": by}
    _, made = ReportFile.objects.get_or_create(version=version, face=face, revision=version.revision, defaults=fresh)
    if made:
        return True
    mine = version.files.filter(face=face, revision=version.revision)
    failed = mine.filter(state=FileState.FAILED).update(**fresh)
    return bool(failed or mine.filter(state=FileState.WAITING, asked_at__lt=now - LONGEST_WAIT).update(**fresh))


def attach_scan(*, version: ReportVersion, upload, by, address: str | None = None) -> None:
    """Keep the scan of the signed sheet beside a published version. A later one is shown in its place, and the former stays to
    be had. Refused for what is none, for one that is kept already, and for what the scanner does not let through."""
    if version.is_draft:
        raise ActionNotAllowed("Chỉ bản đã phát hành mới có bản quét.")
    name = files.clean_name(upload.name)
    ending = name.rpartition(".")[2].lower()
    content = upload.read(LARGEST_SCAN + 1)
    if ending not in SCANS or not content.startswith(SCANS[ending]):
        raise ActionNotAllowed("Bản quét phải là tệp PDF, PNG hoặc JPG. Chưa có gì được lưu.")
    if len(content) > LARGEST_SCAN:
        raise ActionNotAllowed("Bản quét lớn hơn 15 MB. Chưa có gì được lưu; quét lại với độ phân giải thấp hơn.")
    try:
        with virus_scan.stored(FOLDER, name, ContentFile(content)) as stored:
            _keep_scan(version, stored, name, hashlib.sha256(content).hexdigest(), by, address)
    except virus_scan.Unsafe as unsafe:
        raise ActionNotAllowed(f"{unsafe} Chưa có gì được lưu.") from None


@transaction.atomic
def _keep_scan(version, stored, name, checksum, by, address):
    held = ReportVersion.objects.select_for_update().defer("ledger", "snapshot").get(pk=version.pk)
    former = held.signed_copies.first()
    if former is not None and former.checksum == checksum:
        raise ActionNotAllowed(f"Tệp này trùng với bản quét đang kèm ({former.name}). Không có gì thay đổi.")
    held.signed_copies.create(file=stored, name=name, checksum=checksum, added_at=clock.now(), added_by=by)
    held.scan.name, held.scan_name = stored, name
    held.save(update_fields=["scan", "scan_name"])
    replaced = {"replaces": former.name, "replaces_sha256": former.checksum} if former else {}
    audit(
        by=by,
        act="kèm bản quét có chữ ký" if former is None else "thay bản quét có chữ ký",
        label=str(held),
        address=address,
        file=name,
        sha256=checksum,
        **replaced,
    )
