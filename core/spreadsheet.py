"""Tables as files. XLSX: numbers are numbers, days are days, and every text is a string, also one that begins like a formula.
CSV: the same for machines."""

import csv
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

from django.http import FileResponse
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from core import clock, files, formatting, texts

# The value of a cell of a table.
Value = str | int | Decimal | dt.date | None

DEMO_MARK = "SỐ LIỆU MINH HỌA"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
# First characters that make a spreadsheet read a cell of a CSV as a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def read_at_line() -> str:
    """Return the line in a file's head that states when its figures were read, for figures that are not rolled up beforehand."""
    return f"Lấy số liệu lúc {formatting.datetime(clock.now())}"


def write_table(
    sheet: Worksheet,
    head: Sequence[str],
    columns: Mapping[str, int],
    rows: Iterable[Sequence[Value]],
    total: Sequence[Value] | None = None,
    *,
    wrap: bool = False,
) -> None:
    """Write a table: the lines above it, the header row, the rows, their total, and the print settings.

    columns: title → width in characters. The header row stays visible while scrolling and is repeated on every printed page;
    landscape, one page wide. wrap: long texts continue on the next line of their cell, for tables of names and sentences.
    """
    for line in head:
        append_row(sheet, [line])
        sheet.cell(sheet.max_row, 1).font = _font(bold=sheet.max_row == 1)
    append_row(sheet, list(columns))
    for cell in sheet[sheet.max_row]:
        cell.font = _font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    first = sheet.max_row + 1
    for row in rows:
        append_row(sheet, row)
    if total is not None:
        append_row(sheet, total)
        for cell in sheet[sheet.max_row]:
            cell.font = _font(bold=True)
    if wrap:
        for cells in sheet.iter_rows(min_row=first):
            for body_cell in cells:
                body_cell.alignment = Alignment(wrap_text=body_cell.data_type == "s", vertical="top")
    for index, width in enumerate(columns.values(), 1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    sheet.freeze_panes = sheet.cell(first, 2).coordinate
    sheet.print_title_rows = f"{first - 1}:{first - 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    if sheet.oddFooter is not None and sheet.oddFooter.center is not None:
        sheet.oddFooter.center.text = "Trang &P/&N"


def _font(*, bold: bool) -> Font:
    # Without a name LibreOffice uses its own serif font.
    return Font(name="Calibri", size=11, bold=bold)


def append_row(sheet: Worksheet, values: Sequence[Value]) -> None:
    """Write one row below the last; None and empty texts leave their cell empty."""
    row = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    for column, value in enumerate(values, 1):
        write_cell(sheet.cell(row, column), value)


def write_cell(cell: Any, value: Value) -> None:
    """Write one cell; None and empty texts leave it empty."""
    if value is None or value == "":
        return
    if isinstance(value, str):
        cell.value = texts.prose(value)
        # openpyxl reads "=…" as a formula, which would run on the reader's machine; here it is typed text.
        cell.data_type = "s"
    elif isinstance(value, dt.datetime):
        cell.value = formatting.local(value).replace(tzinfo=None)
        cell.number_format = "dd/mm/yyyy hh:mm"
    elif isinstance(value, dt.date):
        cell.value = value
        cell.number_format = "dd/mm/yyyy"
    else:
        cell.value = int(value) if value == int(value) else value
        cell.number_format = "#,##0" if value == int(value) else "#,##0.######"
        if isinstance(value, Decimal):
            cell.alignment = Alignment(horizontal="right")


def workbook_response(book: Workbook, name: str) -> FileResponse:
    """Return a workbook as a download under its name."""
    content = BytesIO()
    book.save(content)
    content.seek(0)
    return files.file_response(content, name, XLSX)


def csv_response(
    name: str,
    columns: Iterable[str],
    rows: Iterable[Sequence[Value]],
    same: Mapping[str, Value] | None = None,
    later: Iterable[str] = (),
) -> FileResponse:
    """Return a table as CSV, a download under its name: UTF-8 with BOM, commas, numbers with a point and no grouping, days as
    2026-08-31; texts that begin like a formula get an apostrophe.

    same: columns after these with the same value in every row (the table's subject, and that it is is_demo). later: titles of
    columns after those, for the last values of a row: new columns come last, so that programs that read the file keep working.
    """
    same, columns, later = same or {}, list(columns), list(later)
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([*columns, *same, *later])
    for row in rows:
        cells = [csv_cell(value) for value in row]
        writer.writerow([*cells[: len(columns)], *map(csv_cell, same.values()), *cells[len(columns) :]])
    return files.file_response(BytesIO(text.getvalue().encode("utf-8-sig")), name, CSV)


def csv_cell(value: Value) -> str:
    """Return a value as it stands in a CSV: numbers exact with a point, days and moments in ISO form, nothing for None; a text that
    begins like a formula gets an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, str):
        value = texts.prose(value)
        return f"'{value}" if value.startswith(FORMULA_SIGNS) else value
    if isinstance(value, Decimal):
        whole, _, fraction = format(value, "f").partition(".")
        return f"{whole}.{fraction.rstrip('0')}".rstrip(".")
    return value.isoformat() if isinstance(value, dt.date) else str(value)
