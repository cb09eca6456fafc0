"""Reading of single cells of a plan's workbook, as widgets of django-import-export: a cell becomes a value, or a ValueError
says in Vietnamese what is wrong with it; a value becomes what stands in the cell of an export."""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Protocol

from import_export.widgets import Widget

from agencies.models import GROUP_WORDS
from core import formatting, numbers, texts
from core.forms import example_day
from core.spreadsheet import Value
from indicators.rules.combining import VALUE_PLACES
from indicators.workbooks.sandbox import LONGEST_TEXT, Cell

# What separates the entries of a list within a cell; a comma stands within names.
SEPARATORS = re.compile(r"[|;\n]")
JOINED = " | "
EMPTY = Cell("text")
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})-(\d{2})-(\d{2})")
# The most characters of a cell that a message repeats.
SHOWN = 60


class Follows(ValueError):
    """A cell that names a row which is itself faulty: the fault is told there, and there alone."""


class Names(Protocol):
    """The tables of a file, to cells that name their rows."""

    def agency(self, text: str) -> Any: ...

    def row(self, table: str, text: str) -> Any: ...

    def code(self, instance: Any) -> str: ...


class CellWidget(Widget):
    """Base of the widgets: what a cell must not be, whatever it is for."""

    book: Names

    def bind(self, book: Names) -> None:
        """Give the widget the tables that its cells may name."""
        self.book = book

    def clean(self, value: Cell | None, row: Any = None, **kwargs: Any) -> Any:
        """Return the value of a cell, None for an empty one. Raises ValueError."""
        cell = value or EMPTY
        if cell.kind == "error":
            raise ValueError(f"Ô đang báo lỗi {cell.text}. Ghi giá trị.")
        if cell.kind == "formula":
            raise ValueError("Ô là công thức chưa có kết quả. Mở bằng Excel, lưu lại, hoặc ghi giá trị.")
        if cell.kind == "text" and not cell.text.strip():
            return self.empty()
        return self.read(cell)

    def empty(self) -> Any:
        """Return the value of an empty cell."""
        return None

    def read(self, cell: Cell) -> Any:
        """Return the value of a cell that holds something. Raises ValueError."""
        raise NotImplementedError

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Value:
        """Return what stands in the cell of a value."""
        return value if isinstance(value, str | int | Decimal | dt.date) else None


class Words(CellWidget):
    """Text of one line, or of several."""

    def __init__(self, clean_text: Callable[[str], str] = texts.line) -> None:
        super().__init__()
        self.clean_text = clean_text

    def empty(self) -> str:
        return ""

    def read(self, cell: Cell) -> str:
        text = self.clean_text(cell.words).strip()
        if len(cell.text) >= LONGEST_TEXT:
            raise ValueError(f"Chữ dài quá {formatting.number(LONGEST_TEXT)} ký tự. Rút ngắn lại.")
        if texts.looks_like_tcvn3(text):
            raise ValueError(f"{texts.TCVN3_ADVICE}.")
        return text

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Value:
        return str(value or "")


class Amount(CellWidget):
    """A number with decimals, exact; `80%` of a cell in percent is 80."""

    def read(self, cell: Cell) -> Decimal:
        if cell.kind == "number" and cell.text != "NaN":
            value = Decimal(cell.text) * (100 if cell.percent else 1)
            text = f"{value:f}".rstrip("0").rstrip(".").replace(".", ",") if value % 1 else f"{value:.0f}"
        elif cell.kind == "text":
            text = cell.text
        else:
            raise ValueError(f"“{_shown(cell)}” không phải là số. Nhập như 1.970 hoặc 78,65.")
        parsed = numbers.parse(text, VALUE_PLACES, allow_negative=True, allow_percent=True)
        if parsed.ambiguous and cell.kind == "text":
            raise ValueError(parsed.question(text))
        return parsed.value


class Whole(CellWidget):
    """A whole number from 0 on."""

    def __init__(self, least: int = 0, most: int = 32_767) -> None:
        super().__init__()
        self.least, self.most = least, most

    def read(self, cell: Cell) -> int:
        text = cell.text
        value = Decimal(text) if cell.kind == "number" and text != "NaN" else None
        if value is None and cell.kind == "text" and re.fullmatch("[0-9]{1,9}", text.strip()):
            value = Decimal(text.strip())
        if value is None or value % 1:
            raise ValueError(f"“{_shown(cell)}” không phải là số nguyên.")
        if not self.least <= value <= self.most:
            raise ValueError(f"Số phải từ {self.least} đến {formatting.number(self.most)}.")
        return int(value)


class Day(CellWidget):
    """A day: a cell of Excel's own kind, or written 05/11/2026."""

    def read(self, cell: Cell) -> dt.date:
        match = _DAY.fullmatch(cell.text.strip()) if cell.kind in ("text", "date") else None
        if match is not None:
            day, month, year, *iso = match.groups()
            parts = (year, month, day) if year else iso
            try:
                return dt.date(*map(int, parts))
            except ValueError:
                pass
        raise ValueError(f"“{_shown(cell)}” không phải là ngày. Ghi như {example_day()}.")


class YesNo(CellWidget):
    """Có or không; an empty cell is không."""

    YES = frozenset({"co", "x", "1"})
    NO = frozenset({"khong", "0"})

    def empty(self) -> bool:
        return False

    def read(self, cell: Cell) -> bool:
        word = formatting.fold(cell.text.strip())
        if word in self.YES | self.NO and cell.kind != "date":
            return word in self.YES
        raise ValueError(f"“{_shown(cell)}” không rõ. Ghi Có hoặc Không.")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Value:
        return "Có" if value else "Không"


class Choice(CellWidget):
    """One of a few values, written in words or as its code."""

    def __init__(self, choices: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        self.words = {str(value): str(label) for value, label in choices}

    def empty(self) -> str:
        return ""

    def read(self, cell: Cell) -> str:
        text = cell.words.strip()
        for value, label in self.words.items():
            if text == value or formatting.fold(text) == formatting.fold(label):
                return value
        raise ValueError(f"“{_shown(cell)}” không có trong: {', '.join(self.words.values())}.")

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Value:
        return self.words.get(str(value), "")


class AgencyName(CellWidget):
    """An agency, by its code or by its name."""

    def read(self, cell: Cell) -> Any:
        return self.book.agency(cell.words)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Value:
        return value.code if value is not None else ""


class RowOf(CellWidget):
    """A row of another table of the plan, by its code."""

    def __init__(self, table: str) -> None:
        super().__init__()
        self.table = table

    def read(self, cell: Cell) -> Any:
        return self.book.row(self.table, cell.words)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Value:
        return self.book.code(value) if value is not None else ""


class RowsOf(RowOf):
    """Rows of another table of the plan, by their codes; their order does not count."""

    def empty(self) -> tuple[Any, ...]:
        return ()

    def read(self, cell: Cell) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(self.book.row(self.table, entry) for entry in entries_of(cell)))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Value:
        return JOINED.join(str(self.book.code(each)) for each in value or ())


class Parties(CellWidget):
    """Agencies and groups, as a tuple of agencies and of codes of groups. allowed: the groups that may be named."""

    def __init__(self, allowed: Iterable[str], *, agencies: bool = True) -> None:
        super().__init__()
        self.allowed, self.agencies = tuple(allowed), agencies

    def empty(self) -> tuple[Any, ...]:
        return ()

    def read(self, cell: Cell) -> tuple[Any, ...]:
        parties = tuple(self.one(entry) for entry in entries_of(cell))
        if len(set(parties)) < len(parties):
            raise ValueError("Một cơ quan hoặc nhóm được ghi hai lần trong ô.")
        return parties

    def one(self, entry: str) -> Any:
        """Return the agency or the code of the group that an entry names. Raises ValueError."""
        for group in self.allowed:
            if entry == group or formatting.fold(entry) == formatting.fold(GROUP_WORDS[group]):
                return group
        if entry.startswith("@") or not self.agencies:
            known = ", ".join(f"{group} ({GROUP_WORDS[group]})" for group in self.allowed)
            raise ValueError(f"Không có nhóm “{entry}”. Các nhóm: {known}.")
        return self.book.agency(entry)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Value:
        return JOINED.join(each if isinstance(each, str) else each.code for each in value or ())


class Groups(Parties):
    """Groups alone, as the plan stores them: joined by |."""

    def __init__(self, allowed: Iterable[str]) -> None:
        super().__init__(allowed, agencies=False)

    def empty(self) -> Any:
        return ""

    def read(self, cell: Cell) -> Any:
        return "|".join(super().read(cell))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Value:
        return JOINED.join(str(value or "").split("|"))


def entries_of(cell: Cell) -> list[str]:
    """Return the entries of a list within a cell."""
    return [entry.strip() for entry in SEPARATORS.split(cell.words) if entry.strip()]


def _shown(cell: Cell) -> str:
    """Return the contents of a cell as a message repeats them."""
    if cell.kind == "date" and cell.text:
        return formatting.date(dt.date.fromisoformat(cell.text))
    text = cell.words.strip()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
