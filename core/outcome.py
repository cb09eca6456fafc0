"""The outcome of a failed request as far as it is known: nothing saved, saved, unknown (docs/decisions/0166); the page that it came
from."""

import re
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import DisallowedHost
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

T = TypeVar("T")

READING = re.compile(r"\s*(?:SELECT|BEGIN|SAVEPOINT|RELEASE|ROLLBACK|PRAGMA|EXPLAIN|SHOW|DECLARE|FETCH|CLOSE)\b", re.I)
READING_WITH = re.compile(r"\s*WITH\b(?!.*\b(?:INSERT|UPDATE|DELETE)\b)", re.I | re.S)
# Errors after which it is unknown whether the database has stored the statement.
BROKEN = (OperationalError, InterfaceError)


class Outcome(Enum):
    """The outcome of a request; the value is the sentence on the error page."""

    NOTHING = "Lần gửi này chưa lưu gì. Những gì đã lưu trước đó vẫn còn nguyên."
    SAVED = (
        "Hệ thống đã lưu trước khi lỗi xảy ra, có thể chưa đủ. Mở lại trang vừa gửi để xem hệ thống đang giữ gì, rồi chỉ gửi "
        "lại phần còn thiếu."
    )
    UNKNOWN = (
        "Chưa rõ nội dung vừa gửi đã được lưu hay chưa. Mở lại trang vừa gửi để xem hệ thống đang giữ gì, rồi chỉ gửi lại "
        "phần còn thiếu."
    )


class WriteWatch:
    """Recorder of a request's writes to the database: whether it wrote, whether a write was committed, and the error of a
    statement that is known to have had no effect."""

    def __init__(self) -> None:
        self.has_written = self.has_saved = False
        self.without_effect: Exception | None = None

    def __call__(self, execute: Callable[..., T], sql: str, params: object, many: bool, context: dict[str, Any]) -> T:
        """Run one statement (a wrapper for `connection.execute_wrapper`) and record whether it wrote."""
        connection, text = context["connection"], str(sql)
        is_reading = READING.match(text) or READING_WITH.match(text)
        try:
            result = execute(sql, params, many, context)
        except Exception as error:
            # A transaction without a commit is rolled back. A single statement sent over a connection may have been executed.
            if is_reading or connection.in_atomic_block or connection.vendor == "sqlite":
                self.without_effect = error
            else:
                self.has_written = True
            raise
        if not is_reading:
            self.has_written = True
            # Outside a transaction this is called at once; inside, after the commit, unless the savepoint was rolled back.
            connection.on_commit(self.save, robust=True)
        return result

    def save(self) -> None:
        """Record that a write was committed."""
        self.has_saved = True


class OutcomeMiddleware:
    """Record the writes of every request that may change something, as `request.writes`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in ("GET", "HEAD"):
            return self.get_response(request)
        writes = WriteWatch()
        request.writes = writes  # type: ignore[attr-defined]  # read by outcome_of
        with connection.execute_wrapper(writes):
            return self.get_response(request)


def outcome_of(request: HttpRequest, error: BaseException | None) -> Outcome:
    """Return the outcome of a request that failed with `error`, as far as it is known."""
    writes = getattr(request, "writes", None)
    if writes is None or not writes.has_written:
        return Outcome.NOTHING
    if writes.has_saved:
        return Outcome.SAVED
    # Uncommitted writes are rolled back, unless the connection broke during the commit.
    if error is None or isinstance(error, BROKEN) and error is not writes.without_effect:
        return Outcome.UNKNOWN
    return Outcome.NOTHING


def page_of(request: HttpRequest) -> str:
    """Return the address of the page that a request comes from: the one with the form where something was sent. It never fails,
    since error pages ask, and never names another site."""
    if request.method not in ("GET", "HEAD"):
        # Neither the header nor the host need be what they should.
        with suppress(ValueError, DisallowedHost):
            page = urlsplit(request.headers.get("Referer", ""))
            if page.scheme in ("http", "https") and page.netloc == request.get_host() and page.path.startswith("/"):
                return f"/{page.path.lstrip('/')}{'?' if page.query else ''}{page.query}"
    return f"/{request.get_full_path().lstrip('/')}"
