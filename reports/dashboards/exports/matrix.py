"""The matrix as files, with exactly the rows that its reader may see: a workbook, and a table with one row per cell."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from openpyxl import Workbook

from core import formatting, spreadsheet
from indicators.rules.nothing import NOTHING_WORDS, Nothing
from indicators.rules.status import Status
from indicators.selection import Selection
from reports.dashboards.exports.target_rows import SUMS
from reports.dashboards.queries.matrix import Cell, Cells, Matrix, MatrixRow, is_thin
from reports.dashboards.queries.target_rows import TargetLine

CELL_COLUMNS = {
    "Mã đơn vị": 12,
    "Đơn vị": 36,
    "Mã mục tiêu": 10,
    "Mục tiêu": 60,
    "Đơn vị tính": 14,
    "Giá trị": 14,
    "Cần đạt đến nay": 14,
    "Ngưỡng": 12,
    "So sánh": 10,
    "Trạng thái": 20,
    "Đơn vị đã tính": 12,
    "Đơn vị phải báo cáo": 12,
    "Ghi chú": 24,
}
UNSEEN, UNASSIGNED = "ngoài phạm vi", "·"
VALUE_NOTE = f"{UNASSIGNED} là {NOTHING_WORDS[Nothing.NOT_ASSIGNED].lower()}; chữ trong ô là vì sao không có số."


def make(selection: Selection, matrix: Matrix, cells: Cells, *, illustrative: bool) -> Workbook:
    """Return the workbook of a matrix with all its rows: *Giá trị* and *Trạng thái* as tables of agencies by targets,
    *Từng ô* with one row per cell."""
    book = Workbook()
    head = head_of(selection, matrix, illustrative)
    rows = rows_of(matrix)
    columns = {"Đơn vị": 36, "Mã": 12, "Đạt, đúng tiến độ": 10, "Có ngưỡng": 10}
    columns |= {target.code: 11 for target in matrix.targets}
    sheet = book.worksheets[0]
    sheet.title = "Giá trị"
    spreadsheet.write_table(
        sheet,
        [*head, VALUE_NOTE],
        columns,
        _table(matrix, rows, cells, value_of),
    )
    sheet = book.create_sheet("Trạng thái")
    spreadsheet.write_table(sheet, head, columns, _table(matrix, rows, cells, lambda cell: cell.word))
    sheet = book.create_sheet("Từng ô")
    spreadsheet.write_table(sheet, head, CELL_COLUMNS | SUMS, lines(selection, matrix, cells))
    sheet = book.create_sheet("Mục tiêu")
    spreadsheet.write_table(
        sheet, head, {"Mã": 10, "Mục tiêu": 80, "Đơn vị tính": 16, "Ngưỡng": 18, "Hạn": 12}, _targets(matrix)
    )
    return book


def head_of(selection: Selection, matrix: Matrix, illustrative: bool) -> list[str]:
    """Return the lines at the head of every sheet."""
    lines = [
        f"Ma trận cơ quan và mục tiêu: {matrix.group_name}",
        f"Kỳ tháng {selection.period.number} năm {selection.plan.year}, số {selection.basis.label.lower()}",
        f"Tổng hợp lúc {formatting.datetime(matrix.freshness.computed_at)}",
        "Cấp huyện: cả địa bàn. Cơ quan, đơn vị khác: số của chính đơn vị.",
    ]
    if matrix.has_hidden:
        lines.append("Chỉ có số liệu thuộc phạm vi của tài khoản.")
    return ([spreadsheet.ILLUSTRATIVE] if illustrative else []) + lines


def rows_of(matrix: Matrix) -> list[MatrixRow]:
    """Return the rows of the files: the province, then the group."""
    return [*([matrix.province] if matrix.province is not None else []), *matrix.rows]


def lines(selection: Selection, matrix: Matrix, cells: Cells) -> list[list]:
    """Return one row per cell, in the order of the matrix."""
    min_coverage, by_pk = selection.plan.min_coverage, [(target.pk, target) for target in matrix.targets]
    made = []
    for row in rows_of(matrix):
        row_cells = cells.get(row.agency.pk, {})
        for pk, target in by_pk:
            if pk in row_cells:
                made.append(_line(row, target, row_cells[pk], min_coverage))
    return made


def _line(row: MatrixRow, target: TargetLine, cell: Cell, min_coverage: int) -> list:
    judged = cell.status != Status.TRACKED and target.threshold is not None
    remarks = [
        word for word, holds in (("chưa đủ số liệu", is_thin(cell, min_coverage)), ("số cũ", cell.stale)) if holds
    ]
    return [
        row.agency.code,
        row.name,
        target.code,
        target.label,
        target.unit,
        cell.value,
        cell.required,
        target.threshold if judged else None,
        formatting.COMPARATOR_WORDS[target.comparator] if judged else "",
        cell.word,
        cell.counted,
        cell.expected,
        ", ".join(remarks),
        cell.numerator,
        cell.denominator,
    ]


def value_of(cell: Cell) -> str | Decimal:
    """Return a cell's value, or the reason why it has none in words."""
    return cell.word.lower() if cell.value is None else cell.value


def _table(
    matrix: Matrix, rows: Sequence[MatrixRow], cells: Cells, shown: Callable[[Cell], str | Decimal]
) -> Iterator[list]:
    for row in rows:
        row_cells = cells.get(row.agency.pk, {})
        yield [
            row.name,
            row.agency.code,
            row.good,
            row.judged,
            *(
                shown(row_cells[target.pk])
                if target.pk in row_cells
                else UNSEEN
                if matrix.is_hidden(row, target)
                else UNASSIGNED
                for target in matrix.targets
            ),
        ]


def _targets(matrix: Matrix) -> Iterator[list]:
    for target in matrix.targets:
        threshold = formatting.threshold(target.threshold, target.unit, target.comparator, words=True)
        yield [target.code, target.label, target.unit, threshold, target.due]
