"""Where one begins, and the province at a glance."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from indicators.views import queue, todo
from indicators.views.selection import select
from reports import builders
from reports.shell import home_of


@require_safe
def home(request):
    """The page that the reader's work begins with."""
    pages = {"todo": todo.todo, "review_queue": queue.queue, "overview": overview}
    return pages[home_of(request.user)](request)


@require_safe
def overview(request):
    selection = select(request)
    context = {"selection": selection, "overview": builders.overview(selection, request.user)}
    return render(request, "reports/overview.html", context)
