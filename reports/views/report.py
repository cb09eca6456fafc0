"""Reports to read on screen and to print."""

from itertools import groupby

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from agencies.models import Level
from indicators.views.selection import select
from reports.registry import REPORTS
from reports.views.printed import shelf


@require_safe
def report_list(request):
    selection = select(request)
    kinds = [(kind, _choices(kind.permission(request.user))) for kind in REPORTS.values()]
    context = {"selection": selection, "kinds": [(kind, choices) for kind, choices in kinds if choices]}
    context |= shelf(request, selection.plan, selection.periods)
    return render(request, "reports/report_list.html", context)


@require_safe
def report(request, report_id):
    code = request.GET.get("don-vi", "")
    if report_id not in REPORTS or "\x00" in code:
        raise Http404("Không có báo cáo này.")
    kind, selection = REPORTS[report_id], select(request)
    agencies = kind.permission(request.user).select_related("parent")
    agency = get_object_or_404(agencies, code=code) if code else get_object_or_404(agencies, level=Level.PROVINCE)
    context = {"selection": selection, "report": kind.build(selection, agency, request.user)}
    return render(request, kind.template, context)


def _choices(agencies):
    """Whose report may be opened, in the groups of a choice: (label, agencies). Communes under their district."""
    found = list(agencies.select_related("parent").in_order())

    def group(agency):
        return agency.parent.short_name if agency.level == Level.COMMUNE else agency.get_level_display()

    return [(label, list(members)) for label, members in groupby(found, key=group)]
