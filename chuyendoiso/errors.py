"""Error pages: what happened, what was saved, what to do; each with a code that also stands in the log."""

import logging
import secrets

from django.http import HttpResponseServerError
from django.shortcuts import render
from django.template import loader

from indicators.views.selection import WrongAddress

log = logging.getLogger(__name__)


def bad_request(request, exception=None):
    return render(request, "400.html", status=400)


def forbidden(request, exception=None):
    return render(request, "403.html", status=403)


def not_found(request, exception=None):
    """The same answer for what does not exist and for what is not the reader's."""
    wrong = exception if isinstance(exception, WrongAddress) else None
    return render(request, "404.html", {"wrong": wrong}, status=404)


def server_error(request):
    """Needs neither database nor session: either may be what failed."""
    code = secrets.token_hex(3).upper()
    log.error("Mã lỗi %s: %s %s", code, request.method, request.path)
    return HttpResponseServerError(loader.render_to_string("500.html", {"code": code}))
