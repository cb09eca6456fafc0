"""The headers of rows in a PDF's tags: the typesetter knows headers of columns only."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from reports.documents.model import Table

# The titles of a first column that counts: a row is known by the cell after it.
COUNTING = ("TT", "STT")


def header_columns(tables: Sequence[Table]) -> list[int]:
    """Return, for each table in order, the column whose cells are their rows' headers."""
    return [1 if table.columns[0].title in COUNTING and len(table.columns) > 1 else 0 for table in tables]


def with_row_headers(content: bytes, columns: Sequence[int]) -> bytes:
    """Return a tagged PDF in which one cell of each row is its header. columns: of each table in order (`header_columns`). What
    was there stays byte for byte; the tags that changed are appended. Metadata and identity stay too."""
    # Loaded with the first PDF: no process should begin with a library that hardly any of them needs.
    from pyhanko.pdf_utils.generic import NameObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    class Appending(IncrementalPdfFileWriter):
        """A writer that leaves the day and the producer as they are."""

        def _update_meta(self) -> None:
            pass

    writer = Appending(io.BytesIO(content))
    writer._document_id = writer.prev.trailer["/ID"]
    tables = list(_tables(writer.root["/StructTreeRoot"]))
    for table, column in zip(tables, columns, strict=True):
        for part in _children(table):
            if part["/S"] != "/TBody":
                continue
            for row in _children(part):
                cells = list(_children(row))
                if len(cells) <= column or any(cell["/S"] == "/TH" for cell in cells):
                    continue
                cell = cells[column]
                cell[NameObject("/S")] = NameObject("/TH")
                attributes = cell["/A"]
                of_table = next(one for one in attributes if one["/O"] == "/Table")
                of_table[NameObject("/Scope")] = NameObject("/Row")
                writer.update_container(cell)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def _tables(element: Any) -> Iterator[Any]:
    """Yield the tables below a tag, in the order of the text."""
    for child in _children(element):
        if child["/S"] == "/Table":
            yield child
        else:
            yield from _tables(child)


def _children(element: Any) -> Iterator[Any]:
    """Yield the tags directly below a tag; its text is none."""
    below = element.get("/K", ())
    for child in below if isinstance(below, list) else [below]:
        resolved = child.get_object() if hasattr(child, "get_object") else child
        if isinstance(resolved, dict) and "/S" in resolved:
            yield resolved
