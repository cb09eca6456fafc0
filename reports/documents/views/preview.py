"""The list of reports, and a preview (*xem trước*) of any report as it would be now: composed for its reader, not
stored."""

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from agencies.http import SignedInRequest
from agencies.roles import Role
from core import clock
from indicators.models import Plan, ReportingPeriod
from indicators.selection import BASIS_NAMES, newest_of, periods_begun, plan_of
from reports.dashboards.queries.target_rows import freshness_of
from reports.documents import composition, concurrency, scopes, services
from reports.documents.periods import MOST_WEEKS, WEEK, ReportPeriod, ended_periods, ended_weeks
from reports.documents.types import all_types
from reports.documents.views.documents import Sheets, shelf

UNFIT = "Loại báo cáo này không lập được cho kỳ hoặc đối tượng đã chọn. Chọn lại kỳ, đối tượng hoặc loại báo cáo."
BUSY = "Đang có nhiều báo cáo được mở cùng lúc. Chờ vài giây rồi bấm Xem trước lần nữa."


@require_safe
def report_list(request: SignedInRequest) -> HttpResponse:
    """List the stored reports, and the reports that can be previewed."""
    given = _given(request)
    plan, periods = _periods(request)
    return _list(request, plan, periods, given)


def _busy(request: SignedInRequest, plan: Plan, periods: list[ReportingPeriod], given: dict[str, str]) -> HttpResponse:
    answer = _list(request, plan, periods, given, problem=BUSY)
    answer.status_code, answer["Retry-After"] = 503, "10"
    return answer


def _list(
    request: SignedInRequest, plan: Plan, periods: list[ReportingPeriod], given: dict[str, str], problem: str = ""
) -> HttpResponse:
    report_periods = _choosable(periods, given["ky"])
    not_ended = composition.why_none(plan, given["ky"]) if given["ky"] else ""
    if not problem and (
        given["so-lieu"] not in BASIS_NAMES
        or given["ky"]
        and not not_ended
        and given["ky"] not in {report_period.code for report_period in report_periods}
    ):
        raise Http404("Kỳ hoặc loại số liệu không có.")
    context = {
        "plan": plan,
        "kinds": all_types().values(),
        "report_periods": report_periods,
        "subject_groups": scopes.choices(plan, request.user),
        "given": {**given, "ky": given["ky"] or newest_of(periods).code, "so_lieu": given["so-lieu"]},
        "may_draft": services.may_draft(request.user),
        "removed": services.removed_drafts(request.user) if request.user.holds(Role.STANDING, Role.LEAD) else [],
        "problem": problem,
        "not_ended": not_ended,
        **shelf(request),
    }
    return render(request, "reports/documents/report_list.html", context, status=400 if problem else 200)


@require_safe
def choose(request: SignedInRequest) -> HttpResponse:
    """Redirect from the form of the list to the preview of the chosen report."""
    given, (plan, periods) = _given(request), _periods(request)
    kind = given["loai"]
    if composition.find(plan, kind, given["ky"], given["ve"], given["so-lieu"]) is None:
        return _list(request, plan, periods, given, problem=UNFIT)
    query = urlencode({name: given[name] for name in ("ky", "ve", "so-lieu")})
    return redirect(f"{reverse('report', args=[kind])}?{query}")


@require_safe
def report(request: SignedInRequest, kind_id: str) -> HttpResponse:
    """Show a report as it would be now, of a subject that the reader may read; by default of all that the reader may
    read."""
    given, (plan, periods) = _given(request), _periods(request)
    type_and_request = composition.find(
        plan, kind_id, given["ky"] or _newest(kind_id, periods), given["ve"], given["so-lieu"]
    )
    if type_and_request is None:
        if kind_id in all_types() and composition.why_none(plan, given["ky"]):
            return _list(request, plan, periods, {**given, "loai": kind_id}, problem=UNFIT)
        raise Http404("Không có báo cáo này.")
    kind, report_request = type_and_request
    if not scopes.may_read(request.user, report_request.subject):
        raise Http404("Không có báo cáo này.")
    with concurrency.PREVIEWS.slot() as mine:
        if not mine:
            return _busy(request, plan, periods, given)
        document, head = composition.preview(kind, report_request, request.user)
    context = {
        "kind": kind,
        "report_request": report_request,
        "title": composition.title_of(kind, report_request),
        "sheets": Sheets(document, head),
        "report_periods": [
            report_period
            for report_period in _choosable(periods, report_request.report_period.code)
            if report_period.type.code in kind.period_types
        ],
        "given": {
            **given,
            "ky": report_request.report_period.code,
            "ve": report_request.subject.key,
            "so_lieu": given["so-lieu"],
        },
        "is_pending": freshness_of(plan).is_pending,
        "may_draft": services.may_draft(request.user, report_request.subject),
    }
    return render(request, "reports/documents/preview.html", context)


def _newest(kind_id: str, periods: list[ReportingPeriod]) -> str:
    """Return the code of the newest period of a report type: its last week where it is about weeks."""
    kind, weeks = all_types().get(kind_id), ended_weeks(periods, clock.today())
    is_weekly = kind is not None and WEEK.code in kind.period_types
    return weeks[0].code if is_weekly and weeks else newest_of(periods).code


def _choosable(periods: list[ReportingPeriod], chosen: str) -> list[ReportPeriod]:
    """Return the report periods that have ended, then the last weeks, and the chosen one where it is an earlier week."""
    weeks = ended_weeks(periods, clock.today())
    shown = [week for number, week in enumerate(weeks) if number < MOST_WEEKS or week.code == chosen]
    return [*ended_periods(periods, clock.today()), *shown]


def _periods(request: SignedInRequest) -> tuple[Plan, list[ReportingPeriod]]:
    """Return the plan of the address, and its periods that can be selected. Two queries."""
    plan = plan_of(request)
    periods = periods_begun(plan)
    if not periods:
        raise Http404("Kế hoạch chưa có kỳ báo cáo nào.")
    return plan, periods


def _given(request: SignedInRequest) -> dict[str, str]:
    """Return the parameters of the address; by default the widest subject that the reader may read, and the official
    figures."""
    given = {name: request.GET.get(name, "").replace("\x00", "") for name in ("loai", "ky", "ve", "so-lieu")}
    own_subject = scopes.PROVINCE if request.user.reads_everything else ""
    if not own_subject and request.user.agency:
        own_subject = scopes.own_of(request.user.agency)
    return {**given, "ve": given["ve"] or own_subject, "so-lieu": given["so-lieu"] or "chinh-thuc"}
