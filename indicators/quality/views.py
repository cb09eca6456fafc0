"""*Chất lượng số liệu*: how figures become official and are revised."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agencies.http import SignedInRequest
from indicators.selection import plan_of


@require_safe
def revisions_policy(request: SignedInRequest) -> HttpResponse:
    """Show the policy on revisions: what is provisional, when figures become official, how corrections are published."""
    return render(request, "indicators/quality/revisions_policy.html", {"plan": plan_of(request)})
