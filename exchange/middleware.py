"""Middleware of the API: each request of a connected system is recorded, and an unchanged answer is not sent again."""

import hashlib
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from core import clock
from exchange.models import ConnectedSystem, SystemAccess

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class AccessMiddleware:
    """Record the requests of connected systems and answer 304 to a reader who has the answer already. Nothing for pages."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not request.path.startswith(settings.API_ROOT):
            return response
        system: ConnectedSystem | None = getattr(request, "system", None)
        if system is not None:
            SystemAccess.objects.create(
                system=system,
                at=clock.now(),
                method=request.method or "",
                path=request.get_full_path()[:500],
                status=response.status_code,
                rows=getattr(request, "rows", None),
                address=request.META.get("REMOTE_ADDR") or None,
            )
        return with_etag(request, response)


def with_etag(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return the answer with its mark; 304 without a body where a reader sends the mark in If-None-Match."""
    if request.method not in ("GET", "HEAD") or response.status_code != 200 or not isinstance(response, HttpResponse):
        return response
    if not response.has_header("ETag"):
        response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    known = [mark.strip().removeprefix("W/") for mark in request.headers.get("If-None-Match", "").split(",")]
    if response["ETag"] in known:
        return HttpResponse(status=304, headers={"ETag": response["ETag"]})
    return response
