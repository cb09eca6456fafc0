"""The file of the tree of agencies: one row an agency, as XLSX or CSV. Every fault is told by line and column."""

import csv
import re
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import NamedTuple

from agencies.models import Agency, Level
from agencies.models.agency import ELECTRONIC_CODE_FORM, LONGEST_ELECTRONIC_CODE, MAP_COLUMNS, MAP_ROWS
from core import texts
from core.formatting import fold
from indicators.errors import ActionNotAllowed
from indicators.workbooks.sandbox import Unreadable
from indicators.workbooks.sent_files import read_on_page

# Title in the file → field of `Agency`; the field's own name is understood too.
COLUMNS = {
    "Mã": "code",
    "Tên": "name",
    "Tên ngắn": "short_name",
    "Cấp": "level",
    "Trực thuộc": "parent",
    "Mã thống kê": "gso_code",
    "Mã định danh điện tử": "electronic_code",
    "Tên gọi khác": "aliases",
    "Hàng trên bản đồ": "map_row",
    "Cột trên bản đồ": "map_column",
}
REQUIRED = ("code", "name", "level")
LEVELS = {
    "tinh": Level.PROVINCE,
    "so": Level.DEPARTMENT,
    "so, ban, nganh": Level.DEPARTMENT,
    "co quan khac": Level.OTHER,
    "huyen": Level.DISTRICT,
    "cap huyen": Level.DISTRICT,
    "xa": Level.COMMUNE,
    "cap xa": Level.COMMUNE,
    **{level.value: level for level in Level},
}
LEVEL_NAMES = {
    Level.PROVINCE: "tỉnh",
    Level.DEPARTMENT: "sở",
    Level.OTHER: "cơ quan khác",
    Level.DISTRICT: "huyện",
    Level.COMMUNE: "xã",
}
LEVEL_LIST = ", ".join(LEVEL_NAMES.values())
# The levels that may stand directly under each one.
BELOW = {
    Level.PROVINCE: {Level.DEPARTMENT, Level.OTHER, Level.DISTRICT, Level.COMMUNE},
    Level.DISTRICT: {Level.COMMUNE},
}
EXAMPLE = (
    ("ubnd-tinh", "UBND tỉnh …", "UBND tỉnh", "tỉnh", "", "", "", "", "", ""),
    ("so-khcn", "Sở Khoa học và Công nghệ", "Sở KH&CN", "sở", "ubnd-tinh", "", "", "Sở KHCN", "", ""),
    ("h01", "UBND huyện …", "H. …", "huyện", "ubnd-tinh", "", "", "", "1", "1"),
    ("x0101", "UBND xã …", "X. …", "xã", "h01", "", "", "", "", ""),
)
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)
LONGEST = {"name": 200, "short_name": 80, "gso_code": 8}
ELECTRONIC_CODE = re.compile(ELECTRONIC_CODE_FORM, re.ASCII)
LARGEST = {"map_row": MAP_ROWS, "map_column": MAP_COLUMNS}
MOST_BYTES = 2 * 2**20
MOST_ROWS = 2000

Row = dict[str, str]


class Fault(NamedTuple):
    """A fault in a line of the file; column: its title, empty where the whole line is meant."""

    line: int
    column: str
    reason: str


class TreeFile(NamedTuple):
    """The rows of a file, parents before children, and its faults; rows are loaded only where there is no fault."""

    rows: list[Row]
    faults: list[Fault]


def read(content: bytes) -> TreeFile:
    """Return the rows and the faults of a file. Raises ActionNotAllowed where it is no table of agencies."""
    if not content or len(content) > MOST_BYTES:
        raise ActionNotAllowed("Tệp rỗng hoặc lớn hơn 2 MB. Chọn lại tệp danh sách cơ quan.")
    lines = _workbook_lines(content) if content.startswith((b"PK", b"\xd0\xcf")) else _csv_lines(content)
    _, header = next(lines, (0, []))
    fields = _fields(header)
    rows = [
        (line, {name: cells[at] if at < len(cells) else "" for name, at in fields.items()}) for line, cells in lines
    ]
    if not rows:
        raise ActionNotAllowed("Tệp không có dòng nào dưới dòng tiêu đề.")
    if len(rows) > MOST_ROWS:
        raise ActionNotAllowed("Tệp có quá 2.000 dòng. Mỗi cơ quan, đơn vị chỉ một dòng.")
    return _checked([(line, {name: row.get(name, "") for name in COLUMNS.values()}) for line, row in rows])


def _workbook_lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) of the first sheet that is not empty."""
    try:
        tables = read_on_page(content)
    except Unreadable as error:
        raise ActionNotAllowed(str(error)) from None
    table = next((table for table in tables if table.rows), None)
    for line, cells in sorted(table.rows.items()) if table else ():
        values = [texts.line(cells[at].words) if at in cells else "" for at in range(1, max(cells) + 1)]
        if any(values):
            yield line, values


def _csv_lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells); separated by commas, semicolons or tabs, whichever the first line has most of."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ActionNotAllowed("Tệp CSV không mã hóa UTF-8. Lưu lại dạng “CSV UTF-8”, hoặc gửi tệp Excel.") from None
    if "\0" in text:
        raise ActionNotAllowed("Tệp có ký tự rỗng, không phải CSV. Lưu lại dạng “CSV UTF-8”, hoặc gửi tệp Excel.")
    first = text.partition("\n")[0]
    reader = csv.reader(StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    try:
        for cells in reader:
            values = [texts.line(cell) for cell in cells]
            if any(values):
                yield reader.line_num, values
    except csv.Error:
        raise ActionNotAllowed(f"Dòng {reader.line_num}: dấu ngoặc kép không khớp, không đọc tiếp được.") from None


def _fields(header: list[str]) -> dict[str, int]:
    """Return the place of each field by the titles of the first line. Raises ActionNotAllowed where one is missing or twice."""
    known = {fold(title): name for title, name in COLUMNS.items()} | {name: name for name in COLUMNS.values()}
    titles = {name: title for title, name in COLUMNS.items()}
    fields: dict[str, int] = {}
    for at, title in enumerate(header):
        name = known.get(fold(title)) or known.get(title)
        if name in fields:
            raise ActionNotAllowed(f"Cột “{title}” có hai lần ở dòng tiêu đề.")
        if name is not None:
            fields[name] = at
    missing = [titles[name] for name in REQUIRED if name not in fields]
    if missing:
        raise ActionNotAllowed(f"Dòng tiêu đề thiếu cột: {', '.join(missing)}. Tải tệp mẫu để xem các cột.")
    return fields


def _checked(lines: list[tuple[int, Row]]) -> TreeFile:
    """Return the rows in an order in which parents come first, and what is wrong."""
    faults: list[Fault] = []
    titles = {name: title for title, name in COLUMNS.items()}
    seen: dict[str, int] = {}
    levels: dict[str, Level] = {}
    electronic_codes: dict[str, int] = {}
    for line, row in lines:

        def fault(name: str, reason: str, line: int = line) -> None:
            faults.append(Fault(line, titles[name], reason))

        row["code"] = row["code"].lower()
        code = row["code"]
        if not CODE.fullmatch(code):
            fault("code", "cần mã gồm chữ không dấu, chữ số, dấu gạch nối, dài nhất 32 ký tự")
        elif code in seen:
            fault("code", f"mã {code} đã có ở dòng {seen[code]}")
        else:
            seen[code] = line
        row["electronic_code"] = electronic_code = row["electronic_code"].upper()
        if electronic_code in electronic_codes:
            fault("electronic_code", f"mã {electronic_code} đã có ở dòng {electronic_codes[electronic_code]}")
        elif electronic_code:
            electronic_codes[electronic_code] = line
            if len(electronic_code) > LONGEST_ELECTRONIC_CODE or not ELECTRONIC_CODE.fullmatch(electronic_code):
                fault("electronic_code", "cần mã như H23 hoặc H23.01.02, dài nhất 35 ký tự")
        if not row["name"]:
            fault("name", "chưa ghi tên")
        row["short_name"] = row["short_name"] or row["name"][: LONGEST["short_name"]]
        for name, most in LONGEST.items():
            if len(row[name]) > most:
                fault(name, f"dài quá {most} ký tự")
        level = LEVELS.get(fold(row["level"]))
        if level is None:
            fault("level", f"“{row['level']}” không phải một cấp; ghi một trong: {LEVEL_LIST}")
        else:
            row["level"] = level.value
            levels.setdefault(code, level)
        for name, largest in LARGEST.items():
            if row[name] and not (row[name].isdecimal() and 1 <= int(row[name]) <= largest):
                fault(name, f"cần số từ 1 đến {largest}, hoặc để trống")
        row["parent"] = row["parent"].lower()
    faults += _parent_faults(lines, levels, titles["parent"])
    roots = [line for line, row in lines if row["level"] == Level.PROVINCE]
    if not roots:
        faults.append(Fault(lines[0][0], titles["level"], "cần đúng một dòng cấp tỉnh, chưa có dòng nào"))
    faults += [Fault(line, titles["level"], f"cấp tỉnh đã có ở dòng {roots[0]}") for line in roots[1:]]
    faults.sort()
    return TreeFile([] if faults else _parents_first([row for _, row in lines]), faults)


def _parent_faults(lines: list[tuple[int, Row]], levels: Mapping[str, Level], title: str) -> Iterator[Fault]:
    """Yield what is wrong with the parents."""
    for line, row in lines:
        if row["level"] not in Level.values:
            continue
        level, parent = Level(row["level"]), row["parent"]
        if level == Level.PROVINCE:
            if parent:
                yield Fault(line, title, "cấp tỉnh không trực thuộc cơ quan nào, để trống")
        elif not parent:
            yield Fault(line, title, "chưa ghi mã cơ quan cấp trên")
        elif parent not in levels:
            yield Fault(line, title, f"không có dòng nào mã {parent}")
        elif level not in BELOW.get(levels[parent], set()):
            yield Fault(line, title, f"{level.label.lower()} không trực thuộc {levels[parent].label.lower()}")


def _parents_first(rows: list[Row]) -> list[Row]:
    """Return the rows in their own order, but each after its parent. The tree has three levels, so it ends."""
    depth = {row["code"]: row["parent"] for row in rows}
    placed: set[str] = set()
    ordered: list[Row] = []
    waiting = rows
    while waiting:
        later = []
        for row in waiting:
            if not depth[row["code"]] or row["parent"] in placed:
                placed.add(row["code"])
                ordered.append(row)
            else:
                later.append(row)
        waiting = later
    return ordered


def rows_of_tree() -> list[tuple[str, ...]]:
    """Return the stored tree as rows of the file, in the plan's order. One query."""
    return [
        (
            agency.code,
            agency.name,
            agency.short_name,
            LEVEL_NAMES[Level(agency.level)],
            agency.parent.code if agency.parent else "",
            agency.gso_code,
            agency.electronic_code,
            agency.aliases,
            str(agency.map_row or ""),
            str(agency.map_column or ""),
        )
        for agency in Agency.objects.select_related("parent").in_order()
    ]
