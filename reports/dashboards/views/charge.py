"""The page of a charge, and its reminders."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agencies.http import SignedInRequest
from core import formatting
from core.numbers import digits
from indicators.errors import ActionNotAllowed
from indicators.models import Charge
from indicators.selection import Selection, select_work
from indicators.targets.charges import services
from reports.dashboards.exports import charge as exports_charge
from reports.dashboards.queries.charge import REASONS, BehindFilter, charge_overview
from reports.models import subject_of_charge


@require_safe
@never_cache
def page(request: SignedInRequest, code: str) -> HttpResponse:
    """Show a charge to everyone who signs in, with those of the agencies behind that the reader may see."""
    selection, chosen = select_work(request), _chosen(request)
    charge = _charge(request, selection, code)
    context = {
        "selection": selection,
        "charge": charge,
        "chosen": chosen,
        "overview": charge_overview(selection, charge, request.user, chosen),
        "report_subject": subject_of_charge(charge),
        "may_remind": Charge.objects.carried_out_by(request.user).filter(pk=charge.pk).exists(),
    }
    return render(request, "reports/dashboards/charge.html", context)


@require_safe
def file(request: SignedInRequest, code: str, kind: str) -> HttpResponseBase:
    """Download those of the agencies behind that the reader may see and the filters leave, as XLSX or CSV."""
    if kind not in ("xlsx", "csv"):
        raise Http404("Không có loại tệp này.")
    selection = select_work(request)
    charge = _charge(request, selection, code)
    overview = charge_overview(selection, charge, request.user, _chosen(request))
    return exports_charge.answer(kind, selection, charge, overview, is_demo=selection.plan.is_demo)


@require_POST
def remind(request: SignedInRequest, code: str) -> HttpResponse:
    """Remind the chosen agencies, each once in a period."""
    selection = select_work(request)
    charge = _charge(request, selection, code)
    chosen = {key for text in request.POST.getlist("don-vi") if (key := digits(text)) is not None}
    try:
        made = services.remind(
            charge=charge,
            period=selection.period,
            basis=selection.basis,
            agencies=chosen,
            by=request.user,
            address=request.META.get("REMOTE_ADDR"),
        )
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
    else:
        _say(request, len(made), sum(reminder.recipients == 0 for reminder in made))
    return redirect(f"{reverse('charge', args=[charge.code])}?{selection.query}{_chosen(request).query}#can-don-doc")


def _say(request: SignedInRequest, count: int, without_people: int) -> None:
    if not count:
        messages.info(
            request, "Chưa nhắc đơn vị nào: các đơn vị đã chọn không còn việc cần nhắc hoặc đã được nhắc trong kỳ này."
        )
        return
    text = f"Đã nhắc {formatting.number(count)} đơn vị; mỗi đơn vị chỉ được nhắc một lần trong kỳ."
    if without_people:
        text += f" {formatting.number(without_people)} đơn vị chưa có tài khoản đầu mối nên chưa ai nhận được."
    messages.success(request, text)


def _chosen(request: SignedInRequest) -> BehindFilter:
    """Return the filters of an address; 404 for a reason that does not exist."""
    names = {"reason": "vi-sao", "area": "dia-ban", "target": "chi-tieu", "text": "tim"}
    chosen = BehindFilter(**{field: request.GET.get(name, "").strip() for field, name in names.items()})
    if chosen.reason not in REASONS:
        raise Http404("Không có cách lọc này.")
    return chosen


def _charge(request: SignedInRequest, selection: Selection, code: str) -> Charge:
    """Return a charge of the plan; 404 where it has none such."""
    charges = Charge.objects.filter(plan=selection.plan).select_related("agency", "plan")
    return get_object_or_404(charges, code=code.replace("\x00", ""))
