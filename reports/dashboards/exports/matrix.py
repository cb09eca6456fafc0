"""The matrix as files, with exactly the rows that its reader may see: a workbook, and a table of its cells one by one."""

from openpyxl import Workbook

from core import formatting, spreadsheet
from indicators.rules.nothing import NOTHING_WORDS, Nothing
from indicators.rules.status import Status
from reports.dashboards.exports.target_rows import SUMS
from reports.dashboards.queries.matrix import is_thin

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


def make(selection, found, cells, *, illustrative: bool) -> Workbook:
    """The workbook of a `builders.matrix.Matrix` with all its rows: *Giá trị* and *Trạng thái* as tables of agencies by targets,
    *Từng ô* a line a cell."""
    book = Workbook()
    head = head_of(selection, found, illustrative)
    rows = rows_of(found)
    columns = {"Đơn vị": 36, "Mã": 12, "Đạt, đúng tiến độ": 10, "Có ngưỡng": 10}
    columns |= {target.code: 11 for target in found.targets}
    sheet = book.active
    sheet.title = "Giá trị"
    spreadsheet.write_table(
        sheet,
        [*head, VALUE_NOTE],
        columns,
        _table(found, rows, cells, value_of),
    )
    sheet = book.create_sheet("Trạng thái")
    spreadsheet.write_table(sheet, head, columns, _table(found, rows, cells, lambda cell: cell.word))
    sheet = book.create_sheet("Từng ô")
    spreadsheet.write_table(sheet, head, CELL_COLUMNS | SUMS, lines(selection, found, cells))
    sheet = book.create_sheet("Mục tiêu")
    spreadsheet.write_table(
        sheet, head, {"Mã": 10, "Mục tiêu": 80, "Đơn vị tính": 16, "Ngưỡng": 18, "Hạn": 12}, _targets(found)
    )
    return book


def head_of(selection, found, illustrative: bool) -> list[str]:
    """What every sheet says of itself."""
    lines = [
        f"Ma trận cơ quan và mục tiêu: {found.group_name}",
        f"Kỳ tháng {selection.period.number} năm {selection.plan.year}, số {selection.basis.label.lower()}",
        f"Tổng hợp lúc {formatting.datetime(found.freshness.made_at)}",
        "Cấp huyện: cả địa bàn. Cơ quan, đơn vị khác: số của chính đơn vị.",
    ]
    if found.has_hidden:
        lines.append("Chỉ có số liệu thuộc phạm vi của tài khoản.")
    return ([spreadsheet.ILLUSTRATIVE] if illustrative else []) + lines


def rows_of(found) -> list:
    """The rows of the files: the province, then the group."""
    return [*([found.province] if found.province is not None else []), *found.rows]


def lines(selection, found, cells) -> list[list]:
    """A line a cell, in the order of the matrix."""
    min_coverage, by_pk = selection.plan.min_coverage, [(target.pk, target) for target in found.targets]
    made = []
    for row in rows_of(found):
        own = cells.get(row.agency.pk, {})
        for pk, target in by_pk:
            if pk in own:
                made.append(_line(row, target, own[pk], min_coverage))
    return made


def _line(row, target, cell, min_coverage):
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


def value_of(cell):
    """A cell's value, or in words what stands in its place."""
    return cell.word.lower() if cell.value is None else cell.value


def _table(found, rows, cells, shown):
    for row in rows:
        own = cells.get(row.agency.pk, {})
        yield [
            row.name,
            row.agency.code,
            row.good,
            row.judged,
            *(
                shown(own[target.pk]) if target.pk in own else UNSEEN if found.is_hidden(row, target) else UNASSIGNED
                for target in found.targets
            ),
        ]


def _targets(found):
    for target in found.targets:
        words = formatting.threshold(target.threshold, target.unit, target.comparator, words=True)
        yield [target.code, target.label, target.unit, words, target.due]
