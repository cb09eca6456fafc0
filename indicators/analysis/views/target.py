"""One target: how is it going, and why?"""

from functools import wraps

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from indicators import page_cache
from indicators.analysis import charts, narrative, scenarios
from indicators.analysis.distribution import SMALL
from indicators.analysis.exports import target as exports_target
from indicators.analysis.target_detail import target_page
from indicators.models import DEFINERS, Basis
from indicators.rollups.reconciliation import snapshot
from indicators.selection import WrongAddress, select
from indicators.targets import definition_preview, text

BASIS_WORDS = {Basis.OFFICIAL: "đã duyệt", Basis.PROVISIONAL: "đã nộp hoặc đã duyệt"}


class NoTarget(WrongAddress):
    """There is no target with such a code; `meant`: the code that differs from it in capitals only, empty for none. One query."""

    def __init__(self, selection, code: str):
        codes = selection.plan.targets.values_list("code", flat=True)
        self.meant = next((each for each in codes if each.casefold() == code.casefold()), "")
        said = "Không có mục tiêu này trong kế hoạch. Mã viết như I.12."
        super().__init__(said, "Xem danh sách mục tiêu", f"{reverse('overview')}?{selection.query}#muc-tieu")


def by_code(view):
    """For a page of one target that is only read: `i.12` leads to the address with `I.12`."""

    @wraps(view)
    def found(request, code, **rest):
        try:
            return view(request, code, **rest)
        except NoTarget as wrong:
            if not wrong.meant:
                raise
            url = reverse(request.resolver_match.url_name, kwargs={"code": wrong.meant, **rest})
            return redirect(f"{url}?{request.GET.urlencode()}" if request.GET else url)

    return found


@require_safe
def targets(request):
    """The list of targets, which stands on the overview."""
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return redirect(f"{reverse('overview')}{query}#muc-tieu")


@require_safe
@by_code
def target(request, code):
    selection = select(request)
    labels = dict(selection.plan.targets.in_order().values_list("code", "label"))
    if code not in labels:
        raise NoTarget(selection, code)
    asked = request.GET
    typed = "neu-k" in asked or "neu-x" in asked

    def body(reader):
        found = selection.plan.targets.with_parties().with_milestones().get(code=code)
        page = target_page(selection, found, reader, asked.get("node", ""))
        what_if = scenarios.what_if(page, asked.get("neu-k", ""), asked.get("neu-x", ""))
        chart = charts.target_line(page.line)
        codes = list(labels)
        place = codes.index(code)
        return {
            "page": page,
            "target": found,
            "row": page.row,
            "says": narrative.about(page, selection.period, BASIS_WORDS[selection.basis]),
            "what_if": what_if,
            "then": narrative.scenario(found, page.row, what_if) if what_if and what_if.scenario else "",
            "version": text.version(found),
            "versions": text.versions(found, definition_preview.versions(found)),
            "may_define": reader.holds(*DEFINERS),
            "chart": chart,
            "axis_note": "" if chart["layout"]["yaxis"]["range"][0] <= 0 else "trục không bắt đầu từ 0",
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
        "body": page_cache.CachedBody(
            request, selection, f"target {code}", body, ("node", "neu-k", "neu-x"), keep=not typed
        ),
    }
    return render(request, "indicators/target.html", context)


@require_safe
@by_code
def file(request, code, kind):
    """The page's tables as a workbook or as CSV, with the rows that its reader sees there."""
    if kind not in ("xlsx", "csv"):
        raise Http404("Không có loại tệp này.")
    with snapshot():
        selection = select(request)
        targets = selection.plan.targets.with_parties().with_milestones()
        found = targets.filter(code=code).first() if "\x00" not in code else None
        if found is None:
            raise NoTarget(selection, code)
        page = target_page(selection, found, request.user, request.GET.get("node", ""))
    illustrative = selection.plan.is_demo
    return exports_target.answer(kind, selection, page, illustrative=illustrative)
