"""Styles of the workbooks that agencies fill in: yellow cells are filled in, grey ones are locked; Excel checks the
entries."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, cast

from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.dimensions import RowDimension
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from core import texts
from indicators.workbooks.sandbox import FILLS

HEAD = PatternFill("solid", start_color="FF1D4F91")
OPEN, SHUT = (PatternFill("solid", start_color=FILLS[is_locked]) for is_locked in (False, True))
_SIDE = Side(style="thin", color="FFC9D1DA")
LINE = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)
TOP = Alignment(vertical="top", wrap_text=True)
RIGHT = Alignment(vertical="top", horizontal="right")
MIDDLE = Alignment(vertical="top", horizontal="center")
LONGEST = 32_767  # characters that Excel holds in a cell
DEMO_MARK = "SỐ LIỆU MINH HỌA, KHÔNG PHẢI SỐ THẬT"


def font(**given: Any) -> Font:
    """Return the font of the workbooks, 11 points by default."""
    return Font(name="Calibri", **{"size": 11, **given})


def write(sheet: Worksheet, line: int, column: int, text: str) -> Cell:
    """Write a text as text, also when it begins like a formula; return the cell."""
    cell = sheet.cell(line, column, texts.prose(text))
    cell.data_type = "s"
    return cell


class Looks:
    """Cells of a table, with each style built once and reused.

    openpyxl compares a style with all others at every assignment, which took four fifths of the time of a file.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[bool, int, str], Any] = {}
        self._heights: dict[float, RowDimension] = {}

    def height(self, sheet: Worksheet, line: int, points: float) -> None:
        """Set the height of a row. Rows of one height share openpyxl's description of a row, which has no row
        number."""
        if points not in self._heights:
            self._heights[points] = RowDimension(sheet, ht=points)
        sheet.row_dimensions[line] = self._heights[points]

    def cell(
        self,
        sheet: Worksheet,
        value: str | int | Decimal | None,
        *,
        alignment: Alignment,
        is_open: bool = False,
        number_format: str = "General",
    ) -> Cell:
        """Return a cell for `sheet.append`: an open or a locked one. A text stays text, as in `write`."""
        key = is_open, id(alignment), number_format
        made: Any = Cell(sheet, 1, 1)  # `append` gives it its place; the types of openpyxl omit `_style` and `_value`
        made._style = self._made.get(key)
        if made._style is None:
            made.fill, made.border, made.alignment = (OPEN if is_open else SHUT), LINE, alignment
            made.protection, made.number_format = Protection(locked=not is_open), number_format
            self._made[key] = made._style
        if isinstance(value, str):
            made._value, made.data_type = texts.prose(value)[:LONGEST], "s"
        elif value is not None:
            made.value = value
        return made


def head(sheet: Worksheet, lines: Sequence[tuple[str, bool]], *, is_demo: bool) -> int:
    """Write the lines over a table, (text, bold or not), the first as its title, after the mark of demonstration data;
    return the number of the next line."""
    lines = [*([(DEMO_MARK, True)] if is_demo else []), *lines]
    for number, (text, is_bold) in enumerate(lines, start=1):
        write(sheet, number, 1, text).font = font(bold=is_bold, size=14 if number == 1 + is_demo else 11)
    if is_demo:
        sheet["A1"].font = font(bold=True, size=12, color="FFB42318")
        cast(HeaderFooterItem, sheet.oddHeader).center.text = "Số liệu minh họa, không phải số thật"
    return len(lines) + 1


def columns(sheet: Worksheet, line: int, named: Iterable[tuple[str, int]]) -> None:
    """Write the header row: each column's name and its width in characters."""
    for place, (name, width) in enumerate(named, start=1):
        cell = write(sheet, line, place, name)
        cell.font, cell.fill, cell.border = font(bold=True, color="FFFFFFFF"), HEAD, LINE
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.row_dimensions[line].height = 32


def choice(choices: Sequence[str], message: str, *, strict: bool = True) -> DataValidation:
    """Return a drop-down list; not strict: other texts are accepted too."""
    made = rule("list", None, f'"{",".join(choices)}"', None, message)
    made.showDropDown, made.showErrorMessage = False, strict
    return made


def rule(kind: str, operator: str | None, first: str, second: str | None, message: str) -> DataValidation:
    """Return Excel's own check of a cell, with its message."""
    return DataValidation(
        type=cast(Any, kind),
        operator=cast(Any, operator),
        formula1=first,
        formula2=second,
        allow_blank=True,
        showErrorMessage=True,
        errorStyle="stop",
        errorTitle="Chưa đúng",
        error=message,
    )


def protect(sheet: Worksheet, header: int, last: int, width: int, *, frozen: int) -> None:
    """Lock the locked cells (without a password: against slips), freeze the header and the first columns (frozen),
    repeat the header on every printed page, one page wide."""
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = sheet.protection.autoFilter = False
    sheet.auto_filter.ref = f"A{header}:{get_column_letter(width)}{max(last, header + 1)}"
    sheet.freeze_panes = sheet.cell(header + 1, frozen + 1).coordinate
    sheet.print_title_rows = f"{header}:{header}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    cast(HeaderFooterItem, sheet.oddFooter).center.text = "Trang &P/&N"
