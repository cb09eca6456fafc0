"""The name under which failed logins are counted."""

from typing import Any

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from agencies.models import User

# Stands before the code of a typed name without an account; no account's name may hold it.
UNKNOWN = "?"


def attempt_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return a typed name where an account has it, else a keyed code of it: what was typed may be a password in the wrong field,
    and is kept nowhere. One query a request."""
    typed = (credentials or {}).get("username") or request.POST.get("username", "")
    name = str(typed).strip().replace("\0", "")
    known: dict[str, str] = request.__dict__.setdefault("_attempt_names", {})
    if name not in known:
        has_account = User.objects.filter(username=name).exists()
        known[name] = name if has_account else UNKNOWN + salted_hmac("login name", name).hexdigest()[:20]
    return known[name]


def tried_name(request: HttpRequest) -> str:
    """Return the name under which a sign-in was tried in this request, as it is counted; empty where none was."""
    return next(iter(request.__dict__.get("_attempt_names", {}).values()), "")
