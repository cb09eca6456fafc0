"""A report as a Word file that can be edited: real heading styles, tables whose header rows repeat, page numbers as
fields."""

import base64
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import segno
from docx import Document as WordDocument
from docx.document import Document as WordFile
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shape import InlineShape
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import Table as WordTable
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph as WordParagraph

from reports.documents import printable
from reports.documents.model import Block, Chart, Document, Heading, Paragraph, Table, TableCell, TableRow, closed
from reports.documents.renderers import bar_chart_svg
from reports.documents.renderers.pdf import typeset
from reports.letterhead import DocumentHead

FACE = "Times New Roman"
ALIGNS = {"left": ALIGN.LEFT, "center": ALIGN.CENTER, "right": ALIGN.RIGHT}
# Each drawing on a page of its own size, rendered as a picture that Word can show.
PICTURES = """#let d = json(bytes(sys.inputs.data))
#for p in d.pictures {
  page(width: p.width * 1pt, height: p.height * 1pt, margin: 0pt, image(bytes(p.svg), format: "svg", width: 100%, alt: "x"))
}"""
# The largest height of a drawing in millimetres, so that it fits on one page with its caption.
HIGHEST = {"portrait": 235, "landscape": 150}
# A table with at most this many rows is kept on one page.
FEW_ROWS = 8


def make(document: Document, head: DocumentHead) -> bytes:
    """Return the Word file. Raises `RenderingFailed` where a chart of it could not be drawn in time."""
    word, pictures = WordDocument(), _pictures(document)
    _styles(word)
    _set_page(word.sections[0], landscape=False)
    _margins(word.sections[0], head)
    word.core_properties.title = nfc(document.abstract.plain)
    word.core_properties.author = nfc(head.issuer)
    word.core_properties.language = "vi-VN"
    word.core_properties.comments = nfc(" · ".join(filter(None, [*head.marks, head.trace])))
    _letterhead(word, document, head)
    _blocks(word, closed(document.body), 160, pictures)
    # The signature is never alone on a page.
    word.paragraphs[-1].paragraph_format.keep_with_next = True
    _signature(word, head)
    for name, annex in document.named_annexes:
        section = word.add_section(WD_SECTION.NEW_PAGE)
        _shrink(word.paragraphs[-1])
        _set_page(section, annex.landscape)
        _restart_numbers(section)
        _write(word.add_paragraph(style="Heading 1"), name, ALIGN.CENTER, size=14)
        _write(_plain(word), annex.title.upper(), ALIGN.CENTER, size=14, bold=True)
        _write(_plain(word), head.attached, ALIGN.CENTER, italic=True)
        _blocks(word, annex.blocks, 247 if annex.landscape else 160, pictures, in_body=False)
    made = io.BytesIO()
    word.save(made)
    return made.getvalue()


def nfc(text: str) -> str:
    """Return text as Word can hold it, and as paper can show it."""
    return printable.printable(text)


def _styles(word: WordFile) -> None:
    for name, size, bold, italic in (
        ("Normal", 13, None, None),
        ("Heading 1", 13, True, False),
        ("Heading 2", 13, True, False),
        ("Caption", 12, False, True),
    ):
        style = word.styles[name]
        style.font.size, style.font.bold, style.font.italic = Pt(size), bold, italic
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.font.name = FACE
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(script), FACE)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
    body = word.styles["Normal"].paragraph_format
    body.space_after, body.space_before, body.line_spacing = Pt(6), Pt(0), 1.05
    for name in ("Heading 1", "Heading 2"):
        form = word.styles[name].paragraph_format
        form.space_before, form.space_after, form.keep_with_next = Pt(6), Pt(6), True
        form.first_line_indent = Mm(10)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    word.styles["Normal"].element.get_or_add_rPr().append(language)


def _set_page(section: Section, landscape: bool) -> None:
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    width, height = Mm(210), Mm(297)
    section.page_width, section.page_height = (height, width) if landscape else (width, height)
    section.top_margin, section.bottom_margin = Mm(20), Mm(22)
    section.left_margin, section.right_margin = Mm(30), Mm(20)
    section.header_distance, section.footer_distance = Mm(9), Mm(6)
    section.different_first_page_header_footer = True


def _restart_numbers(section: Section) -> None:
    numbers = OxmlElement("w:pgNumType")
    numbers.set(qn("w:start"), "1")
    section._sectPr.append(numbers)


def _shrink(paragraph: WordParagraph) -> None:
    """Shrink the paragraph that a section ends with, which could otherwise take a page."""
    form = paragraph.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing = Pt(1)
    mark = paragraph._p.get_or_add_pPr()
    size = OxmlElement("w:sz")
    size.set(qn("w:val"), "2")
    run = OxmlElement("w:rPr")
    run.append(size)
    mark.insert_element_before(run, "w:sectPr", "w:pPrChange")


def _margins(section: Section, head: DocumentHead) -> None:
    """Write the page number on top from the second page on, the marks on every page, and the identification of the
    sheet at the foot. The following sections inherit them."""
    for header in (section.first_page_header, section.header):
        header.is_linked_to_previous = False
    number = section.header.paragraphs[0]
    number.paragraph_format.space_after = Pt(0)
    number.alignment = ALIGN.CENTER
    _field(number, "PAGE", 13)
    for header in (section.first_page_header, section.header):
        if head.marks:
            mark = header.add_paragraph() if header is section.header else header.paragraphs[0]
            _write(mark, " · ".join(head.marks), ALIGN.RIGHT, size=9, italic=True)
            mark.paragraph_format.space_after = Pt(0)
    code = _qr(head.check_url) if head.check_url else None
    for footer in (section.first_page_footer, section.footer):
        footer.is_linked_to_previous = False
        _foot(footer, head, code)


def _foot(footer: Any, head: DocumentHead, code: bytes | None) -> None:
    """Write the trace on the left, the QR code of the page that checks it on the right."""
    table = footer.add_table(1, 2, Mm(160))
    _widths(table, [146, 14])
    left, right = table.rows[0].cells
    for cell in (left, right):
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        cell.paragraphs[0].paragraph_format.space_after = Pt(0)
        cell.paragraphs[0].paragraph_format.line_spacing = 1
    _write(left.paragraphs[0], "\n".join(filter(None, [head.trace, head.check_url])), ALIGN.LEFT, size=8)
    if code is not None:
        right.paragraphs[0].alignment = ALIGN.RIGHT
        picture = right.paragraphs[0].add_run().add_picture(io.BytesIO(code), width=Mm(12))
        _describe(picture, f"Mã QR tới trang kiểm tra văn bản {head.check_url}")
    # A footer must end with a paragraph, which is made to take no room.
    last = footer.paragraphs[0]
    footer._element.append(last._p)
    _shrink(last)


def _qr(address: str) -> bytes:
    made = io.BytesIO()
    segno.make(address, error="m").save(made, kind="png", scale=6, border=1)
    return made.getvalue()


def _field(paragraph: WordParagraph, name: str, size: int) -> None:
    for kind, text in (("begin", None), (None, name), ("end", None)):
        run = paragraph.add_run()
        run.font.size = Pt(size)
        if kind is not None:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.set(qn("xml:space"), "preserve")
            mark.text = text
        run._r.append(mark)


def _describe(picture: InlineShape, text: str) -> None:
    picture._inline.docPr.set("descr", nfc(text)[:2000])


def _plain(container: WordFile | _Cell) -> WordParagraph:
    paragraph = container.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(0)
    return paragraph


def _write(
    paragraph: WordParagraph,
    text: str,
    align: ALIGN | None = None,
    size: float | None = None,
    bold: bool | None = None,
    italic: bool | None = None,
) -> WordParagraph:
    if align is not None:
        paragraph.alignment = align
        if align == ALIGN.CENTER:
            paragraph.paragraph_format.first_line_indent = Mm(0)
    run = paragraph.add_run(nfc(text))
    run.bold, run.italic = bold, italic
    if size:
        run.font.size = Pt(size)
    return paragraph


def _ruled(paragraph: WordParagraph, indent: int) -> None:
    """Draw a line under a paragraph, `indent` millimetres in from both sides."""
    borders = OxmlElement("w:pBdr")
    line = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    paragraph._p.get_or_add_pPr().append(borders)
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Mm(indent)
    paragraph.paragraph_format.space_after = Pt(4)
    paragraph.paragraph_format.line_spacing = Pt(3)


def _letterhead(word: WordFile, document: Document, head: DocumentHead) -> None:
    # The number and the day are on one line, whatever the lines over them.
    table = word.add_table(rows=2, cols=2)
    _narrow(table)
    _widths(table, [66, 94])
    left, right = table.rows[0].cells
    first = left.paragraphs[0]
    first.paragraph_format.space_after = Pt(0)
    if head.above:
        _write(first, head.above.upper(), ALIGN.CENTER, size=12)
        first = _plain(left)
    _write(first, "\n".join(head.issuer_lines).upper(), ALIGN.CENTER, size=12, bold=True)
    _ruled(_plain(left), 20)
    first = right.paragraphs[0]
    first.paragraph_format.space_after = Pt(0)
    _write(first, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", ALIGN.CENTER, size=12, bold=True)
    _write(_plain(right), "Độc lập - Tự do - Hạnh phúc", ALIGN.CENTER, size=13, bold=True)
    _ruled(_plain(right), 17)
    for cell, line, is_day in zip(table.rows[1].cells, (head.number_line, head.date_line), (False, True), strict=True):
        _write(cell.paragraphs[0], line, ALIGN.CENTER, italic=is_day or None)
        cell.paragraphs[0].paragraph_format.space_after = Pt(0)
    title = _write(_plain(word), "BÁO CÁO", ALIGN.CENTER, size=14, bold=True)
    title.paragraph_format.space_before = Pt(12)
    abstract = _write(_plain(word), document.abstract.plain, ALIGN.CENTER, size=14, bold=True)
    abstract.paragraph_format.left_indent = abstract.paragraph_format.right_indent = Mm(17)
    _ruled(_plain(word), 55)
    if len(head.to) == 1:
        _write(word.add_paragraph(), f"Kính gửi: {head.to[0]}", ALIGN.CENTER)
    elif head.to:
        _write(_plain(word), "Kính gửi:").paragraph_format.left_indent = Mm(30)
        for one in head.to:
            _write(_plain(word), f"- {one}").paragraph_format.left_indent = Mm(36)


def _signature(word: WordFile, head: DocumentHead) -> None:
    table = word.add_table(rows=1, cols=2)
    _widths(table, [80, 80])
    _keep_whole(table.rows[0])
    left, right = table.rows[0].cells
    first = left.paragraphs[0]
    _write(first, "Nơi nhận:", ALIGN.LEFT, size=12, bold=True, italic=True).paragraph_format.space_after = Pt(0)
    for one in head.recipients:
        _write(_plain(left), f"- {one}", ALIGN.LEFT, size=11)
    first = right.paragraphs[0]
    first.paragraph_format.space_after = Pt(0)
    for index, power in enumerate(head.powers):
        _write(first if index == 0 else _plain(right), power.upper(), ALIGN.CENTER, bold=True)
    gap = _plain(right)
    gap.paragraph_format.space_after = Pt(42)
    _write(_plain(right), head.signer, ALIGN.CENTER, bold=True)


def _blocks(
    word: WordFile, blocks: Iterable[Block], width: int, pictures: Mapping[str, bytes], in_body: bool = True
) -> None:
    """Write blocks; in_body: False for those of an annex, whose title says what its first table is."""
    is_announced = not in_body
    for block in blocks:
        if isinstance(block, Table) and not is_announced:
            _caption(word, block.caption)
        is_announced = isinstance(block, Paragraph) and block.plain.endswith(":")
        if isinstance(block, Heading):
            _write(word.add_paragraph(style=f"Heading {block.level}"), block.text)
        elif isinstance(block, Paragraph):
            if block.plain:
                paragraph = _write(word.add_paragraph(), block.plain, ALIGN.JUSTIFY)
                paragraph.paragraph_format.first_line_indent = Mm(10)
                paragraph.paragraph_format.keep_with_next = block.plain.endswith(":") or None
        elif isinstance(block, Table):
            _table(word, block, width)
        else:
            _chart(word, block, pictures[block.id], HIGHEST["landscape" if width > 160 else "portrait"])


def _table(word: WordFile, block: Table, width: int) -> None:
    size = 10.5 if block.dense else 12
    table = word.add_table(rows=1, cols=len(block.columns))
    table.style = "Table Grid"
    _narrow(table)
    total = sum(column.width for column in block.columns)
    widths = [width * column.width / total for column in block.columns]
    for cell, column in zip(table.rows[0].cells, block.columns, strict=True):
        _cell(cell, column.title, ALIGN.CENTER, size, bold=True)
    _repeat(table.rows[0])
    _keep_whole(table.rows[0])
    pattern = None
    for row in block.rows:
        has_marks = any(cell.parts for cell in row.cells)
        if pattern is not None and not row.kind and not has_marks:
            table._tbl.append(_copied(pattern, row))
            continue
        made = table.add_row()
        _keep_whole(made)
        if row.kind == "group":
            merged = made.cells[0].merge(made.cells[-1])
            _cell(merged, row.cells[0].shown, ALIGN.LEFT, size, bold=True)
            merged.paragraphs[0].paragraph_format.keep_with_next = True
            continue
        for cell, shown, column in zip(made.cells, row.cells, block.columns, strict=True):
            if shown.parts:
                _marked_cell(cell, shown, ALIGNS[column.align], size)
            else:
                _cell(cell, shown.shown, ALIGNS[column.align], size, bold=row.kind == "sum")
        pattern = pattern if row.kind or has_marks else made._tr
    _widths(table, widths)
    if len(block.rows) <= FEW_ROWS:
        for row in table.rows[:-1]:
            for cell in row.cells:
                cell.paragraphs[0].paragraph_format.keep_with_next = True
    after = word.add_paragraph()
    if block.note:
        _write(after, block.note, ALIGN.JUSTIFY, size=11, italic=True)
    else:
        after.paragraph_format.space_after, after.paragraph_format.line_spacing = Pt(0), Pt(8)


def _copied(pattern: Any, row: TableRow) -> Any:
    """Return a copy of an existing row with other words: many times faster than creating each row."""
    made = deepcopy(pattern)
    for cell, shown in zip(made.tc_lst, row.cells, strict=True):
        cell.p_lst[0].r_lst[0].text = nfc(shown.shown)
    return made


def _cell(cell: _Cell, text: str, align: ALIGN, size: float, bold: bool | None = None) -> None:
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.paragraph_format.line_spacing = 1
    paragraph.alignment = align
    run = paragraph.add_run(nfc(text))
    run.font.size, run.bold = Pt(size), bold


def _marked_cell(cell: _Cell, shown: TableCell, align: ALIGN, size: float) -> None:
    """Write a cell whose corrected words are underlined."""
    (first, is_marked), *rest = shown.parts
    _cell(cell, first, align, size)
    paragraph = cell.paragraphs[0]
    paragraph.runs[0].underline = is_marked
    for piece, is_marked in rest:
        run = paragraph.add_run(nfc(piece))
        run.font.size, run.underline = Pt(size), is_marked


def _widths(table: WordTable, millimetres: Sequence[float]) -> None:
    """Set the widths twice: Word reads the columns', LibreOffice the cells'."""
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    for column, wide in zip(table.columns, millimetres, strict=True):
        column.width = Mm(wide)
    columns: list[Length] = [Mm(wide) for wide in millimetres]
    for row in table._tbl.tr_lst:
        for cell, wide in zip(row.tc_lst, columns, strict=False):
            cell.width = wide if cell.grid_span == 1 else Length(sum(columns))


def _narrow(table: WordTable) -> None:
    """Reduce the side margins of cells, so that narrow columns hold a word."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "45")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.append(margins)


def _repeat(row: _Row) -> None:
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _keep_whole(row: _Row) -> None:
    mark = OxmlElement("w:cantSplit")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _pictures(document: Document) -> dict[str, bytes]:
    """Return the charts' pictures by their ids, all drawn at once."""
    charts = document.charts
    if not charts:
        return {}
    drawings = [
        {"svg": bar_chart_svg.svg(chart), "width": bar_chart_svg.WIDTH, "height": bar_chart_svg.height(chart)}
        for chart in charts
    ]
    drawn = json.loads(typeset(PICTURES, {"pictures": drawings}, "png"))
    return {chart.id: base64.b64decode(picture) for chart, picture in zip(charts, drawn, strict=True)}


def _caption(word: WordFile, text: str) -> None:
    caption = _write(word.add_paragraph(style="Caption"), text, ALIGN.CENTER)
    caption.paragraph_format.keep_with_next = True


def _chart(word: WordFile, block: Chart, picture: bytes, highest: int) -> None:
    _caption(word, block.caption)
    paragraph = word.add_paragraph()
    paragraph.alignment = ALIGN.CENTER
    wide = min(155, highest * bar_chart_svg.WIDTH / bar_chart_svg.height(block))
    _describe(paragraph.add_run().add_picture(io.BytesIO(picture), width=Mm(wide)), block.alt)
