"""The pages of plans: their list, and each with its state, its checklist and the steps of its life."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.http import SignedInRequest
from agencies.roles import Role
from indicators.errors import ActionNotAllowed
from indicators.models import Plan
from indicators.targets.baselines import restated
from plans import copying, queries, services
from plans.forms import CopyForm
from plans.outline import code_of_copy, next_year, outline

REMOVE = "xoa"


@require_safe
@never_cache
def plan_list(request: SignedInRequest) -> HttpResponse:
    """Show all plans with their state and counts."""
    _check(request)
    rows = queries.plans_with_counts(Plan.objects.order_by("-year", "code"))
    context = {"rows": rows, "may_open": request.user.holds(Role.ADMIN)}
    return render(request, "plans/plans.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def page(request: SignedInRequest, code: str) -> HttpResponse:
    """Show a plan; POST takes a step of its life, or removes a draft."""
    plan = plan_of(request, code)
    refusal, typed = "", ""
    if request.method == "POST":
        name, typed = request.POST.get("viec", ""), request.POST.get("ly-do", "")
        if name != REMOVE and name not in services.STEPS:
            raise Http404("Không có việc này.")
        by, address = request.user, request.META.get("REMOTE_ADDR")
        try:
            if name == REMOVE:
                services.remove_draft(plan=plan, by=by, address=address)
                messages.success(request, f"Đã xóa dự thảo {plan.name}.")
                return redirect("plans")
            changed = services.take_step(plan=plan, name=name, reason=typed, by=by, address=address)
        except ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            messages.success(request, f"{changed.name}: {changed.get_state_display().lower()}.")
            return redirect("plan", plan.code)
    checks = queries.checklist(plan, request.user)
    steps = [
        (name, step, services.why_not(plan, name))
        for name, step in services.STEPS.items()
        if plan.state in step.from_states
    ]
    context = {
        "plan": plan,
        "row": queries.plans_with_counts([plan])[0],
        "checks": checks,
        "is_lacking": not all(check.is_done for check in checks),
        "steps": steps,
        "compared": queries.compared_targets(plan) if plan.copied_from_id else [],
        "restated": restated(plan) if plan.copied_from_id else [],
        "refusal": refusal,
        "typed": typed,
    }
    return render(request, "plans/plan.html", context, status=409 if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def copy(request: SignedInRequest, code: str) -> HttpResponse:
    """Show what the next year's plan takes over from a plan; POST with `act=copy` makes it, as a draft."""
    plan = plan_of(request, code)
    form = CopyForm(plan, request.POST if request.method == "POST" else None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        year, new_code, left_out = form.cleaned_data["year"], form.cleaned_data["code"], form.left_out
        try:
            copying.check(plan, year, new_code)
            if request.POST.get("act") == "copy":
                made = copying.copy_plan(
                    plan=plan,
                    year=year,
                    code=new_code,
                    left_out=left_out,
                    by=request.user,
                    address=request.META.get("REMOTE_ADDR"),
                )
                messages.success(request, f"Đã sao chép thành dự thảo {made.name}.")
                return redirect("plan", made.code)
        except ActionNotAllowed as refused:
            refusal = str(refused)
    year = (form.cleaned_data.get("year") if form.is_bound and form.is_valid() else None) or next_year(plan)
    context = {
        "plan": plan,
        "form": form,
        "outline": outline(plan, year, code_of_copy(plan, year)),
        "left_out": form.left_out,
        "refusal": refusal,
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "plans/copy.html", context, status=status)


def plan_of(request: SignedInRequest, code: str) -> Plan:
    """Return the plan of an address, for those who keep plans; 404 for others, and where there is none."""
    _check(request)
    return get_object_or_404(Plan, code=code)


def _check(request: SignedInRequest) -> None:
    if not services.may_keep(request.user):
        raise Http404("Không có trang này.")
