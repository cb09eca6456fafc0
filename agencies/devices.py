"""Known devices: browsers in which an account was signed in with before. Each counts its failed sign-ins by itself, so that what
strangers try elsewhere locks nobody out of it (decision 0347)."""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

_SALT = "agencies.known_device"
PREFIX = "may-quen-"
# The cookie is sent with sign-ins alone.
PATH = "/dang-nhap/"
SECONDS = 180 * 24 * 60 * 60
# Accounts that one browser is known for; a cookie more would make the head of a request too long some day.
MOST = 8


def _cookie(username: str) -> str:
    """Return the name of an account's cookie, which does not tell whose it is."""
    return PREFIX + salted_hmac(_SALT, username).hexdigest()[:12]


def device_of(request: HttpRequest, username: str) -> str:
    """Return the device of a request where it is known for an account; empty where it is not."""
    try:
        owner, device = signing.loads(request.COOKIES.get(_cookie(username), ""), salt=_SALT, max_age=SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(device) if owner == username else ""


def remember(request: HttpRequest, response: HttpResponseBase, username: str) -> None:
    """Make the browser known for an account that was just signed in with, for SECONDS from now."""
    name, device = _cookie(username), device_of(request, username) or secrets.token_hex(8)
    value = signing.dumps([username, device], salt=_SALT)
    is_secure = settings.SESSION_COOKIE_SECURE
    response.set_cookie(name, value, SECONDS, path=PATH, secure=is_secure, httponly=True, samesite="Lax")
    others = [each for each in request.COOKIES if each.startswith(PREFIX) and each != name]
    for each in others[MOST - 1 :]:
        response.delete_cookie(each, path=PATH, samesite="Lax")
