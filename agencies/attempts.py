"""The name under which failed logins are counted: that of the account, for each known device and each session another one."""

from datetime import timedelta
from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from agencies.devices import device_of
from agencies.models import User

# Stands before the code of a typed name without an account; no account's name may hold it.
UNKNOWN = "?"
# Stands between the name of an account and a device that is known for it; no account's name may hold it either.
DEVICE = "#"


def attempt_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return a typed name where an account has it, followed by its session or the device that is known for it, else a keyed code of
    it: what was typed may be a password in the wrong field, and is kept nowhere. One query a request."""
    typed = (credentials or {}).get("username") or request.POST.get("username", "")
    name = str(typed).strip().replace("\0", "")
    known: dict[str, str] = request.__dict__.setdefault("_attempt_names", {})
    if name not in known:
        if User.objects.filter(username=name).exists():
            device = _session_of(request, name) or device_of(request, name)
            known[name] = f"{name}{DEVICE}{device}" if device else name
        else:
            known[name] = UNKNOWN + salted_hmac("login name", name).hexdigest()[:20]
    return known[name]


def _session_of(request: HttpRequest, name: str) -> str:
    """Return a mark of the session in which an account is signed in; empty in others. The password that is asked for again counts
    by it: strangers of the same network lock nobody out of it, and who took it elsewhere has no more tries there."""
    user = getattr(request, "user", None)
    if user is None or user.get_username() != name:
        return ""
    return salted_hmac("agencies.attempts.session", request.session.session_key or "").hexdigest()[:16]


def fails_everywhere(request: HttpRequest, counted: str) -> bool:
    """Return whether a counted name failed too often within the cool-off, from all addresses together."""
    since = timezone.now() - (get_cool_off(request) or timedelta(0))
    attempts = AccessAttempt.objects.filter(username=counted, attempt_time__gte=since)
    failures = attempts.aggregate(count=Sum("failures_since_start"))["count"] or 0
    return bool(failures >= settings.NAME_FAILURE_LIMIT)


def account_of(counted: str | None) -> str:
    """Return the name of the account that a counted name belongs to: without the device."""
    return (counted or "").partition(DEVICE)[0]


def is_known_device(counted: str) -> bool:
    """Return whether a counted name is that of a known device."""
    return DEVICE in counted


def tried_name(request: HttpRequest) -> str:
    """Return the name under which a sign-in was tried in this request, as it is counted but without the device; empty where there
    was none."""
    return account_of(next(iter(request.__dict__.get("_attempt_names", {}).values()), ""))
