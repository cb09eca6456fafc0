"""The list of accounts as a workbook."""

from collections.abc import Sequence

from openpyxl import Workbook

from core import clock, spreadsheet, tables
from core.tables import Column, Table
from plans.accounts.queries import AccountRow

TITLE = "Tài khoản"
TABLE = Table[AccountRow](
    (
        Column("Đơn vị", 36, lambda row: row.agency_name),
        Column("Tên đăng nhập", 18, lambda row: row.user.username),
        Column("Họ và tên", 24, lambda row: row.user.full_name),
        Column("Vai trò", 30, lambda row: row.role_words),
        Column("Tình trạng", 28, lambda row: row.state),
        Column("Đăng nhập gần nhất", 24, lambda row: row.last_seen),
        Column("Cần xem vì", 34, lambda row: row.sleep.reason if row.sleep else ""),
        Column("Nên làm", 44, lambda row: row.advice),
        Column("Điện thoại", 16, lambda row: row.user.phone),
        Column("Thư điện tử", 28, lambda row: row.user.email),
    ),
    wraps=True,
)


def book(rows: Sequence[AccountRow], title: str) -> Workbook:
    """Return the workbook of these rows; title: the name of the list."""
    head = tables.head([f"{TITLE}: {title}", spreadsheet.read_at_line()], is_demo=clock.is_demo())
    return tables.workbook([tables.TableSheet(TITLE, head, TABLE, rows)])
