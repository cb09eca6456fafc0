"""Pages of the guide. It holds no figures, so that everybody reads it, also who cannot sign in yet."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core import texts
from guide import documents
from guide.search import LONGEST_QUERY, search


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
