"""The matrix of agencies × targets: the page, and its content as files."""

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agencies.http import SignedInRequest
from agencies.models import User
from core import formatting, spreadsheet, tables
from indicators import page_cache
from indicators.rules.status import BY_MERIT, WORDS
from indicators.selection import Selection, select
from indicators.targets import observations
from reports.dashboards import matrix_html
from reports.dashboards.exports import matrix as exports_matrix
from reports.dashboards.queries import matrix
from reports.dashboards.queries.matrix import EMPHASES, SORTS

ROWS_ON_A_PAGE = 60
# The content of a cell: name in the address → label.
CONTENTS = {"": "Trạng thái", "so": "Trạng thái và giá trị"}


@require_safe
def page(request: SignedInRequest) -> HttpResponse:
    """Show a page of the matrix. `nhom`: a group or a district's code; `tru-cot`, `to`, `o`, `xep`: pillar, highlight,
    content of the cells, order."""
    selection, number = select(request), page_cache.page_asked(request)
    emphasis, content = request.GET.get("to", ""), request.GET.get("o", "")
    if emphasis not in EMPHASES or content not in CONTENTS:
        raise Http404("Không có cách hiện này.")

    def body(reader: User) -> dict:
        shown_matrix = _matrix(request, selection, reader)
        rows = Paginator(shown_matrix.rows, ROWS_ON_A_PAGE).get_page(number)
        shown = [*([shown_matrix.province] if shown_matrix.province is not None else []), *rows]
        return {
            "matrix": shown_matrix,
            "page": rows,
            "cells": matrix_html.body(
                shown_matrix,
                shown,
                matrix.cells_of(selection, reader, shown_matrix.targets, shown),
                query=selection.query,
                emphasis=EMPHASES[emphasis][1],
                values=content == "so",
            ),
            "legend": [(status, WORDS[status]) for status in BY_MERIT],
            "emphases": [(name, label) for name, (label, _) in EMPHASES.items()],
            "contents": CONTENTS.items(),
            "sorts": SORTS.items(),
            "chosen": {
                "pillar": request.GET.get("tru-cot", ""),
                "emphasis": emphasis,
                "content": content,
                "sort": request.GET.get("xep", "thu-tu"),
            },
        }

    parameters = ("nhom", "tru-cot", "to", "o", "xep")
    context = {
        "selection": selection,
        "body": page_cache.CachedBody(request, selection, "matrix", body, parameters, trang=number),
    }
    return render(request, "reports/dashboards/matrix.html", context)


@require_safe
def file(request: SignedInRequest, kind: str) -> HttpResponseBase:
    """Download the whole matrix as XLSX or CSV."""
    if kind not in ("xlsx", "csv"):
        raise Http404("Không có loại tệp này.")
    selection = select(request)
    shown_matrix = _matrix(request, selection, request.user)
    cells = matrix.cells_of(selection, request.user, shown_matrix.targets, exports_matrix.rows_of(shown_matrix))
    is_demo = selection.plan.is_demo
    marked = "Số liệu minh họa, " if is_demo else ""
    name = f"Ma trận, {marked}{shown_matrix.group_name}, {selection.period.short_name}.{kind}"
    if kind == "xlsx":
        return spreadsheet.workbook_response(exports_matrix.make(selection, shown_matrix, cells, is_demo=is_demo), name)
    same = {
        "Kỳ": selection.period.code,
        "Số liệu": selection.basis.label,
        "Tổng hợp lúc": formatting.datetime(shown_matrix.freshness.computed_at),
    }
    lines = exports_matrix.observed_lines(observations.read(selection), shown_matrix, cells)
    return exports_matrix.OBSERVED_CELLS.csv(name, lines, tables.same_columns(same, is_demo=is_demo))


def _matrix(request: SignedInRequest, selection: Selection, user: User) -> matrix.Matrix:
    """Return the matrix for an address. Raises Http404 for what does not exist."""
    query = request.GET
    shown_matrix = matrix.matrix(
        selection,
        user,
        group=query.get("nhom", ""),
        pillar=query.get("tru-cot", ""),
        sort=query.get("xep", "thu-tu"),
    )
    if shown_matrix is None:
        raise Http404("Không có nhóm, trụ cột hoặc cách xếp này.")
    return shown_matrix
