"""The page of notifications."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from core.notifications import services
from core.notifications.events import event_of
from core.notifications.models import Notification

NOTICES_ON_A_PAGE = 40
# The sign of an event that is no longer registered.
PLAIN = ("info", "mark-tracked")


@require_safe
def notice_list(request: HttpRequest) -> HttpResponse:
    """Show the person's notifications, newest first; `?loc=chua-doc`: the unread ones."""
    notices, unread_only = Notification.objects.of(request.user), request.GET.get("loc") == "chua-doc"
    page = Paginator(notices.unread() if unread_only else notices, NOTICES_ON_A_PAGE).get_page(
        request.GET.get("trang", "1")[:9]
    )
    lines = []
    for notification in page:
        event = event_of(notification.event)
        lines.append((notification, *((event.icon, f"mark-{event.tone}") if event else PLAIN)))
    context = {"page": page, "lines": lines, "unread_only": unread_only, "unread": getattr(request.user, "unread", 0)}
    return render(request, "core/notifications/notification_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """POST: mark one as read and go on to the page that it refers to, or stay with `act=stay`."""
    if request.method != "POST":
        return redirect("notices")
    opened = get_object_or_404(Notification.objects.of(request.user), pk=pk)
    services.mark_read(request.user, [opened.pk])
    return redirect("notices" if request.POST.get("act") == "stay" else opened.url)


@require_http_methods(["GET", "HEAD", "POST"])
def notices_read(request: HttpRequest) -> HttpResponse:
    """POST: mark all as read."""
    if request.method == "POST" and services.mark_read(request.user):
        messages.success(request, "Đã đánh dấu mọi thông báo là đã đọc.")
    return redirect("notices")
