"""Where is it? Targets, agencies and projects by a few words."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from indicators.models import Plan
from reports import builders


@require_safe
def search(request):
    """`q`: words, accents aside. Without words the page only has its field."""
    results = builders.search(Plan.objects.current(), request.user, request.GET.get("q", ""))
    return render(request, "reports/search.html", {"results": results})
