"""*Chất lượng số liệu*: how figures become official and are revised, and the yearly check of a sample of them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.http import SignedInRequest
from agencies.models import Agency
from core import clock
from indicators.analysis.quality import queries, services
from indicators.analysis.quality.forms import FindingForm, SampleForm
from indicators.errors import ActionNotAllowed
from indicators.models import Evidence, EvidenceCheck, SampledFigure
from indicators.page_cache import page_asked
from indicators.selection import plan_of
from indicators.submissions.kinds import format_of

FIGURES_ON_A_PAGE = 60


@require_safe
def quality(request: SignedInRequest) -> HttpResponse:
    """Show what is known about the quality of the plan's figures, to all."""
    plan = plan_of(request)
    declared, targets = queries.described_targets(plan)
    context = {
        "plan": plan,
        "results": queries.results(plan),
        "draws": services.may_check(request.user),
        "declared": declared,
        "targets": targets,
    }
    return render(request, "indicators/analysis/quality/quality.html", context)


@require_safe
def revisions_policy(request: SignedInRequest) -> HttpResponse:
    """Show the policy on revisions: what is provisional, when figures become official, how corrections are published."""
    return render(request, "indicators/analysis/quality/revisions_policy.html", {"plan": plan_of(request)})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def draw(request: SignedInRequest) -> HttpResponse:
    """Show and process the form that draws a sample, for those who may check."""
    if not services.may_check(request.user):
        raise Http404("Tài khoản không rút mẫu kiểm tra.")
    plan = plan_of(request)
    periods = [period for period in plan.periods.in_order() if period.window_last < clock.today()]
    present = Agency.objects.levels(clock.today())
    form = SampleForm(request.POST if request.method == "POST" else None, periods=periods, present=present)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = services.draw_sample(
                plan=plan,
                sizes=form.sizes,
                first_number=given["first_number"],
                last_number=given["last_number"],
                reason=given["reason"],
                by=request.user,
                address=request.META.get("REMOTE_ADDR"),
            )
        except ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            messages.success(request, f"Đã rút mẫu: {made}.")
            return redirect("evidence_check", made.pk)
    status = 409 if refusal else 422 if form.errors else 200
    context = {"plan": plan, "form": form, "periods": periods, "refusal": refusal}
    return render(request, "indicators/analysis/quality/draw.html", context, status=status)


@require_safe
def check(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the result of an evidence check to all, and its figures to those who may open them."""
    of_plan = get_object_or_404(EvidenceCheck.objects.select_related("plan"), pk=pk)
    result = next(result for result in queries.results(of_plan.plan) if result.check == of_plan)
    figures = queries.figures_of(result.check, request.user)
    page = Paginator(figures, FIGURES_ON_A_PAGE).get_page(page_asked(request))
    context = {
        "result": result,
        "page": page,
        "rows": [(figure, shown(figure)) for figure in page.object_list],
        "records": services.may_check(request.user),
    }
    return render(request, "indicators/analysis/quality/check.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def finding(request: SignedInRequest, pk: int, place: int) -> HttpResponse:
    """Show one sampled figure with its evidence, and process what was found, for those who may check."""
    if not services.may_check(request.user):
        raise Http404("Tài khoản không ghi kết quả kiểm tra.")
    of_plan = get_object_or_404(EvidenceCheck.objects.select_related("plan"), pk=pk)
    figure = get_object_or_404(queries.figures_of(of_plan, request.user), number=place)
    initial = {name: getattr(figure, name) for name in ("verdict", "value_found", "note")} | {"seen": figure.verdict}
    form = FindingForm(request.POST if request.method == "POST" else None, initial=initial)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            services.record(
                figure=figure, by=request.user, address=request.META.get("REMOTE_ADDR"), **form.cleaned_data
            )
        except ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            messages.success(request, f"Đã ghi kết quả của số {place}.")
            next_one = of_plan.figures.filter(verdict="").order_by("number").first()
            if next_one is None:
                return redirect("evidence_check", pk)
            return redirect("evidence_finding", pk, next_one.number)
    submission = figure.actual.submission
    context = {
        "check": of_plan,
        "figure": figure,
        "shown": shown(figure),
        "files": Evidence.objects.filter(submission=submission, target=figure.actual.target),
        "form": form,
        "refusal": refusal,
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "indicators/analysis/quality/finding.html", context, status=status)


def shown(figure: SampledFigure) -> str:
    """Return a sampled figure as it was reported, in words."""
    actual = figure.actual
    if actual.nothing_arose:
        return "không phát sinh"
    return format_of(actual.target.kind).shown(actual, actual.target.unit).text
