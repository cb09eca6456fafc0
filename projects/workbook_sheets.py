"""The two sheets of projects in an agency's workbook: its projects, and their milestones, one per row
(`indicators.workbooks.parts`, docs/decisions/0121). `projects.workbook_parser` reads them when they come back."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from core import formatting
from core.fields import exact_text
from core.forms import example_day
from indicators.models import State
from indicators.submissions.forms import clean_text
from indicators.workbooks import styles as style
from indicators.workbooks.parts import PartReport
from indicators.workbooks.template import CELLS_IN_A_RULE, Token
from projects import services
from projects.labels import AMOUNTS, DAYS, FIELDS, MARK_FIELDS, TEXTS, due_words
from projects.models import Stage
from projects.models.update import LONGEST_TEXT
from projects.services import LARGEST_AMOUNT, Mark
from projects.submission_part import update_words
from projects.submission_rows import Row, read_rows

TITLE, MARKS_TITLE = "Dự án", "Mốc dự án"
# Key, name in the header, width.
COLUMNS = [
    ("code", "Số", 8),
    ("project", "Tên dự án, nhiệm vụ", 40),
    ("due", "Hạn trong kế hoạch", 13),
    ("previous", "Kỳ trước", 18),
    *((key, name, 34 if key in TEXTS else 18 if key in AMOUNTS else 14) for key, name in FIELDS.items()),
    ("state", "Trạng thái phiếu", 22),
    ("given", "Có sẵn trong mẫu", 12),
]
MARK_COLUMNS = [
    ("code", "Số", 8),
    ("project", "Tên dự án, nhiệm vụ", 44),
    ("place", "Mốc số", 8),
    *(
        (key, name, 34 if key in ("name", "evidence") else 24 if key == "owner" else 14)
        for key, name in MARK_FIELDS.items()
    ),
]
PLACE = {key: number for number, (key, _, _) in enumerate(COLUMNS, 1)}
MARK_PLACE = {key: number for number, (key, _, _) in enumerate(MARK_COLUMNS, 1)}
# The columns that a returned file must have; the others only help to fill in.
NEEDED = ("code", *FIELDS)
MARKS_NEEDED = ("code", "place", *MARK_FIELDS)
DAY_FORMAT = "dd/mm/yyyy"
# Empty rows for further milestones, besides one for each usual step that is not there yet.
SPARE_MARKS = 3
LONGEST_LIST = 250  # characters that Excel accepts in the choices of a list

GUIDE = [
    (
        "Trang Dự án",
        "Mỗi dòng một dự án, nhiệm vụ do đơn vị chủ trì. Việc đã chọn Tình trạng mới được tính là đã báo cáo.",
    ),
    (
        "Điền sẵn từ kỳ trước",
        "Việc chưa báo cáo có sẵn ngày, hợp đồng và các mốc của kỳ trước để sửa; một mình chúng chưa phải là báo cáo.",
    ),
    (
        "Trang Mốc dự án",
        "Mỗi dòng một mốc. Mốc mới nhập vào dòng trống của dự án; đừng sửa cột Số, Mốc số. Xóa mốc trên trang báo cáo tiến độ.",
    ),
    ("Ngày, số tiền", "Ngày gõ theo thứ tự ngày/tháng/năm. Số tiền là số đồng nguyên, không gõ triệu hay tỷ."),
]


def prefilled(row: Row) -> dict[str, Any]:
    """Return the contents of a project's open cells: what is stored; else what the form would begin with, without the
    stage and the percentage, which alone count as reporting."""
    entry = row.begun
    if entry is None:
        return {}
    contents = {key: getattr(entry, key) for key in FIELDS}
    if row.update is None:
        contents["stage"] = contents["percent"] = None
    return contents


def prefilled_marks(row: Row) -> tuple[Mark, ...]:
    """Return the milestones that are filled in already."""
    return row.begun.milestones if row.begun else ()


def given_words(values: Mapping[str, Any], marks: Mapping[int, Mapping[str, Any]]) -> str:
    """Return a hash of a project's open cells without blank ones, by which a returned file shows what was filled in
    since its template was made. marks: the cells of its milestones by their number."""
    contents: list[tuple] = [(key, *_plain(values.get(key))) for key in FIELDS]
    for number in sorted(marks):
        contents += [(number, key, *_plain(marks[number].get(key))) for key in MARK_FIELDS]
    return hashlib.sha256(repr([one for one in contents if one[-1]]).encode()).hexdigest()[:16]


def _plain(value: Any) -> tuple[str | None]:
    if isinstance(value, Decimal | int):
        return (exact_text(Decimal(value)),)
    return (value.isoformat() if isinstance(value, dt.date) else clean_text(value or ""),)


def _given(row: Row) -> str:
    marks = {number: mark._asdict() for number, mark in enumerate(prefilled_marks(row), 1)}
    return given_words(prefilled(row), marks)


class _Rules:
    """The validation rules of a sheet, each for many cells of the same kind."""

    def __init__(self, sheet: Worksheet, steps: Sequence[str] = ()) -> None:
        self.sheet, self.steps = sheet, steps
        self.open: dict[str, tuple[DataValidation | None, int]] = {}

    def add(self, key: str, cell: Any) -> None:
        made, count = self.open.get(key, (None, CELLS_IN_A_RULE))
        if count == CELLS_IN_A_RULE:
            made, count = self.rule(key), 0
            if made is not None:
                self.sheet.add_data_validation(made)
        if made is not None:
            made.add(cell)
        self.open[key] = made, count + 1

    def rule(self, key: str) -> DataValidation | None:
        if key == "stage":
            return style.choice([str(label) for label in Stage.labels], "Chọn tình trạng trong danh sách.")
        if key == "percent":
            return style.rule("decimal", "between", "0", "100", "Nhập tỷ lệ hoàn thành, từ 0 đến 100.")
        if key in AMOUNTS:
            return style.rule("whole", "between", "0", str(LARGEST_AMOUNT), "Nhập số đồng nguyên, từ 0 trở lên.")
        if key in (*DAYS, "planned_on", "done_on"):
            # 01/01/2000 and 31/12/2099, as Excel counts days.
            return style.rule("date", "between", "36526", "73050", example_day("Nhập ngày như {}.", 31, 8))
        if key in TEXTS:
            longest = formatting.number(LONGEST_TEXT)
            return style.rule("textLength", "lessThanOrEqual", str(LONGEST_TEXT), None, f"Dài nhất {longest} ký tự.")
        fits = not any("," in step or '"' in step for step in self.steps) and len(",".join(self.steps)) <= LONGEST_LIST
        if key == "name" and self.steps and fits:
            return style.choice(self.steps, "Chọn một bước mẫu, hoặc gõ tên khác.", strict=False)
        return None


def add(book: Workbook, report: PartReport, token: Token, *, is_demo: bool) -> None:
    """Add both sheets to an agency's workbook. Ten queries at most."""
    rows = read_rows(report.agency, report.period, report.submission, with_earlier=True)
    steps = list(report.period.plan.project_steps.values_list("name", flat=True))
    locked = report.locked
    head = [
        (f"TIẾN ĐỘ DỰ ÁN, NHIỆM VỤ {str(report.period).upper()}", True),
        (report.agency.full_name, True),
        (
            "Chỉ nhập vào ô nền vàng; chọn Tình trạng thì việc mới được tính là đã báo cáo. Cách nhập: trang Hướng dẫn.",
            False,
        ),
        (f"Mã tệp: {token}", False),
    ]
    sheet = book.create_sheet(TITLE)
    header = line = style.head(sheet, head, is_demo=is_demo)
    style.columns(sheet, header, ((name, width) for _, name, width in COLUMNS))
    rules = _Rules(sheet)
    for row in rows:
        line += 1
        _project(sheet, line, report, row, locked, rules)
    style.protect(sheet, header, line, len(COLUMNS), frozen=PLACE["project"])
    sheet.column_dimensions[get_column_letter(PLACE["given"])].hidden = True
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A3  # sixteen columns are too small to read on A4
    _marks(book.create_sheet(MARKS_TITLE), head, rows, locked, steps, is_demo)


def _project(sheet: Worksheet, line: int, report: PartReport, row: Row, locked: str | None, rules: _Rules) -> None:
    texts = {
        "code": row.project.label,
        "project": row.project.name,
        "due": due_words(row.project),
        "previous": f"{update_words(row.earlier)} (tháng {row.earlier.submission.period.label})"
        if row.earlier
        else formatting.NONE,
        "state": _state(report, row, locked),
        "given": _given(row),
    }
    for key, text in texts.items():
        cell = style.write(sheet, line, PLACE[key], text)
        cell.fill, cell.border, cell.alignment = style.SHUT, style.LINE, style.TOP
    is_open = locked is None and not row.shut
    known = prefilled(row)
    for key in FIELDS:
        _put(sheet, line, PLACE[key], key, known.get(key), is_open, rules)
    longest = max(
        len(row.project.name) / 40,
        len(texts["state"]) / 22,
        len(texts["previous"]) / 18,
        *(
            max(len(part) / 34, 0) + (known.get(key) or "").count("\n")
            for key in TEXTS
            for part in [known.get(key) or ""]
        ),
    )
    sheet.row_dimensions[line].height = min(15 * (int(longest) + 1) + 2, 400)


def _marks(
    sheet: Worksheet,
    head: Sequence[tuple[str, bool]],
    rows: Sequence[Row],
    locked: str | None,
    steps: Sequence[str],
    is_demo: bool,
) -> None:
    header = line = style.head(sheet, [("MỐC CỦA DỰ ÁN, NHIỆM VỤ", True), *head[1:2], head[3]], is_demo=is_demo)
    style.columns(sheet, header, ((name, width) for _, name, width in MARK_COLUMNS))
    rules = _Rules(sheet, steps)
    for row in rows:
        marks = prefilled_marks(row)
        is_open = locked is None and not row.shut
        spare = max(SPARE_MARKS, len(steps) - len(marks)) if is_open else 0
        for index in range(min(len(marks) + spare, services.MOST_MILESTONES)):
            line += 1
            for key, text in (("code", row.project.label), ("project", row.project.name if index == 0 else "")):
                cell = style.write(sheet, line, MARK_PLACE[key], text)
                cell.fill, cell.border, cell.alignment = style.SHUT, style.LINE, Alignment(vertical="top")
            number = sheet.cell(line, MARK_PLACE["place"], index + 1)
            number.fill, number.border = style.SHUT, style.LINE
            number.alignment = Alignment(vertical="top", horizontal="center")
            mark = marks[index] if index < len(marks) else Mark("")
            for key in MARK_FIELDS:
                _put(sheet, line, MARK_PLACE[key], key, getattr(mark, key), is_open, rules)
    style.protect(sheet, header, line, len(MARK_COLUMNS), frozen=MARK_PLACE["place"])


def _put(sheet: Worksheet, line: int, column: int, key: str, value: Any, is_open: bool, rules: _Rules) -> None:
    cell = sheet.cell(line, column)
    cell.fill, cell.border = (style.OPEN if is_open else style.SHUT), style.LINE
    cell.alignment = style.TOP if key in (*TEXTS, "name", "owner", "evidence", "stage") else style.RIGHT
    cell.protection = Protection(locked=not is_open)
    if key in (*DAYS, "planned_on", "done_on"):
        cell.number_format = DAY_FORMAT
    elif key in AMOUNTS:
        cell.number_format = "#,##0"
    elif key == "percent":
        cell.number_format = "0.##" if value is not None and value % 1 else "0"
    if key == "stage" and value:
        value = Stage(value).label
    if isinstance(value, str):
        if value:
            style.write(sheet, line, column, value)
    elif value is not None:
        cell.value = value
    if is_open:
        rules.add(key, cell)


def _state(report: PartReport, row: Row, locked: str | None) -> str:
    if row.update is not None and row.update.return_reason:
        return f"Bị trả lại: {row.update.return_reason}"
    if locked is not None:
        state = report.submission.state if report.submission else State.DRAFT
        return {State.SUBMITTED: "Đã nộp, chờ duyệt: khóa", State.APPROVED: "Đã duyệt: khóa"}.get(State(state), "Khóa")
    if row.shut:
        return row.shut
    return "Đã báo cáo, chưa nộp" if row.update is not None else "Chưa báo cáo"
