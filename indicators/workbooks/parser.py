"""Parser of a sent workbook: the figures that would change, their warnings, and every faulty cell.

Nothing is guessed and nothing is written here. A file is read by the names of its columns and the codes in its rows. A
blank cell removes nothing: the stored figure stays.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from openpyxl.utils import get_column_letter

from agencies.models import Agency
from core import formatting, numbers
from core.answers import is_unanswered, read_answer
from indicators.models import Actual, ReportingPeriod, Target, WorkbookFile, period_words
from indicators.submissions.detail import SubmissionDetail, TargetEntry
from indicators.submissions.forms import clean_text
from indicators.submissions.kinds import NO, YES, Shown, format_of
from indicators.submissions.validation import Figures, flaws_in
from indicators.workbooks import template
from indicators.workbooks.parts import Reading
from indicators.workbooks.sandbox import Cell, Mark, Problems, Table, Unreadable, as_json, from_json
from indicators.workbooks.template import COLUMNS, FILLED_IN, NEEDED, Token

# The header is searched among the first lines.
LAST_HEADER = 40
NAMES = {key: name for key, name, _ in COLUMNS}
FIGURE_NAMES = {"numerator": "tử số", "denominator": "mẫu số", "value": "giá trị"}
NOTHING = Cell("text")
# A line with this many of the required columns is the template's header.
ENOUGH = len(NEEDED) // 2 + 1
# Figures beside the columns are named up to this number.
MOST_STRAYS = 12


class RowState(Enum):
    """The result for a row that was not filled in: it holds what its template held."""

    UNTOUCHED = "untouched"


class ParsedWorkbook(NamedTuple):
    """The sheet of a file that holds the figures: its columns and the first line under the header."""

    table: Table
    columns: dict[str, int]
    first: int
    token: Token
    strays: tuple[str, ...] = ()  # cells with figures that no column of ours holds


class CellChange(NamedTuple):
    """A figure that the file would write: the stored one, the new one, and warnings."""

    row: TargetEntry
    fresh: TargetEntry
    figures: Figures
    line: int
    warnings: list[str]

    @property
    def was(self) -> Shown | None:
        return self.row.now

    @property
    def becomes(self) -> Shown | None:
        return self.fresh.now

    @property
    def is_note_only(self) -> bool:
        stored, fresh = self.row.actual, self.fresh.actual
        return stored is not None and fresh is not None and stored.same_figures(fresh)


@dataclass
class ImportPreview:
    """All that a file would do: changes by report, faulty cells, and unchanged figures; enclosed: the same of the other
    sheets."""

    token: Token
    reports: list[tuple[SubmissionDetail, list[CellChange]]] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    unchanged: int = 0
    empty: int = 0
    blank: int = 0  # rows left blank of which a figure is stored
    newer: int = 0  # the file holds what its template held, and the system another figure since
    strays: tuple[str, ...] = ()
    enclosed: list[Reading] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Number of figures and parts that would be written."""
        return self.figure_count + sum(len(reading.changes) for reading in self.enclosed)

    @property
    def figure_count(self) -> int:
        return sum(len(changes) for _, changes in self.reports)

    @property
    def is_same(self) -> bool:
        """True where the file holds figures or parts, all of them as stored."""
        unchanged = self.unchanged + sum(reading.unchanged for reading in self.enclosed)
        return bool(unchanged) and not (self.count or self.problems or self.all_strays)

    @property
    def has_newer(self) -> bool:
        """True where something was stored since the template was made, and the file still holds the template's
        figure."""
        return bool(self.newer or any(reading.newer for reading in self.enclosed))

    @property
    def all_strays(self) -> list[str]:
        """Cells with figures beside the columns, on every sheet."""
        return [*self.strays, *(cell for reading in self.enclosed for cell in reading.strays)]

    @property
    def part_words(self) -> str:
        """The changed parts in words: 2 dự án."""
        return ", ".join(f"{len(reading.changes)} {reading.noun}" for reading in self.enclosed if reading.changes)

    @property
    def warning_count(self) -> int:
        in_figures = sum(len(change.warnings) for _, changes in self.reports for change in changes)
        return in_figures + sum(len(change.warnings) for reading in self.enclosed for change in reading.changes)

    @property
    def digest(self) -> str:
        """Hash of the stored and the new contents of every change: it identifies the preview."""
        lines = [
            repr(
                (
                    sheet.agency.pk,
                    sheet.submission.pk if sheet.submission else None,
                    change.row.target.pk,
                    _plain(change.row.actual),
                    tuple(change.figures),
                )
            )
            for sheet, changes in self.reports
            for change in changes
        ]
        lines += [repr((reading.key, change)) for reading in self.enclosed for change in reading.changes]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def find(tables: Iterable[Table]) -> ParsedWorkbook:
    """Return the sheet with the figures. Raises Unreadable where there is none, or more than one, or its columns are
    not the template's."""
    with_figures: list[tuple[Table, dict[str, int], int]] = []
    near: str | None = None
    tokens: list[Token] = []
    for table in tables:
        tokens += filter(None, (Token.found_in(cell.text) for cell in _texts(table)))
        if table.is_hidden or table.title in (template.GUIDE_TITLE,):
            continue
        for line in sorted(table.rows):
            if line > LAST_HEADER:
                break
            columns, twice = _columns(table.rows[line])
            if twice:
                raise Unreadable(f"Trang “{table.title}” có hai cột {twice}. Xóa cột thừa rồi gửi lại.")
            missing = [NAMES[key] for key in NEEDED if key not in columns]
            if not missing:
                with_figures.append((table, columns, line + 1))
                break
            if len(columns.keys() & set(NEEDED)) >= ENOUGH:
                near = f"Trang “{table.title}” thiếu cột {', '.join(missing)}. Tải lại tệp mẫu rồi nhập lại."
                break
    if not tokens:
        raise Unreadable(
            "Tệp không có mã tệp (dòng “Mã tệp: …” của tệp mẫu). Tải tệp mẫu từ trang này rồi nhập vào đó."
        )
    if len(set(tokens)) > 1:
        raise Unreadable("Tệp có mã của nhiều tệp mẫu khác nhau. Tải lại tệp mẫu và nhập vào một tệp.")
    if not with_figures:
        raise Unreadable(near or "Tệp không còn dòng tiêu đề của tệp mẫu. Tải lại tệp mẫu rồi nhập lại.")
    if len(with_figures) > 1:
        titles = ", ".join(f"“{table.title}”" for table, _, _ in with_figures)
        raise Unreadable(f"Tệp có nhiều trang số liệu: {titles}. Chỉ giữ một trang rồi gửi lại.")
    table, columns, first = with_figures[0]
    return ParsedWorkbook(table, columns, first, tokens[0], stray_figures(table, columns, first, FILLED_IN))


def stray_figures(table: Table, columns: dict[str, int], first: int, filled_in: Iterable[str]) -> tuple[str, ...]:
    """Return the cells under a header that hold a figure outside the columns to fill in.

    The share that Excel computes does not count where its parts are given.
    """
    open_columns = {columns[key] for key in filled_in if key in columns}
    codes = {columns[key] for key in ("agency", "target", "code", "place") if key in columns}
    named = set(columns.values())
    strays: list[str] = []
    for line in sorted(table.rows):
        cells = table.rows[line]
        is_filled = bool(open_columns & cells.keys())
        for column in sorted(cells.keys() - open_columns - codes):
            cell = cells[column]
            if line < first or (column == columns.get("share") and is_filled):
                continue
            # The template's own text in a column for information may look like a number.
            if not (cell.kind == "number" or (column not in named and _is_figure(cell))):
                continue
            strays.append(f"{get_column_letter(column)}{line}")
            if len(strays) > MOST_STRAYS:
                return (*strays[:MOST_STRAYS], "…")
    return tuple(strays)


def _is_figure(cell):
    """Return True for a text that reads as a number."""
    try:
        return cell.kind == "text" and bool(numbers.parse(cell.text, 6, allow_negative=True, allow_percent=True))
    except numbers.NumberError:
        return False


def as_stored(parsed: ParsedWorkbook) -> dict[str, Any]:
    """Return the parsed sheet as it is stored until it is confirmed."""
    columns = parsed.columns
    table = parsed.table.part(parsed.first, (columns[key] for key in (*NEEDED, "given") if key in columns))
    return {
        "table": as_json(table),
        "columns": columns,
        "first": parsed.first,
        "token": str(parsed.token),
        "strays": parsed.strays,
    }


def from_stored(stored: dict[str, Any]) -> ParsedWorkbook:
    """Return the parsed sheet from `as_stored`."""
    token = Token.found_in(stored["token"])
    if token is None:
        raise ValueError("A stored sheet has no token.")
    return ParsedWorkbook(
        from_json(stored["table"]), stored["columns"], stored["first"], token, tuple(stored["strays"])
    )


def check_token(token: Token, *, agency: Agency, period: ReportingPeriod, scope: str) -> None:
    """Check that the file is of this agency, this period and this layout. Raises Unreadable."""
    if token.version != template.VERSION:
        raise Unreadable("Tệp theo mẫu cũ. Tải lại tệp mẫu, chép số sang rồi gửi lại.")
    if token.period != period.code:
        raise Unreadable(f"Tệp này của kỳ {period_words(token.period)}, còn trang này nhận kỳ {period}.")
    if token.agency != agency.code:
        raise Unreadable(f"Tệp này của đơn vị khác (mã {token.agency}), không phải của {agency}.")
    if token.scope != scope:
        wanted = WorkbookFile.Scope(scope).label.lower()
        raise Unreadable(f"Tệp này không phải tệp của {wanted}. Chọn đúng mục để gửi.")


def preview(parsed: ParsedWorkbook, sheets: list[SubmissionDetail]) -> ImportPreview:
    """Return the changes of a file against the stored figures. No query."""
    reading = _Reading(parsed, sheets)
    for line in sorted(parsed.table.rows):
        if line >= parsed.first:
            reading.line(line)
    return reading.done()


class _Reading:
    """One pass over the lines of a file."""

    def __init__(self, parsed: ParsedWorkbook, sheets: list[SubmissionDetail]) -> None:
        self.columns, self.table = parsed.columns, parsed.table
        self.sheets = {sheet.agency.code: sheet for sheet in sheets}
        self.rows = {(sheet.agency.code, row.target.code): row for sheet in sheets for row in sheet.rows}
        self.locked = {sheet.agency.code: sheet.locked for sheet in sheets}
        self.targets = {code for _, code in self.rows}
        self.seen: dict[tuple[str, str], int] = {}
        self.changes: dict[str, list[CellChange]] = {}
        self.bad: set[tuple[int, str]] = set()
        self.result = ImportPreview(parsed.token, strays=parsed.strays)

    def done(self) -> ImportPreview:
        result = self.result
        result.reports = [(sheet, self.changes[code]) for code, sheet in self.sheets.items() if code in self.changes]
        for sheet, changes in result.reports:
            changes.sort(key=lambda change: change.row.target.position)
            fresh = {change.row.target.pk: change.fresh.actual for change in changes}
            told = {row.target.pk: row.checks for row in sheet.with_stored(fresh).rows}
            for change in changes:
                change.warnings.extend(told[change.row.target.pk])
        result.empty += sum(row.actual is None for pair, row in self.rows.items() if pair not in self.seen)
        return result

    def complain(self, line: int, key: str, reason: str) -> None:
        self.bad.add((line, key))
        where = f"{get_column_letter(self.columns[key])}{line}"
        code, target = (self.cell(line, column).text.strip() for column in ("agency", "target"))
        sheet = self.sheets.get(code)
        place = ", ".join(filter(None, (sheet.agency.place_name if sheet else _short(code), _short(target))))
        self.result.problems.append(Mark(self.table.title, where, reason, place))

    def cell(self, line: int, key: str) -> Cell:
        return self.table.rows[line].get(self.columns[key], NOTHING)

    def line(self, line: int) -> None:
        given = {key for key in FILLED_IN if self.cell(line, key) != NOTHING}
        code, target = (self.cell(line, key).text.strip() for key in ("agency", "target"))
        if not (code or target):
            for key in sorted(given & FIGURE_NAMES.keys()):
                self.complain(line, key, "Dòng có số mà không có mã đơn vị, mã chỉ tiêu.")
            return
        if code not in self.sheets:
            self.complain(line, "agency", f"Mã đơn vị “{_short(code)}” không có trong tệp mẫu của kỳ này.")
            return
        row = self.rows.get((code, target))
        if row is None:
            known = target in self.targets
            why = f"không giao cho {self.sheets[code].agency} trong kỳ này" if known else "không có trong tệp mẫu"
            if given - {"note"} or not known:
                self.complain(line, "target", f"Chỉ tiêu “{_short(target)}” {why}.")
            return
        if (code, target) in self.seen:
            self.complain(line, "target", f"{target} của {code} đã có ở dòng {self.seen[code, target]}.")
            return
        self.seen[code, target] = line
        before = self.result.problems.total
        figures = self.figures(line, row, given)
        if figures is not RowState.UNTOUCHED and self.result.problems.total == before:
            self.compare(line, code, row, figures)

    def figures(self, line: int, row: TargetEntry, given: set[str]) -> Figures | RowState | None:
        """Return the figures of a line; None where it has none, UNTOUCHED where it was not filled in. Faults are
        noted."""
        target = row.target
        for key in sorted(given):
            if self.table.is_merged(line, self.columns[key]):
                self.complain(line, key, "Ô bị gộp với ô khác. Bỏ gộp ô rồi nhập từng ô.")
        nothing, note = self.nothing(line, row), self.note(line)
        expected = target.rules.parts
        parts = {key: self.number(line, key, row) for key in FIGURE_NAMES if key in given}
        filled = {key: part for key, part in parts.items() if part is not None}
        others = sorted(filled.keys() - set(expected))
        for key in others:
            wanted = " và ".join(FIGURE_NAMES[name] for name in expected)
            self.complain(line, key, f"{target.code} nhập ở cột {wanted}, không nhập ở cột này.")
        if others:
            return None
        contents = template.given_words(**filled, nothing_arose=nothing, note=note)
        if not self.is_bad(line) and "given" in self.columns and self.cell(line, "given").text == contents:
            self.count_untouched(row, contents, has_figures=nothing or bool(filled.keys() - {"denominator"}))
            return RowState.UNTOUCHED
        if nothing:
            return self.nothing_arose(line, row, filled, note)
        if not parts or self.is_prefilled(row, filled):
            self.lone_note(line, row, note)
            return None
        for key in expected:
            if key not in parts:
                self.complain(line, key, f"Chưa có {FIGURE_NAMES[key]}.")
        figures = Figures(**filled, nothing_arose=False, note=note or (row.actual.note if row.actual else ""))
        for flaw in flaws_in(target, figures):
            # Unreadable and missing cells were noted before.
            if (line, flaw.column) not in self.bad:
                self.complain(line, flaw.column, flaw.reason)
        return figures

    def is_bad(self, line: int) -> bool:
        return any((line, key) in self.bad for key in FILLED_IN)

    def count_untouched(self, row: TargetEntry, contents: str, *, has_figures: bool) -> None:
        """Count a row that holds its template's contents: it was not filled in, whatever is stored by now."""
        if row.actual is None:
            self.result.empty += 1
        elif template.stored_words(row.actual) == contents:
            self.result.unchanged += 1
        elif has_figures:
            self.result.newer += 1
        else:
            self.result.blank += 1

    def is_prefilled(self, row: TargetEntry, filled: dict[str, Decimal]) -> bool:
        """Return True for a row with only the template's denominator; the template may be older than the agency's
        report."""
        return list(filled) == ["denominator"] and filled["denominator"] == template.last_denominator(row)

    def nothing_arose(self, line: int, row: TargetEntry, filled: dict[str, Decimal], note: str) -> Figures:
        for key, part in sorted(filled.items()):
            if part:
                self.complain(line, key, "Đã chọn Không phát sinh mà vẫn có số. Xóa số, hoặc bỏ chọn.")
        parts = dict.fromkeys(row.target.rules.parts, Decimal(0))
        return Figures(**parts, nothing_arose=True, note=note or (row.actual.note if row.actual else ""))

    def lone_note(self, line: int, row: TargetEntry, note: str) -> None:
        """Note a note without a figure, with which it would be stored."""
        if note and (row.actual is None or note != row.actual.note):
            if row.actual is None:
                self.complain(line, "note", "Có giải trình mà chưa có số. Nhập số, hoặc xóa giải trình.")
            else:
                self.complain(line, "note", "Có giải trình mới mà ô số để trống. Nhập lại số đang lưu.")

    def nothing(self, line: int, row: TargetEntry) -> bool:
        cell = self.cell(line, "nothing")
        answer = formatting.fold(cell.text) if cell.kind in ("text", "number") else None
        if answer in ("", "khong", "0"):
            return False
        if cell.kind == "true":
            answer = "co" if cell.text == "1" else "khong"
        if answer == "khong":
            return False
        if answer not in ("co", "x", "1", "khong phat sinh"):
            self.complain(line, "nothing", f"Chọn {YES}, hoặc để trống.")
            return False
        stored = row.actual is not None and row.actual.nothing_arose  # an operator's load may have said so of a state
        if not (row.allows_nothing or stored):
            self.complain(line, "nothing", f"{row.target.code} là số hiện có, luôn có một giá trị: nhập số, kể cả 0.")
            return False
        return True

    def note(self, line: int) -> str:
        cell = self.cell(line, "note")
        if cell.kind in ("date", "error", "formula"):
            self.complain(line, "note", _unusable(cell))
            return ""
        return clean_text(cell.words)

    def number(self, line: int, key: str, row: TargetEntry) -> Decimal | None:
        """Return a cell's number; None, with the problem noted, where it is none, or one with two readings."""
        cell, target = self.cell(line, key), row.target
        if cell.kind in ("date", "error", "formula"):
            self.complain(line, key, _unusable(cell))
            return None
        if target.rules.is_answer and key == "value":
            return self.yes_or_no(line, cell)
        if cell.kind == "true":
            self.complain(line, key, "Ô là TRUE/FALSE, không phải là số.")
            return None
        if cell.kind == "number":
            return self.shown_number(line, key, target, cell)
        if not cell.text.strip():
            self.complain(line, key, "Ô chỉ có dấu cách. Xóa hẳn nội dung ô, hoặc nhập số.")
            return None
        try:
            read = format_of(target.kind).read(cell.text, target.unit)
        except numbers.NumberError as error:
            self.complain(line, key, error.message)
            return None
        if read.ambiguous:
            self.complain(line, key, read.question(cell.text))
            return None
        return read.value

    def shown_number(self, line: int, key: str, target: Target, cell: Cell) -> Decimal | None:
        if cell.text == "NaN":
            self.complain(line, key, "Số quá lớn.")
            return None
        value = Decimal(cell.text)
        if not cell.percent:
            return value
        if key == "value" and target.unit.startswith("%"):
            return 100 * value  # Excel shows 0.8 as 80%
        reason = (
            f"Ô đang hiện {formatting.percent(100 * value, None)}, mà ở đây cần một số đếm. Đổi định dạng ô thành Số."
        )
        self.complain(line, key, reason)
        return None

    def yes_or_no(self, line: int, cell: Cell) -> Decimal | None:
        if is_unanswered(cell.text):
            return None
        answer = read_answer(cell.text)
        if answer is None:
            self.complain(line, "value", f"Chọn {YES} hoặc {NO}.")
            return None
        return Decimal(answer)

    def compare(self, line: int, code: str, row: TargetEntry, figures: Figures | None) -> None:
        if figures is None:
            if row.actual is None:
                self.result.empty += 1
            else:
                self.result.blank += 1
            return
        fresh = Actual(target=row.target, **figures._asdict())
        if row.actual is not None and row.actual.same_figures(fresh) and row.actual.note == figures.note:
            self.result.unchanged += 1
            return
        key = row.target.rules.parts[0]
        if self.locked[code] is not None:
            self.complain(line, key, f"Số khác với số đang lưu, mà phiếu bị khóa. {self.locked[code]}")
            return
        if row.locked:
            self.complain(line, key, f"Số khác với số đang lưu. {row.locked}")
            return
        if any(self.table.is_out_of_sight(line, self.columns[name]) for name in template.fields_of(row)):
            self.complain(line, key, "Ô bị ẩn mà có số khác với số đang lưu. Bỏ ẩn (hoặc bỏ lọc), xem lại rồi gửi lại.")
            return
        fresh_row = replace(row, actual=fresh)
        self.changes.setdefault(code, []).append(
            CellChange(row, fresh_row, figures, line, self.warnings(line, row, fresh_row))
        )

    def warnings(self, line: int, row: TargetEntry, fresh: TargetEntry) -> list[str]:
        # Rules between targets are checked when the whole report was read (`done`).
        warned = list(replace(fresh, checks=()).flags)
        hidden = {key: self.cell(line, key).hidden_words for key in FIGURE_NAMES}
        warned += [f"{FIGURE_NAMES[key].capitalize()}: {warning}" for key, warning in hidden.items() if warning]
        actual = row.actual
        if actual is not None and actual.entered_at.replace(microsecond=0) > self.result.token.made_at:
            who = actual.entered_by or "Người khác"
            warned.append(f"{who} đã sửa số này lúc {formatting.short_datetime(actual.entered_at)}, sau khi tải tệp")
        return warned


def _columns(cells):
    """Return {key: column} of the names in a line, and a name that occurs twice."""
    keys = {formatting.fold(name): key for key, name, _ in COLUMNS}
    columns: dict[str, int] = {}
    for column, cell in cells.items():
        key = keys.get(formatting.fold(cell.text)) if cell.kind == "text" else None
        if key is not None and key in columns and key in NEEDED:
            return columns, NAMES[key]
        if key is not None:
            columns[key] = column
    return columns, None


def _texts(table):
    for line in sorted(table.rows):
        if line > LAST_HEADER:
            return
        yield from (cell for cell in table.rows[line].values() if cell.kind == "text")


def _unusable(cell):
    return {
        "date": "Ô đang là ngày tháng (Excel đổi 3/12 thành ngày). Đổi định dạng ô thành Số rồi nhập lại.",
        "error": f"Ô đang báo lỗi {cell.text}.",
        "formula": "Ô là công thức chưa có kết quả. Mở bằng Excel rồi lưu lại, hoặc thay bằng số.",
    }[cell.kind]


def _plain(actual):
    return None if actual is None else (*_figure(actual), actual.nothing_arose, actual.note)


def _figure(actual):
    return tuple(
        None if part is None else format(part.normalize(), "f")
        for part in (actual.numerator, actual.denominator, actual.value)
    )


def _short(text, most=40):
    return text if len(text) <= most else text[:most] + "…"
