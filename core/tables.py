"""Tables declared once: each column has a title, a width and a value; written as a sheet of a workbook or as CSV."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.http import HttpResponseBase
from openpyxl import Workbook

from core import spreadsheet

Row = TypeVar("Row")
Whole = TypeVar("Whole")
Cell = spreadsheet.Value


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column. width: in characters; value: its cell of a row, written by its type (a number, a day, words; None and empty
    words leave it empty). is_late: added after the table was first read by machines; in the CSV it comes after all others,
    so that none of them moves."""

    title: str
    width: int
    value: Callable[[Row], Cell]
    is_late: bool = False

    def of(self, part: Callable[[Whole], Row]) -> "Column[Whole]":
        """Return the same column for rows that contain a row of it."""
        value = self.value
        return Column(self.title, self.width, lambda whole: value(part(whole)), self.is_late)


@dataclass(frozen=True)
class Table(Generic[Row]):
    """Columns in their order, late ones last. wraps: long words go on in their cell's next line."""

    columns: tuple[Column[Row], ...]
    wraps: bool = False

    def line(self, row: Row) -> list[Cell]:
        """Return a row's cells."""
        return [column.value(row) for column in self.columns]

    def csv(self, name: str, rows: Iterable[Row], same: Mapping[str, str] | None = None) -> HttpResponseBase:
        """Return the table as a CSV file. same: columns with the same value in every row, before the late ones."""
        titles = [column.title for column in self.columns if not column.is_late]
        late = [column.title for column in self.columns if column.is_late]
        return spreadsheet.csv_response(name, titles, map(self.line, rows), same, late)


@dataclass(frozen=True)
class TableSheet(Generic[Row]):
    """A table with its rows on a sheet. head: the lines above it; total: the cells of the line below it."""

    title: str
    head: Sequence[str]
    table: Table[Row]
    rows: Iterable[Row]
    total: Sequence[Cell] | None = None


def workbook(sheets: Sequence[TableSheet[Any]]) -> Workbook:
    """Return a workbook of the sheets, at least one, in their order."""
    book = Workbook()
    for number, sheet in enumerate(sheets):
        made = book.worksheets[0] if number == 0 else book.create_sheet()
        made.title = sheet.title
        columns = {column.title: column.width for column in sheet.table.columns}
        lines = map(sheet.table.line, sheet.rows)
        spreadsheet.write_table(made, sheet.head, columns, lines, sheet.total, wrap=sheet.table.wraps)
    return book


def head(lines: Iterable[str], *, illustrative: bool) -> list[str]:
    """Return the lines above a table, with the mark of an illustrative year first."""
    return [*([spreadsheet.ILLUSTRATIVE] if illustrative else []), *lines]


def same_columns(columns: Mapping[str, str], *, illustrative: bool) -> dict[str, str]:
    """Return the columns with the same value in every row of a CSV, with the mark of an illustrative year last."""
    return {**columns, **({"Lưu ý": spreadsheet.ILLUSTRATIVE} if illustrative else {})}
