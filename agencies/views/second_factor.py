"""Pages of the second factor: the code at sign-in, and turning it on, off, and its recovery codes."""

from typing import Any

import segno
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.attempts import attempt_name
from agencies.audit_acts import AccountAct
from agencies.forms import SecondFactorForm
from agencies.http import SignedInRequest
from agencies.models import SecondFactor, User
from agencies.services import second_factor, sessions
from agencies.services.second_factor import Verdict
from agencies.views.accounts import enter, locked_page
from core.audit.models import Result
from core.audit.services import audit

# In the session: the enrolment that is shown but not yet confirmed.
MARK = "second_factor_mark"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code that follows the password. Wrong ones count like wrong passwords, by name and address, and besides by
    account, from wherever they come."""
    if request.user.is_authenticated:
        return redirect("home")
    awaited = sessions.awaiting_code(request)
    if awaited is None:
        return redirect("login")
    user, page = awaited
    form = SecondFactorForm(request.POST if request.method == "POST" else None)
    verdict = None
    if form.is_valid():
        credentials = {"username": user.username}
        turned_away = locked_page(request, attempt_name(request, credentials))
        if turned_away is not None:
            return turned_away
        if not AxesProxyHandler.is_allowed(request, credentials):
            return _locked(request)
        address = request.META["REMOTE_ADDR"]
        verdict = second_factor.verify(user=user, code=form.cleaned_data["code"], address=address)
        if verdict is Verdict.RIGHT:
            del request.session[sessions.AWAITS_CODE]
            return enter(request, user, page) or redirect("login")
        _note_failure(request, user, verdict)
        if verdict is Verdict.LOCKED:
            return _locked(request)
    return render(request, "agencies/sign_in_code.html", {"form": form, "is_wrong": verdict is Verdict.WRONG})


def _note_failure(request: HttpRequest, user: User, verdict: Verdict) -> None:
    """Count a wrong code and log it."""
    user_login_failed.send(sender=__name__, request=request, credentials={"username": user.username})
    audit(
        by=None,
        act=AccountAct.SIGN_IN,
        label=user.username,
        address=request.META["REMOTE_ADDR"],
        result=Result.FAILED,
        step="mã xác thực",
        locked=verdict is Verdict.LOCKED,
    )


def _locked(request: HttpRequest) -> HttpResponse:
    limits = {"failure_limit": settings.AXES_FAILURE_LIMIT, "cooloff_timedelta": get_cool_off(request)}
    return render(request, "agencies/locked.html", limits, status=429)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def page(request: SignedInRequest) -> HttpResponse:
    """Show the second factor of one's own account. POST (`act`: enrol, codes, off) turns it on with the code of the app, makes new
    recovery codes, or turns it off; codes are shown this once."""
    user, address = request.user, request.META["REMOTE_ADDR"]
    factor = SecondFactor.objects.filter(user=user).first()
    act = request.POST.get("act", "")
    form = SecondFactorForm(request.POST if act == "enrol" else None)
    if act == "enrol" and form.is_valid():
        codes = second_factor.enrol(user=user, mark=_mark(request), code=form.cleaned_data["code"], address=address)
        if codes is not None:
            del request.session[MARK]
            request.session.pop(sessions.SECOND_FACTOR_DUE, None)
            return _codes_page(request, codes, "Đã bật mã xác thực")
        form.add_error("code", "Mã chưa đúng. Chờ ứng dụng đổi mã rồi gõ mã mới; giờ của điện thoại phải đúng.")
    elif act == "codes":
        codes = second_factor.renew_codes(user=user, address=address)
        if codes is not None:
            return _codes_page(request, codes, "Mã dự phòng mới")
    elif act == "off":
        if second_factor.turn_off(user=user, address=address):
            messages.success(request, "Đã tắt mã xác thực.")
        else:
            messages.error(
                request, "Chưa tắt: vai trò này phải dùng mã xác thực. Đổi điện thoại thì bật lại trên máy mới."
            )
        return redirect("second_factor")
    shows_enrolment = factor is None or act == "enrol" or "moi" in request.GET
    context: dict[str, Any] = {
        "factor": factor,
        "form": form,
        "left": second_factor.codes_left(user),
        "enrols": shows_enrolment,
    }
    context["is_required"] = second_factor.is_required(user)
    if shows_enrolment:
        mark = _mark(request)
        app_address = second_factor.app_address(user, mark)
        context |= {"app_address": app_address, "picture": _picture(app_address)}
        context["secret"] = second_factor.secret_words(user, mark)
    return render(request, "agencies/second_factor.html", context)


def _mark(request: HttpRequest) -> str:
    """Return the mark of the enrolment that this session shows; the same until it is confirmed."""
    mark: str = request.session.setdefault(MARK, second_factor.new_mark())
    return mark


def _picture(app_address: str) -> SafeString:
    """Return the QR code of an address for an app: black on white in both themes."""
    code = segno.make(app_address, error="l")
    drawn = code.svg_inline(
        border=3, dark="#000", light="#fff", svgclass="app-picture", lineclass=None, title="Mã QR", omitsize=True
    )
    return mark_safe(drawn)


def _codes_page(request: HttpRequest, codes: list[str], title: str) -> HttpResponse:
    return render(request, "agencies/recovery_codes.html", {"codes": codes, "title": title})
