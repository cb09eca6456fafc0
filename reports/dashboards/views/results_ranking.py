"""The ranking by results: the page, its content as a file, and its settings."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.http import SignedInRequest
from agencies.models import User
from indicators import page_cache
from indicators.errors import ActionNotAllowed
from indicators.selection import Selection, select, select_work
from indicators.targets import results_ranking as settings
from indicators.targets.forms import ResultsRankingForm
from reports.dashboards.exports import results_ranking as exports_results_ranking
from reports.dashboards.queries import league_table, results_ranking
from reports.dashboards.views.league_table import ROWS_ON_A_PAGE


@require_safe
def results(request: SignedInRequest) -> HttpResponse:
    """Show a page of the ranking by results; 404 for those who may not see it yet."""
    selection, number = select(request), page_cache.page_asked(request)
    if not settings.may_see(request.user, selection.plan):
        raise Http404("Xếp hạng này chưa công bố.")

    def body(reader: User) -> dict:
        ranking = _ranking(request, selection, reader)
        page = Paginator(ranking.rows, ROWS_ON_A_PAGE).get_page(number)
        return {
            "ranking": ranking,
            "page": page,
            "own_rows": [row for row in ranking.rows if row.is_own and row not in page.object_list],
            "weight_words": results_ranking.weight_words(ranking.weighted),
            "too_few": results_ranking.too_few_words(ranking, selection.plan.min_coverage) if ranking.is_thin else "",
        }

    context = {
        "selection": selection,
        "may_set": settings.may_set(request.user),
        "body": page_cache.CachedBody(request, selection, "results-league", body, ("nhom",), trang=number),
    }
    return render(request, "reports/dashboards/results_ranking.html", context)


@require_safe
def file(request: SignedInRequest, kind: str) -> HttpResponseBase:
    """Download the whole ranking as XLSX or CSV."""
    if kind not in ("xlsx", "csv"):
        raise Http404("Không có loại tệp này.")
    selection = select(request)
    ranking = _ranking(request, selection, request.user)
    return exports_results_ranking.answer(kind, selection, ranking, is_demo=selection.plan.is_demo)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def rules(request: SignedInRequest) -> HttpResponse:
    """Show and process the settings of the ranking, for the standing agency."""
    if not settings.may_set(request.user):
        raise Http404("Tài khoản không đổi được cách xếp hạng.")
    selection = select_work(request)
    form = ResultsRankingForm(selection.plan, request.POST if request.method == "POST" else None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            settings.set_ranking(
                plan=selection.plan,
                published=form.cleaned_data["published"],
                bands=form.bands,
                weights=form.weights,
                reason=form.cleaned_data["reason"],
                by=request.user,
                address=request.META.get("REMOTE_ADDR"),
            )
        except ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            messages.success(request, "Đã lưu cách xếp hạng theo kết quả.")
            return redirect(f"{reverse('results_league')}?{selection.query}")
    context = {"selection": selection, "form": form, "refusal": refusal}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "reports/dashboards/results_ranking_rules.html", context, status=status)


def _ranking(request: SignedInRequest, selection: Selection, user: User) -> results_ranking.ResultsRanking:
    """Return the ranking for an address. Raises Http404 for what does not exist or may not be seen."""
    group = request.GET.get("nhom", "")
    if group == "tat-ca":  # a link from the other ranking, which has all levels together; here the first is shown
        group = ""
    is_district = group not in ("", *league_table.LEVELS)
    chosen = {"district": group} if is_district else {"level": group}
    ranking = results_ranking.results_league(selection, user, **chosen)
    if ranking is None:
        raise Http404("Không có nhóm này, hoặc xếp hạng chưa công bố.")
    return ranking
