"""The agencies' workbook beside openpyxl's bare work on the same cells: one of 300 rows, one of the province's 235 communes."""

from functools import partial
from io import BytesIO

from openpyxl import Workbook, load_workbook

from benchmarks.harness import ratio, side_by_side

GROUP = "workbook"
SIZES = {"300": 30, "235_communes": None}
WHAT = ("limit_write", "limit_read", "write", "read", "parse", "preview")
FIGURES = [f"workbook_{what}_{size}" for size in SIZES for what in WHAT]
MONTH = 11


def run(lines, server, golden):
    """Of the database of the settings, which holds a year; nothing is written."""
    for size, communes in SIZES.items():
        if lines.wants(GROUP, [f"workbook_{what}_{size}" for what in WHAT]):
            measure(partial(lines.write, GROUP), size, communes)


def measure(write, size, communes):
    from agencies.models import Agency
    from indicators import spreadsheet, workbook, workbook_reading
    from indicators.models import Plan, WorkbookFile
    from indicators.sheet import read_sheets

    period = Plan.objects.get(year=2023).periods.select_related("plan").get(number=MONTH)
    agencies = list(Agency.objects.filter(level="commune").select_related("parent").in_order()[:communes])
    sheets = read_sheets(agencies, period)
    district = agencies[0].parent

    def made():
        head = {"agency": district, "period": period, "scope": WorkbookFile.Scope.BELOW, "illustrative": False}
        return saved(workbook.make(sheets, **head))

    content = made()
    cells = [[cell.value for cell in row] for row in load_workbook(BytesIO(content)).worksheets[0]]
    found = workbook_reading.find(spreadsheet.read(content))
    rows = sum(len(sheet.rows) for sheet in sheets)
    preview = workbook_reading.preview(found, sheets)
    if preview.count or preview.problems:
        raise SystemExit(f"tệp vừa lập đọc lại phải là 0 thay đổi: {preview.count} {preview.problems[:2]}")
    took = side_by_side(
        {
            "limit_write": lambda: bare(cells),
            "limit_read": lambda: load_workbook(BytesIO(content)),
            "write": made,
            "read": lambda: workbook_reading.preview(workbook_reading.find(spreadsheet.read(content)), sheets),
            "parse": lambda: spreadsheet.read(content),
            "preview": lambda: workbook_reading.preview(found, read_sheets(agencies, period)),
        },
        3,
    )
    budgets = {"write": ("limit_write", 1.5), "read": ("limit_read", 5)}
    for what in WHAT:
        more = {"rows": rows, "kb": len(content) // 1024}
        if what in budgets:
            yardstick, budget = budgets[what]
            times = ratio(took[what], took[yardstick])
            more |= {"ratio_to": f"workbook_{yardstick}_{size}", "ratio": times, "budget": budget}
        write(f"workbook_{what}_{size}", sorted(took[what])[1], "s", **more)


def bare(cells):
    """The same values and nothing else."""
    book = Workbook()
    for row in cells:
        book.active.append(row)
    return saved(book)


def saved(book):
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()
