"""A report as its renderers read it: sentences, tables, bars. Frozen dataclasses that can be stored as JSON and loaded
again.

Every figure of a sentence is bound to the snapshot: `bind("Có 8 chỉ tiêu")` stores `Có {1} chỉ tiêu` and the figure `8`
separately, so that an editor can change the words and move the figures, but not change one.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TypeVar

from core import formatting, texts
from core.formatting import NBSP
from reports.documents import printable

# A number with its separators, sign and unit, or a day; not a part of a code (I.2.a, 12/KH-UBND) or of a word (x11).
FIGURE = re.compile(
    rf"(?<![\w.,/-])[+\u2212]?\d+(?:[.,/:]\d+)*(?:%|{NBSP}điểm(?: phần trăm)?|(?![\w/]|-\w|\.\w))",
)
# A brace in the text itself is stored like a figure, so that it is never taken for a placeholder.
KEPT = re.compile(rf"[{{}}]+|{FIGURE.pattern}")
BOUND = re.compile(r"\{(\d+)\}")
# A placeholder as an editor's text has it: its value, or `{1: 8}`, the form of texts that were typed earlier.
TYPED = re.compile(r"\{([^{}]*)\}")
TYPED_EARLIER = re.compile(r"(\d+): (.*)")
ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV")
# The number before a heading.
NUMBERED = re.compile(r"^(?:[IVX]+|\d+)\. ")
# The placeholder of the issuing agency's name.
ISSUER = "⟨cơ quan ban hành⟩"
# The placeholder of the last addressee, the direct superior of the issuer.
RECEIVER = "⟨cơ quan nhận⟩"
# The beginning of a heading's id as a sentence (`Heading.sentence`).
HEADING = "muc-"
# Paragraphs after the last section, by their first sentence's id.
AFTER_SECTIONS = ("kem-theo", "ket-thuc")


@dataclass(frozen=True)
class Sentence:
    """A sentence: `text` with its figures as `{1}`, `{2}`…; `figures[0]` is the value of `{1}`."""

    id: str
    text: str
    figures: tuple[str, ...] = ()
    edited: bool = False

    @property
    def plain(self) -> str:
        """The text to be read."""
        return BOUND.sub(self._shown, self.text)

    @property
    def editable(self) -> str:
        """The text in the editor: `Có {8} chỉ tiêu`."""
        tokens = self.tokens

        def named(match: re.Match) -> str:
            index = int(match[1])
            return tokens[index - 1] if 0 < index <= len(tokens) else match[0]

        return BOUND.sub(named, self.text)

    @property
    def tokens(self) -> tuple[str, ...]:
        """The placeholders of the figures, each different: `{8}`, of a second 8 `{8 (2)}`, of a brace `{#3}`."""
        made = []
        for index, figure in enumerate(self.figures, 1):
            again = self.figures[:index].count(figure)
            is_brace = "{" in figure or "}" in figure
            made.append(f"{{#{index}}}" if is_brace else f"{{{figure}}}" if again == 1 else f"{{{figure} ({again})}}")
        return tuple(made)

    @property
    def has_loose_figures(self) -> bool:
        """True where an edited sentence has a number that is not bound to the snapshot."""
        return self.edited and bool(FIGURE.search(BOUND.sub("", self.text)))

    def _shown(self, match: re.Match) -> str:
        index = int(match[1])
        return self.figures[index - 1] if 0 < index <= len(self.figures) else match[0]


def bind(id: str, text: str) -> Sentence:
    """Return a sentence whose figures are bound, in their order in the text."""
    figures = []

    def store(match: re.Match) -> str:
        figures.append(match[0])
        return f"{{{len(figures)}}}"

    return Sentence(id, KEPT.sub(store, unicodedata.normalize("NFC", text)), tuple(figures))


class BadSentence(ValueError):
    """An edited sentence that cannot be stored; its message says why, in Vietnamese."""


def rebind(auto: Sentence, typed: str) -> str:
    """Return the words that an editor typed, as they are stored: lines without blanks around them, no empty ones. Raises
    BadSentence where a figure in braces is not the snapshot's."""
    places = {spaced(token): index for index, token in enumerate(auto.tokens, 1)}

    def check(match: re.Match) -> str:
        token = f"{{{spaced(match[1])}}}"
        if token in places:
            return f"{{{places[token]}}}"
        if earlier := TYPED_EARLIER.fullmatch(spaced(match[1])):
            return f"{{{_index_of(auto, int(earlier[1]), earlier[2])}}}"
        known = ", ".join(places) or "không có số nào"
        raise BadSentence(
            f"Số trong ngoặc nhọn lấy từ số liệu, không sửa bằng tay: câu này không có {token}; có {known}."
        )

    text = TYPED.sub(check, tidy(typed))
    if text != auto.text and texts.looks_like_tcvn3(text):
        raise BadSentence(f"{texts.TCVN3_ADVICE}.")
    return text


def tidy(typed: str) -> str:
    """Return typed text as paper can show it, without blanks around its lines, without empty lines."""
    lines = printable.printable(typed).split("\n")
    return "\n".join(filter(None, (" ".join(filter(None, line.split(" "))).strip() for line in lines)))


def digest(text: str) -> str:
    """Return a short checksum of an editor's text, by which a page tells whether it was changed."""
    return hashlib.sha256(tidy(text).encode()).hexdigest()[:12]


def _index_of(auto: Sentence, index: int, value: str) -> int:
    """Return the index of a figure that was typed with it. Raises BadSentence."""
    if not 0 < index <= len(auto.figures):
        raise BadSentence(f"Câu này không có số thứ {index} trong ngoặc nhọn.")
    real = auto.figures[index - 1]
    if value != spaced(real):
        raise BadSentence(
            f"Số trong ngoặc nhọn lấy từ số liệu, không sửa bằng tay: {{{index}: {value}}} phải là {real}."
        )
    return index


def spaced(text: str) -> str:
    """Collapse every run of blanks into one."""
    return " ".join(text.replace(NBSP, " ").split())


@dataclass(frozen=True)
class TableCell:
    """A cell: the text shown; of a number also its exact value, as text with a point, the number of decimals shown, and
    the unit after them. parts: the text shown in order, as (words, True where they are marked as corrected); empty
    where nothing is marked. pair: the two exact numbers of `120 / 200`, in a column that has a pair of titles."""

    shown: str
    value: str | None = None
    decimals: int = 0
    unit: str = ""
    signed: bool = False
    parts: tuple[tuple[str, bool], ...] = ()
    pair: tuple[str, str] | None = None


@dataclass(frozen=True)
class Column:
    """A column. width: its share of the table's; align: left, center or right; pair: the titles of the two columns that it becomes
    in a workbook, where its cells are made of two numbers."""

    title: str
    width: float
    align: str = "left"
    pair: tuple[str, str] | None = None


@dataclass(frozen=True)
class TableRow:
    """A row. kind: empty, `group` (one cell over the whole width) or `sum`."""

    cells: tuple[TableCell, ...]
    kind: str = ""


@dataclass(frozen=True)
class Heading:
    """A heading of a section (level 1) or of a part of it (level 2). section: the code of one that a letterhead may leave
    out; empty for others."""

    text: str
    level: int = 1
    section: str = ""
    block: str = field(default="heading", init=False)

    @property
    def sentence(self) -> Sentence:
        """The heading without its number, as a sentence that an editor can change."""
        text = NUMBERED.sub("", self.text)
        return bind(HEADING + re.sub("[^0-9a-z]+", "-", formatting.fold(self.section or text)[:100]).strip("-"), text)


@dataclass(frozen=True)
class Paragraph:
    """Sentences that follow one another."""

    sentences: tuple[Sentence, ...]
    block: str = field(default="paragraph", init=False)

    @property
    def plain(self) -> str:
        return " ".join(filter(None, (sentence.plain for sentence in self.sentences)))


@dataclass(frozen=True)
class Table:
    """A table. id: the name of its sheet in the workbook; dense: in the small type of an annex; note: below it."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    dense: bool = False
    note: str = ""
    block: str = field(default="table", init=False)


@dataclass(frozen=True)
class Bar:
    """A bar of a chart. value and mark in percent of the scale's end (0–100), as text with a point; mark: the
    threshold, if any; firm: the length that rests on enough agencies, None for all of it: the rest is drawn as an
    outline (*chưa đủ số liệu*); reached: the exact percentage, not cut at the scale's end, as text with a point."""

    label: str
    shown: str
    value: str
    mark: str | None
    status: str
    word: str
    firm: str | None = None
    reached: str | None = None


@dataclass(frozen=True)
class Chart:
    """A chart of bars. alt: its content in words; measure: the meaning of its percentages."""

    id: str
    caption: str
    alt: str
    bars: tuple[Bar, ...]
    measure: str = "Phần trăm"
    block: str = field(default="chart", init=False)


Block = Heading | Paragraph | Table | Chart
OneBlock = TypeVar("OneBlock", Heading, Paragraph, Table, Chart)


@dataclass(frozen=True)
class Annex:
    """An annex with its own page orientation."""

    title: str
    blocks: tuple[Block, ...]
    landscape: bool = False


@dataclass(frozen=True)
class Document:
    """A whole document. abstract: its subject, under its name; the last sentence of `body` closes it; is_one_page: its text is
    set smaller where it would take a second page."""

    abstract: Sentence
    body: tuple[Block, ...]
    annexes: tuple[Annex, ...] = ()
    is_one_page: bool = False

    @property
    def sentences(self) -> list[Sentence]:
        """All sentences, in order."""
        return [self.abstract, *(s for block in self._all(Paragraph) for s in block.sentences)]

    @property
    def editable(self) -> list[Sentence]:
        """All sentences that an editor can change, also those of headings."""
        return [*self.sentences, *(heading.sentence for heading in self._all(Heading))]

    @property
    def texts(self) -> list[str]:
        """All texts that are printed, as they are shown: sentences first, then headings, tables and charts."""
        all_texts = [sentence.plain for sentence in self.sentences] + [block.text for block in self._all(Heading)]
        for table in self.tables:
            all_texts += [table.caption, table.note, *(column.title for column in table.columns)]
            all_texts += [cell.shown for row in table.rows for cell in row.cells]
        for chart in self.charts:
            all_texts += [
                chart.caption,
                chart.alt,
                *(text for bar in chart.bars for text in (bar.label, bar.shown, bar.word)),
            ]
        return [*all_texts, *(annex.title for annex in self.annexes)]

    @property
    def tables(self) -> list[Table]:
        """All tables, in order."""
        return self._all(Table)

    @property
    def charts(self) -> list[Chart]:
        """All charts, in order."""
        return self._all(Chart)

    def _all(self, kind: type[OneBlock]) -> list[OneBlock]:
        blocks = [*self.body, *(block for annex in self.annexes for block in annex.blocks)]
        return [block for block in blocks if isinstance(block, kind)]

    @property
    def named_annexes(self) -> list[tuple[str, Annex]]:
        """Each annex with its name: `Phụ lục`, or `Phụ lục I` where there are several."""
        if len(self.annexes) == 1:
            return [("Phụ lục", self.annexes[0])]
        return [(f"Phụ lục {ROMAN[number]}", annex) for number, annex in enumerate(self.annexes, 1)]

    def with_texts(self, texts: Mapping[str, str], issuer: str = "", receiver: str = "") -> "Document":
        """Return the document with an editor's words (by sentence; an empty text leaves one out), and with the issuing
        agency's name and the receiver's in place of the placeholders."""

        def edited(sentence: Sentence) -> Sentence:
            if sentence.id in texts:
                sentence = replace(sentence, text=texts[sentence.id], edited=True)
            if receiver:
                sentence = replace(sentence, text=sentence.text.replace(RECEIVER, receiver))
            return replace(sentence, text=sentence.text.replace(ISSUER, issuer)) if issuer else sentence

        def worded(blocks: Iterable[Block]) -> tuple[Block, ...]:
            return tuple(map(reworded, blocks))

        def reworded(block: Block) -> Block:
            if isinstance(block, Paragraph):
                return replace(block, sentences=tuple(map(edited, block.sentences)))
            if isinstance(block, Heading) and texts.get(block.sentence.id):
                number = NUMBERED.match(block.text)
                text = " ".join(edited(block.sentence).plain.split("\n"))
                return replace(block, text=f"{number[0] if number else ''}{text}")
            return block

        annexes = tuple(replace(annex, blocks=worded(annex.blocks)) for annex in self.annexes)
        abstract = edited(self.abstract)
        abstract = replace(abstract, text=" ".join(abstract.text.split("\n")))
        return replace(self, abstract=abstract, body=worded(self.body), annexes=annexes)


def settled(document: Document, left_out: Collection[str] = ()) -> Document:
    """Return a document as it is printed: without the sections that its letterhead leaves out, without sections and parts in
    which nothing is said, the others numbered anew."""
    body = without(document, left_out).body
    while (fewer := tuple(block for place, block in enumerate(body) if not _is_empty(body, place))) != body:
        body = fewer
    section = part = 0
    numbered: list[Block] = []
    for block in body:
        if isinstance(block, Heading) and NUMBERED.match(block.text):
            section, part = (section + 1, 0) if block.level == 1 else (section, part + 1)
            number = ROMAN[section] if block.level == 1 else part
            block = replace(block, text=NUMBERED.sub(f"{number}. ", block.text))
        numbered.append(block)
    return replace(document, body=tuple(numbered))


def without(document: Document, left_out: Collection[str]) -> Document:
    """Return a document without some of its sections, by their codes."""
    body, is_shown = [], True
    for block in document.body:
        if isinstance(block, Heading) and block.level == 1:
            is_shown = block.section not in left_out or not block.section
        elif isinstance(block, Paragraph) and block.sentences[0].id in AFTER_SECTIONS:
            is_shown = True
        if is_shown:
            body.append(block)
    return replace(document, body=tuple(body))


def _is_empty(body: Sequence[Block], place: int) -> bool:
    """Return whether the block at a place is a heading under which nothing is said."""
    heading = body[place]
    if not isinstance(heading, Heading):
        return False
    for block in body[place + 1 :]:
        if isinstance(block, Heading):
            return block.level <= heading.level
        if isinstance(block, Paragraph) and block.sentences[0].id in AFTER_SECTIONS:
            return True
        if not isinstance(block, Paragraph) or block.plain:
            return False
    return True


def closed(body: tuple[Block, ...]) -> tuple[Block, ...]:
    """End a body's last sentence as a document must end: `./.`"""
    *blocks, last = body
    if not isinstance(last, Paragraph):
        raise ValueError("a document ends with a paragraph")
    *sentences, sentence = last.sentences
    ended = replace(sentence, text=f"{sentence.text.rstrip(' ./')}./.")
    return (*blocks, replace(last, sentences=(*sentences, ended)))


def dump(document: Document) -> dict:
    """Return a document as JSON stores it: its words as paper can show them, so that its editor sees what will be
    printed."""
    return printable.printable_data(asdict(document))


def load(stored: dict) -> Document:
    """Return the document that `dump` stored."""
    return Document(
        abstract=_sentence(stored["abstract"]),
        body=_blocks(stored["body"]),
        annexes=tuple(Annex(a["title"], _blocks(a["blocks"]), a["landscape"]) for a in stored["annexes"]),
        is_one_page=stored.get("is_one_page", False),
    )


def _sentence(stored: dict) -> Sentence:
    return Sentence(stored["id"], stored["text"], tuple(stored["figures"]), stored["edited"])


def _cell(stored: dict) -> TableCell:
    parts = tuple((piece, bool(is_marked)) for piece, is_marked in stored.get("parts", ()))
    return TableCell(**{**stored, "parts": parts, "pair": _pair(stored)})


def _pair(stored: dict) -> tuple[str, str] | None:
    first_and_second = stored.get("pair")
    return (first_and_second[0], first_and_second[1]) if first_and_second else None


def _blocks(stored: Iterable[dict]) -> tuple[Block, ...]:
    return tuple(_LOADERS[block["block"]](block) for block in stored)


_LOADERS: dict[str, Callable[[dict], Block]] = {
    "heading": lambda b: Heading(b["text"], b["level"], b.get("section", "")),
    "paragraph": lambda b: Paragraph(tuple(map(_sentence, b["sentences"]))),
    "table": lambda b: Table(
        b["id"],
        b["caption"],
        tuple(Column(**{**column, "pair": _pair(column)}) for column in b["columns"]),
        tuple(TableRow(tuple(map(_cell, row["cells"])), row["kind"]) for row in b["rows"]),
        b["dense"],
        b["note"],
    ),
    "chart": lambda b: Chart(
        b["id"], b["caption"], b["alt"], tuple(Bar(**bar) for bar in b["bars"]), b.get("measure", Chart.measure)
    ),
}
