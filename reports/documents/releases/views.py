"""The release calendar's form; the calendar itself is a part of *Kỳ báo cáo* (`templatetags/releases.py`)."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.http import SignedInRequest
from indicators.errors import ActionNotAllowed
from indicators.selection import plan_of
from reports.documents.releases import services
from reports.documents.releases.forms import ReleasesForm
from reports.documents.releases.queries import releases


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit(request: SignedInRequest) -> HttpResponse:
    """Show and process the form of the release calendar, for those who may change it."""
    if not services.may_plan(request.user):
        raise Http404("Tài khoản không sửa lịch phát hành.")
    plan = plan_of(request)
    rows = releases(plan, list(plan.periods.in_order()))
    form = ReleasesForm(plan, rows, request.POST if request.method == "POST" else None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            changes = services.change_releases(
                plan=plan,
                release_days=form.cleaned_data["release_days"],
                typed=form.typed,
                seen=form.cleaned_data["seen"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                address=request.META.get("REMOTE_ADDR"),
            )
        except ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            messages.success(request, f"Đã đổi lịch phát hành: {'; '.join(changes)}.")
            return redirect(f"{reverse('calendar')}?nam={plan.year}#phat-hanh")
    context = {"plan": plan, "form": form, "refusal": refusal}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "reports/documents/releases/edit.html", context, status=status)
