"""Pages of letterheads: the list of a plan's, and one with its signers."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.http import SignedInRequest
from indicators.errors import ActionNotAllowed
from indicators.selection import plan_of
from reports.documents.composition import proposed_letterhead
from reports.documents.letterheads import services
from reports.documents.letterheads.forms import LetterheadForm, SignerFormSet
from reports.models import Letterhead


@require_safe
@never_cache
def letterheads(request: SignedInRequest) -> HttpResponse:
    """Show the letterheads of a plan (`nam`) with their signers, for those who keep them."""
    _require_keeper(request)
    plan = plan_of(request)
    shown = Letterhead.objects.filter(plan=plan).prefetch_related("signers")
    return render(request, "reports/documents/letterheads/letterheads.html", {"plan": plan, "letterheads": shown})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    """Show a letterhead, or a new one, with its signers; POST stores them. The first one of a plan begins as proposed."""
    _require_keeper(request)
    plan = plan_of(request)
    letterhead = get_object_or_404(Letterhead, pk=pk, plan=plan) if pk is not None else Letterhead(plan=plan)
    data = request.POST if request.method == "POST" else None
    titles: list[str] = []
    if data is None and pk is None and not plan.letterheads.exists():
        letterhead, titles = proposed_letterhead(plan)
    form = LetterheadForm(data, instance=letterhead)
    initial = [{"powers": powers, "position": position} for position, powers in enumerate(titles, 1)]
    signers = SignerFormSet(data, instance=letterhead, initial=initial)
    signers.extra = max(1, len(titles))
    if data is None and not titles:
        # Another signer comes last.
        signers.initial_extra = [
            {"position": max((signer.position for signer in signers.get_queryset()), default=0) + 1}
        ]
    refusal = ""
    # Both are judged, so that every fault is told at once.
    if data is not None and all([form.is_valid(), signers.is_valid()]):
        try:
            services.save(form=form, signers=signers, by=request.user, address=request.META["REMOTE_ADDR"])
        except ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            messages.success(request, f"Đã lưu mẫu {letterhead.name}. Báo cáo đã phát hành giữ nguyên.")
            return redirect(f"{reverse('letterheads')}?{plan.query}")
    context = {"plan": plan, "letterhead": letterhead, "form": form, "signers": signers, "refusal": refusal}
    context["has_faults"] = bool(data is not None and (form.errors or not signers.is_valid()))
    status = 200 if data is None else 409 if refusal else 422
    return render(request, "reports/documents/letterheads/edit.html", context, status=status)


def _require_keeper(request: SignedInRequest) -> None:
    if not services.may_keep(request.user):
        raise Http404("Không có trang này.")
