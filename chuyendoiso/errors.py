"""Error pages: the error, the outcome as far as it is known, the next step; a failure also has a code that is in the log."""

import logging
import secrets
import sys
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template import loader

from core import files
from core.busy import is_busy, is_damaged
from core.outcome import BROKEN, Outcome, outcome_of, page_of
from indicators.selection import NotSetUp, WrongAddress

log = logging.getLogger(__name__)
# Seconds after which a browser or a monitor may repeat the request.
RETRY_AFTER = 30


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    return render(request, "400.html", _known(request, exception), status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403."""
    return render(request, "403.html", _known(request, exception), status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404, the same for pages that do not exist and for those that the reader may not see. Who reads a page before there
    is a plan is led to the setup."""
    if isinstance(exception, NotSetUp) and request.method in ("GET", "HEAD") and request.accepts("text/html"):
        return redirect(exception.url)
    wrong = exception if isinstance(exception, WrongAddress) else None
    return render(request, "404.html", _known(request, exception) | {"wrong": wrong}, status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 where the database failed or a file could not be stored, else 500. Uses neither database nor session, since
    either may be the cause."""
    error = sys.exception()
    code = secrets.token_hex(3).upper()
    log.error("Mã lỗi %s: %s %s", code, request.method, request.path)
    # Neither is a fault of the product, and both pass.
    passes = isinstance(error, (*BROKEN, files.NotStored)) or is_damaged(error)
    context = _known(request, error) | {"code": code, "is_busy": is_busy(error)}
    context["not_stored"] = str(error) if isinstance(error, files.NotStored) else ""
    page = loader.render_to_string("503.html" if passes else "500.html", context)
    if passes:
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER)})
    return HttpResponse(page, status=500)


def _known(request: HttpRequest, error: BaseException | None) -> dict[str, Any]:
    """Return the context of an error page: the outcome (nothing for a page that was only read), and the page to go back to."""
    outcome = outcome_of(request, error)
    is_sent = request.method not in ("GET", "HEAD")
    return {
        "is_sent": is_sent,
        "saved": outcome.value if is_sent else "Những gì đã lưu vẫn còn nguyên.",
        "is_unchanged": outcome == Outcome.NOTHING,
        "back": page_of(request),
    }
