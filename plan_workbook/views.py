"""Pages of a plan's workbook: download, send, preview, confirm."""

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.http import SignedInRequest
from core.jobs.models import JobState
from core.spreadsheet import workbook_response
from indicators.models import Plan
from indicators.workbooks import sandbox, sent_files
from indicators.workbooks.sandbox import Unreadable
from plan_workbook import export, services, uploads
from plan_workbook.models import PlanFile

State = PlanFile.State


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def workbook(request: SignedInRequest, code: str) -> HttpResponse:
    """Show the downloads and the form to send a file. POST receives a file."""
    plan = _plan(request, code)
    if request.method != "POST":
        return _render(request, plan)
    upload = request.FILES.get("tep")
    if upload is None:
        return _render(request, plan, refusal="Chưa chọn tệp nào.", status=422)
    try:
        job = uploads.begin_reading(uploads.take_in(upload=upload, by=request.user, plan=plan))
    except Unreadable as refused:
        return _render(request, plan, refusal=str(refused), status=429 if isinstance(refused, sent_files.Busy) else 422)
    return redirect(job.link)  # the file's page, which follows the job


@require_safe
@never_cache
def template(request: SignedInRequest, code: str, contents: str) -> HttpResponseBase:
    """Send the workbook of the plan, filled or empty."""
    plan = _plan(request, code)
    name = f"Kế hoạch {code}.xlsx" if contents == "day-du" else "Tệp kế hoạch (trống).xlsx"
    return workbook_response(export.book_of(plan if contents == "day-du" else None), name)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def workbook_file(request: SignedInRequest, code: str, pk: int) -> HttpResponse:
    """Show one sent file: the reason of its refusal, its faults, or every change; POST confirms the changes."""
    taken = _taken(request, code, pk)
    if request.method == "POST" and taken.state == State.READ:
        saving = uploads.begin_saving(taken, request.POST.get("seen", "")[:64])
        return redirect(saving.link if saving.state == JobState.DONE else saving)
    is_reading = taken.state == State.READING
    context = {
        "taken": taken,
        "plan": taken.plan,
        **sent_files.reading_context(request.user, taken, uploads.READ, is_reading=is_reading),
    }
    return render(request, "plan_workbook/file.html", context)


@require_safe
@never_cache
def marked(request: SignedInRequest, code: str, pk: int) -> HttpResponseBase:
    """Send the same file with its faults marked."""
    return sent_files.marked_response(_taken(request, code, pk))


def _plan(request: SignedInRequest, code: str) -> Plan:
    """Return the plan of an address, for those who may load one."""
    if not services.may_load(request.user):
        raise Http404("Tài khoản không nạp kế hoạch.")
    return get_object_or_404(Plan.objects.visible_to(request.user), code=code)


def _taken(request: SignedInRequest, code: str, pk: int) -> PlanFile:
    visible = PlanFile.objects.visible_to(request.user).select_related("plan")
    return get_object_or_404(visible, pk=pk, plan=_plan(request, code))


def _render(request: SignedInRequest, plan: Plan, *, refusal: str = "", status: int = 200) -> HttpResponse:
    recent = PlanFile.objects.visible_to(request.user).filter(plan=plan).select_related("plan")
    context = {
        "plan": plan,
        "refusal": refusal,
        "recent": recent.defer("sheets", "outcome")[: sent_files.RECENT],
        "most": sandbox.MOST_BYTES // 2**20,
    }
    return render(request, "plan_workbook/workbook.html", context, status=status)
