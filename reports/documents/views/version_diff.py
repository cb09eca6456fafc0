"""What lies between two published reports: every target that changed, with its causes, from what each of them kept."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from indicators.analysis import narrative, period_comparison
from reports.documents import scopes
from reports.models import Report, ReportState, ReportVersion


@require_safe
def compare(request, pk, number):
    """A published version against an earlier one of its own or of an earlier span (`?voi=`), for those who may read every
    reporter's figures."""
    if not request.user.reads_everything:
        raise Http404("Không có trang này.")
    published = ReportVersion.objects.exclude(state=ReportState.DRAFT).select_related("report__plan")
    newer = get_object_or_404(published, report__in=Report.objects.visible_to(request.user), report=pk, number=number)
    choices = _choices(published, newer)
    asked = request.GET.get("voi", "")
    older = next((v for v in choices if str(v.pk) == asked), None) if asked else (choices[0] if choices else None)
    if asked and older is None:
        raise Http404("Không có bản này.")
    rows = _rows(older, newer) if older else []
    context = {"newer": newer, "older": older, "choices": choices, "rows": rows, "report": newer.report}
    return render(request, "reports/documents/version_diff.html", context)


def _choices(published, newer):
    """What it can be compared with, the nearest first."""
    report = newer.report
    alike = published.filter(
        report__plan=report.plan, report__kind=report.kind, report__subject=report.subject, report__basis=report.basis
    ).defer("snapshot", "ledger")
    earlier = alike.filter(report__last_day__lt=report.last_day) | alike.filter(report=report, number__lt=newer.number)
    return list(earlier.order_by("-report__last_day", "-number"))


def _rows(older, newer):
    """(comparison, its words) of each target that differs in anything."""
    before, after = older.ledger, newer.ledger
    node = node_of(newer.report.subject)
    rows = []
    for code in after["targets"]:
        if code in before["targets"]:
            found = period_comparison.compare(before, after, code, node=node)
            if found is not None and (found.change or found.is_redefined or found.causes):
                near = period_comparison.by_district(found)
                rows.append((near, narrative.change_told(near)))
    return rows


def node_of(subject: str) -> str:
    """The node whose figures a report with this subject tells; empty for the province."""
    type_, _, code = subject.partition(":")
    return code if type_ in (scopes.DISTRICT, scopes.AGENCY) else ""
