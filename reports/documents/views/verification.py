"""The public check of a printed report's code: its head as on paper, checksum, signatures, whether in force or replaced, and its
first paragraphs where the issuer allows; no login."""

from django.contrib.auth.decorators import login_not_required
from django.core.cache.backends.base import BaseCache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from core.proxy import caller_of
from indicators import page_cache
from reports.documents.model import Document, Paragraph
from reports.documents.rendering import shown
from reports.documents.services import LETTERS
from reports.models import FileState, ReportState, ReportVersion

# The number of codes that one address may check within this many seconds.
MOST, SECONDS = 30, 60
# The paragraphs that are shown where the issuer allows.
MOST_PARAGRAPHS = 4


@login_not_required
@require_safe
def check(request: HttpRequest, code: str = "") -> HttpResponse:
    """Show the result for a code, or the form for one."""
    typed = (code or request.GET.get("ma", "")).strip()
    letters = "".join(sign for sign in typed.upper() if sign in LETTERS)
    if not code and letters:
        return redirect("check", letters)
    if not typed:
        return render(request, "reports/documents/verification.html")
    if _too_many(caller_of(request)):
        return render(request, "reports/documents/verification.html", {"too_many": True}, status=429)
    grouped = "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
    # Drafts are excluded because their code is empty, like a typed code without a single letter.
    issued = ReportVersion.objects.exclude(state=ReportState.DRAFT)
    version = issued.filter(code=grouped).select_related("report__plan", "letterhead").defer("ledger").first()
    if version is None:
        return render(request, "reports/documents/verification.html", {"code": grouped, "unknown": True}, status=404)
    document, head = shown(version)
    made = version.files.filter(file_format="pdf", revision=version.revision, state=FileState.READY).first()
    context = {
        "code": grouped,
        "version": version,
        "head": head,
        "abstract": document.abstract.plain,
        "checksum": made.checksum if made else "",
        "signed": version.signed_files.first(),
        "excerpt": _excerpt(document) if version.letterhead.excerpt_is_public else [],
    }
    return render(request, "reports/documents/verification.html", context)


def _excerpt(document: Document) -> list[str]:
    """Return the first paragraphs, as on the paper's first page."""
    paragraphs = [block.plain for block in document.body if isinstance(block, Paragraph) and block.plain]
    return paragraphs[:MOST_PARAGRAPHS]


def _too_many(address: str) -> bool:
    """Count an address's checks; True from the first that is over the limit. Without a working cache none is."""
    return bool(page_cache.ask(lambda counts: _count(counts, f"kiem-tra:{address}") > MOST, "default"))


def _count(counts: BaseCache, key: str) -> int:
    if counts.add(key, 1, SECONDS):
        return 1
    try:
        return counts.incr(key)
    except ValueError:  # run out between the two
        return 1
