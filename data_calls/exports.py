"""The answers to a call as a workbook."""

from decimal import Decimal

from django.http import HttpResponseBase

from core import formatting, spreadsheet, tables
from core.spreadsheet import read_at_line
from core.tables import Cell, Column, Table, TableSheet
from data_calls.models import CallAnswer, CallField
from data_calls.queries import CallTable


def workbook(table: CallTable, *, is_demo: bool) -> HttpResponseBase:
    """Return the table as XLSX, numbers as numbers, with the sums of what was sent below."""
    call = table.call
    lines = [
        str(call),
        f"Hạn nộp {formatting.date(call.due)}; {formatting.number(table.sent_count)} trên "
        f"{formatting.number(table.asked_count)} đơn vị đã nộp, {formatting.number(table.approved_count)} đã duyệt",
        read_at_line(),
    ]
    columns = (*BEFORE, *(_column(field, table) for field in table.fields), *_after(table))
    sums: list[Cell] = [total.number if total.number is not None else total.text for total in table.sent]
    total = ["Cộng (đã nộp)", *[""] * (len(BEFORE) - 1), *sums, *[""] * len(_after(table))]
    sheet = TableSheet("Trả lời", tables.head(lines, is_demo=is_demo), Table(columns, wraps=True), table.rows, total)
    return spreadsheet.workbook_response(tables.workbook([sheet]), f"Trả lời {call.title}.xlsx")


BEFORE: tuple[Column[CallAnswer], ...] = (
    Column("Đơn vị", 36, lambda row: row.agency.full_name),
    Column("Mã đơn vị", 12, lambda row: row.agency.code),
)


def _column(field: CallField, table: CallTable) -> Column[CallAnswer]:
    def cell(row: CallAnswer) -> Decimal | str | None:
        if not row.is_sent:  # as on the page: what is not sent is in no sum
            return ""
        value = row.value_of(field)
        if value is not None and value.number is not None:
            return value.number
        return row.shown(field)

    # Two questions may be alike; columns may not.
    return Column(f"{field.position}. {field.heading}", 24, cell)


def _after(table: CallTable) -> tuple[Column[CallAnswer], ...]:
    return (
        Column("Tình trạng", 26, lambda row: row.state_words(table.today)),
        Column("Nộp lúc", 18, lambda row: formatting.datetime(row.submitted_at) if row.submitted_at else ""),
        Column("Người nộp", 24, lambda row: str(row.submitted_by) if row.submitted_by else ""),
        Column("Mã kiểm tra", 20, lambda row: row.sha256),
    )
