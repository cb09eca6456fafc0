"""The public pages: read without signing in, without a script; nothing of a plan that was not opened."""

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agencies.http import SignedInRequest
from exchange.open_data import foreign, package, services
from exchange.open_data.queries import open_plans, published_plan
from indicators.errors import ActionNotAllowed
from indicators.models import Plan

# Address name of a file → its content type and how it is made.
FILES = {
    package.VALUES: ("text/csv; charset=utf-8", package.values_csv),
    package.TARGETS: ("text/csv; charset=utf-8", package.targets_csv),
    "goi-du-lieu.zip": ("application/zip", package.package),
    "dhis2-metadata.json": ("application/json; charset=utf-8", foreign.dhis2_metadata),
    "dhis2-data-values.json": ("application/json; charset=utf-8", foreign.dhis2_values),
    "sdmx.csv": ("text/csv; charset=utf-8", foreign.sdmx_csv),
}


@login_not_required
@require_safe
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    """List the plans whose published figures are open; to those who may open one, all plans. 404 while nothing is open."""
    plans = open_plans()
    user = request.user
    may_open = user.is_authenticated and services.may_open(user)
    if not plans and not may_open:
        raise Http404("Chưa có số liệu nào được công khai.")
    others = Plan.objects.started().exclude(pk__in=[plan.pk for plan in plans]).order_by("-year") if may_open else []
    return render(request, "exchange/open_data/overview.html", {"plans": plans, "may_open": may_open, "others": others})


@login_not_required
@require_safe
@never_cache
def plan(request: HttpRequest, code: str) -> HttpResponse:
    """Show what was published of an open plan: each target with its newest value, status, report."""
    context = {"published": published_plan(_open_plan(code)), "files": list(FILES)}
    return render(request, "exchange/open_data/plan.html", context)


@login_not_required
@require_safe
@never_cache
def target(request: HttpRequest, code: str, target_code: str) -> HttpResponse:
    """Show one target of an open plan: how it is measured, and all its published values."""
    published = published_plan(_open_plan(code))
    row = next((row for row in published.targets if row.target.code == target_code), None)
    if row is None:
        raise Http404("Không có chỉ tiêu này.")
    return render(request, "exchange/open_data/target.html", {"published": published, "row": row})


@login_not_required
@require_safe
@never_cache
def file(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """Send a file of an open plan."""
    published = published_plan(_open_plan(code))
    if name == "datapackage.json":
        told = json.dumps(package.descriptor(published), ensure_ascii=False)
        return HttpResponse(told, content_type="application/json; charset=utf-8")
    if name not in FILES:
        raise Http404("Không có tệp này.")
    content_type, make = FILES[name]
    response = HttpResponse(make(published), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{published.plan.code}-{name}"'
    return response


@require_POST
@never_cache
def change(request: SignedInRequest, code: str) -> HttpResponse:
    """Open or close the published figures of a plan. 404 for those who may not."""
    if not services.may_open(request.user):
        raise Http404("Tài khoản không công khai số liệu.")
    chosen = get_object_or_404(Plan.objects.started(), code=code)
    address = request.META.get("REMOTE_ADDR")
    try:
        if request.POST.get("act") == "open":
            services.open_plan(plan=chosen, by=request.user, address=address)
            messages.success(request, f"Đã công khai số liệu đã phát hành của {chosen.name}. Ai cũng xem được.")
        else:
            services.close_plan(plan=chosen, by=request.user, address=address)
            messages.success(request, f"Đã thôi công khai số liệu của {chosen.name}.")
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
    return redirect("open_data")


def _open_plan(code: str) -> Plan:
    """Return an open plan by its code. Raises Http404."""
    opened = next((each for each in open_plans() if each.code == code), None)
    if opened is None:
        raise Http404("Không có số liệu này.")
    return opened
