"""What holds of every page, whatever it shows: who may open it, and who keeps it."""

import re
import time
from urllib.parse import unquote

from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from agencies.services import audit


class OpenerMiddleware:
    """A window of another site that opened this one has no hold on it. The browser severs the two by beginning the page again
    in another process, which on a slow machine is the longest part of arriving: asked for only where there can be such a
    window. An address that was typed or kept, and a link of our own, have none (decision 0142)."""

    ALONE = ("none", "same-origin")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.headers.get("Sec-Fetch-Site") not in self.ALONE:
            response["Cross-Origin-Opener-Policy"] = "same-origin"
        return response


class PrivateMiddleware:
    """Every answer is its reader's alone: no cache keeps one, nor does a browser for whoever uses it next. Served files,
    which are everybody's, do not come this way."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class AccountMiddleware:
    """A password that was issued must be changed before anything else is done."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated and request.user.must_change_password:
            allowed = {reverse("password_change"), reverse("logout")}
            if request.path not in allowed and not request.path.startswith("/static/"):
                return redirect("password_change")
        return self.get_response(request)


class StayMiddleware:
    """What a person does begins the idle limit of the session anew; written down twice a minute at most, for a row written
    with each page and each saved cell costs more than the rest of the saving. A session thus ends half a minute early at
    worst, never late."""

    INTERVAL = 30

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            now = int(time.time())
            if not 0 <= now - request.session.get("active_at", 0) < self.INTERVAL:
                request.session["active_at"] = now
        return self.get_response(request)


class DownloadLogMiddleware:
    """Whatever leaves as a file leaves a line in the log; a file whose line cannot be written is not given."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        disposition = response.get("Content-Disposition", "")
        if disposition and response.status_code == 200 and request.method == "GET" and request.user.is_authenticated:
            try:
                audit(
                    by=request.user,
                    act="tải tệp",
                    label=_file_name(disposition) or request.path,
                    address=request.META["REMOTE_ADDR"],
                    path=request.get_full_path()[:500],
                )
            except BaseException:
                response.close()
                raise
        return response


def _file_name(disposition):
    """The name that a Content-Disposition gives, the one with all letters first."""
    encoded = re.search(r"filename\*=utf-8''([^;]+)", disposition, re.IGNORECASE)
    if encoded:
        return unquote(encoded[1])
    plain = re.search(r'filename="?([^";]+)', disposition)
    return plain[1] if plain else ""
