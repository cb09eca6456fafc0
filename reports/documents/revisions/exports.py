"""The revisions of a target as a file, with exactly what its reader sees on the page."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.http import HttpResponseBase

from core import formatting, spreadsheet, tables
from core.tables import Cell, Column, Table, TableSheet
from indicators.models import Target
from indicators.selection import Selection
from indicators.targets import observations as observing
from indicators.targets.observations import Observed, with_observation
from reports.documents.revisions.queries import AgencyRevision, Revision

AnyRevision = TypeVar("AnyRevision", bound=Revision | AgencyRevision)


def answer(
    kind: str,
    selection: Selection,
    target: Target,
    rows: list[Revision],
    agencies: list[AgencyRevision],
    *,
    is_demo: bool,
) -> HttpResponseBase:
    """Return the revisions as a response, with those of the agencies: on a sheet of their own in a workbook, below the
    province's rows in a CSV. kind: xlsx or csv."""
    marked = "Số liệu minh họa, " if is_demo else ""
    name = f"{target.code}, {marked}điều chỉnh số liệu {selection.plan.year_code}.{kind}"
    if kind == "csv":
        same = {"Chỉ tiêu": target.code, "Đơn vị tính": target.unit, "Số liệu": selection.basis.label}
        both: list[Revision | AgencyRevision] = [*rows, *agencies]
        return OBSERVED.csv(name, _observed(selection, target, both), tables.same_columns(same, is_demo=is_demo))
    lines = [
        f"{target.code} {target.label}: điều chỉnh số liệu",
        f"Toàn tỉnh {selection.plan.short_name}, số {selection.basis.label.lower()}; đơn vị tính: {target.unit}",
        spreadsheet.read_at_line(),
    ]
    head = tables.head(lines, is_demo=is_demo)
    sheets: list[TableSheet[Any]] = [
        TableSheet("Điều chỉnh", head, with_observation(REVISIONS, carries=False), _observed(selection, target, rows)),
        TableSheet(
            "Số của đơn vị", head, with_observation(AGENCIES, carries=False), _observed(selection, target, agencies)
        ),
        observing.legend(head),
    ]
    return spreadsheet.workbook_response(tables.workbook(sheets), name)


def _observed(selection: Selection, target: Target, rows: Sequence[AnyRevision]) -> list[Observed[AnyRevision]]:
    """Return rows with the status of the value that each has now. One query."""
    observations = observing.read(selection)
    return [
        Observed(row, observations.of(target, has_value=row.has_value, stale=row.stale, number=row.period.number))
        for row in rows
    ]


def _report(revision: Revision) -> str:
    return revision.first.name if revision.first else "chưa phát hành"


REVISIONS: Table[Revision] = Table(
    (
        Column("Kỳ", 12, lambda revision: f"Tháng {revision.period.label}"),
        Column("Công bố lần đầu", 14, lambda revision: revision.first_value),
        Column("Báo cáo công bố", 50, _report),
        Column(
            "Ngày phát hành",
            14,
            lambda revision: formatting.local(revision.first.published_at).date() if revision.first else None,
        ),
        Column("Nay là", 14, lambda revision: revision.latest),
        Column("Chênh lệch", 14, lambda revision: revision.change if revision.is_revised else None),
        Column("Lý do", 70, lambda revision: "; ".join(revision.reasons)),
    ),
    wraps=True,
)
AGENCIES: Table[AgencyRevision] = Table(
    (
        Column("Kỳ", 12, lambda row: f"Tháng {row.period.label}"),
        Column("Đơn vị", 34, lambda row: row.agency),
        Column("Khi công bố", 18, lambda row: row.before or "chưa có"),
        Column("Nay là", 18, lambda row: row.now or "không còn"),
        Column("Báo cáo công bố", 50, lambda row: row.report),
        Column("Ngày phát hành", 14, lambda row: formatting.local(row.published_at).date()),
        Column("Lý do", 50, lambda row: row.reason),
    ),
    wraps=True,
)


def _of_province(value: Callable[[Revision], Cell]) -> Callable[[Revision | AgencyRevision], Cell]:
    """Return the cell of a column that is empty in the rows of agencies."""
    return lambda row: value(row) if isinstance(row, Revision) else None


def _of_agency(value: Callable[[AgencyRevision], Cell]) -> Callable[[Revision | AgencyRevision], Cell]:
    """Return the cell of a column that is empty in the province's rows."""
    return lambda row: value(row) if isinstance(row, AgencyRevision) else None


def _either(title: str) -> Callable[[Revision | AgencyRevision], Cell]:
    """Return the cell of a column that both tables have."""
    province = next(column.value for column in REVISIONS.columns if column.title == title)
    agency = next(column.value for column in AGENCIES.columns if column.title == title)
    return lambda row: province(row) if isinstance(row, Revision) else agency(row)


# Both in one file, the province's rows first: their columns stay where machines read them, and are empty in the others.
BOTH: Table[Revision | AgencyRevision] = Table(
    (
        Column("Kỳ", 12, _either("Kỳ")),
        Column("Công bố lần đầu", 14, _of_province(lambda revision: revision.first_value)),
        Column("Báo cáo công bố", 50, _either("Báo cáo công bố")),
        Column("Ngày phát hành", 14, _either("Ngày phát hành")),
        Column("Nay là", 14, _of_province(lambda revision: revision.latest)),
        Column("Chênh lệch", 14, _of_province(lambda revision: revision.change if revision.is_revised else None)),
        Column("Lý do", 70, _either("Lý do")),
        Column("Đơn vị", 34, lambda row: "Toàn tỉnh" if isinstance(row, Revision) else row.agency, is_late=True),
        Column("Số của đơn vị khi công bố", 18, _of_agency(lambda row: row.before or "chưa có"), is_late=True),
        Column("Số của đơn vị nay là", 18, _of_agency(lambda row: row.now or "không còn"), is_late=True),
    )
)
OBSERVED = with_observation(BOTH, carries=False)
