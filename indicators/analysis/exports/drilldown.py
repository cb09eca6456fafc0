"""A drill-down as a workbook: a row for each figure that counts, their sum, and the agencies that are missing."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

from openpyxl import Workbook

from core import formatting, tables
from core.tables import Cell, Column, Table, TableSheet
from indicators.analysis import narrative
from indicators.analysis.contributions import OTHERS
from indicators.analysis.drilldown import ContributingReport, Explanation
from indicators.models import Timing
from indicators.rules.nothing import NOTHING_WORDS, Nothing, states_nothing
from indicators.selection import Selection
from indicators.submissions.kinds import format_of
from indicators.targets import observations as observing
from indicators.targets import text
from indicators.targets.observations import Observed

# An agency, its code, and the reason for which it has no figure.
Absence = tuple[str, str, str]


class Figure(NamedTuple):
    """A line of the workbook: a report of a contributor, or (`report` None) the sum of those who are not shown."""

    name: str
    code: str
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    remark: str = ""
    report: ContributingReport | None = None


def make(selection: Selection, explanation: Explanation, *, timing: str, is_demo: bool) -> Workbook:
    """Return the workbook of an explanation: sheets *Số liệu* and *Chưa có số*. timing: the sentence on what its figure
    is made of."""
    head = _head(selection, explanation, timing, is_demo)
    total = ["Cộng", "", None, explanation.numerator, explanation.denominator, explanation.value]
    return tables.workbook(
        [
            TableSheet("Số liệu", head, OBSERVED, _observed(selection, explanation), total),
            TableSheet("Chưa có số", head, ABSENCES, _missing(explanation)),
            observing.legend(head[:2]),
        ]
    )


def _observed(selection: Selection, explanation: Explanation) -> Iterator[Observed[Figure]]:
    """Yield each figure with its status; the sum of those who are not shown is none of one reporter, and has none."""
    others, target, observations = explanation.others, explanation.target, observing.read(selection)
    for part in explanation.contributors:
        remark, agency = narrative.made_of(part), part.agency
        for report in part.reports:
            parts = report.numerator, report.denominator, report.value
            # A flow's figures are each of its own month.
            number = report.month if target.timing == Timing.FLOW else None
            status = observations.of(target, has_value=True, stale=part.is_carried, number=number)
            yield Observed(Figure(agency.full_name, agency.code, *parts, remark, report), status)
    if others.contributing:
        sums = others.numerator, others.denominator, others.value
        yield Observed(Figure(_others(others.contributing), "", *sums), None)


def _missing(explanation: Explanation) -> Iterator[Absence]:
    for absent in explanation.absent:
        yield absent.agency.full_name, absent.agency.code, narrative.absence(absent)
    for exempted in explanation.exempt:
        yield exempted.agency.full_name, exempted.agency.code, f"Được miễn. {narrative.exemption(exempted)}"
    for count, why in ((explanation.others.absent, "Chưa có số"), (explanation.others.exempt, "Được miễn")):
        if count:
            yield _others(count), "", why


def _others(count: int) -> str:
    return f"{OTHERS} ({formatting.number(count)} đơn vị)"


def _head(selection: Selection, explanation: Explanation, timing: str, is_demo: bool) -> list[str]:
    lines = [
        f"Giải thích {explanation.target.code} {explanation.target.label}",
        f"{explanation.node.name}, kỳ {selection.period}, {selection.basis.label.lower()}",
        timing,
        format_of(explanation.target.kind).added_up,
        narrative.reckoning(explanation),
        narrative.proof(explanation),
        narrative.report_counts(explanation),
        *filter(None, [narrative.prospect(explanation.target, explanation.row, explanation.prospect)]),
        f"Đánh giá theo {text.version(explanation.target)}.",
        f"Tổng hợp lúc {formatting.datetime(explanation.computed_at)}",
    ]
    return tables.head(lines, is_demo=is_demo)


def _of_report(value: Callable[[ContributingReport], Cell]) -> Callable[[Figure], Cell]:
    """Return the cell of a report, empty of a sum."""
    return lambda figure: None if figure.report is None else value(figure.report)


NOT_ARISEN = NOTHING_WORDS[Nothing.NOT_ARISEN]
FIGURES: Table[Figure] = Table(
    (
        Column("Đơn vị", 36, lambda figure: figure.name),
        Column("Mã", 12, lambda figure: figure.code),
        Column("Số của tháng", 10, _of_report(lambda report: report.month_cell)),
        Column("Tử số", 14, lambda figure: figure.numerator),
        Column("Mẫu số", 14, lambda figure: figure.denominator),
        Column("Giá trị", 14, lambda figure: figure.value),
        Column(NOT_ARISEN, 12, _of_report(lambda report: NOT_ARISEN.lower() if states_nothing(report) else "")),
        Column("Người nhập", 24, _of_report(lambda report: report.entered_by)),
        Column("Nhập lúc", 18, _of_report(lambda report: report.entered_at)),
        Column("Người duyệt", 24, _of_report(lambda report: report.approved_by if report.is_approved else "Chờ duyệt")),
        Column("Duyệt lúc", 18, _of_report(lambda report: report.approved_at)),
        Column("Mã phiếu", 18, _of_report(lambda report: report.receipt_code)),
        Column("Ghi chú", 36, lambda figure: figure.remark),
        Column("Giải trình", 40, _of_report(lambda report: report.note)),
    )
)
OBSERVED = observing.with_observation(FIGURES, carries=False)
ABSENCES: Table[Absence] = Table(
    (
        Column("Đơn vị", 36, lambda absence: absence[0]),
        Column("Mã", 12, lambda absence: absence[1]),
        Column("Vì sao", 80, lambda absence: absence[2]),
    )
)
