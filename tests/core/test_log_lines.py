"""Lines of the log: the number of the request, one line for an error of the database, JSON."""

import json
import logging

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from core.log_lines import JsonFormatter, LineFormatter, RequestNumberMiddleware

pytestmark = pytest.mark.once


def record(error=None):
    """A record of the log with an error, as `log.exception` makes it."""
    info = None
    if error is not None:
        try:
            raise error
        except Exception as raised:
            info = (type(raised), raised, raised.__traceback__)
    return logging.LogRecord("core", logging.ERROR, __file__, 1, "Không đọc được %s", ("trang",), info)


def test_an_error_of_the_database_is_one_line():
    line = LineFormatter().format(record(OperationalError("connection refused\n\tIs the server running?")))
    assert line.endswith("ERROR - core Không đọc được trang: OperationalError: connection refused")
    assert "Traceback" in LineFormatter().format(record(ValueError("x")))


def test_what_a_caller_wrote_into_an_address_begins_no_line():
    path = "/a\r\n2026-01-01 INFO - core Đã duyệt\x1b[31m\u2028x"
    made = logging.LogRecord("core", logging.ERROR, __file__, 1, "Mã lỗi %s", (path,), None)
    line = LineFormatter().format(made)
    assert line.splitlines() == [line]
    assert line.endswith("core Mã lỗi /a\\r\\n2026-01-01 INFO - core Đã duyệt\\x1b[31m\\u2028x")


def test_json_holds_the_same_in_one_line():
    told = json.loads(JsonFormatter().format(record(ValueError("x"))))
    assert (told["level"], told["logger"], told["message"]) == ("ERROR", "core", "Không đọc được trang")
    assert "ValueError: x" in told["traceback"] and told["at"].endswith("+07:00")


@pytest.mark.parametrize(("given", "is_kept"), [("0123456789abcdef" * 2, True), ("a\n2023 ERROR", False), ("", False)])
def test_the_number_of_the_proxy_is_kept_where_it_is_one(given, is_kept):
    lines = []

    def view(request):
        lines.append(LineFormatter().format(record()))
        return HttpResponse()

    request = RequestFactory().get("/", headers={"X-Request-Id": given} if given else {})
    number = RequestNumberMiddleware(view)(request)["X-Request-Id"]
    assert (number == given) is is_kept and len(number) == 32 and f"ERROR {number} core" in lines[0]
    assert "ERROR - core" in LineFormatter().format(record())
