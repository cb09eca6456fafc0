"""The report on an agency's projects, beside the month's figures: list, form, documents, history, and the page of the
reviewer."""

from dataclasses import replace
from typing import Any

from csp.decorators import csp_update
from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.as_of import AsOf
from agencies.http import SignedInRequest
from agencies.models import Agency
from core import clock, files, formatting
from core.numbers import digits
from core.resubmission import earlier_sends
from indicators import errors
from indicators.models import ReportingPeriod, Submission
from indicators.submissions import editing, file_types, locks
from indicators.submissions.views.entry import find_period, last_version, own_agency
from indicators.submissions.views.evidence import of_file, say_attached
from projects import services, unchanged
from projects.forms import UpdateForm
from projects.history import saves
from projects.labels import due_words, time_left_words
from projects.models import ProgressUpdate, Project, ProjectDocument
from projects.models.update import FINAL
from projects.queries import is_anothers_draft, may_open
from projects.submission_part import update_words
from projects.submission_rows import Row, read_rows, sent_before, sent_last


@require_safe
@never_cache
def report_list(request: SignedInRequest, period: str) -> HttpResponse:
    """List the agency's projects of a period: which are reported, which are not yet."""
    agency, reporting_period = own_agency(request.user), find_period(period)
    submission = last_version(agency, reporting_period)
    rows = read_rows(agency, reporting_period, submission, with_earlier=True)
    locked = _locked(agency, reporting_period, submission)
    context = {
        "agency": agency,
        "period": reporting_period,
        "submission": submission,
        "rows": [_listed(row, locked) for row in rows],
        "done": [row for row in rows if row.update],
        "repeatable": sum(row.is_repeatable for row in rows) if not locked else 0,
        "locked": locked,
    }
    return render(request, "projects/progress_list.html", context)


def _listed(row: Row, locked: str | None) -> dict[str, Any]:
    """Return a project as the list shows it: this report, the last one before, the due day."""
    is_over = row.update is not None and row.update.stage in FINAL
    return {
        "row": row,
        "summary": update_words(row.update) if row.update else "",
        "earlier": update_words(row.earlier) if row.earlier else "",
        "due": due_words(row.project),
        "left": "" if is_over else time_left_words(row.project, clock.today()),
        "is_repeatable": row.is_repeatable and not locked,
    }


@require_POST
@never_cache
def report_unchanged(request: SignedInRequest, period: str) -> HttpResponse:
    """Report the chosen projects (`du-an`) as they were reported last, in one step."""
    agency, reporting_period = own_agency(request.user), find_period(period)
    codes = set(request.POST.getlist("du-an"))
    if not codes:
        messages.error(request, "Chưa chọn dự án, nhiệm vụ nào. Chưa có gì thay đổi.")
        return redirect("project_reports", reporting_period.code)
    try:
        repeated = unchanged.repeat(agency=agency, period=reporting_period, codes=codes, by=request.user)
    except errors.ActionNotAllowed as refused:
        messages.error(request, str(refused))
        return redirect("project_reports", reporting_period.code)
    if repeated.done:
        count, labels = formatting.number(len(repeated.done)), ", ".join(repeated.done)
        messages.success(request, f"Đã ghi không đổi cho {count} dự án: {labels}. Phiếu chưa nộp.")
    for refusal in repeated.refusals:
        messages.error(request, refusal)
    return redirect("project_reports", reporting_period.code)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def report(request: SignedInRequest, period: str, code: str) -> HttpResponse:
    """Edit one project's update; the form begins with the previous report."""
    agency, reporting_period = own_agency(request.user), find_period(period)
    submission = last_version(agency, reporting_period)
    rows = read_rows(agency, reporting_period, submission)
    index = next((index for index, row in enumerate(rows) if row.project.code == code), None)
    if index is None:
        raise Http404("Không có dự án này trong phiếu.")
    project, update = rows[index].project, rows[index].update
    earlier = _earlier(agency, reporting_period, project)
    row = replace(rows[index], earlier=earlier)
    locked = _locked(agency, reporting_period, submission) or row.shut
    seen = row.stored.fingerprint() if row.stored else ""
    following = next((row.project for row in rows[index + 1 :] if not (row.update or row.shut)), None)
    context: dict[str, Any] = {
        "agency": agency,
        "period": reporting_period,
        "submission": submission,
        "project": project,
        "update": update,
        "removed": list(services.removed_from(update)) if update else [],
        "earlier": earlier,
        "locked": locked,
        "return_reason": update.return_reason if update else row.request,
        "following": following,
        "seen": seen,
        "conflict": None,
        "refusal": "",
        "is_prefilled": False,
        "endings": file_types.ENDINGS,
        "accepted": file_types.ACCEPTED,
        "largest": file_types.LARGEST // (1024 * 1024),
        "most": file_types.MOST_FILES,
    }
    if locked:
        status = 409 if request.method == "POST" else 200
        return render(request, "projects/progress_form.html", context, status=status)
    if request.method != "POST":
        entry, context["is_prefilled"] = row.begun, row.update is None and earlier is not None
        steps = (
            list(reporting_period.plan.project_steps.values_list("name", flat=True)) if request.GET.get("mau") else ()
        )
        context["form"] = UpdateForm(project, clock.today(), entry=entry, steps=steps)
        return render(request, "projects/progress_form.html", context)
    form = context["form"] = UpdateForm(project, clock.today(), data=request.POST)
    if not form.is_sound:
        return render(request, "projects/progress_form.html", context)
    try:
        submission = editing.open_report(agency=agency, period=reporting_period, by=request.user)
        services.save_update(
            submission=submission,
            project=project,
            entry=form.entry,
            by=request.user,
            seen=request.POST.get("seen", ""),
            tried=_tried(project, request.POST),
        )
    except errors.EditConflict as conflict:
        context["conflict"] = conflict.current
        if isinstance(conflict.current, ProgressUpdate):
            context["seen"] = services.Entry.stored(conflict.current).fingerprint()
        else:
            context["seen"] = ""
        return render(request, "projects/progress_form.html", context, status=409)
    except errors.ActionNotAllowed as refused:
        context["refusal"] = str(refused)
        return render(request, "projects/progress_form.html", context, status=409)
    messages.success(request, f"Đã lưu tiến độ {project.label} lúc {formatting.time(clock.now())}. Phiếu chưa nộp.")
    if request.POST.get("act") == "next" and following:
        return redirect("project_report", reporting_period.code, following.code)
    return redirect("project_reports", reporting_period.code)


def _tried(project: Project, data: QueryDict) -> list[services.Entry]:
    """Return the valid entries that the same form submitted before without an answer."""
    forms = [UpdateForm(project, clock.today(), data=earlier) for earlier in earlier_sends(data)]
    return [form.entry for form in forms if form.is_sound]


@require_POST
@never_cache
def documents(request: SignedInRequest, period: str, code: str) -> HttpResponse:
    """Attach files to one project's update, remove one (`remove`) or bring one back (`restore`); redirect to
    the form with a message for each."""
    agency, reporting_period = own_agency(request.user), find_period(period)
    rows = read_rows(agency, reporting_period, last_version(agency, reporting_period))
    update = next((row.update for row in rows if row.project.code == code), None)
    if update is None:
        raise Http404("Chưa lưu tiến độ của dự án này.")
    who: dict[str, Any] = {"by": request.user, "address": request.META.get("REMOTE_ADDR")}
    done, refusals = [], []
    try:
        if "remove" in request.POST:
            chosen = next((one for one in update.documents.all() if str(one.pk) == request.POST["remove"]), None)
            if chosen is None:
                raise Http404("Không có tệp này.")
            services.detach(document=chosen, **who)
            messages.success(request, f"Đã gỡ {chosen.name}. Khôi phục được ở cuối trang này.")
        elif "restore" in request.POST:
            key = digits(request.POST["restore"])
            if key is None:
                raise Http404("Không có tệp này.")
            restored = services.restore(update=update, removed=key, **who)
            messages.success(request, f"Đã khôi phục {restored.name}.")
        elif not request.FILES.getlist("tep"):
            refusals.append("Chưa chọn tệp nào.")
    except errors.ActionNotAllowed as refused:
        refusals.append(str(refused))
    for upload in request.FILES.getlist("tep"):
        try:
            done.append(services.attach(update=update, upload=upload, step=request.POST.get("moc", ""), **who))
        except errors.ActionNotAllowed as refused:
            refusals.append(of_file(upload, refused))
    say_attached(request, done)
    for refusal in refusals:
        messages.error(request, refusal)
    return redirect("project_report", reporting_period.code, code)


@require_safe
@never_cache
# The decorator's own annotation allows no view with arguments.
@csp_update({"sandbox": ["allow-downloads"]})  # type: ignore[arg-type]
def document(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Download a document, for its agency and for those who may read the agency's words; saved, never opened in the
    browser."""
    stored_document = ProjectDocument.objects.select_related("update__submission__agency__parent").filter(pk=pk).first()
    if stored_document is None or not may_open(request.user, stored_document.update.submission):
        raise Http404("Không có tệp này.")
    try:
        content = default_storage.open(stored_document.file.name or "")
    except FileNotFoundError:
        messages.error(
            request, f"{stored_document.name}: không tìm thấy tệp trên máy chủ. Đề nghị báo quản trị hệ thống."
        )
        return redirect("projects")
    return files.file_response(content, stored_document.name, stored_document.content_type)


@require_safe
@never_cache
def history(request: SignedInRequest, code: str, period: str, agency: str) -> HttpResponse:
    """Show every save of an agency's report on a project for a period, to those who may open the report."""
    reporting_period = find_period(period)
    visible = Submission.objects.visible_to(request.user).filter(agency__code=agency, period=reporting_period)
    all_updates = list(
        ProgressUpdate.objects.filter(submission__in=visible, project__section__plan=reporting_period.plan_id)
        .select_related("submission__agency", "project__section")
        .order_by("-submission__version")
    )
    updates = [update for update in all_updates if update.project.code == code]
    updates = [update for update in updates if not is_anothers_draft(request.user, update.submission)]
    if not updates:
        raise Http404("Không có báo cáo này.")
    context = {
        "update": updates[0],
        "project": updates[0].project,
        "agency": updates[0].submission.agency,
        "period": reporting_period,
        "saves": saves([update.submission_id for update in updates], updates[0].project),
    }
    return render(request, "projects/progress_history.html", context)


@require_safe
@never_cache
def review(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show what a report says of its projects, beside the month before, to those who may open the report."""
    visible = Submission.objects.visible_to(request.user).select_related("agency__parent", "period__plan")
    submission = get_object_or_404(visible, pk=pk)
    if is_anothers_draft(request.user, submission):
        raise Http404("Phiếu chưa nộp.")
    updates = submission.project_updates.select_related("project__section").prefetch_related("milestones", "documents")
    before = sent_last(submission.agency, submission.period)
    rows = [
        {"update": update, "before": before.get(update.project_id)}
        for update in updates.order_by("project__section__position", "project__number")
    ]
    if not rows:
        raise Http404("Phiếu không có dự án nào.")
    AsOf(submission.period.window_last).apply_to([submission.agency])
    return render(request, "projects/progress_review.html", {"submission": submission, "rows": rows})


def _earlier(agency: Agency, period: ReportingPeriod, project: Project) -> ProgressUpdate | None:
    """Return the agency's last submitted update of a project before this period; None where there is none."""
    return (
        sent_before(agency, period).filter(project=project).with_all().order_by("-submission__period__number").first()
    )


def _locked(agency: Agency, period: ReportingPeriod, submission: Submission | None) -> str | None:
    """Return the reason why the report cannot be filled in, in Vietnamese; None where it can."""
    return locks.lock_reason(submission or Submission(agency=agency, period=period), "save")
