"""The league table as a workbook, with exactly the rows that its reader may see."""

from decimal import Decimal

from openpyxl import Workbook

from core import formatting
from core.spreadsheet import ILLUSTRATIVE, read_at_line, write_table
from indicators.selection import Selection
from reports.dashboards.queries.league_table import Counts, League, LeagueRow, Part

COLUMNS = {
    "Hạng": 8,
    "Đơn vị": 40,
    "Mã": 12,
    "Đúng hạn": 10,
    "Muộn": 10,
    "Không nộp": 10,
    "Số kỳ đã đến hạn": 12,
    "Tỷ lệ đúng hạn (%)": 14,
    "Số lần bị trả lại": 12,
    "Số liệu đã nộp": 12,
    "Số liệu phải nộp": 12,
    "Độ đầy đủ (%)": 12,
    "Ghi chú": 24,
}
PART_COLUMNS = {"Nhóm": 40, "Số đơn vị": 12, **{name: COLUMNS[name] for name in list(COLUMNS)[3:-1]}}
MONTH_COLUMNS = {"Kỳ": 24, **{name: COLUMNS[name] for name in list(COLUMNS)[3:-1]}}
TOO_FEW, FEW = "chưa đủ số kỳ", "ít kỳ"


def make(selection: Selection, table: League, *, illustrative: bool) -> Workbook:
    """Return the workbook of a league table: sheets *Xếp hạng*, *Theo nhóm*, *Từng tháng*."""
    book = Workbook()
    head = _head(selection, table, illustrative)
    book.worksheets[0].title = "Xếp hạng"
    write_table(book.worksheets[0], head, COLUMNS, map(_ranked, table.rows))
    write_table(
        book.create_sheet("Theo nhóm"), head, PART_COLUMNS, map(_part, (table.whole, *table.levels, *table.districts))
    )
    months = ([f"Tháng {p.number} năm {p.plan.year}", *_numbers(counts)] for p, counts in table.months)
    write_table(book.create_sheet("Từng tháng"), head, MONTH_COLUMNS, months)
    return book


def _ranked(row: LeagueRow) -> list:
    remark = TOO_FEW if row.rank is None else FEW if row.is_thin else ""
    return [row.rank, row.agency.place_name, row.agency.code, *_numbers(row.counts), remark]


def _part(part: Part) -> list:
    name = f"Các xã của {part.name}" if part.agency is not None else part.name
    return [name, part.size, *_numbers(part.year)]


def _head(selection: Selection, table: League, illustrative: bool) -> list[str]:
    month = selection.period.number
    span = "Tháng 1" if month == 1 else f"Tháng 1 đến tháng {month}"
    lines = [
        f"Xếp hạng nộp báo cáo: {table.group.name}",
        f"{span} năm {selection.plan.year}, tính đến ngày {formatting.date(table.today)}",
    ]
    lines.append(read_at_line())
    if table.hidden:
        lines.append(
            f"Hạng tính trong {formatting.number(table.size)} đơn vị; chỉ nêu tên đơn vị thuộc phạm vi tài khoản."
        )
    return ([ILLUSTRATIVE] if illustrative else []) + lines


def _numbers(counts: Counts) -> tuple[int | Decimal | None, ...]:
    return (
        counts.on_time,
        counts.late,
        counts.missing,
        counts.due,
        _share(counts.on_time_share),
        counts.returned,
        counts.entered,
        counts.asked,
        _share(counts.coverage),
    )


def _share(percent: Decimal | None) -> Decimal | None:
    return None if percent is None else round(percent, 2)
