"""A drill-down as a workbook: a row for each figure that counts, their sum, and the agencies that are missing."""

from collections.abc import Iterator

from openpyxl import Workbook

from core import formatting
from core.spreadsheet import ILLUSTRATIVE, write_table
from indicators.analysis import narrative
from indicators.analysis.contributions import OTHERS
from indicators.analysis.drilldown import Contributor, Explanation
from indicators.rules.nothing import NOTHING_WORDS, Nothing, states_nothing
from indicators.selection import Selection
from indicators.submissions.kinds import format_of
from indicators.targets import text

COLUMNS = {
    "Đơn vị": 36,
    "Mã": 12,
    "Số của tháng": 10,
    "Tử số": 14,
    "Mẫu số": 14,
    "Giá trị": 14,
    NOTHING_WORDS[Nothing.NOT_ARISEN]: 12,
    "Người nhập": 24,
    "Nhập lúc": 18,
    "Người duyệt": 24,
    "Duyệt lúc": 18,
    "Mã phiếu": 18,
    "Ghi chú": 36,
    "Giải trình": 40,
}
ABSENT_COLUMNS = {"Đơn vị": 36, "Mã": 12, "Vì sao": 80}


def make(selection: Selection, explanation: Explanation, *, timing: str, illustrative: bool) -> Workbook:
    """Return the workbook of an explanation: sheets *Số liệu* and *Chưa có số*. timing: the sentence on what its figure
    is made of."""
    book = Workbook()
    head = _head(selection, explanation, timing, illustrative)
    total = ["Cộng", "", None, explanation.numerator, explanation.denominator, explanation.value]
    book.active.title = "Số liệu"
    write_table(book.active, head, COLUMNS, _figures(explanation), total)
    write_table(book.create_sheet("Chưa có số"), head, ABSENT_COLUMNS, _missing(explanation))
    return book


def _figures(explanation: Explanation) -> Iterator[list]:
    others = explanation.others
    for part in explanation.contributors:
        yield from _part(part)
    if others.contributing:
        yield [_others(others.contributing), "", None, others.numerator, others.denominator, others.value]


def _missing(explanation: Explanation) -> Iterator[list]:
    for absent in explanation.absent:
        yield [absent.agency.full_name, absent.agency.code, narrative.absence(absent)]
    for exempted in explanation.exempt:
        yield [exempted.agency.full_name, exempted.agency.code, f"Được miễn. {narrative.exemption(exempted)}"]
    for count, why in ((explanation.others.absent, "Chưa có số"), (explanation.others.exempt, "Được miễn")):
        if count:
            yield [_others(count), "", why]


def _others(count: int) -> str:
    return f"{OTHERS} ({formatting.number(count)} đơn vị)"


def _head(selection: Selection, explanation: Explanation, timing: str, illustrative: bool) -> list[str]:
    lines = [
        f"Giải thích {explanation.target.code} {explanation.target.label}",
        f"{explanation.node.name}, kỳ tháng {selection.period.number} năm {selection.plan.year}, {selection.basis.label.lower()}",
        timing,
        format_of(explanation.target.kind).added_up,
        narrative.reckoning(explanation),
        narrative.proof(explanation),
        narrative.asked(explanation),
        *filter(None, [narrative.prospect(explanation.target, explanation.row, explanation.prospect)]),
        f"Đánh giá theo {text.version(explanation.target)}.",
        f"Tổng hợp lúc {formatting.datetime(explanation.computed_at)}",
    ]
    return ([ILLUSTRATIVE] if illustrative else []) + lines


def _part(part: Contributor) -> Iterator[list]:
    remark = narrative.made_of(part)
    for report in part.reports:
        yield [
            part.agency.full_name,
            part.agency.code,
            report.month,
            report.numerator,
            report.denominator,
            report.value,
            NOTHING_WORDS[Nothing.NOT_ARISEN].lower() if states_nothing(report) else "",
            report.entered_by,
            report.entered_at,
            report.approved_by if report.is_approved else "Chờ duyệt",
            report.approved_at,
            report.receipt_code,
            remark,
            report.note,
        ]
