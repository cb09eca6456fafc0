"""Page on which the standing agency acts in the place of a district that sleeps."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.as_of import AsOf
from agencies.http import SignedInRequest
from agencies.roles import Role
from indicators.errors import ActionNotAllowed
from indicators.review import stand_in
from indicators.selection import select_work


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def stand_ins(request: SignedInRequest) -> HttpResponse:
    """Show what the districts owe in a period; POST begins to act in a district's place. Standing agency only."""
    if not request.user.holds(Role.STANDING):
        raise Http404("Tài khoản không làm thay cấp huyện.")
    selection = select_work(request)
    if request.method == "POST":
        district = next(
            (
                row.district
                for row in stand_in.duties(selection.period)
                if row.district.code == request.POST.get("huyen")
            ),
            None,
        )
        if district is None:
            raise Http404("Không có huyện này.")
        reason = request.POST.get("reason", "")[:500]
        try:
            stand_in.begin(
                district=district,
                period=selection.period,
                reason=reason,
                by=request.user,
                address=request.META.get("REMOTE_ADDR"),
            )
        except ActionNotAllowed as refused:
            return _render(request, selection, refusal=str(refused), wanted=district.code, reason=reason)
        messages.success(request, f"Từ nay làm thay được {district.full_name} trong kỳ {selection.period}.")
        return redirect(f"{reverse('stand_ins')}?ky={selection.period.code}")
    return _render(request, selection)


def _render(request, selection, *, refusal="", wanted="", reason=""):
    rows = stand_in.duties(selection.period)
    AsOf(selection.period.window_last).apply_to([row.district for row in rows])
    context = {
        "selection": selection,
        "acting": [row for row in rows if row.stand_in is not None],
        "owing": [row for row in rows if row.stand_in is None and row.owes],
        "days": selection.plan.stand_in_days,
        "refusal": refusal,
        "wanted": wanted,
        "reason": reason,
    }
    return render(request, "indicators/review/stand_ins.html", context, status=409 if refusal else 200)
