"""Forms that change a target: its definition with all versions so far, its indicator's text, its metadata."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.as_of import AsOf
from agencies.http import SignedInRequest
from agencies.models import Agency, Level
from agencies.roles import Role
from core import formatting
from core.fields import exact_text
from core.resubmission import earlier_sends
from indicators import errors
from indicators.models import DEFINERS, Indicator, Plan, SharedDenominator, Target
from indicators.selection import Selection, plan_of, select_work
from indicators.targets import baselines, definition_preview, denominators, metadata, services, text
from indicators.targets.forms import (
    DefinitionForm,
    DenominatorForm,
    IndicatorTextForm,
    KeepBaselineForm,
    MetadataForm,
    RegistryForm,
)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def definition(request: SignedInRequest, code: str) -> HttpResponseBase:
    """Show the form, to users who may change it. POST previews, and with `act=save` saves the previewed values."""
    selection = select_work(request)
    target = _target(request, selection, code)
    if request.method != "POST":
        form = DefinitionForm(target, first_period=selection.period.number)
        if request.GET.get("xuat-phat") == "moi":
            _propose_baseline(form, selection.plan)
        return _page(request, selection, target, form)
    form = DefinitionForm(target, request.POST)
    if not form.is_valid():
        if _is_own_save(request, target, form):
            return _saved(request, selection, target)
        return _page(request, selection, target, form)
    if form.number_seen != target.definition_number and any(
        _is_own_save(request, target, DefinitionForm(target, earlier)) for earlier in earlier_sends(request.POST)
    ):
        form = _as_seen_now(request, target)
    if form.number_seen != target.definition_number:
        return _conflict(request, selection, target, form)
    if request.POST.get("act") != "save" or request.POST.get("previewed") != form.fingerprint:
        return _page(request, selection, target, form, previewing=True)
    old, new = target.definition, form.definition
    try:
        services.change_target(
            target=form.changed_target,
            by=request.user,
            reason=form.cleaned_data["reason"],
            changes={what: [before, after] for what, before, after in _differences(target, old, new)},
            milestones=form.milestones,
            number=form.number_seen,
            first_period=form.cleaned_data["first_period"],
            address=request.META.get("REMOTE_ADDR"),
        )
    except services.Redefined:
        return _conflict(request, selection, _target(request, selection, code), form)
    except errors.ActionNotAllowed as refused:
        return _page(request, selection, target, form, refusal=str(refused), status=409)
    return _saved(request, selection, form.changed_target)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def baseline(request: SignedInRequest, code: str) -> HttpResponse:
    """Show the restated value of a carried baseline beside the one in use; POST keeps the old one, with a reason. The new
    one is taken by the form of the definition. 404 where nothing is offered, and for users who may not decide."""
    plan = plan_of(request)
    target = _definable(request, plan, code)
    offered = next(iter(baselines.restated(plan, code)), None)
    if offered is None:
        raise Http404("Không có giá trị xuất phát mới.")
    form = KeepBaselineForm(request.POST or None, initial={"value": exact_text(offered.value)}, auto_id="%s")
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            services.keep_baseline(
                target=target,
                value=form.cleaned_data["value"],
                by=request.user,
                reason=form.cleaned_data["reason"],
                address=request.META.get("REMOTE_ADDR"),
            )
        except errors.ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            messages.success(request, f"Đã giữ giá trị xuất phát của {code}.")
            return redirect(f"{reverse('target', args=[code])}?{plan.query}")
    context = {"plan": plan, "target": target, "offered": offered, "form": form, "refusal": refusal}
    context["errors"] = form.errors
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "indicators/targets/baseline.html", context, status=status)


def _propose_baseline(form: DefinitionForm, plan: Plan) -> None:
    """Fill in the restated value of the plan before as the baseline, where there is one."""
    for restated in baselines.restated(plan, form.target.code):
        form.initial = {**form.initial, "baseline": restated.value, "baseline_source": restated.source}


def _saved(request: SignedInRequest, selection: Selection, target: Target) -> HttpResponseBase:
    number, code = target.definition_number, target.code
    messages.success(request, f"Đã lưu định nghĩa lần {number} của {code}. Các kỳ liên quan đang được đánh giá lại.")
    return redirect(f"{reverse('target', args=[code])}?{selection.query}#dinh-nghia")


def _is_own_save(request: SignedInRequest, target: Target, form: DefinitionForm) -> bool:
    """Return True where the current definition was made by the user from this form, sent before without an answer."""
    form.is_valid()
    if not form.is_as_stored or form.number_seen == target.definition_number:
        return False
    return target.definitions.filter(number=target.definition_number, made_by=request.user).exists()


def _as_seen_now(request: SignedInRequest, target: Target) -> DefinitionForm:
    """Return the form for the current definition."""
    data = request.POST.copy()
    data["number"] = str(target.definition_number)
    form = DefinitionForm(target, data)
    form.is_valid()
    return form


def _target(request: SignedInRequest, selection: Selection, code: str) -> Target:
    """Return a target that the user may define; 404 for others."""
    return _definable(request, selection.plan, code)


def _definable(request: SignedInRequest, plan: Plan, code: str) -> Target:
    """Return a target of a plan that the user may define; 404 for others."""
    targets = plan.targets.with_milestones().definable_by(request.user)
    target = targets.filter(code=code).first() if "\x00" not in code else None
    if target is None:
        raise Http404("Không có chỉ tiêu này.")
    return target


def _conflict(request: SignedInRequest, selection: Selection, target: Target, form: DefinitionForm) -> HttpResponseBase:
    """Show the current definition beside the typed one, after another user changed it."""
    fresh = _as_seen_now(request, target)
    return _page(request, selection, target, fresh, previewing=fresh.is_valid(), conflict=True, status=409)


def _differences(target: Target, old: text.Definition, new: text.Definition) -> list[tuple[str, str, str]]:
    return text.definition_changes(old, new, target.unit)


def _page(
    request: SignedInRequest,
    selection: Selection,
    target: Target,
    form: DefinitionForm,
    *,
    previewing: bool = False,
    conflict: bool = False,
    refusal: str = "",
    status: int = 200,
) -> HttpResponseBase:
    versions = definition_preview.versions(target)
    context = {
        "selection": selection,
        "target": target,
        "form": form,
        "current": text.definition_words(target.definition, target.unit),
        "versions": text.versions(target, versions),
        "latest": versions[0],
        "conflict": conflict,
        "refusal": refusal,
    }
    if previewing:
        context |= {
            "preview": definition_preview.preview(
                selection, form.changed_target, form.milestones, form.cleaned_data["first_period"]
            ),
            "differences": _differences(target, target.definition, form.definition),
            "doubts": text.doubts(form.changed_target, form.milestones),
            "previewed": form.fingerprint,
        }
    return render(request, "indicators/targets/definition.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def indicator_text(request: SignedInRequest, code: str) -> HttpResponseBase:
    """Show the form that corrects a misprint in an indicator's text, to users who may define targets."""
    selection = select_work(request)
    if not request.user.holds(*DEFINERS):
        raise Http404("Không có chỉ tiêu này.")
    indicator = _indicator(selection, code)
    form = IndicatorTextForm(request.POST or None, initial={"text": indicator.text, "seen": indicator.text})
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            services.correct_indicator(
                indicator=indicator,
                text=form.cleaned_data["text"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                seen=form.cleaned_data["seen"],
                address=request.META.get("REMOTE_ADDR"),
            )
        except errors.ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            messages.success(request, f"Đã sửa câu chữ của chỉ tiêu {code}. Bản ký vẫn hiện bên cạnh.")
            return redirect(f"{reverse('indicators')}?{selection.query}#{code}")
    context = {"selection": selection, "indicator": indicator, "form": form, "refusal": refusal}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "indicators/targets/indicator_text.html", context, status=status)


def _indicator(selection: Selection, code: str) -> Indicator:
    """The plan's indicator with a code like `I.3`; 404 where there is none."""
    indicators = Indicator.objects.filter(pillar__plan=selection.plan).select_related("pillar")
    indicator = next((each for each in indicators if each.code == code), None)
    if indicator is None:
        raise Http404("Không có chỉ tiêu này.")
    return indicator


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def describe(request: SignedInRequest, code: str) -> HttpResponseBase:
    """Show and process the form that changes a target's metadata, for users who may define it."""
    selection = select_work(request)
    target = _target(request, selection, code)
    form = MetadataForm(target, request.POST if request.method == "POST" else None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            metadata.describe(
                target=target,
                typed=form.typed,
                reason=form.cleaned_data["reason"],
                by=request.user,
                revision=form.cleaned_data["revision"],
                address=request.META.get("REMOTE_ADDR"),
            )
        except errors.ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            messages.success(request, f"Đã lưu mô tả của {code}.")
            return redirect(f"{reverse('target', args=[code])}?{selection.query}#mo-ta")
    rule = metadata.rule_of(target)
    context = {"selection": selection, "target": target, "form": form, "rule": rule, "refusal": refusal}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "indicators/targets/metadata.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def registry(request: SignedInRequest) -> HttpResponse:
    """Show the denominators of the units that the user keeps: their own, the communes below their district; for the
    standing agency all but the districts' communes, or those of one district. POST stores new numbers from one source."""
    selection, user = select_work(request), request.user
    units = denominators.units_of(user)
    districts: list[Agency] = []
    wanted = request.GET.get("huyen", "")
    if user.holds(Role.STANDING):
        districts = list(Agency.objects.filter(level=Level.DISTRICT).in_force(selection.period.window_last).in_order())
        chosen = next((district for district in districts if district.code == wanted), None)
        units = units.exclude(parent__level=Level.DISTRICT) if chosen is None else units.within(chosen)
    if not (districts or units.exists()):
        raise Http404("Tài khoản không ghi mẫu số của đơn vị nào.")
    present = units.in_force(selection.period.window_last).select_related("parent").in_order()
    rows = denominators.registry(selection.plan, selection.period, present)
    AsOf(selection.period.window_last).apply_to([row.agency for row in rows])
    form = RegistryForm(
        selection.plan,
        rows,
        request.POST if request.method == "POST" else None,
        initial={"from_period": selection.period},
    )
    refusal = ""
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("from_period", "as_of", "source")}
        try:
            stored = denominators.store_many(
                numbers=form.numbers, by=user, address=request.META.get("REMOTE_ADDR"), **given
            )
        except errors.ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            messages.success(request, f"Đã ghi {formatting.number(len(stored))} số vào danh mục mẫu số.")
            place = {"ky": selection.period.code, **({"huyen": wanted} if districts and wanted else {})}
            return redirect(f"{reverse('denominators')}?{urlencode(place)}")
    context = {"selection": selection, "form": form, "districts": districts, "wanted": wanted, "refusal": refusal}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "indicators/targets/denominators.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def denominator(request: SignedInRequest, agency: str, code: str) -> HttpResponse:
    """Show all versions of a unit's number and the form for a new one; POST stores it. For those who keep it."""
    selection = select_work(request)
    unit = get_object_or_404(denominators.units_of(request.user).select_related("parent"), code=agency)
    shared = get_object_or_404(SharedDenominator, code=code)
    form = DenominatorForm(
        selection.plan, request.POST if request.method == "POST" else None, initial={"from_period": selection.period}
    )
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            denominators.store(
                agency=unit,
                denominator=shared,
                by=request.user,
                address=request.META.get("REMOTE_ADDR"),
                **form.cleaned_data,
            )
        except errors.ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            messages.success(request, f"Đã ghi {shared.label.lower()} của {unit.place_name}.")
            return redirect(f"{reverse('denominators')}?ky={selection.period.code}")
    context = {
        "selection": selection,
        "unit": unit,
        "shared": shared,
        "form": form,
        "versions": denominators.versions(unit, shared),
        "refusal": refusal,
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "indicators/targets/denominator.html", context, status=status)
