"""Pages of the leader's conclusions: the list with filters, giving one, one with its answer and decisions."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.http import SignedInRequest
from conclusions import exports, services
from conclusions.forms import AnswerForm, DecideForm, ExplainForm, GiveForm
from conclusions.models import Conclusion, ConclusionState, ConclusionStep
from conclusions.queries import STATES, ConclusionFilter, conclusion_list, first_lead
from core import clock
from indicators import page_cache
from indicators.errors import ActionNotAllowed
from indicators.models import Plan, Target
from indicators.selection import plan_of
from projects.models import Project

KINDS = {
    "ket-thuc": ConclusionStep.Kind.CLOSE,
    "lam-tiep": ConclusionStep.Kind.SEND_BACK,
    "rut": ConclusionStep.Kind.WITHDRAW,
}
DONE = {
    ConclusionStep.Kind.CLOSE: "Đã kết thúc ý kiến chỉ đạo.",
    ConclusionStep.Kind.SEND_BACK: "Đã yêu cầu đơn vị thực hiện tiếp; đơn vị được báo ngay.",
    ConclusionStep.Kind.WITHDRAW: "Đã rút ý kiến chỉ đạo; đơn vị được báo ngay.",
}


@require_safe
@never_cache
def conclusions(request: SignedInRequest) -> HttpResponse:
    """List the conclusions that a person may read, with what became of them. Filters: `tinh-trang`, `co-quan`, `ve`, `tim`."""
    plan, chosen = plan_of(request), _filter(request)
    context = {
        "plan": plan,
        "chosen": chosen,
        "list": conclusion_list(plan, request.user, chosen),
        "may_give": services.may_give(request.user),
        "reads_register": request.user.reads_everything,
    }
    return render(request, "conclusions/list.html", context)


@require_safe
@never_cache
def workbook(request: SignedInRequest) -> HttpResponseBase:
    """Download the list as XLSX, with the same filters."""
    plan = plan_of(request)
    return exports.workbook(plan, conclusion_list(plan, request.user, _filter(request)), is_demo=plan.is_demo)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def give(request: SignedInRequest) -> HttpResponseBase:
    """Show and process the form of a new conclusion on `?muc-tieu=` (a target's code) or `?du-an=` (a project's)."""
    if not services.may_give(request.user):
        raise Http404("Tài khoản không ra ý kiến chỉ đạo được.")
    plan = plan_of(request)
    target, project = _subject(plan, request.GET.get("muc-tieu", ""), request.GET.get("du-an", ""))
    subject = target or project
    assert subject is not None
    form = GiveForm(first_lead(subject), request.POST if request.method == "POST" else None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            made = services.give(
                plan=plan,
                target=target,
                project=project,
                **form.cleaned_data,
                by=request.user,
                address=request.META.get("REMOTE_ADDR"),
            )
        except ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            messages.success(request, f"Đã giao {made.agency.name}; đơn vị được báo ngay.")
            return redirect(made)
    context = {"plan": plan, "target": target, "project": project, "form": form, "refusal": refusal}
    return render(request, "conclusions/give.html", context, status=_status(refusal, form.errors))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def conclusion(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show one conclusion with its steps; POST with `act` answers it, closes it, sends it back or withdraws it."""
    rows = Conclusion.objects.visible_to(request.user).with_all().with_steps()
    shown = get_object_or_404(rows, pk=pk)
    # For the page's frame; HttpRequest has no such attribute.
    request.plan = page_cache.plans().get(pk=shown.plan_id)  # type: ignore[attr-defined]
    forms = _forms(request, shown)
    refusal, act = "", request.POST.get("act", "")
    if request.method == "POST":
        form = forms.get(act)
        if form is None:
            raise Http404("Không có việc này.")
        if form.is_valid():
            try:
                return _done(request, shown, act, form)
            except ActionNotAllowed as refused:
                refusal = str(refused)
                shown = get_object_or_404(rows, pk=pk)
    errors = forms[act].errors if act in forms else None
    context = {"row": shown, "forms": forms, "today": clock.today(), "refusal": refusal, "errors": errors}
    context |= {"plan": shown.plan, "may_give": services.may_give(request.user)}
    return render(request, "conclusions/conclusion.html", context, status=_status(refusal, errors))


def _done(request: SignedInRequest, shown: Conclusion, act: str, form: Any) -> HttpResponseBase:
    """Store what a valid form says. Raises ActionNotAllowed."""
    same: dict[str, Any] = {"conclusion": shown, "by": request.user, "address": request.META.get("REMOTE_ADDR")}
    if act == "tra-loi":
        services.answer(**same, **form.answer, seen=form.cleaned_data["seen"])
        messages.success(request, "Đã trả lời; người chỉ đạo được báo.")
    else:
        services.decide(**same, kind=KINDS[act], **form.cleaned_data)
        messages.success(request, DONE[KINDS[act]])
    return redirect(shown)


def _forms(request: SignedInRequest, shown: Conclusion) -> dict[str, Any]:
    """Return the forms that a person may use on a conclusion now, by the name of their act."""
    act = request.POST.get("act", "") if request.method == "POST" else ""

    def typed(name: str) -> Any:
        return request.POST if act == name else None

    forms: dict[str, Any] = {}
    if shown.state == ConclusionState.OPEN and services.may_answer(request.user, shown):
        form = ExplainForm if shown.for_missed else AnswerForm
        forms["tra-loi"] = form(shown.revision, typed("tra-loi"))
    if shown.is_running and services.may_give(request.user):
        answered = shown.state == ConclusionState.ANSWERED
        is_answerer = shown.answer is not None and shown.answer.by_id == request.user.pk
        for name, kind in KINDS.items():
            if kind == ConclusionStep.Kind.WITHDRAW or (answered and not is_answerer):
                forms[name] = DecideForm(shown.revision, kind, typed(name))
    return forms


def _filter(request: SignedInRequest) -> ConclusionFilter:
    """Return the filters of an address. Raises Http404 for a state that does not exist."""
    chosen = ConclusionFilter(
        state=request.GET.get("tinh-trang", ""),
        agency=request.GET.get("co-quan", ""),
        about=request.GET.get("ve", ""),
        text=request.GET.get("tim", "").strip(),
    )
    if chosen.state not in STATES:
        raise Http404("Không có tình trạng này.")
    return chosen


def _subject(plan: Plan, code: str, project_code: str) -> tuple[Target | None, Project | None]:
    """Return the target or the project of an address. Raises Http404 where the plan has none such."""
    targets = plan.targets.with_parties()
    target = next((each for each in targets if each.code == code), None) if code else None
    project = None
    if project_code and not code:
        projects = Project.objects.filter(section__plan=plan).in_force(clock.today()).with_parties()
        project = next((each for each in projects if each.code == project_code), None)
    if target is None and project is None:
        raise Http404("Không có chỉ tiêu hoặc dự án này.")
    return target, project


def _status(refusal: str, errors: Any) -> int:
    return 409 if refusal else 422 if errors else 200
