"""The league table: the page, and its content as a file."""

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agencies.http import SignedInRequest
from agencies.models import User
from core.downloads import workbook_file
from indicators import page_cache
from indicators.selection import Selection, select_work
from indicators.targets import results_ranking
from reports.dashboards.exports import league_table as exports_league_table
from reports.dashboards.queries import league_table

ROWS_ON_A_PAGE = 60
# The columns that can be sorted: name in the address, heading, CSS class.
COLUMNS = (
    ("hang", "Hạng", "right"),
    ("ten", "Đơn vị", ""),
    ("dung-han", "Duyệt đúng hạn", "right"),
    ("muon", "Phiếu muộn", "right hide-small"),
    ("khong-nop", "Không nộp", "right hide-small"),
    ("tra-lai", "Trả lại", "right hide-small"),
    ("day-du", "Đầy đủ", "right hide-small"),
)


@require_safe
def league(request: SignedInRequest) -> HttpResponse:
    """Show a page of the league table."""
    selection, number = select_work(request), page_cache.page_asked(request)

    def body(reader: User) -> dict:
        table = _league(request, selection, reader)
        page = Paginator(table.rows, ROWS_ON_A_PAGE).get_page(number)
        return {
            "league": table,
            "page": page,
            "own_rows": [row for row in table.rows if row.is_own and row not in page.object_list],
            "columns": COLUMNS,
            "months": exports_league_table.MONTHS,
            "sort": request.GET.get("xep", "hang"),
        }

    context = {
        "selection": selection,
        "sees_results": results_ranking.may_see(request.user, selection.plan),
        "body": page_cache.CachedBody(request, selection, "league", body, ("nhom", "xep"), trang=number),
    }
    return render(request, "reports/dashboards/league_table.html", context)


@require_safe
def workbook(request: SignedInRequest) -> HttpResponseBase:
    """Download the whole league table as XLSX."""
    selection = select_work(request)
    table = _league(request, selection, request.user)
    is_demo = selection.plan.is_demo
    book = exports_league_table.make(selection, table, is_demo=is_demo)
    name = f"{table.group.name}_tháng-{selection.period.month}-{selection.period.year_code}"
    return workbook_file(book, "Kỷ luật nộp báo cáo", name)


def _league(request: SignedInRequest, selection: Selection, user: User) -> league_table.League:
    """Return the league table for an address. Raises Http404 for what does not exist. `nhom`: a level's name, or a
    district's code."""
    group = request.GET.get("nhom", "")
    is_district = group not in ("", "tat-ca", *league_table.LEVELS)
    chosen = {"district": group} if is_district else {"level": group}
    table = league_table.league(selection, user, **chosen, sort=request.GET.get("xep", "hang"))
    if table is None:
        raise Http404("Không có nhóm hoặc cách xếp này.")
    return table
