"""The league table as a workbook, with exactly the rows that its reader may see."""

from decimal import Decimal

from django.utils.text import capfirst
from openpyxl import Workbook

from core import formatting, tables
from core.spreadsheet import read_at_line
from core.tables import Column, OnPage, Table, TableSheet
from indicators.models import ReportingPeriod
from indicators.selection import Selection
from reports.dashboards.queries.league_table import Counts, League, LeagueRow, Part

UNRANKED, FEW = "chưa có kỳ được tính", "ít kỳ"


def make(selection: Selection, table: League, *, is_demo: bool) -> Workbook:
    """Return the workbook of a league table: sheets *Kỷ luật*, *Theo nhóm*, *Từng tháng*."""
    head = _head(selection, table, is_demo)
    return tables.workbook(
        [
            TableSheet("Kỷ luật", head, RANKED, table.rows),
            TableSheet("Theo nhóm", head, PARTS, (table.whole, *table.levels, *table.districts)),
            TableSheet("Từng tháng", head, MONTHS, table.months),
        ]
    )


def _head(selection: Selection, table: League, is_demo: bool) -> list[str]:
    lines = [
        f"Kỷ luật nộp báo cáo: {table.group.name}",
        f"{capfirst(selection.span)} {selection.plan.short_name}, tính đến ngày {formatting.date(table.today)}",
    ]
    lines.append(read_at_line())
    if table.hidden:
        lines.append(
            f"Hạng tính trong {formatting.number(table.size)} đơn vị; chỉ nêu tên đơn vị thuộc phạm vi tài khoản."
        )
    return tables.head(lines, is_demo=is_demo)


def _share(percent: Decimal | None) -> Decimal | None:
    return None if percent is None else round(percent, 2)


def _remark(row: LeagueRow) -> str:
    return UNRANKED if row.rank is None else FEW if row.is_thin else ""


def _name(part: Part) -> str:
    return f"Các xã của {part.name}" if part.agency is not None else part.name


def _month(row: tuple[ReportingPeriod, Counts]) -> str:
    return capfirst(str(row[0]))


COUNTS: tuple[Column[Counts], ...] = (
    Column("Số liệu được duyệt đúng hạn", 14, lambda counts: counts.figures.accepted),
    Column("Số liệu phải nộp", 12, lambda counts: counts.figures.due),
    Column("Tỷ lệ được duyệt đúng hạn (%)", 14, lambda counts: _share(counts.accepted_share)),
    Column("Số liệu chờ duyệt, chưa tính", 12, lambda counts: counts.figures.waiting),
    Column("Phiếu đúng hạn", 10, lambda counts: counts.on_time, on_page=OnPage(heading="Đúng hạn")),
    Column("Phiếu muộn", 10, lambda counts: counts.late, on_page=OnPage(heading="Muộn")),
    Column("Phiếu không nộp", 10, lambda counts: counts.missing, on_page=OnPage(heading="Không\nnộp")),
    Column("Số kỳ đã đến hạn", 12, lambda counts: counts.due),
    Column("Số lần bị trả lại", 12, lambda counts: counts.returned, on_page=OnPage(heading="Trả lại")),
    Column("Số liệu đã có", 12, lambda counts: counts.entered),
    Column("Số liệu đến hạn nộp", 12, lambda counts: counts.required),
    Column("Độ đầy đủ (%)", 12, lambda counts: _share(counts.coverage)),
)
RANKED: Table[LeagueRow] = Table(
    (
        Column("Hạng", 8, lambda row: row.rank),
        Column("Đơn vị", 40, lambda row: row.agency.place_name),
        Column("Mã", 12, lambda row: row.agency.code),
        *(column.of(lambda row: row.counts) for column in COUNTS),
        Column("Ghi chú", 24, _remark),
    )
)
PARTS: Table[Part] = Table(
    (
        Column("Nhóm", 40, _name),
        Column("Số đơn vị", 12, lambda part: part.size),
        *(column.of(lambda part: part.year) for column in COUNTS),
    )
)
MONTHS: Table[tuple[ReportingPeriod, Counts]] = Table(
    (Column("Kỳ", 24, _month, on_page=OnPage(css="")), *(column.of(lambda row: row[1]) for column in COUNTS))
)
