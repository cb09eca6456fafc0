"""Bulk files (docs: domain, Interchange): figures in as CSV or XLSX, roll-ups out as CSV.

Reading never guesses: an unreadable cell, a number with two readings and an unknown code are each a `Problem` with
line, column and reason in Vietnamese. `services.load_figures` decides whether a readable row may be written.
"""

import csv
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from io import BytesIO, StringIO, TextIOBase
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from zipfile import BadZipFile, ZipFile

from django.db import connection
from django.db.models.functions import Collate
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from agencies.models import Agency
from core import clock, formatting
from core.answers import is_unanswered, read_answer
from core.numbers import NumberError, parse
from core.technical_errors import in_words
from indicators.bulk_import.services import Problem, Reported
from indicators.models import Plan, ReportingPeriod, Rollup, Target
from indicators.models.rollup import RollupQuerySet
from indicators.rules.combining import PART_PLACES, VALUE_PLACES
from indicators.submissions.kinds import format_of
from indicators.submissions.validation import Figures
from indicators.workbooks import formats

ACTUAL_COLUMNS = ["period", "agency", "target", "numerator", "denominator", "value", "note"]
ROLLUP_COLUMNS = [
    "period",
    "basis",
    "target",
    "scope",
    "node",
    "numerator",
    "denominator",
    "value",
    "expected",
    "reported",
    "approved",
    "stale",
    "required",
    "status",
    "forecast",
    "forecast_low",
    "forecast_high",
    "due_held",
    "fresh",
]
# What `rollup_line` reads of a row, in the same order.
ROLLUP_FIELDS = tuple({"period": "period__number", "target": "target__code"}.get(name, name) for name in ROLLUP_COLUMNS)
# Decimals that a figure can have (models.Actual).
PLACES = {"numerator": PART_PLACES, "denominator": PART_PLACES, "value": VALUE_PLACES}
# Every readable number is read; `validation.flaws_in` reports one too large for its target.
LARGEST_READ = Decimal(10) ** 30

# The largest files: a year of the province is 1 MB of CSV, its workbook 1 MB packed and 12 MB unpacked.
MOST_BYTES = 64 * 2**20
MOST_UNPACKED = 128 * 2**20
MOST_PARTS = 500
MOST_ROWS = 500_000
WIDEST = 50


class UnreadableFile(Exception):
    """A file without a table of figures; the message gives the reason in Vietnamese."""


class ImportSheet(NamedTuple):
    """Contents of a file: the rows whose every cell could be read, and the problems of the others. letters: the
    workbook's letter of each column; empty for CSV."""

    rows: list[Reported]
    problems: list[Problem]
    letters: dict[str, str]

    def sentence(self, problem: Problem) -> str:
        """Return a problem as a sentence: Dòng 12, cột numerator (ô D12): …"""
        letter = self.letters.get(problem.column)
        cell = f" (ô {letter}{problem.line})" if letter else ""
        return f"Dòng {problem.line}, cột {problem.column}{cell}: {problem.reason}"


class BadCell(NamedTuple):
    """A workbook's cell that holds neither text nor a number."""

    reason: str


Cell = str | Decimal | BadCell
Coded = TypeVar("Coded", Agency, ReportingPeriod, Target)


def read(path: str | Path) -> ImportSheet:
    """Read figures from a CSV (UTF-8) or XLSX file; its content decides which. Raises UnreadableFile; OSError from the
    disk."""
    path = Path(path)
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableFile(f"Tệp lớn hơn {MOST_BYTES // 2**20} MB. Chia thành nhiều tệp nhỏ hơn.")
    content = path.read_bytes()
    if content.startswith(b"PK"):
        return _figures(_workbook_table(content), is_workbook=True)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnreadableFile("Tệp Excel có mật khẩu hoặc ở dạng .xls cũ. Lưu lại dạng .xlsx không mật khẩu, hoặc CSV.")
    return _figures(_csv_table(content), is_workbook=False)


# Tables: an iterator of (line, cells), the header first, empty lines left out
def _csv_table(content):
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(f"Tệp không phải CSV mã hóa UTF-8 (dòng {line}). Lưu lại dạng CSV UTF-8.") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnreadableFile(f"Tệp có ký tự rỗng (dòng {line}), không phải CSV.")
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise UnreadableFile(
                f"Dòng {line}: dấu ngoặc kép không khớp hoặc ô quá dài, không đọc tiếp được."
            ) from None
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _workbook_table(content):
    _check_package(content)
    # openpyxl raises many classes of exceptions: eight were met on broken files.
    try:
        tables = [table for table in _tables_of(content) if table]
    except Exception as error:
        raise UnreadableFile(f"Không mở được tệp Excel, có thể tệp bị hỏng ({in_words(error)}).") from error
    if not tables:
        raise UnreadableFile("Tệp Excel không có trang tính nào có số liệu. Lưu lại dạng “Excel Workbook (.xlsx)”.")
    ours = [table for table in tables if {"period", "agency", "target"} <= set(_names(table[0][1]))]
    if len(ours) > 1:
        raise UnreadableFile("Tệp có nhiều trang tính số liệu. Mỗi lần nạp một trang tính.")
    table = (ours or tables)[0]
    if len(table) > MOST_ROWS:
        raise UnreadableFile(f"Tệp có quá {formatting.number(MOST_ROWS)} dòng. Chia thành nhiều tệp nhỏ hơn.")
    return iter(table)


def _check_package(content):
    """Refuse a ZIP that is broken or would unpack into far more than its size."""
    try:
        with ZipFile(BytesIO(content)) as package:
            parts = package.infolist()
    except BadZipFile:
        raise UnreadableFile("Tệp bắt đầu như tệp Excel nhưng bị hỏng, không mở được.") from None
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise UnreadableFile("Tệp Excel lớn bất thường sau khi giải nén. Không đọc tệp này.")
    if "[Content_Types].xml" not in {part.filename for part in parts}:
        raise UnreadableFile("Tệp nén này không phải là tệp Excel (.xlsx).")


def _tables_of(content):
    """Every worksheet as a list of (line, cells) without its empty lines."""
    book = load_workbook(BytesIO(content), read_only=True)
    tables = []
    for position, sheet in enumerate(book.worksheets):
        table, computed = [], None
        for line, cells in _worksheet_lines(sheet):
            if computed is None and any(cell.data_type == "f" for cell in cells):
                # A second reading takes time and comes only now: the same cells as Excel last computed them.
                values = load_workbook(BytesIO(content), read_only=True, data_only=True)
                computed = dict(_worksheet_lines(values.worksheets[position]))
            if computed is not None:
                cells = [
                    cell if cell.data_type != "f" or now.value is None else now
                    for cell, now in zip(cells, computed[line], strict=True)
                ]
            read = [_cell(cell) for cell in cells]
            if any(cell != "" for cell in read):
                table.append((line, read))
            if len(table) > MOST_ROWS:
                break
        tables.append(table)
    return tables


def _worksheet_lines(sheet):
    # The declared size of a sheet may be wrong; only its rows count.
    sheet.reset_dimensions()
    return enumerate(sheet.iter_rows(max_col=WIDEST), start=1)


def _cell(cell) -> Cell:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "e":
        return BadCell(f"Ô đang báo lỗi {value}.")
    if cell.data_type == "f":
        return BadCell("Ô chứa công thức chưa có kết quả. Mở tệp bằng Excel, lưu lại, hoặc thay bằng giá trị.")
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return BadCell("Ô là TRUE/FALSE. Nhập 1 (có) hoặc 0 (không).")
    if isinstance(value, (dt.date, dt.time, dt.timedelta)):
        return BadCell("Ô là ngày tháng. Đặt định dạng ô là Văn bản (Text) rồi nhập lại.")
    # Excel keeps binary fractions and shows fifteen digits of them.
    read = Decimal(value if isinstance(value, int) else f"{value:.15g}")
    if not read.is_finite() or abs(read.adjusted()) >= 40:
        return BadCell("Ô chứa số quá lớn.")
    if formats.shown(read, cell.number_format).is_percent:
        return BadCell("Ô định dạng phần trăm. Đặt định dạng ô là Số rồi nhập lại.")
    return read


# From cells to figures
def _names(cells):
    """The header's names; columns without one at the end are none."""
    names = [cell.strip().casefold() if isinstance(cell, str) else "" for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names


def _figures(table, *, is_workbook) -> ImportSheet:
    first, cells = next(table, (1, []))
    header = _names(cells)
    for sign, name in ((";", "chấm phẩy “;”"), ("\t", "tab")):
        if len(header) == 1 and sign in header[0]:
            raise UnreadableFile(f"Tệp phân cách bằng dấu {name}. Lưu lại dạng CSV phân cách bằng dấu phẩy “,”.")
    letters = {name: get_column_letter(number) for number, name in enumerate(header, 1)} if is_workbook else {}
    problems = _header_problems(first, header)
    if problems:
        return ImportSheet([], problems, letters)
    rows, reader = [], RowReader()
    for line, cells in table:
        if is_workbook:
            cells = [*cells, *[""] * (len(header) - len(cells))]
        while len(cells) > len(header) and cells[-1] == "":
            cells = cells[:-1]
        if len(cells) != len(header):
            last = header[min(len(cells), len(header)) - 1]
            reason = f"Dòng có {len(cells)} ô, dòng tiêu đề có {len(header)}."
            reader.problems.append(Problem(line, last, reason))
            continue
        row = reader.row(line, dict(zip(header, cells, strict=True)))
        if row is not None:
            rows.append(row)
    if not rows and not reader.problems:
        raise UnreadableFile("Tệp không có dòng số liệu nào.")
    return ImportSheet(rows, reader.problems, letters)


def _header_problems(line, header):
    times = Counter(header)
    missing = [Problem(line, name, "Thiếu cột này.") for name in ACTUAL_COLUMNS if name not in times]
    twice = [Problem(line, name, "Có hai cột cùng tên.") for name in ACTUAL_COLUMNS if times[name] > 1]
    reason = f"Không biết cột này. Các cột là: {', '.join(ACTUAL_COLUMNS)}."
    unknown = [
        Problem(line, name or f"thứ {number}", reason)
        for number, name in enumerate(header, 1)
        if name not in ACTUAL_COLUMNS
    ]
    return missing + twice + unknown


class RowReader:
    """Conversion of cells into rows; the codes of plans, agencies and targets are read once. decimal_sign: the one that messages
    about numbers show."""

    def __init__(self, decimal_sign: str = ".") -> None:
        self.decimal_sign = decimal_sign
        self.problems: list[Problem] = []
        self.agencies = {agency.code: agency for agency in Agency.objects.select_related("parent")}
        self.periods = {period.code: period for period in ReportingPeriod.objects.select_related("plan")}
        plan = max((period.plan for period in self.periods.values()), key=lambda plan: plan.year, default=None)
        example = plan.example_code if plan else f"{clock.today().year}-06"
        self.unknown_period = f"Không có kỳ “{{}}” trong kế hoạch nào. Viết như {example}."
        self.targets: dict[int | None, dict[str, Target]] = defaultdict(dict)
        for target in Target.objects.all():
            self.targets[target.plan_id][target.code] = self.targets[None][target.code] = target

    def row(self, line: int, cells: Mapping[str, Cell]) -> Reported | None:
        """Return the row; None with its problems noted."""
        before = len(self.problems)
        self.line, self.cells = line, cells
        period = self.of_code("period", self.periods, self.unknown_period)
        agency = self.of_code("agency", self.agencies, "Không có cơ quan, đơn vị mã “{}”.")
        # Where the period is unknown, only a code that no plan has is a problem of its own.
        targets = self.targets[period.plan_id if period else None]
        target = self.of_code("target", targets, "Không có chỉ tiêu thành phần mã “{}” trong kế hoạch.")
        numbers = {column: self.number(column, target) for column in PLACES}
        note = self.text("note")
        if period is None or agency is None or target is None or len(self.problems) > before:
            return None
        nothing_arose = target.rules.has_parts and numbers["numerator"] == numbers["denominator"] == 0
        return Reported(line, agency, period, target, Figures(**numbers, nothing_arose=nothing_arose, note=note or ""))

    def complain(self, column: str, reason: str) -> None:
        self.problems.append(Problem(self.line, column, reason))

    def text(self, column: str) -> str | None:
        """Return a cell's text; None where it holds something else."""
        cell = self.cells[column]
        if isinstance(cell, BadCell):
            self.complain(column, cell.reason)
            return None
        return str(cell).strip()

    def of_code(self, column: str, known: Mapping[str, Coded], unknown: str) -> Coded | None:
        """Return the object of a code; None, with the problem noted, where the code is unknown."""
        code = self.text(column)
        if code is None:
            return None
        if code not in known:
            self.complain(column, unknown.format(_short(code)) if code else "Chưa ghi.")
        return known.get(code)

    def number(self, column: str, target: Target | None) -> Decimal | None:
        """Return a figure; None where the cell is empty or, with the problem noted, is no number with one reading."""
        cell = self.cells[column]
        if isinstance(cell, Decimal):
            return cell
        text = self.text(column)
        if not text:
            return None
        if column == "value" and target is not None and target.rules.is_answer:
            if is_unanswered(text):
                return None
            answer = read_answer(text)
            if answer is not None:
                return Decimal(answer)
        try:
            read = parse(
                text,
                PLACES[column],
                allow_negative=True,
                maximum=_largest(column, target),
                example=f"1970 hoặc 78{self.decimal_sign}65",
                decimal_sign=self.decimal_sign,
            )
        except NumberError as error:
            self.complain(column, error.message)
            return None
        if read.ambiguous:
            self.complain(column, read.question(text, decimal_sign=self.decimal_sign))
        return read.value


def _largest(column, target):
    """Return the largest possible number of a column: 100 for a completion; `validation.flaws_in` checks the rest."""
    largest = format_of(target.kind).largest_read if column == "value" and target is not None else None
    return LARGEST_READ if largest is None else largest


def _short(text, most=40):
    return text if len(text) <= most else text[:most] + "…"


# Roll-ups out
def write_rollups(
    stream: TextIOBase,
    *,
    plan: Plan,
    day: dt.date,
    period: ReportingPeriod | None = None,
    basis: str | None = None,
    among: RollupQuerySet | None = None,
) -> int:
    """Write a plan's roll-ups as CSV, streamed; return the number of lines under the header.

    Only periods whose window has begun on `day`; period, basis, among: only these. Sorted by the first five columns as text,
    by code point, independent of the database's order.
    """
    code_points = {"postgresql": "C", "sqlite": "BINARY"}[connection.vendor]
    order: list[str | Collate] = [
        "period__number",
        *(Collate(column, code_points) for column in ("basis", "target__code", "scope", "node")),
    ]
    rollups = Rollup.objects.all() if among is None else among
    chosen = rollups.filter(period__in=plan.periods.begun(day))
    if period is not None:
        chosen = chosen.filter(period=period)
    if basis is not None:
        chosen = chosen.filter(basis=basis)
    rows = chosen.order_by(*order).values_list(*ROLLUP_FIELDS)
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(ROLLUP_COLUMNS)
    written = 0
    for row in rows.iterator(chunk_size=5000):
        written += 1
        writer.writerow(rollup_line(plan, row))
    return written


def rollup_line(plan: Plan, row: Sequence[Any]) -> list[Any]:
    """Return the cells of ROLLUP_COLUMNS of one row of ROLLUP_FIELDS: exact numbers as texts, nothing as an empty text."""
    number, basis, target, scope, node, n, d, value, expected, reported, approved, *judged = row
    stale, required, status, forecast, low, high, due_held, fresh = judged
    return [
        plan.code_of(number),
        basis,
        target,
        scope,
        node,
        _plain(n),
        _plain(d),
        _six(value),
        expected,
        reported,
        approved,
        int(stale),
        _six(required),
        status,
        _six(forecast),
        _six(low),
        _six(high),
        "" if due_held is None else int(due_held),
        _six(fresh),
    ]


def _plain(figure):
    """Return a plain number without trailing zeros; empty where there is none."""
    return "" if figure is None else f"{figure:f}"


def _six(figure):
    """Return a number with six decimals; empty where there is none."""
    return "" if figure is None else f"{figure:.6f}"
