"""An explanation as a workbook: a row for each figure that counts, their sum, and who is missing."""

from openpyxl import Workbook

from core import formatting
from core.spreadsheet import ILLUSTRATIVE, write_table
from indicators.analysis import narrative
from indicators.analysis.contributions import OTHERS
from indicators.targets import text

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
    head = _head(selection, found, timing, illustrative)
    total = ["Cộng", "", None, found.numerator, found.denominator, found.value]
    book.active.title = "Số liệu"
    write_table(book.active, head, COLUMNS, _figures(found), total)
    write_table(book.create_sheet("Chưa có số"), head, ABSENT_COLUMNS, _missing(found))
    return book


def _figures(found):
    others = found.others
    for part in found.contributors:
        yield from _part(part)
    if others.contributing:
        yield [_others(others.contributing), "", None, others.numerator, others.denominator, others.value]


def _missing(found):
    for absent in found.absent:
        yield [absent.agency.full_name, absent.agency.code, narrative.absence(absent)]
    for exempted in found.exempt:
        yield [exempted.agency.full_name, exempted.agency.code, f"Được miễn. {narrative.exemption(exempted)}"]
    for count, why in ((found.others.absent, "Chưa có số"), (found.others.exempt, "Được miễn")):
        if count:
            yield [_others(count), "", why]


def _others(count):
    return f"{OTHERS} ({formatting.number(count)} đơn vị)"


def _head(selection, found, timing, illustrative):
    lines = [
        f"Giải thích {found.target.code} {found.target.label}",
        f"{found.node.name}, kỳ tháng {selection.period.number} năm {selection.plan.year}, {selection.basis.label.lower()}",
        timing,
        narrative.ADDED_UP[found.target.kind],
        narrative.reckoning(found),
        narrative.proof(found),
        narrative.asked(found),
        *filter(None, [narrative.prospect(found.target, found.row, found.prospect)]),
        f"Đánh giá theo {text.version(found.target)}.",
        f"Tổng hợp lúc {formatting.datetime(found.made_at)}",
    ]
    return ([ILLUSTRATIVE] if illustrative else []) + lines


def _part(part):
    remark = narrative.made_of(part)
    for report in part.reports:
        yield [
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
        ]
