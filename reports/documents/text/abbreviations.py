"""Abbreviations of administrative papers: written in full where a report first uses one, and listed in its last annex. Pure."""

import re
from dataclasses import replace

from core.abbreviations import MEANINGS, WORD
from reports.documents.model import Block, Column, Document, Paragraph, Sentence, Table, TableCell, TableRow


def explained(document: Document) -> Document:
    """Return a document whose abbreviations are explained: in the first sentence of its body that uses one outside a
    quotation, and, where it has annexes, in a list at the end of the last."""
    body = _in_full(document, set())
    used = sorted({short for text in document.texts for short in WORD.findall(text)})
    if not used or not document.annexes:
        return replace(document, body=body)
    *annexes, last = document.annexes
    return replace(document, body=body, annexes=(*annexes, replace(last, blocks=(*last.blocks, _listed(used)))))


def still_explained(document: Document) -> Document:
    """Return a document as it is printed, with what is explained nowhere in its body any more (the sentence or its section was left
    out) explained where it is used first. An editor's own words stay."""
    text = " ".join(s.text for block in document.body if isinstance(block, Paragraph) for s in block.sentences)
    return replace(document, body=_in_full(document, {short for short in MEANINGS if f"({short})" in text}))


def _in_full(document: Document, told: set[str]) -> tuple[Block, ...]:
    """Return a body in which each abbreviation that is not told yet is explained at its first use."""

    def in_full(match: re.Match) -> str:
        short = match[0]
        if short in told:
            return short
        told.add(short)
        return f"{MEANINGS[short]} ({short})"

    def worded(sentence: Sentence) -> Sentence:
        # The names of projects and what agencies or an editor wrote stay as they were written.
        if "“" in sentence.text or sentence.text.startswith("- ") or sentence.edited:
            return sentence
        return replace(sentence, text=WORD.sub(in_full, sentence.text))

    return tuple(
        replace(block, sentences=tuple(map(worded, block.sentences))) if isinstance(block, Paragraph) else block
        for block in document.body
    )


def _listed(used: list[str]) -> Table:
    rows = tuple(TableRow((TableCell(short), TableCell(MEANINGS[short]))) for short in used)
    return Table("Chữ viết tắt", "Chữ viết tắt", (Column("Chữ viết tắt", 24), Column("Nghĩa", 76)), rows)
