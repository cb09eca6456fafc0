"""Pages of the workbook: download, send, preview, confirm."""

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.http import SignedInRequest
from core.jobs.models import JobState
from core.spreadsheet import workbook_response
from indicators.errors import ActionNotAllowed
from indicators.models import WorkbookFile
from indicators.submissions.views.entry import find_period
from indicators.workbooks import imports, sandbox, sent_files
from indicators.workbooks import template as workbooks_template
from indicators.workbooks.sandbox import Unreadable

Scope, State = WorkbookFile.Scope, WorkbookFile.State


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def workbooks(request: SignedInRequest, period: str) -> HttpResponse:
    """Show the downloads and the form to send a file. POST receives a file."""
    reporting_period = find_period(period)
    scopes = _scopes(request.user, reporting_period)
    if request.method != "POST":
        return _render(request, reporting_period, scopes)
    scope = request.POST.get("pham-vi", scopes[0])
    if scope not in scopes:
        raise Http404("Không có phạm vi này.")
    upload = request.FILES.get("tep")
    if upload is None:
        return _render(request, reporting_period, scopes, scope=scope, refusal="Chưa chọn tệp nào.", status=422)
    try:
        taken = imports.take_in(upload=upload, by=request.user, period=reporting_period, scope=scope)
        job = imports.begin_reading(taken)
    except Unreadable as refused:
        status = 429 if isinstance(refused, sent_files.Busy) else 422
        return _render(request, reporting_period, scopes, scope=scope, refusal=str(refused), status=status)
    return redirect(taken) if scope == Scope.OWN else _to_work(job)


@require_safe
@never_cache
def template(request: SignedInRequest, period: str, scope: str) -> HttpResponseBase:
    """Send the workbook of the user's agency, of all communes below it, or of those in whose place they act, with the
    stored figures filled in."""
    reporting_period = find_period(period)
    if scope not in _scopes(request.user, reporting_period):
        raise Http404("Không có phạm vi này.")
    is_demo = reporting_period.plan.is_demo
    book = imports.book_of(request.user, reporting_period, scope, is_demo=is_demo)
    if book is None:
        raise Http404("Kỳ này không có gì phải báo cáo.")
    return workbook_response(
        book, workbooks_template.file_name(imports.agency_of(request.user), reporting_period, scope)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def workbook_file(request: SignedInRequest, period: str, pk: int) -> HttpResponse:
    """Show one sent file: the reason of its refusal, its faults, or every change; POST confirms the changes."""
    taken = _taken(request, period, pk)
    if request.method == "POST":
        return _confirm(request, taken)
    return _render_file(request, taken)


@require_safe
@never_cache
def marked(request: SignedInRequest, period: str, pk: int) -> HttpResponseBase:
    """Send the same file with its errors marked."""
    return sent_files.marked_response(_taken(request, period, pk))


def _scopes(user, period):
    scopes = imports.scopes_of(user, period)
    if not scopes:
        raise Http404("Tài khoản không nhập số liệu.")
    return scopes


def _taken(request: SignedInRequest, period: str, pk: int) -> WorkbookFile:
    visible = WorkbookFile.objects.visible_to(request.user).select_related("period__plan", "agency__parent")
    taken = get_object_or_404(visible, pk=pk, period=find_period(period))
    taken.owner = request.user
    return taken


def _confirm(request, taken):
    seen = request.POST.get("seen", "")[:64]
    if taken.state == State.READ and taken.is_of_many:
        return _to_work(imports.begin_saving(taken, seen))
    try:
        imports.confirm(taken=taken, by=request.user, seen=seen, address=request.META.get("REMOTE_ADDR"))
    except ActionNotAllowed as refused:
        return _render_file(request, _taken(request, taken.period.code, taken.pk), refusal=str(refused), status=409)
    return redirect(taken)


def _to_work(job):
    """Redirect to the job's page, or to its result where it is done."""
    return redirect(job.link if job.state == JobState.DONE else job)


def _render(request, period, scopes, *, scope="", refusal="", status=200):
    agency = imports.agency_of(request.user)
    offers = []
    for each in scopes:
        sheets = imports.sheets_of(request.user, period, each)
        report = imports.report_of(agency, period, sheets) if each == Scope.OWN else None
        enclosed = imports.enclosed_words(report) if report else []
        locked = [sheet for sheet in sheets if sheet.locked]
        why = locked[0].locked if locked and len(locked) == len(sheets) else ""
        if report is not None and enclosed and not sheets:
            why = report.locked
        offers.append(
            {
                "scope": each,
                "sheets": sheets,
                "rows": sum(len(sheet.rows) for sheet in sheets),
                "locked": len(locked),
                "enclosed": enclosed,
                "why": why,
                "refusal": refusal if each == scope else "",
            }
        )
    recent = WorkbookFile.objects.visible_to(request.user).filter(period=period).defer("table")[: sent_files.RECENT]
    context = {
        "agency": agency,
        "period": period,
        "offers": offers,
        "own_scope": Scope.OWN,
        "can_enter": Scope.OWN in scopes,
        "recent": [_with_period(each, period) for each in recent],
        "most": sandbox.MOST_BYTES // 2**20,
    }
    return render(request, "indicators/workbooks/workbooks.html", context, status=status)


def _with_period(taken, period):
    taken.period = period
    return taken


def _render_file(request, taken, *, refusal="", status=200):
    preview = imports.look_at(taken) if taken.state == State.READ else None
    is_reading = taken.state == State.READING
    context = {
        "taken": taken,
        "preview": preview,
        "refusal": refusal,
        **sent_files.reading_context(request.user, taken, imports.READ, is_reading=is_reading),
    }
    return render(request, "indicators/workbooks/file.html", context, status=status)
