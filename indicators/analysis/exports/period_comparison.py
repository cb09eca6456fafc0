"""Why a value changed, as a workbook: by cause, and every reporter's part by cause; the parts add up in both sheets."""

from openpyxl import Workbook

from core import formatting
from core.spreadsheet import ILLUSTRATIVE, read_at_line, write_table
from indicators.analysis import narrative
from indicators.analysis.contributions import decimal

CAUSE_COLUMNS = {"Nguyên nhân": 36, "Số đơn vị": 12, "Tử số": 16, "Mẫu số": 16, "Đóng góp": 20}
LINE_COLUMNS = {"Đơn vị": 36, "Mã": 12, "Nguyên nhân": 44, "Tử số": 16, "Mẫu số": 16, "Đóng góp": 20}
# Digits after the point of a contribution: more than Excel keeps, so that the column adds up in it.
PLACES = 12


def make(found, *, basis: str, illustrative: bool) -> Workbook:
    """The workbook of a `comparison.Comparison` as its reader may see it, each agency by itself."""
    book = Workbook()
    head, total = _head(found, basis, illustrative), [*_moved(found, found), _points(found.change)]
    book.active.title = "Theo nguyên nhân"
    write_table(book.active, head, CAUSE_COLUMNS, _causes(found), ["Cộng", None, *total])
    write_table(book.create_sheet("Theo đơn vị"), head, LINE_COLUMNS, _lines(found), ["Cộng", "", "", *total])
    return book


def _causes(found):
    for line in found.causes:
        yield [narrative.CAUSES[line.cause], line.agencies, *_moved(found, line), _points(line.change)]
    for what, old, new in narrative.redefined(found):
        yield [f"Mục tiêu đổi: {what}: {old} → {new}"]


def _lines(found):
    for line in found.lines:
        name = line.name if not line.is_group else f"{line.name} ({formatting.number(line.agencies)} đơn vị)"
        for share in line.shares:
            yield [name, line.code, narrative.share(line, share), *_moved(found, share), _points(share.change)]


def _head(found, basis, illustrative):
    before, after = (narrative.said_side(found, side) for side in (found.before, found.after))
    lines = [
        f"Vì sao thay đổi: {found.code} {found.label}",
        f"{found.node_name}, {basis.lower()}: {after} so với {before}",
        narrative.change_headline(found),
        f"Đóng góp tính bằng {'điểm' if found.unit.startswith('%') else found.unit}.",
        read_at_line(),
    ]
    return ([ILLUSTRATIVE] if illustrative else []) + lines


def _moved(found, line):
    """How N and D moved; a kind without reported denominators has the one column."""
    return decimal(line.n), decimal(line.d) if found.has_weights else None


def _points(change):
    return None if change is None else round(decimal(change), PLACES)
