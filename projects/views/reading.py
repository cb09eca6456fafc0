"""Pages of the plan's projects. They are open to everyone who signs in; a lead's own words and its money are
not."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from agencies.http import SignedInRequest
from core import clock, spreadsheet
from core.numbers import digits
from indicators.models import Plan, query_of
from indicators.page_cache import page_asked
from indicators.selection import Selection, WrongAddress, is_named, periods_begun, plan_of, select_newest
from projects import charts, queries, status
from projects.amendments import may_amend
from projects.export import counts_table, make
from projects.models import Project
from projects.models.plan import ProjectQuerySet
from projects.queries import LATE_CHOICE, ProjectFilter
from projects.schedule_rules import Lateness

# The number of cards in a column of the board; the others are behind a link.
MOST_CARDS = 8
# A project of all departments and districts has two hundred reports by the summer.
REPORTS_ON_A_PAGE = 25


@require_safe
def project_list(request: SignedInRequest) -> HttpResponse:
    """List the projects with their status; filters in the address."""
    return render(request, "projects/list.html", _listed(request))


@require_safe
def board(request: SignedInRequest) -> HttpResponse:
    """Show the list as a board: a column for each judgement, what needs attention first."""
    context = _listed(request)
    rows = context["list"].rows
    context["most"] = MOST_CARDS
    context["columns"] = [
        (choice, [row for row in rows if row.standing and row.standing.lateness == choice.code])
        for choice in context["list"].state_choices
        if choice.code not in ("", LATE_CHOICE)
    ]
    return render(request, "projects/board.html", context)


@require_safe
def timeline(request: SignedInRequest) -> HttpResponse:
    """Show the list on one time axis."""
    context = _listed(request)
    rows = context["list"].rows
    context["rows"] = rows
    context["chart"] = charts.timeline(charts.bars(context["plan"], rows), context["today"])
    return render(request, "projects/timeline.html", context)


@require_safe
def totals(request: SignedInRequest) -> HttpResponse:
    """Show the counts of the list: by group, by lead, by stage; the money of each for those who read the whole
    province."""
    context = _listed(request)
    summary, with_money = context["list"].summary, request.user.reads_everything
    context |= {
        "with_money": with_money,
        "by_section": counts_table(summary, with_money, "Nhóm"),
        "by_lead": counts_table(summary, with_money, "Cơ quan chủ trì"),
    }
    return render(request, "projects/totals.html", context)


@require_safe
def workbook(request: SignedInRequest) -> HttpResponseBase:
    """Download the list as XLSX; columns of money and words only with what the reader may see."""
    context = _listed(request)
    plan = context["plan"]
    is_demo = plan.is_demo
    book = make(context, request.user, is_demo=is_demo)
    return spreadsheet.workbook_response(book, f"Dự án, nhiệm vụ {plan.short_name}.xlsx")


@require_safe
def project(request: SignedInRequest, code: str) -> HttpResponse:
    """Show one project."""
    section, _, text = code.rpartition("-")
    number = digits(text, 4)
    if number is None or not section.isalnum():
        raise Http404("Không có dự án này.")
    plan = plan_of(request)
    alike = Project.objects.with_parties().filter(section__code=section, number=number)
    loaded = alike.filter(section__plan=plan).select_related("section__plan", "continues__section__plan").first()
    if loaded is None:
        return _elsewhere(request, plan, alike)
    today, selection = clock.today(), _selection(request, plan)
    page = queries.project_page(loaded, request.user, today, status.moment(selection, today) if selection else None)
    context = {
        "plan": plan,
        "page": page,
        "row": page.row,
        "today": today,
        "selection": selection,
        "may_amend": may_amend(request.user),
        "reports": Paginator(page.history, REPORTS_ON_A_PAGE).get_page(page_asked(request)),
    }
    return render(request, "projects/project.html", context)


def _elsewhere(request: SignedInRequest, plan: Plan, alike: ProjectQuerySet) -> HttpResponse:
    """Redirect to the newest plan that has such a project, where the address names no plan; else a 404 that names the
    plans that have it. One query."""
    alike = alike.filter(section__plan__in=Plan.objects.started())
    plans = list(
        alike.order_by("-section__plan__year", "section__plan").values_list("section__plan__address", flat=True)
    )
    if not plans:
        raise Http404("Không có dự án này.")
    newest = f"{request.path}?{query_of(plans[0])}"
    if not is_named(request):
        return redirect(newest)
    message = f"Kế hoạch {plan.short_name} không có dự án này; có trong kế hoạch năm {', '.join(plans)}."
    raise WrongAddress(message, f"Mở dự án ở kế hoạch năm {plans[0]}", newest)


def _listed(request: SignedInRequest) -> dict[str, Any]:
    chosen = ProjectFilter(
        section=request.GET.get("nhom", ""),
        lead=request.GET.get("chu-tri", ""),
        timing=request.GET.get("thoi-han", ""),
        stage=request.GET.get("don-vi-bao", ""),
        state=request.GET.get("tinh-trang", ""),
        text=request.GET.get("tim", "").strip(),
    )
    if chosen.timing and chosen.timing not in queries.TIMINGS:
        raise Http404("Không có cách lọc này.")
    if chosen.stage and chosen.stage not in queries.STAGES:
        raise Http404("Không có cách lọc này.")
    if chosen.state not in ("", LATE_CHOICE, *Lateness):
        raise Http404("Không có tình trạng này.")
    plan, today = plan_of(request), clock.today()
    selection = _selection(request, plan)
    at = status.moment(selection, today) if selection else None
    return {
        "plan": plan,
        "chosen": chosen,
        "list": queries.project_list(plan, chosen, today, at),
        "at": at,
        "today": today,
        "selection": selection,
        "may_amend": may_amend(request.user),
    }


def _selection(request: SignedInRequest, plan: Plan) -> Selection | None:
    """Return the selected period and basis; None for a plan that has no periods yet. Without a named period the newest one that has
    ended: how a project stands is said by its own leads, however few agencies have reported."""
    return select_newest(request) if periods_begun(plan) else None
