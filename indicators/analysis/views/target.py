"""The page of one target, its parts as a file, and the list of targets."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import parse_qsl

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from agencies.http import SignedInRequest
from agencies.models import User
from indicators import page_cache
from indicators.analysis import charts, narrative, scenarios, years
from indicators.analysis.exports import target as exports_target
from indicators.analysis.target_detail import target_page
from indicators.models import DEFINERS, Basis, Plan, Target, query_of
from indicators.rollups.definitions import hold_as_of
from indicators.rollups.reconciliation import snapshot
from indicators.rules.status import SMALL
from indicators.selection import Selection, WrongAddress, names_plan, select
from indicators.targets import baselines, definition_preview, metadata, text
from indicators.targets.target_rules import text as target_rules_text

BASIS_WORDS = {Basis.OFFICIAL: "đã duyệt", Basis.PROVISIONAL: "đã nộp hoặc đã duyệt"}


class NoTarget(WrongAddress):
    """Raised where the plan has no target of such a code.

    meant: the code that differs from it in capitals only, empty for none; plans: the addresses of the other plans that have
    the target, newest first. Two queries.
    """

    def __init__(self, selection: Selection, code: str) -> None:
        codes = selection.plan.targets.values_list("code", flat=True)
        self.meant = next((each for each in codes if each.casefold() == code.casefold()), "")
        named = Target.objects.filter(code=code) if "\x00" not in code else Target.objects.none()
        named = named.filter(plan__in=Plan.objects.started())
        self.plans = list(named.order_by("-plan__year", "plan").values_list("plan__address", flat=True))
        message = "Không có chỉ tiêu này trong kế hoạch. Mã viết như I.12."
        if self.plans:
            plans = ", ".join(self.plans)
            message = f"Kế hoạch {selection.plan.short_name} không có chỉ tiêu này; có trong kế hoạch năm {plans}."
        super().__init__(message, "Xem danh sách chỉ tiêu", f"{reverse('overview')}?{selection.query}#muc-tieu")


View = Callable[..., HttpResponseBase]


def by_code(view: View) -> View:
    """Wrap a read-only page of one target so that `i.12` redirects to the address with `I.12`, and an address that names
    no plan to the newest plan that has the target: a stored link keeps its page when the next plan comes."""

    @wraps(view)
    def view_or_redirect(request: SignedInRequest, code: str, **rest: str) -> HttpResponseBase:
        # As it was asked: the selection puts the period that it opens on into the request.
        query = request.GET.copy()
        try:
            return view(request, code, **rest)
        except NoTarget as wrong:
            view_name = request.resolver_match.url_name if request.resolver_match else None
            if not wrong.meant and wrong.plans and not names_plan(query):
                query.update(parse_qsl(query_of(wrong.plans[0])))
            elif not wrong.meant:
                raise
            if view_name is None:
                raise
            url = reverse(view_name, kwargs={"code": wrong.meant or code, **rest})
            return redirect(f"{url}?{query.urlencode()}" if query else url)

    return view_or_redirect


@require_safe
def targets(request: SignedInRequest) -> HttpResponse:
    """Redirect to the list of targets, which is on the overview."""
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return redirect(f"{reverse('overview')}{query}#muc-tieu")


@require_safe
@by_code
def target(request: SignedInRequest, code: str) -> HttpResponse:
    """Show a target at a node."""
    selection = select(request)
    labels = dict(selection.plan.targets.in_order().values_list("code", "label"))
    if code not in labels:
        raise NoTarget(selection, code)
    query = request.GET
    before = years.plans_before(selection.plan, request.user)
    typed = "neu-k" in query or "neu-x" in query

    def body(reader: User) -> dict:
        loaded = (
            selection.plan.targets.with_parties()
            .with_milestones()
            .select_related("starting_point")
            .prefetch_related("definitions")
            .get(code=code)
        )
        hold_as_of([loaded], selection.period.number)
        page = target_page(selection, loaded, reader, query.get("node", ""))
        what_if = scenarios.what_if(page, query.get("neu-k", ""), query.get("neu-x", ""))
        chart = charts.target_line(page.line)
        codes = list(labels)
        index = codes.index(code)
        return {
            "page": page,
            "several": years.several_years(selection, loaded, page.node, before) if before else None,
            "target": loaded,
            "row": page.row,
            "says": narrative.about(page, selection.period, BASIS_WORDS[selection.basis]),
            "what_if": what_if,
            "then": narrative.scenario(loaded, page.row, what_if) if page.row and what_if and what_if.scenario else "",
            "charges": loaded.charges.select_related("agency"),
            "version": text.version(loaded),
            "versions": text.versions(loaded, definition_preview.versions(loaded)),
            "metadata": metadata.described(loaded),
            "rules": target_rules_text.of_target(selection.plan, code),
            "may_define": reader.holds(*DEFINERS),
            "restated": baselines.restated(selection.plan, code) if before and reader.holds(*DEFINERS) else [],
            "chart": chart,
            "axis_note": "" if chart["layout"]["yaxis"]["range"][0] <= 0 else "trục không bắt đầu từ 0",
            "small": SMALL,
            "spread_note": f"cột gạch chéo: mẫu số dưới {SMALL}" if page.spread and page.spread.small else "",
            "spread": charts.spread(page.spread) if page.spread else None,
            "waterfall": charts.waterfall(page.waterfall) if page.waterfall else None,
            "earlier": codes[index - 1] if index else None,
            "later": codes[index + 1] if index + 1 < len(codes) else None,
        }

    context = {
        "selection": selection,
        "code": code,
        "label": labels[code],
        "body": page_cache.CachedBody(
            request,
            selection,
            f"target {code} {years.stamp_of(before)}".rstrip(),
            body,
            ("node", "neu-k", "neu-x"),
            keep=not typed,
        ),
    }
    return render(request, "indicators/analysis/target.html", context)


@require_safe
@by_code
def file(request: SignedInRequest, code: str, kind: str) -> HttpResponseBase:
    """Download the page's tables as a workbook or as CSV, with the rows that its reader sees on the page."""
    if kind not in ("xlsx", "csv"):
        raise Http404("Không có loại tệp này.")
    with snapshot():
        selection = select(request)
        targets = selection.plan.targets.with_parties().with_milestones().prefetch_related("definitions")
        loaded = targets.filter(code=code).first() if "\x00" not in code else None
        if loaded is None:
            raise NoTarget(selection, code)
        hold_as_of([loaded], selection.period.number)
        page = target_page(selection, loaded, request.user, request.GET.get("node", ""))
    is_demo = selection.plan.is_demo
    return exports_target.answer(kind, selection, page, is_demo=is_demo)
