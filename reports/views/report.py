"""Reports to read on screen and to print."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render

from indicators.views.selection import select
from reports.registry import REPORTS


def report_list(request):
    context = {"selection": select(request), "reports": list(REPORTS.values())}
    return render(request, "reports/report_list.html", context)


def report(request, report_id):
    if report_id not in REPORTS:
        raise Http404("Không có báo cáo này.")
    kind, selection = REPORTS[report_id], select(request)
    agency = get_object_or_404(kind.permission(request.user), code=request.GET.get("don-vi"))
    context = {"selection": selection, "report": kind.build(selection, agency, request.user)}
    return render(request, kind.template, context)
