"""The agencies that a reader may open, and one of them."""

from dataclasses import replace

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from agencies.as_of import AsOf, changes_of, ending_of
from agencies.models import Agency, Level
from indicators.selection import select
from reports.dashboards.exports import target_rows
from reports.dashboards.queries import agencies
from reports.dashboards.queries.target_rows import ordered
from reports.dashboards.views.overview import asked_sort, sort_choices


@require_safe
def agency_list(request):
    """`tim`: what its name or code holds; `phieu`: how its report of the period stands."""
    selection, query = select(request), request.GET.get("tim", "").replace("\0", "").strip()
    found = agencies.agency_list(selection, request.user, query, request.GET.get("phieu", ""))
    if found is None:
        raise Http404("Không có cách lọc này.")
    context = {"selection": selection, "query": query, "list": found}
    return render(request, "reports/agency_list.html", context)


@require_safe
def agency(request, code):
    """`sap-xep`: the order of its targets; what needs attention first where none is asked for."""
    selection, found, page, sort = _page(request, code)
    changes, ending = changes_of(Agency.objects.filter(pk=found.pk)), ending_of(found)
    others = {other.pk for change in changes for other in change.others}
    visible = Agency.objects.visible_to(request.user).filter(pk__in=others) if others else ()
    context = {
        "selection": selection,
        "agency": AsOf(selection.period.window_last).of(found),
        "page": page,
        "changes": changes,
        "ending": ending,
        "open": {agency.pk for agency in visible},
        "sort": sort,
        "sorts": sort_choices(),
    }
    return render(request, "reports/agency.html", context)


@require_safe
def agency_file(request, code, kind):
    """The agency's targets as XLSX or CSV, in the order of the page."""
    if kind not in ("xlsx", "csv"):
        raise Http404("Không có loại tệp này.")
    selection, found, page, _ = _page(request, code)
    illustrative = selection.plan.is_demo
    place_name = AsOf(selection.period.window_last).of(found).place_name
    about = f"{place_name}, cả địa bàn" if found.level == Level.DISTRICT else place_name
    lines = [row.line for row in page.lines]
    return target_rows.answer(kind, selection, about, lines, page.freshness.made_at, illustrative=illustrative)


def _page(request, code):
    """The selection, the agency, its page with its targets in the order asked for, and that order."""
    selection, sort = select(request), asked_sort(request, "can-chu-y")
    found = get_object_or_404(Agency.objects.visible_to(request.user).select_related("parent"), code=code)
    page = agencies.agency_page(selection, found, request.user)
    rows = {row.line.target.pk: row for row in page.lines}
    lines = sorted((row.line for row in page.lines), key=lambda line: line.target.position)
    return selection, found, replace(page, lines=tuple(rows[x.target.pk] for x in ordered(lines, sort))), sort
