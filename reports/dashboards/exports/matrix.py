"""The matrix as files, with exactly the rows that its reader may see: a workbook, and a table with one row per cell."""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from openpyxl import Workbook

from core import formatting, tables
from core.tables import Column, Table, TableSheet
from indicators.rules.nothing import NOTHING_WORDS, Nothing
from indicators.rules.status import Status
from indicators.selection import Selection
from indicators.targets import observations as observing
from indicators.targets.observations import Observations, Observed
from reports.dashboards.queries.matrix import Cell, Cells, Matrix, MatrixRow
from reports.dashboards.queries.target_rows import TargetLine

UNSEEN, UNASSIGNED = "ngoài phạm vi", "·"
VALUE_NOTE = f"{UNASSIGNED} là {NOTHING_WORDS[Nothing.NOT_ASSIGNED].lower()}; chữ trong ô là vì sao không có số."


def make(selection: Selection, matrix: Matrix, cells: Cells, *, is_demo: bool) -> Workbook:
    """Return the workbook of a matrix with all its rows: *Giá trị*, *Trạng thái* and *Quan sát* as tables of agencies by
    targets, *Từng ô* with one row per cell."""
    head, rows = head_of(selection, matrix, is_demo), rows_of(matrix)
    observations = observing.read(selection)
    return tables.workbook(
        [
            TableSheet("Giá trị", [*head, VALUE_NOTE], _grid(matrix, cells, lambda cell, _: value_of(cell)), rows),
            TableSheet("Trạng thái", head, _grid(matrix, cells, lambda cell, _: cell.word), rows),
            TableSheet("Quan sát", head, _grid(matrix, cells, observing.code_of(observations)), rows),
            TableSheet("Từng ô", head, OBSERVED_CELLS, observed_lines(observations, matrix, cells)),
            TableSheet("Chỉ tiêu", head, TARGETS, matrix.targets),
            observing.legend(head),
        ]
    )


def head_of(selection: Selection, matrix: Matrix, is_demo: bool) -> list[str]:
    """Return the lines at the head of every sheet."""
    lines = [
        f"Ma trận cơ quan và chỉ tiêu: {matrix.group_name}",
        f"Kỳ {selection.period}, số {selection.basis.label.lower()}",
        f"Tổng hợp lúc {formatting.datetime(matrix.freshness.computed_at)}",
        "Nơi có đơn vị cấp xã trực thuộc: cả địa bàn. Cơ quan, đơn vị khác: số của chính đơn vị.",
    ]
    if matrix.has_hidden:
        lines.append("Chỉ có số liệu thuộc phạm vi của tài khoản.")
    return tables.head(lines, is_demo=is_demo)


def rows_of(matrix: Matrix) -> list[MatrixRow]:
    """Return the rows of the files: the province, then the group."""
    return [*([matrix.province] if matrix.province is not None else []), *matrix.rows]


class CellLine(NamedTuple):
    """A cell of the matrix with its row and column."""

    row: MatrixRow
    target: TargetLine
    cell: Cell

    @property
    def is_judged(self) -> bool:
        """True where a threshold applies to the cell."""
        return self.cell.status != Status.TRACKED and self.target.threshold is not None

    @property
    def remarks(self) -> str:
        """Return the remarks on the cell, in words."""
        thin = ["chưa đủ số liệu"] if self.cell.is_thin else []
        return ", ".join([*thin, *(["số cũ"] if self.cell.stale else [])])


def lines(matrix: Matrix, cells: Cells) -> list[CellLine]:
    """Return one row per cell, in the order of the matrix."""
    by_pk = [(target.pk, target) for target in matrix.targets]
    made = []
    for row in rows_of(matrix):
        row_cells = cells.get(row.agency.pk, {})
        for pk, target in by_pk:
            if pk in row_cells:
                made.append(CellLine(row, target, row_cells[pk]))
    return made


def observed_lines(observations: Observations, matrix: Matrix, cells: Cells) -> list[Observed[CellLine]]:
    """Return the same rows, each with the status of its figure."""
    return [observations.observed(line, line.target, line.cell) for line in lines(matrix, cells)]


def value_of(cell: Cell) -> str | Decimal:
    """Return a cell's value, or the reason why it has none in words."""
    if cell.states_nothing:
        return NOTHING_WORDS[Nothing.NOT_ARISEN].lower()
    return cell.word.lower() if cell.value is None else cell.value


def _grid(matrix: Matrix, cells: Cells, shown: Callable[[Cell, TargetLine], str | Decimal]) -> Table[MatrixRow]:
    """Return the table of agencies by targets, with one word or number a cell."""

    def column(target: TargetLine) -> Column[MatrixRow]:
        def value(row: MatrixRow) -> str | Decimal:
            cell = cells.get(row.agency.pk, {}).get(target.pk)
            if cell is not None:
                return shown(cell, target)
            return UNSEEN if matrix.is_hidden(row, target) else UNASSIGNED

        return Column(target.code, 11, value)

    return Table(
        (
            Column("Đơn vị", 36, lambda row: row.name),
            Column("Mã", 12, lambda row: row.agency.code),
            Column("Đạt, đúng tiến độ", 10, lambda row: row.good),
            Column("Có ngưỡng", 10, lambda row: row.judged),
            *map(column, matrix.targets),
        )
    )


def _threshold(target: TargetLine) -> str:
    return formatting.threshold(target.threshold, target.unit, target.comparator, in_words=True)


def _comparator(line: CellLine) -> str:
    return formatting.COMPARATOR_WORDS[line.target.comparator] if line.is_judged else ""


CELLS: Table[CellLine] = Table(
    (
        Column("Mã đơn vị", 12, lambda line: line.row.agency.code),
        Column("Đơn vị", 36, lambda line: line.row.name),
        Column("Mã chỉ tiêu", 10, lambda line: line.target.code),
        Column("Chỉ tiêu", 60, lambda line: line.target.label),
        Column("Đơn vị tính", 14, lambda line: line.target.unit),
        Column("Giá trị", 14, lambda line: line.cell.value),
        Column("Cần đạt đến nay", 14, lambda line: line.cell.required),
        Column("Ngưỡng", 12, lambda line: line.target.threshold if line.is_judged else None),
        Column("So sánh", 10, _comparator),
        Column("Trạng thái", 20, lambda line: line.cell.word),
        Column("Đơn vị đã tính", 12, lambda line: line.cell.counted),
        Column("Đơn vị phải báo cáo", 12, lambda line: line.cell.expected),
        Column("Ghi chú", 24, lambda line: line.remarks),
        Column("Tử số", 14, lambda line: line.cell.numerator, is_late=True),
        Column("Mẫu số", 14, lambda line: line.cell.denominator, is_late=True),
    )
)
OBSERVED_CELLS = observing.with_observation(CELLS)
TARGETS: Table[TargetLine] = Table(
    (
        Column("Mã", 10, lambda target: target.code),
        Column("Chỉ tiêu", 80, lambda target: target.label),
        Column("Đơn vị tính", 16, lambda target: target.unit),
        Column("Ngưỡng", 18, _threshold),
        Column("Hạn", 12, lambda target: target.due),
    )
)
