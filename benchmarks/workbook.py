"""The agencies' workbook compared with openpyxl's bare work on the same cells: one of 300 rows, one of the province's 235 communes,
and one of 40,000 rows, more than a province has (`performance.md`, P11). Processor seconds, including the process that opens a
file."""

import copy
import gc
import tempfile
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import time_machine
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.styles import Font

from benchmarks import child
from benchmarks.harness import Lines, Write, processor, ratio, side_by_side
from tests.servers import Postgres

GROUP = "workbook"
# Number of communes, repetitions of each, budget of reading in bare reads, rounds.
SIZES = {"300": (30, 1, 5, 5), "235_communes": (None, 1, 3, 5), "40000": (None, 15, 3, 1)}
WHAT = ("limit_write", "limit_read", "write", "read", "parse", "preview")
FIGURES = [f"workbook_{what}_{size}" for size in SIZES for what in (*WHAT, "memory")]
MONTH = 11
# Within November's period, so that its cells are open: yellow, and with validation.
NOON = "2023-11-16T12:00:00+07:00"


def run(lines: Lines, server: Postgres, golden: str) -> None:
    """Run the group on the settings' database, which has a year; nothing is written."""
    for size, how in SIZES.items():
        if lines.wants(GROUP, [f"workbook_{what}_{size}" for what in (*WHAT, "memory")]):
            with time_machine.travel(NOON):
                measure(partial(lines.write, GROUP), size, *how)


def measure(write: Write, size: str, communes: int | None, times: int, most: float, rounds: int) -> None:
    """Measure one size. communes: how many (None: all), each `times` times; most: budget of reading in bare reads."""
    from agencies.models import Agency
    from indicators.models import Plan, WorkbookFile
    from indicators.submissions.detail import read_details
    from indicators.workbooks import parser, sandbox, template

    sandbox.PATIENCE = child.PATIENCE
    period = Plan.objects.get(year=2023).periods.select_related("plan").get(number=MONTH)
    agencies = list(Agency.objects.filter(level="commune").select_related("parent").in_order()[:communes])
    stored = repeated(read_details(agencies, period), times)
    blank = [blanked(sheet) for sheet in stored]

    def made(sheets):
        head = {"agency": agencies[0].parent, "period": period, "scope": WorkbookFile.Scope.BELOW}
        return saved(template.make(sheets, **head, is_demo=False))

    # Downloaded before anything is filled in; sent back with everything in it.
    cells = values(made(blank))
    content = made(stored)
    read = parser.find(sandbox.read(content))
    preview = parser.preview(read, stored)
    if preview.count or preview.problems:
        raise SystemExit(f"tệp vừa lập đọc lại phải là 0 thay đổi: {preview.count} {preview.problems[:2]}")
    # A year is in this process's memory; garbage collection of it is no part of a file's cost.
    gc.collect()
    gc.freeze()
    took = side_by_side(
        {
            "limit_write": lambda: bare(cells),
            "limit_values": lambda: bare(cells, blanks=False),
            "limit_read": lambda: load_workbook(BytesIO(content)),
            "write": lambda: made(blank),
            "read": lambda: parser.preview(parser.find(sandbox.read(content)), stored),
            "parse": lambda: sandbox.read(content),
            "preview": lambda: parser.preview(read, repeated(read_details(agencies, period), times)),
        },
        rounds,
        clock=processor,
    )
    budgets = {"write": ("limit_write", 1.5), "read": ("limit_read", most)}
    for what in WHAT:
        more: dict[str, Any] = {"rows": sum(len(sheet.rows) for sheet in stored), "kb": len(content) // 1024}
        if what in budgets:
            yardstick, budget = budgets[what]
            over = ratio(took[what], took[yardstick])
            more |= {"ratio_to": f"workbook_{yardstick}_{size}", "ratio": over, "budget": budget}
        if what == "write":
            more["ratio_to_values_alone"] = round(ratio(took[what], took["limit_values"]), 2)
        write(f"workbook_{what}_{size}", sorted(took[what])[rounds // 2], "s", **more)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sent.xlsx"
        path.write_bytes(content)
        (memory,) = child.run("workbook", path, url="sqlite://")
    peak = max(memory["peak_mb"], memory["reader_mb"])
    write(f"workbook_memory_{size}", peak, "MB", budget=300, web=memory["peak_mb"], reader=memory["reader_mb"])


def repeated(sheets: list[Any], times: int) -> list[Any]:
    """Return the sheets of several provinces: each commune several times, under codes of their own."""
    if times == 1:
        return sheets
    copies = []
    for turn in range(times):
        for sheet in sheets:
            agency = copy.copy(sheet.agency)
            agency.pk, agency.code = 1000 * sheet.agency.pk + turn, f"{sheet.agency.code}-{turn}"
            copies.append(replace(sheet, agency=agency))
    return copies


def blanked(sheet: Any) -> Any:
    """Return a report without any figure."""
    rows = [replace(row, actual=None, locked="", reason_to_mend="") for row in sheet.rows]
    return replace(sheet, submission=None, rows=rows)


def values(content: bytes) -> list[list[Any]]:
    """Return the values of the first sheet's cells."""
    return [[cell.value for cell in row] for row in load_workbook(BytesIO(content)).worksheets[0]]


def bare(cells: list[list[Any]], *, blanks: bool = True) -> bytes:
    """Return a workbook with the same cells in one style, blank ones too, because a form consists of them; or with values alone."""
    book = Workbook()
    sheet: Any = book.worksheets[0]
    plain = Cell(sheet)
    plain.font = Font(name="Calibri", size=11)
    for row in cells:
        sheet.append([Cell(sheet, value=value, style_array=plain._style) for value in row] if blanks else row)
    return saved(book)


def saved(book: Workbook) -> bytes:
    """Return a workbook's file."""
    content = BytesIO()
    book.save(content)
    return content.getvalue()
