"""Figures of many agencies by one workbook: a period's sheet, the preview of a sent one, its loading as submitted reports.

The web's own way to the load that `import_actuals` does (docs: domain, Interchange): all or nothing, each row an agency's figures
of a target in a period; an empty row is no figure and changes nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from django.db import transaction
from import_export.results import RowResult
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from agencies.models import User
from core import tables, texts
from core.formatting import fold
from core.spreadsheet import Value
from indicators.bulk_import import files
from indicators.bulk_import import services as bulk_import
from indicators.bulk_import.services import BadRows, Reported
from indicators.errors import ActionNotAllowed
from indicators.models import Actual, Assignment, Plan, ReportingPeriod, State, Target
from indicators.submissions.validation import Figures
from indicators.workbooks.sandbox import Cell, Table
from plan_workbook.resources.base import CellChange, Problem, RowChange, TableResult
from plan_workbook.services import BadFile, Loaded, may_load

SHEET = "Số liệu"
# Heading → column of the exchange format; None: for people alone, not read.
HEADINGS: dict[str, str | None] = {
    "Kỳ": "period",
    "Mã đơn vị": "agency",
    "Đơn vị": None,
    "Mã chỉ tiêu thành phần": "target",
    "Chỉ tiêu thành phần": None,
    "Tử số": "numerator",
    "Mẫu số": "denominator",
    "Giá trị": "value",
    "Ghi chú": "note",
}
TITLES = {column: heading for heading, column in HEADINGS.items() if column}
WIDTHS = (10, 14, 40, 12, 50, 14, 14, 14, 40)
# The columns in which a row must have something to be read.
FIGURES = ("numerator", "denominator", "value")


def book_of(period: ReportingPeriod) -> Workbook:
    """Return the sheet of a period: a row for each figure that is due, with what is stored. Two queries."""
    columns = tuple(
        tables.Column[Sequence[Value]](title, width, _at(place))
        for place, (title, width) in enumerate(zip(HEADINGS, WIDTHS, strict=True))
    )
    return tables.workbook([tables.TableSheet(SHEET, (), tables.Table(columns), list(_rows(period)))])


def _at(place: int) -> Callable[[Sequence[Value]], Value]:
    return lambda row: row[place]


def _rows(period: ReportingPeriod) -> Iterator[Sequence[Value]]:
    assigned = Assignment.objects.in_force(period.window_last).filter(target__plan=period.plan_id)
    assigned = assigned.select_related("agency__parent", "target").order_by(
        "agency__position", "agency__code", "target__position"
    )
    stored = _stored([period])
    for each in assigned:
        if each.target.is_due_in(period):
            actual = stored.get((each.agency_id, period.pk, each.target_id))
            figures = (actual.numerator, actual.denominator, actual.value, actual.note) if actual else ()
            names = (period.code, each.agency.code, each.agency.full_name, each.target.code, each.target.label)
            yield (*names, *figures, *(None,) * (len(HEADINGS) - len(names) - len(figures)))


def _stored(periods: Iterable[ReportingPeriod]) -> dict[tuple[int, int, int], Actual]:
    """Return the figures of the newest versions of these periods by agency, period and target. One query."""
    actuals = Actual.objects.filter(submission__period__in=periods, submission__is_latest=True)
    return {
        (actual.submission.agency_id, actual.submission.period_id, actual.target_id): actual
        for actual in actuals.select_related("submission")
    }


def preview(sheets: Iterable[Table], *, plan: Plan) -> Loaded:
    """Return what a file would do, with all its faults; nothing is written. Raises ActionNotAllowed for a closed plan."""
    return _load(sheets, plan=plan, by=None, file_name="", dry_run=True)


@transaction.atomic
def load(sheets: Iterable[Table], *, plan: Plan, by: User, file_name: str) -> Loaded:
    """Load the figures of a file; each report is afterwards submitted by this user. Raises BadFile with every fault,
    ActionNotAllowed."""
    if not may_load(by):
        raise ActionNotAllowed("Tài khoản không nạp được số liệu. Không có gì thay đổi.")
    loaded = _load(sheets, plan=plan, by=by, file_name=file_name, dry_run=False)
    if loaded.problems:
        raise BadFile(loaded.problems)
    return loaded


def _load(sheets: Iterable[Table], *, plan: Plan, by: User | None, file_name: str, dry_run: bool) -> Loaded:
    sheet = _FiguresSheet(sheets, plan)
    result = _changes(sheet.rows)
    try:
        bulk_import.load_figures(
            rows=sheet.rows,
            state=State.SUBMITTED,
            by=by,
            source=file_name,
            dry_run=dry_run or bool(sheet.problems),
            remedies=bulk_import.ON_PAGE,
        )
    except BadRows as bad:
        sheet.problems += [sheet.at(problem) for problem in bad.problems]
    return Loaded(plan, result, sheet.problems)


class _FiguresSheet:
    """The sheet of figures as the bounded reader read it: its readable rows, and its faults."""

    def __init__(self, sheets: Iterable[Table], plan: Plan) -> None:
        self.problems: list[Problem] = []
        self.rows: list[Reported] = []
        self.title = SHEET
        self.columns: dict[str, int] = {}
        sheets = list(sheets)
        sheet = next((sheet for sheet in sheets if fold(sheet.title) == fold(SHEET)), None)
        if sheet is None:
            title = sheets[0].title if sheets else SHEET
            self.problems.append(Problem(title, "A1", f"Tệp thiếu trang tính “{SHEET}”. Tải lại biểu rồi nhập vào đó."))
            return
        self.title = sheet.title
        lines = sorted(sheet.rows)
        if lines and self._read_headings(lines[0], sheet.rows[lines[0]]):
            self._read_rows([(line, sheet.rows[line]) for line in lines[1:]], plan)

    def _read_headings(self, line: int, cells: Mapping[int, Cell]) -> bool:
        """Note the place of each column; return False where one is missing or twice."""
        known = {fold(title): title for title in HEADINGS}
        for place, cell in cells.items():
            title = known.get(fold(texts.line(cell.words)))
            if title is None or HEADINGS[title] in self.columns:
                reason = "có hai lần" if title else "không thuộc trang tính này"
                where = f"{get_column_letter(place)}{line}"
                self.problems.append(Problem(self.title, where, f"Cột “{cell.words}” {reason}. Xóa hoặc đổi lại tên."))
            elif (column := HEADINGS[title]) is not None:
                self.columns[column] = place
        missing = [f"“{title}”" for column, title in TITLES.items() if column not in self.columns]
        if missing:
            self.problems.append(Problem(self.title, f"A{line}", f"Thiếu cột {', '.join(missing)} ở dòng {line}."))
        return not self.problems

    def _read_rows(self, lines: Iterable[tuple[int, Mapping[int, Cell]]], plan: Plan) -> None:
        reader = files.RowReader(decimal_sign=",")
        for line, cells in lines:
            if not any(self.columns[column] in cells for column in FIGURES):
                continue
            row = reader.row(line, {column: _read(cells.get(place)) for column, place in self.columns.items()})
            if row is not None and row.period.plan_id != plan.pk:
                reader.complain("period", f"Kỳ {row.period.code} không thuộc kế hoạch này.")
            elif row is not None:
                self.rows.append(row)
        self.problems += [self.at(problem) for problem in reader.problems]

    def at(self, problem: bulk_import.Problem) -> Problem:
        """Return the problem of a row at its cell."""
        place = get_column_letter(self.columns[problem.column])
        return Problem(self.title, f"{place}{problem.line}", problem.reason)


def _read(cell: Cell | None) -> files.Cell:
    """Return a cell of the bounded reader as figures are read from."""
    if cell is None:
        return ""
    if cell.kind == "number":
        if cell.percent or cell.is_hidden:
            return files.BadCell(
                "Ô định dạng phần trăm. Đặt định dạng ô là Số rồi nhập lại."
                if cell.percent
                else f"{cell.hidden_words}."
            )
        value = Decimal(cell.text)
        return value if value.is_finite() else files.BadCell("Ô chứa số quá lớn.")
    if cell.kind == "text":
        return cell.text
    reasons = {
        "true": "Ô là TRUE/FALSE. Nhập 1 (có) hoặc 0 (không).",
        "date": "Ô là ngày tháng. Đặt định dạng ô là Văn bản (Text) rồi nhập lại.",
        "formula": "Ô chứa công thức chưa có kết quả. Mở tệp bằng Excel, lưu lại, hoặc thay bằng giá trị.",
    }
    return files.BadCell(reasons.get(cell.kind, f"Ô đang báo lỗi {cell.text}."))


def _changes(rows: Sequence[Reported]) -> list[TableResult]:
    """Return the figures that differ from the stored ones, a table a target. One query."""
    stored = _stored({row.period for row in rows})
    results: dict[Target, TableResult] = {}
    for row in rows:
        result = results.setdefault(row.target, TableResult(f"{row.target.code} {row.target.label}"))
        actual = stored.get((row.agency.pk, row.period.pk, row.target.pk))
        cells = _cells(actual, row.figures)
        if not cells:
            result.unchanged += 1
            continue
        kind = RowResult.IMPORT_TYPE_UPDATE if actual else RowResult.IMPORT_TYPE_NEW
        result.rows.append(RowChange(kind, f"{row.agency.full_name}, {row.period}", cells))
    return list(results.values())


def _cells(actual: Actual | None, figures: Figures) -> list[CellChange]:
    """Return the cells that differ, and that a report is sent by it; a file without a note leaves a stored one."""
    pairs = [(TITLES[name], getattr(actual, name, None), getattr(figures, name)) for name in FIGURES]
    if figures.note:
        pairs.append((TITLES["note"], actual.note if actual else None, figures.note))
    cells = [CellChange(title, before, after) for title, before, after in pairs if before != after]
    if actual is not None and actual.submission.state in (State.DRAFT, State.RETURNED):
        cells.append(CellChange("Phiếu", actual.submission.get_state_display(), State.SUBMITTED.label))
    return cells
