"""Bounded reading of a sent workbook. Pure: no Django, no database.

`check` inspects the outside: size, real type, unpacked size. `read` and `mark` open it in a process of their own with
little memory and processor time, as a small file can make openpyxl use much. The cells are read as Excel shows them:
cached results of formulas, never the formulas; cells that can hold no figure are told apart (a date, an error, TRUE).
"""

import gc
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple, cast
from zipfile import BadZipFile, ZipFile

from core import formatting
from indicators.workbooks import formats

MOST_BYTES = 5 * 2**20
MOST_UNPACKED = 64 * 2**20
MOST_PARTS = 200
# Cells that hold something, and characters in all of them, a text that stands in many cells counted in each: what is read is
# handed on, stored and looked at again. The workbook of the largest district has 5.000 cells and 250.000 characters.
MOST_ROWS = 10_000
MOST_CELLS = 60_000
MOST_CHARACTERS = 2_000_000
MOST_MERGES = 5_000
LONGEST_TITLE = 64  # of a sheet; Excel's own are 31 at most
WIDEST = 40
MOST_PROBLEMS = 200
LONGEST_TEXT = 5_000
SECONDS = 5  # of a processor: reading and marking one file together take 10 at most
PATIENCE = 2 * SECONDS  # by the wall's clock
MEMORY = 300 * 2**20

TOO_LONG = f"Đọc tệp quá {SECONDS} giây nên đã dừng. Tải lại tệp mẫu và chỉ nhập vào các ô của mẫu."

ROOT = Path(__file__).resolve().parents[2]
AUTHOR = "Chuyển đổi số"
LIST_TITLE = "Cần sửa"
# Backgrounds of our own template: of cells that are filled in, and of those that are locked.
FILLS = {False: "FFFFF8E1", True: "FFF1F3F5"}
SAVE_AGAIN = "Mở bằng Excel, chọn Lưu thành (Save As), loại “Excel Workbook (.xlsx)”, rồi gửi lại."


class Unreadable(Exception):
    """A file that cannot be read as a workbook; the message gives the reason and the remedy."""


class Cell(NamedTuple):
    """A cell as Excel shows it.

    kind: text; number (`text` is a plain decimal, `percent` where Excel shows it as one); true (text 1 or 0); date
    (text is 2026-08-31, empty for a time of day); error (text is #N/A and the like); formula: one without a result.
    shown: the displayed number, where that is not the number itself; is_hidden: the display shows another number, or
    none.
    """

    kind: str
    text: str = ""
    percent: bool = False
    shown: str = ""
    is_hidden: bool = False

    @property
    def words(self) -> str:
        """The cell as a reader sees it."""
        if self.kind == "true":
            return "TRUE" if self.text == "1" else "FALSE"
        if self.kind == "number":
            return self.shown or self.text.replace(".", ",")
        return self.text

    @property
    def hidden_words(self) -> str:
        """The warning where the format shows something else than the cell holds; empty where it does not."""
        if not self.is_hidden:
            return ""
        shows = f"đang hiện {self.shown}" if self.shown else "không hiện gì"
        value = Decimal(self.text)
        stored = formatting.percent(100 * value, None) if self.percent else formatting.number(value)
        return f"Excel {shows}, mà ô giữ {stored}"


class Table(NamedTuple):
    """A sheet: its filled rows as {column number: cell} by row number, and its hidden and merged areas."""

    title: str
    is_hidden: bool
    rows: dict[int, dict[int, Cell]]
    hidden_rows: frozenset
    hidden_columns: frozenset
    merged: frozenset  # (row, column) of cells that hold something and are merged with others

    def is_out_of_sight(self, row: int, column: int) -> bool:
        return self.is_hidden or row in self.hidden_rows or column in self.hidden_columns

    def is_merged(self, row: int, column: int) -> bool:
        return (row, column) in self.merged

    def part(self, first: int, columns: Iterable[int]) -> "Table":
        """Return the part that is stored until it is confirmed: these columns, from a line on."""
        wanted = set(columns)
        rows = {
            line: {column: cell for column, cell in cells.items() if column in wanted}
            for line, cells in self.rows.items()
            if line >= first
        }
        return self._replace(rows={line: cells for line, cells in rows.items() if cells})


class Mark(NamedTuple):
    """The fault of a cell, to be written at it; place: the subject of the cell, in words."""

    sheet: str
    cell: str
    reason: str
    place: str = ""


class Problems(list[Mark]):
    """Faulty cells in the order of reading: all are counted, at most MOST_PROBLEMS are listed."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def append(self, problem: Mark) -> None:
        self.total += 1
        if len(self) < MOST_PROBLEMS:
            super().append(problem)

    def include(self, others: "Problems") -> None:
        """Add the problems of another list."""
        for problem in others:
            self.append(problem)
        self.total += others.unlisted

    @property
    def unlisted(self) -> int:
        return self.total - len(self)


def check(content: bytes) -> None:
    """Refuse a file whose outside is no workbook. Raises Unreadable."""
    if not content:
        raise Unreadable("Tệp rỗng. Chọn lại tệp đã lưu từ Excel.")
    if len(content) > MOST_BYTES:
        raise Unreadable(f"Tệp lớn hơn {MOST_BYTES // 2**20} MB. Tải lại tệp mẫu và chỉ nhập vào các ô của mẫu.")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(f"Tệp có mật khẩu hoặc ở dạng Excel cũ (.xls). Bỏ mật khẩu. {SAVE_AGAIN}")
    if not content.startswith(b"PK"):
        raise Unreadable(f"Tệp không phải là tệp Excel (.xlsx). {SAVE_AGAIN}")
    try:
        with ZipFile(BytesIO(content)) as package:
            parts = package.infolist()
    except (BadZipFile, ValueError, OSError, NotImplementedError, OverflowError):
        raise Unreadable("Tệp Excel bị hỏng, không mở được. Tải lại tệp mẫu, hoặc lưu lại bằng Excel.") from None
    names = {part.filename.lower() for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable("Tệp có mật khẩu. Bỏ mật khẩu rồi gửi lại.")
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unreadable("Tệp lớn bất thường sau khi giải nén nên không đọc. Tải lại tệp mẫu và nhập lại.")
    if any(name.endswith(("vbaproject.bin", ".xlm")) or name.startswith("xl/macrosheets/") for name in names):
        raise Unreadable(f"Tệp có macro. {SAVE_AGAIN}")
    if "xl/workbook.xml" not in names or "[content_types].xml" not in names:
        raise Unreadable(f"Tệp này không phải là tệp Excel dạng .xlsx. {SAVE_AGAIN}")


def read(content: bytes) -> list[Table]:
    """Return the sheets of a workbook, within SECONDS and MEMORY. Raises Unreadable."""
    check(content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sent.xlsx"
        path.write_bytes(content)
        answer = json.loads(_in_a_process("read", path))
    if "refused" in answer:
        raise Unreadable(answer["refused"])
    return [from_json(table) for table in answer["tables"]]


def mark(content: bytes, marks: list[Mark], unlisted: int = 0) -> bytes:
    """Return the same workbook with the cells marked: coloured, with a comment, and with a sheet that lists them.

    Earlier marks are removed. unlisted: the number of further ones. Raises Unreadable.
    """
    with tempfile.TemporaryDirectory() as folder:
        path, result = Path(folder) / "sent.xlsx", Path(folder) / "marked.xlsx"
        path.write_bytes(content)
        _in_a_process("mark", path, result, told=json.dumps([marks, unlisted]))
        return result.read_bytes()


def _in_a_process(act, *paths, told=""):
    # The environment is not passed on: neither the database's address nor the key.
    surroundings = {"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1", "OPENPYXL_LXML": "False"}
    command = [sys.executable, "-m", "indicators.workbooks.sandbox", act, *map(str, paths)]
    try:
        result = subprocess.run(
            command, cwd=ROOT, env=surroundings, input=told.encode(), capture_output=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(TOO_LONG) from None
    if result.returncode == -signal.SIGXCPU:
        raise Unreadable(TOO_LONG)
    if result.returncode:
        raise Unreadable(
            "Tệp bị hỏng, hoặc lớn quá mức cho phép, nên không đọc được. Tải lại tệp mẫu, hoặc lưu lại bằng Excel."
        )
    return result.stdout


def as_json(table: Table) -> dict[str, Any]:
    """Return a table as JSON, for transport and storage."""
    rows = [
        [number, [[column, *_without_defaults(cell)] for column, cell in cells.items()]]
        for number, cells in table.rows.items()
    ]
    hidden = sorted(table.hidden_rows), sorted(table.hidden_columns)
    merged = sorted(table.merged)
    return {"title": table.title, "is_hidden": table.is_hidden, "rows": rows, "hidden": hidden, "merged": merged}


def _without_defaults(cell):
    given = 5 if cell.is_hidden else 4 if cell.shown else 3 if cell.percent else 2 if cell.text else 1
    return cell[:given]


def from_json(stored: dict[str, Any]) -> Table:
    """Return a table from `as_json`, its texts cleaned."""
    from core import texts  # never in the process of its own, which has little memory

    def cleaned(cell: Cell) -> Cell:
        return cell._replace(text=texts.prose(cell.text), shown=texts.prose(cell.shown))

    rows = {number: {column: cleaned(Cell(*cell)) for column, *cell in cells} for number, cells in stored["rows"]}
    hidden_rows, hidden_columns = map(frozenset, stored["hidden"])
    merged = frozenset(map(tuple, stored["merged"]))
    return Table(texts.line(stored["title"]), stored["is_hidden"], rows, hidden_rows, hidden_columns, merged)


# In the process of its own
class _Refused(Exception):
    pass


def _tables(path):
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    if not book.worksheets:
        raise _Refused(f"Tệp không có trang tính nào đọc được (có thể ở dạng “Strict Open XML”). {SAVE_AGAIN}")
    rows_held, cells_held, characters, tables = 0, 0, 0, []
    for sheet in book.worksheets:
        if len(sheet.title) > LONGEST_TITLE:
            raise _Refused(f"Tên một trang tính dài quá {LONGEST_TITLE} ký tự. Tải lại tệp mẫu và nhập lại.")
        parser, rows = _parser(book, sheet), {}
        # Rows as they come: a sheet may claim a million of them, or one, and what it holds is what counts.
        for number, cells in parser.parse():
            if cells:
                rows[number] = dict(cells)
                rows_held += 1
                cells_held += len(cells)
                characters += sum(len(cell.text) + len(cell.shown) for _, cell in cells)
                if rows_held > MOST_ROWS:
                    raise _Refused("Tệp có quá nhiều dòng. Tải lại tệp mẫu và chỉ nhập vào các dòng của mẫu.")
                if cells_held > MOST_CELLS or characters > MOST_CHARACTERS:
                    raise _Refused(
                        "Tệp có quá nhiều ô hoặc quá nhiều chữ. Tải lại tệp mẫu và chỉ nhập vào các ô của mẫu."
                    )
        tables.append(_table(sheet, rows, parser))
    return tables


def _parser(book, sheet):
    """Return openpyxl's own reader of a sheet's XML, extended to tell a formula without a result from an empty cell."""
    from openpyxl.cell.read_only import ReadOnlyCell
    from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

    class Parser(WorkSheetParser):
        # openpyxl's own methods return cells as dictionaries, these return ours.
        def parse_cell(self, element: Any) -> Any:
            read = super().parse_cell(element)
            # A result that is an empty text has a type; a formula that was never computed has none.
            lacks_result = element.find(FORMULA_TAG) is not None and element.get("t") != "str"
            return read["column"], _cell(ReadOnlyCell(sheet, **read), lacks_result)

        def parse_row(self, row: Any) -> Any:
            number, cells = cast("tuple[int, list[tuple[int, Cell | None]]]", super().parse_row(row))
            return number, [(column, cell) for column, cell in cells if cell is not None and column <= WIDEST]

    return Parser(
        sheet._get_source(),
        sheet._shared_strings,
        data_only=True,
        epoch=book.epoch,
        date_formats=book._date_formats,
        timedelta_formats=book._timedelta_formats,
    )


def _table(sheet, rows, parser):
    from openpyxl.utils import range_boundaries

    hidden = ("1", "true")
    hidden_rows = {int(row) for row, given in parser.row_dimensions.items() if given.get("hidden") in hidden}
    hidden_columns: set[int] = set()
    for given in parser.column_dimensions.values():
        if given.get("hidden") in hidden:
            hidden_columns.update(range(int(given["min"]), min(int(given["max"]), WIDEST) + 1))
    merged = parser.merged_cells.mergeCell if parser.merged_cells else []
    if len(merged) > MOST_MERGES:
        raise _Refused("Tệp có quá nhiều ô gộp. Tải lại tệp mẫu và nhập lại.")
    return Table(
        sheet.title,
        sheet.sheet_state != "visible",
        rows,
        frozenset(hidden_rows & rows.keys()),
        frozenset(hidden_columns),
        frozenset(_merged_cells(rows, [range_boundaries(area.ref) for area in merged])),
    )


def _merged_cells(rows, areas):
    for left, top, right, bottom in areas:
        lines = range(top, bottom + 1) if bottom - top < len(rows) else [line for line in rows if top <= line <= bottom]
        for line in lines:
            yield from ((line, column) for column in rows.get(line, ()) if left <= column <= right)


def _cell(cell, lacks_result):
    value = cell.value
    if value is None or value == "":
        return Cell("formula") if lacks_result else None
    if cell.data_type == "e":
        return Cell("error", str(value)[:20])
    if isinstance(value, bool):
        return Cell("true", "1" if value else "0")
    if isinstance(value, int | float):
        # Excel keeps binary fractions and shows fifteen digits of them.
        exact = Decimal(value if isinstance(value, int) else f"{value:.15g}")
        if not exact.is_finite() or abs(exact.adjusted()) >= 40:
            return Cell("number", "NaN")
        text, seen = format(exact, "f"), formats.shown(exact, cell.number_format or "General")
        display = "" if seen.text == text.replace(".", ",") else seen.text
        return Cell("number", text, seen.is_percent, display, seen.value != exact)
    if isinstance(value, str):
        return Cell("text", value[:LONGEST_TEXT])
    # A day has a year; a time of day, or a length of time, has none.
    return Cell("date", value.isoformat()[:10] if hasattr(value, "year") else "")


def _write_marked(path, result, marks, unlisted):
    from openpyxl import load_workbook
    from openpyxl.cell.cell import MergedCell
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    wrong = PatternFill("solid", start_color="FFF4B6AE")
    usual = {is_locked: PatternFill("solid", start_color=colour) for is_locked, colour in FILLS.items()}
    book = load_workbook(path, keep_links=False)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if (
                    not isinstance(cell, MergedCell)
                    and cell.comment is not None
                    and cell.comment.author.startswith(AUTHOR)
                ):
                    cell.comment, cell.fill = None, usual[bool(cell.protection.locked)]
    if LIST_TITLE in book.sheetnames:
        del book[LIST_TITLE]
    for title, where, reason, _ in marks:
        cell = book[title][where]
        if isinstance(cell, MergedCell):
            area = next(area for area in book[title].merged_cells.ranges if where in area)
            cell = book[title].cell(area.min_row, area.min_col)
        comment = f"{cell.comment.text}\n{reason}" if cell.comment is not None else reason
        cell.fill = wrong
        cell.comment = Comment(comment[:1000], AUTHOR, width=320, height=120)
    listed = book.create_sheet(LIST_TITLE, 0)
    lines = [(title, where, place, reason) for title, where, reason, place in marks]
    for number, entry in enumerate([("Trang tính", "Ô", "Đơn vị, chỉ tiêu", "Vì sao"), *lines], start=1):
        for column, text in enumerate(entry, start=1):
            cell = listed.cell(number, column, text)
            # A user's text stays text, also when it begins like a formula.
            cell.data_type = "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(name="Calibri", size=11, bold=number == 1)
        if number > 1:
            # In a list of ours the place is a link to the cell.
            title = entry[0].replace("'", "''")
            listed.cell(number, 2).hyperlink = f"#'{title}'!{entry[1]}"
            listed.cell(number, 2).font = Font(name="Calibri", size=11, underline="single", color="FF1D4F91")
    if unlisted:
        more = f"Còn {unlisted} lỗi nữa không liệt kê ở đây. Sửa các ô trên rồi gửi lại."
        listed.cell(len(lines) + 2, 4, more).font = Font(name="Calibri", size=11, bold=True)
    for column, width in enumerate((14, 10, 40, 90), start=1):
        listed.column_dimensions[get_column_letter(column)].width = width
    listed.freeze_panes = "A2"
    listed.page_setup.orientation = "landscape"
    listed.page_setup.fitToWidth, listed.page_setup.fitToHeight = 1, 0
    listed.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    listed.sheet_properties.tabColor = "FFB42318"
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = sheet is listed
    book.active = 0
    book.save(result)


def main(act: str, *paths: str) -> None:
    """Do what the process was started for: read a workbook, or mark one, within the limits."""
    # A short process with much data: garbage collection took a third of the time.
    gc.disable()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_UNPACKED, MOST_UNPACKED))
    sys.stdout.write(carry_out(act, *paths, told=sys.stdin.read() if act == "mark" else ""))


def carry_out(act: str, *paths: str | Path, told: str = "") -> str:
    """Read a workbook and return its tables as JSON, or mark one and return an empty text. Without limits of its own."""
    if act == "mark":
        _write_marked(*paths, *json.loads(told))
        return ""
    try:
        answer: dict[str, Any] = {"tables": [as_json(table) for table in _tables(*paths)]}
    except _Refused as refused:
        answer = {"refused": str(refused)}
    return json.dumps(answer, ensure_ascii=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
