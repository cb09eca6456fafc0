"""The home page, and the overview of the province."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agencies.http import SignedInRequest
from agencies.models import User
from indicators import page_cache
from indicators.review.views import queue
from indicators.selection import Selection, select
from indicators.worklist import views
from reports.dashboards.exports import target_rows
from reports.dashboards.queries import overview as queries_overview
from reports.dashboards.queries.target_rows import SORTS, ordered
from reports.navigation import home_of

PLAN_ORDER = "ke-hoach"
FILTERS = ("tru-cot", "chu-tri")
MODES = {"": "reports/dashboards/overview.html", "man-hinh": "reports/dashboards/wall.html"}


@require_safe
def home(request: SignedInRequest) -> HttpResponseBase:
    """Show the page that the reader's work begins with."""
    pages = {"todo": views.todo, "review_queue": queue.queue, "overview": overview}
    return pages[home_of(request.user)](request)


@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    """Show the overview. `sap-xep`: the order of the targets; in the plan's own order they are grouped by pillar.
    `tru-cot`, `chu-tri`: only the targets of a pillar's code, of a lead's name. `che-do=man-hinh`: its parts in turn,
    for a wall screen."""
    mode = request.GET.get("che-do", "")
    if mode not in MODES:
        raise Http404("Không có chế độ này.")
    selection, sort = select(request), sort_order(request)

    def body(reader: User) -> dict:
        province = narrowed(request, selection, reader)
        return {
            "overview": province,
            "groups": province.pillars if sort == PLAN_ORDER else [{"lines": ordered(province.lines, sort)}],
            "sort": sort,
            "sorts": sort_choices(),
            "kept_fields": [(name, request.GET[name]) for name in FILTERS if request.GET.get(name)],
        }

    parameters = (*FILTERS, "sap-xep", "che-do")
    name = "overview" if selection.is_chosen else "front page"
    context = {"selection": selection, "body": page_cache.CachedBody(request, selection, name, body, parameters)}
    return render(request, MODES[mode], context)


@require_safe
def targets_file(request: SignedInRequest, kind: str) -> HttpResponseBase:
    """Download the overview's targets as XLSX or CSV, in the order of the page."""
    if kind not in ("xlsx", "csv"):
        raise Http404("Không có loại tệp này.")
    selection, sort = select(request), sort_order(request)
    province = narrowed(request, selection, request.user)
    is_demo = selection.plan.is_demo
    lines = ordered(province.lines, sort)
    about = ", ".join(["toàn tỉnh", *filter(None, (request.GET.get(name) for name in FILTERS))])
    return target_rows.answer(kind, selection, about, lines, province.freshness.computed_at, is_demo=is_demo)


def narrowed(request: SignedInRequest, selection: Selection, user: User) -> queries_overview.Overview:
    """Return the overview for an address. Raises Http404 for a pillar or a lead that does not exist."""
    query = request.GET
    province = queries_overview.overview(
        selection, user, pillar=query.get("tru-cot", ""), lead=query.get("chu-tri", "")
    )
    if province is None:
        raise Http404("Không có trụ cột hoặc cơ quan chủ trì này.")
    return province


def sort_order(request: HttpRequest, default: str = PLAN_ORDER) -> str:
    """Return the order of targets in an address. Raises Http404 for one that does not exist."""
    sort = request.GET.get("sap-xep", default)
    if sort not in SORTS:
        raise Http404("Không có cách xếp này.")
    return sort


def sort_choices() -> list[tuple[str, str]]:
    """Return (name in the address, label) of each order of targets."""
    return [(name, label) for name, (label, _) in SORTS.items()]
