"""A target as a file: its nodes as the page lists them, and the year of the chosen one as a workbook; as CSV the
nodes."""

from typing import NamedTuple

from django.http import HttpResponseBase

from core import formatting, spreadsheet, tables
from core.tables import Column, Table, TableSheet
from indicators.analysis.nodes import NodeRow
from indicators.analysis.target_detail import Month, TargetPage
from indicators.models import Target, Timing
from indicators.rules.nothing import NOTHING_WORDS
from indicators.selection import Selection
from indicators.targets import metadata
from indicators.targets import observations as observing
from indicators.targets.observations import Observations, Observed


def answer(kind: str, selection: Selection, page: TargetPage, *, is_demo: bool) -> HttpResponseBase:
    """Return the page's tables as a response, in the page's order. kind: xlsx, or csv (the nodes alone)."""
    target, period = page.target, selection.period
    marked = "Số liệu minh họa, " if is_demo else ""
    name = f"{target.code}, {marked}{page.node.name}, {period.short_name}.{kind}"
    made = formatting.datetime(page.computed_at)
    observations = observing.read(selection)
    nodes = [
        observations.observed(NodeLine(target, section.title, row), target, row)
        for section in page.sections
        for row in section.rows
    ]
    if kind == "csv":
        same = {"Chỉ tiêu": target.code, "Đơn vị tính": target.unit, "Kỳ": period.code}
        same |= {"Số liệu": selection.basis.label, "Tổng hợp lúc": made}
        return OBSERVED_NODES.csv(name, nodes, tables.same_columns(same, is_demo=is_demo))
    lines = [
        f"{target.code} {target.label}",
        f"Kỳ {period}, số {selection.basis.label.lower()}; đơn vị tính: {target.unit}",
        f"Tổng hợp lúc {made}",
    ]
    head = tables.head(lines, is_demo=is_demo)
    sheets: list[TableSheet] = [
        TableSheet("Cấp và địa bàn", head, OBSERVED_NODES, nodes),
        TableSheet("Từng tháng", [*head, page.node.name], OBSERVED_MONTHS, _observed_months(observations, page)),
        TableSheet("Mô tả", head[: len(head) - 2], METADATA, metadata.described(target)),
        observing.legend(head[: len(head) - 2]),
    ]
    return spreadsheet.workbook_response(tables.workbook(sheets), name)


def _observed_months(observations: Observations, page: TargetPage) -> list[Observed[Month]]:
    return [
        Observed(
            month,
            observations.of(page.target, has_value=month.value is not None, stale=month.stale, number=month.number),
        )
        for month in page.months
    ]


class NodeLine(NamedTuple):
    """A node's row under the title of its section."""

    target: Target
    title: str
    row: NodeRow

    @property
    def remarks(self) -> str:
        """Return the remarks on the figure, in words."""
        row = self.row
        over_plan = " từ đầu kế hoạch" if self.target.accumulates_over_plan else ""
        remarks = [f"lũy kế{over_plan}"] if self.target.timing == Timing.FLOW and row.value is not None else []
        remarks += ["chưa đủ số liệu"] if row.is_thin else []
        remarks += ["có số cũ hoặc thiếu kỳ"] if row.stale and row.value is not None else []
        return ", ".join([*remarks, *row.remarks])


def _month_remarks(month: Month) -> str:
    remarks = [NOTHING_WORDS[month.nothing].lower()] if month.nothing else []
    remarks += ["mang sang"] if month.is_carried else []
    remarks += ["chưa đủ số liệu"] if month.thin else []
    remarks += [f"gián đoạn: {month.series_break.sentence}"] if month.series_break else []
    if month.nothing_in_period and month.nothing_in_period != month.nothing:
        remarks.append(f"trong kỳ: {NOTHING_WORDS[month.nothing_in_period].lower()}")
    return ", ".join(remarks)


NODES: Table[NodeLine] = Table(
    (
        Column("Nhóm", 20, lambda line: line.title or "Toàn tỉnh"),
        Column("Địa bàn, đơn vị", 40, lambda line: line.row.node.name),
        Column("Mã", 14, lambda line: line.row.node.agency.code if line.row.node.agency else ""),
        Column("Tử số", 14, lambda line: line.row.numerator),
        Column("Mẫu số", 14, lambda line: line.row.denominator),
        Column("Giá trị", 14, lambda line: line.row.value),
        Column("So kỳ trước", 12, lambda line: line.row.change),
        Column("Cần đạt đến nay", 14, lambda line: line.row.required),
        Column("Trạng thái", 20, lambda line: line.row.word),
        Column("Dự báo nếu giữ đà", 14, lambda line: line.row.forecast),
        Column("Phải báo cáo", 10, lambda line: line.row.expected),
        Column("Đã nộp", 10, lambda line: line.row.reported),
        Column("Đã duyệt", 10, lambda line: line.row.approved),
        Column("Ghi chú", 36, lambda line: line.remarks),
    )
)
MONTHS: Table[Month] = Table(
    (
        Column("Kỳ", 12, lambda month: f"Tháng {month.label}"),
        Column("Giá trị", 14, lambda month: month.value),
        Column("Trong kỳ", 14, lambda month: month.in_period),
        Column("Cần đạt", 14, lambda month: month.required),
        Column("Tử số", 14, lambda month: month.numerator),
        Column("Mẫu số", 14, lambda month: month.denominator),
        Column("Ghi chú", 36, _month_remarks),
    )
)
LATER: tuple[Column[NodeLine], ...] = (
    Column("Dự báo thấp", 12, lambda line: line.row.forecast_low, is_late=True),
    Column("Dự báo cao", 12, lambda line: line.row.forecast_high, is_late=True),
    Column("Số kỳ đạt", 10, lambda line: line.row.points_held and line.row.points_held.good, is_late=True),
    Column("Số kỳ có số", 10, lambda line: line.row.points_held and line.row.points_held.total, is_late=True),
)
OBSERVED_NODES = observing.with_observation(NODES, later=LATER)
OBSERVED_MONTHS = observing.with_observation(MONTHS, carries=False)
METADATA: Table[metadata.Described] = Table(
    (Column("Mục", 22, lambda field: field.label), Column("Nội dung", 110, lambda field: field.shown)), wraps=True
)
