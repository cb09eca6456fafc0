"""Where one begins, and the province at a glance."""

from dataclasses import replace

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from indicators import page_cache
from indicators.review.views import queue
from indicators.selection import select
from indicators.worklist import views
from reports.dashboards.exports import target_rows
from reports.dashboards.queries import overview as queries_overview
from reports.dashboards.queries import timeliness
from reports.dashboards.queries.target_rows import SORTS, ordered
from reports.navigation import home_of

PLAN_ORDER = "ke-hoach"
FILTERS = ("tru-cot", "chu-tri")
MODES = {"": "reports/overview.html", "man-hinh": "reports/wall.html"}


@require_safe
def home(request):
    """The page that the reader's work begins with."""
    pages = {"todo": views.todo, "review_queue": queue.queue, "overview": overview}
    return pages[home_of(request.user)](request)


@require_safe
def overview(request):
    """`sap-xep`: the order of the targets; in the plan's own they stand by pillar. `tru-cot`, `chu-tri`: only the targets of a
    pillar's code, of a lead's name. `che-do=man-hinh`: its parts in turn, for a wall. Without a period in the address it opens on
    the newest one with enough figures."""
    mode = request.GET.get("che-do", "")
    if mode not in MODES:
        raise Http404("Không có chế độ này.")
    selection, sort = select(request), asked_sort(request)
    newest = selection if "ky" not in request.GET else None
    if newest is not None:
        selection = _opened(request, newest)

    def body(reader):
        found = narrowed(request, selection, reader)
        return {
            "overview": found,
            "running": timeliness.newest_with_enough(newest).later if newest is not None else None,
            "groups": found.pillars if sort == PLAN_ORDER else [{"lines": ordered(found.lines, sort)}],
            "sort": sort,
            "sorts": sort_choices(),
            "kept_fields": [(name, request.GET[name]) for name in FILTERS if request.GET.get(name)],
        }

    asked = (*FILTERS, "sap-xep", "che-do")
    name = "overview" if newest is None else "front page"
    context = {"selection": selection, "body": page_cache.CachedBody(request, selection, name, body, asked)}
    return render(request, MODES[mode], context)


def _opened(request, newest):
    """The selection with the newest period that has enough figures. From here on that period is the one asked for: in the links
    of the page and of its frame."""
    number = page_cache.remembered(newest, "opened", lambda: str(timeliness.newest_with_enough(newest).period.number))
    period = next(each for each in newest.periods if str(each.number) == number)
    request.GET = request.GET.copy()
    request.GET["ky"] = period.code
    request.selection = replace(newest, period=period)
    return request.selection


@require_safe
def targets_file(request, kind):
    """The overview's targets as XLSX or CSV, in the order of the page."""
    if kind not in ("xlsx", "csv"):
        raise Http404("Không có loại tệp này.")
    selection, sort = select(request), asked_sort(request)
    found = narrowed(request, selection, request.user)
    illustrative = selection.plan.is_demo
    lines = ordered(found.lines, sort)
    about = ", ".join(["toàn tỉnh", *filter(None, (request.GET.get(name) for name in FILTERS))])
    return target_rows.answer(kind, selection, about, lines, found.freshness.made_at, illustrative=illustrative)


def narrowed(request, selection, user):
    """The overview that an address asks for; 404 for a pillar or a lead that is not there."""
    asked = request.GET
    found = queries_overview.overview(selection, user, pillar=asked.get("tru-cot", ""), lead=asked.get("chu-tri", ""))
    if found is None:
        raise Http404("Không có trụ cột hoặc cơ quan chủ trì này.")
    return found


def asked_sort(request, default: str = PLAN_ORDER) -> str:
    """The order of targets that an address asks for; 404 for one that does not exist."""
    sort = request.GET.get("sap-xep", default)
    if sort not in SORTS:
        raise Http404("Không có cách xếp này.")
    return sort


def sort_choices():
    """(name in the address, words) of each order of targets."""
    return [(name, words) for name, (words, _) in SORTS.items()]
