"""One target: how is it going, and why?"""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from indicators import charts, prospects, redefinition, wording
from indicators.builders import target_page
from indicators.models import DEFINERS, Basis
from indicators.spread import SMALL
from indicators.views.selection import select

BASIS_WORDS = {Basis.OFFICIAL: "đã duyệt", Basis.PROVISIONAL: "đã nộp hoặc đã duyệt"}


@require_safe
def target(request, code):
    selection = select(request)
    codes = list(selection.plan.targets.in_order().values_list("code", flat=True))
    if code not in codes:
        raise Http404("Không có mục tiêu này.")
    found = selection.plan.targets.with_parties().with_milestones().get(code=code)
    page = target_page(selection, found, request.user, request.GET.get("node", ""))
    what_if = prospects.what_if(page, request.GET.get("neu-k", ""), request.GET.get("neu-x", ""))
    place = codes.index(code)
    context = {
        "selection": selection,
        "page": page,
        "target": found,
        "row": page.row,
        "says": wording.about(page, selection.period, BASIS_WORDS[selection.basis]),
        "what_if": what_if,
        "then": wording.scenario(found, page.row, what_if) if what_if and what_if.scenario else "",
        "version": wording.version(found),
        "versions": wording.versions(found, redefinition.versions(found)),
        "may_define": request.user.holds(*DEFINERS),
        "chart": charts.target_line(page.line),
        "small": SMALL,
        "spread": charts.spread(page.spread) if page.spread else None,
        "waterfall": charts.waterfall(page.waterfall) if page.waterfall else None,
        "earlier": codes[place - 1] if place else None,
        "later": codes[place + 1] if place + 1 < len(codes) else None,
    }
    return render(request, "indicators/target.html", context)
