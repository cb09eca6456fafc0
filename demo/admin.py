from django.contrib import admin

from agencies.admin import ReadOnlyAdmin
from demo.models import DemoYear


@admin.register(DemoYear)
class DemoYearAdmin(ReadOnlyAdmin):
    """The demonstration year, read-only."""

    list_display = ["plan", "seed", "loaded_at", "clock_at"]
    list_select_related = ["plan"]
