"""The agencies that a reader may open, and one of them."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from agencies.history import changes_of
from agencies.models import Agency
from indicators.views.selection import select
from reports import builders


@require_safe
def agency_list(request):
    selection, query = select(request), request.GET.get("tim", "").replace("\0", "").strip()
    context = {
        "selection": selection,
        "query": query,
        "list": builders.agency_list(selection, request.user, query),
    }
    return render(request, "reports/agency_list.html", context)


@require_safe
def agency(request, code):
    selection = select(request)
    found = get_object_or_404(Agency.objects.visible_to(request.user).select_related("parent"), code=code)
    page = builders.agency_page(selection, found, request.user)
    context = {
        "selection": selection,
        "agency": found.called(selection.period.window_last),
        "page": page,
        "changes": changes_of(Agency.objects.filter(pk=found.pk)),
    }
    return render(request, "reports/agency.html", context)
