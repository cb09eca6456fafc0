"""The release calendar's form; the calendar itself is a part of *Kỳ báo cáo* (`templatetags/releases.py`)."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.http import SignedInRequest
from core import clock
from indicators.calendar.ical import CalendarEvent, calendar_file
from indicators.errors import ActionNotAllowed
from indicators.selection import plan_of
from reports.documents.releases import services
from reports.documents.releases.forms import ReleasesForm
from reports.documents.releases.queries import releases


@require_safe
def calendar_ics(request: SignedInRequest) -> HttpResponse:
    """Send the release calendar as a calendar file. Open to everyone who signs in."""
    plan = plan_of(request)
    events = []
    for row in releases(plan, list(plan.periods.in_order())):
        title = f"Phát hành báo cáo tháng {row.period.number}"
        if row.is_moved:
            title += f" ({row.move}: {row.reason})"
        events.append(CalendarEvent(f"{row.period.code}-phat-hanh", row.published_on or row.day, title))
    text = calendar_file(f"Lịch phát hành báo cáo chuyển đổi số năm {plan.year}", events, clock.now())
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="lich-phat-hanh-{plan.year}.ics"'
    return response


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
