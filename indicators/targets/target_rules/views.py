"""The rules between targets: their list, open to everyone, and the forms of those who may change them."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.http import SignedInRequest
from indicators.errors import ActionNotAllowed
from indicators.periods import plan_guard
from indicators.selection import Selection, select_work
from indicators.targets.target_rules import services, text
from indicators.targets.target_rules.forms import RuleForm, WithdrawForm


@require_safe
@never_cache
def rules(request: SignedInRequest) -> HttpResponse:
    """List the plan's rules between targets, withdrawn ones last. Open to everyone who signs in."""
    selection = select_work(request)
    rows = text.rows(selection.plan)
    labels = dict(selection.plan.targets.values_list("code", "label"))
    context = {
        "selection": selection,
        "rows": [
            (row, [(code, labels.get(code, "")) for code in row.rule.targets])
            for row in rows
            if row.withdrawn_on is None
        ],
        "withdrawn": [row for row in rows if row.withdrawn_on is not None],
        "may_change": services.may_change(request.user) and plan_guard.refusal(selection.plan) is None,
    }
    return render(request, "indicators/targets/target_rules/rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit(request: SignedInRequest, number: int | None = None) -> HttpResponseBase:
    """Show and process the form that adds a rule, or corrects the one of this number. POST with `act=rut` withdraws it."""
    selection = select_work(request)
    if not services.may_change(request.user):
        raise Http404("Không có trang này.")
    row = _row(selection, number) if number is not None else None
    withdraws = row is not None and request.POST.get("act") == "rut"
    data = request.POST if request.method == "POST" else None
    form = RuleForm(selection.plan, row, None if withdraws else data)
    seen = {"seen": row.sentence if row else ""}
    withdrawing = WithdrawForm(data if withdraws else None, initial=seen, prefix="rut")
    refusal = ""
    if data is not None and (withdrawing if withdraws else form).is_valid():
        address = request.META.get("REMOTE_ADDR")
        try:
            if withdraws and number is not None:
                services.withdraw_rule(
                    plan=selection.plan, number=number, by=request.user, address=address, **withdrawing.cleaned_data
                )
                done = f"Đã rút quy tắc {number}; việc này có trong nhật ký."
            else:
                number = services.store_rule(
                    plan=selection.plan,
                    rule=form.rule,
                    reason=form.cleaned_data["reason"],
                    seen=form.cleaned_data["seen"],
                    number=number,
                    by=request.user,
                    address=address,
                )
                done = f"Đã ghi quy tắc {number}; quy tắc có hiệu lực ngay ở biểu nhập và khi duyệt."
        except ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            messages.success(request, done)
            return redirect(f"{reverse('target_rules')}?{selection.query}#quy-tac-{number}")
    context = {
        "selection": selection,
        "row": row,
        "form": form,
        "withdrawing": withdrawing,
        "refusal": refusal,
    }
    status = 409 if refusal else 422 if form.errors or withdrawing.errors else 200
    return render(request, "indicators/targets/target_rules/edit.html", context, status=status)


def _row(selection: Selection, number: int) -> text.RuleRow:
    """Return a rule in force; 404 where there is none."""
    row = next((row for row in text.rows(selection.plan) if row.number == number and row.withdrawn_on is None), None)
    if row is None:
        raise Http404("Không có quy tắc này.")
    return row
