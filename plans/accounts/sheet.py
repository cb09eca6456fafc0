"""The sheet *Tài khoản*: every account with its agency and roles, those that agencies still lack proposed below; read back with
every fault at its cell."""

import re
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from agencies.matching import AgencyMatcher, UnknownAgency
from agencies.models import User
from agencies.roles import Role
from agencies.services.account_changes import AccountFacts, facts_of, role_words, stored_accounts
from agencies.services.bulk_accounts import proposals
from core import clock, formatting, tables, texts
from core.formatting import fold
from indicators.errors import ActionNotAllowed
from indicators.workbooks.sandbox import Unreadable
from indicators.workbooks.sent_files import read_on_page

SHEET = "Tài khoản"
# Heading → field; None: for people alone, not read.
HEADINGS: dict[str, str | None] = {
    "Tên đăng nhập": "username",
    "Mã đơn vị": "agency",
    "Đơn vị": None,
    "Họ và tên": "full_name",
    "Chức vụ": "position",
    "Điện thoại": "phone",
    "Thư điện tử": "email",
    "Vai trò": "roles",
    "Đang dùng": "is_active",
}
TITLES = {field: title for title, field in HEADINGS.items() if field}
WIDTHS = (18, 16, 40, 26, 24, 16, 28, 36, 12)
LONGEST = {"username": 150, "full_name": 120, "position": 120, "phone": 32, "email": 254}
USERNAME = re.compile(r"[a-z0-9][a-z0-9@.+_-]*", re.ASCII)
# The roles that are held in an agency.
OF_AGENCIES = frozenset({Role.FOCAL, Role.REVIEWER, Role.LEAD})
YES, NO = ("co", "có", "x", "1", "true"), ("khong", "không", "0", "false")
MOST_BYTES = 2 * 2**20
MOST_ROWS = 3000

Row = tuple[int, dict[str, str]]


class Fault(NamedTuple):
    """A cell that must be mended."""

    line: int
    column: str
    reason: str

    @property
    def cell(self) -> str:
        """The place of the cell in the sheet as it is downloaded."""
        return f"{get_column_letter(list(HEADINGS).index(TITLES[self.column]) + 1)}{self.line}"


def book() -> Workbook:
    """Return the workbook of all accounts, with a row for each that agencies still lack. Six queries."""
    accounts = [facts_of(user) for user in stored_accounts()]
    accounts += [
        AccountFacts(proposal.username, proposal.agency, roles=frozenset(proposal.roles))
        for proposal in proposals(clock.today())
    ]
    columns = tuple(
        tables.Column[Sequence[str]](title, width, itemgetter(place))
        for place, (title, width) in enumerate(zip(HEADINGS, WIDTHS, strict=True))
    )
    return tables.workbook([tables.TableSheet(SHEET, (), tables.Table(columns), [_cells(facts) for facts in accounts])])


def _cells(facts: AccountFacts) -> tuple[str, ...]:
    code, name = (facts.agency.code, facts.agency.full_name) if facts.agency else ("", "")
    texts_of = (facts.full_name, facts.position, facts.phone, facts.email)
    return (facts.username, code, name, *texts_of, role_words(facts.roles), facts.words("is_active"))


def read(content: bytes) -> list[Row]:
    """Return the rows of a sent workbook, by the bounded reader. Raises ActionNotAllowed where it is no sheet of accounts."""
    if not content or len(content) > MOST_BYTES:
        raise ActionNotAllowed("Tệp rỗng hoặc lớn hơn 2 MB. Tải lại tệp tài khoản rồi sửa trong đó.")
    try:
        sheets = read_on_page(content)
    except Unreadable as error:
        raise ActionNotAllowed(str(error)) from None
    sheet = next((sheet for sheet in sheets if fold(sheet.title) == fold(SHEET)), None)
    if sheet is None or not sheet.rows:
        raise ActionNotAllowed(f"Tệp thiếu trang tính “{SHEET}”. Tải lại tệp tài khoản rồi sửa trong đó.")
    lines = sorted(sheet.rows)
    known = {fold(title): field for title, field in HEADINGS.items()}
    places = {known.get(fold(texts.line(cell.words))): place for place, cell in sheet.rows[lines[0]].items()}
    missing = [f"“{title}”" for field, title in TITLES.items() if field not in places]
    if missing:
        raise ActionNotAllowed(f"Trang tính {SHEET} thiếu cột {', '.join(missing)}. Tải lại tệp để xem các cột.")
    rows = []
    for line in lines[1:]:
        cells = sheet.rows[line]
        row = {field: texts.line(cells[places[field]].words) if places[field] in cells else "" for field in TITLES}
        if any(row.values()):
            rows.append((line, row))
    return bounded(rows)


def bounded(rows: list[Row]) -> list[Row]:
    """Return the rows. Raises ActionNotAllowed where there are none, or more than are handled at once."""
    if not rows:
        raise ActionNotAllowed(f"Trang tính {SHEET} không có dòng nào.")
    if len(rows) > MOST_ROWS:
        raise ActionNotAllowed(f"Tệp có quá {formatting.number(MOST_ROWS)} dòng. Chia thành nhiều tệp nhỏ hơn.")
    return rows


def parse(rows: Sequence[Row], stored: Mapping[str, User], *, by: User) -> tuple[list[AccountFacts], list[Fault]]:
    """Return the accounts that rows ask for, and the faulty cells; stored: the accounts by username. Two queries."""
    matcher = AgencyMatcher.stored()
    folded = {username.lower(): username for username in stored}
    wanted, faults, seen = [], list[Fault](), dict[str, int]()
    for line, row in rows:
        flaws = list(_faults(line, row, seen))
        username = folded.get(row["username"].lower(), row["username"].lower())
        seen.setdefault(username, line)
        agency = None
        if row["agency"]:
            try:
                agency = matcher.find(row["agency"])
            except UnknownAgency as unknown:
                flaws.append(Fault(line, "agency", str(unknown)))
        roles, strange = _roles(row["roles"])
        if strange:
            known = ", ".join(str(role.label) for role in Role)
            flaws.append(Fault(line, "roles", f"“{strange}” không phải một vai trò: {known}."))
        elif agency is None and not row["agency"] and roles & OF_AGENCIES:
            flaws.append(Fault(line, "agency", f"Vai trò {role_words(roles & OF_AGENCIES)} cần có đơn vị."))
        facts = AccountFacts(
            username,
            agency,
            **{name: row[name] for name in ("full_name", "position", "phone", "email")},
            roles=frozenset(roles),
            is_active=fold(row["is_active"]) not in NO,
        )
        if username not in stored:
            if not USERNAME.fullmatch(username):
                flaws.append(Fault(line, "username", "Tên đăng nhập gồm chữ không dấu, chữ số và các dấu @ . + - _"))
            if not facts.is_active:
                flaws.append(Fault(line, "is_active", "Tài khoản chưa có thì không khóa được: bỏ dòng này."))
        elif username == by.username and (facts.roles != by.roles or not facts.is_active):
            flaws.append(Fault(line, "roles", "Không ai tự đổi vai trò hay tự khóa tài khoản của mình."))
        faults += flaws
        if not flaws:
            wanted.append(facts)
    return wanted, faults


def _faults(line: int, row: Mapping[str, str], seen: Mapping[str, int]) -> Iterator[Fault]:
    """Yield the faults that a row shows alone, or by its name beside the earlier ones."""
    name = row["username"].lower()
    if not name:
        yield Fault(line, "username", "Chưa ghi tên đăng nhập.")
    elif name in {earlier.lower() for earlier in seen}:
        yield Fault(line, "username", f"Tên này đã có ở dòng {next(n for u, n in seen.items() if u.lower() == name)}.")
    for field, most in LONGEST.items():
        if len(row[field]) > most:
            yield Fault(line, field, f"Dài quá {most} ký tự.")
    if row["is_active"] and fold(row["is_active"]) not in (*YES, *NO):
        yield Fault(line, "is_active", "Ghi Có hoặc Không.")
    if row["email"]:
        try:
            validate_email(row["email"])
        except ValidationError:
            yield Fault(line, "email", f"“{row['email']}” không phải địa chỉ thư điện tử.")


def _roles(text: str) -> tuple[set[str], str]:
    """Return the roles of a cell, separated by commas or bars, and the first word that is none."""
    known = {fold(str(role.label)): role.value for role in Role} | {role.value: role.value for role in Role}
    entries = [entry.strip() for entry in re.split(r"[,;|\n]", text) if entry.strip()]
    strange = next((entry for entry in entries if fold(entry) not in known), "")
    return {known[fold(entry)] for entry in entries if fold(entry) in known}, strange
