"""Printed reports: seconds and megabytes of each type and format, of the province as of August.

There is no hand-written minimum of a typeset report; the yardstick is the empty document (`report_empty_*`): the cost of starting
the typesetter, and the libraries' own files.
"""

from collections.abc import Callable
from functools import partial

from benchmarks.harness import Lines, timed
from tests.servers import Postgres

GROUP = "reports"
TYPES = ("tien-do", "du-an", "che-do-bao-cao", "tom-tat")
FORMATS = ("pdf", "docx", "xlsx")
FIGURES = (
    *(f"report_{kind}_{what}" for kind in (*TYPES, "empty") for what in ("compose", *FORMATS)),
    *(f"report_{kind}_{file_format}_size" for kind in TYPES for file_format in FORMATS),
)
ROUNDS = 3
SPAN = "2023-08"


def run(lines: Lines, server: Postgres, golden: str) -> None:
    """Compose each type and render each format; print both in seconds, and the file in megabytes."""
    from indicators.models import Plan, Rollup
    from indicators.rollups import engine
    from reports.documents import composition
    from reports.documents.model import Document, Paragraph, bind
    from reports.documents.renderers import FILE_FORMATS
    from reports.letterhead import DocumentHead

    write = partial(lines.write, GROUP)
    plan = Plan.objects.get(year=2023)
    if not Rollup.objects.filter(target__plan=plan).exists():
        engine.rebuild(plan)
    head = DocumentHead("UBND tỉnh Hải Dương", "Sở Thông tin và Truyền thông", "BC-STTTT", "Hải Dương", 2023)
    empty = Document(bind("trich-yeu", "Trống"), (Paragraph((bind("ket-thuc", "Hết"),)),))
    for file_format in FORMATS:
        write(f"report_empty_{file_format}", median(partial(FILE_FORMATS[file_format].make, empty, head)), "s")
    for kind in TYPES:
        report_type, request = composition.find(plan, kind, SPAN, "toan-tinh", "chinh-thuc")
        compose = partial(report_type.compose, request, [], composition.System())
        write(f"report_{kind}_compose", median(compose), "s")
        document = compose().with_texts({}, head.issuer)
        for file_format in FORMATS:
            make = partial(FILE_FORMATS[file_format].make, document, head)
            write(f"report_{kind}_{file_format}", median(make), "s")
            write(f"report_{kind}_{file_format}_size", len(make()) / 1e6, "MB")


def median(job: Callable[[], object]) -> float:
    """Return the seconds of the middle one of three rounds."""
    return sorted(timed(job) for _ in range(ROUNDS))[ROUNDS // 2]
