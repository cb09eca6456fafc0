"""Error pages: what happened, what was saved as far as is known, what to do; each failure with a code that also stands in
the log."""

import logging
import secrets
import sys

from django.http import HttpResponse
from django.shortcuts import render
from django.template import loader

from agencies.middleware import page_of
from core.busy import is_busy
from core.outcome import BROKEN, Outcome, outcome_of
from indicators.selection import WrongAddress

log = logging.getLogger(__name__)
# Seconds after which a browser or a monitor may ask again.
RETRY_AFTER = 30


def bad_request(request, exception=None):
    return render(request, "400.html", _known(request, exception), status=400)


def forbidden(request, exception=None):
    return render(request, "403.html", _known(request, exception), status=403)


def not_found(request, exception=None):
    """The same answer for what does not exist and for what is not the reader's."""
    wrong = exception if isinstance(exception, WrongAddress) else None
    return render(request, "404.html", _known(request, exception) | {"wrong": wrong}, status=404)


def server_error(request):
    """Answer 503 where the database failed, else 500. Needs neither database nor session: either may be what failed."""
    error = sys.exception()
    code = secrets.token_hex(3).upper()
    log.error("Mã lỗi %s: %s %s", code, request.method, request.path)
    is_database = isinstance(error, BROKEN)
    context = _known(request, error) | {"code": code, "is_busy": is_busy(error)}
    page = loader.render_to_string("503.html" if is_database else "500.html", context)
    if is_database:
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER)})
    return HttpResponse(page, status=500)


def _known(request, error):
    """What the pages say of what was saved: for a page that was only asked for, nothing; and where to look."""
    outcome = outcome_of(request, error)
    is_sent = request.method not in ("GET", "HEAD")
    return {
        "is_sent": is_sent,
        "saved": outcome.value if is_sent else "Những gì đã lưu vẫn còn nguyên.",
        "is_unchanged": outcome == Outcome.NOTHING,
        "back": page_of(request),
    }
