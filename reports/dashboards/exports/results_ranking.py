"""The ranking by results as a workbook and as CSV, with exactly the rows that its reader may see."""

from django.http import HttpResponseBase

from core import formatting, spreadsheet, tables
from core.spreadsheet import read_at_line
from core.tables import Column, Table, TableSheet
from indicators.selection import Selection
from reports.dashboards.queries.results_ranking import ResultsRanking, ResultsRow, too_few_words, weight_words


def answer(kind: str, selection: Selection, ranking: ResultsRanking, *, is_demo: bool) -> HttpResponseBase:
    """Return the ranking as a response. kind: xlsx or csv."""
    period = selection.period
    marked = "Số liệu minh họa, " if is_demo else ""
    name = f"Xếp hạng theo kết quả, {marked}{ranking.group.name}, {period.short_name}.{kind}"
    if kind == "csv":
        same = {"Nhóm": ranking.group.name, "Kỳ": period.code, "Số liệu": selection.basis.label}
        return ROWS.csv(name, ranking.rows, tables.same_columns(same, is_demo=is_demo))
    lines = [
        f"Xếp hạng theo kết quả: {ranking.group.name}",
        f"Đến hết kỳ {period}, số {selection.basis.label.lower()}",
        read_at_line(),
    ]
    if ranking.weighted:
        lines.append(f"Trọng số khác 1: {weight_words(ranking.weighted)}")
    if ranking.is_thin:
        lines.append(too_few_words(ranking, selection.plan.min_coverage))
    if not ranking.is_published:
        lines.append("Chưa công bố")
    if ranking.hidden:
        lines.append(
            f"Hạng tính trong {formatting.number(ranking.size)} đơn vị; chỉ nêu tên đơn vị thuộc phạm vi tài khoản."
        )
    sheet = TableSheet("Theo kết quả", tables.head(lines, is_demo=is_demo), ROWS, ranking.rows)
    return spreadsheet.workbook_response(tables.workbook([sheet]), name)


ROWS: Table[ResultsRow] = Table(
    (
        Column("Hạng", 8, lambda row: row.rank),
        Column("Đơn vị", 40, lambda row: row.agency.place_name),
        Column("Mã", 12, lambda row: row.agency.code),
        Column("Chỉ tiêu đạt", 10, lambda row: row.held),
        Column("Chỉ tiêu được giao", 12, lambda row: row.assigned),
        Column("Tỷ lệ đạt (%)", 12, lambda row: row.percent),
        Column("Xếp loại", 16, lambda row: row.grade),
        Column("Đúng tiến độ", 10, lambda row: row.on_track),
        Column("Cần chú ý, không đạt", 12, lambda row: row.bad),
        Column("Chưa có số liệu", 10, lambda row: row.silent),
        Column("Ghi chú", 30, lambda row: row.note),
    )
)
