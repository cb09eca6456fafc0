"""Addresses. Those of pages stay stable."""

from django.contrib import admin
from django.urls import include, path

from chuyendoiso import health, views

handler400 = "chuyendoiso.errors.bad_request"
handler403 = "chuyendoiso.errors.forbidden"
handler404 = "chuyendoiso.errors.not_found"
handler500 = "chuyendoiso.errors.server_error"

urlpatterns = [
    path("song/", health.live, name="live"),
    path("san-sang/", health.ready, name="ready"),
    path(".well-known/security.txt", views.security_contact, name="security_contact"),
    path("tinh-trang/", views.state, name="system_state"),
    path("quan-tri/", admin.site.urls),
    path("", include("exchange.urls")),
    path("", include("plan_workbook.urls")),
    path("", include("plans.urls")),
    path("", include("reports.urls")),
    path("", include("projects.urls")),
    path("", include("conclusions.urls")),
    path("", include("data_calls.urls")),
    path("", include("guide.urls")),
    path("", include("indicators.urls")),
    path("", include("agencies.urls")),
]
