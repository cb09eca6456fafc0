"""The release calendar's form, its file, and the address that calendar programs subscribe to; the calendar itself is a part
of *Kỳ báo cáo* (`templatetags/releases.py`)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.http import SignedInRequest
from core import clock
from indicators.calendar.ical import calendar_file
from indicators.errors import ActionNotAllowed
from indicators.selection import plan_of
from reports.documents.releases import services
from reports.documents.releases.forms import ReleasesForm
from reports.documents.releases.queries import calendar_events, plans_ahead, releases
from reports.models import ReleaseFeed

CALENDAR_TYPE = "text/calendar; charset=utf-8"
FEED_NAME = "Lịch phát hành báo cáo chuyển đổi số"
# How often a calendar program is asked to read again (RFC 7986).
REFRESH = "PT6H"


@require_safe
def calendar_ics(request: SignedInRequest) -> HttpResponse:
    """Send the release calendar as a calendar file. Open to everyone who signs in."""
    plan = plan_of(request)
    text = calendar_file(f"Lịch phát hành báo cáo chuyển đổi số {plan.short_name}", calendar_events(plan), clock.now())
    response = HttpResponse(text, content_type=CALENDAR_TYPE)
    response["Content-Disposition"] = f'attachment; filename="lich-phat-hanh-{plan.address}.ics"'
    return response


@login_not_required
@require_safe
@never_cache
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Send the release calendar to a calendar program: of the plan in view and those that follow it. 404 for an address that
    was never given, was closed, or whose reader's account is closed."""
    get_object_or_404(ReleaseFeed, token_hash=services.hash_of(token), user__is_active=True)
    events = [event for plan in plans_ahead() for event in calendar_events(plan)]
    return HttpResponse(calendar_file(FEED_NAME, events, clock.now(), refresh=REFRESH), content_type=CALENDAR_TYPE)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def feed_address(request: SignedInRequest) -> HttpResponse:
    """Show whether the reader has an address for a calendar program. POST makes a new one and shows it this once, or closes
    it."""
    plan_of(request)
    address, caller = "", request.META.get("REMOTE_ADDR")
    if request.method == "POST":
        if request.POST.get("viec") == "bo":
            if services.close_feed(by=request.user, address=caller):
                messages.success(request, "Đã bỏ địa chỉ: ứng dụng lịch nào dùng nó không đọc được lịch nữa.")
            return redirect("releases_feed_address")
        token = services.open_feed(by=request.user, address=caller)
        address = request.build_absolute_uri(reverse("releases_feed", args=[token]))
    current = ReleaseFeed.objects.filter(user=request.user).first()
    context = {"address": address, "feed": current}
    return render(request, "reports/documents/releases/feed.html", context)


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
            return redirect(f"{reverse('calendar')}?{plan.query}#phat-hanh")
    context = {"plan": plan, "form": form, "refusal": refusal}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "reports/documents/releases/edit.html", context, status=status)
