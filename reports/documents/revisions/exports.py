"""The revisions of a target as a file, with exactly what its reader sees on the page."""

from typing import Any

from django.http import HttpResponseBase

from core import formatting, spreadsheet, tables
from core.tables import Column, Table, TableSheet
from indicators.models import Target
from indicators.selection import Selection
from reports.documents.revisions.queries import AgencyRevision, Revision


def answer(
    kind: str,
    selection: Selection,
    target: Target,
    rows: list[Revision],
    agencies: list[AgencyRevision],
    *,
    is_demo: bool,
) -> HttpResponseBase:
    """Return the table as a response; a workbook has a sheet of the agencies too. kind: xlsx or csv."""
    marked = "Số liệu minh họa, " if is_demo else ""
    name = f"{target.code}, {marked}điều chỉnh số liệu {selection.plan.year}.{kind}"
    if kind == "csv":
        same = {"Mục tiêu": target.code, "Đơn vị tính": target.unit, "Số liệu": selection.basis.label}
        return REVISIONS.csv(name, rows, tables.same_columns(same, is_demo=is_demo))
    lines = [
        f"{target.code} {target.label}: điều chỉnh số liệu",
        f"Toàn tỉnh năm {selection.plan.year}, số {selection.basis.label.lower()}; đơn vị tính: {target.unit}",
        spreadsheet.read_at_line(),
    ]
    head = tables.head(lines, is_demo=is_demo)
    sheets: list[TableSheet[Any]] = [
        TableSheet("Điều chỉnh", head, REVISIONS, rows),
        TableSheet("Số của đơn vị", head, AGENCIES, agencies),
    ]
    return spreadsheet.workbook_response(tables.workbook(sheets), name)


def _report(revision: Revision) -> str:
    return revision.first.name if revision.first else "chưa phát hành"


REVISIONS: Table[Revision] = Table(
    (
        Column("Kỳ", 12, lambda revision: f"Tháng {revision.period.number}"),
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
        Column("Kỳ", 12, lambda row: f"Tháng {row.period.number}"),
        Column("Đơn vị", 34, lambda row: row.agency),
        Column("Khi công bố", 18, lambda row: row.before or "chưa có"),
        Column("Nay là", 18, lambda row: row.now or "không còn"),
        Column("Báo cáo công bố", 50, lambda row: row.report),
        Column("Ngày phát hành", 14, lambda row: formatting.local(row.published_at).date()),
        Column("Lý do", 50, lambda row: row.reason),
    ),
    wraps=True,
)
