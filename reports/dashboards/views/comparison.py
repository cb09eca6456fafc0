"""The comparison of one target at the districts or at up to five agencies: the page, and its content as files."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agencies.http import SignedInRequest
from core import formatting, spreadsheet, tables
from core.tables import Column, Table, TableSheet
from indicators.models import ReportingPeriod
from indicators.selection import Selection, select
from indicators.targets import observations as observing
from reports.dashboards.exports.matrix import UNASSIGNED, VALUE_NOTE, value_of
from reports.dashboards.exports.target_rows import comparator_of, threshold_of
from reports.dashboards.queries import comparison
from reports.dashboards.queries.comparison import MOST_AGENCIES, SORTS
from reports.dashboards.queries.matrix import Cell
from reports.dashboards.queries.target_rows import TargetLine
from reports.dashboards.queries.timeliness import AgencyRef


@require_safe
def page(request: SignedInRequest) -> HttpResponse:
    """Show the comparison. `muc-tieu`: a target's code; `co-quan`: codes of agencies, separated by commas; `them`: one
    more, by code or name."""
    selection, shown = _comparison(request)
    context = {
        "selection": selection,
        "comparison": shown,
        "target": shown.target,
        "sorts": SORTS.items(),
        "sort": request.GET.get("xep", "tot"),
        "chips": [(agency, shown.without(agency)) for agency in shown.chosen],
        "most": MOST_AGENCIES,
    }
    return render(request, "reports/dashboards/comparison.html", context)


@require_safe
def file(request: SignedInRequest, kind: str) -> HttpResponseBase:
    """Download the rows of the page as XLSX or CSV; with chosen agencies the workbook also has all their targets."""
    if kind not in ("xlsx", "csv"):
        raise Http404("Không có loại tệp này.")
    selection, shown = _comparison(request)
    is_demo = selection.plan.is_demo
    marked = "Số liệu minh họa, " if is_demo else ""
    period = selection.period
    name = f"So sánh {shown.target.code}, {marked}{period.short_name}.{kind}"
    columns = _table(shown, [p for p in selection.periods if p.number <= period.number])
    table = observing.with_observation(columns, later=LATER)
    observations = observing.read(selection)
    rows = [observations.observed(row, row.line.target, row.line) for row in shown.rows]
    computed_at = formatting.datetime(shown.freshness.computed_at)
    if kind == "csv":
        same = {"Chỉ tiêu": shown.target.code, "Đơn vị tính": shown.target.unit, "Kỳ": period.code}
        same |= {"Số liệu": selection.basis.label, "Tổng hợp lúc": computed_at}
        return table.csv(name, rows, tables.same_columns(same, is_demo=is_demo))
    basis = f"Kỳ {period}, số {selection.basis.label.lower()}"
    about = [basis, f"Tổng hợp lúc {computed_at}"]
    title = f"{shown.target.code} {shown.target.label} ({shown.target.unit})"
    sheets: list[TableSheet] = [TableSheet("Một chỉ tiêu", tables.head([title, *about], is_demo=is_demo), table, rows)]
    if shown.chosen:
        lines = ["Mọi chỉ tiêu của các đơn vị đã chọn", *about, VALUE_NOTE]
        head = tables.head(lines, is_demo=is_demo)
        sheets.append(TableSheet("Mọi chỉ tiêu", head, _wide_table(shown, lambda cell, _: value_of(cell)), shown.table))
        codes = _wide_table(shown, observing.code_of(observations))
        sheets.append(TableSheet("Mọi chỉ tiêu, quan sát", head, codes, shown.table))
    sheets.append(observing.legend(tables.head(about, is_demo=is_demo)))
    return spreadsheet.workbook_response(tables.workbook(sheets), name)


# Columns that came after the others were read by machines.
LATER: tuple[Column[comparison.Compared], ...] = (
    Column("Dự báo thấp", 12, lambda row: row.line.forecast_low, is_late=True),
    Column("Dự báo cao", 12, lambda row: row.line.forecast_high, is_late=True),
    Column("Ghi chú", 24, lambda row: ", ".join(row.line.remarks), is_late=True),
)


def _table(shown: comparison.Comparison, periods: Sequence[ReportingPeriod]) -> Table[comparison.Compared]:
    """Return the table of one target: a row for each agency, with a column for each month."""

    def month(index: int, period: ReportingPeriod) -> Column[comparison.Compared]:
        return Column(f"T{period.label}", 10, lambda row: row.line.history[index])

    return Table(
        (
            Column("Đơn vị", 36, lambda row: row.name),
            Column("Mã", 12, lambda row: row.agency.code),
            Column("Giá trị", 14, lambda row: row.line.value),
            Column("So kỳ trước", 14, lambda row: row.line.change),
            Column("Cần đạt đến nay", 14, lambda row: row.line.required),
            Column("Trạng thái", 20, lambda row: row.line.word),
            Column("Dự báo nếu giữ đà", 14, lambda row: row.line.forecast),
            Column("Đơn vị đã tính", 12, lambda row: row.line.counted),
            Column("Đơn vị phải báo cáo", 12, lambda row: row.line.expected),
            *(month(index, period) for index, period in enumerate(periods)),
            Column("Ngưỡng", 12, lambda row: threshold_of(row.line), is_late=True),
            Column("So sánh", 10, lambda row: comparator_of(row.line), is_late=True),
            Column("Đã nộp", 10, lambda row: row.line.reported, is_late=True),
            Column("Đã duyệt", 10, lambda row: row.line.approved, is_late=True),
            Column("Tử số", 14, lambda row: row.line.numerator, is_late=True),
            Column("Mẫu số", 14, lambda row: row.line.denominator, is_late=True),
            Column("Tháng mang sang", 16, lambda row: row.line.carried_words, is_late=True),
        )
    )


def _wide_table(
    shown: comparison.Comparison, told: Callable[[Cell, TargetLine], str | Decimal]
) -> Table[comparison.TargetRow]:
    """Return the table of all targets: a column for each of the chosen agencies. told: what stands in a cell."""

    def value(row: comparison.TargetRow, index: int) -> str | Decimal:
        cell = row.cells[index]
        return UNASSIGNED if cell is None else told(cell, row.target)

    def agency(index: int, ref: AgencyRef) -> Column[comparison.TargetRow]:
        return Column(f"{ref.place_name} ({ref.code})", 18, lambda row: value(row, index))

    return Table(
        (
            Column("Mã", 10, lambda row: row.target.code),
            Column("Chỉ tiêu", 60, lambda row: row.target.label),
            Column("Đơn vị tính", 14, lambda row: row.target.unit),
            *(agency(index, ref) for index, ref in enumerate(shown.chosen)),
        )
    )


def _comparison(request: SignedInRequest) -> tuple[Selection, comparison.Comparison]:
    """Return the selection and the comparison for an address. Raises Http404 for what does not exist."""
    selection, query = select(request), request.GET
    codes = [code for given in query.getlist("co-quan") for code in given.split(",") if code]
    if len(set(codes)) > MOST_AGENCIES:
        raise Http404("So sánh nhiều nhất năm đơn vị một lần.")
    shown = comparison.comparison(
        selection,
        request.user,
        target=query.get("muc-tieu", ""),
        agencies=codes,
        added=query.get("them", "")[:200],
        sort=query.get("xep", "tot"),
    )
    if shown is None:
        raise Http404("Không có chỉ tiêu, đơn vị hoặc cách xếp này.")
    return selection, shown
