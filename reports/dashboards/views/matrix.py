"""Where are the weak spots? Agencies × targets, and the same as files."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core import formatting, spreadsheet
from indicators import page_cache
from indicators.rules.status import BY_MERIT, WORDS
from indicators.selection import select
from reports.dashboards import matrix_html
from reports.dashboards.exports import matrix as exports_matrix
from reports.dashboards.queries import matrix
from reports.dashboards.queries.matrix import EMPHASES, SORTS

ROWS_ON_A_PAGE = 60
# What stands in a cell: name in the address → words.
CONTENTS = {"": "Trạng thái", "so": "Trạng thái và giá trị"}


@require_safe
def page(request):
    """`nhom`: a group or a district's code; `tru-cot`, `to`, `o`, `xep`: pillar, what stands out, what a cell shows, order."""
    selection, number = select(request), page_cache.page_asked(request)
    emphasis, content = request.GET.get("to", ""), request.GET.get("o", "")
    if emphasis not in EMPHASES or content not in CONTENTS:
        raise Http404("Không có cách hiện này.")

    def body(reader):
        found = _found(request, selection, reader)
        rows = Paginator(found.rows, ROWS_ON_A_PAGE).get_page(number)
        shown = [*([found.province] if found.province is not None else []), *rows]
        return {
            "matrix": found,
            "page": rows,
            "cells": matrix_html.body(
                found,
                shown,
                matrix.cells_of(selection, reader, found.targets, shown),
                query=selection.query,
                min_coverage=selection.plan.min_coverage,
                emphasis=EMPHASES[emphasis][1],
                values=content == "so",
            ),
            "legend": [(status, WORDS[status]) for status in BY_MERIT],
            "emphases": [(name, words) for name, (words, _) in EMPHASES.items()],
            "contents": CONTENTS.items(),
            "sorts": SORTS.items(),
            "asked": {
                "pillar": request.GET.get("tru-cot", ""),
                "emphasis": emphasis,
                "content": content,
                "sort": request.GET.get("xep", "thu-tu"),
            },
        }

    asked = ("nhom", "tru-cot", "to", "o", "xep")
    context = {
        "selection": selection,
        "body": page_cache.CachedBody(request, selection, "matrix", body, asked, trang=number),
    }
    return render(request, "reports/matrix.html", context)


@require_safe
def file(request, kind):
    """The same as XLSX or CSV, all pages of it."""
    if kind not in ("xlsx", "csv"):
        raise Http404("Không có loại tệp này.")
    selection = select(request)
    found = _found(request, selection, request.user)
    cells = matrix.cells_of(selection, request.user, found.targets, exports_matrix.rows_of(found))
    illustrative = selection.plan.is_demo
    marked = "Số liệu minh họa, " if illustrative else ""
    name = f"Ma trận, {marked}{found.group_name}, tháng {selection.period.number}-{selection.plan.year}.{kind}"
    if kind == "xlsx":
        return spreadsheet.workbook_response(
            exports_matrix.make(selection, found, cells, illustrative=illustrative), name
        )
    same = {
        "Kỳ": selection.period.code,
        "Số liệu": selection.basis.label,
        "Tổng hợp lúc": formatting.datetime(found.freshness.made_at),
    }
    same |= {"Lưu ý": spreadsheet.ILLUSTRATIVE} if illustrative else {}
    return spreadsheet.csv_response(
        name, exports_matrix.CELL_COLUMNS, exports_matrix.lines(selection, found, cells), same, exports_matrix.SUMS
    )


def _found(request, selection, user):
    """The matrix that an address asks for; 404 for what is not there."""
    asked = request.GET
    found = matrix.matrix(
        selection,
        user,
        group=asked.get("nhom", ""),
        pillar=asked.get("tru-cot", ""),
        sort=asked.get("xep", "thu-tu"),
    )
    if found is None:
        raise Http404("Không có nhóm, trụ cột hoặc cách xếp này.")
    return found
