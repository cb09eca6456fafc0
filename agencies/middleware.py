"""What holds of every page, whatever it shows: who may open it, and who keeps it."""

import logging
import re
import time
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions import middleware as sessions
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import DatabaseError
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from agencies.audit_acts import AccountAct
from core.audit.services import audit

log = logging.getLogger(__name__)


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


def page_of(request: HttpRequest) -> str:
    """Return the address of the page that a request comes from: the one with the form where something was sent."""
    if request.method not in ("GET", "HEAD"):
        page = urlsplit(request.headers.get("Referer", ""))
        if page.scheme in ("http", "https") and page.netloc == request.get_host() and page.path.startswith("/"):
            return f"/{page.path.lstrip('/')}{'?' if page.query else ''}{page.query}"
    return request.get_full_path()


class SignInMiddleware(LoginRequiredMiddleware):
    """Ask for the login first, and lead back to the page: of a form that was sent to the page that has it, where what was
    typed is brought back (decision 0165)."""

    def process_view(self, request, view_func, view_args, view_kwargs):
        if request.path in settings.FOR_MACHINES:
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(self, request, view_func):
        return redirect_to_login(
            page_of(request), self.get_login_url(view_func), self.get_redirect_field_name(view_func)
        )


class DraftMiddleware:
    """Tell the browser by a cookie what became of the draft of a form (decision 0165): 1 for taken, where its person is led
    on and no error is said, so that the machine forgets it; 0 for refused or shown again. Where the request failed nothing is
    told: the page then says that nobody knows (decision 0166)."""

    NAME = re.compile(r"[0-9a-f]{24}", re.ASCII)
    SECONDS = 24 * 60 * 60

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        is_known = response.status_code < 500 and response.status_code != 400
        if request.method == "POST" and is_known and self.NAME.fullmatch(request.POST.get("draft", "")):
            is_led_on = response.status_code in (302, 303) and request.user.is_authenticated
            response.set_cookie(
                f"ban-nhap-{request.POST['draft']}",
                "1" if is_led_on and not _has_errors(request) else "0",
                self.SECONDS,
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Lax",
            )
        return response


def _has_errors(request):
    """Whether an error was put among the messages that the next page shows."""
    # Django has no public look at what was queued that does not take it away.
    return any(message.level >= messages.ERROR for message in request._messages._queued_messages)


def is_of_a_person(request: HttpRequest) -> bool:
    """Return whether somebody who is signed in asks for a page. What machines ask for needs neither session nor database."""
    return request.path not in settings.FOR_MACHINES and request.user.is_authenticated


class SessionMiddleware(sessions.SessionMiddleware):
    """Django's, with one difference: where an existing session cannot be written down after the view is done, the view's
    answer stands. An error page would say that nothing was saved of what the view has committed (decision 0166)."""

    def process_response(self, request, response):
        try:
            return super().process_response(request, response)
        except SessionInterrupted:
            log.info("Phiên đã kết thúc ở cửa sổ khác trong lúc xử lý: %s %s", request.method, request.path)
        except DatabaseError:
            if settings.SESSION_COOKIE_NAME not in request.COOKIES:
                raise
            log.warning("Không ghi được phiên: %s %s", request.method, request.path, exc_info=True)
        return response


class AccountMiddleware:
    """A password that was issued must be changed before anything else is done."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if is_of_a_person(request) and request.user.must_change_password:
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
        if is_of_a_person(request):
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
                    act=AccountAct.DOWNLOAD,
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
