"""The kinds of report: one module each, found by itself. A module gives `KIND`, and nothing else names it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from reports.documents.model import ROMAN, Annex, Document, Heading, Paragraph, bind
from reports.documents.request import ReportRequest, Restated

# The end of a sentence; not the point of a short name (H. Nam Sách, TP. Chí Linh) nor of a number in a list.
SENTENCE_END = re.compile(r"(?:(?<=[^\W_]{2}[a-zà-ỹ][.])|(?<=[)”%\d][.])) (?=[A-ZĐÀ-Ỹ])")


@dataclass(frozen=True)
class ReportType:
    """id: as in addresses; lengths and subjects: codes of `spans.PERIOD_TYPES` and `subjects.TYPES` that it can be made for;
    compose(asked, restated, user): the whole document, without the words of an editor; order: its place in lists."""

    id: str
    title: str
    summary: str
    lengths: tuple[str, ...]
    subjects: tuple[str, ...]
    compose: Callable[[ReportRequest, list[Restated], object], Document]
    order: int


class Paper:
    """A document's body while it is written: headings are numbered, empty sentences and tables without rows left out."""

    def __init__(self):
        self.blocks = []
        self._sections = self._parts = 0

    def section(self, title: str):
        self._sections, self._parts = self._sections + 1, 0
        self.blocks.append(Heading(f"{ROMAN[self._sections]}. {title}"))

    def part(self, title: str):
        self._parts += 1
        self.blocks.append(Heading(f"{self._parts}. {title}", 2))

    def say(self, id: str, *sentences: str):
        """A paragraph; its sentences are `id`, `id.2`, `id.3`… for the editor."""
        texts = [text for paragraph in sentences if paragraph for text in SENTENCE_END.split(paragraph)]
        said = [bind(id if place == 1 else f"{id}.{place}", text) for place, text in enumerate(texts, 1)]
        if said:
            self.blocks.append(Paragraph(tuple(said)))

    def add(self, block):
        if block is not None and (block.block != "table" or block.rows):
            self.blocks.append(block)

    def room(self, id: str):
        """A sentence that only an editor fills."""
        self.blocks.append(Paragraph((bind(id, ""),)))

    def document(self, abstract: str, annexes: list[Annex]) -> Document:
        """The whole; before its last sentence stands which annexes go with it."""
        kept = [annex for annex in annexes if annex.blocks]
        *blocks, closing = self.blocks
        if kept:
            one = len(kept) == 1
            named = "; ".join(
                f"Phụ lục{'' if one else f' {ROMAN[place]}'}, {annex.title[:1].lower()}{annex.title[1:]}"
                for place, annex in enumerate(kept, 1)
            )
            blocks.append(Paragraph((bind("kem-theo", f"Kèm theo báo cáo này: {named}."),)))
        return Document(bind("trich-yeu", abstract), (*blocks, closing), tuple(kept))


def all_types() -> dict[str, ReportType]:
    """Every kind by its id, in order."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return {kind.id: kind for kind in sorted((module.KIND for module in modules), key=lambda kind: kind.order)}
