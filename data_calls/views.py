"""Pages of data calls: the list, composing and preview, the table of answers, one answer, files."""

from collections.abc import Sequence
from typing import Any, cast

from csp.decorators import csp_update
from django.contrib import messages
from django.core.files.storage import default_storage
from django.forms import Form
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.http import SignedInRequest
from agencies.models import Level
from core import clock, files, formatting
from core.numbers import digits
from data_calls import answers, exports, services
from data_calls.audience import Audience, without_people
from data_calls.forms import AnswerForm, ComposeForm, ExtendForm, ReasonForm, names_of, questions_form
from data_calls.models import CallAnswer, CallField, CallFile, CallReminder, DataCall
from data_calls.queries import VIEWS, CallTable, call_list, call_table
from indicators import page_cache
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.selection import plan_of
from indicators.submissions import file_types

SENT_FOR_DECISION = "Đã nộp; biên nhận ở trang này."


@require_safe
@never_cache
def calls(request: SignedInRequest) -> HttpResponse:
    """List the data calls that a person may open."""
    plan = plan_of(request)
    context = {
        "plan": plan,
        "lines": call_list(plan, request.user),
        "may_call": services.may_call(request.user),
        "today": clock.today(),
    }
    return render(request, "data_calls/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def compose(request: SignedInRequest, pk: int | None = None) -> HttpResponseBase:
    """Show and store the form of a call that is being composed. POST with `act=xem` goes on to the preview, `act=bo` throws it
    away."""
    if not services.may_call(request.user):
        raise Http404("Tài khoản không gửi yêu cầu báo cáo được.")
    stored = None if pk is None else _call(request, pk)
    if stored is not None and not stored.is_draft:
        raise Http404("Yêu cầu này đã gửi.")
    plan = stored.plan if stored else plan_of(request)
    if stored is not None and request.POST.get("act") == "bo":
        return _drop(request, stored)
    data = request.POST if request.method == "POST" else None
    form, questions = ComposeForm(stored, data), questions_form(stored, data)
    refusal = ""
    if data is not None and form.is_valid() and questions.is_valid():
        try:
            made = services.compose(
                plan=plan,
                call=stored,
                content=form.content(questions.questions),
                seen=form.cleaned_data["seen"] if stored else None,
                **_who(request),
            )
        except ActionNotAllowed as refused:
            refusal = str(refused)
            if stored is not None and isinstance(refused, EditConflict):
                _renew(form, _call(request, stored.pk).revision)
        else:
            if data.get("act") == "xem":
                return redirect("data_call_preview", made.pk)
            messages.success(request, "Đã lưu bản soạn; chưa gửi cho đơn vị nào.")
            return redirect("data_call_edit", made.pk)
    errors = data is not None and bool(form.errors or any(questions.errors) or questions.non_form_errors())
    context = {
        "plan": plan,
        "call": stored,
        "form": form,
        "questions": questions,
        "refusal": refusal,
        "errors": errors,
    }
    return render(request, "data_calls/compose.html", context, status=_status(refusal, errors))


def _drop(request: SignedInRequest, stored: DataCall) -> HttpResponseBase:
    """Throw a composed call away."""
    try:
        services.drop(call=stored, **_who(request))
        messages.success(request, "Đã bỏ bản soạn.")
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
    return redirect("data_calls")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def preview(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show a call that is being composed as an agency will see it, and whom it will reach; POST sends it."""
    if not services.may_call(request.user):
        raise Http404("Tài khoản không gửi yêu cầu báo cáo được.")
    stored = _call(request, pk)
    if not stored.is_draft:
        return redirect(stored)
    refusal = ""
    if request.method == "POST":
        try:
            sent = services.send(call=stored, seen=_seen(request), **_who(request))
        except ActionNotAllowed as refused:
            refusal = str(refused)
            stored = _call(request, pk)
        else:
            messages.success(request, "Đã gửi yêu cầu; đầu mối của từng đơn vị được báo ngay.")
            return redirect(sent)
    agencies = Audience.read(stored.audience).members()
    questions = list(stored.fields.all())
    context = {
        "plan": stored.plan,
        "call": stored,
        "form": AnswerForm(questions, preview=True),
        "agencies": agencies,
        "names": names_of(agencies),
        "without_people": names_of(without_people(agencies)),
        "refusal": refusal,
        "today": clock.today(),
    }
    return render(request, "data_calls/preview.html", context, status=_status(refusal, None))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def call(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show the answers to a call as a table; people of an agency that is asked are led to its answer. POST with `act` reminds,
    extends, withdraws, closes, copies, approves or prints. Filter: `xem`."""
    stored = _call(request, pk)
    if stored.is_draft:
        return redirect("data_call_preview", stored.pk)
    if not request.user.reads_everything:
        return redirect(_own(request, stored))
    view = request.GET.get("xem", "")
    if view not in VIEWS:
        raise Http404("Không có cách xem này.")
    forms = _call_forms(request, stored)
    act, refusal = request.POST.get("act", ""), ""
    if request.method == "POST":
        form = forms.get(act)
        if act not in ACTS or not services.may_call(request.user):
            raise Http404("Không có việc này.")
        if act in WITH_FORM and form is None:
            refusal = services.OVER
        elif form is None or form.is_valid():
            try:
                return ACTS[act](request, stored, form)
            except ActionNotAllowed as refused:
                refusal = str(refused)
                stored = _call(request, pk)
                if isinstance(refused, EditConflict):
                    _renew(form, stored.revision)
    table = call_table(stored, view)
    reminders = CallReminder.objects.filter(answer__call=stored).select_related("by").order_by("at", "pk")
    last = {reminder.answer_id: reminder for reminder in reminders}
    may_call = services.may_call(request.user)
    errors = forms[act].errors if act in forms else None
    context = {
        "plan": stored.plan,
        "call": stored,
        "table": table,
        "view": view,
        "rows": [(answer, _cells(table, answer), last.get(answer.pk)) for answer in table.rows],
        "remindable": sum(_is_remindable(answer, last.get(answer.pk)) for answer in table.owing),
        "approvable": [_ticket(answer) for answer in table.waiting if answer.submitted_by_id != request.user.pk],
        "forms": forms if may_call else {},
        "may_call": may_call,
        "refusal": refusal,
        "errors": errors,
    }
    return render(request, "data_calls/call.html", context, status=_status(refusal, errors))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def answer(request: SignedInRequest, pk: int, code: str) -> HttpResponseBase:
    """Show what one agency answers. POST with `act` saves, submits, takes a file off (`go`), approves or sends back."""
    shown = _answer(request, pk, code)
    questions = list(shown.call.fields.all())
    act, refusal = request.POST.get("act", ""), ""
    data = request.POST if request.method == "POST" else None
    form = decision = None
    if shown.is_owed and answers.may_fill_in(request.user, shown):
        entered = data if act in ("luu", "nop") else None
        form = AnswerForm(questions, shown, entered)
    may_decide = services.may_call(request.user) and shown.call.is_running and shown.state == "submitted"
    if may_decide:
        decision = ReasonForm(
            data if act == "tra-lai" else None, initial={"seen": shown.revision}, auto_id="tra-lai-%s"
        )
    if data is not None:
        is_conflict = False
        try:
            done = _on_answer(request, shown, act, form, decision)
        except ActionNotAllowed as refused:
            refusal, done, is_conflict = str(refused), False, isinstance(refused, EditConflict)
        if done:
            return redirect(shown)
        shown = _answer(request, pk, code)
        if is_conflict:
            for refused_form in (form, decision):
                _renew(refused_form, shown.revision)
    errors = (form.errors if form is not None else None) or (decision.errors if decision is not None else None)
    context = {
        "plan": shown.call.plan,
        "call": shown.call,
        "answer": shown,
        "questions": [_question(question, shown, form) for question in questions],
        "form": form,
        "unsaved": _unsaved(request.POST, questions, form, decision),
        "others": _others(request, shown),
        "decision": decision,
        "may_submit": answers.may_submit(request.user, shown),
        "may_approve": may_decide and shown.submitted_by_id != request.user.pk,
        "state": shown.state_words(clock.today()),
        "accepted": file_types.ACCEPTED,
        "largest": file_types.LARGEST // (1024 * 1024),
        "refusal": refusal,
        "errors": errors,
    }
    return render(request, "data_calls/answer.html", context, status=_status(refusal, errors))


@require_safe
@never_cache
def workbook(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Download the answers to a call as XLSX, with the same filter as its page."""
    stored = _call(request, pk)
    view = request.GET.get("xem", "")
    if not request.user.reads_everything or stored.is_draft or view not in VIEWS:
        raise Http404("Không có bảng này.")
    return exports.workbook(call_table(stored, view), is_demo=stored.plan.is_demo)


@require_safe
@never_cache
@csp_update({"sandbox": ["allow-downloads"]})  # type: ignore[arg-type]  # typed for views without arguments
def download(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Send one file of an answer; as a download, never shown in the browser."""
    seen = CallAnswer.objects.visible_to(request.user).values("pk")
    file = get_object_or_404(
        CallFile.objects.filter(answer__in=seen).select_related("answer__call", "answer__agency"), pk=pk
    )
    try:
        content = default_storage.open(str(file.file.name))
    except FileNotFoundError:
        messages.error(request, f"{file.name}: không tìm thấy tệp trên máy chủ. Đề nghị báo quản trị hệ thống.")
        return redirect(file.answer)
    return files.file_response(content, file.name, file.content_type)


def _on_answer(
    request: SignedInRequest, shown: CallAnswer, act: str, form: AnswerForm | None, decision: ReasonForm | None
) -> bool:
    """Do what was posted on an answer; return whether it was done (else a form has faults). Raises ActionNotAllowed."""
    if act in ("luu", "nop") and form is not None:
        problems = _attach(request, shown, form)
        if not form.is_valid():
            return False
        if problems:
            raise ActionNotAllowed(" ".join(problems))
        run = answers.submit if act == "nop" else answers.save
        run(answer=shown, values=form.values, seen=form.cleaned_data["seen"], **_who(request))
        messages.success(request, SENT_FOR_DECISION if act == "nop" else "Đã lưu; chưa nộp.")
        return True
    if act == "go" and form is not None:
        chosen = digits(request.POST.get("tep", ""))
        file = None if chosen is None else shown.files.filter(pk=chosen).first()
        if file is None:
            raise Http404("Không có tệp này.")
        answers.detach(file=file, **_who(request))
        messages.success(request, f"Đã gỡ {file.name}.")
        return True
    if act == "tra-lai" and decision is not None:
        if not decision.is_valid():
            return False
        answers.return_answer(answer=shown, **decision.cleaned_data, **_who(request))
        messages.success(request, "Đã trả lại; đơn vị được báo ngay.")
        return True
    if act == "duyet" and decision is not None:
        answers.approve(answers=[shown], seen=_seen(request), **_who(request))
        messages.success(request, "Đã duyệt bản trả lời.")
        return True
    concerned = services.may_call(request.user) or answers.may_fill_in(request.user, shown)
    if concerned and act in ("luu", "nop", "go", "tra-lai", "duyet"):
        raise ActionNotAllowed("Bản trả lời này không còn ở bước đó. Không có gì thay đổi.")
    raise Http404("Không có việc này.")


def _attach(request: SignedInRequest, shown: CallAnswer, form: AnswerForm) -> list[str]:
    """Attach the files that came with an answer, each by itself: they are kept also where another field has a fault. Return the
    refusals."""
    refusals: list[str] = []
    for question in form.file_questions:
        for upload in request.FILES.getlist(question.name):
            try:
                made = answers.attach(answer=shown, field=question, upload=upload, **_who(request))
            except ActionNotAllowed as refused:
                refusals.append(str(refused))
            else:
                messages.success(request, f"Đã đính kèm {made.name}. {made.change_message}".strip())
    return refusals


def _remind(request: SignedInRequest, stored: DataCall, form: Any) -> HttpResponseBase:
    made = services.remind(call=stored, **_who(request))
    messages.success(request, f"Đã nhắc {len(made)} đơn vị." if made else "Hôm nay đã nhắc các đơn vị này.")
    return redirect(stored)


def _extend(request: SignedInRequest, stored: DataCall, form: ExtendForm) -> HttpResponseBase:
    services.extend(call=stored, **form.cleaned_data, **_who(request))
    messages.success(request, "Đã gia hạn; các đơn vị chưa nộp được báo ngay.")
    return redirect(stored)


def _withdraw(request: SignedInRequest, stored: DataCall, form: ReasonForm) -> HttpResponseBase:
    services.withdraw(call=stored, **form.cleaned_data, **_who(request))
    messages.success(request, "Đã rút yêu cầu; các đơn vị chưa nộp được báo ngay.")
    return redirect(stored)


def _close(request: SignedInRequest, stored: DataCall, form: ReasonForm) -> HttpResponseBase:
    services.close(call=stored, **form.cleaned_data, **_who(request))
    messages.success(request, "Đã kết thúc yêu cầu.")
    return redirect(stored)


def _copy(request: SignedInRequest, stored: DataCall, form: Any) -> HttpResponseBase:
    made = services.copy(call=stored, plan=stored.plan, **_who(request))
    messages.success(request, "Đã sao chép; xem lại hạn nộp và đơn vị rồi gửi.")
    return redirect("data_call_edit", made.pk)


def _approve(request: SignedInRequest, stored: DataCall, form: Any) -> HttpResponseBase:
    seen = set(request.POST.getlist("ban"))
    waiting = [one for one in call_table(stored).waiting if one.submitted_by_id != request.user.pk]
    as_seen = [one for one in waiting if _ticket(one) in seen]
    done = answers.approve(answers=as_seen, **_who(request))
    if len(as_seen) < len(waiting):
        more = formatting.number(len(waiting) - len(as_seen))
        messages.warning(
            request, f"{more} bản trả lời nộp hoặc đổi sau khi trang này mở ra: chưa duyệt, xem rồi duyệt."
        )
    if done:
        messages.success(request, f"Đã duyệt {formatting.number(len(done))} bản trả lời.")
    return redirect(stored)


def _ticket(answer: CallAnswer) -> str:
    """Return an answer as the page that approves several has seen it."""
    return f"{answer.pk}-{answer.revision}"


def _print(request: SignedInRequest, stored: DataCall, form: Any) -> HttpResponseBase:
    printed = services.print_in_reports(call=stored, printed=not stored.in_reports, **_who(request)).in_reports
    messages.success(
        request,
        "Báo cáo tiến độ của tỉnh sẽ có mục về yêu cầu này."
        if printed
        else "Báo cáo tiến độ không nêu yêu cầu này nữa.",
    )
    return redirect(stored)


ACTS = {
    "nhac": _remind,
    "gia-han": _extend,
    "rut": _withdraw,
    "ket-thuc": _close,
    "sao-chep": _copy,
    "duyet": _approve,
    "in": _print,
}


# The acts that have a form on the page.
WITH_FORM = ("gia-han", "ket-thuc", "rut")


def _call_forms(request: SignedInRequest, stored: DataCall) -> dict[str, Any]:
    """Return the forms on a call that is running, by the name of their act."""
    if not stored.is_running:
        return {}
    act = request.POST.get("act", "") if request.method == "POST" else ""

    def typed(name: str) -> dict[str, Any]:
        data = request.POST if act == name else None
        return {"data": data, "initial": {"seen": stored.revision}, "auto_id": f"{name}-%s"}

    return {
        "gia-han": ExtendForm(**typed("gia-han")),
        "ket-thuc": ReasonForm(**typed("ket-thuc"), optional=True),
        "rut": ReasonForm(**typed("rut")),
    }


def _question(question: Any, shown: CallAnswer, form: AnswerForm | None) -> dict[str, Any]:
    """Return what a page shows of one question: the question, its field (None where it is closed), its files, its answer."""
    return {
        "question": question,
        "field": form[question.name] if form is not None else None,
        "files": [file for file in shown.files.all() if file.field_id == question.pk],
        "text": shown.shown(question),
    }


def _unsaved(
    data: QueryDict, questions: Sequence[CallField], form: AnswerForm | None, decision: ReasonForm | None
) -> list[tuple[str, str]]:
    """Return (heading, text) of what was typed in a form that the page has no more: it is not stored, and not lost."""
    typed: list[tuple[str, str]] = []
    if form is None and data.get("act") in ("luu", "nop"):
        typed = [(question.heading, data.get(question.name, "").strip()) for question in questions]
    if decision is None and data.get("act") == "tra-lai":
        typed = [("Lý do trả lại", data.get("reason", "").strip())]
    return [(heading, text) for heading, text in typed if text]


def _others(request: SignedInRequest, shown: CallAnswer) -> list[CallAnswer]:
    """Return the other answers to a call for people of a district, who help their communes to answer."""
    agency = request.user.agency
    if request.user.reads_everything or agency is None or agency.level != Level.DISTRICT:
        return []
    rows = CallAnswer.objects.visible_to(request.user).filter(call=shown.call_id).exclude(pk=shown.pk)
    others = list(rows.select_related("agency__parent"))
    for other in others:
        other.call = shown.call
    return others


def _cells(table: CallTable, shown: CallAnswer) -> list[tuple[CallField, str]]:
    return [(field, shown.shown(field)) for field in table.fields]


def _is_remindable(shown: CallAnswer, last: CallReminder | None) -> bool:
    return shown.is_owed and (last is None or last.day != clock.today())


def _call(request: SignedInRequest, pk: int) -> DataCall:
    """Return a call that the person may open. Raises Http404."""
    stored = get_object_or_404(DataCall.objects.visible_to(request.user).select_related("plan", "made_by"), pk=pk)
    _frame(request, stored.plan_id)
    return stored


def _answer(request: SignedInRequest, pk: int, code: str) -> CallAnswer:
    """Return an answer that the person may read. Raises Http404."""
    rows = CallAnswer.objects.visible_to(request.user).with_all().with_values()
    shown = get_object_or_404(
        rows.select_related("call__plan", "agency__parent", "asked_for"), call=pk, agency__code=code
    )
    _frame(request, shown.call.plan_id)
    return shown


def _own(request: SignedInRequest, stored: DataCall) -> CallAnswer:
    """Return the answer that a person of an agency opens first: their own agency's, else the first that they may read."""
    rows = CallAnswer.objects.visible_to(request.user).filter(call=stored).select_related("agency")
    mine = list(rows)
    return next((one for one in mine if one.agency_id == request.user.agency_id), mine[0])


def _frame(request: SignedInRequest, plan: int) -> None:
    """Set the plan that the page's frame shows."""
    # HttpRequest has no such attribute.
    request.plan = page_cache.plans().get(pk=plan)  # type: ignore[attr-defined]


def _renew(form: Form | None, revision: int) -> None:
    """Let a refused form be sent again: it then rests on what is stored now."""
    if form is not None and form.is_bound:
        typed = cast(QueryDict, form.data).copy()
        typed["seen"] = str(revision)
        form.data = typed


def _seen(request: SignedInRequest) -> int:
    """Return the revision that the page was made with; -1, which is none, for anything else."""
    seen = digits(request.POST.get("seen", ""), 9)
    return -1 if seen is None else seen


def _who(request: SignedInRequest) -> dict[str, Any]:
    return {"by": request.user, "address": request.META.get("REMOTE_ADDR")}


def _status(refusal: str, errors: Any) -> int:
    return 409 if refusal else 422 if errors else 200
