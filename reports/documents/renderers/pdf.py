"""A report as a PDF for printing and for archives: tagged, PDF/UA-1, its text searchable. Typeset by Typst in a
separate process, which is killed when it takes too long."""

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import segno

from reports.documents import printable
from reports.documents.model import Block, Document, Paragraph, closed
from reports.documents.renderers import bar_chart_svg
from reports.documents.renderers.errors import Broken, RenderingFailed
from reports.documents.renderers.row_headers import header_columns, with_row_headers
from reports.letterhead import DocumentHead

TEMPLATE = Path(__file__).with_name("report.typ")
# Started by its path, because as a module of this package it would first load the libraries of the other formats.
TYPESETTER = Path(__file__).with_name("typst_worker.py")
LONGEST_SECONDS = 60
# The name of what failed, by the format that it makes: Word files take their charts from here.
MAKERS = {"pdf": "Bộ tạo PDF", "png": "Bộ vẽ biểu đồ của tệp Word"}


def make(document: Document, head: DocumentHead) -> bytes:
    """Return the PDF. Raises `RenderingFailed` where it could not be made in time, `Broken` where something in it
    cannot be typeset."""
    made = typeset(TEMPLATE.read_text(), data_of(document, head), "pdf")
    return with_row_headers(made, header_columns(document.tables)) if document.tables else made


def typeset(source: str, data: dict, format: str) -> bytes:
    """Typeset a Typst text with its data; return the bytes of a PDF, or its pages' PNGs in a JSON list of base64.
    Raises RenderingFailed, Broken."""
    job = json.dumps({"source": source, "data": printable.printable_data(data), "format": format})
    try:
        done = subprocess.run(
            [sys.executable, str(TYPESETTER)],
            input=job.encode(),
            capture_output=True,
            timeout=LONGEST_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise RenderingFailed(f"{MAKERS[format]} chạy quá {LONGEST_SECONDS} giây nên đã bị dừng.") from error
    if done.returncode or not done.stdout:
        raise Broken(_last_line(done.stderr))
    return done.stdout


def data_of(document: Document, head: DocumentHead) -> dict:
    """Return the data of the template: text only, ready to be typeset; a cell with marked
    words as a list of (words, whether they are marked)."""
    return {
        "head": {
            "above": head.above.upper(),
            "issuer": [line.upper() for line in head.issuer_lines],
            "number": head.number_line,
            "date": head.date_line,
            "attached": head.attached,
            "author": head.issuer,
            "to": list(head.to),
            "recipients": list(head.recipients),
            "powers": [power.upper() for power in head.powers],
            "signer": head.signer,
            "marks": " · ".join(head.marks),
            "trace": head.trace,
            "check": head.check_url,
            "qr": qr_svg(head.check_url) if head.check_url else "",
        },
        "abstract": document.abstract.plain,
        "onePage": document.is_one_page,
        "body": blocks_of(closed(document.body)),
        "annexes": [
            {"name": name, "title": annex.title, "landscape": annex.landscape, "blocks": blocks_of(annex.blocks)}
            for name, annex in document.named_annexes
        ],
    }


def blocks_of(blocks: Iterable[Block]) -> list[dict]:
    """Return blocks as the template takes them."""
    return [_SETTERS[block.block](block) for block in blocks if not isinstance(block, Paragraph) or block.plain]


_SETTERS: dict[str, Callable[[Any], dict]] = {
    "heading": lambda block: {"kind": "heading", "text": block.text, "level": block.level},
    "paragraph": lambda block: {"kind": "paragraph", "text": block.plain},
    "table": lambda block: {
        "kind": "table",
        "caption": block.caption,
        "note": block.note,
        "dense": block.dense,
        "columns": [{"title": c.title, "width": c.width, "align": c.align} for c in block.columns],
        "rows": [{"kind": row.kind, "cells": [cell.parts or cell.shown for cell in row.cells]} for row in block.rows],
    },
    "chart": lambda block: {
        "kind": "chart",
        "caption": block.caption,
        "alt": block.alt,
        "svg": bar_chart_svg.svg(block),
        "ratio": bar_chart_svg.height(block) / bar_chart_svg.WIDTH,
    },
}


def qr_svg(address: str) -> str:
    """Return a QR code of an address."""
    code = io.BytesIO()
    segno.make(address, error="m").save(code, kind="svg", border=1, xmldecl=False)
    return code.getvalue().decode()


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1][:500] if lines else "không rõ lý do"
