"""Who reports well? The league, and the same as a file."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.downloads import workbook_file
from indicators import page_cache
from indicators.selection import select
from reports.dashboards.exports import league_table as exports_league_table
from reports.dashboards.queries import league_table

ROWS_ON_A_PAGE = 60
# The columns that the table can be sorted by: name in the address, heading, class.
COLUMNS = (
    ("hang", "Hạng", "right"),
    ("ten", "Đơn vị", ""),
    ("dung-han", "Đúng hạn", "right"),
    ("muon", "Muộn", "right hide-small"),
    ("khong-nop", "Không nộp", "right hide-small"),
    ("tra-lai", "Trả lại", "right hide-small"),
    ("day-du", "Đầy đủ", "right hide-small"),
)


@require_safe
def league(request):
    selection, number = select(request), page_cache.page_asked(request)

    def body(reader):
        found = _found(request, selection, reader)
        page = Paginator(found.rows, ROWS_ON_A_PAGE).get_page(number)
        return {
            "league": found,
            "page": page,
            "own": [row for row in found.rows if row.is_own and row not in page.object_list],
            "columns": COLUMNS,
            "sort": request.GET.get("xep", "hang"),
        }

    context = {
        "selection": selection,
        "body": page_cache.CachedBody(request, selection, "league", body, ("nhom", "xep"), trang=number),
    }
    return render(request, "reports/league.html", context)


@require_safe
def workbook(request):
    """The same as XLSX, all pages of it."""
    selection = select(request)
    found = _found(request, selection, request.user)
    illustrative = selection.plan.is_demo
    book = exports_league_table.make(selection, found, illustrative=illustrative)
    name = f"{found.group.name}_tháng-{selection.period.number}-{selection.plan.year}"
    return workbook_file(book, "Xếp hạng", name)


def _found(request, selection, user):
    """The league that an address asks for; 404 for what is not there. `nhom`: a level's name, or a district's code."""
    group = request.GET.get("nhom", "")
    is_district = group not in ("", "tat-ca", *league_table.LEVELS)
    chosen = {"district": group} if is_district else {"level": group}
    found = league_table.league(selection, user, **chosen, sort=request.GET.get("xep", "hang"))
    if found is None:
        raise Http404("Không có nhóm hoặc cách xếp này.")
    return found
