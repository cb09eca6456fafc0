"""Printed reports: seconds and megabytes of each type and format, of the province as of August.

There is no hand-written minimum of a typeset report; the yardstick is the empty document (`report_empty_*`): the cost of starting
the typesetter, and the libraries' own files.
"""

from collections.abc import Callable
from functools import partial

from benchmarks.harness import Lines, timed
from reports.documents.types import all_types
from tests.servers import Postgres

GROUP = "reports"
# Formats with the budget of their seconds (performance.md, P12), and of composing a report and all its files.
FORMATS = {"pdf": 1, "docx": 2, "xlsx": 2}
WHOLE = 3
FIGURES = (
    *(f"report_{kind}_{what}" for kind in (*all_types(), "empty") for what in ("compose", *FORMATS, "whole")),
    *(f"report_{kind}_{file_format}_size" for kind in all_types() for file_format in FORMATS),
)
ROUNDS = 3
REPORT_PERIOD = "2023-08"


def run(lines: Lines, server: Postgres, golden: str) -> None:
    """Compose each type and render each format; print both in seconds, and the file in megabytes."""
    from agencies.models import User
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
    reader = User(is_active=True, is_superuser=True)
    head = DocumentHead("UBND tỉnh Hải Dương", "Sở Thông tin và Truyền thông", "BC-STTTT", "Hải Dương", 2023)
    empty = Document(bind("trich-yeu", "Trống"), (Paragraph((bind("ket-thuc", "Hết"),)),))
    for file_format in FORMATS:
        write(f"report_empty_{file_format}", median(partial(FILE_FORMATS[file_format].make, empty, head)), "s")
    for kind in all_types():
        report_type, request = composition.find(plan, kind, REPORT_PERIOD, "toan-tinh", "chinh-thuc")
        compose = partial(report_type.compose, request, [], reader)
        whole = median(compose)
        write(f"report_{kind}_compose", whole, "s")
        document = compose().with_texts({}, head.issuer)
        for file_format, budget in FORMATS.items():
            make = partial(FILE_FORMATS[file_format].make, document, head)
            seconds = median(make)
            whole += seconds
            write(f"report_{kind}_{file_format}", seconds, "s", budget=budget)
            write(f"report_{kind}_{file_format}_size", len(make()) / 1e6, "MB")
        write(f"report_{kind}_whole", whole, "s", budget=WHOLE)


def median(job: Callable[[], object]) -> float:
    """Return the seconds of the middle one of three rounds."""
    return sorted(timed(job) for _ in range(ROUNDS))[ROUNDS // 2]
