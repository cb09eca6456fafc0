"""Administration of letterheads and signers. Reports themselves are read-only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from agencies.admin import NamedInline, ReadOnlyAdmin
from indicators.admin import PlanGuarded
from reports.models import Letterhead, Report, Signer


class SignerInline(NamedInline):
    """Signers of a letterhead."""

    model = Signer
    extra = 1

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Letterhead)
class LetterheadAdmin(PlanGuarded):
    """Letterheads, with their signers."""

    list_display = ["name", "plan", "issuer", "symbol", "is_default"]
    list_filter = ["plan"]
    list_select_related = ["plan"]
    inlines = [SignerInline]


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    """Reports, read-only."""

    list_display = ["title", "plan", "last_day"]
    list_filter = ["plan"]
    list_select_related = ["plan"]
