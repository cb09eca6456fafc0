"""A report as its four faces read it: sentences, tables, bars. Frozen dataclasses that become JSON and come back whole.

Every figure of a sentence is bound to the snapshot: `bind("Có 8 mục tiêu")` keeps `Có {1} mục tiêu` and the figure `8` apart, so
that an editor can change the words and move the figures, but not change one.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from core import texts
from core.formatting import NBSP
from reports.documents import printable

# A number with its separators, sign and unit, or a day; not a part of a code (I.2.a, 12/KH-UBND) or of a word (x11).
FIGURE = re.compile(
    rf"(?<![\w.,/-])[+\u2212]?\d+(?:[.,/:]\d+)*(?:{NBSP}(?:%|điểm)|(?![\w/]|-\w|\.\w))",
)
# A brace of somebody's own words is kept like a figure, so that it is never taken for the place of one.
KEPT = re.compile(rf"[{{}}]+|{FIGURE.pattern}")
BOUND = re.compile(r"\{(\d+)(?::([^{}]*))?\}")
ROMAN = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
# Where a sentence speaks of whoever issues it.
ISSUER = "⟨cơ quan ban hành⟩"


@dataclass(frozen=True)
class Sentence:
    """`text` with its figures as `{1}`, `{2}`…; `figures[0]` stands for `{1}`."""

    id: str
    text: str
    figures: tuple[str, ...] = ()
    edited: bool = False

    @property
    def plain(self) -> str:
        """What is read."""
        return BOUND.sub(self._shown, self.text)

    @property
    def editable(self) -> str:
        """What an editor sees: `Có {1: 8} mục tiêu`."""

        def named(found):
            shown = self._shown(found)
            return f"{{{found[1]}}}" if "{" in shown or "}" in shown else f"{{{found[1]}: {shown}}}"

        return BOUND.sub(named, self.text)

    @property
    def has_loose_figures(self) -> bool:
        """Does an edited sentence hold a number that is not bound to the snapshot?"""
        return self.edited and bool(FIGURE.search(BOUND.sub("", self.text)))

    def _shown(self, found):
        place = int(found[1])
        return self.figures[place - 1] if 0 < place <= len(self.figures) else found[0]


def bind(id: str, text: str) -> Sentence:
    """A sentence whose figures are bound, in the order in which they stand."""
    figures = []

    def keep(found):
        figures.append(found[0])
        return f"{{{len(figures)}}}"

    return Sentence(id, KEPT.sub(keep, unicodedata.normalize("NFC", text)), tuple(figures))


class BadSentence(ValueError):
    """An edited sentence that cannot be kept; its message says why, in Vietnamese."""


def rebind(auto: Sentence, typed: str) -> str:
    """The words that an editor typed, as they are stored; BadSentence where a figure in braces is not the snapshot's."""
    typed = printable.printable(" ".join(typed.split(" ")).strip())

    def check(found):
        place = int(found[1])
        if not 0 < place <= len(auto.figures):
            raise BadSentence(f"Câu này không có số thứ {place} trong ngoặc nhọn.")
        real = auto.figures[place - 1]
        if found[2] is not None and spaced(found[2]) != spaced(real):
            raise BadSentence(
                f"Số trong ngoặc nhọn lấy từ số liệu, không sửa bằng tay: {{{place}: {found[2].strip()}}} phải là {real}."
            )
        return f"{{{place}}}"

    text = BOUND.sub(check, typed)
    if text != auto.text and texts.looks_like_tcvn3(text):
        raise BadSentence(f"{texts.TCVN3_ADVICE}.")
    return text


def spaced(text: str) -> str:
    """Text with every run of blanks as one."""
    return " ".join(text.replace(NBSP, " ").split())


@dataclass(frozen=True)
class TableCell:
    """What a cell shows; of a number also its exact value, as text with a point, how many decimals are shown, and what is
    written behind them."""

    shown: str
    value: str | None = None
    decimals: int = 0
    unit: str = ""
    signed: bool = False


@dataclass(frozen=True)
class Column:
    """`width`: its share of the table's; `align`: left, center or right."""

    title: str
    width: float
    align: str = "left"


@dataclass(frozen=True)
class TableRow:
    """`kind`: empty, `group` (one cell over the whole width) or `sum`."""

    cells: tuple[TableCell, ...]
    kind: str = ""


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 1
    block: str = field(default="heading", init=False)


@dataclass(frozen=True)
class Paragraph:
    """Sentences that follow one another; `numbered`: its number in a list of tasks, 0 for none."""

    sentences: tuple[Sentence, ...]
    block: str = field(default="paragraph", init=False)

    @property
    def plain(self) -> str:
        return " ".join(filter(None, (sentence.plain for sentence in self.sentences)))


@dataclass(frozen=True)
class Table:
    """`id` is the name of its sheet in the workbook; `dense`: in the small type of an annex; `note` stands under it."""

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    dense: bool = False
    note: str = ""
    block: str = field(default="table", init=False)


@dataclass(frozen=True)
class Bar:
    """`value` and `mark` in percent of the scale's end (0–100), as text with a point; mark: the threshold, if any; firm: up to
    where it rests on enough agencies, None for all of it: the rest is drawn as an outline (*chưa đủ số liệu*); reached: the
    percentage that is told, not cut at the scale's end, as text with a point."""

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
    """Bars, one a line; `alt` says in words what they show; `measure`: what their percentages are."""

    id: str
    caption: str
    alt: str
    bars: tuple[Bar, ...]
    measure: str = "Phần trăm"
    block: str = field(default="chart", init=False)


@dataclass(frozen=True)
class Annex:
    title: str
    blocks: tuple
    landscape: bool = False


@dataclass(frozen=True)
class Document:
    """`abstract`: what it is about, under its name; the last sentence of `body` closes it."""

    abstract: Sentence
    body: tuple
    annexes: tuple[Annex, ...] = ()

    @property
    def sentences(self) -> list[Sentence]:
        """All sentences, in order."""
        return [self.abstract, *(s for block in self._all("paragraph") for s in block.sentences)]

    @property
    def texts(self) -> list[str]:
        """Every text that is printed, as it is shown: sentences first, then headings, tables and charts."""
        found = [sentence.plain for sentence in self.sentences] + [block.text for block in self._all("heading")]
        for table in self.tables:
            found += [table.caption, table.note, *(column.title for column in table.columns)]
            found += [cell.shown for row in table.rows for cell in row.cells]
        for chart in self.charts:
            found += [
                chart.caption,
                chart.alt,
                *(text for bar in chart.bars for text in (bar.label, bar.shown, bar.word)),
            ]
        return [*found, *(annex.title for annex in self.annexes)]

    @property
    def tables(self) -> list[Table]:
        """All tables, in order."""
        return self._all("table")

    @property
    def charts(self) -> list[Chart]:
        """All charts, in order."""
        return self._all("chart")

    def _all(self, kind):
        blocks = [*self.body, *(block for annex in self.annexes for block in annex.blocks)]
        return [block for block in blocks if block.block == kind]

    @property
    def named_annexes(self) -> list[tuple[str, Annex]]:
        """Each annex with what it is called: `Phụ lục`, or `Phụ lục I` where there are several."""
        if len(self.annexes) == 1:
            return [("Phụ lục", self.annexes[0])]
        return [(f"Phụ lục {ROMAN[place]}", annex) for place, annex in enumerate(self.annexes, 1)]

    def with_texts(self, texts: Mapping[str, str], issuer: str = "") -> "Document":
        """With the words of an editor in place of its own (by sentence; an empty text leaves one out), and the issuing
        agency's name where it is spoken of."""

        def said(sentence):
            if sentence.id in texts:
                sentence = replace(sentence, text=texts[sentence.id], edited=True)
            return replace(sentence, text=sentence.text.replace(ISSUER, issuer)) if issuer else sentence

        def worded(blocks):
            return tuple(
                replace(block, sentences=tuple(map(said, block.sentences))) if block.block == "paragraph" else block
                for block in blocks
            )

        annexes = tuple(replace(annex, blocks=worded(annex.blocks)) for annex in self.annexes)
        return replace(self, abstract=said(self.abstract), body=worded(self.body), annexes=annexes)


def closed(body: tuple) -> tuple:
    """A body whose last sentence ends as a document must: `./.`"""
    *blocks, last = body
    *said, sentence = last.sentences
    ended = replace(sentence, text=f"{sentence.text.rstrip(' ./')}./.")
    return (*blocks, replace(last, sentences=(*said, ended)))


def dump(document: Document) -> dict:
    """A document as JSON keeps it: its words as paper can show them, so that its editor sees what will be printed."""
    return printable.printable_data(asdict(document))


def load(kept: dict) -> Document:
    """A document as it was dumped."""
    return Document(
        abstract=_sentence(kept["abstract"]),
        body=_blocks(kept["body"]),
        annexes=tuple(Annex(a["title"], _blocks(a["blocks"]), a["landscape"]) for a in kept["annexes"]),
    )


def _sentence(kept):
    return Sentence(kept["id"], kept["text"], tuple(kept["figures"]), kept["edited"])


def _blocks(kept):
    return tuple(_LOADERS[block["block"]](block) for block in kept)


_LOADERS = {
    "heading": lambda b: Heading(b["text"], b["level"]),
    "paragraph": lambda b: Paragraph(tuple(map(_sentence, b["sentences"]))),
    "table": lambda b: Table(
        b["id"],
        b["caption"],
        tuple(Column(**column) for column in b["columns"]),
        tuple(TableRow(tuple(TableCell(**cell) for cell in row["cells"]), row["kind"]) for row in b["rows"]),
        b["dense"],
        b["note"],
    ),
    "chart": lambda b: Chart(
        b["id"], b["caption"], b["alt"], tuple(Bar(**bar) for bar in b["bars"]), b.get("measure", Chart.measure)
    ),
}
