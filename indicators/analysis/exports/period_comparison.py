"""A change as a workbook: by cause, and every reporter's part by cause; the parts add up in both sheets."""

from collections.abc import Iterator
from decimal import Decimal

from openpyxl import Workbook

from core import formatting
from core.spreadsheet import ILLUSTRATIVE, read_at_line, write_table
from indicators.analysis import narrative
from indicators.analysis.contributions import decimal
from indicators.analysis.period_comparison import CauseLine, ComparedRow, Comparison
from indicators.rules.causes import Number, Share

CAUSE_COLUMNS = {"Nguyên nhân": 36, "Số đơn vị": 12, "Tử số": 16, "Mẫu số": 16, "Đóng góp": 20}
LINE_COLUMNS = {"Đơn vị": 36, "Mã": 12, "Nguyên nhân": 44, "Tử số": 16, "Mẫu số": 16, "Đóng góp": 20}
# Digits after the point of a contribution: more than Excel keeps, so that the column adds up in it.
PLACES = 12


def make(comparison: Comparison, *, basis: str, illustrative: bool) -> Workbook:
    """Return the workbook of a comparison as its reader may see it, each agency by itself."""
    book = Workbook()
    head, total = _head(comparison, basis, illustrative), [*_moved(comparison, comparison), _points(comparison.change)]
    book.active.title = "Theo nguyên nhân"
    write_table(book.active, head, CAUSE_COLUMNS, _causes(comparison), ["Cộng", None, *total])
    write_table(book.create_sheet("Theo đơn vị"), head, LINE_COLUMNS, _lines(comparison), ["Cộng", "", "", *total])
    return book


def _causes(comparison: Comparison) -> Iterator[list]:
    for line in comparison.causes:
        yield [narrative.CAUSES[line.cause], line.agencies, *_moved(comparison, line), _points(line.change)]
    for what, old, new in narrative.redefined(comparison):
        yield [f"Mục tiêu đổi: {what}: {old} → {new}"]


def _lines(comparison: Comparison) -> Iterator[list]:
    for line in comparison.lines:
        name = line.name if not line.is_group else f"{line.name} ({formatting.number(line.agencies)} đơn vị)"
        for share in line.shares:
            yield [name, line.code, narrative.share(line, share), *_moved(comparison, share), _points(share.change)]


def _head(comparison: Comparison, basis: str, illustrative: bool) -> list[str]:
    before, after = (narrative.said_side(comparison, side) for side in (comparison.before, comparison.after))
    lines = [
        f"Vì sao thay đổi: {comparison.code} {comparison.label}",
        f"{comparison.node_name}, {basis.lower()}: {after} so với {before}",
        narrative.change_headline(comparison),
        f"Đóng góp tính bằng {'điểm' if comparison.unit.startswith('%') else comparison.unit}.",
        read_at_line(),
    ]
    return ([ILLUSTRATIVE] if illustrative else []) + lines


def _moved(
    comparison: Comparison, line: Comparison | CauseLine | ComparedRow | Share
) -> tuple[Decimal, Decimal | None]:
    """Return the movement of N and D; a kind without reported denominators has only the first column."""
    return decimal(line.n), decimal(line.d) if comparison.has_weights else None


def _points(change: Number | None) -> Decimal | None:
    return None if change is None else round(decimal(change), PLACES)
