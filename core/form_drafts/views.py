"""Unsent texts of forms, for the script that keeps them (static/js/lib/other-machines.js)."""

import json
import re
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core import formatting
from core.form_drafts import services
from core.form_drafts.models import FormDraft, oldest

KEY = re.compile(r"[0-9a-f]{24}", re.ASCII)
LONGEST_CODE, LONGEST_PAGE = 300, 200


@require_http_methods(["GET", "POST"])
@never_cache
def form_drafts(request: HttpRequest) -> HttpResponse:
    """GET: the user's own unsent texts of a page (`trang`), newest first. POST keeps one, or lets go of it where its
    contents are empty. Answers 400 to what no page of ours sends, 413 to a text that is too long."""
    if request.method != "POST":
        page = request.GET.get("trang", "")
        if "\x00" in page:
            return HttpResponseBadRequest()
        drafts = FormDraft.objects.filter(author=request.user.pk, page=page, saved_at__gte=oldest())
        return JsonResponse({"drafts": [_shown(draft) for draft in drafts.order_by("-saved_at", "-pk")]})
    unsent = services.Unsent(*(request.POST.get(name, "") for name in services.Unsent._fields))
    if not KEY.fullmatch(unsent.key) or not request.user.is_authenticated:
        return HttpResponseBadRequest()
    if not unsent.content:
        services.forget(author=request.user, key=unsent.key)
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    if len(unsent.content) > services.LONGEST:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if not _is_sound(unsent):
        return HttpResponseBadRequest()
    machine = services.machine_words(request.META.get("HTTP_USER_AGENT", ""))
    services.keep(author=request.user, unsent=unsent, machine=machine)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _is_sound(unsent: services.Unsent) -> bool:
    if "\x00" in "".join(unsent) or len(unsent.code) > LONGEST_CODE or len(unsent.page) > LONGEST_PAGE:
        return False
    try:
        return isinstance(json.loads(unsent.content), dict)
    except (ValueError, RecursionError):
        return False


def _shown(draft: FormDraft) -> dict[str, str]:
    return {
        "key": draft.key,
        "code": draft.code,
        "content": draft.content,
        "place": f"{draft.machine}, lúc {formatting.short_datetime(draft.saved_at)}",
    }
