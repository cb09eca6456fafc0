"""A reader of Word files against Decree 30/2020/NĐ-CP, annex I: `faults(content)` names the rules that a report breaks. It
knows nothing of the code that made the file."""

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

from docx import Document
from docx.document import Document as WordFile
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

FACE = "Times New Roman"
NUMBER = re.compile(r"Số: (?:0[1-9][a-z]?|[1-9]\d+[a-z]?|\s*)/BC-[A-ZĐ&-]+")
# A day of two digits; a month of two where it is January or February; blanks where it is filled in by hand.
DAY = re.compile(r"ngày (?:(?:0[1-9]|[12]\d|3[01]) tháng (?:0[12]|[3-9]|1[0-2])|\s+tháng\s+) ?năm \d{4}")
ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV"]


def faults(content: bytes) -> list[str]:
    """Return the names of the rules that a Word file breaks, in order."""
    word = Document(io.BytesIO(content))
    return [name for name, holds in RULES.items() if not holds(word)]


def paper(word: WordFile) -> bool:
    """A4; 20 to 25 mm above and below, 30 to 35 mm on the left, 15 to 20 mm on the right, lying pages too."""
    for section in word.sections:
        sides = sorted(round(side.mm) for side in (section.page_width, section.page_height))
        above, below = round(section.top_margin.mm), round(section.bottom_margin.mm)
        left, right = round(section.left_margin.mm), round(section.right_margin.mm)
        if sides != [210, 297] or not (
            20 <= above <= 25 and 20 <= below <= 25 and 30 <= left <= 35 and 15 <= right <= 20
        ):
            return False
    return True


def face(word: WordFile) -> bool:
    """Times New Roman throughout, black, text of 13 or 14 points."""
    for name in ("Normal", "Heading 1", "Heading 2"):
        font = word.styles[name].font
        if font.name != FACE or not 13 <= font.size.pt <= 14:
            return False
    runs = (run for paragraph in _every(word) for run in paragraph.runs)
    return all(run.font.name in (None, FACE) and run.font.color.rgb is None for run in runs)


def spacing(word: WordFile) -> bool:
    """6 points between paragraphs, lines from single to one and a half, first lines 10 or 12,7 mm in, both edges even."""
    body = word.styles["Normal"].paragraph_format
    if body.space_after.pt < 6 or not 1 <= body.line_spacing <= 1.5:
        return False
    return all(
        paragraph.alignment == ALIGN.JUSTIFY
        and paragraph.paragraph_format.space_after is None
        and 10 <= round(paragraph.paragraph_format.first_line_indent.mm, 1) <= 12.7
        for paragraph in _text(word)
    )


def head(word: WordFile) -> bool:
    """Issuer on the left under its superior, state and motto on the right, in their sizes."""
    left, right = word.tables[0].rows[0].cells
    *above, issuer = [p for p in left.paragraphs if p.text]
    state, motto = [p for p in right.paragraphs if p.text]
    return (
        all(_is(p, 12, 13, bold=False) and p.text.isupper() for p in above)
        and _is(issuer, 12, 13)
        and issuer.text.isupper()
        and state.text == "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
        and _is(state, 12, 13)
        and motto.text == "Độc lập - Tự do - Hạnh phúc"
        and _is(motto, 13, 14)
        and _is_ruled(left.paragraphs[-1])
        and _is_ruled(right.paragraphs[-1])
    )


def number_and_day(word: WordFile) -> bool:
    """The number and the day on one line, each in its form: numbers and days under ten with a zero."""
    rows = word.tables[0].rows
    if len(rows) != 2:
        return False
    number, day = (cell.paragraphs[0] for cell in rows[1].cells)
    return (
        bool(NUMBER.fullmatch(number.text))
        and bool(re.fullmatch(rf"[^\W\d_][^,]*, {DAY.pattern}", day.text))
        and _is(number, 13, 14, bold=False)
        and _is(day, 13, 14, bold=False, italic=True)
        and number.alignment == day.alignment == ALIGN.CENTER
    )


def days(word: WordFile) -> bool:
    """Days in words have their zeros wherever they stand."""
    texts = [paragraph.text for paragraph in _every(word)]
    return all(
        DAY.match(found[0]) for text in texts for found in re.finditer(r"ngày\s+\S*\s*tháng\s+\S*\s*năm \d{4}", text)
    )


def title(word: WordFile) -> bool:
    """`BÁO CÁO`, then what it is about, then a line: bold, 13 or 14 points, in the middle."""
    name, about, line = [p for p in word.paragraphs if p.text or _is_ruled(p)][:3]
    return (
        name.text == "BÁO CÁO"
        and not about.text.isupper()
        and all(_is(p, 13, 14) and p.alignment == ALIGN.CENTER for p in (name, about))
        and _is_ruled(line)
    )


def addressees(word: WordFile) -> bool:
    """One on the line of *Kính gửi*; several each on its own, the last with a point."""
    lines = [p.text for p in word.paragraphs]
    places = [place for place, text in enumerate(lines) if text.startswith("Kính gửi:")]
    if not places:
        return True
    if lines[places[0]] != "Kính gửi:":
        return len(places) == 1 and lines[places[0]].endswith(".")
    several = []
    for text in lines[places[0] + 1 :]:
        if not text.startswith("- "):
            break
        several.append(text)
    return len(several) > 1 and all(t.endswith(";") for t in several[:-1]) and several[-1].endswith(".")


def order(word: WordFile) -> bool:
    """Head, title, addressees, text, signature, annexes."""
    kinds = []
    for element in word.element.body:
        text = _words(element)
        if element.tag == qn("w:tbl"):
            kinds.append("head" if "CỘNG HÒA XÃ HỘI" in text else "sign" if "Nơi nhận:" in text else "")
        else:
            kinds.append(
                "title"
                if text == "BÁO CÁO"
                else "to"
                if text.startswith("Kính gửi")
                else "annex"
                if _names_annex(text)
                else ""
            )
    marks = [kind for kind in kinds if kind]
    wanted = ["head", "title", *(["to"] if "to" in marks else []), "sign", *["annex"] * marks.count("annex")]
    return marks == wanted


def headings(word: WordFile) -> bool:
    """Sections in capitals with Roman numbers, their parts with Arabic ones, bold, without a gap."""
    section = part = 0
    for paragraph in word.paragraphs:
        level = {"Heading 1": 1, "Heading 2": 2}.get(paragraph.style.name)
        if not level or _names_annex(paragraph.text):
            continue
        number, _, words = paragraph.text.partition(". ")
        if level == 1:
            section, part = section + 1, 0
            if number != ROMAN[section - 1] or not words.isupper():
                return False
        else:
            part += 1
            if number != str(part) or words.isupper():
                return False
    return bool(word.styles["Heading 1"].font.bold)


def end(word: WordFile) -> bool:
    """`./.` after the last word of the text, and nowhere else."""
    text = [p.text for p in _text(word)]
    return bool(text) and text[-1].endswith("./.") and sum(one.count("./.") for one in text) == 1


def recipients(word: WordFile) -> bool:
    """*Nơi nhận* bold and italic in 12 points, the list in 11, ending with the registry."""
    name, *lines = [p for p in _signature(word).rows[0].cells[0].paragraphs if p.text]
    return (
        name.text == "Nơi nhận:"
        and _is(name, 12, 12, italic=True)
        and all(_is(p, 11, 11, bold=False) and p.text.startswith("- ") for p in lines)
        and all(p.text.endswith(";") for p in lines[:-1])
        and bool(re.fullmatch(r"- Lưu: VT(?:, [\w&.-]+)*\.", lines[-1].text))
    )


def signature(word: WordFile) -> bool:
    """Powers in capitals and the signer's name under them, bold, 13 or 14 points, in the middle."""
    written = [p for p in _signature(word).rows[0].cells[1].paragraphs if p.text]
    *powers, name = written
    return (
        bool(powers)
        and all(p.text.isupper() and _is(p, 13, 14) for p in powers)
        and not name.text.isupper()
        and all(_is(p, 13, 14) and p.alignment == ALIGN.CENTER for p in written)
    )


def annexes(word: WordFile) -> bool:
    """*Phụ lục* with its Roman number in 14 points, its title in capitals, whose annex it is in italics."""
    paragraphs = [p for p in word.paragraphs if p.text]
    places = [place for place, p in enumerate(paragraphs) if _names_annex(p.text)]
    for number, place in enumerate(places, 1):
        name, about, attached = paragraphs[place : place + 3]
        wanted = "Phụ lục" if len(places) == 1 else f"Phụ lục {ROMAN[number - 1]}"
        if name.text != wanted or not _is(name, 14, 14) or not about.text.isupper() or not _is(about, 13, 14):
            return False
        if not re.fullmatch(r"\(Kèm theo Báo cáo số .+/BC-.+ của .+\)", attached.text):
            return False
        if not _is(attached, 13, 14, bold=False, italic=True):
            return False
        if any(p.alignment != ALIGN.CENTER for p in (name, about, attached)):
            return False
    return True


def page_numbers(word: WordFile) -> bool:
    """In the middle of the upper margin, 13 or 14 points, not on the first page, each annex from 1."""
    for place, section in enumerate(word.sections):
        number = section.header.paragraphs[0]
        restarted = section._sectPr.find(qn("w:pgNumType"))
        if "PAGE" not in number._p.xml or number.alignment != ALIGN.CENTER:
            return False
        if "PAGE" in section.first_page_header._element.xml or not section.different_first_page_header_footer:
            return False
        if place and (restarted is None or restarted.get(qn("w:start")) != "1"):
            return False
        if any(run.font.size is not None and not 13 <= run.font.size.pt <= 14 for run in number.runs):
            return False
    return True


RULES: dict[str, Callable[[WordFile], bool]] = {
    rule.__name__: rule
    for rule in (
        paper,
        face,
        spacing,
        head,
        number_and_day,
        days,
        title,
        addressees,
        order,
        headings,
        end,
        recipients,
        signature,
        annexes,
        page_numbers,
    )
}


def _is(paragraph: Paragraph, least: float, most: float, *, bold: bool = True, italic: bool = False) -> bool:
    """Return whether every run of a paragraph has this weight and slope and a size within these points."""
    style = paragraph.style.font
    for run in paragraph.runs:
        size = run.font.size or style.size or paragraph.part.document.styles["Normal"].font.size
        is_bold = style.bold if run.bold is None else run.bold
        if not least <= size.pt <= most or bool(is_bold) != bold or bool(run.italic) != italic:
            return False
    return bool(paragraph.runs)


def _is_ruled(paragraph: Paragraph) -> bool:
    return bool(paragraph._p.xpath("./w:pPr/w:pBdr/w:bottom"))


def _names_annex(text: str) -> bool:
    return bool(re.fullmatch(r"Phụ lục(?: [IVX]+)?", text))


def _words(element: Any) -> str:
    return "".join(piece.text or "" for piece in element.iter(qn("w:t")))


def _signature(word: WordFile) -> Table:
    return next(table for table in word.tables if "Nơi nhận:" in table.rows[0].cells[0].text)


def _text(word: WordFile) -> list[Paragraph]:
    """Return the paragraphs of the text, from the addressees to the signature, without headings and notes of tables."""
    paragraphs, is_text = [], False
    for element in word.element.body:
        if element.tag == qn("w:tbl"):
            if "Nơi nhận:" in _words(element):
                break
            continue
        paragraph = Paragraph(element, word._body) if element.tag == qn("w:p") else None
        if paragraph is None or not paragraph.text:
            continue
        is_text = is_text or paragraph.alignment == ALIGN.JUSTIFY
        is_note = all(run.italic for run in paragraph.runs)
        if is_text and paragraph.style.name == "Normal" and not is_note:
            paragraphs.append(paragraph)
    return paragraphs


def _every(word: WordFile) -> Iterator[Paragraph]:
    for element in word.element.body.iter(qn("w:p")):
        yield Paragraph(element, word._body)
