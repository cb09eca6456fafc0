"""The printed reports: seconds and megabytes of each kind and format, of the province as of August.

There is no hand-written minimum of a typeset report; the yardstick is the empty document (`report_empty_*`): what starting the
typesetter, and the libraries' own files, cost by themselves.
"""

from functools import partial

from benchmarks.harness import timed

GROUP = "reports"
KINDS = ("tien-do", "du-an", "che-do-bao-cao", "tom-tat")
FACES = ("pdf", "docx", "xlsx")
FIGURES = (
    *(f"report_{kind}_{what}" for kind in (*KINDS, "empty") for what in ("compose", *FACES)),
    *(f"report_{kind}_{face}_size" for kind in KINDS for face in FACES),
)
ROUNDS = 3
SPAN = "2023-08"


def run(lines, server, golden):
    """Compose each kind, make each face, print both in seconds and the file in megabytes."""
    from indicators.models import Plan, Rollup
    from indicators.rollups import engine
    from reports.documents import composition
    from reports.documents.model import Document, Paragraph, bind
    from reports.documents.renderers import FILE_FORMATS as MAKERS
    from reports.letterhead import DocumentHead

    write = partial(lines.write, GROUP)
    plan = Plan.objects.get(year=2023)
    if not Rollup.objects.filter(target__plan=plan).exists():
        engine.rebuild(plan)
    head = DocumentHead("UBND tỉnh Hải Dương", "Sở Thông tin và Truyền thông", "BC-STTTT", "Hải Dương", 2023)
    empty = Document(bind("trich-yeu", "Trống"), (Paragraph((bind("ket-thuc", "Hết"),)),))
    for face in FACES:
        write(f"report_empty_{face}", median(partial(MAKERS[face].make, empty, head)), "s")
    for kind in KINDS:
        found, asked = composition.find(plan, kind, SPAN, "toan-tinh", "chinh-thuc")
        compose = partial(found.compose, asked, [], composition.System())
        write(f"report_{kind}_compose", median(compose), "s")
        document = compose().with_texts({}, head.issuer)
        for face in FACES:
            make = partial(MAKERS[face].make, document, head)
            write(f"report_{kind}_{face}", median(make), "s")
            write(f"report_{kind}_{face}_size", len(make()) / 1e6, "MB")


def median(job) -> float:
    """Seconds of the middle one of three rounds."""
    return sorted(timed(job) for _ in range(ROUNDS))[ROUNDS // 2]
