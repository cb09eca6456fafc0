"""The agencies that are behind on a charge's targets as a workbook and as CSV, one row an agency and target."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpResponseBase

from core import spreadsheet, tables
from core.spreadsheet import read_at_line
from core.tables import Column, Table, TableSheet
from indicators.models import Charge, Target
from indicators.selection import Selection
from indicators.targets import observations as observing
from indicators.targets.charges.queries import BehindAgency
from indicators.targets.observations import Observed
from reports.dashboards.queries.charge import ChargeOverview


@dataclass(frozen=True)
class BehindRow:
    """An agency and one of the targets on which it is behind. value, required: None where it has not reported; is_small: as in
    `UnderLine`."""

    behind: BehindAgency
    target: Target
    value: Decimal | None = None
    required: Decimal | None = None
    is_small: bool = False

    @property
    def why(self) -> str:
        return "chưa báo cáo" if self.value is None else "dưới mức cần đạt"


def answer(
    kind: str, selection: Selection, charge: Charge, overview: ChargeOverview, *, is_demo: bool
) -> HttpResponseBase:
    """Return the agencies as a response. kind: xlsx or csv."""
    period, observations = selection.period, observing.read(selection)
    # An agency that has not reported is behind without a value; one that has reported is not stale.
    rows = [
        Observed(row, observations.of(row.target, has_value=row.value is not None, stale=False))
        for row in _rows(overview)
    ]
    marked = "Số liệu minh họa, " if is_demo else ""
    name = f"Đôn đốc nhiệm vụ {charge.code}, {marked}{period.short_name}.{kind}"
    if kind == "csv":
        same = {"Nhiệm vụ": charge.code, "Kỳ": period.code, "Số liệu": selection.basis.label}
        return OBSERVED.csv(name, rows, tables.same_columns(same, is_demo=is_demo))
    lines = [
        f"Đôn đốc nhiệm vụ {charge.code}: {charge.title}",
        f"Căn cứ: {charge.legal_ground}",
        f"Kỳ {period}, số {selection.basis.label.lower()}",
        read_at_line(),
    ]
    head = tables.head(lines, is_demo=is_demo)
    sheets: list[TableSheet] = [TableSheet("Cần đôn đốc", head, OBSERVED, rows), observing.legend(head)]
    return spreadsheet.workbook_response(tables.workbook(sheets), name)


def _rows(overview: ChargeOverview) -> Iterator[BehindRow]:
    for behind in overview.behind:
        yield from (BehindRow(behind, target) for target in behind.unreported)
        yield from (BehindRow(behind, each.target, each.value, each.required, each.is_small) for each in behind.under)


ROWS: Table[BehindRow] = Table(
    (
        Column("Đơn vị", 40, lambda row: row.behind.agency.full_name),
        Column("Mã đơn vị", 12, lambda row: row.behind.agency.code),
        Column("Chỉ tiêu", 10, lambda row: row.target.code),
        Column("Tên chỉ tiêu", 60, lambda row: row.target.label),
        Column("Vì sao", 18, lambda row: row.why),
        Column("Kết quả", 12, lambda row: row.value),
        Column("Cần đạt đến nay", 12, lambda row: row.required),
        Column("Đơn vị tính", 14, lambda row: row.target.unit),
        Column("Nhắc lúc", 18, lambda row: row.behind.reminder.at if row.behind.reminder else None),
        Column("Người nhắc", 24, lambda row: str(row.behind.reminder.by or "") if row.behind.reminder else ""),
        Column("Lưu ý về số", 12, lambda row: "mẫu nhỏ" if row.is_small else "", is_late=True),
    )
)
OBSERVED = observing.with_observation(ROWS, carries=False)
