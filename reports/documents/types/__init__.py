"""The report types, one module each, discovered automatically. A module defines `KIND`; no other module names it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from agencies.models import User
from reports.documents.model import ROMAN, Annex, Block, Document, Heading, Paragraph, Table, bind
from reports.documents.request import ReportRequest, Restated
from reports.documents.text.abbreviations import explained

# The end of a sentence; not the point of an abbreviation (H. Yên Sơn, TP. Phú An) nor of a number in a list.
SENTENCE_END = re.compile(r"(?:(?<=[^\W_]{2}[a-zà-ỹ][.])|(?<=[)”%\d][.])) (?=[A-ZĐÀ-Ỹ])")


@dataclass(frozen=True)
class ReportType:
    """A report type. id: as in addresses; period_types and subjects: codes of `periods.PERIOD_TYPES` and `scopes.TYPES` that
    it is available for; compose(request, restated, user): returns the whole document, without an editor's words; order:
    its place in lists; prints_results: it prints the targets' values."""

    id: str
    title: str
    summary: str
    period_types: tuple[str, ...]
    subjects: tuple[str, ...]
    compose: Callable[[ReportRequest, list[Restated], User], Document]
    order: int
    prints_results: bool = False


class Paper:
    """A document's body while it is written: headings are numbered, empty sentences and tables without rows left
    out."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._sections = self._parts = 0

    def section(self, title: str, code: str = "") -> None:
        """Add the heading of the next section; code: by which a letterhead may leave it out (`sections.SECTIONS`)."""
        self._sections, self._parts = self._sections + 1, 0
        self.blocks.append(Heading(f"{ROMAN[self._sections]}. {title}", section=code))

    def part(self, title: str) -> None:
        """Add the heading of the next part of a section."""
        self._parts += 1
        self.blocks.append(Heading(f"{self._parts}. {title}", 2))

    def say(self, id: str, *sentences: str) -> None:
        """Add a paragraph; the editor knows its sentences as `id`, `id.2`, `id.3`…"""
        texts = [text for paragraph in sentences if paragraph for text in SENTENCE_END.split(paragraph)]
        bound = [bind(id if number == 1 else f"{id}.{number}", text) for number, text in enumerate(texts, 1)]
        if bound:
            self.blocks.append(Paragraph(tuple(bound)))

    def add(self, block: Block | None) -> None:
        """Add a table or chart; nothing for None, and for a table without rows."""
        if block is not None and (not isinstance(block, Table) or block.rows):
            self.blocks.append(block)

    def room(self, id: str) -> None:
        """Add an empty sentence for an editor to fill."""
        self.blocks.append(Paragraph((bind(id, ""),)))

    def document(self, abstract: str, annexes: list[Annex]) -> Document:
        """Return the whole document, its abbreviations explained; the list of annexes comes before its last sentence."""
        shown_annexes = [annex for annex in annexes if annex.blocks]
        *blocks, closing = self.blocks
        if shown_annexes:
            one = len(shown_annexes) == 1
            named = "; ".join(
                f"Phụ lục{'' if one else f' {ROMAN[number]}'}, {annex.title[:1].lower()}{annex.title[1:]}"
                for number, annex in enumerate(shown_annexes, 1)
            )
            blocks.append(Paragraph((bind("kem-theo", f"Kèm theo báo cáo này: {named}."),)))
        return explained(Document(bind("trich-yeu", abstract), (*blocks, closing), tuple(shown_annexes)))


def all_types() -> dict[str, ReportType]:
    """Return every report type by its id, in order."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return {kind.id: kind for kind in sorted((module.KIND for module in modules), key=lambda kind: kind.order)}
