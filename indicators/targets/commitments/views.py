"""Commitments of the plan that its annex assigns to nobody: the list, and the form that assigns one."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.http import SignedInRequest
from indicators.errors import ActionNotAllowed
from indicators.models import Commitment
from indicators.selection import Selection, select_work
from indicators.targets.commitments import services
from indicators.targets.commitments.forms import AssignForm


@require_safe
@never_cache
def commitments(request: SignedInRequest) -> HttpResponse:
    """List the plan's commitments with their leads. Open to everyone who signs in."""
    selection = select_work(request)
    rows = list(selection.plan.commitments.with_parties())
    context = {
        "selection": selection,
        "rows": rows,
        "unassigned": sum(row.lead is None for row in rows),
        "may_assign": services.may_assign(request.user),
    }
    return render(request, "indicators/targets/commitments/commitments.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def assign(request: SignedInRequest, number: int) -> HttpResponseBase:
    """Show the form that assigns a commitment, to the standing agency and administrators. POST with `act=bo` takes the
    assignment back."""
    selection = select_work(request)
    if not services.may_assign(request.user):
        raise Http404("Không có cam kết này.")
    rows = Commitment.objects.filter(plan=selection.plan).with_parties()
    commitment = get_object_or_404(rows, number=number)
    if request.method != "POST":
        return _page(request, selection, commitment, AssignForm(commitment))
    takes_back = request.POST.get("act") == "bo"
    form = AssignForm(commitment, request.POST)
    if takes_back:
        form.fields["lead"].required = False
    if not form.is_valid():
        return _page(request, selection, commitment, form)
    try:
        services.assign(
            commitment=commitment,
            leads=[] if takes_back else form.leads,
            due=form.cleaned_data["due"],
            ground=form.cleaned_data["ground"],
            by=request.user,
            seen=form.cleaned_data["seen"],
            address=request.META.get("REMOTE_ADDR"),
        )
    except ActionNotAllowed as refused:
        fresh = get_object_or_404(rows, number=number)
        data = request.POST.copy()
        data["seen"] = str(fresh.revision)
        return _page(request, selection, fresh, AssignForm(fresh, data), refusal=str(refused), status=409)
    done = "Đã bỏ phân công" if takes_back else "Đã phân công"
    messages.success(request, f"{done} cam kết {number}; việc này có trong nhật ký.")
    return redirect(f"{reverse('commitments')}?{selection.query}#cam-ket-{number}")


def _page(
    request: SignedInRequest,
    selection: Selection,
    commitment: Commitment,
    form: AssignForm,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {"selection": selection, "commitment": commitment, "form": form, "refusal": refusal}
    return render(request, "indicators/targets/commitments/assign.html", context, status=status)
