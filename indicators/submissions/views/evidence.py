"""Evidence files of a figure: attached and removed by a plain form, sent to users who may see the figure."""

from collections.abc import Sequence

from csp.decorators import csp_update
from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.http import SignedInRequest
from core import files
from core.attachments import AttachedFile
from core.numbers import digits
from indicators import errors
from indicators.models import Evidence, Submission, Target
from indicators.submissions import attachments as submissions_attachments
from indicators.submissions import file_types, locks
from indicators.submissions.permissions import may_see
from indicators.submissions.views.entry import find_period, last_version, own_agency


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def attachments(request: SignedInRequest, period: str, code: str) -> HttpResponse:
    """Show the files of one figure of the user's own agency. POST attaches files, removes one (`remove`), brings a
    removed one back (`restore`), or lets one of another figure serve this one too (`reuse`)."""
    agency, reporting_period = own_agency(request.user), find_period(period)
    target = locks.assigned_targets(agency, reporting_period).filter(code=code).first() if "\x00" not in code else None
    if target is None:
        raise Http404("Không có chỉ tiêu này.")
    submission = last_version(agency, reporting_period) or Submission(agency=agency, period=reporting_period)
    if request.method != "POST":
        return _render(request, submission, target)
    refusals = _change(request, submission, target)
    if refusals:
        return _render(
            request, last_version(agency, reporting_period) or submission, target, refusals=refusals, status=409
        )
    return redirect("attachments", reporting_period.code, target.code)


def _change(request: SignedInRequest, submission: Submission, target: Target) -> list[str]:
    """Carry out the posted change; return the refusals."""
    by, address = request.user, request.META.get("REMOTE_ADDR")
    try:
        if "remove" in request.POST:
            chosen = digits(request.POST["remove"])
            if submission.pk is None or chosen is None:
                raise Http404("Không có tệp này.")
            removed = Evidence.objects.filter(submission=submission, target=target, pk=chosen).first()
            if removed is None:
                raise Http404("Không có tệp này.")
            submissions_attachments.detach(evidence=removed, by=by, address=address)
            messages.success(request, f"Đã gỡ {removed.name}. Khôi phục được ở cuối trang này.")
            return []
        if "reuse" in request.POST:
            chosen = digits(request.POST["reuse"])
            if submission.pk is None or chosen is None:
                raise Http404("Không có tệp này.")
            shared = submissions_attachments.find_reusable(submission, target, chosen)
            if shared is None:
                raise Http404("Không có tệp này.")
            submissions_attachments.reuse(submission=submission, target=target, evidence=shared, by=by, address=address)
            messages.success(request, f"{shared.name} nay cũng là minh chứng của {target.code}.")
            return []
        if "restore" in request.POST:
            chosen = digits(request.POST["restore"])
            if submission.pk is None or chosen is None:
                raise Http404("Không có tệp này.")
            restored = submissions_attachments.restore(
                submission=submission, target=target, removed=chosen, by=by, address=address
            )
            messages.success(request, f"Đã khôi phục {restored.name}.")
            return []
        uploads = request.FILES.getlist("tep")
        if not uploads:
            return ["Chưa chọn tệp nào."]
    except errors.ActionNotAllowed as refused:
        return [str(refused)]
    done: list[Evidence] = []
    refusals: list[str] = []
    for upload in uploads:
        try:
            attached = submissions_attachments.attach(
                submission=submission, target=target, upload=upload, by=by, address=address
            )
        except errors.ActionNotAllowed as refused:
            refusals.append(of_file(upload, refused))
        else:
            submission = attached.submission
            done.append(attached)
    say_attached(request, done)
    return refusals


def of_file(upload: UploadedFile, refused: Exception) -> str:
    """Return the reason why a file was refused, with its name: several may be sent at once."""
    name = files.clean_name(upload.name or "")
    return str(refused) if str(refused).startswith(name) else f"{name}: {refused}"


def say_attached(request: HttpRequest, done: Sequence[AttachedFile]) -> None:
    """Show which files were attached, and the changes made to them."""
    if done:
        changes = [file.change_message for file in done if file.change_message]
        messages.success(request, " ".join([f"Đã đính kèm {', '.join(file.name for file in done)}.", *changes]))


def _render(
    request: HttpRequest, submission: Submission, target: Target, *, refusals: Sequence[str] = (), status: int = 200
) -> HttpResponse:
    """Render the page of a figure's files."""
    stored = submission.pk is not None
    context = {
        "submission": submission,
        "target": target,
        "period": submission.period,
        "files": list(submission.evidence.filter(target=target).select_related("added_by")) if stored else [],
        "reusable": submissions_attachments.reusable(submission, target) if stored else [],
        "removed": list(submissions_attachments.removed_from(submission, target)) if stored else [],
        "locked": submissions_attachments.evidence_lock_reason(submission, target),
        "refusals": refusals,
        "accepted": file_types.ACCEPTED,
        "endings": file_types.ENDINGS,
        "most": file_types.MOST_FILES,
        "largest": file_types.LARGEST // (1024 * 1024),
    }
    return render(request, "indicators/submissions/attachments.html", context, status=status)


@require_safe
@never_cache
@csp_update({"sandbox": ["allow-downloads"]})  # type: ignore[arg-type]  # typed for views without arguments
def download(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Send one file to a user who may see its figure; as a download, never shown in the browser."""
    related = ("submission__agency__parent", "submission__period__plan", "target")
    evidence = Evidence.objects.select_related(*related).filter(pk=pk).first()
    if evidence is None or not may_see(request.user, evidence.submission, evidence.target):
        raise Http404("Không có tệp này.")
    try:
        content = default_storage.open(str(evidence.file.name))
    except FileNotFoundError:
        messages.error(request, f"{evidence.name}: không tìm thấy tệp trên máy chủ. Đề nghị báo quản trị hệ thống.")
        return redirect("figure", evidence.submission_id, evidence.target.code)
    return files.file_response(content, evidence.name, evidence.content_type)
