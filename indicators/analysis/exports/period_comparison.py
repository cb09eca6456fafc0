"""A change as a workbook: by cause, and every reporter's part by cause; the parts add up in both sheets."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from openpyxl import Workbook

from core import formatting, tables
from core.spreadsheet import read_at_line
from core.tables import Column, Table, TableSheet
from indicators.analysis import narrative
from indicators.analysis.contributions import decimal
from indicators.analysis.period_comparison import CauseLine, ComparedRow, Comparison
from indicators.rules.causes import Number, Share

# Digits after the point of a contribution: more than Excel keeps, so that the column adds up in it.
PLACES = 12


class CauseRow(NamedTuple):
    """A cause with what it moved; alone a change of the target itself."""

    cause: str
    agencies: int | None = None
    n: Decimal | None = None
    d: Decimal | None = None
    change: Decimal | None = None


class LineRow(NamedTuple):
    """A part of a reporter."""

    name: str
    code: str
    cause: str
    n: Decimal | None
    d: Decimal | None
    change: Decimal | None


CAUSES: Table[CauseRow] = Table(
    (
        Column("Nguyên nhân", 36, lambda row: row.cause),
        Column("Số đơn vị", 12, lambda row: row.agencies),
        Column("Tử số", 16, lambda row: row.n),
        Column("Mẫu số", 16, lambda row: row.d),
        Column("Đóng góp", 20, lambda row: row.change),
    )
)
LINES: Table[LineRow] = Table(
    (
        Column("Đơn vị", 36, lambda row: row.name),
        Column("Mã", 12, lambda row: row.code),
        Column("Nguyên nhân", 44, lambda row: row.cause),
        Column("Tử số", 16, lambda row: row.n),
        Column("Mẫu số", 16, lambda row: row.d),
        Column("Đóng góp", 20, lambda row: row.change),
    )
)


def make(comparison: Comparison, *, basis: str, is_demo: bool) -> Workbook:
    """Return the workbook of a comparison as its reader may see it, each agency by itself."""
    head, total = _head(comparison, basis, is_demo), [*_moved(comparison, comparison), _points(comparison.change)]
    return tables.workbook(
        [
            TableSheet("Theo nguyên nhân", head, CAUSES, _causes(comparison), ["Cộng", None, *total]),
            TableSheet("Theo đơn vị", head, LINES, _lines(comparison), ["Cộng", "", "", *total]),
        ]
    )


def _causes(comparison: Comparison) -> Iterator[CauseRow]:
    for line in comparison.causes:
        moved = _moved(comparison, line)
        yield CauseRow(narrative.CAUSES[line.cause], line.agencies, *moved, _points(line.change))
    for what, old, new in narrative.redefined(comparison):
        yield CauseRow(f"Chỉ tiêu đổi: {what}: {old} → {new}")


def _lines(comparison: Comparison) -> Iterator[LineRow]:
    for line in comparison.lines:
        name = line.name if not line.is_group else f"{line.name} ({formatting.number(line.agencies)} đơn vị)"
        for share in line.shares:
            cause_words, moved = narrative.share(line, share, comparison.label_of), _moved(comparison, share)
            yield LineRow(name, line.code, cause_words, *moved, _points(share.change))


def _head(comparison: Comparison, basis: str, is_demo: bool) -> list[str]:
    before, after = (narrative.said_side(comparison, side) for side in (comparison.before, comparison.after))
    lines = [
        f"Vì sao thay đổi: {comparison.code} {comparison.label}",
        f"{comparison.node_name}, {basis.lower()}: {after} so với {before}",
        narrative.change_headline(comparison),
        f"Đóng góp tính bằng {'điểm' if comparison.unit.startswith('%') else comparison.unit}.",
        read_at_line(),
    ]
    return tables.head(lines, is_demo=is_demo)


def _moved(
    comparison: Comparison, line: Comparison | CauseLine | ComparedRow | Share
) -> tuple[Decimal, Decimal | None]:
    """Return the movement of N and D; a kind without reported denominators has only the first column."""
    return decimal(line.n), decimal(line.d) if comparison.has_weights else None


def _points(change: Number | None) -> Decimal | None:
    return None if change is None else round(decimal(change), PLACES)
