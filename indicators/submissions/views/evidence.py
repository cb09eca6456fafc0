"""The files behind a figure: attached and taken away by a plain form, handed out to who may see the figure."""

from csp.decorators import csp_update
from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core import files
from indicators import errors
from indicators.models import Evidence, Submission
from indicators.submissions import attachments as submissions_attachments
from indicators.submissions import file_types, locks
from indicators.submissions.permissions import may_see
from indicators.submissions.views.entry import find_period, last_version, own_agency


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def attachments(request, period, code):
    """The files of one figure of one's own agency's report. POST attaches files, or takes one away (`remove`)."""
    agency, period = own_agency(request.user), find_period(period)
    target = locks.assigned_targets(agency, period).filter(code=code).first() if "\x00" not in code else None
    if target is None:
        raise Http404("Không có mục tiêu này.")
    submission = last_version(agency, period) or Submission(agency=agency, period=period)
    if request.method != "POST":
        return _render(request, submission, target)
    refusals = _change(request, submission, target)
    if refusals:
        return _render(request, last_version(agency, period) or submission, target, refusals=refusals, status=409)
    return redirect("attachments", period.code, target.code)


def _change(request, submission, target):
    """Carry out what was posted; gives what was refused."""
    who = {"by": request.user, "address": request.META.get("REMOTE_ADDR")}
    try:
        if "remove" in request.POST:
            chosen = request.POST["remove"]
            kept = submission.pk and chosen.isascii() and chosen.isdigit() and len(chosen) < 18
            kept = kept and Evidence.objects.filter(submission=submission, target=target, pk=chosen).first()
            if not kept:
                raise Http404("Không có tệp này.")
            submissions_attachments.detach(kept=kept, **who)
            messages.success(request, f"Đã gỡ {kept.name}.")
            return []
        uploads = request.FILES.getlist("tep")
        if not uploads:
            return ["Chưa chọn tệp nào."]
    except errors.ActionNotAllowed as refused:
        return [str(refused)]
    done, refusals = [], []
    for upload in uploads:
        try:
            kept = submissions_attachments.attach(submission=submission, target=target, upload=upload, **who)
        except errors.ActionNotAllowed as refused:
            refusals.append(of_file(upload, refused))
        else:
            submission = kept.submission
            done.append(kept)
    say_attached(request, done)
    return refusals


def of_file(upload, refused) -> str:
    """Why a file was not taken, with its name: several may come at once."""
    name = files.clean_name(upload.name or "")
    return str(refused) if str(refused).startswith(name) else f"{name}: {refused}"


def say_attached(request, done) -> None:
    """Say which files were attached, and what was changed in them."""
    if done:
        changes = [kept.said for kept in done if kept.said]
        messages.success(request, " ".join([f"Đã đính kèm {', '.join(kept.name for kept in done)}.", *changes]))


def _render(request, submission, target, *, refusals=(), status=200):
    stored = submission.pk is not None
    context = {
        "submission": submission,
        "target": target,
        "period": submission.period,
        "files": list(submission.evidence.filter(target=target).select_related("added_by")) if stored else [],
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
@csp_update({"sandbox": ["allow-downloads"]})
def download(request, pk):
    """One file, to who may see its figure; saved, never opened in the browser."""
    related = ("submission__agency__parent", "submission__period__plan", "target")
    kept = Evidence.objects.select_related(*related).filter(pk=pk).first()
    if kept is None or not may_see(request.user, kept.submission, kept.target):
        raise Http404("Không có tệp này.")
    try:
        content = default_storage.open(kept.file.name)
    except FileNotFoundError:
        messages.error(request, f"{kept.name}: không tìm thấy tệp trên máy chủ. Đề nghị báo quản trị hệ thống.")
        return redirect("figure", kept.submission_id, kept.target.code)
    return files.file_response(content, kept.name, kept.content_type)
