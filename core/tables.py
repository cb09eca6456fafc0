"""Tables declared once: each column has a title, a width and a value; written as a sheet of a workbook or as CSV, and drawn on
a page where it shows the same columns ({% table %} of core.templatetags.components)."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.http import HttpResponseBase
from openpyxl import Workbook

from core import formatting, spreadsheet

Row = TypeVar("Row")
Whole = TypeVar("Whole")
Cell = spreadsheet.Value


@dataclass(frozen=True)
class OnPage(Generic[Row]):
    """A column on a page. css: classes of its cells; heading: its title there, where it is another (with line breaks); text: the
    content of a cell, where it is not the value in words."""

    css: str = "num"
    heading: str = ""
    text: Callable[[Row], str] | None = None

    def of(self, part: Callable[[Whole], Row]) -> "OnPage[Whole]":
        """Return the same for rows that contain a row of it."""
        text = self.text
        return OnPage(self.css, self.heading, None if text is None else lambda whole: text(part(whole)))


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column. width: in characters; value: its cell of a row, written by its type (a number, a day, words; None and empty
    words leave it empty). is_late: added after the table was first read by machines; in the CSV it comes after all others,
    so that none of them moves. on_page: its form on a page; None for a column of files alone."""

    title: str
    width: int
    value: Callable[[Row], Cell]
    is_late: bool = False
    on_page: OnPage[Row] | None = None

    def of(self, part: Callable[[Whole], Row]) -> "Column[Whole]":
        """Return the same column for rows that contain a row of it."""
        value, on_page = self.value, self.on_page
        shown = None if on_page is None else on_page.of(part)
        return Column(self.title, self.width, lambda whole: value(part(whole)), self.is_late, shown)

    def text(self, row: Row) -> str:
        """Return the content of its cell on a page."""
        if self.on_page is not None and self.on_page.text is not None:
            return self.on_page.text(row)
        value = self.value(row)
        if value is None or isinstance(value, int | Decimal):
            return formatting.number(value)
        return formatting.date(value) if isinstance(value, dt.date) else str(value)


@dataclass(frozen=True)
class Table(Generic[Row]):
    """Columns in their order, late ones last. wraps: long words go on in their cell's next line."""

    columns: tuple[Column[Row], ...]
    wraps: bool = False

    @property
    def page_columns(self) -> list[Column[Row]]:
        """The columns that a page shows."""
        return [column for column in self.columns if column.on_page is not None]

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


def head(lines: Iterable[str], *, is_demo: bool) -> list[str]:
    """Return the lines above a table, with the mark of a demonstration year first."""
    return [*([spreadsheet.DEMO_MARK] if is_demo else []), *lines]


def same_columns(columns: Mapping[str, str], *, is_demo: bool) -> dict[str, str]:
    """Return the columns with the same value in every row of a CSV, with the mark of a demonstration year last."""
    return {**columns, **({"Lưu ý": spreadsheet.DEMO_MARK} if is_demo else {})}
