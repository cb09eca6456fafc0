"""Files that a plan is loaded from: its workbook, read by the bounded reader, or a folder of CSV files of the same tables.

A missing sheet, heading or file is a fault like any other: what a file does not say is never taken for empty.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl.utils import get_column_letter

from core import texts
from core.formatting import fold
from indicators.workbooks.sandbox import Cell, Table
from plan_workbook.resources import TABLES
from plan_workbook.resources.base import PlanTable, Problem, SourceRow, SourceTable
from plan_workbook.resources.plan import PlanSheet

# The line of the headings; the note of a sheet and the advice of its columns stand above.
HEADING_LINE = 3
# The sheet of guidance, which is not read.
GUIDE_TITLE = "Hướng dẫn"


@dataclass(frozen=True)
class Source:
    """The tables of a file by their keys, and what is wrong with its outline."""

    tables: Mapping[str, SourceTable]
    problems: Sequence[Problem]


def columns_of(table: type[PlanTable]) -> dict[str, str]:
    """Return the headings of a table by the names of its columns."""
    return {name: column.title for name, column in table.fields.items()}


def from_sheets(sheets: Iterable[Table]) -> Source:
    """Return the tables of a workbook as the bounded reader read it."""
    by_title = {fold(sheet.title): sheet for sheet in sheets}
    tables: dict[str, SourceTable] = {}
    problems: list[Problem] = []
    for table in TABLES:
        sheet = by_title.get(fold(table.sheet))
        if sheet is None:
            problems.append(Problem(table.sheet, "A1", f"Tệp thiếu trang tính “{table.sheet}”."))
        else:
            read = _upright if table is PlanSheet else _lying
            source = read(table, sheet, problems)
            if source is not None:
                tables[table.key] = source
    known = {fold(table.sheet) for table in TABLES} | {fold(GUIDE_TITLE), fold("Cần sửa")}
    for title, sheet in by_title.items():
        if title not in known and sheet.rows:
            problems.append(
                Problem(sheet.title, "A1", "Trang tính này không thuộc tệp kế hoạch. Xóa hoặc đổi lại tên.")
            )
    return Source(tables, problems)


def _lying(table: type[PlanTable], sheet: Table, problems: list[Problem]) -> SourceTable | None:
    """Return a table with a row a line, below its headings; None where one is missing."""
    headings = columns_of(table)
    by_heading = {fold(title): name for name, title in headings.items()}
    places: dict[str, int] = {}
    for column, cell in sheet.rows.get(HEADING_LINE, {}).items():
        name = by_heading.get(fold(texts.line(cell.words)))
        if name is None or name in places:
            reason = "có hai lần" if name else "không thuộc trang tính này"
            problems.append(_at(sheet, HEADING_LINE, column, f"Cột “{cell.words}” {reason}. Xóa hoặc đổi lại tên cột."))
        else:
            places[name] = column
    missing = [title for name, title in headings.items() if name not in places]
    if missing:
        names = ", ".join(f"“{title}”" for title in missing)
        problems.append(_at(sheet, HEADING_LINE, 1, f"Thiếu cột {names} ở dòng {HEADING_LINE}."))
        return None
    rows = []
    for line, cells in sheet.rows.items():
        if line <= HEADING_LINE:
            continue
        known = {name: cells[column] for name, column in places.items() if column in cells}
        if any(cell.words.strip() or cell.kind == "formula" for cell in known.values()):
            rows.append(SourceRow(line, known))
        strays = [column for column, cell in cells.items() if column not in places.values() and cell.words.strip()]
        if strays:
            problems.append(
                _at(sheet, line, strays[0], "Ô này ở ngoài các cột của trang tính. Xóa, hoặc đưa vào đúng cột.")
            )

    def place(line: int | None, name: str) -> str:
        return f"{get_column_letter(places.get(name, 1))}{line or HEADING_LINE}"

    return SourceTable(sheet.title, tuple(rows), place)


def _upright(table: type[PlanTable], sheet: Table, problems: list[Problem]) -> SourceTable | None:
    """Return the table of one row that stands upright: headings in column A, values in column B;
    None where a heading is missing."""
    headings = columns_of(table)
    by_heading = {fold(title): name for name, title in headings.items()}
    lines: dict[str, int] = {}
    for line, cells in sheet.rows.items():
        name = by_heading.get(fold(texts.line(cells[1].words))) if 1 in cells else None
        if name is not None:
            lines.setdefault(name, line)
        elif line > HEADING_LINE and 1 in cells:
            problems.append(
                _at(sheet, line, 1, f"Mục “{cells[1].words}” không thuộc trang tính này. Xóa hoặc đổi lại tên.")
            )
    missing = [title for name, title in headings.items() if name not in lines]
    if missing:
        names = ", ".join(f"“{title}”" for title in missing)
        problems.append(_at(sheet, HEADING_LINE, 1, f"Thiếu mục {names} ở cột A."))
        return None
    values = {name: sheet.rows[line][2] for name, line in lines.items() if 2 in sheet.rows[line]}

    def place(line: int | None, name: str) -> str:
        return f"B{lines.get(name, HEADING_LINE)}"

    return SourceTable(sheet.title, (SourceRow(HEADING_LINE, values),), place)


def _at(sheet: Table, line: int, column: int, reason: str) -> Problem:
    return Problem(sheet.title, f"{get_column_letter(column)}{line}", reason)


def from_folder(folder: Path) -> Source:
    """Return the tables of a folder: `agencies.csv` and so on, with the columns' names as headings. A table without a file
    is empty, a column that a file lacks is empty in every row. Raises OSError, UnicodeDecodeError, csv.Error."""
    tables: dict[str, SourceTable] = {}
    problems: list[Problem] = []
    for table in TABLES:
        path = folder / f"{table.key}.csv"
        rows = []
        if path.exists():
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                unknown = [name for name in reader.fieldnames or () if name not in table.fields]
                problems += [Problem(path.name, "dòng 1", f"Cột “{name}” không thuộc bảng này.") for name in unknown]
                for row in reader:
                    cells = {name: Cell("text", text) for name, text in row.items() if name in table.fields and text}
                    if cells:
                        rows.append(SourceRow(reader.line_num, cells))
        elif table is PlanSheet:
            problems.append(Problem(path.name, "dòng 1", f"Thư mục thiếu tệp {path.name}."))
        tables[table.key] = SourceTable(path.name, tuple(rows), _csv_place)
    return Source(tables, problems)


def _csv_place(line: int | None, name: str) -> str:
    return f"dòng {line or 1}, cột {name}"
