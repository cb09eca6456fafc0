"""A target as a file: its nodes as the page lists them, and the year of the chosen one as a workbook; as CSV the
nodes."""

from django.http import HttpResponseBase
from openpyxl import Workbook

from core import formatting, spreadsheet
from indicators.analysis.nodes import NodeRow
from indicators.analysis.target_detail import Month, TargetPage
from indicators.models import Scope, Target
from indicators.rules.nothing import NOTHING_WORDS
from indicators.selection import Selection

NODE_COLUMNS = {
    "Nhóm": 20,
    "Địa bàn, đơn vị": 40,
    "Mã": 14,
    "Tử số": 14,
    "Mẫu số": 14,
    "Giá trị": 14,
    "So kỳ trước": 12,
    "Cần đạt đến nay": 14,
    "Trạng thái": 20,
    "Dự báo khi đến hạn": 14,
    "Phải báo cáo": 10,
    "Đã nộp": 10,
    "Đã duyệt": 10,
    "Ghi chú": 36,
}
MONTH_COLUMNS = {"Kỳ": 12, "Giá trị": 14, "Trong kỳ": 14, "Cần đạt": 14, "Tử số": 14, "Mẫu số": 14, "Ghi chú": 36}


def answer(kind: str, selection: Selection, page: TargetPage, *, illustrative: bool) -> HttpResponseBase:
    """Return the page's tables as a response, in the page's order. kind: xlsx, or csv (the nodes alone)."""
    target, period = page.target, selection.period
    marked = "Số liệu minh họa, " if illustrative else ""
    name = f"{target.code}, {marked}{page.node.name}, tháng {period.number}-{period.plan.year}.{kind}"
    made = formatting.datetime(page.computed_at)
    nodes = [_node(target, section.title, row) for section in page.sections for row in section.rows]
    if kind == "csv":
        same = {"Mục tiêu": target.code, "Đơn vị tính": target.unit, "Kỳ": period.code}
        same |= {"Số liệu": selection.basis.label, "Tổng hợp lúc": made}
        same |= {"Lưu ý": spreadsheet.ILLUSTRATIVE} if illustrative else {}
        return spreadsheet.csv_response(name, NODE_COLUMNS, nodes, same)
    head = [spreadsheet.ILLUSTRATIVE] if illustrative else []
    head += [
        f"{target.code} {target.label}",
        f"Kỳ tháng {period.number} năm {period.plan.year}, số {selection.basis.label.lower()}; đơn vị tính: {target.unit}",
        f"Tổng hợp lúc {made}",
    ]
    book = Workbook()
    book.active.title = "Cấp và địa bàn"
    spreadsheet.write_table(book.active, head, NODE_COLUMNS, nodes)
    months = book.create_sheet("Từng tháng")
    spreadsheet.write_table(months, [*head, page.node.name], MONTH_COLUMNS, map(_month, page.months))
    return spreadsheet.workbook_response(book, name)


def _node(target: Target, title: str, row: NodeRow) -> list:
    remarks = ["chưa đủ số liệu"] if row.is_thin else []
    remarks += ["có số cũ hoặc thiếu kỳ"] if row.stale and row.value is not None else []
    if target.rules.has_parts and row.node.scope == Scope.OWN and row.is_small:
        remarks.append("mẫu số nhỏ")
    return [
        title or "Toàn tỉnh",
        row.node.name,
        row.node.agency.code if row.node.agency else "",
        row.numerator,
        row.denominator,
        row.value,
        row.change,
        row.required,
        row.word,
        row.forecast,
        row.expected,
        row.reported,
        row.approved,
        ", ".join(remarks),
    ]


def _month(month: Month) -> list:
    remarks = [NOTHING_WORDS[month.nothing].lower()] if month.nothing else []
    remarks += ["mang sang"] if month.is_carried else []
    remarks += ["chưa đủ số liệu"] if month.thin else []
    if month.nothing_in_period and month.nothing_in_period != month.nothing:
        remarks.append(f"trong kỳ: {NOTHING_WORDS[month.nothing_in_period].lower()}")
    return [
        f"Tháng {month.number}",
        month.value,
        month.in_period,
        month.required,
        month.numerator,
        month.denominator,
        ", ".join(remarks),
    ]
