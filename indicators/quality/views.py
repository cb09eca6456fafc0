"""*Chất lượng số liệu*: how figures become official and are revised."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agencies.http import SignedInRequest
from indicators.models import Plan
from indicators.selection import no_plan


@require_safe
def revisions_policy(request: SignedInRequest) -> HttpResponse:
    """Show the policy on revisions: what is provisional, when figures become official, how corrections are published."""
    plan = Plan.objects.current()
    if plan is None:
        raise no_plan()
    return render(request, "indicators/quality/revisions_policy.html", {"plan": plan})
