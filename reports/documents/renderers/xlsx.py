"""A report as a workbook: its text on the first sheet, one sheet a table, numbers as numbers. Every word is a string, also one
that begins like a formula."""

import io
from decimal import Decimal
from textwrap import wrap

from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter

from core import texts
from reports.documents.model import Document, closed
from reports.letterhead import DocumentHead

FACE = "Times New Roman"
THIN = Border(*(Side(style="thin", color="000000"),) * 4)
WIDTH, WIDE = 92, 135  # characters of a portrait and a landscape page
FORBIDDEN = "[]:*?/\\"


def make(document: Document, head: DocumentHead) -> bytes:
    """The workbook."""
    book = Workbook()
    # A column's width counts characters of this face: without it a machine that lacks Excel's own shows other widths.
    book._named_styles["Normal"].font = Font(name=FACE, size=11)
    _text(book.active, document, head)
    names = {book.active.title}
    blocks = [(block, False) for block in document.body]
    blocks += [(block, annex.landscape) for annex in document.annexes for block in annex.blocks]
    for block, landscape in blocks:
        if block.block == "table":
            _table(book.create_sheet(_name(block.id, names)), block, head, landscape)
        elif block.block == "chart":
            _chart(book.create_sheet(_name(block.id, names)), block, head)
    book.properties.title = texts.prose(document.abstract.plain)
    book.properties.creator = texts.prose(head.issuer)
    book.properties.description = texts.prose(" · ".join(filter(None, [*head.marks, head.trace])))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _name(wanted, names):
    bare = "".join(c for c in wanted if c not in FORBIDDEN)[:28]
    name, number = bare, 2
    while name in names:
        name, number = f"{bare} {number}", number + 1
    names.add(name)
    return name


def _write(sheet, row, column, text, *, bold=False, italic=False, size=12, align="left", border=False):
    cell = sheet.cell(row, column)
    cell.value = texts.prose(text)
    cell.data_type = "s"
    cell.font = Font(name=FACE, size=size, bold=bold, italic=italic)
    cell.alignment = Alignment(horizontal=align, vertical="top" if not border else "center", wrap_text=True)
    if border:
        cell.border = THIN
    return cell


def _text(sheet, document, head):
    sheet.title = "Báo cáo"
    sheet.column_dimensions["A"].width = WIDTH
    lines = [
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
        if block.block == "heading":
            lines.append((block.text, {"bold": True}))
        elif block.block == "paragraph":
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


def _table(sheet, block, head, landscape):
    total, whole = sum(column.width for column in block.columns), WIDE if landscape else WIDTH
    widths = [max(6, whole * column.width / total) for column in block.columns]
    _write(sheet, 1, 1, block.caption, bold=True, size=13).alignment = Alignment(wrap_text=False)
    sheet.row_dimensions[2].height = _height([column.title for column in block.columns], widths, 12)
    for place, (column, width) in enumerate(zip(block.columns, widths, strict=True), 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
        _write(sheet, 2, place, column.title, bold=True, align="center", border=True)
    for number, row in enumerate(block.rows, 3):
        if row.kind == "group":
            _write(sheet, number, 1, row.cells[0].shown, bold=True, border=True)
            sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=len(block.columns))
            continue
        sheet.row_dimensions[number].height = _height([cell.shown for cell in row.cells], widths, 11)
        for place, (shown, column) in enumerate(zip(row.cells, block.columns, strict=True), 1):
            cell = _write(
                sheet, number, place, shown.shown, bold=row.kind == "sum", size=11, align=column.align, border=True
            )
            if shown.value is not None:
                _number(cell, shown)
    last = len(block.rows) + 3
    if block.note:
        _write(sheet, last, 1, block.note, italic=True, size=11).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.merge_cells(start_row=last, end_row=last, start_column=1, end_column=len(block.columns))
        sheet.row_dimensions[last].height = 15 * -(-len(block.note) // whole) + 4
    sheet.freeze_panes = "A3"
    sheet.print_title_rows = "2:2"
    _print_setup(sheet, head, landscape)


def _height(texts, widths, size):
    """Points that a row takes whose words are wrapped: nobody reckons it anew when a file is opened."""
    lines = max(
        sum(len(wrap(part, max(4, int(width * 0.92)))) or 1 for part in text.split("\n"))
        for text, width in zip(texts, widths, strict=True)
    )
    return lines * size * 1.28 + 4


def _number(cell, shown):
    value = Decimal(shown.value)
    cell.value = int(value) if value == value.to_integral_value() else value
    cell.data_type = "n"
    form = "#,##0" + (f".{'0' * shown.decimals}" if shown.decimals else "")
    if shown.unit:
        form += f'" {shown.unit}"'
    cell.number_format = f"+{form};\u2212{form};{form}" if shown.signed else form


def _chart(sheet, block, head):
    _write(sheet, 1, 1, block.caption, bold=True, size=13).alignment = Alignment(wrap_text=False)
    for place, title in enumerate(("Mã, địa bàn", "Kết quả", block.measure, "Trạng thái"), 1):
        _write(sheet, 2, place, title, bold=True, align="center", border=True)
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


def _margin(words):
    """Words for a sheet's margin, where an ampersand begins a code and 255 signs are the most; None for none."""
    return words[:240].replace("&", "&&") or None


def _print_setup(sheet, head, landscape):
    """A4, one page wide, its number, the marks and the code on every page."""
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left, sheet.page_margins.right = 0.8, 0.6
    sheet.page_margins.top = sheet.page_margins.bottom = 0.8
    sheet.oddHeader.center.text = "&P"
    sheet.oddHeader.right.text = _margin(" · ".join(head.marks))
    sheet.oddFooter.left.text = _margin(texts.prose(head.trace))
