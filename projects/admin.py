"""Administration of the plan's projects."""

from django.contrib import admin
from django.http import HttpRequest

from agencies.admin import NamedInline
from indicators.admin import PlanGuarded
from projects.models import MilestoneTemplate, Project, ProjectLink, ProjectParty


class PartyInline(NamedInline):
    model = ProjectParty
    extra = 0
    autocomplete_fields = ["agency"]


class LinkInline(NamedInline):
    model = ProjectLink
    extra = 0
    autocomplete_fields = ["target"]


@admin.register(Project)
class ProjectAdmin(PlanGuarded):
    to_plan = "section__plan"
    list_display = ["code_text", "name", "leads_text", "timing_text", "due", "is_ongoing"]
    list_filter = ["section", "is_ongoing"]
    list_select_related = ["section"]
    search_fields = ["name", "leads_text"]
    readonly_fields = ["section", "number"]
    fields = [
        "section",
        "number",
        "name",
        "signed_name",
        "leads_text",
        "coordinators_text",
        "timing_text",
        "due",
        "is_ongoing",
        "charges",
    ]
    inlines = [PartyInline, LinkInline]

    @admin.display(description="mã")
    def code_text(self, obj: Project) -> str:
        return obj.code

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(MilestoneTemplate)
class StepTemplateAdmin(PlanGuarded):
    """The usual steps of an IT project, from which a lead may begin its milestones."""

    list_display = ["position", "name", "plan"]
    list_filter = ["plan"]
    list_display_links = ["name"]
