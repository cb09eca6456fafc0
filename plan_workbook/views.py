"""Pages of a plan's workbook, and of the workbook of its agencies' figures: download, send, preview, confirm."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.http import SignedInRequest
from core import formatting
from core.jobs.models import JobState
from core.spreadsheet import workbook_response
from indicators.errors import ActionNotAllowed
from indicators.models import Plan
from indicators.selection import newest_of, periods_begun
from indicators.workbooks import sandbox, sent_files
from indicators.workbooks.sandbox import Unreadable
from plan_workbook import export, figures, services, uploads
from plan_workbook.models import PlanFile

Contents = PlanFile.Contents
State = PlanFile.State


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def workbook(request: SignedInRequest, code: str) -> HttpResponse:
    """Show the downloads and the form to send a file. POST receives a file."""
    plan = _plan(request, code)
    return _send_or_show(request, plan, Contents.PLAN, "plan_workbook/workbook.html", {})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def figures_page(request: SignedInRequest, code: str) -> HttpResponse:
    """Show the download of a period's figures of all agencies, and the form to send them. POST receives a file."""
    plan = _running(request, code)
    periods = periods_begun(plan)
    context = {"periods": periods, "newest": newest_of(periods) if periods else None}
    return _send_or_show(request, plan, Contents.FIGURES, "plan_workbook/figures.html", context)


@require_safe
@never_cache
def figures_template(request: SignedInRequest, code: str) -> HttpResponseBase:
    """Send the workbook of a period (`ky`): every agency's figures that are due, filled in where there are some."""
    plan = _running(request, code)
    period = next((each for each in periods_begun(plan) if each.code == request.GET.get("ky")), None)
    if period is None:
        raise Http404("Không có kỳ này.")
    return workbook_response(figures.book_of(period), f"Số liệu {period.code}.xlsx")


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
    if request.method == "POST" and taken.state == State.FAULTY and "ten" in request.POST:
        chosen = dict(zip(request.POST.getlist("ten"), request.POST.getlist("la"), strict=False))
        try:
            count = uploads.settle_names(taken, chosen, by=request.user, address=request.META["REMOTE_ADDR"])
        except (ActionNotAllowed, Unreadable) as refused:
            messages.error(request, str(refused))
        else:
            if count:
                messages.success(request, f"Đã nhớ {formatting.number(count)} tên gọi và xem lại tệp.")
            else:
                messages.warning(request, "Chưa chọn cơ quan cho tên nào.")
        return redirect(taken)
    is_reading = taken.state == State.READING
    context = {
        "taken": taken,
        "plan": taken.plan,
        "again": reverse("plan-figures" if taken.holds_figures else "plan-workbook", args=[code]),
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


def _running(request: SignedInRequest, code: str) -> Plan:
    """Return the plan of an address, for those who may load figures into one that has begun."""
    plan = _plan(request, code)
    if plan.is_draft:
        raise Http404("Kế hoạch chưa bắt đầu thực hiện.")
    return plan


def _send_or_show(
    request: SignedInRequest, plan: Plan, contents: PlanFile.Contents, template: str, context: Mapping[str, Any]
) -> HttpResponse:
    """Take in a sent file and go to its page; show the page of the downloads before, or with the reason of a refusal."""
    refusal, status = "", 200
    if request.method == "POST":
        upload = request.FILES.get("tep")
        if upload is None:
            refusal, status = "Chưa chọn tệp nào.", 422
        else:
            try:
                taken = uploads.take_in(upload=upload, by=request.user, plan=plan, contents=contents)
                return redirect(uploads.begin_reading(taken).link)  # the file's page, which follows the job
            except Unreadable as refused:
                refusal, status = str(refused), 429 if isinstance(refused, sent_files.Busy) else 422
    recent = PlanFile.objects.visible_to(request.user).filter(plan=plan, contents=contents).select_related("plan")
    context = {
        **context,
        "plan": plan,
        "refusal": refusal,
        "recent": recent.defer("sheets", "outcome")[: sent_files.RECENT],
        "most": sandbox.MOST_BYTES // 2**20,
    }
    return render(request, template, context, status=status)
