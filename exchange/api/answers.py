"""Answers of the API: refusals with a machine code and a Vietnamese message, lists in pages, rows as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema

from core import spreadsheet

Item = TypeVar("Item")
# The largest page of a list; a month's roll-ups come in one.
MOST_ROWS = 10_000
CSV_TYPE = "text/csv; charset=utf-8"


class Fault(Schema):
    """One fault of a request."""

    field: str = Field(description="Trường có lỗi, ví dụ query.period hoặc figures.I.3.numerator")
    code: str = Field(description="Mã lỗi cho máy đọc")
    message: str = Field(description="Lý do bằng tiếng Việt")


class Problem(Schema):
    """A refusal; nothing was written."""

    code: str = Field(description="Mã lỗi cho máy đọc")
    message: str = Field(description="Lý do bằng tiếng Việt")
    faults: list[Fault] = Field(default=[], description="Từng lỗi của yêu cầu")


# The refusals that any request may get.
REFUSALS = frozenset({400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429})


class Page(Schema, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: str | None = Field(description="Gửi lại trong tham số cursor để lấy trang sau; null là trang cuối")
    is_illustrative: bool = Field(description="Đúng khi số liệu là số liệu minh họa, không phải số thật")


class Refusal(Exception):
    """A refusal of a request."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.faults, self.headers = list(faults), dict(headers or {})

    @property
    def problem(self) -> Problem:
        """The refusal as it is sent."""
        return Problem(code=self.code, message=self.message, faults=self.faults)


def page_of(
    request: HttpRequest, rows: Sequence[Any], limit: int, items: list[dict[str, Any]], *, is_illustrative: bool
) -> dict[str, Any]:
    """Return a page; its length is noted for the record of accesses.

    rows: what was read, one more than `limit` where another page follows; items: the first `limit` of them as they are sent.
    """
    more = len(rows) > limit
    cursor = str(rows[limit - 1].pk) if more else None
    note_rows(request, len(items))
    return {"items": items, "next_cursor": cursor, "is_illustrative": is_illustrative}


def note_rows(request: HttpRequest, rows: int) -> None:
    """Note the number of rows that a request was given (`middleware.AccessMiddleware`)."""
    request.rows = rows  # type: ignore[attr-defined]  # HttpRequest has no such attribute


def wants_csv(request: HttpRequest) -> bool:
    """Return whether a reader prefers CSV to JSON by the header Accept."""
    return request.get_preferred_type(["application/json", "text/csv"]) == "text/csv"


def as_csv(request: HttpRequest, items: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> HttpResponse:
    """Return rows as CSV under a header."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for item in items:
        writer.writerow([_cell(item[column]) for column in columns])
    note_rows(request, len(items))
    return HttpResponse(stream.getvalue(), content_type=CSV_TYPE)


def _cell(value: Any) -> str:
    """Return a value as it stands in a CSV, true and false as 1 and 0."""
    return spreadsheet.csv_cell(int(value) if isinstance(value, bool) else value)
