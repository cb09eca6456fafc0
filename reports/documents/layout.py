"""An editor's words laid out: lines become paragraphs, items of a list and headings; numbers of items close up. Pure.

A line that begins with `- ` is an item of a list, one that begins with `# ` the heading of a part; every other line of a
sentence but its first begins a paragraph.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from reports.documents import model
from reports.documents.model import BOUND, Block, Document, Heading, Paragraph, Sentence
from reports.documents.text.abbreviations import still_explained

# The beginning of an item and of a heading, as an editor types them.
ITEM, PART = "- ", "# "
# The number before an item of a list, and the sentence's own number in its id.
NUMBER = re.compile(r"^(\d{1,2})\. ")
OF_ID = re.compile(r"-(\d+)$")


def printed(document: Document, left_out: Collection[str] = ()) -> Document:
    """Return a document as it is printed (`model.settled`), its lines laid out, its items numbered without gaps, its
    abbreviations explained though the sentence that did so was left out."""
    annexes = tuple(replace(annex, blocks=_laid_out(annex.blocks)) for annex in document.annexes)
    laid = replace(document, body=_laid_out(document.body), annexes=annexes)
    settled = model.settled(laid, left_out)
    return still_explained(replace(settled, body=_numbered(settled.body)))


def _laid_out(body: Collection[Block]) -> tuple[Block, ...]:
    """Return a body in which each line of a sentence stands where it belongs."""
    blocks: list[Block] = []
    for block in body:
        if isinstance(block, Paragraph) and any(_has_lines(sentence) for sentence in block.sentences):
            blocks += _paragraphs(block)
        else:
            blocks.append(block)
    return tuple(blocks)


def _has_lines(sentence: Sentence) -> bool:
    return (
        "\n" in sentence.text or sentence.text.startswith(PART) or (sentence.edited and sentence.text.startswith(ITEM))
    )


def _paragraphs(block: Paragraph) -> list[Block]:
    """Return the paragraphs and headings of a paragraph whose sentences have lines."""
    blocks: list[Block] = []
    current: list[Sentence] = []

    def end() -> None:
        if current:
            blocks.append(Paragraph(tuple(current)))
            current.clear()

    for sentence in block.sentences:
        for number, line in enumerate(sentence.text.split("\n"), 1):
            part = replace(sentence, id=sentence.id if number == 1 else f"{sentence.id}/{number}", text=line)
            if line.startswith(PART) and block.sentences[0].id not in model.AFTER_SECTIONS:
                end()
                blocks.append(Heading(replace(part, text=line.removeprefix(PART)).plain, 2))
                continue
            if number > 1 or line.startswith(ITEM):
                end()
            current.append(part)
    end()
    return blocks


def _numbered(body: Collection[Block]) -> tuple[Block, ...]:
    """Return a body in which the numbered paragraphs of each section count from one; one alone has no number."""
    blocks, run = list(body), list[int]()

    def end() -> None:
        for number, place in enumerate(run, 1):
            blocks[place] = _with_number(blocks[place], number if len(run) > 1 else None)
        run.clear()

    for place, block in enumerate(body):
        if not isinstance(block, Paragraph):
            end()
        elif _is_item(block, is_first=not run):
            run.append(place)
    end()
    return tuple(blocks)


def _is_item(block: Paragraph, *, is_first: bool) -> bool:
    """Tell whether a paragraph is an item of a numbered list: the first one is numbered by the document itself."""
    first = block.sentences[0]
    number, id_number = NUMBER.match(first.plain), OF_ID.search(first.id)
    return bool(number) and (not is_first or bool(id_number and number and id_number[1] == number[1]))


def _with_number(block: Block, number: int | None) -> Block:
    assert isinstance(block, Paragraph)
    first, *others = block.sentences
    text = (
        NUMBER.sub("", BOUND.sub(r"\1", first.text, count=1)) if BOUND.match(first.text) else NUMBER.sub("", first.text)
    )
    return Paragraph((replace(first, text=text if number is None else f"{number}. {text}"), *others))


def carried(
    texts: Mapping[str, Mapping[str, str]], before: Document, now: Document, *, figures_too: bool
) -> dict[str, dict[str, str]]:
    """Return an editor's texts of a document, for the one that follows it. A text stays where the document's own sentence
    is the same as before; over another one its editor chooses between both, and one whose sentence is gone stays to be read
    (`was`: what it said).

    figures_too: a sentence whose figures alone differ counts as another one too; else it takes the new figures.
    """
    old, new = ({sentence.id: sentence for sentence in document.editable} for document in (before, now))
    texts_now = {}
    for id, stored in texts.items():
        source, target = old.get(id), new.get(id)
        entry = dict(stored)
        if source is not None and "was" not in stored:
            is_same = target is not None and source.text == target.text == stored["base"]
            if not is_same or (figures_too and target is not None and source.figures != target.figures):
                entry["was"] = replace(source, text=stored["text"]).plain
        if source is not None and (target is None or source.text != target.text):
            entry["text"] = _rebound(stored["text"], source, target.figures if target else ())
        texts_now[id] = entry
    return texts_now


def _rebound(text: str, source: Sentence, figures: Sequence[str]) -> str:
    """Return a text of a sentence with its figures bound to the same values among others; those that lack there become
    plain words."""

    def moved(match: re.Match) -> str:
        value = replace(source, text=match[0]).plain
        return f"{{{figures.index(value) + 1}}}" if value in figures else value

    return BOUND.sub(moved, text)
