"""Whether a request has saved anything, as far as is known: an error page says no more (docs/decisions/0166)."""

import re
from enum import Enum

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest

READING = re.compile(r"\s*(?:SELECT|BEGIN|SAVEPOINT|RELEASE|ROLLBACK|PRAGMA|EXPLAIN|SHOW|DECLARE|FETCH|CLOSE)\b", re.I)
READING_WITH = re.compile(r"\s*WITH\b(?!.*\b(?:INSERT|UPDATE|DELETE)\b)", re.I | re.S)
# Errors after which nobody can say whether the database has kept what it was sent.
BROKEN = (OperationalError, InterfaceError)


class Outcome(Enum):
    """What became of what was sent; the value is the sentence for the page."""

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
    """Notes what a request writes into the database: anything at all, anything that was committed, and the error of a
    statement that is known to have had no effect."""

    def __init__(self):
        self.has_written = self.has_saved = False
        self.without_effect = None

    def __call__(self, execute, sql, params, many, context):
        connection, text = context["connection"], str(sql)
        is_reading = READING.match(text) or READING_WITH.match(text)
        try:
            result = execute(sql, params, many, context)
        except Exception as error:
            # A transaction that did not come to its commit is rolled back. A single statement that was on its way over a
            # connection may have been done.
            if is_reading or connection.in_atomic_block or connection.vendor == "sqlite":
                self.without_effect = error
            else:
                self.has_written = True
            raise
        if not is_reading:
            self.has_written = True
            # Outside of a transaction this says so at once; inside, when it is committed and the savepoint not given up.
            connection.on_commit(self.save, robust=True)
        return result

    def save(self):
        self.has_saved = True


class OutcomeMiddleware:
    """Watch what a request that may change something writes."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method in ("GET", "HEAD"):
            return self.get_response(request)
        request.writes = WriteWatch()
        with connection.execute_wrapper(request.writes):
            return self.get_response(request)


def outcome_of(request: HttpRequest, error: BaseException | None) -> Outcome:
    """Return what is known of what a request saved before it failed with `error`."""
    writes = getattr(request, "writes", None)
    if writes is None or not writes.has_written:
        return Outcome.NOTHING
    if writes.has_saved:
        return Outcome.SAVED
    # What was written and not committed is rolled back, unless the connection broke within the commit.
    if error is None or isinstance(error, BROKEN) and error is not writes.without_effect:
        return Outcome.UNKNOWN
    return Outcome.NOTHING
