"""The list of conclusions as a workbook, with exactly the rows that its reader may see."""

from django.http import HttpResponseBase

from conclusions.models import Conclusion
from conclusions.queries import ConclusionList
from core import clock, formatting, spreadsheet, tables
from core.spreadsheet import read_at_line
from core.tables import Column, Table, TableSheet
from indicators.models import Plan


def workbook(plan: Plan, listed: ConclusionList, *, is_demo: bool) -> HttpResponseBase:
    """Return the list as XLSX."""
    lines = [f"Kết luận, chỉ đạo và tình hình thực hiện, kế hoạch {plan.short_name}", read_at_line()]
    sheet = TableSheet("Ý kiến chỉ đạo", tables.head(lines, is_demo=is_demo), ROWS, listed.rows)
    return spreadsheet.workbook_response(tables.workbook([sheet]), f"Ý kiến chỉ đạo {plan.short_name}.xlsx")


def _answer(row: Conclusion) -> str:
    return row.answer.words if row.answer else ""


ROWS: Table[Conclusion] = Table(
    (
        Column("Về", 40, lambda row: row.subject),
        Column("Nội dung chỉ đạo", 50, lambda row: row.text),
        Column("Cơ quan chịu trách nhiệm", 30, lambda row: row.agency.full_name),
        Column("Mã cơ quan", 12, lambda row: row.agency.code),
        Column("Người chỉ đạo", 24, lambda row: str(row.given_by) if row.given_by else ""),
        Column("Ngày ra", 12, lambda row: formatting.local(row.given_at).date()),
        Column("Hạn", 12, lambda row: row.due),
        Column("Tình trạng", 26, lambda row: row.state_words(clock.today())),
        Column("Kết quả thực hiện", 60, _answer),
        Column("Ngày trả lời", 12, lambda row: formatting.local(row.answer.at).date() if row.answer else None),
    ),
    wraps=True,
)
