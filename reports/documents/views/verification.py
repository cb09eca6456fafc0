"""The public check of a printed report's code: title, day, still in force or replaced; nothing else, and no login."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from core.proxy import caller_of
from indicators import page_cache
from reports.documents.services import LETTERS
from reports.models import ReportState, ReportVersion

# So many codes may be asked for from one address in so many seconds.
MOST, SECONDS = 30, 60


@login_not_required
@require_safe
def check(request, code=""):
    """Answers a code, or asks for one."""
    typed = (code or request.GET.get("ma", "")).strip()
    asked = "".join(sign for sign in typed.upper() if sign in LETTERS)
    if not code and asked:
        return redirect("check", asked)
    if not typed:
        return render(request, "reports/documents/verification.html")
    if _too_many(caller_of(request)):
        return render(request, "reports/documents/verification.html", {"too_many": True}, status=429)
    grouped = "-".join(asked[place : place + 4] for place in range(0, len(asked), 4))
    # A draft's code is empty, and so is one of which nothing was a letter.
    issued = ReportVersion.objects.exclude(state=ReportState.DRAFT)
    version = issued.filter(code=grouped).select_related("report").defer("snapshot", "ledger").first()
    if version is None:
        return render(request, "reports/documents/verification.html", {"code": grouped, "unknown": True}, status=404)
    return render(request, "reports/documents/verification.html", {"code": grouped, "version": version})


def _too_many(address) -> bool:
    """Counts an address's questions; True from the one that is one too many. Where nothing counts, none is."""
    return bool(page_cache.ask(lambda counts: _count(counts, f"kiem-tra:{address}") > MOST, "default"))


def _count(counts, key) -> int:
    if counts.add(key, 1, SECONDS):
        return 1
    try:
        return counts.incr(key)
    except ValueError:  # run out between the two
        return 1
