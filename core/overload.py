"""Refusal of requests that have waited too long for a thread: a quick answer that says so, in place of work for somebody who has
given up. The web worker (`chuyendoiso.web_worker`) measures the wait."""

import threading
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template import loader

from core.outcome import page_of

# Seconds after which a browser may ask again.
RETRY_AFTER = 5
BUSY = "Hệ thống đang bận: quá nhiều người dùng cùng lúc. Lần gửi này chưa lưu gì; thử lại sau ít giây."

_wait = threading.local()


def note_wait(seconds: float) -> None:
    """Record how long the request that this thread takes up now has waited."""
    _wait.seconds = seconds


class OverloadMiddleware:
    """Answer 503 without any work where a request has waited longer than LONGEST_WAIT seconds. Nothing of it was read, so it is
    known that nothing was saved. A page that was only read is asked for again by the browser itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if getattr(_wait, "seconds", 0) <= settings.LONGEST_WAIT or request.path in settings.FOR_MACHINES:
            return self.get_response(request)
        response: HttpResponse
        if request.path.startswith(settings.API_ROOT) or not request.accepts("text/html"):
            response = JsonResponse({"detail": BUSY}, status=503, json_dumps_params={"ensure_ascii": False})
        else:
            is_sent = request.method not in ("GET", "HEAD")
            saved = "Lần gửi này chưa lưu gì." if is_sent else "Trang tự mở lại sau ít giây."
            context = {
                "is_busy": True,
                "is_crowded": True,
                "is_sent": is_sent,
                "saved": saved,
                "back": page_of(request),
            }
            response = HttpResponse(loader.render_to_string("503.html", context), status=503)
            if not is_sent:
                response["Refresh"] = str(RETRY_AFTER)
        response["Retry-After"] = str(RETRY_AFTER)
        return response
