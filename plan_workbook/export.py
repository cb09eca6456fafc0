"""A plan as its workbook: a sheet a table, with guidance above each, filled from a plan or empty."""

from collections.abc import Iterable
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from core import spreadsheet
from core.forms import example_day
from core.spreadsheet import Value
from indicators.models import Plan
from indicators.targets.services import pairs_from_groups
from plan_workbook.cells import Choice, YesNo
from plan_workbook.resources import TABLES
from plan_workbook.resources.base import Book, PlanTable
from plan_workbook.resources.plan import PlanSheet
from plan_workbook.resources.targets import AssignmentTable, TargetTable
from plan_workbook.sources import GUIDE_TITLE, HEADING_LINE

# The lines of an empty sheet that offer choices.
LINES_OFFERED = 500
GUIDE = (
    "Tệp này là cả kế hoạch: mỗi trang tính một bảng, dòng 3 là tên cột, dữ liệu từ dòng 4.",
    "Không đổi tên trang tính và tên cột. Di chuột vào tên cột để xem cột nào bắt buộc và cách ghi.",
    "Cơ quan ghi bằng mã, hoặc tên như ở trang Cơ quan (đọc được TP., TX., H., P., X., TT.); trùng tên ghi kèm nơi trực thuộc.",
    "Nhiều mã trong một ô cách nhau bằng dấu |. Ngày ghi như {}, số như 1.970 hoặc 78,65.",
    "Dòng xóa khỏi tệp là bỏ khỏi kế hoạch, trừ trang Cơ quan. Chỉ tiêu thành phần, kỳ, dự án đã có số liệu thì không bỏ được.",
    "Tải tệp lên để xem trước từng ô sẽ đổi; sai một ô thì không ghi gì.",
)


def book_of(plan: Plan | None) -> Workbook:
    """Return the workbook of a plan; an empty one without a plan."""
    book = Workbook()
    guide = book.worksheets[0]
    guide.title = GUIDE_TITLE
    for line, text in enumerate(
        (f"Tệp kế hoạch: {plan}" if plan else "Tệp kế hoạch", "", *map(example_day, GUIDE)), start=1
    ):
        cell = guide.cell(line, 1, text or None)
        cell.font = Font(name="Calibri", size=11, bold=line == 1)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    guide.column_dimensions["A"].width = 110
    tables = Book(plan=plan, by=None, fills=False)
    for kind in TABLES:
        table = kind(tables)
        tables.add(table)
        rows = list(_rows(table, plan)) if plan is not None else []
        sheet = book.create_sheet(table.sheet)
        _write(sheet, table, rows)
    return book


def _rows(table: PlanTable, plan: Plan) -> Iterable[list[Value]]:
    """Return the rows of a table as cells."""
    stored: Iterable[Any] = table.get_queryset()
    if isinstance(table, PlanSheet):
        stored = [each for each in stored if each.pk == plan.pk]
    if isinstance(table, TargetTable):
        table.stored = {table.key_of_stored(target): target for target in stored}
    if isinstance(table, AssignmentTable):
        stored = _unlike_groups(plan, list(stored))
    for instance in stored:
        yield [column.export(instance) for column in table.columns.values()]


def _unlike_groups(plan: Plan, assignments: list[Any]) -> list[Any]:
    """Return the assignments of the targets that are not assigned exactly as their groups of reporters say."""
    by_target: dict[int, set[tuple[int, Any, Any]]] = {}
    for each in assignments:
        by_target.setdefault(each.target_id, set()).add((each.agency_id, each.first_day, each.last_day))
    groups: dict[int, set[tuple[int, Any, Any]]] = {}
    for pair in pairs_from_groups(plan):
        groups.setdefault(pair.target.pk, set()).add((pair.agency.pk, None, None))
    return [each for each in assignments if by_target[each.target_id] != groups.get(each.target_id, set())]


def _write(sheet: Worksheet, table: PlanTable, rows: list[list[Value]]) -> None:
    """Write a sheet: its note, its headings with their advice, its rows."""
    sheet.cell(1, 1, table.sheet).font = Font(name="Calibri", size=13, bold=True)
    sheet.cell(2, 1, table.note or None).font = Font(name="Calibri", size=11, italic=True)
    if isinstance(table, PlanSheet):
        values = rows[0] if rows else [None] * len(table.columns)
        for line, (column, value) in enumerate(zip(table.columns.values(), values, strict=True), start=HEADING_LINE):
            _head(sheet.cell(line, 1), column)
            spreadsheet.write_cell(sheet.cell(line, 2), value)
        sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 44, 80
        return
    for place, column in enumerate(table.columns.values(), start=1):
        letter = get_column_letter(place)
        _head(sheet.cell(HEADING_LINE, place), column)
        sheet.column_dimensions[letter].width = column.width
        choices = tuple(column.widget.words.values()) if isinstance(column.widget, Choice) else ()
        if isinstance(column.widget, YesNo):
            choices = ("Có", "Không")
        if choices and sum(map(len, choices)) < 200 and not any("," in choice for choice in choices):
            offered = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True)
            offered.add(f"{letter}{HEADING_LINE + 1}:{letter}{HEADING_LINE + max(LINES_OFFERED, len(rows))}")
            sheet.add_data_validation(offered)
    for line, row in enumerate(rows, start=HEADING_LINE + 1):
        for place, value in enumerate(row, start=1):
            spreadsheet.write_cell(sheet.cell(line, place), value)
    sheet.freeze_panes = sheet.cell(HEADING_LINE + 1, 2).coordinate


def _head(cell: Any, column: Any) -> None:
    """Write a heading."""
    cell.value = column.title
    cell.font = Font(name="Calibri", size=11, bold=True)
    cell.fill = PatternFill("solid", start_color="FFE8EEF7")
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    advice = " ".join(filter(None, ("Bắt buộc." if column.needed else "", column.advice)))
    if advice:
        cell.comment = Comment(advice, "Tệp kế hoạch", width=280, height=70)
