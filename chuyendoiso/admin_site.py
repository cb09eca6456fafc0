"""The administration site (/quan-tri/). Its login is the product's own; a person without the right gets 404."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from core.installation.queries import current
from core.proxy import is_within
from core.technical_errors import in_words
from indicators.rollups.health import rollup_health


class Administration(AdminSite):
    """Django's administration site with the product's login and with 400 for unreadable parameters and choices."""

    site_title = "Quản trị"
    index_title = "Danh mục quản trị"
    site_url = "/"

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if settings.ADMIN_NETWORKS and not is_within(request, settings.ADMIN_NETWORKS):
                raise Http404
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            is_read = request.method in ("GET", "HEAD")
            if is_read and not request.GET:
                return guarded(request, *args, **kwargs)
            # What a form does is not covered: an error there is a fault of the product.
            response = None if is_read else guarded(request, *args, **kwargs)
            # Django's filters convert parts of the address to numbers and years without checking them, and its forms, shown again
            # because of an error, a choice that is none.
            try:
                if response is None:
                    response = guarded(request, *args, **kwargs)
                return response.render() if hasattr(response, "render") else response
            except (ValueError, OverflowError, DataError) as error:
                raise BadRequest(f"Không đọc được tham số hoặc biểu mẫu này: {in_words(error)}.") from error

        return update_wrapper(inner, guarded)

    @login_not_required
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect_to_login(request.GET.get("next", "/quan-tri/"))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().each_context(request) | {"site_header": current().administration}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {"standings": rollup_health(), **(extra_context or {})})

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("logout")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("password_change")
