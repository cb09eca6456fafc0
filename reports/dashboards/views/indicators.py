"""The plan's indicators, verbatim."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agencies.http import SignedInRequest
from agencies.models import User
from indicators import page_cache
from indicators.models import DEFINERS
from indicators.selection import select
from reports.dashboards.queries import indicators


@require_safe
def page(request: SignedInRequest) -> HttpResponse:
    """Show the plan's indicators as they were signed, each with its targets. Open to everyone who signs in."""
    selection = select(request)
    commitments = selection.plan.commitments.all()

    def body(reader: User) -> dict:
        return {
            "indicators": indicators.indicator_list(selection, reader),
            "charges": selection.plan.charges.select_related("agency"),
            "commitment_count": commitments.count(),
            "unassigned_count": commitments.unassigned().count(),
            "may_correct": reader.holds(*DEFINERS),
        }

    context = {"selection": selection, "body": page_cache.CachedBody(request, selection, "indicators", body, ())}
    return render(request, "reports/dashboards/indicators.html", context)
