"""Sign-in of connected systems: the key, or a token made from it, in the header `Authorization: Bearer …`."""

import datetime as dt

from django.http import HttpRequest
from ninja.security import HttpBearer

from core import clock
from exchange import keys
from exchange.api.answers import Refusal
from exchange.models import ConnectedSystem, Right, SystemAccess


class SystemRequest(HttpRequest):
    """A request of a connected system, in the name of its owner. For annotations only."""

    system: ConnectedSystem


class SystemAuth(HttpBearer):
    """The connected system of a request; `request.user` is its owner, whose permissions hold."""

    def authenticate(self, request: HttpRequest, token: str) -> ConnectedSystem | None:
        """Return the system of a key or a token; None where it works no more. Refusal (429) beyond its rate."""
        system = system_of(token)
        if system is None:
            return None
        # HttpRequest has no such attributes; the record of accesses and the history of rows read them.
        request.system = system  # type: ignore[attr-defined]
        request.user = system.owner
        check_rate(system)
        return system


def system_of(text: str) -> ConnectedSystem | None:
    """Return the working system of a key or a token. One query, none for a text that is neither."""
    key = keys.read(text)
    if key is not None:
        system = _system(key.client_id)
        return system if system and keys.fits(key.secret, system.key_hash) and system.works else None
    token = keys.read_token(text)
    if token is None:
        return None
    system = _system(token[0])
    return system if system and system.works and system.key_hash.startswith(token[1]) else None


def _system(client_id: str) -> ConnectedSystem | None:
    """Return the system of a client id; None for any other text."""
    if not client_id.isascii() or not client_id.isalnum():
        return None
    systems = ConnectedSystem.objects.select_related("owner__agency__parent").prefetch_related("owner__user_roles")
    return systems.filter(client_id=client_id).first()


def check_rate(system: ConnectedSystem) -> None:
    """Raise Refusal (429) where a system made all requests that it may make in a minute. One query."""
    since = clock.now() - dt.timedelta(minutes=1)
    recent = SystemAccess.objects.filter(system=system, at__gt=since).exclude(status=429).count()
    if recent >= system.requests_per_minute:
        raise Refusal(
            429,
            "too_many_requests",
            f"Quá {system.requests_per_minute} yêu cầu trong một phút. Chờ một phút rồi gửi lại.",
            headers={"Retry-After": "60"},
        )


def require_report(request: SystemRequest) -> None:
    """Raise Refusal (403) where a system may read only."""
    if request.system.right != Right.REPORT:
        raise Refusal(403, "read_only", "Hệ thống này chỉ được đọc. Đề nghị quyền nộp phiếu ở trang Kết nối hệ thống.")
