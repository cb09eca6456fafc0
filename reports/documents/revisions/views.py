"""Revisions of a target: the page, and its table as a file."""

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from agencies.http import SignedInRequest
from indicators.models import Target
from indicators.selection import Selection, select
from reports.documents.revisions import exports
from reports.documents.revisions.queries import agency_revisions, history, revisions


@require_safe
def page(request: SignedInRequest, code: str) -> HttpResponse:
    """Show first published and latest values of a target for the whole province, and the agencies' figures that changed."""
    selection = select(request)
    target = _target(selection, code)
    read = history(selection, target, request.user)
    context = {
        "selection": selection,
        "target": target,
        "revisions": revisions(selection, target, read),
        "agencies": agency_revisions(selection, target, read),
        "opens_reports": request.user.reads_everything,
    }
    return render(request, "reports/documents/revisions/revisions.html", context)


@require_safe
def file(request: SignedInRequest, code: str, kind: str) -> HttpResponseBase:
    """Download the page's tables as a workbook or as CSV."""
    if kind not in ("xlsx", "csv"):
        raise Http404("Không có loại tệp này.")
    selection = select(request)
    target = _target(selection, code)
    read = history(selection, target, request.user)
    rows, agencies = revisions(selection, target, read), agency_revisions(selection, target, read)
    return exports.answer(kind, selection, target, rows, agencies, is_demo=selection.plan.is_demo)


def _target(selection: Selection, code: str) -> Target:
    """Return the target with a code; 404 where the plan has none."""
    target = selection.plan.targets.filter(code=code).first() if "\x00" not in code else None
    if target is None:
        raise Http404("Không có chỉ tiêu này.")
    return target
