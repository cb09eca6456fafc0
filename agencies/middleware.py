"""Middleware of every page: sign-in, sessions, caching, drafts, the log of downloads."""

import logging
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions import middleware as sessions
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from agencies import sensitive
from agencies.attempts import attempt_name, fails_everywhere, tried_name
from agencies.audit_acts import AccountAct
from agencies.roles import Role
from agencies.services.sessions import SECOND_FACTOR_DUE
from core import clock
from core.audit.models import Result
from core.audit.services import audit
from core.outcome import page_of

log = logging.getLogger(__name__)
refusals = logging.getLogger("chuyendoiso.refusals")

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class OpenerMiddleware:
    """Cut the link to a window of another site that opened this one. The browser does so by loading the page again in another
    process, which on a slow machine is the longest part of arriving; so it is asked for only where there can be such a window: a
    typed or saved address, and a link of our own, have none (decision 0142)."""

    ALONE = ("none", "same-origin")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.headers.get("Sec-Fetch-Site") not in self.ALONE:
            response["Cross-Origin-Opener-Policy"] = "same-origin"
        return response


class PrivateMiddleware:
    """Forbid caching of every response, in proxies and in the browser for its next user. Static files do not come this way."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class SignInMiddleware(LoginRequiredMiddleware):
    """Require sign-in, and lead back to the page afterwards: after a submitted form, to the page with the form, where the typed
    text is restored (decision 0165)."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        if is_for_machines(request):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseRedirect:
        return redirect_to_login(
            page_of(request), self.get_login_url(view_func), self.get_redirect_field_name(view_func)
        )


class DraftMiddleware:
    """Tell the browser by a cookie the result of a form with a saved draft (decision 0165): 1 where it was accepted, that is, the
    person is redirected without an error, so that the browser deletes the draft; 0 where it was refused or is shown again.
    Where the request failed there is no cookie: the page then says that the result is unknown (decision 0166)."""

    NAME = re.compile(r"[0-9a-f]{24}", re.ASCII)
    SECONDS = 24 * 60 * 60

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
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


def _has_errors(request: HttpRequest) -> bool:
    """Return whether an error is among the messages that the next page will show."""
    # Django's public way to read the queued messages would also remove them.
    storage = request._messages  # type: ignore[attr-defined]  # set by Django's own middleware
    return any(message.level >= messages.ERROR for message in storage._queued_messages)


def is_of_a_person(request: HttpRequest) -> bool:
    """Return whether a signed-in person requests a page. Addresses for machines need neither session nor database."""
    return not is_for_machines(request) and request.user.is_authenticated


def is_for_machines(request: HttpRequest) -> bool:
    """Return whether an address is read by programs, which have no session: the state of the product, the API."""
    return request.path in settings.FOR_MACHINES or request.path.startswith(settings.API_ROOT)


class SessionMiddleware(sessions.SessionMiddleware):
    """Django's session middleware, except that the view's response is still sent where an existing session cannot be stored
    afterwards. An error page would say that nothing was saved although the view has committed (decision 0166)."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
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
    """Require that an issued password is changed, and that a second factor is turned on where its days of grace are over, before
    anything else is done but reading the guide."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        wanted = self._wanted(request) if is_of_a_person(request) else None
        if wanted is not None:
            allowed = {reverse(wanted), reverse("password_change"), reverse("logout")}
            if request.path not in allowed and not request.path.startswith(("/static/", reverse("guide"))):
                return redirect(wanted)
        return self.get_response(request)

    @staticmethod
    def _wanted(request: HttpRequest) -> str | None:
        """Return the name of the page that comes before all others; None where there is none."""
        if getattr(request.user, "must_change_password", False):
            return "password_change"
        due = request.session.get(SECOND_FACTOR_DUE)
        return "second_factor" if due is not None and due <= clock.now().timestamp() else None


class StayMiddleware:
    """Restart the session's idle timeout on each request, a shorter one for administrators, and end a session that has lasted long
    enough, with a line in the log. Stored at most every 30 seconds, because a session write per request costs more than the request
    itself; so a session may end half a minute early, never late."""

    INTERVAL = 30

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if is_of_a_person(request):
            now = int(time.time())
            began = request.session.setdefault("began_at", now)
            if now - began > settings.SESSION_HOURS * 3600:
                reason = f"Đã đăng nhập {settings.SESSION_HOURS} giờ."
                audit(by=None, act=AccountAct.SESSION_EXPIRED, label=request.user.get_username(), reason=reason)
                logout(request)
            elif not 0 <= now - request.session.get("active_at", 0) < self.INTERVAL:
                request.session["active_at"] = now
                if request.user.holds(Role.ADMIN):  # type: ignore[union-attr]
                    request.session.set_expiry(min(settings.ADMIN_MINUTES * 60, settings.SESSION_COOKIE_AGE))
        return self.get_response(request)


class ConfirmMiddleware:
    """Ask for the password again before a sensitive act, where it was not typed for some minutes. The page that asks carries what
    was posted, so that the right password completes it: nothing is typed twice. Wrong ones count as at sign-in, by session;
    too many, from whatever addresses, end it."""

    FIELD = "mat-khau-xac-nhan"

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        if not is_of_a_person(request) or match is None or not sensitive.is_sensitive(request, match.view_name):
            return None
        password = request.POST.get(self.FIELD)
        if password is not None:
            sent = request.POST.copy()
            del sent[self.FIELD]
            request.POST = sent  # type: ignore[assignment]  # as Django's own setter allows
        if sensitive.is_confirmed(request):
            return None
        if password:
            name, address = request.user.get_username(), request.META["REMOTE_ADDR"]
            if fails_everywhere(request, attempt_name(request, {"username": name})):
                reason = f"Gõ sai mật khẩu xác nhận {settings.NAME_FAILURE_LIMIT} lần."
                audit(by=None, act=AccountAct.SESSION_EXPIRED, label=name, address=address, reason=reason)
                logout(request)
                return redirect_to_login(page_of(request))
            if self._is_right(request, name, password):
                sensitive.confirm(request)
                return None
            audit(by=request.user, act=AccountAct.CONFIRM, label=name, address=address, result=Result.FAILED)
        hidden = [(name, value) for name, values in request.POST.lists() for value in values]
        context = {
            "field": self.FIELD,
            "sent": [(name, value) for name, value in hidden if name != "csrfmiddlewaretoken"],
            "is_wrong": password is not None,
            "minutes": settings.CONFIRM_MINUTES,
            "back": page_of(request),
        }
        response = render(request, "agencies/confirm.html", context)
        add_never_cache_headers(response)
        return response

    @staticmethod
    def _is_right(request: HttpRequest, name: str, password: str) -> bool:
        """Return whether the password is the person's own. The count of failed sign-ins keeps what was posted, which is none of its
        business and may be a password to be issued: it sees an empty form."""
        sent, request.POST = request.POST, QueryDict()
        try:
            return authenticate(request, username=name, password=password) == request.user
        finally:
            request.POST = sent


class RefusalLogMiddleware:
    """Write a line in the process's log for every refused access: who, from where, to what. A page that does not exist is told from
    one that is not the reader's by its address alone: those that lead to no view are not refusals."""

    REFUSED = (401, 403, 404, 429)

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code in self.REFUSED and request.resolver_match is not None:
            log_refusal(request, response.status_code, tried_name(request))
        return response


def log_refusal(request: HttpRequest, status: int, account: str = "") -> None:
    """Write a refused access to the process's log. account: the name that was tried; empty: the one that is signed in, or the
    connected system, or none."""
    system = getattr(request, "system", None)
    fields = {
        "status": status,
        "method": request.method,
        "path": request.path[:500],
        "account": account or (system.client_id if system is not None else request.user.get_username()) or "-",
        "address": request.META.get("REMOTE_ADDR", ""),
    }
    text = "Từ chối %(status)s: %(method)s %(path)s, tài khoản %(account)s, địa chỉ %(address)s"
    refusals.warning(text, fields, extra={"fields": fields})


class DownloadLogMiddleware:
    """Write a line in the log for every downloaded file; a file whose line cannot be written is not sent."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
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


def _file_name(disposition: str) -> str:
    """Return the name in a Content-Disposition header, preferring the encoded one with all letters; empty without a name."""
    encoded = re.search(r"filename\*=utf-8''([^;]+)", disposition, re.IGNORECASE)
    if encoded:
        return unquote(encoded[1])
    plain = re.search(r'filename="?([^";]+)', disposition)
    return plain[1] if plain else ""
