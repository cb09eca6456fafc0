"""Administration of Phụ lục 1."""

from django.contrib import admin

from agencies.admin import AuditedAdmin
from projects.models import Project, ProjectParty


class PartyInline(admin.TabularInline):
    model = ProjectParty
    extra = 0
    autocomplete_fields = ["agency"]


@admin.register(Project)
class ProjectAdmin(AuditedAdmin):
    list_display = ["code", "name", "leads_text", "timing_text", "due", "is_ongoing"]
    list_filter = ["section", "is_ongoing"]
    list_select_related = ["section"]
    search_fields = ["name", "leads_text"]
    readonly_fields = ["section", "number"]
    fields = ["section", "number", "name", "leads_text", "coordinators_text", "timing_text", "due", "is_ongoing"]
    inlines = [PartyInline]

    def has_add_permission(self, request):
        return False
