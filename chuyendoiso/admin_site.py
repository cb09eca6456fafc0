"""The site of /quan-tri/. Entered through the product's own login; whoever has no business there finds nothing."""

from functools import update_wrapper

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import Http404
from django.shortcuts import redirect

from indicators.rollups.health import rollup_health


class Administration(AdminSite):
    site_title = "Quản trị"
    site_header = "Quản trị hệ thống chuyển đổi số Hải Dương"
    index_title = "Danh mục quản trị"
    site_url = "/"

    def admin_view(self, view, cacheable=False):
        guarded = super().admin_view(view, cacheable)

        def inner(request, *args, **kwargs):
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            if request.method not in ("GET", "HEAD") or not request.GET:
                return guarded(request, *args, **kwargs)
            # Django's filters and forms take what stands in the address for a number or a year without looking.
            try:
                response = guarded(request, *args, **kwargs)
                return response.render() if hasattr(response, "render") else response
            except (ValueError, OverflowError) as error:
                raise BadRequest(f"Không đọc được tham số: {error}") from error

        return update_wrapper(inner, guarded)

    @login_not_required
    def login(self, request, extra_context=None):
        return redirect_to_login(request.GET.get("next", "/quan-tri/"))

    def index(self, request, extra_context=None):
        return super().index(request, {"standings": rollup_health(), **(extra_context or {})})

    def logout(self, request, extra_context=None):
        return redirect("logout")

    def password_change(self, request, extra_context=None):
        return redirect("password_change")
