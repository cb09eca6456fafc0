"""A list of targets as files, in the order of its page: a workbook, and the same table as CSV."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.http import HttpResponseBase

from core import formatting, spreadsheet, tables
from core.tables import Column, Table, TableSheet
from indicators.selection import Selection
from indicators.targets import observations as observing
from reports.dashboards.queries.target_rows import TargetResult


def answer(
    kind: str,
    selection: Selection,
    about: str,
    lines: Sequence[TargetResult],
    computed_at: dt.datetime | None,
    *,
    is_demo: bool,
) -> HttpResponseBase:
    """Return the list as a response. kind: xlsx or csv; about: the agency or area of the figures; computed_at: the time of
    the roll-up."""
    period = selection.period
    marked = "Số liệu minh họa, " if is_demo else ""
    name = f"Chỉ tiêu, {marked}{about}, {period.short_name}.{kind}"
    made = formatting.datetime(computed_at)
    observations = observing.read(selection)
    observed = [observations.observed(line, line.target, line) for line in lines]
    if kind == "csv":
        same = {"Của": about, "Kỳ": period.code, "Số liệu": selection.basis.label, "Tổng hợp lúc": made}
        return OBSERVED.csv(name, observed, tables.same_columns(same, is_demo=is_demo))
    head = [
        f"{len(lines)} chỉ tiêu: {about}",
        f"Kỳ {period}, số {selection.basis.label.lower()}",
        f"Tổng hợp lúc {made}",
    ]
    head = tables.head(head, is_demo=is_demo)
    sheets: list[TableSheet] = [TableSheet("Chỉ tiêu", head, OBSERVED, observed), observing.legend(head)]
    return spreadsheet.workbook_response(tables.workbook(sheets), name)


def _remarks(line: TargetResult) -> str:
    remarks = [line.target.sum_words] if line.target.is_cumulative else []
    remarks += ["chưa đủ số liệu"] if line.is_thin else []
    remarks += [f"số cũ: {line.stale_since}"] if line.stale_since else []
    return ", ".join([*remarks, *line.remarks])


def threshold_of(line: TargetResult) -> Decimal | None:
    """Return the threshold of a row that is judged."""
    return line.target.threshold if line.is_judged else None


def comparator_of(line: TargetResult) -> str:
    """Return the comparator's words of a row that is judged."""
    return formatting.COMPARATOR_WORDS[line.target.comparator] if line.is_judged else ""


TARGETS: Table[TargetResult] = Table(
    (
        Column("Mã", 10, lambda line: line.target.code),
        Column("Chỉ tiêu", 60, lambda line: line.target.label),
        Column("Chủ trì", 36, lambda line: ", ".join(line.target.leads)),
        Column("Đơn vị tính", 14, lambda line: line.target.unit),
        Column("Giá trị", 14, lambda line: line.value),
        Column("So kỳ trước", 12, lambda line: line.change),
        Column("Cần đạt đến nay", 14, lambda line: line.required),
        Column("Ngưỡng", 12, threshold_of),
        Column("So sánh", 10, comparator_of),
        Column("Hạn", 12, lambda line: line.target.due),
        Column("Trạng thái", 20, lambda line: line.word),
        Column("Dự báo nếu giữ đà", 14, lambda line: line.forecast),
        Column("Dự báo thấp", 12, lambda line: line.band[0] if line.band else None),
        Column("Dự báo cao", 12, lambda line: line.band[1] if line.band else None),
        Column("Phải báo cáo", 10, lambda line: line.expected),
        Column("Đã nộp", 10, lambda line: line.reported),
        Column("Đã duyệt", 10, lambda line: line.approved),
        Column("Ghi chú", 28, _remarks),
        Column("Tử số", 14, lambda line: line.numerator, is_late=True),
        Column("Mẫu số", 14, lambda line: line.denominator, is_late=True),
    )
)
LATER: tuple[Column[TargetResult], ...] = (
    Column("Số kỳ đạt", 10, lambda line: line.points_held and line.points_held.good, is_late=True),
    Column("Số kỳ có số", 10, lambda line: line.points_held and line.points_held.total, is_late=True),
)
OBSERVED = observing.with_observation(TARGETS, later=LATER)
