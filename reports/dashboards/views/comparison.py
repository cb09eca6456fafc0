"""Who is ahead, who is behind? One target at the districts or at up to five agencies, and the same as files."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe
from openpyxl import Workbook

from core import formatting, spreadsheet
from indicators.selection import select
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
# They came later: they stand after the months, and in the CSV after all others.
LATER = {"Ngưỡng": 12, "So sánh": 10, "Đã nộp": 10, "Đã duyệt": 10} | SUMS


@require_safe
def page(request):
    """`muc-tieu`: a target's code; `co-quan`: codes of agencies, commas between; `them`: one more, by code or name."""
    selection, found = _found(request)
    context = {
        "selection": selection,
        "comparison": found,
        "target": found.target,
        "sorts": SORTS.items(),
        "sort": request.GET.get("xep", "tot"),
        "chips": [(agency, found.without(agency)) for agency in found.chosen],
        "most": MOST_AGENCIES,
    }
    return render(request, "reports/comparison.html", context)


@require_safe
def file(request, kind):
    """The rows of the page as XLSX or CSV; with agencies chosen the workbook has all their targets too."""
    if kind not in ("xlsx", "csv"):
        raise Http404("Không có loại tệp này.")
    selection, found = _found(request)
    illustrative = selection.plan.is_demo
    marked = "Số liệu minh họa, " if illustrative else ""
    period = selection.period
    name = f"So sánh {found.target.code}, {marked}tháng {period.number}-{selection.plan.year}.{kind}"
    columns = COLUMNS | {f"T{p.number}": 10 for p in selection.periods if p.number <= period.number}
    made_at = formatting.datetime(found.freshness.made_at)
    if kind == "csv":
        same = {"Mục tiêu": found.target.code, "Đơn vị tính": found.target.unit, "Kỳ": period.code}
        same |= {"Số liệu": selection.basis.label, "Tổng hợp lúc": made_at}
        same |= {"Lưu ý": spreadsheet.ILLUSTRATIVE} if illustrative else {}
        return spreadsheet.csv_response(name, columns, _lines(found), same, LATER)
    book = Workbook()
    head = [spreadsheet.ILLUSTRATIVE] if illustrative else []
    basis = f"Kỳ tháng {period.number} năm {selection.plan.year}, số {selection.basis.label.lower()}"
    head += [f"{found.target.code} {found.target.label} ({found.target.unit})", basis, f"Tổng hợp lúc {made_at}"]
    sheet = book.active
    sheet.title = "Một mục tiêu"
    spreadsheet.write_table(sheet, head, columns | LATER, _lines(found))
    if found.chosen:
        sheet = book.create_sheet("Mọi mục tiêu")
        wide = {"Mã": 10, "Mục tiêu": 60, "Đơn vị tính": 14}
        wide |= {f"{agency.place_name} ({agency.code})": 18 for agency in found.chosen}
        head = [*head[: int(illustrative)], "Mọi mục tiêu của các đơn vị đã chọn", *head[-2:], VALUE_NOTE]
        spreadsheet.write_table(sheet, head, wide, _all_targets(found))
    return spreadsheet.workbook_response(book, name)


def _lines(found):
    target = found.target
    for row in found.rows:
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
        ]


def _all_targets(found):
    for row in found.table:
        target = row.target
        yield [
            target.code,
            target.label,
            target.unit,
            *(UNASSIGNED if cell is None else value_of(cell) for cell in row.cells),
        ]


def _found(request):
    """The selection and the comparison that an address asks for."""
    selection, asked = select(request), request.GET
    codes = [code for given in asked.getlist("co-quan") for code in given.split(",") if code]
    if len(set(codes)) > MOST_AGENCIES:
        raise Http404("So sánh nhiều nhất năm đơn vị một lần.")
    found = comparison.comparison(
        selection,
        request.user,
        target=asked.get("muc-tieu", ""),
        agencies=codes,
        added=asked.get("them", "")[:200],
        sort=asked.get("xep", "tot"),
    )
    if found is None:
        raise Http404("Không có mục tiêu, đơn vị hoặc cách xếp này.")
    return selection, found
