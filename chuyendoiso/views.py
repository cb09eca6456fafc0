"""The state of the system in plain words (*Tình trạng hệ thống*), for the administration and the standing agency; to whom
weaknesses are reported, for everybody."""

import datetime as dt

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agencies.http import SignedInRequest
from agencies.roles import Role
from chuyendoiso import incidents, system_state
from indicators.models import DEFINERS
from plans.accounts import queries

# How long a stored copy of the contact may be relied on.
CONTACT_HOLDS = dt.timedelta(days=180)


@login_not_required
@require_safe
def security_contact(request: HttpRequest) -> HttpResponse:
    """Say to whom a weakness is reported (RFC 9116); 404 where the operator has named nobody."""
    if not settings.SECURITY_CONTACT:
        raise Http404("Chưa có đầu mối.")
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {timezone.now() + CONTACT_HOLDS:%Y-%m-%dT00:00:00Z}",
        "Preferred-Languages: vi, en",
        f"Canonical: {settings.SITE_URL}{request.path}",
    ]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def state(request: SignedInRequest) -> HttpResponse:
    """Show each part of the system, what needs a hand first, and how many accounts need a look."""
    if not request.user.holds(*DEFINERS):
        raise Http404("Không có trang này.")
    since = incidents.open_since()
    lines = sorted(system_state.lines(), key=lambda line: line.is_well)
    context = {
        "lines": [(line, since.get(line.title)) for line in lines],
        "ailing": sum(not line.is_well for line in lines),
        "sleeping": [(sleep.reason, len(rows)) for sleep, rows in queries.sleeping(queries.account_rows()).items()],
        "may_administer": request.user.holds(Role.ADMIN),
    }
    return render(request, "system_state.html", context)
