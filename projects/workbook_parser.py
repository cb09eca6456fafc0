"""The parser of the sheets of projects in an agency's workbook: the reports that would change, and every cell with an
error (docs/decisions/0121). It guesses nothing, and only `save` writes.

Rows are identified by their codes, columns by their names. A blank cell removes nothing: what is stored stays, and only
the page deletes.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from agencies.models import User
from core import clock, formatting, numbers, texts
from core.forms import example_day
from indicators.models import Submission
from indicators.submissions.forms import clean_text
from indicators.workbooks.parser import LAST_HEADER, stray_figures
from indicators.workbooks.parts import PartChange, PartReport, PartRow, Reading
from indicators.workbooks.sandbox import Cell, Mark, Table, Unreadable, as_json, from_json
from indicators.workbooks.template import Token
from projects import codes, services, workbook_sheets
from projects.labels import AMOUNTS, DAYS, FIELDS, MARK_FIELDS, TEXTS, mark_words, words_of
from projects.models import Stage
from projects.services import LARGEST_AMOUNT, Entry
from projects.services import Mark as Milestone
from projects.submission_rows import Row, read_rows
from projects.workbook_sheets import (
    COLUMNS,
    MARK_COLUMNS,
    MARKS_NEEDED,
    NEEDED,
    given_words,
    prefilled,
    prefilled_marks,
)

# A project's milestones in a file: number → (line, values).
Marks = dict[int, tuple[int, dict[str, Any]]]
NOTHING = Cell("text")
STAGES = {formatting.fold(str(label)): value for value, label in Stage.choices}


NO_STAGE = "Dòng có nội dung mới mà chưa có tình trạng. Chọn tình trạng."


class Unfit(Exception):
    """Raised for a cell that holds nothing usable; the message says why."""


class Work(NamedTuple):
    """A changed report of one project, with the row that it was compared with."""

    row: Row
    entry: Entry


class ProjectSheets:
    """The sheets of projects; implements `indicators.workbooks.parts.Sheets`."""

    key = "du-an"
    guide: Sequence[tuple[str, str]] = workbook_sheets.GUIDE

    def words(self, report: PartReport) -> str:
        project_ids = {project.pk for project in services.asked_projects(report.agency, report.period)}
        if report.submission is not None:
            project_ids.update(report.submission.project_updates.values_list("project", flat=True))
        return f"{len(project_ids)} dự án" if project_ids else ""

    def add(self, book: Workbook, report: PartReport, token: Token, *, is_demo: bool) -> None:
        workbook_sheets.add(book, report, token, is_demo=is_demo)

    def find(self, tables: Sequence[Table]) -> dict | None:
        projects = _found(tables, workbook_sheets.TITLE, COLUMNS, NEEDED, FIELDS)
        marks = _found(tables, workbook_sheets.MARKS_TITLE, MARK_COLUMNS, MARKS_NEEDED, MARK_FIELDS)
        if marks and not projects:
            raise Unreadable(
                f"Tệp có trang “{marks['table']['title']}” mà không có trang “{workbook_sheets.TITLE}”. "
                "Tải lại tệp mẫu rồi nhập lại."
            )
        return {"projects": projects, "marks": marks} if projects else None

    def read(self, stored: dict, report: PartReport, token: Token) -> Reading:
        return _Reading(stored, report, token).reading

    def save(self, reading: Reading, submission: Submission, *, by: User, via: str) -> None:
        for row, entry in reading.work:
            seen = row.stored.fingerprint() if row.stored else ""
            services.save_update(submission=submission, project=row.project, entry=entry, by=by, seen=seen, via=via)


def _found(
    tables: Iterable[Table],
    title: str,
    columns: Sequence[tuple[str, str, int]],
    needed: Sequence[str],
    fields: Iterable[str],
) -> dict | None:
    """Return the sheet whose header has the columns, as it is stored. Raises Unreadable where there are two, where one
    lacks a column, and where the sheet of our title has no header, because its contents would be lost."""
    sheets: list[dict[str, Any]] = []
    near = ""
    keys = {formatting.fold(name): key for key, name, _ in columns}
    for table in tables:
        if table.title == title and table.rows:
            near = f"Trang “{title}” không còn dòng tiêu đề của tệp mẫu. Tải lại tệp mẫu rồi nhập lại."
        for line in sorted(table.rows):
            if line > LAST_HEADER:
                break
            named = [
                (keys[formatting.fold(cell.text)], column)
                for column, cell in table.rows[line].items()
                if cell.kind == "text" and formatting.fold(cell.text) in keys
            ]
            present = dict(named)
            if 2 * len(present.keys() & set(needed)) <= len(needed):
                continue
            twice = next((key for key, _ in named if [key for key, _ in named].count(key) > 1), None)
            names = {key: name for key, name, _ in columns}
            if twice:
                raise Unreadable(f"Trang “{table.title}” có hai cột {names[twice]}. Xóa cột thừa rồi gửi lại.")
            missing = [names[key] for key in needed if key not in present]
            if missing:
                near = f"Trang “{table.title}” thiếu cột {', '.join(missing)}. Tải lại tệp mẫu rồi nhập lại."
            else:
                part = table.part(line + 1, (present[key] for key in (*needed, "given") if key in present))
                strays = stray_figures(table, present, line + 1, fields)
                sheets.append({"table": as_json(part), "columns": present, "first": line + 1, "strays": strays})
            break
    if not sheets and near:
        raise Unreadable(near)
    if len(sheets) > 1:
        titles = ", ".join(f"“{one['table']['title']}”" for one in sheets)
        raise Unreadable(f"Tệp có nhiều trang dự án: {titles}. Chỉ giữ một trang rồi gửi lại.")
    return sheets[0] if sheets else None


class _Sheet:
    """One of the two sheets, cell by cell."""

    def __init__(self, stored: dict) -> None:
        self.table: Table = from_json(stored["table"])
        self.columns, self.first, self.strays = stored["columns"], stored["first"], stored["strays"]

    @property
    def lines(self) -> list[int]:
        return [line for line in sorted(self.table.rows) if line >= self.first]

    def cell(self, line: int, key: str) -> Cell:
        return self.table.rows[line].get(self.columns[key], NOTHING)

    def address(self, line: int, key: str) -> str:
        return f"{get_column_letter(self.columns[key])}{line}"

    def is_hidden(self, line: int, keys: Iterable[str]) -> bool:
        return any(self.table.is_out_of_sight(line, self.columns[key]) for key in keys)

    def is_merged(self, line: int, key: str) -> bool:
        return self.table.is_merged(line, self.columns[key])


class _Reading:
    """The single pass through both sheets."""

    def __init__(self, stored: dict, report: PartReport, token: Token) -> None:
        self.reading = Reading(ProjectSheets.key, "Dự án, nhiệm vụ", "dự án")
        self.token, self.report, self.locked = token, report, report.locked
        rows = read_rows(report.agency, report.period, report.submission, with_earlier=True)
        self.rows = {row.project.label: row for row in rows}
        self.projects = _Sheet(stored["projects"])
        self.marks = _Sheet(stored["marks"]) if stored["marks"] else None
        self.bad: set[tuple[_Sheet, int, str]] = set()
        self.hidden: dict[str, list[str]] = defaultdict(list)
        for sheet in filter(None, (self.projects, self.marks)):
            self.reading.strays += [f"{sheet.table.title}!{cell}" for cell in sheet.strays]
        self.given_marks = self.read_marks(self.marks) if self.marks else {}
        seen: dict[str, int] = {}
        for line in self.projects.lines:
            self.line(line, seen)
        self.reading.empty += sum(row.update is None for label, row in self.rows.items() if label not in seen)
        order = {label: index for index, label in enumerate(self.rows)}
        self.reading.changes.sort(key=lambda change: order[change.code])
        self.reading.work.sort(key=lambda work: order[work.row.project.label])

    def complain(self, sheet: _Sheet, line: int, key: str, reason: str, label: str = "") -> None:
        row = self.rows.get(label)
        self.bad.add((sheet, line, key))
        label_words = f"{label} {row.project.name}"[:120] if row else label[:40]
        self.reading.problems.append(Mark(sheet.table.title, sheet.address(line, key), reason, label_words))

    def values(self, sheet: _Sheet, line: int, keys: Iterable[str], label: str) -> dict[str, Any]:
        """Return the contents of the cells, without blank ones; an error is recorded, and its key gets Unfit."""
        contents = {}
        for key in keys:
            cell = sheet.cell(line, key)
            if cell == NOTHING:
                continue
            try:
                if sheet.is_merged(line, key):
                    raise Unfit("Ô bị gộp với ô khác. Bỏ gộp ô rồi nhập từng ô.")
                value = _value(key, cell)
            except Unfit as unfit:
                self.complain(sheet, line, key, str(unfit), label)
                value = Unfit
            if value is not None:
                contents[key] = value
            if key in ("percent", *AMOUNTS) and cell.hidden_words:
                self.hidden[label].append(f"{FIELDS[key]}: {cell.hidden_words}")
        return contents

    def read_marks(self, sheet: _Sheet) -> dict[str, Marks]:
        """Return {project's label: {number: (line, values)}}."""
        marks_by_label: dict[str, Marks] = defaultdict(dict)
        for line in sheet.lines:
            label = codes.read(sheet.cell(line, "code").text.strip())
            values = self.values(sheet, line, MARK_FIELDS, label)
            if not values:
                continue
            if label not in self.rows:
                reason = f"“{label[:40]}” không phải là số của dự án trong tệp mẫu của kỳ này."
                self.complain(sheet, line, "code", reason, label)
            number = numbers.digits(sheet.cell(line, "place").text.strip(), 9)
            most = services.MOST_MILESTONES
            if number is None or not 0 < number <= most:
                self.complain(sheet, line, "place", f"Mốc số là số thứ tự của mốc, từ 1 đến {most}.", label)
                continue
            if label not in self.rows:
                continue
            if number in marks_by_label[label]:
                self.complain(sheet, line, "place", f"Mốc {number} của {label} đã có ở một dòng trên.", label)
                continue
            marks_by_label[label][number] = line, values
        return marks_by_label

    def line(self, line: int, seen: dict[str, int]) -> None:
        sheet = self.projects
        label = codes.read(sheet.cell(line, "code").text.strip())
        values = self.values(sheet, line, FIELDS, label)
        if not label:
            if values:
                self.complain(sheet, line, "code", "Dòng có nội dung mà không có số của dự án.")
            return
        row = self.rows.get(label)
        if row is None:
            self.complain(sheet, line, "code", f"“{label[:40]}” không phải là số của dự án trong tệp mẫu của kỳ này.")
            return
        if label in seen:
            self.complain(sheet, line, "code", f"{label} đã có ở dòng {seen[label]}.", label)
            return
        seen[label] = line
        marks = self.given_marks.get(label, {})
        bad = [given for given in (values, *(given for _, given in marks.values())) if Unfit in given.values()]
        if bad:
            self.rest_of_bad(line, row, values, marks)
        else:
            self.compare(line, row, values, marks)

    def rest_of_bad(self, line: int, row: Row, values: Mapping[str, Any], marks: Marks) -> None:
        """Record the other errors of a project of which a cell cannot be read, so that all are reported at once."""
        good = {key: value for key, value in values.items() if value is not Unfit}
        fit = {
            number: (mark_line, {key: value for key, value in given.items() if value is not Unfit})
            for number, (mark_line, given) in marks.items()
        }
        milestones, lines = _merged(prefilled_marks(row), fit)
        entry = _entry({key: value for key, value in prefilled(row).items() if key not in values}, good, milestones)
        if entry.stage:
            for flaw in services.flaws_in(row.project, entry, clock.today()):
                self.flaw(line, row.project.label, lines, flaw)
        elif "stage" not in values:
            self.complain(self.projects, line, "stage", NO_STAGE, row.project.label)

    def compare(self, line: int, row: Row, values: Mapping[str, Any], marks: Marks) -> None:
        label = row.project.label
        known = {key: value for key, value in prefilled(row).items() if value not in (None, "")}
        present = prefilled_marks(row)
        milestones, lines = _merged(present, marks)
        if self.is_untouched(line, values, marks):
            self.count_untouched(row, known, milestones, values)
            return
        nothing_new = all(known.get(key) == value for key, value in values.items()) and milestones == present
        if row.update is None and nothing_new:
            self.reading.empty += 1
            return
        entry = _entry(known, values, milestones)
        if entry == row.stored:
            self.reading.unchanged += 1
            return
        reason = self.locked or row.shut
        if reason:
            self.complain(
                self.projects, line, "stage", f"Nội dung khác với báo cáo đang lưu, mà phiếu bị khóa. {reason}", label
            )
            return
        if self.is_out_of_sight(line, marks):
            reason = "Dòng hoặc cột bị ẩn mà có nội dung khác với báo cáo đang lưu. Bỏ ẩn (hoặc bỏ lọc), xem lại rồi gửi lại."
            self.complain(self.projects, line, "stage", reason, label)
            return
        if not entry.stage:
            self.complain(self.projects, line, "stage", NO_STAGE, label)
            return
        flaws = services.flaws_in(row.project, entry, clock.today())
        for flaw in flaws:
            self.flaw(line, label, lines, flaw)
        if not flaws:
            self.reading.work.append(Work(row, entry))
            self.reading.changes.append(
                PartChange(
                    label,
                    f"{label} {row.project.name}",
                    tuple(_lines(row.stored, entry)),
                    tuple(self.warnings(row, entry)),
                )
            )

    def is_untouched(self, line: int, values: Mapping[str, Any], marks: Marks) -> bool:
        """Return whether a project has the contents that its template was made with: then nothing was filled in,
        whatever is stored by now."""
        if "given" not in self.projects.columns:
            return False  # a file of an earlier layout
        words_now = given_words(values, {number: given for number, (_, given) in marks.items()})
        return self.projects.cell(line, "given").text == words_now

    def count_untouched(
        self, row: Row, known: Mapping[str, Any], milestones: tuple[Milestone, ...], values: Mapping[str, Any]
    ) -> None:
        """Count an untouched project as empty, unchanged, or changed elsewhere since."""
        if row.update is None:
            self.reading.empty += 1
        elif _entry(known, values, milestones) == row.stored:
            self.reading.unchanged += 1
        else:
            self.reading.newer += 1

    def is_out_of_sight(self, line: int, marks: Marks) -> bool:
        sheet = self.marks
        return self.projects.is_hidden(line, FIELDS) or (
            sheet is not None and any(sheet.is_hidden(mark_line, MARK_FIELDS) for mark_line, _ in marks.values())
        )

    def flaw(self, line: int, label: str, lines: Mapping[int, int | None], flaw: services.Flaw) -> None:
        field, reason = flaw
        if not field.startswith("milestones-"):
            where = self.projects, line, field if field in FIELDS else "stage"
        else:
            _, index, name = field.split("-")
            mark_line = lines.get(int(index))
            if mark_line is None or self.marks is None:
                where = self.projects, line, "stage"
            else:
                where = self.marks, mark_line, name
            reason = f"Mốc {int(index) + 1}: {reason}" if mark_line is None else reason
        # A cell that could not be read has its error already.
        if where not in self.bad:
            self.complain(*where, reason, label)

    def warnings(self, row: Row, entry: Entry) -> Iterator[str]:
        update, earlier = row.update, row.earlier
        yield from self.hidden[row.project.label]
        if update is not None and update.entered_at.replace(microsecond=0) > self.token.made_at:
            who = update.entered_by or "Người khác"
            yield f"{who} đã sửa việc này lúc {formatting.short_datetime(update.entered_at)}, sau khi tải tệp"
        if any(texts.looks_like_tcvn3(getattr(entry, key)) for key in TEXTS):
            yield texts.TCVN3_ADVICE
        if earlier is None:
            return
        month = earlier.submission.period.label
        for key in ("percent", "disbursed"):
            now, before = getattr(entry, key), getattr(earlier, key)
            if now is not None and before is not None and now < before:
                yield f"{FIELDS[key]} ít hơn tháng {month}: {words_of(key, before)} xuống {words_of(key, now)}"


def _entry(known: Mapping[str, Any], values: Mapping[str, Any], milestones: tuple[Milestone, ...]) -> Entry:
    known = {key: value for key, value in known.items() if value not in (None, "")}
    return Entry(**{"stage": "", **dict.fromkeys(TEXTS, ""), **known, **values}, milestones=milestones)


def _merged(present: Sequence[Milestone], marks: Marks) -> tuple[tuple[Milestone, ...], dict[int, int | None]]:
    """Return the milestones with those of the file laid over them, and the line of each that has one."""
    merged: list[Milestone] = []
    lines: dict[int, int | None] = {}
    for number in range(1, max([len(present), *marks]) + 1):
        base = present[number - 1] if number <= len(present) else None
        if base is None and number not in marks:
            continue
        line, values = marks.get(number, (None, {}))
        lines[len(merged)] = line
        merged.append((base or Milestone(""))._replace(**values))
    return tuple(merged), lines


def _value(key: str, cell: Cell) -> Any:
    """Return the contents of a cell for a field; None where it is as good as blank. Raises Unfit."""
    if cell.kind == "error":
        raise Unfit(f"Ô đang báo lỗi {cell.text}.")
    if cell.kind == "formula":
        raise Unfit("Ô là công thức chưa có kết quả. Mở bằng Excel rồi lưu lại, hoặc nhập thẳng vào ô.")
    if key in (*DAYS, "planned_on", "done_on"):
        return _day(cell)
    if cell.kind == "date":
        raise Unfit("Ô đang là ngày tháng. Đổi định dạng ô thành Chung (General) rồi nhập lại.")
    if key in ("percent", *AMOUNTS):
        return _number(key, cell)
    text = clean_text(cell.words)
    if key != "stage":
        return text or None
    if not text:
        return None
    if formatting.fold(text) not in STAGES:
        raise Unfit(f"Chọn một trong: {', '.join(str(label) for label in Stage.labels)}.")
    return STAGES[formatting.fold(text)]


def _day(cell: Cell) -> dt.date | None:
    if cell.kind == "text" and not cell.text.strip():
        return None
    try:
        if cell.kind == "date":
            return dt.date.fromisoformat(cell.text)
        if cell.kind == "text":
            return dt.datetime.strptime(cell.text.strip(), "%d/%m/%Y").date()
    except ValueError:
        pass
    raise Unfit(example_day("Nhập ngày như {}.", 31, 8))


def _number(key: str, cell: Cell) -> Decimal | int | None:
    places, largest = (2, Decimal(100)) if key == "percent" else (0, Decimal(LARGEST_AMOUNT))
    if cell.kind == "true":
        raise Unfit("Ô là TRUE/FALSE, không phải là số.")
    if cell.kind == "number" and cell.text == "NaN":
        raise Unfit("Số quá lớn.")
    if cell.kind == "number":
        value = Decimal(cell.text)
        if cell.percent:
            if key != "percent":
                raise Unfit(
                    f"Ô đang hiện {formatting.percent(100 * value, None)}, mà ở đây cần số đồng. Đổi định dạng ô thành Số."
                )
            value *= 100  # Excel shows 0.45 as 45%
        if value != round(value, places):
            most = "có quá 2 chữ số thập phân. Làm tròn rồi nhập lại" if places else "không phải là số đồng nguyên"
            raise Unfit(f"{formatting.number(value)} {most}.")
        return value if key == "percent" else int(value)
    if not cell.text.strip():
        return None
    try:
        read = numbers.parse(cell.text, places, allow_negative=True, allow_percent=key == "percent", maximum=largest)
    except numbers.NumberError as error:
        raise Unfit(error.message) from None
    if read.ambiguous:
        raise Unfit(read.question(cell.text))
    return read.value if key == "percent" else int(read.value)


def _lines(stored: Entry | None, entry: Entry) -> Iterator[PartRow]:
    """Yield what would change, field by field, then milestone by milestone."""
    for key, name in FIELDS.items():
        was, becomes = getattr(stored, key) if stored else None, getattr(entry, key)
        if was != becomes and not (was in (None, "") and becomes in (None, "")):
            yield PartRow(name, words_of(key, was), words_of(key, becomes))
    present = stored.milestones if stored else ()
    for index, mark in enumerate(entry.milestones):
        was = present[index] if index < len(present) else None
        if was != mark:
            yield PartRow(f"Mốc {index + 1}", mark_words(was), mark_words(mark))
