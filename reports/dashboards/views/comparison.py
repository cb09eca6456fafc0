"""The comparison of one target at the districts or at up to five agencies: the page, and its content as files."""

from collections.abc import Iterator

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from openpyxl import Workbook

from agencies.http import SignedInRequest
from core import formatting, spreadsheet
from indicators.selection import Selection, select
from reports.dashboards.exports.matrix import UNASSIGNED, VALUE_NOTE, value_of
from reports.dashboards.exports.target_rows import SUMS
from reports.dashboards.queries import comparison
from reports.dashboards.queries.comparison import MOST_AGENCIES, SORTS

COLUMNS = {
    "Đơn vị": 36,
    "Mã": 12,
    "Giá trị": 14,
    "So kỳ trước": 14,
    "Cần đạt đến nay": 14,
    "Trạng thái": 20,
    "Dự báo khi đến hạn": 14,
    "Đơn vị đã tính": 12,
    "Đơn vị phải báo cáo": 12,
}
# Columns added later: after the months, and in the CSV last, so that no column that machines read moves.
LATER = {"Ngưỡng": 12, "So sánh": 10, "Đã nộp": 10, "Đã duyệt": 10} | SUMS | {"Tháng mang sang": 16}


@require_safe
def page(request: SignedInRequest) -> HttpResponse:
    """Show the comparison. `muc-tieu`: a target's code; `co-quan`: codes of agencies, separated by commas; `them`: one
    more, by code or name."""
    selection, shown = _comparison(request)
    context = {
        "selection": selection,
        "comparison": shown,
        "target": shown.target,
        "sorts": SORTS.items(),
        "sort": request.GET.get("xep", "tot"),
        "chips": [(agency, shown.without(agency)) for agency in shown.chosen],
        "most": MOST_AGENCIES,
    }
    return render(request, "reports/dashboards/comparison.html", context)


@require_safe
def file(request: SignedInRequest, kind: str) -> HttpResponseBase:
    """Download the rows of the page as XLSX or CSV; with chosen agencies the workbook also has all their targets."""
    if kind not in ("xlsx", "csv"):
        raise Http404("Không có loại tệp này.")
    selection, shown = _comparison(request)
    illustrative = selection.plan.is_demo
    marked = "Số liệu minh họa, " if illustrative else ""
    period = selection.period
    name = f"So sánh {shown.target.code}, {marked}tháng {period.number}-{selection.plan.year}.{kind}"
    columns = COLUMNS | {f"T{p.number}": 10 for p in selection.periods if p.number <= period.number}
    computed_at = formatting.datetime(shown.freshness.computed_at)
    if kind == "csv":
        same = {"Mục tiêu": shown.target.code, "Đơn vị tính": shown.target.unit, "Kỳ": period.code}
        same |= {"Số liệu": selection.basis.label, "Tổng hợp lúc": computed_at}
        same |= {"Lưu ý": spreadsheet.ILLUSTRATIVE} if illustrative else {}
        return spreadsheet.csv_response(name, columns, _lines(shown), same, LATER)
    book = Workbook()
    head = [spreadsheet.ILLUSTRATIVE] if illustrative else []
    basis = f"Kỳ tháng {period.number} năm {selection.plan.year}, số {selection.basis.label.lower()}"
    head += [f"{shown.target.code} {shown.target.label} ({shown.target.unit})", basis, f"Tổng hợp lúc {computed_at}"]
    sheet = book.worksheets[0]
    sheet.title = "Một mục tiêu"
    spreadsheet.write_table(sheet, head, columns | LATER, _lines(shown))
    if shown.chosen:
        sheet = book.create_sheet("Mọi mục tiêu")
        wide = {"Mã": 10, "Mục tiêu": 60, "Đơn vị tính": 14}
        wide |= {f"{agency.place_name} ({agency.code})": 18 for agency in shown.chosen}
        head = [*head[: int(illustrative)], "Mọi mục tiêu của các đơn vị đã chọn", *head[-2:], VALUE_NOTE]
        spreadsheet.write_table(sheet, head, wide, _all_targets(shown))
    return spreadsheet.workbook_response(book, name)


def _lines(shown: comparison.Comparison) -> Iterator[list]:
    target = shown.target
    for row in shown.rows:
        line = row.line
        yield [
            row.name,
            row.agency.code,
            line.value,
            line.change,
            line.required,
            line.word,
            line.forecast,
            line.counted,
            line.expected,
            *line.history,
            target.threshold if line.is_judged else None,
            formatting.COMPARATOR_WORDS[target.comparator] if line.is_judged else "",
            line.reported,
            line.approved,
            line.numerator,
            line.denominator,
            line.carried_words,
        ]


def _all_targets(shown: comparison.Comparison) -> Iterator[list]:
    for row in shown.table:
        target = row.target
        yield [
            target.code,
            target.label,
            target.unit,
            *(UNASSIGNED if cell is None else value_of(cell) for cell in row.cells),
        ]


def _comparison(request: SignedInRequest) -> tuple[Selection, comparison.Comparison]:
    """Return the selection and the comparison for an address. Raises Http404 for what does not exist."""
    selection, query = select(request), request.GET
    codes = [code for given in query.getlist("co-quan") for code in given.split(",") if code]
    if len(set(codes)) > MOST_AGENCIES:
        raise Http404("So sánh nhiều nhất năm đơn vị một lần.")
    shown = comparison.comparison(
        selection,
        request.user,
        target=query.get("muc-tieu", ""),
        agencies=codes,
        added=query.get("them", "")[:200],
        sort=query.get("xep", "tot"),
    )
    if shown is None:
        raise Http404("Không có mục tiêu, đơn vị hoặc cách xếp này.")
    return selection, shown
