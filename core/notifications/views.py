"""The page of notifications."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from core.notifications import services
from core.notifications.models import Event, Notification

NOTICES_ON_A_PAGE = 40
# Icon and colour of a notice; the others have those of plain news.
NOTICE_SIGNS = {
    Event.OPENED: ("clock", "mark-tracked"),
    Event.DUE_SOON: ("clock", "mark-behind"),
    Event.OVERDUE: ("at_risk", "mark-at_risk"),
    Event.RETURNED: ("back", "mark-at_risk"),
    Event.REOPENED: ("pen", "mark-behind"),
    Event.FILLED_IN: ("pen", "mark-tracked"),
    Event.APPROVED: ("check", "mark-on_track"),
    Event.EXTENSION_ASKED: ("pen", "mark-tracked"),
    Event.EXTENSION_GRANTED: ("check", "mark-on_track"),
    Event.EXTENSION_REFUSED: ("x", "mark-at_risk"),
}


@require_safe
def notice_list(request):
    """What one was told, newest first; `?loc=chua-doc`: what is unread."""
    own, unread_only = Notification.objects.of(request.user), request.GET.get("loc") == "chua-doc"
    page = Paginator(own.unread() if unread_only else own, NOTICES_ON_A_PAGE).get_page(
        request.GET.get("trang", "1")[:9]
    )
    lines = [(told, *NOTICE_SIGNS.get(told.event, ("info", "mark-tracked"))) for told in page]
    context = {"page": page, "lines": lines, "unread_only": unread_only, "unread": getattr(request.user, "unread", 0)}
    return render(request, "agencies/notices.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def notice(request, pk):
    """POST: one has read it, and goes on to the page that it speaks of, or stays with `act=stay`."""
    if request.method != "POST":
        return redirect("notices")
    told = get_object_or_404(Notification, pk=pk, person=request.user)
    services.mark_read(request.user, [told.pk])
    return redirect("notices" if request.POST.get("act") == "stay" else told.url)


@require_http_methods(["GET", "HEAD", "POST"])
def notices_read(request):
    """POST: one has read everything."""
    if request.method == "POST" and services.mark_read(request.user):
        messages.success(request, "Đã đánh dấu mọi thông báo là đã đọc.")
    return redirect("notices")
