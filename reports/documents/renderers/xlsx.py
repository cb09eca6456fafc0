"""A report as a workbook: its text on the first sheet, one sheet per table, numbers as numbers. Every word is a string,
also one that begins like a formula."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from textwrap import wrap
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from core import formatting, texts
from core.formatting import after_number
from reports.documents.model import Chart, Document, Heading, Paragraph, Table, TableCell, TableRow, closed
from reports.letterhead import DocumentHead

FACE = "Times New Roman"
THIN = Border(*(Side(style="thin", color="000000"),) * 4)
WIDTH, WIDE = 92, 135  # characters of a portrait and a landscape page
FORBIDDEN = "[]:*?/\\"


def make(document: Document, head: DocumentHead) -> bytes:
    """Return the workbook."""
    book = Workbook()
    # A column's width counts characters of this face: without it a machine that lacks Excel's own shows other widths.
    # The library has no public way to change it.
    book._named_styles["Normal"].font = Font(name=FACE, size=11)  # type: ignore[attr-defined]
    _text(book.worksheets[0], document, head)
    names = {book.worksheets[0].title}
    blocks = [(block, False) for block in document.body]
    blocks += [(block, annex.landscape) for annex in document.annexes for block in annex.blocks]
    for block, landscape in blocks:
        if isinstance(block, Table):
            _table(book.create_sheet(_name(block.id, names)), block, head, landscape)
        elif isinstance(block, Chart):
            _chart(book.create_sheet(_name(block.id, names)), block, head)
    book.properties.title = texts.prose(document.abstract.plain)
    book.properties.creator = texts.prose(head.issuer)
    book.properties.description = texts.prose(" · ".join(filter(None, [*head.marks, head.trace])))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _name(wanted: str, names: set[str]) -> str:
    bare = "".join(c for c in wanted if c not in FORBIDDEN)[:28]
    name, number = bare, 2
    while name in names:
        name, number = f"{bare} {number}", number + 1
    names.add(name)
    return name


def _write(
    sheet: Worksheet,
    row: int,
    column: int,
    text: str,
    *,
    bold: bool = False,
    italic: bool = False,
    size: float = 12,
    align: str = "left",
    border: bool = False,
) -> Cell:
    cell = sheet.cell(row, column)
    if not isinstance(cell, Cell):
        raise TypeError(f"{cell.coordinate} is inside a merged range")
    cell.value = texts.prose(text)
    cell.data_type = "s"
    cell.font = Font(name=FACE, size=size, bold=bold, italic=italic)
    cell.alignment = Alignment(horizontal=align, vertical="top" if not border else "center", wrap_text=True)
    if border:
        cell.border = THIN
    return cell


def _text(sheet: Worksheet, document: Document, head: DocumentHead) -> None:
    sheet.title = "Báo cáo"
    sheet.column_dimensions["A"].width = WIDTH
    lines: list[tuple[str, dict[str, Any]]] = [
        *((mark.upper(), {"bold": True}) for mark in head.marks),
        (head.above.upper(), {}),
        (head.issuer.upper(), {"bold": True}),
        (head.number_line, {}),
        (head.date_line, {"italic": True}),
        ("BÁO CÁO", {"bold": True, "size": 14, "align": "center"}),
        (document.abstract.plain, {"bold": True, "size": 14, "align": "center"}),
        *((f"Kính gửi: {one}", {"align": "center"}) for one in head.to),
    ]
    for block in closed(document.body):
        if isinstance(block, Heading):
            lines.append((block.text, {"bold": True}))
        elif isinstance(block, Paragraph):
            lines.append((block.plain, {"align": "justify"}))
        else:
            lines.append((f"(Bảng, biểu đồ: trang tính “{block.id}”)", {"italic": True}))
    lines += [(power.upper(), {"bold": True}) for power in head.powers]
    lines += [(head.signer, {"bold": True}), ("Nơi nhận: " + " ".join(head.recipients), {})]
    row = 1
    for text, dress in lines:
        if text.strip():
            _write(sheet, row, 1, text, **dress)
            # Excel does not fit the height of wrapped text by itself when a file is written.
            sheet.row_dimensions[row].height = _height([text], [WIDTH], dress.get("size", 12))
            row += 1
    _print_setup(sheet, head, landscape=False)


def unpaired(block: Table) -> Table:
    """Return a table whose cells of two numbers are two cells, under the titles of their column's pair."""
    columns = [
        half
        for column in block.columns
        for half in (
            [replace(column, title=title, width=column.width / 2, align="right", pair=None) for title in column.pair]
            if column.pair
            else [column]
        )
    ]
    rows = [replace(row, cells=tuple(_halves(row, block))) for row in block.rows]
    return replace(block, columns=tuple(columns), rows=tuple(rows))


def _halves(row: TableRow, block: Table) -> Iterator[TableCell]:
    if row.kind == "group":
        yield from row.cells
        return
    for cell, column in zip(row.cells, block.columns, strict=True):
        if column.pair is None:
            yield cell
        elif cell.pair is None:
            yield from (cell, cell)
        else:
            yield from (TableCell(formatting.number(Decimal(one)), one, _places(one)) for one in cell.pair)


def _places(number: str) -> int:
    return len(number.partition(".")[2].rstrip("0"))


def _table(sheet: Worksheet, block: Table, head: DocumentHead, landscape: bool) -> None:
    block = unpaired(block)
    total, whole = sum(column.width for column in block.columns), WIDE if landscape else WIDTH
    widths = [max(6, whole * column.width / total) for column in block.columns]
    _write(sheet, 1, 1, block.caption, bold=True, size=13).alignment = Alignment(wrap_text=False)
    sheet.row_dimensions[2].height = _height([column.title for column in block.columns], widths, 12)
    for column_number, (column, width) in enumerate(zip(block.columns, widths, strict=True), 1):
        sheet.column_dimensions[get_column_letter(column_number)].width = width
        _write(sheet, 2, column_number, column.title, bold=True, align="center", border=True)
    for number, row in enumerate(block.rows, 3):
        if row.kind == "group":
            _write(sheet, number, 1, row.cells[0].shown, bold=True, border=True)
            sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=len(block.columns))
            continue
        sheet.row_dimensions[number].height = _height([cell.shown for cell in row.cells], widths, 11)
        for column_number, (shown, column) in enumerate(zip(row.cells, block.columns, strict=True), 1):
            cell = _write(
                sheet,
                number,
                column_number,
                shown.shown,
                bold=row.kind == "sum",
                size=11,
                align=column.align,
                border=True,
            )
            if shown.parts:
                cell.value = _marked(shown, 11)
            if shown.value is not None:
                _number(cell, Decimal(shown.value), shown)
    last = len(block.rows) + 3
    if block.note:
        _write(sheet, last, 1, block.note, italic=True, size=11).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.merge_cells(start_row=last, end_row=last, start_column=1, end_column=len(block.columns))
        sheet.row_dimensions[last].height = 15 * -(-len(block.note) // whole) + 4
    sheet.freeze_panes = "A3"
    sheet.print_title_rows = "2:2"
    _print_setup(sheet, head, landscape)


def _height(texts: Sequence[str], widths: Sequence[float], size: float) -> float:
    """Return the height in points of a row with wrapped text, because no program recalculates it when a file is
    opened."""
    lines = max(
        sum(len(wrap(part, max(4, int(width * 0.92)))) or 1 for part in text.split("\n"))
        for text, width in zip(texts, widths, strict=True)
    )
    return lines * size * 1.28 + 4


def _marked(shown: TableCell, size: float) -> CellRichText:
    """Return the text of a cell with its corrected words underlined."""
    fonts = {
        is_marked: InlineFont(rFont=FACE, sz=size, u="single" if is_marked else None) for is_marked in (True, False)
    }
    return CellRichText([TextBlock(fonts[is_marked], texts.prose(piece)) for piece, is_marked in shown.parts])


def _number(cell: Cell, value: Decimal, shown: TableCell) -> None:

    cell.value = int(value) if value == value.to_integral_value() else value
    cell.data_type = "n"
    form = "#,##0" + (f".{'0' * shown.decimals}" if shown.decimals else "")
    if shown.unit:
        form += f'"{after_number(shown.unit)}"'
    cell.number_format = f"+{form};\u2212{form};{form}" if shown.signed else form


def _chart(sheet: Worksheet, block: Chart, head: DocumentHead) -> None:
    _write(sheet, 1, 1, block.caption, bold=True, size=13).alignment = Alignment(wrap_text=False)
    for column_number, title in enumerate(("Mã, địa bàn", "Kết quả", block.measure, "Trạng thái"), 1):
        _write(sheet, 2, column_number, title, bold=True, align="center", border=True)
    for number, bar in enumerate(block.bars, 3):
        _write(sheet, number, 1, bar.label, border=True)
        _write(sheet, number, 2, bar.shown, border=True)
        cell = _write(sheet, number, 3, "", border=True)
        cell.value, cell.data_type, cell.number_format = Decimal(bar.reached or bar.value), "n", "0.00"
        thin = "chưa đủ số liệu" if bar.firm is not None else ""
        _write(sheet, number, 4, "; ".join(filter(None, [bar.word, thin])) or "-", border=True)
    for letter, width in zip("ABCD", (16, 24, 14, 22), strict=True):
        sheet.column_dimensions[letter].width = width
    drawn = BarChart()
    drawn.type, drawn.style, drawn.title, drawn.legend = "bar", 10, block.caption, None
    drawn.add_data(Reference(sheet, min_col=3, min_row=3, max_row=len(block.bars) + 2))
    drawn.set_categories(Reference(sheet, min_col=1, min_row=3, max_row=len(block.bars) + 2))
    drawn.x_axis.scaling.orientation = "maxMin"
    drawn.x_axis.delete = drawn.y_axis.delete = False
    drawn.width, drawn.height = 18, max(7, 0.6 * len(block.bars))
    sheet.add_chart(drawn, "F2")
    sheet.print_title_rows = "2:2"
    _print_setup(sheet, head, landscape=True)


def margin_text(text: str) -> str | None:
    """Return text for a sheet's margin, where an ampersand begins a code and 255 characters are the most; None for
    none."""
    return text[:240].replace("&", "&&") or None


def _print_setup(sheet: Worksheet, head: DocumentHead, landscape: bool) -> None:
    """Set up A4, one page wide, its number, the marks and the code on every page."""
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left, sheet.page_margins.right = 0.8, 0.6
    sheet.page_margins.top = sheet.page_margins.bottom = 0.8
    header, footer = sheet.oddHeader, sheet.oddFooter
    if header is None or footer is None:
        raise TypeError("a new sheet has a header and a footer")
    header.center.text, header.right.text = "&P", margin_text(" · ".join(head.marks))
    footer.left.text = margin_text(texts.prose(head.trace))
