"""A list of targets as files, in the order of its page: a workbook, and the same table as CSV."""

import datetime as dt
from collections.abc import Sequence

from django.http import HttpResponseBase
from openpyxl import Workbook

from core import formatting, spreadsheet
from indicators.selection import Selection
from reports.dashboards.queries.target_rows import TargetResult

COLUMNS = {
    "Mã": 10,
    "Mục tiêu": 60,
    "Chủ trì": 36,
    "Đơn vị tính": 14,
    "Giá trị": 14,
    "So kỳ trước": 12,
    "Cần đạt đến nay": 14,
    "Ngưỡng": 12,
    "So sánh": 10,
    "Hạn": 12,
    "Trạng thái": 20,
    "Dự báo khi đến hạn": 14,
    "Dự báo thấp": 12,
    "Dự báo cao": 12,
    "Phải báo cáo": 10,
    "Đã nộp": 10,
    "Đã duyệt": 10,
    "Ghi chú": 28,
}
# Columns added later: in the CSV they come last, so that no column that machines read moves.
SUMS = {"Tử số": 14, "Mẫu số": 14}


def answer(
    kind: str,
    selection: Selection,
    about: str,
    lines: Sequence[TargetResult],
    computed_at: dt.datetime | None,
    *,
    illustrative: bool,
) -> HttpResponseBase:
    """Return the list as a response. kind: xlsx or csv; about: the agency or area of the figures; computed_at: the time of
    the roll-up."""
    period = selection.period
    marked = "Số liệu minh họa, " if illustrative else ""
    name = f"Mục tiêu, {marked}{about}, tháng {period.number}-{period.plan.year}.{kind}"
    made = formatting.datetime(computed_at)
    rows = [_row(line) for line in lines]
    if kind == "csv":
        same = {"Của": about, "Kỳ": period.code, "Số liệu": selection.basis.label, "Tổng hợp lúc": made}
        same |= {"Lưu ý": spreadsheet.ILLUSTRATIVE} if illustrative else {}
        return spreadsheet.csv_response(name, COLUMNS, rows, same, SUMS)
    book = Workbook()
    head = [spreadsheet.ILLUSTRATIVE] if illustrative else []
    head += [
        f"{len(lines)} mục tiêu: {about}",
        f"Kỳ tháng {period.number} năm {period.plan.year}, số {selection.basis.label.lower()}",
        f"Tổng hợp lúc {made}",
    ]
    book.worksheets[0].title = "Mục tiêu"
    spreadsheet.write_table(book.worksheets[0], head, COLUMNS | SUMS, rows)
    return spreadsheet.workbook_response(book, name)


def _row(line: TargetResult) -> list:
    target = line.target
    remarks = ["chưa đủ số liệu"] if line.is_thin else []
    remarks += [f"số cũ: {line.stale_since}"] if line.stale_since else []
    low, high = line.band or (None, None)
    return [
        target.code,
        target.label,
        ", ".join(target.leads),
        target.unit,
        line.value,
        line.change,
        line.required,
        target.threshold if line.is_judged else None,
        formatting.COMPARATOR_WORDS[target.comparator] if line.is_judged else "",
        target.due,
        line.word,
        line.forecast,
        low,
        high,
        line.expected,
        line.reported,
        line.approved,
        ", ".join(remarks),
        line.numerator,
        line.denominator,
    ]
