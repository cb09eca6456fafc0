"""Tables as files. XLSX: numbers are numbers, days are days, and every word is a string, also one that begins like a formula.
CSV: the same for machines."""

import csv
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from io import BytesIO, StringIO

from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from core import clock, files, formatting, texts

ILLUSTRATIVE = "SỐ LIỆU MINH HỌA"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
# What a spreadsheet takes for a formula when it opens a CSV.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def read_at_line() -> str:
    """The line of a file's head that says when its figures were read, where they are not rolled up beforehand."""
    return f"Lấy số liệu lúc {formatting.datetime(clock.now())}"


def write_table(
    sheet,
    head: Sequence[str],
    columns: Mapping[str, int],
    rows: Iterable[Sequence],
    total: Sequence | None = None,
    *,
    wrap: bool = False,
) -> None:
    """Write a table: lines that say what it is, the header row, the rows, their total, and how it is printed.

    columns: each one's name and its width in characters. The header stays in sight and on every printed page; one page
    wide, across. wrap: long words go on in their cell's next line, for tables of names and sentences.
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
            for cell in cells:
                cell.alignment = Alignment(wrap_text=cell.data_type == "s", vertical="top")
    for place, width in enumerate(columns.values(), 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = sheet.cell(first, 2)
    sheet.print_title_rows = f"{first - 1}:{first - 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "Trang &P/&N"


def _font(*, bold):
    # Without a name LibreOffice takes its own serif.
    return Font(name="Calibri", size=11, bold=bold)


def append_row(sheet, values: Sequence) -> None:
    """Write one row below the last; None and empty words leave their cell empty."""
    row = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    for column, value in enumerate(values, 1):
        if value is not None and value != "":
            _write(sheet.cell(row, column), value)


def _write(cell, value):
    if isinstance(value, str):
        cell.value = texts.prose(value)
        # openpyxl takes "=…" for a formula; here it is somebody's words (a formula would run at the reader's).
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


def workbook_response(book, name: str):
    """A workbook as an answer, to be saved under its name."""
    content = BytesIO()
    book.save(content)
    content.seek(0)
    return files.file_response(content, name, XLSX)


def csv_response(
    name: str,
    columns: Iterable[str],
    rows: Iterable[Sequence],
    same: Mapping[str, str] | None = None,
    later: Iterable[str] = (),
):
    """A table as CSV, to be saved under its name: UTF-8 with its mark, commas between, numbers with a point and no grouping, days
    as 2023-08-31; words that begin like a formula get an apostrophe.

    same: columns after these that are the same in every row (what the table is of, and that it is illustrative). later: names
    of columns after those, to which the last values of a row belong: what came later moves nothing that machines read.
    """
    same, columns, later = same or {}, list(columns), list(later)
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([*columns, *same, *later])
    for row in rows:
        own = [_plain(value) for value in row]
        writer.writerow([*own[: len(columns)], *map(_plain, same.values()), *own[len(columns) :]])
    return files.file_response(BytesIO(text.getvalue().encode("utf-8-sig")), name, CSV)


def _plain(value):
    if value is None:
        return ""
    if isinstance(value, str):
        value = texts.prose(value)
        return f"'{value}" if value.startswith(FORMULA_SIGNS) else value
    if isinstance(value, Decimal):
        whole, _, fraction = format(value, "f").partition(".")
        return f"{whole}.{fraction.rstrip('0')}".rstrip(".")
    return value.isoformat() if isinstance(value, dt.date) else str(value)
