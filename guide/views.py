"""Pages of the guide. It holds no figures, so that everybody reads it, also who cannot sign in yet; practice is one's own."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.http import SignedInRequest
from core import clock, formatting, texts
from guide import documents, practice
from guide.search import LONGEST_QUERY, search
from indicators.submissions.forms import EntryForm
from indicators.submissions.views.entry import entry_words, remaining


@login_not_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show the guide's first page; `q`: the sections that answer a question."""
    query = texts.line(request.GET.get("q", ""))[:LONGEST_QUERY]
    context = {
        "document": documents.document(documents.INDEX),
        "query": query,
        "results": search(query) if query else [],
    }
    return render(request, "guide/index.html", context)


@login_not_required
@require_safe
def document(request: HttpRequest, name: str) -> HttpResponse:
    """Show a document of the guide; 404 for a name that it does not have."""
    if name not in documents.NAMES or name == documents.INDEX:
        raise Http404("Không có phần hướng dẫn này.")
    context = {"document": documents.document(name), "documents": documents.documents()}
    return render(request, "guide/sheets.html" if name == documents.SHEETS else "guide/document.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def practice_form(request: SignedInRequest) -> HttpResponse:
    """Show the entry form over made-up figures. POST keeps the valid rows in the session; `act=submit` tells what would be
    submitted, `act=again` begins anew."""
    if request.method != "POST":
        return _practice(request, EntryForm(practice.report(request.session, request.user)))
    if request.POST.get("act") == "again":
        practice.clear(request.session)
        return redirect("practice")
    form, saved = _typed(request)
    is_submitting = request.POST.get("act") == "submit"
    return _practice(request, form, saved=saved, submitting=is_submitting)


@require_POST
@never_cache
def practice_cells(request: SignedInRequest) -> JsonResponse:
    """Keep the posted rows in the session and answer as the true form's address does (`entry.cells`)."""
    form, _ = _typed(request)
    context = _context(form)
    rows = {
        row.target.code: {
            "html": render_to_string("indicators/submissions/_entry_row.html", context | {"entry": row}, request),
            "saved": not row.is_unsaved,
            "words": entry_words(row),
        }
        for row in form.rows
        if f"seen-{row.target.code}" in request.POST
    }
    progress = render_to_string("indicators/submissions/_entry_progress.html", context, request)
    return JsonResponse({"at": formatting.time(clock.now()), "rows": rows, "progress": progress, "refusal": ""})


def _typed(request: SignedInRequest) -> tuple[EntryForm, int]:
    """Return the posted form with its valid rows kept in the session, and the number of these."""
    form = EntryForm(practice.report(request.session, request.user), request.POST, request.user)
    changes = form.changes
    form.keep(practice.store(request.session, changes, request.user))
    return form, len(changes)


def _context(form: EntryForm) -> dict[str, Any]:
    return {
        "form": form,
        "sheet": form.sheet,
        "remaining": remaining(form),
        "ready": not (form.unsaved or form.sheet.missing),
        "progress": f"{len(form.sheet.reported)} trên {len(form.rows)} chỉ tiêu có số",
        "now": clock.now(),
        "practice": reverse("practice_cells"),
        "notes": "guide/_practice_notes.html",
    }


def _practice(request: SignedInRequest, form: EntryForm, *, saved: int = 0, submitting: bool = False) -> HttpResponse:
    context = _context(form) | {"saved": saved, "submitting": submitting, "is_done": submitting and not form.unsaved}
    return render(request, "guide/practice.html", context)
