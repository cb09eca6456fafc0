"""The list of agencies that a reader may open, and the page of one of them."""

from dataclasses import replace

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from agencies.as_of import AsOf, changes_of, ending_of
from agencies.http import SignedInRequest
from agencies.models import Agency, Level
from agencies.roles import Role
from indicators.selection import Selection, select, select_work
from reports.dashboards.exports import target_rows
from reports.dashboards.queries import agencies
from reports.dashboards.queries.agencies import AgencyPage
from reports.dashboards.queries.target_rows import ordered
from reports.dashboards.views.overview import sort_choices, sort_order


@require_safe
def agency_list(request: SignedInRequest) -> HttpResponse:
    """List the agencies. `tim`: a part of the name or code; `phieu`: the state of the report of the period."""
    selection, query = select_work(request), request.GET.get("tim", "").replace("\0", "").strip()
    agency_list_found = agencies.agency_list(selection, request.user, query, request.GET.get("phieu", ""))
    if agency_list_found is None:
        raise Http404("Không có cách lọc này.")
    reviews = request.user.holds(Role.REVIEWER, Role.STANDING)
    context = {
        "selection": selection,
        "query": query,
        "list": agency_list_found,
        # The queue's list of the same agencies, which can be reminded there.
        "owing_view": {"chua-nop": "chua-nop", "tra-lai": "dang-sua"}.get(agency_list_found.chosen)
        if reviews
        else None,
        "whole": "&huyen=tat-ca" if request.user.holds(Role.STANDING) else "",
    }
    return render(request, "reports/dashboards/agency_list.html", context)


@require_safe
def agency(request: SignedInRequest, code: str) -> HttpResponse:
    """Show an agency. `sap-xep`: the order of its targets; by default what needs attention first."""
    selection, shown_agency, page, sort = _page(request, code)
    changes, ending = changes_of(Agency.objects.filter(pk=shown_agency.pk)), ending_of(shown_agency)
    others = {other.pk for change in changes for other in change.others}
    visible = Agency.objects.visible_to(request.user).filter(pk__in=others) if others else ()
    context = {
        "selection": selection,
        "agency": AsOf(selection.period.window_last).of(shown_agency),
        "page": page,
        "changes": changes,
        "ending": ending,
        "open": {agency.pk for agency in visible},
        "sort": sort,
        "sorts": sort_choices(),
    }
    return render(request, "reports/dashboards/agency.html", context)


@require_safe
def agency_file(request: SignedInRequest, code: str, kind: str) -> HttpResponseBase:
    """Download the agency's targets as XLSX or CSV, in the order of the page."""
    if kind not in ("xlsx", "csv"):
        raise Http404("Không có loại tệp này.")
    selection, shown_agency, page, _ = _page(request, code)
    is_demo = selection.plan.is_demo
    place_name = AsOf(selection.period.window_last).of(shown_agency).place_name
    about = f"{place_name}, cả địa bàn" if shown_agency.level == Level.DISTRICT else place_name
    lines = [row.line for row in page.lines]
    return target_rows.answer(kind, selection, about, lines, page.freshness.computed_at, is_demo=is_demo)


def _page(request: SignedInRequest, code: str) -> tuple[Selection, Agency, AgencyPage, str]:
    """Return the selection, the agency, its page with its targets in the chosen order, and that order."""
    selection, sort = select(request), sort_order(request, "can-chu-y")
    shown_agency = get_object_or_404(Agency.objects.visible_to(request.user).select_related("parent"), code=code)
    page = agencies.agency_page(selection, shown_agency, request.user)
    rows = {row.line.target.pk: row for row in page.lines}
    lines = sorted((row.line for row in page.lines), key=lambda line: line.target.position)
    return selection, shown_agency, replace(page, lines=tuple(rows[x.target.pk] for x in ordered(lines, sort))), sort
