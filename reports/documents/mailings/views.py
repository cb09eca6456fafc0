"""Pages of mailings: the list with what was sent, one mailing; and the page on which a reader ends one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.http import SignedInRequest
from core import clock
from core.notifications.backends import sender
from indicators.errors import ActionNotAllowed
from indicators.models import Plan
from indicators.selection import plan_of
from reports.documents import scopes
from reports.documents.mailings import services
from reports.documents.mailings.forms import MailingForm
from reports.documents.periods import PERIOD_TYPES
from reports.documents.types import all_types
from reports.models import Mailing

# The most letters of the list of what was sent.
MOST_LETTERS = 100


@require_safe
@never_cache
def mailings(request: SignedInRequest) -> HttpResponse:
    """List a plan's mailings, and the newest letters of all."""
    _require_setter(request)
    plan, types, channel = plan_of(request), all_types(), sender()
    rows = list(Mailing.objects.filter(plan=plan).select_related("letterhead").prefetch_related(*services.READERS))
    names = dict(pair for _, group in scopes.choices(plan, request.user) for pair in group)
    lines = [
        {
            "mailing": row,
            "kind": types[row.kind].title if row.kind in types else row.kind,
            "period": PERIOD_TYPES[row.period_type].name if row.period_type in PERIOD_TYPES else row.period_type,
            "subject": names.get(row.subject, row.subject),
            "addresses": services.addresses_of(row, channel),
            "refused": sorted(refusal.address for refusal in row.refusals.all()),
        }
        for row in rows
    ]
    context = {
        "plan": plan,
        "lines": lines,
        "letters": services.recent_letters(rows, MOST_LETTERS),
        "has_mail": channel is not None,
        "stays_here": channel is not None and channel.leaves and clock.is_demo(),
    }
    return render(request, "reports/documents/mailings/mailings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    """Show a mailing, or a new one; POST stores it."""
    _require_setter(request)
    plan = plan_of(request)
    mailing = get_object_or_404(Mailing, pk=pk, plan=plan) if pk is not None else Mailing(plan=plan)
    data, refusal = request.POST if request.method == "POST" else None, ""
    form = MailingForm(plan, request.user, mailing, data)
    if data is not None and form.is_valid():
        try:
            services.save(
                mailing=mailing, fields=form.cleaned_data, by=request.user, address=request.META.get("REMOTE_ADDR")
            )
        except ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            messages.success(request, "Đã lưu lịch gửi báo cáo.")
            return _to_list(plan)
    context = {"plan": plan, "mailing": mailing, "form": form, "refusal": refusal}
    status = 200 if data is None else 409 if refusal else 422
    return render(request, "reports/documents/mailings/edit.html", context, status=status)


@require_POST
def pause(request: SignedInRequest, pk: int) -> HttpResponse:
    """Pause a mailing (`act=pause`), or let it go on."""
    _require_setter(request)
    mailing = get_object_or_404(Mailing.objects.select_related("plan"), pk=pk)
    is_paused = request.POST.get("act") == "pause"
    try:
        services.pause(mailing=mailing, is_paused=is_paused, by=request.user, address=request.META.get("REMOTE_ADDR"))
        messages.success(request, "Đã tạm dừng: không gửi gì nữa." if is_paused else "Đã gửi tiếp từ kỳ tới hạn sau.")
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
    return _to_list(mailing.plan)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def refuse(request: HttpRequest, token: str) -> HttpResponse:
    """Let the owner of an address end a mailing; POST ends it, so that no program that follows links does."""
    named = services.read_token(token)
    if named is None:
        raise Http404("Không có địa chỉ này.")
    mailing, address = named
    if request.method == "POST":
        services.refuse(mailing=mailing, address=address)
    is_refused = mailing.refusals.filter(address__iexact=address).exists()
    kind = all_types().get(mailing.kind)
    context = {"address": address, "kind": kind.title if kind else "", "is_refused": is_refused}
    return render(request, "reports/documents/mailings/refuse.html", context)


def _to_list(plan: Plan) -> HttpResponse:
    return redirect(f"{reverse('mailings')}?{plan.query}")


def _require_setter(request: SignedInRequest) -> None:
    if not services.may_set(request.user):
        raise Http404("Không có trang này.")
