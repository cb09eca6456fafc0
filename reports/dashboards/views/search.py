"""The search for targets, agencies and projects by a few words."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agencies.http import SignedInRequest
from indicators.models import Plan
from indicators.selection import is_named, no_plan, select
from reports.dashboards.queries import search as queries_search


@require_safe
def search(request: SignedInRequest) -> HttpResponse:
    """Search. `q`: words, accents aside; without words the page shows only its field. `dang=bang`: the first results alone, for
    the field of every page. Results open at the period and basis that the reader came from, where the address names them."""
    selection = select(request) if is_named(request) else None
    plan = selection.plan if selection else Plan.objects.in_view()
    if plan is None:
        raise no_plan()
    results = queries_search.search(plan, request.user, request.GET.get("q", ""))
    carried = f"?{selection.query}" if selection else ""
    context = {"results": results, "carried": carried}
    context["guide_url"] = queries_search.guide_search_url(results.query)
    if request.GET.get("dang") == "bang":
        options = queries_search.options(results, carried)
        return render(request, "reports/dashboards/_palette.html", {"options": options})
    return render(request, "reports/dashboards/search.html", context)
