"""Template of the workbook that an agency fills in instead of the page: one row for each agency and target.

Codes are in locked columns, numerator and denominator always apart (a ratio in one cell turns into a date). A sent
workbook is read by `indicators.workbooks.parser`, by names and codes, wherever the columns and rows were moved.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.formatting.rule import Rule
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import MultiCellRange
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from agencies.models import Agency
from core import clock, formatting
from core.fields import exact_text
from indicators.models import Actual, ReportingPeriod, State, Timing, WorkbookFile
from indicators.submissions.detail import SubmissionDetail, TargetEntry
from indicators.submissions.forms import clean_text
from indicators.submissions.kinds import YES, format_of
from indicators.workbooks import styles as style

# A change of the layout that older files cannot follow takes a new number.
VERSION = 1
TITLE, GUIDE_TITLE = "Số liệu", "Hướng dẫn"
# Key, name in the header, width. The keys in NEEDED must be in a file that comes back; the others only help to fill in.
COLUMNS = [
    ("agency", "Mã đơn vị", 10),
    ("place", "Đơn vị", 22),
    ("target", "Mã chỉ tiêu", 9),
    ("label", "Chỉ tiêu", 40),
    ("asked", "Nhập gì", 44),
    ("previous", "Kỳ trước", 19),
    ("numerator", "Tử số", 15),
    ("denominator", "Mẫu số", 15),
    ("value", "Giá trị", 13),
    ("nothing", "Không phát sinh", 11),
    ("note", "Giải trình", 34),
    ("share", "Kết quả (tự tính)", 11),
    ("state", "Trạng thái phiếu", 24),
    ("given", "Có sẵn trong mẫu", 12),
]
PLACE = {key: number for number, (key, _, _) in enumerate(COLUMNS, 1)}
_NUMERATOR, _DENOMINATOR = (get_column_letter(PLACE[key]) for key in ("numerator", "denominator"))
NEEDED = ("agency", "target", "numerator", "denominator", "value", "nothing", "note")
FILLED_IN = ("numerator", "denominator", "value", "nothing", "note")
NUMBER_FORMAT = "#,##0.######"
CELLS_IN_A_RULE = 150  # or ranges of cells
WHOLE_FORMAT_ID = 190  # any number over Excel's own formats


class Token(NamedTuple):
    """Identity of a file: its agency or scope, its period, and the time of the stored figures in it."""

    version: int
    period: str
    agency: str
    scope: str
    made_at: dt.datetime

    def __str__(self) -> str:
        at = self.made_at.astimezone(clock.VIETNAM)
        return f"CDS{self.version}/{self.period}/{self.agency}/{self.scope}/{at:%Y%m%dT%H%M%S}"

    @classmethod
    def found_in(cls, text: str) -> "Token | None":
        """Return the token in a text; None where there is none."""
        match = re.search(r"\bCDS(\d{1,4})/(\d{4}-\d\d)/([-\w]{1,32})/([a-z-]{1,16})/(\d{8}T\d{6})\b", text, re.ASCII)
        if match is None:
            return None
        try:
            at = dt.datetime.strptime(match[5], "%Y%m%dT%H%M%S").replace(tzinfo=clock.VIETNAM)
        except ValueError:
            return None
        return cls(int(match[1]), match[2], match[3], match[4], at)


def file_name(agency: Agency, period: ReportingPeriod, scope: str) -> str:
    """Return the name of the file: Biểu nhập x11 tháng 8-2026.xlsx."""
    of_many = {WorkbookFile.Scope.BELOW: f"các xã {agency.code}", WorkbookFile.Scope.IN_PLACE: "làm thay"}
    whose = of_many.get(WorkbookFile.Scope(scope), agency.code)
    return f"Biểu nhập {whose} {period.short_name}.xlsx"


def make(
    sheets: list[SubmissionDetail],
    *,
    agency: Agency,
    period: ReportingPeriod,
    scope: str,
    is_demo: bool,
    token: Token | None = None,
) -> Workbook:
    """Return the workbook of some reports: stored figures are filled in, locked rows give the reason. Makes no query.

    token: the identity of the file, where other sheets carry the same.
    """
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = TITLE
    header = style.head(
        sheet,
        _head(sheets, agency, period, scope, token or new_token(agency, period, scope)),
        is_demo=is_demo,
    )
    style.columns(sheet, header, ((name, width) for _, name, width in COLUMNS))
    rules, looks = _Rules(sheet), style.Looks()
    line = header
    for report in sheets:
        locked = report.locked
        for row in report.rows:
            line += 1
            _row(sheet, line, report, row, locked, rules, looks)
    rules.close()
    _lay_out(sheet, header, line)
    # In one's own file every row is one's own.
    sheet.column_dimensions[get_column_letter(PLACE["place"])].hidden = scope == WorkbookFile.Scope.OWN
    sheet.column_dimensions[get_column_letter(PLACE["given"])].hidden = True
    return book


def prefilled_denominator(row: TargetEntry) -> Decimal | None:
    """Return the registered denominator, or a stock's last one (a population), for a row without a stored figure; None
    for others. Alone it is no figure."""
    return None if row.actual is not None else last_denominator(row)


def last_denominator(row: TargetEntry) -> Decimal | None:
    """Return the denominator that the registry has, else a stock's as last reported before the period; None where there
    is none."""
    if row.registered is not None:
        return row.registered.value
    known = row.target.rules.has_parts and row.target.timing == Timing.STOCK and row.before is not None
    if row.before is None or not known:
        return None
    return row.before.denominator or None


def given_words(
    numerator: Decimal | None = None,
    denominator: Decimal | None = None,
    value: Decimal | None = None,
    nothing_arose: bool = False,
    note: str = "",
) -> str:
    """Return the contents of a row's open cells as one text: the file carries it, so that the parser detects the cells
    that were filled in. A note is represented by its hash."""
    parts = [exact_text(part) or "" for part in (numerator, denominator, value)]
    return "|".join(
        [*parts, YES if nothing_arose else "", hashlib.sha256(note.encode()).hexdigest()[:12] if note else ""]
    )


def _given(row):
    return stored_words(row.actual) if row.actual else given_words(denominator=prefilled_denominator(row))


def stored_words(actual: Actual) -> str:
    """Return the same of a stored figure."""
    return given_words(
        actual.numerator, actual.denominator, actual.value, actual.nothing_arose, clean_text(actual.note)
    )


def _head(sheets, agency, period, scope, token):
    whose = agency.full_name
    if scope == WorkbookFile.Scope.BELOW:
        whose = f"Các đơn vị trực thuộc {agency.full_name}"
    elif scope == WorkbookFile.Scope.IN_PLACE:
        whose = f"Các đơn vị được {agency.full_name} làm thay"
    window = f"số liệu từ {formatting.date(period.window_first)} đến {formatting.date(period.window_last)}"
    nothing = "" if sheets else "Kỳ này đơn vị không có chỉ tiêu nào phải báo cáo; nhập ở trang sau. "
    return [
        (f"BIỂU NHẬP SỐ LIỆU {str(period).upper()}", True),
        (whose, True),
        (f"{period.plan.title}; {window}; hạn nộp hết ngày {formatting.date(period.due_on)}", False),
        (
            f"{nothing}Chỉ nhập vào ô nền vàng. Không nhập thông tin thuộc phạm vi bí mật nhà nước. Cách nhập: trang Hướng dẫn.",
            False,
        ),
        (f"Mã tệp: {token}", False),
    ]


def new_token(agency: Agency, period: ReportingPeriod, scope: str) -> Token:
    """Return the identity of a file that is made now."""
    return Token(VERSION, period.code, agency.code, scope, clock.now())


def _row(sheet, line, report, row, locked, rules, looks):
    target = row.target
    texts = {
        "agency": report.agency.code,
        "place": report.agency.place_name,
        "target": target.code,
        "label": target.label,
        "asked": asked(row),
        "previous": _said(row.previous, row.previous_month),
        "state": _state(report, row, locked),
        "given": _given(row),
    }
    cells = {key: looks.cell(sheet, text, alignment=style.TOP) for key, text in texts.items()}
    fillable = fields_of(row) if locked is None and not row.locked else ()
    for key, figure in _figures(row).items():
        if key == "note":
            look: dict[str, Any] = {"alignment": style.TOP}
        elif key == "nothing" or (key == "value" and target.rules.is_answer):
            look = {"alignment": style.MIDDLE}
        else:
            look = {"alignment": style.RIGHT, "number_format": NUMBER_FORMAT}
        if figure is not None and not isinstance(figure, str):
            figure = int(figure) if figure == int(figure) else figure
        cells[key] = looks.cell(sheet, figure, is_open=key in fillable, **look)
    cells["share"] = _share(sheet, line, target, looks)
    sheet.append([cells[key] for key in PLACE])
    for key in fillable:
        rules.add(key, row, cells[key])
    longest = max(len(target.label) / 42, len(texts["asked"]) / 46, len(texts["place"]) / 22, len(texts["state"]) / 24)
    looks.height(sheet, line, 15 * (int(longest) + 1) + 2)


def _share(sheet, line, target, looks):
    """Write the percentage as a formula."""
    if not target.rules.has_parts:
        return looks.cell(sheet, None, alignment=style.RIGHT)
    n, d = f"{_NUMERATOR}{line}", f"{_DENOMINATOR}{line}"
    cell = looks.cell(sheet, None, alignment=style.RIGHT, number_format='0.00"%"' if target.is_share else "#,##0.00")
    cell.value = f'=IF(AND(ISNUMBER({n}),ISNUMBER({d})),IF({d}>0,100*{n}/{d},""),"")'
    return cell


def fields_of(row: TargetEntry) -> tuple[str, ...]:
    """Return the keys of the columns in which a target is filled in."""
    return (*row.target.rules.parts, *(["nothing"] if row.allows_nothing else []), "note")


def asked(row: TargetEntry) -> str:
    """Return the instruction for a row in a sentence."""
    target = row.target
    when = {Timing.FLOW: "phát sinh trong kỳ", Timing.STOCK: "đến cuối kỳ", Timing.RATE: "trong kỳ"}[
        Timing(target.timing)
    ]
    return format_of(target.kind).asked(target, row.formula, when)


def _figures(row):
    actual = row.actual
    figures: dict[str, Decimal | str | None] = dict.fromkeys(FILLED_IN)
    if actual is None:
        figures["denominator"] = prefilled_denominator(row)
        return figures
    value = format_of(row.target.kind).cell(actual.value)
    figures |= {"numerator": actual.numerator, "denominator": actual.denominator, "value": value}
    if actual.nothing_arose:
        figures["nothing"] = YES
    figures["note"] = actual.note or None
    return figures


def _state(report, row, locked):
    if row.return_reason:
        return f"Bị trả lại: {row.return_reason}"
    if locked is not None:
        state = report.submission.state if report.submission else State.DRAFT
        return {State.SUBMITTED: "Đã nộp, chờ duyệt: khóa", State.APPROVED: "Đã duyệt: khóa"}.get(state, "Khóa")
    if row.locked:
        return row.locked
    return "Đã có số, chưa nộp" if row.actual is not None else "Chưa có số"


def _said(shown, month):
    if shown is None:
        return formatting.NONE
    share = f" ({formatting.percent(shown.share)})" if shown.share is not None else ""
    return f"{shown.text}{share}{f', {month}' if month else ''}"


class _Rules:
    """Excel's own checks: one for all cells alike, given as ranges (Excel fails on very long lists of them), with its
    formula written for the first."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self.open: dict[tuple[str, str, bool], tuple[DataValidation, list[list[int]]]] = {}
        self.all: list[tuple[str, DataValidation, list[list[int]]]] = []

    def add(self, key: str, row: TargetEntry, cell: Cell) -> None:
        """Note the check of a cell of a row."""
        kind = (key, row.target.kind, row.target.is_share)
        rule, ranges = self.open.get(kind, (None, []))
        if rule is not None and ranges[-1][1] == cell.row - 1:
            ranges[-1][1] = cell.row
            return
        if rule is None or len(ranges) == CELLS_IN_A_RULE:
            rule, ranges = self._rule(key, row, cell), []
            self.open[kind] = rule, ranges
            self.all.append((get_column_letter(cell.column), rule, ranges))
        ranges.append([cell.row, cell.row])

    def close(self) -> None:
        """Add the checks to the sheet."""
        for column, rule, ranges in self.all:
            rule.sqref = MultiCellRange(" ".join(f"{column}{first}:{column}{last}" for first, last in ranges))
            self.sheet.add_data_validation(rule)

    def _rule(self, key, row, cell):
        target = row.target
        if key == "nothing":
            return style.choice([YES], "Chọn Có nếu trong kỳ không phát sinh việc nào; nếu không thì để trống.")
        if key == "note":
            return style.rule("textLength", "lessThanOrEqual", "2000", None, "Giải trình dài nhất 2.000 ký tự.")
        kind = format_of(target.kind)
        if kind.choices:
            return style.choice(kind.choices, f"Chọn {' hoặc '.join(kind.choices)}.")
        other = PLACE["numerator"] if key == "denominator" else PLACE["denominator"]
        limit = kind.limit(key, cell.coordinate, f"{get_column_letter(other)}{cell.row}", target.is_share)
        return style.rule(*limit)


def _lay_out(sheet, header, last):
    style.protect(sheet, header, last, len(COLUMNS), frozen=PLACE["label"])
    # With optional decimals alone Excel shows "34." of a whole number.
    first, right = get_column_letter(PLACE["numerator"]), get_column_letter(PLACE["value"])
    top = f"{first}{header + 1}"
    whole = DifferentialStyle(numFmt=NumberFormat(numFmtId=WHOLE_FORMAT_ID, formatCode="#,##0"))
    rule = Rule(type="expression", dxf=whole, formula=[f"AND(ISNUMBER({top}),INT({top})={top})"])
    sheet.conditional_formatting.add(f"{top}:{right}{max(last, header + 1)}", rule)


GUIDE = [
    ("Cách nhập", ""),
    (
        "Ô nền vàng",
        "Chỉ các ô này nhận số. Ô xám là mã, tên và số để đối chiếu; đừng sửa mã. Sắp xếp lại dòng, đổi chỗ cột đều được.",
    ),
    (
        "Tử số, Mẫu số",
        "Luôn ở hai ô riêng. Không gõ 3/12 vào một ô: Excel biến thành ngày tháng. Hệ thống tự tính tỷ lệ.",
    ),
    (
        "Mẫu số có sẵn",
        "Mẫu số kỳ trước của chỉ tiêu ít thay đổi được điền sẵn. Sửa nếu đã khác; một mình nó chưa phải là số liệu.",
    ),
    ("Giá trị", "Số lượng, mức hoàn thành 0–100, hoặc chọn Có, Không trong danh sách."),
    (
        "Không phát sinh",
        "Chọn Có nếu trong kỳ không có việc nào; khi đó để trống tử số, mẫu số. Điều này khác với số 0 và khác với để trống.",
    ),
    ("Giải trình", "Một câu khi số tăng giảm khác thường; người duyệt sẽ đọc."),
    ("Ô để trống", "Không làm mất số đang lưu. Muốn xóa một số thì xóa trên trang nhập số liệu."),
    ("Phần thập phân", "Gõ số như Excel trên máy này vẫn nhận. Nếu gõ thành chữ thì viết 1.970 hoặc 78,65."),
    (
        "Gửi tệp",
        "Lưu tệp, vào lại trang đã tải tệp, chọn tệp rồi bấm Kiểm tra tệp. Hệ thống cho xem mọi thay đổi, bấm Ghi mới được lưu.",
    ),
    (
        "Khi có lỗi",
        "Không số nào được ghi. Mọi lỗi được liệt kê theo ô; tải lại chính tệp này với các ô lỗi được tô màu, sửa rồi gửi lại.",
    ),
    ("Nộp phiếu", "Ghi từ tệp mới là bản nháp. Đơn vị xem lại trên trang nhập số liệu rồi bấm Nộp phiếu."),
]
GUIDE_BELOW = (
    "Tệp của các xã",
    "Huyện nhập thay thì số nằm ở bản nháp của từng xã, ghi rõ ai nhập; xã xem lại và nộp phiếu. Phiếu đã nộp, đã duyệt bị khóa.",
)


def add_guide(book: Workbook, scope: str, more: Iterable[tuple[str, str]] = ()) -> None:
    """Add the last page, the guide; more: lines of the sheets beside the figures."""
    sheet = book.create_sheet(GUIDE_TITLE)
    lines = [*GUIDE, *([GUIDE_BELOW] if scope == WorkbookFile.Scope.BELOW else []), *more]
    for number, (name, text) in enumerate(lines, start=1):
        style.write(sheet, number, 1, name).font = style.font(bold=True, size=14 if number == 1 else 11)
        style.write(sheet, number, 2, text)
        for column in (1, 2):
            sheet.cell(number, column).alignment = style.TOP
        sheet.row_dimensions[number].height = 22 if number == 1 else 15 * (len(text) // 112 + 1) + 4
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 22, 100
    sheet.protection.sheet = True
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
