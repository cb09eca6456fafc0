"""The page of a system's webhook: where it is told of which events, and how each was delivered."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agencies.http import SignedInRequest
from agencies.models import Agency
from exchange.models import ConnectedSystem, Delivery, Webhook
from exchange.queries import visible_system
from exchange.webhooks import services, signing
from exchange.webhooks.forms import WebhookForm
from indicators.errors import ActionNotAllowed

# Deliveries on one page.
PAGE_SIZE = 50


@require_safe
@never_cache
def deliveries(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the webhook of a system with its deliveries; its owner may set it."""
    return _page(request, visible_system(request.user, pk))


@require_POST
@never_cache
def act(request: SignedInRequest, pk: int) -> HttpResponse:
    """Set the webhook, renew its secret (shown this once), send again, or remove it. 404 for all but the owner."""
    system, address = visible_system(request.user, pk), request.META.get("REMOTE_ADDR")
    if system.owner_id != request.user.pk:
        raise Http404("Không có hệ thống này.")
    webhook, chosen = _webhook(system), request.POST.get("act")
    try:
        if chosen == "set":
            form = WebhookForm(webhook, request.POST)
            if not form.is_valid():
                return _page(request, system, form=form, status=422)
            told = form.cleaned_data
            stored = services.set_webhook(
                system=system, by=request.user, url=told["url"], events=told["events"], address=address
            )
            messages.success(request, "Đã lưu nơi nhận. Sự kiện được gửi trong vòng một phút từ khi xảy ra.")
            if webhook is None:
                return _page(request, system, secret=signing.secret_of(stored))
        elif webhook is None:
            messages.error(request, "Hệ thống này chưa có nơi nhận sự kiện. Chưa có gì thay đổi.")
        elif chosen == "secret":
            secret = services.renew_secret(webhook=webhook, by=request.user, address=address)
            return _page(request, system, secret=secret)
        elif chosen == "retry":
            count = services.retry(webhook=webhook, by=request.user)
            messages.success(request, f"Sẽ gửi lại {count} sự kiện trong vòng một phút.")
        elif chosen == "remove":
            services.remove_webhook(webhook=webhook, by=request.user, address=address)
            messages.success(request, "Đã bỏ nơi nhận. Không sự kiện nào được gửi nữa.")
        else:
            messages.error(request, "Không rõ việc cần làm. Chưa có gì thay đổi.")
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
    return redirect("webhook_deliveries", pk)


def _webhook(system: ConnectedSystem) -> Webhook | None:
    """Return the webhook of a system; None where it has none."""
    return Webhook.objects.select_related("system").filter(system=system).first()


def _page(request: SignedInRequest, system: ConnectedSystem, *, status: int = 200, **more: Any) -> HttpResponse:
    """Render the page of a webhook."""
    webhook, is_owner = _webhook(system), request.user.pk == system.owner_id
    rows = Delivery.objects.filter(webhook=webhook).order_by("-number")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("trang"))
    codes = {row.content["agency"] for row in page}
    names = dict(Agency.objects.filter(code__in=codes).values_list("code", "name"))
    context = {
        "system": system,
        "webhook": webhook,
        "is_owner": is_owner,
        "may_set": is_owner and system.may_have_key,
        "form": WebhookForm(webhook),
        "waits": webhook is not None and webhook.deliveries.undelivered().exists(),
        "deliveries": page,
        "lines": [(row, names.get(row.content["agency"], "toàn tỉnh")) for row in page],
        **more,
    }
    return render(request, "exchange/webhook.html", context, status=status)
