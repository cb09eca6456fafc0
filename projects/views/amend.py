"""Pages that change the plan's list of projects: for the standing agency and administrators, 404 for others."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.http import SignedInRequest
from core.numbers import digits
from indicators.errors import ActionNotAllowed
from indicators.models import Plan
from indicators.selection import plan_of
from projects import amendments
from projects.amendment_forms import AmendmentForm, WithdrawalForm
from projects.models import Project


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def add(request: SignedInRequest) -> HttpResponseBase:
    """Add a project to the plan."""
    plan = _plan(request)
    form = AmendmentForm(plan, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, plan, None, form)
    section = get_object_or_404(plan.project_sections.select_related("plan"), code=form.cleaned_data["section"])
    try:
        project = amendments.add_project(
            section=section,
            amendment=form.amendment,
            reason=form.cleaned_data["reason"],
            by=request.user,
            address=request.META.get("REMOTE_ADDR"),
        )
    except ActionNotAllowed as refused:
        return _page(request, plan, None, form, refusal=str(refused), status=409)
    messages.success(request, f"Đã bổ sung {project.label} vào danh mục; việc này có trong nhật ký.")
    return redirect(_address(project))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def correct(request: SignedInRequest, code: str) -> HttpResponseBase:
    """Correct a project."""
    plan = _plan(request)
    project = _project(plan, code)
    form = AmendmentForm(plan, request.POST or None, project=project)
    if request.method != "POST" or not form.is_valid():
        return _page(request, plan, project, form)
    try:
        amendments.correct_project(
            project=project,
            amendment=form.amendment,
            reason=form.cleaned_data["reason"],
            by=request.user,
            seen=form.cleaned_data["seen"],
            address=request.META.get("REMOTE_ADDR"),
        )
    except ActionNotAllowed as refused:
        fresh = _project(plan, code)
        data = request.POST.copy()
        data["seen"] = str(fresh.revision)
        form = AmendmentForm(plan, data, project=fresh)
        form.is_valid()
        return _page(request, plan, fresh, form, refusal=str(refused), status=409)
    messages.success(request, f"Đã sửa {project.label}; việc này có trong nhật ký.")
    return redirect(_address(project))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def withdraw(request: SignedInRequest, code: str) -> HttpResponseBase:
    """Withdraw a project, or put a withdrawn one back, with a reason."""
    plan = _plan(request)
    project = _project(plan, code)
    form, refusal = WithdrawalForm(request.POST or None), ""
    is_back = project.withdrawn_on is not None
    if request.method == "POST" and form.is_valid():
        # The act that the person saw: a second press after another's act does nothing.
        act = amendments.put_back if request.POST.get("act") == "dua-lai" else amendments.withdraw_project
        try:
            act(
                project=project,
                reason=form.cleaned_data["reason"],
                by=request.user,
                address=request.META.get("REMOTE_ADDR"),
            )
        except ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            done = "Đã đưa lại vào" if act is amendments.put_back else "Đã rút khỏi"
            messages.success(request, f"{done} danh mục: {project.label}; việc này có trong nhật ký.")
            return redirect(_address(project))
    context = {"plan": plan, "project": project, "form": form, "refusal": refusal, "is_back": is_back}
    return render(request, "projects/withdraw.html", context, status=409 if refusal else 200)


def _plan(request: SignedInRequest) -> Plan:
    """Return the plan of the page; 404 for a person who may not change its projects."""
    if not amendments.may_amend(request.user):
        raise Http404("Không có trang này.")
    return plan_of(request)


def _project(plan: Plan, code: str) -> Project:
    section, _, text = code.rpartition("-")
    number = digits(text, 4)
    if number is None or not section.isalnum():
        raise Http404("Không có dự án này.")
    projects = Project.objects.with_parties().select_related("section__plan")
    return get_object_or_404(projects, section__plan=plan, section__code=section, number=number)


def _address(project: Project) -> str:
    return f"{project.get_absolute_url()}?{project.section.plan.query}"


def _page(
    request: SignedInRequest,
    plan: Plan,
    project: Project | None,
    form: AmendmentForm,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {"plan": plan, "project": project, "form": form, "refusal": refusal}
    return render(request, "projects/amend.html", context, status=status)
