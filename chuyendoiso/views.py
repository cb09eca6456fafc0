"""*Tình trạng hệ thống*: the state of the system in plain words, for the administration and the standing agency."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agencies.http import SignedInRequest
from agencies.roles import Role
from chuyendoiso import system_state
from indicators.models import DEFINERS
from plans.accounts import queries


@require_safe
@never_cache
def state(request: SignedInRequest) -> HttpResponse:
    """Show each part of the system, what needs a hand first, and how many accounts need a look."""
    if not request.user.holds(*DEFINERS):
        raise Http404("Không có trang này.")
    lines = sorted(system_state.lines(), key=lambda line: line.is_well)
    context = {
        "lines": lines,
        "ailing": sum(not line.is_well for line in lines),
        "sleeping": [(sleep.reason, len(rows)) for sleep, rows in queries.sleeping(queries.account_rows()).items()],
        "may_administer": request.user.holds(Role.ADMIN),
    }
    return render(request, "system_state.html", context)
