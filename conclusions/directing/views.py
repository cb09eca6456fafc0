"""Pages of the register of directing documents: the list, the form of one, its file."""

from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.http import SignedInRequest
from conclusions.directing import services
from conclusions.directing.forms import DocumentForm
from conclusions.directing.queries import register
from conclusions.models import DirectingDocument, DirectingFile
from core import files
from indicators import page_cache
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import Plan
from indicators.selection import plan_of


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def documents(request: SignedInRequest) -> HttpResponseBase:
    """List the register, for readers of the whole province (`tim`: words); POST brings a removed document back."""
    if not request.user.reads_everything:
        raise Http404("Tài khoản không xem sổ văn bản chỉ đạo.")
    plan, keeps = plan_of(request), services.may_keep(request.user)
    if request.method == "POST":
        return _restored(request, plan)
    text = request.GET.get("tim", "").replace("\x00", "").strip()
    context = {
        "plan": plan,
        "text": text,
        "list": register(plan, request.user, text),
        "keeps": keeps,
        "removed": services.removed_from(plan) if keeps else [],
    }
    return render(request, "conclusions/directing/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def add(request: SignedInRequest) -> HttpResponseBase:
    """Show and process the form of a new document."""
    _require_keeper(request)
    return _edited(request, plan_of(request), None)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show and process the form of a document; POST with `remove` takes it out of the register."""
    _require_keeper(request)
    document = get_object_or_404(DirectingDocument.objects.select_related("attached"), pk=pk)
    plan = page_cache.plans().get(pk=document.plan_id)
    # For the page's frame; HttpRequest has no such attribute.
    request.plan = plan  # type: ignore[attr-defined]
    return _edited(request, plan, document)


@require_safe
@never_cache
def file(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Download the file of a document, for readers of the whole province."""
    visible = DirectingDocument.objects.visible_to(request.user)
    stored = get_object_or_404(
        DirectingFile.objects.select_related("document__plan"), document_id=pk, document__in=visible
    )
    try:
        content = default_storage.open(stored.file.name or "")
    except FileNotFoundError:
        messages.error(request, f"{stored.name}: không tìm thấy tệp trên máy chủ. Đề nghị báo quản trị hệ thống.")
        return redirect(_list_of(stored.document.plan))
    return files.file_response(content, stored.name, stored.content_type)


def _edited(request: SignedInRequest, plan: Plan, document: DirectingDocument | None) -> HttpResponseBase:
    is_sent = request.method == "POST"
    form = DocumentForm(document, request.POST if is_sent else None, request.FILES if is_sent else None)
    refusal = ""
    if is_sent and (form.is_valid() or (document is not None and "remove" in request.POST)):
        try:
            return _stored(request, plan, document, form)
        except ActionNotAllowed as refused:
            refusal = str(refused)
            if isinstance(refused, EditConflict) and isinstance(refused.current, DirectingDocument):
                # The refusal names what is stored, so that the next attempt has seen it.
                typed = request.POST.copy()
                typed["seen"] = str(refused.current.revision)
                form = DocumentForm(document, typed, request.FILES)
    context = {"plan": plan, "document": document, "form": form, "refusal": refusal}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "conclusions/directing/edit.html", context, status=status)


def _stored(
    request: SignedInRequest, plan: Plan, document: DirectingDocument | None, form: DocumentForm
) -> HttpResponse:
    """Store what a valid form says, or remove the document. Raises ActionNotAllowed."""
    who: dict[str, Any] = {"by": request.user, "address": request.META.get("REMOTE_ADDR")}
    if document is not None and "remove" in request.POST:
        services.remove(document=document, seen=form.cleaned_data.get("seen"), **who)
        messages.success(request, f"Đã bỏ {document} khỏi sổ; khôi phục được ở cuối trang.")
    elif document is not None:
        upload, seen = form.cleaned_data["file"], form.cleaned_data["seen"]
        done = services.change(document=document, entry=form.entry, upload=upload, seen=seen, **who)
        messages.success(request, f"Đã lưu {done}.")
    else:
        done = services.enter(plan=plan, entry=form.entry, upload=form.cleaned_data["file"], **who)
        messages.success(request, f"Đã vào sổ {done}.")
    return redirect(_list_of(plan))


def _restored(request: SignedInRequest, plan: Plan) -> HttpResponse:
    _require_keeper(request)
    removed = request.POST.get("restore", "")
    try:
        done = services.restore(
            plan=plan,
            removed=int(removed) if removed.isdecimal() and len(removed) < 19 else 0,
            by=request.user,
            address=request.META.get("REMOTE_ADDR"),
        )
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"Đã khôi phục {done}.")
    return redirect(_list_of(plan))


def _require_keeper(request: SignedInRequest) -> None:
    """Raise Http404 for whoever does not keep the register."""
    if not services.may_keep(request.user):
        raise Http404("Tài khoản không ghi sổ văn bản chỉ đạo.")


def _list_of(plan: Plan) -> str:
    return f"{reverse('directing_documents')}?{plan.query}"
