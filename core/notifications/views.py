"""The page of notifications."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from core.notifications import services
from core.notifications.events import event_of
from core.notifications.models import Notification

NOTICES_ON_A_PAGE = 40
# The sign of what is no longer registered.
PLAIN = ("info", "mark-tracked")


@require_safe
def notice_list(request):
    """What one was told, newest first; `?loc=chua-doc`: what is unread."""
    own, unread_only = Notification.objects.of(request.user), request.GET.get("loc") == "chua-doc"
    page = Paginator(own.unread() if unread_only else own, NOTICES_ON_A_PAGE).get_page(
        request.GET.get("trang", "1")[:9]
    )
    found = [(told, event_of(told.event)) for told in page]
    lines = [(told, *((event.icon, f"mark-{event.tone}") if event else PLAIN)) for told, event in found]
    context = {"page": page, "lines": lines, "unread_only": unread_only, "unread": getattr(request.user, "unread", 0)}
    return render(request, "core/notifications/notification_list.html", context)


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
