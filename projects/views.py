"""Pages of Phụ lục 1. The plan's projects are open to everyone who signs in."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from chuyendoiso import clock
from indicators.models import Plan
from projects import builders
from projects.models import Project


@require_safe
def project_list(request):
    asked = builders.ProjectFilter(
        section=request.GET.get("nhom", ""),
        lead=request.GET.get("chu-tri", ""),
        timing=request.GET.get("thoi-han", ""),
        text=request.GET.get("tim", "").strip(),
    )
    if asked.timing and asked.timing not in builders.TIMINGS:
        raise Http404("Không có cách lọc này.")
    plan = _plan()
    today = clock.today()
    context = {"plan": plan, "asked": asked, "list": builders.project_list(plan, asked, today), "today": today}
    return render(request, "projects/list.html", context)


@require_safe
def project(request, code):
    section, _, number = code.rpartition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 5 and section.isalnum()):
        raise Http404("Không có dự án này.")
    plan = _plan()
    found = get_object_or_404(
        Project.objects.with_parties(), section__plan=plan, section__code=section, number=int(number)
    )
    today = clock.today()
    context = {"plan": plan, "row": builders.project_detail(found, today), "today": today}
    return render(request, "projects/project.html", context)


def _plan():
    plan = Plan.objects.current()
    if plan is None:
        raise Http404("Chưa có kế hoạch nào.")
    return plan
