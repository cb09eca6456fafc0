"""The differences between two published reports: every target that changed, with its causes, from the data stored with
each."""

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from agencies.http import SignedInRequest
from indicators.analysis import narrative, period_comparison
from reports.documents import scopes
from reports.models import Report, ReportState, ReportVersion


@require_safe
def compare(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    """Compare a published version with an earlier one of its own or of an earlier report period (`?voi=`), for those
    who may read every reporter's figures."""
    if not request.user.reads_everything:
        raise Http404("Không có trang này.")
    published = ReportVersion.objects.exclude(state=ReportState.DRAFT).select_related("report__plan")
    newer = get_object_or_404(published, report__in=Report.objects.visible_to(request.user), report=pk, number=number)
    choices = _choices(published, newer)
    chosen = request.GET.get("voi", "")
    older = next((v for v in choices if str(v.pk) == chosen), None) if chosen else (choices[0] if choices else None)
    if chosen and older is None:
        raise Http404("Không có bản này.")
    rows = _rows(older, newer) if older else []
    context = {"newer": newer, "older": older, "choices": choices, "rows": rows, "report": newer.report}
    return render(request, "reports/documents/version_diff.html", context)


def _choices(published: QuerySet[ReportVersion], newer: ReportVersion) -> list[ReportVersion]:
    """Return the versions that it can be compared with, the nearest first."""
    report = newer.report
    alike = published.filter(
        report__plan=report.plan, report__kind=report.kind, report__subject=report.subject, report__basis=report.basis
    ).defer("snapshot", "ledger")
    earlier = alike.filter(report__last_day__lt=report.last_day) | alike.filter(report=report, number__lt=newer.number)
    return list(earlier.order_by("-report__last_day", "-number"))


def _rows(older: ReportVersion, newer: ReportVersion) -> list[tuple[period_comparison.Comparison, dict]]:
    """Return (comparison, its words) of each target that differs in anything."""
    before, after = older.ledger or {}, newer.ledger or {}
    node = node_of(newer.report.subject)
    rows = []
    for code in after["targets"]:
        if code in before["targets"]:
            comparison = period_comparison.compare(before, after, code, node=node)
            if comparison is not None and (comparison.change or comparison.is_redefined or comparison.causes):
                near = period_comparison.by_district(comparison)
                rows.append((near, narrative.change_sentences(near)))
    return rows


def node_of(subject: str) -> str:
    """Return the node whose figures a report with this subject has; empty for the province."""
    type_, _, code = subject.partition(":")
    return code if type_ in (scopes.DISTRICT, scopes.AGENCY) else ""
