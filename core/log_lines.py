"""Lines of the log: one a record, as text or as JSON, each with the number of the request that it belongs to."""

import json
import logging
import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core import clock, formatting
from core.busy import is_damaged
from core.outcome import BROKEN

HEADER = "X-Request-Id"
FROM_PROXY = re.compile(r"[0-9a-f]{32}", re.ASCII)
_request: ContextVar[str] = ContextVar("request", default="-")


class RequestNumberMiddleware:
    """Give each request a number, the proxy's where it sent one, and send it back in a header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        number = given if FROM_PROXY.fullmatch(given) else secrets.token_hex(16)
        token = _request.set(number)
        try:
            response = self.get_response(request)
        finally:
            _request.reset(token)
        response[HEADER] = number
        return response


class LineFormatter(logging.Formatter):
    """Text: time, level, number of the request, logger, message. An error of the database is told in one line: it fails each
    request alike, and where it was met says nothing about its cause. A message is one line too, whatever a caller wrote into an
    address: no line of the log is a stranger's."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {request} {name} {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        copy = logging.makeLogRecord(record.__dict__ | {"request": _request.get()})
        error = copy.exc_info[1] if copy.exc_info else None
        message = copy.getMessage()
        if isinstance(error, BROKEN) or is_damaged(error):
            first_line = (str(error).strip().splitlines() or ["không rõ lý do"])[0]
            message = f"{message}: {type(error).__name__}: {first_line}"
            copy.exc_info = copy.exc_text = None
        copy.msg, copy.args = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in message), ()
        return self.line(copy)

    def line(self, record: logging.LogRecord) -> str:
        """Return the record as it is printed."""
        return super().format(record)


class JsonFormatter(LineFormatter):
    """The same as a JSON object a line, for programs that gather logs."""

    def line(self, record: logging.LogRecord) -> str:
        row = {
            "at": formatting.local(clock.now()).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "request": record.__dict__["request"],
            "logger": record.name,
            "message": record.getMessage(),
            **record.__dict__.get("fields", {}),
        }
        if record.exc_info:
            row["traceback"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False)
