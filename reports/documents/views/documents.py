"""Printed reports: the shelf, one report, its draft, its files."""

from dataclasses import dataclass, replace

from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import files
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import Plan
from reports.documents import composition, model, services
from reports.documents.forms import SENTENCE, HeadForm, typed_sentences
from reports.documents.model import Document
from reports.documents.renderers import FILE_FORMATS
from reports.documents.rendering import shown
from reports.letterhead import DocumentHead
from reports.models import FileState, Report, ReportState, ReportVersion


@dataclass(frozen=True)
class Sheets:
    """A document on the page."""

    document: Document
    head: DocumentHead

    @property
    def body(self):
        return model.closed(self.document.body)


@dataclass(frozen=True)
class VersionRow:
    """One sentence in the editor."""

    name: str
    text: str
    auto: str
    edited: bool
    stale: bool
    error: str = ""
    stored: str = ""
    loose: bool = False

    @property
    def rows(self) -> int:
        return max(1, -(-len(self.text) // 95))


def _reports(user):
    versions = ReportVersion.objects.defer("snapshot", "ledger", "texts").select_related("published_by", "made_by")
    return Report.objects.visible_to(user).select_related("plan").prefetch_related(Prefetch("versions", versions))


def _report(request, pk) -> Report:
    return get_object_or_404(_reports(request.user), pk=pk)


def _version(report, number=None, **state) -> ReportVersion:
    versions = composition.versions().filter(report=report, **state).select_related("published_by", "made_by")
    return get_object_or_404(versions, **({} if number is None else {"number": number}))


def _draft(request, pk) -> ReportVersion:
    """The draft of a report that the user may write in."""
    report = get_object_or_404(Report.objects.drafted_by(request.user), pk=pk)
    return _version(report, state=ReportState.DRAFT)


@require_safe
def printed(request, pk, number=None):
    """A report: the version asked for, else the one in force, else the draft; drafts only for those who read everything."""
    report = _report(request, pk)
    versions = [v for v in report.versions.all() if not v.is_draft or request.user.reads_everything]
    chosen = next(
        (v for v in versions if v.number == number or number is None and v.state == ReportState.PUBLISHED),
        versions[0] if versions and number is None else None,
    )
    if chosen is None:
        raise Http404("Không có bản này.")
    version = _version(report, chosen.number)
    document, head = shown(version)
    made = {file.face: file for file in version.files.filter(revision=version.revision)}
    context = {
        "report": report,
        "version": version,
        "versions": versions,
        "sheets": Sheets(document, head),
        "faces": [(face, made.get(face.id)) for face in FILE_FORMATS.values()],
        "may_draft": Report.objects.drafted_by(request.user).filter(pk=pk).exists(),
        "draft": next((v for v in versions if v.is_draft), None),
        "copies": list(version.signed_copies.select_related("added_by")) if version.scan else [],
        "stale": composition.stale_texts(version, composition.document_of(version)) if version.is_draft else [],
        "not_yet": composition.why_not_yet(version.report) if version.is_draft else "",
    }
    return render(request, "reports/documents/report.html", context)


@require_POST
def new(request):
    """A draft of what is asked for; the one that there is, where there is one."""
    if not services.may_draft(request.user):
        raise Http404("Không có trang này.")
    plan = Plan.objects.filter(year=_number(request.POST.get("nam", ""))).first()
    given = [request.POST.get(name, "").replace("\x00", "") for name in ("loai", "ky", "ve", "so-lieu")]
    found = composition.find(plan, *given) if plan else None
    if found is None:
        why = composition.why_none(plan, given[1]) if plan else ""
        why = why or "Loại báo cáo này không lập được cho kỳ hoặc đối tượng đã chọn."
        messages.error(request, f"{why} Chưa có gì được lập.")
        return redirect("reports")
    try:
        version = services.draft(kind=found[0], asked=found[1], by=request.user, address=_address(request))
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
        return redirect("reports")
    return redirect("draft", version.report_id)


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request, pk):
    """The draft's sentences and the fields of its head."""
    version = _draft(request, pk)
    if request.method == "POST":
        return _save(request, version)
    return _editor(request, version, HeadForm(instance=version), {})


def _save(request, version):
    form, typed = (
        HeadForm(request.POST, instance=_version(version.report, version.number)),
        typed_sentences(request.POST),
    )
    errors = _errors(version, typed)
    if errors or not form.is_valid():
        messages.error(request, "Chưa lưu được: xem các chỗ được đánh dấu. Những gì đã gõ còn nguyên trên trang.")
        return _editor(request, version, form, typed, errors)
    try:
        services.edit(
            version=version,
            revision=_number(request.POST.get("revision", "")),
            typed=typed,
            by=request.user,
            address=_address(request),
            **form.cleaned_data,
        )
    except EditConflict as conflict:
        messages.error(
            request,
            f"{conflict} Chưa lưu gì. Dưới mỗi câu khác nhau có bản đang lưu; bấm Lưu lần nữa để ghi bản của bạn.",
        )
        return _editor(request, conflict.current, form, typed, {}, against=version)
    except ActionNotAllowed as refused:
        messages.error(request, f"{refused} Chưa lưu gì.")
        return redirect("printed", version.report_id)
    messages.success(request, "Đã lưu dự thảo.")
    return redirect("printed" if "xem" in request.POST else "draft", version.report_id)


def _errors(version, typed):
    errors = {}
    for sentence in composition.document_of(version).sentences:
        if sentence.id in typed:
            try:
                model.rebind(sentence, typed[sentence.id])
            except model.BadSentence as bad:
                errors[sentence.id] = str(bad)
    return errors


def _editor(request, version, form, typed, errors=None, against=None):
    document = composition.document_of(version)
    texts, errors = version.texts, errors or {}
    stale = {sentence.id for sentence in composition.stale_texts(version, document)}

    def line(sentence):
        kept = replace(sentence, text=texts[sentence.id]["text"]) if sentence.id in texts else sentence
        stored = kept.editable
        text = typed.get(sentence.id, stored)
        return VersionRow(
            name=f"{SENTENCE}{sentence.id}",
            text=text,
            auto=sentence.editable,
            edited=sentence.id in texts,
            stale=sentence.id in stale,
            error=errors.get(sentence.id, ""),
            stored=stored if against is not None and model.spaced(text) != model.spaced(stored) else "",
            loose=replace(kept, edited=sentence.id in texts).has_loose_figures,
        )

    blocks = [("heading", "Trích yếu", 1), ("lines", [line(document.abstract)], 0)]
    for block in (*document.body, *(b for annex in document.annexes for b in annex.blocks)):
        if block.block == "heading":
            blocks.append(("heading", block.text, block.level))
        elif block.block == "paragraph":
            blocks.append(("lines", [line(sentence) for sentence in block.sentences], 0))
        else:
            blocks.append(("figure", block.caption, 0))
    context = {"version": version, "report": version.report, "form": form, "blocks": blocks, "stale": len(stale)}
    return render(request, "reports/documents/draft.html", context, status=409 if against is not None else 200)


@require_POST
def act(request, pk):
    """What is done with a draft as a whole: take the figures again, publish, throw away."""
    version, what = _draft(request, pk), request.POST.get("act", "")
    given = {
        "version": version,
        "revision": _number(request.POST.get("revision", "")),
        "by": request.user,
        "address": _address(request),
    }
    try:
        if what == "refresh":
            services.refresh(**given)
            messages.success(request, "Đã lấy lại số liệu. Các câu đã sửa còn nguyên; câu cần xem lại được đánh dấu.")
        elif what == "publish":
            published = services.publish(**given, base_url=request.build_absolute_uri("/"))
            messages.success(request, f"Đã phát hành. Mã kiểm tra {published.code}; từ nay bản này không đổi nữa.")
            services.ask_files(version=published, by=request.user)
        elif what == "discard":
            services.discard(**given)
            messages.success(request, "Đã bỏ dự thảo.")
            return redirect("reports")
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
    return redirect("printed", pk)


@require_POST
def correct(request, pk):
    """A draft that will replace the version in force."""
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
def make(request, pk, number):
    """Have the files of a version made."""
    report = _report(request, pk)
    version = _version(report, number)
    _may_see(version, request.user)
    face = request.POST.get("face", "")
    try:
        job = services.ask_files(
            version=version, by=request.user, faces=(face,) if face in FILE_FORMATS else tuple(FILE_FORMATS)
        )
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
        return redirect("printed", pk)
    if job is None:
        messages.info(request, "Tệp đã có hoặc đang được lập; tải lại trang sau ít giây.")
        return redirect("printed_version", pk, number)
    return redirect(job)


@require_safe
def file(request, pk, number, face):
    """A file of a version, as it was made."""
    version = _version(_report(request, pk), number)
    _may_see(version, request.user)
    found = get_object_or_404(version.files, face=face, revision=version.revision, state=FileState.READY)
    kind = FILE_FORMATS[face]
    again = f" (lần {version.number})" if version.number > 1 else ""
    draft_word = "Dự thảo " if version.is_draft else ""
    name = f"{draft_word}{version.report.title}{again}.{kind.extension}"
    return _handed_out(request, version, found.file, name, kind.content_type, inline="xem" in request.GET)


@require_http_methods(["GET", "HEAD", "POST"])
def scan(request, pk, number):
    """The scan of the signed sheet: looked at by readers, put there by those who draft."""
    version = _version(_report(request, pk), number)
    _may_see(version, request.user)
    if request.method != "POST":
        if not version.scan:
            raise Http404("Chưa có bản quét.")
        return _scan_out(request, version, version.scan, version.scan_name)
    get_object_or_404(Report.objects.drafted_by(request.user), pk=pk)
    try:
        if "tep" not in request.FILES:
            raise ActionNotAllowed("Chưa chọn tệp bản quét.")
        services.attach_scan(version=version, upload=request.FILES["tep"], by=request.user, address=_address(request))
        messages.success(request, "Đã kèm bản quét có chữ ký. Các bản quét trước, nếu có, vẫn được giữ.")
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
    return redirect("printed_version", pk, number)


@require_safe
def signed_copy(request, pk, number, copy):
    """A scan of the signed sheet that was kept beside a version, also one that another has taken the place of."""
    version = _version(_report(request, pk), number)
    _may_see(version, request.user)
    found = get_object_or_404(version.signed_copies, pk=copy)
    return _scan_out(request, version, found.file, found.name)


def _scan_out(request, version, stored, name):
    ending = name.rpartition(".")[2].lower()
    content_type = {"pdf": "application/pdf", "png": "image/png"}.get(ending, "image/jpeg")
    return _handed_out(request, version, stored, name, content_type)


def _handed_out(request, version, stored, name, content_type, *, inline=False):
    """A stored file as an answer; where it is lost from the disk, the version's page that says so."""
    try:
        content = stored.open("rb")
    except FileNotFoundError:
        messages.error(request, f"{name}: không tìm thấy tệp trên máy chủ. Đề nghị báo quản trị hệ thống.")
        return redirect("printed_version", version.report_id, version.number)
    return files.file_response(content, name, content_type, inline=inline)


def _may_see(version, user):
    if version.is_draft and not user.reads_everything:
        raise Http404("Không có bản này.")


def _number(text):
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _address(request):
    return request.META.get("REMOTE_ADDR")


def shelf(request) -> dict:
    """What stands on the shelf for a reader, by year."""
    by_year = {}
    for report in _reports(request.user).order_by("-plan__year", "-last_day", "title"):
        versions = [v for v in report.versions.all() if not v.is_draft or request.user.reads_everything]
        if versions:
            issued = next((v.published_at for v in versions if v.published_at), None)
            by_year.setdefault(report.plan.year, []).append((report, versions[:2], issued))
    return {"years": list(by_year.items())}
