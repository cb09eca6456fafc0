"""Accounts for many agencies at once: the list of those without one, and the slips with their codes."""

from collections.abc import Sequence
from typing import TypeVar

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies import territory
from agencies.http import SignedInRequest
from agencies.models import Agency, Level
from agencies.roles import Role
from agencies.services import bulk_accounts
from agencies.services.accounts import CODE_DAYS
from agencies.services.bulk_accounts import Proposal, Slip
from core import clock

Row = TypeVar("Row", Proposal, Slip)
OTHER_SHEET = "Cơ quan, đơn vị cấp tỉnh"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def page(request: SignedInRequest) -> HttpResponse:
    """Show the agencies without an account and the unused codes, for the administration.

    POST opens the chosen accounts, or renews the chosen codes, and answers with the slips. The codes are shown this once.
    """
    if not request.user.holds(Role.ADMIN):
        raise Http404("Không có trang này.")
    if request.method == "POST":
        who = {"by": request.user, "address": request.META["REMOTE_ADDR"]}
        if request.POST.get("act") == "renew":
            slips = bulk_accounts.renew_codes(usernames=request.POST.getlist("tai-khoan"), **who)
        else:
            slips = bulk_accounts.open_accounts(codes=request.POST.getlist("co-quan"), **who)
        if slips:
            return slips_page(request, slips)
        messages.warning(request, "Chưa cấp gì: chưa chọn dòng nào, hoặc các dòng đã chọn vừa được cấp.")
        return redirect("bulk_accounts")
    proposals = bulk_accounts.proposals(clock.today())
    context = {
        "groups": sheets(proposals),
        "count": len(proposals),
        "waiting": bulk_accounts.without_password(),
        **_constants(),
    }
    return render(request, "agencies/bulk_accounts.html", context)


def slips_page(request: SignedInRequest, slips: Sequence[Slip]) -> HttpResponse:
    """Show the codes that were issued, this once."""
    context = {"sheets": sheets(slips), "count": len(slips), **_constants()}
    return render(request, "agencies/slips.html", context)


def _constants() -> dict[str, object]:
    return {"days": CODE_DAYS, "site": settings.SITE_URL}


def sheet_of(agency: Agency | None) -> str:
    """Return the sheet of paper on which an agency's slip stands: that of its district, with its communes; of communes without
    a district that of their kind."""
    if agency is None or agency.level in (Level.DEPARTMENT, Level.OTHER):
        return OTHER_SHEET
    district = agency if agency.level == Level.DISTRICT else agency.parent
    if district is not None and district.level == Level.PROVINCE:
        return f"Các {territory.words([agency])}"
    return district.name if district is not None else OTHER_SHEET


def sheets(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Return (title, slips or proposals) of each sheet, in their order."""
    by_sheet: dict[str, list[Row]] = {}
    for row in rows:
        by_sheet.setdefault(sheet_of(row.agency), []).append(row)
    return list(by_sheet.items())
