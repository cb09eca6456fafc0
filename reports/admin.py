"""Administration of who issues reports and who signs them. Reports themselves are only looked at."""

from django.contrib import admin

from agencies.admin import AuditedAdmin, NamedInline, ReadOnlyAdmin
from reports.models import Letterhead, Report, Signer


class SignerInline(NamedInline):
    model = Signer
    extra = 1

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Letterhead)
class LetterheadAdmin(AuditedAdmin):
    list_display = ["name", "plan", "issuer", "symbol", "is_default"]
    list_filter = ["plan"]
    list_select_related = ["plan"]
    inlines = [SignerInline]


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    list_display = ["title", "plan", "last_day"]
    list_filter = ["plan"]
    list_select_related = ["plan"]
