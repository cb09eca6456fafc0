"""Printed reports: the list of stored ones, one report, its draft, its files."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.http import SignedInRequest
from agencies.models import User
from agencies.roles import Role
from core import clock, files
from core.numbers import digits
from indicators.errors import ActionNotAllowed
from indicators.models import Plan
from reports.documents import composition, guards, model, services, signatures
from reports.documents.model import Block, Document
from reports.documents.own_templates.services import office
from reports.documents.renderers import FILE_FORMATS, FileFormat
from reports.documents.rendering import shown
from reports.documents.views.drafting import draft_of
from reports.letterhead import DocumentHead
from reports.models import FileState, OwnTemplate, Report, ReportFile, ReportState, ReportVersion, SignedFile


@dataclass(frozen=True)
class Sheets:
    """A document on the page."""

    document: Document
    head: DocumentHead

    @property
    def body(self) -> tuple[Block, ...]:
        return model.closed(self.document.body)


@dataclass(frozen=True)
class VersionFiles:
    """The files of a version. rows: each format with its file, None where it was not asked for."""

    rows: list[tuple[FileFormat, ReportFile | None]]

    @property
    def ready(self) -> list[ReportFile]:
        return [file for _, file in self.rows if file and file.state == FileState.READY]

    @property
    def are_all_ready(self) -> bool:
        return len(self.ready) == len(self.rows)

    @property
    def late(self) -> set[str]:
        """The formats that were asked for so long ago that nobody makes them any more."""
        since = clock.now() - services.LONGEST_WAIT
        waiting = [file for _, file in self.rows if file and file.state == FileState.WAITING]
        return {file.file_format for file in waiting if file.asked_at < since}

    @property
    def is_under_way(self) -> bool:
        waiting = {file.file_format for _, file in self.rows if file and file.state == FileState.WAITING}
        return bool(waiting - self.late)

    @property
    def has_failed(self) -> bool:
        return any(file and file.state == FileState.FAILED for _, file in self.rows)


def _reports(user: User) -> QuerySet[Report]:
    versions = ReportVersion.objects.defer("snapshot", "ledger", "texts").select_related("published_by", "made_by")
    versions = versions.annotate(is_signed=Exists(SignedFile.objects.filter(version=OuterRef("pk"))))
    return Report.objects.visible_to(user).select_related("plan").prefetch_related(Prefetch("versions", versions))


def _report(request: SignedInRequest, pk: int) -> Report:
    return get_object_or_404(_reports(request.user), pk=pk)


def _version(report: Report, number: int | None = None, **state: Any) -> ReportVersion:
    versions = composition.versions().filter(report=report, **state).select_related("published_by", "made_by")
    return get_object_or_404(versions, **({} if number is None else {"number": number}))


@require_safe
def printed(request: SignedInRequest, pk: int, number: int | None = None) -> HttpResponse:
    """Show a report: the version with this number, else the published one, else the draft; drafts only for those who
    read everything, or may write in them."""
    report = _report(request, pk)
    may_draft = Report.objects.drafted_by(request.user).filter(pk=pk).exists()
    sees_drafts = request.user.reads_everything or may_draft
    versions = [v for v in report.versions.all() if not v.is_draft or sees_drafts]
    chosen = next(
        (v for v in versions if v.number == number or number is None and v.state == ReportState.PUBLISHED),
        versions[0] if versions and number is None else None,
    )
    if chosen is None:
        raise Http404("Không có bản này.")
    version = _version(report, chosen.number)
    document, head = shown(version)
    context = {
        "report": report,
        "version": version,
        "versions": versions,
        "sheets": Sheets(document, head),
        "files": _files(version),
        "may_draft": may_draft,
        "draft": next((v for v in versions if v.is_draft), None),
        "signed": list(version.signed_files.select_related("added_by")) if not version.is_draft else [],
        "filled": list(version.filled_templates.select_related("template__template", "made_by")),
        "own_templates": list(OwnTemplate.objects.filter(plan=report.plan_id)) if may_draft else [],
        "has_office": may_draft and bool(office()),
        "takes_signed": signatures.is_offered(),
        "copies": list(version.signed_copies.select_related("added_by")) if version.scan else [],
        "stale": composition.undecided(version) if version.is_draft else [],
        "not_yet": composition.why_not_yet(version.report) if version.is_draft else "",
        "guards": guards.guards_of(version) if version.is_draft else [],
    }
    return render(request, "reports/documents/report.html", context)


@require_safe
@never_cache
def files_state(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    """Show which files of a version are ready; the report's page asks while some are under way."""
    report = _report(request, pk)
    version = _version(report, number)
    _may_see(version, request.user)
    context = {"report": report, "version": version, "files": _files(version)}
    return render(request, "reports/documents/_files.html", context)


def _files(version: ReportVersion) -> VersionFiles:
    """Return the files of a version as it is now. One query."""
    made = {file.file_format: file for file in version.files.filter(revision=version.revision)}
    return VersionFiles([(file_format, made.get(file_format.id)) for file_format in FILE_FORMATS.values()])


@require_POST
def new(request: SignedInRequest) -> HttpResponse:
    """Draft a report; open the existing draft, where there is one."""
    named = request.POST.get("ke-hoach") or request.POST.get("nam", "")
    plan = Plan.objects.visible_to(request.user).of_name(named).first()
    codes = [request.POST.get(name, "").replace("\x00", "") for name in ("loai", "ky", "ve", "so-lieu")]
    type_and_request = composition.find(plan, *codes) if plan else None
    if not services.may_draft(request.user, type_and_request[1].subject if type_and_request else None):
        raise Http404("Không có trang này.")
    if type_and_request is None:
        why = composition.why_none(plan, codes[1]) if plan else ""
        why = why or "Loại báo cáo này không lập được cho kỳ hoặc đối tượng đã chọn."
        messages.error(request, f"{why} Chưa có gì được lập.")
        return redirect("reports")
    try:
        version = services.draft(
            kind=type_and_request[0], report_request=type_and_request[1], by=request.user, address=_address(request)
        )
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
        return redirect("reports")
    return redirect("draft", version.report_id)


@require_POST
def act(request: SignedInRequest, pk: int) -> HttpResponse:
    """Act on a draft as a whole: refresh the figures, publish, discard."""
    version, action = draft_of(request, pk), request.POST.get("act", "")
    arguments: dict[str, Any] = {
        "version": version,
        "revision": _number(request.POST.get("revision", "")),
        "by": request.user,
        "address": _address(request),
    }
    try:
        if action == "refresh":
            services.refresh(**arguments)
            messages.success(request, "Đã lấy lại số liệu. Các câu đã sửa còn nguyên; câu phải chọn lời được đánh dấu.")
        elif action == "publish":
            published = services.publish(
                **arguments,
                base_url=request.build_absolute_uri("/"),
                acknowledged=request.POST.getlist("xac-nhan"),
            )
            messages.success(request, f"Đã phát hành. Mã kiểm tra {published.code}; từ nay bản này không đổi nữa.")
            services.ask_files(version=published, by=request.user)
        elif action == "discard":
            services.discard(**arguments)
            messages.success(request, "Đã bỏ dự thảo. Khôi phục được ở cuối trang này.")
            return redirect("reports")
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
    return redirect("printed", pk)


@require_POST
def restore(request: SignedInRequest) -> HttpResponse:
    """Bring a discarded draft back, for those who may draft."""
    if not request.user.holds(Role.STANDING, Role.LEAD):
        raise Http404("Tài khoản không soạn báo cáo.")
    try:
        version = services.restore(
            removed=_number(request.POST.get("restore", "")), by=request.user, address=_address(request)
        )
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
        return redirect("reports")
    messages.success(request, "Đã khôi phục dự thảo.")
    return redirect("draft", version.report_id)


@require_POST
def correct(request: SignedInRequest, pk: int) -> HttpResponse:
    """Draft a version that will replace the published one."""
    report = get_object_or_404(Report.objects.drafted_by(request.user), pk=pk)
    try:
        services.correct(
            report=report,
            reason=request.POST.get("reason", "").replace("\x00", ""),
            by=request.user,
            address=_address(request),
        )
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
        return redirect("printed", pk)
    return redirect("draft", pk)


@require_POST
def make(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    """Have the files of a version rendered."""
    report = _report(request, pk)
    version = _version(report, number)
    _may_see(version, request.user)
    file_format = request.POST.get("file_format", "")
    try:
        job = services.ask_files(
            version=version,
            by=request.user,
            formats=(file_format,) if file_format in FILE_FORMATS else tuple(FILE_FORMATS),
        )
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
        return redirect("printed", pk)
    if job is None:
        messages.info(request, "Tệp đã có hoặc đang được lập; tải lại trang sau ít giây.")
        return redirect("printed_version", pk, number)
    return redirect(job)


@require_safe
def file(request: SignedInRequest, pk: int, number: int, file_format: str) -> HttpResponseBase:
    """Download a file of a version, as it was rendered."""
    version = _version(_report(request, pk), number)
    _may_see(version, request.user)
    stored_file = get_object_or_404(
        version.files, file_format=file_format, revision=version.revision, state=FileState.READY
    )
    kind = FILE_FORMATS[file_format]
    again = f" (lần {version.number})" if version.number > 1 else ""
    draft_word = "Dự thảo " if version.is_draft else ""
    name = f"{draft_word}{version.report.title}{again}.{kind.extension}"
    return _handed_out(request, version, stored_file.file, name, kind.content_type, inline="xem" in request.GET)


@require_http_methods(["GET", "HEAD", "POST"])
def scan(request: SignedInRequest, pk: int, number: int) -> HttpResponseBase:
    """Show the scan of the signed sheet to readers; store it for those who draft."""
    version = _version(_report(request, pk), number)
    _may_see(version, request.user)
    if request.method != "POST":
        if not version.scan:
            raise Http404("Chưa có bản quét.")
        return _scan_out(request, version, version.scan, version.scan_name)
    get_object_or_404(Report.objects.drafted_by(request.user), pk=pk)
    try:
        upload = request.FILES.get("tep")
        if not isinstance(upload, UploadedFile):
            raise ActionNotAllowed("Chưa chọn tệp bản quét.")
        services.attach_scan(version=version, upload=upload, by=request.user, address=_address(request))
        messages.success(request, "Đã kèm bản quét có chữ ký. Các bản quét trước, nếu có, vẫn được giữ.")
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
    return redirect("printed_version", pk, number)


@require_safe
def signed_copy(request: SignedInRequest, pk: int, number: int, copy: int) -> HttpResponseBase:
    """Download a scan of the signed sheet, also one that was replaced by another."""
    version = _version(_report(request, pk), number)
    _may_see(version, request.user)
    copy_found = get_object_or_404(version.signed_copies, pk=copy)
    return _scan_out(request, version, copy_found.file, copy_found.name)


@require_POST
def sign(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    """Store the signed file of a published version, once it is proved to be what was published."""
    get_object_or_404(Report.objects.drafted_by(request.user), pk=pk)
    version = _version(_report(request, pk), number)
    try:
        upload = request.FILES.get("tep")
        if not isinstance(upload, UploadedFile):
            raise ActionNotAllowed("Chưa chọn tệp ký số.")
        made = signatures.attach_signed(version=version, upload=upload, by=request.user, address=_address(request))
        names = ", ".join(one.name for one in made.signers)
        messages.success(request, f"Đã lưu bản ký số: đúng tệp đã phát hành, có chữ ký của {names}.")
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
    return redirect("printed_version", pk, number)


@require_safe
def signed_file(request: SignedInRequest, pk: int, number: int, copy: int) -> HttpResponseBase:
    """Download a signed file of a version."""
    version = _version(_report(request, pk), number)
    _may_see(version, request.user)
    stored = get_object_or_404(version.signed_files, pk=copy)
    return _handed_out(request, version, stored.file, stored.name, "application/pdf")


def _scan_out(request: SignedInRequest, version: ReportVersion, stored: FieldFile, name: str) -> HttpResponseBase:
    ending = name.rpartition(".")[2].lower()
    content_type = {"pdf": "application/pdf", "png": "image/png"}.get(ending, "image/jpeg")
    return _handed_out(request, version, stored, name, content_type)


def _handed_out(
    request: SignedInRequest,
    version: ReportVersion,
    stored: FieldFile,
    name: str,
    content_type: str,
    *,
    inline: bool = False,
) -> HttpResponseBase:
    """Return a stored file as a response; where it is missing on the disk, redirect to the version's page with a
    message."""
    try:
        content = stored.open("rb")
    except FileNotFoundError:
        messages.error(request, f"{name}: không tìm thấy tệp trên máy chủ. Đề nghị báo quản trị hệ thống.")
        return redirect("printed_version", version.report_id, version.number)
    return files.file_response(content, name, content_type, inline=inline)


def _may_see(version: ReportVersion, user: User) -> None:
    if not version.is_draft or user.reads_everything:
        return
    if not Report.objects.drafted_by(user).filter(pk=version.report_id).exists():
        raise Http404("Không có bản này.")


def _number(text: str) -> int:
    number = digits(text, 9)
    return -1 if number is None else number


def _address(request: SignedInRequest) -> str | None:
    return request.META.get("REMOTE_ADDR")


def shelf(request: SignedInRequest) -> dict:
    """Return the stored reports for a reader, by plan."""
    by_plan: dict[Plan, list[tuple]] = {}
    everything = request.user.reads_everything
    drafted = set() if everything else set(Report.objects.drafted_by(request.user).values_list("pk", flat=True))
    for report in _reports(request.user).order_by("-plan__year", "plan", "-last_day", "title"):
        sees_drafts = everything or report.pk in drafted
        versions = [v for v in report.versions.all() if not v.is_draft or sees_drafts]
        if versions:
            issued = next((v.published_at for v in versions if v.published_at), None)
            by_plan.setdefault(report.plan, []).append((report, versions[:2], issued))
    return {"shelf": list(by_plan.items())}
