"""One target: how is it going, and why?"""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from indicators import charts, kept, prospects, redefinition, target_book, wording
from indicators.builders import target_page
from indicators.models import DEFINERS, Basis, IllustrativeYear
from indicators.spread import SMALL
from indicators.verification import snapshot
from indicators.views.selection import select

BASIS_WORDS = {Basis.OFFICIAL: "đã duyệt", Basis.PROVISIONAL: "đã nộp hoặc đã duyệt"}


@require_safe
def target(request, code):
    selection = select(request)
    labels = dict(selection.plan.targets.in_order().values_list("code", "label"))
    if code not in labels:
        raise Http404("Không có mục tiêu này.")
    asked = request.GET
    typed = "neu-k" in asked or "neu-x" in asked

    def body(reader):
        found = selection.plan.targets.with_parties().with_milestones().get(code=code)
        page = target_page(selection, found, reader, asked.get("node", ""))
        what_if = prospects.what_if(page, asked.get("neu-k", ""), asked.get("neu-x", ""))
        codes = list(labels)
        place = codes.index(code)
        return {
            "page": page,
            "target": found,
            "row": page.row,
            "says": wording.about(page, selection.period, BASIS_WORDS[selection.basis]),
            "what_if": what_if,
            "then": wording.scenario(found, page.row, what_if) if what_if and what_if.scenario else "",
            "version": wording.version(found),
            "versions": wording.versions(found, redefinition.versions(found)),
            "may_define": reader.holds(*DEFINERS),
            "chart": charts.target_line(page.line),
            "small": SMALL,
            "spread_note": f"cột gạch chéo: mẫu số dưới {SMALL}" if page.spread and page.spread.small else "",
            "spread": charts.spread(page.spread) if page.spread else None,
            "waterfall": charts.waterfall(page.waterfall) if page.waterfall else None,
            "earlier": codes[place - 1] if place else None,
            "later": codes[place + 1] if place + 1 < len(codes) else None,
        }

    context = {
        "selection": selection,
        "code": code,
        "label": labels[code],
        "body": kept.Body(request, selection, f"target {code}", body, ("node", "neu-k", "neu-x"), keep=not typed),
    }
    return render(request, "indicators/target.html", context)


@require_safe
def file(request, code, kind):
    """The page's tables as a workbook or as CSV, with the rows that its reader sees there."""
    if kind not in ("xlsx", "csv"):
        raise Http404("Không có loại tệp này.")
    with snapshot():
        selection = select(request)
        targets = selection.plan.targets.with_parties().with_milestones()
        found = targets.filter(code=code).first() if "\x00" not in code else None
        if found is None:
            raise Http404("Không có mục tiêu này.")
        page = target_page(selection, found, request.user, request.GET.get("node", ""))
    illustrative = IllustrativeYear.objects.filter(plan=selection.plan).exists()
    return target_book.answer(kind, selection, page, illustrative=illustrative)
