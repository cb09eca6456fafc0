"""The name under which failed logins are counted: that of the account, for each known device another one."""

from typing import Any

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from agencies.devices import device_of
from agencies.models import User

# Stands before the code of a typed name without an account; no account's name may hold it.
UNKNOWN = "?"
# Stands between the name of an account and a device that is known for it; no account's name may hold it either.
DEVICE = "#"


def attempt_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return a typed name where an account has it, followed by the device where it is known for the account, else a keyed code of
    it: what was typed may be a password in the wrong field, and is kept nowhere. One query a request."""
    typed = (credentials or {}).get("username") or request.POST.get("username", "")
    name = str(typed).strip().replace("\0", "")
    known: dict[str, str] = request.__dict__.setdefault("_attempt_names", {})
    if name not in known:
        if User.objects.filter(username=name).exists():
            device = device_of(request, name)
            known[name] = f"{name}{DEVICE}{device}" if device else name
        else:
            known[name] = UNKNOWN + salted_hmac("login name", name).hexdigest()[:20]
    return known[name]


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
