"""An explanation as a workbook: a row for each figure that counts, their sum, and who is missing. Numbers are numbers; every
word is a string, also one that begins like a formula."""

import datetime as dt
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from chuyendoiso import formatting
from indicators import wording
from indicators.builders import OTHERS

COLUMNS = {
    "Đơn vị": 36,
    "Mã": 12,
    "Số của tháng": 10,
    "Tử số": 14,
    "Mẫu số": 14,
    "Giá trị": 14,
    "Không phát sinh": 12,
    "Người nhập": 24,
    "Nhập lúc": 18,
    "Người duyệt": 24,
    "Duyệt lúc": 18,
    "Mã phiếu": 18,
    "Ghi chú": 36,
    "Giải trình": 40,
}
ABSENT_COLUMNS = {"Đơn vị": 36, "Mã": 12, "Vì sao": 80}


def make(selection, found, *, timing: str, illustrative: bool) -> Workbook:
    """The workbook of an `explanation.Explanation`: sheets *Số liệu* and *Chưa có số*. timing: what its figure is made of."""
    book = Workbook()
    figures = book.active
    figures.title = "Số liệu"
    head = _head(selection, found, timing, illustrative)
    first = begin(figures, head, COLUMNS)
    for part in found.contributors:
        _part(figures, part)
    if found.others.contributing:
        name = f"{OTHERS} ({formatting.number(found.others.contributing)} đơn vị)"
        others = found.others
        append(figures, [name, "", None, others.numerator, others.denominator, others.value])
    append(figures, ["Cộng", "", None, found.numerator, found.denominator, found.value])
    for cell in figures[figures.max_row]:
        cell.font = Font(bold=True)
    lay_out(figures, first, COLUMNS)
    missing = book.create_sheet("Chưa có số")
    first = begin(missing, head, ABSENT_COLUMNS)
    for absent in found.absent:
        append(missing, [absent.agency.full_name, absent.agency.code, wording.absence(absent)])
    for exempted in found.exempt:
        append(missing, [exempted.agency.full_name, exempted.agency.code, f"Được miễn. {wording.exemption(exempted)}"])
    for count, why in ((found.others.absent, "Chưa có số"), (found.others.exempt, "Được miễn")):
        if count:
            append(missing, [f"{OTHERS} ({formatting.number(count)} đơn vị)", "", why])
    lay_out(missing, first, ABSENT_COLUMNS)
    return book


def _head(selection, found, timing, illustrative):
    lines = [
        f"Giải thích {found.target.code} {found.target.label}",
        f"{found.node.name}, kỳ tháng {selection.period.number} năm {selection.plan.year}, {selection.basis.label.lower()}",
        timing,
        wording.ADDED_UP[found.target.kind],
        wording.reckoning(found),
        wording.proof(found),
        wording.asked(found),
        *filter(None, [wording.prospect(found.target, found.row, found.prospect)]),
        f"Đánh giá theo {wording.version(found.target)}.",
        f"Tổng hợp lúc {formatting.datetime(found.made_at)}",
    ]
    return (["SỐ LIỆU MINH HỌA"] if illustrative else []) + lines


def begin(sheet, head, columns):
    """Write the head and the header row; the number of the first row below."""
    for line in head:
        append(sheet, [line])
        sheet.cell(sheet.max_row, 1).font = Font(bold=sheet.max_row == 1)
    append(sheet, list(columns))
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    return sheet.max_row + 1


def _part(sheet, part):
    remark = wording.made_of(part)
    for report in part.reports:
        append(
            sheet,
            [
                part.agency.full_name,
                part.agency.code,
                report.month,
                report.numerator,
                report.denominator,
                report.value,
                "không phát sinh" if report.nothing_arose else "",
                report.entered_by,
                report.entered_at,
                report.approved_by if report.is_approved else "Chờ duyệt",
                report.approved_at,
                report.receipt_code,
                remark,
                report.note,
            ],
        )


def append(sheet, values):
    """Write a row below the last one: numbers as numbers, words as words, never as a formula."""
    row = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    for column, value in enumerate(values, 1):
        if value is None or value == "":
            continue
        cell = sheet.cell(row, column)
        if isinstance(value, str):
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
            # openpyxl takes "=…" for a formula; here it is somebody's words (a formula would run at the reader's).
            cell.data_type = "s"
        elif isinstance(value, dt.datetime):
            cell.value = formatting.local(value).replace(tzinfo=None)
            cell.number_format = "dd/mm/yyyy hh:mm"
        else:
            cell.value = int(value) if value == int(value) else value
            cell.number_format = "#,##0" if value == int(value) else "#,##0.######"
            if isinstance(value, Decimal):
                cell.alignment = Alignment(horizontal="right")


def lay_out(sheet, first, columns):
    """Widths, the header that stays in sight and on every printed page, one page wide."""
    for place, width in enumerate(columns.values(), 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = sheet.cell(first, 2)
    sheet.print_title_rows = f"{first - 1}:{first - 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "Trang &P/&N"
