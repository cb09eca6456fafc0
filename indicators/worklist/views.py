"""*Việc cần làm*: the tasks of a user, one line and one button each."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from agencies.as_of import ending_of
from agencies.http import SignedInRequest
from agencies.roles import Role
from core import clock, formatting
from indicators.models import (
    Actual,
    Basis,
    Extension,
    Plan,
    ReportingPeriod,
    ReturnedFigure,
    ReturnedPart,
    Rollup,
    Scope,
    State,
    Submission,
)
from indicators.periods import deadlines
from indicators.rules.calendar import Deadlines, PeriodState
from indicators.rules.status import BAD, is_small_sample
from indicators.selection import no_plan
from indicators.submissions import locks
from indicators.submissions.detail import reviewing_agency
from indicators.submissions.parts import contents, label_of
from indicators.submissions.views.entry import newest_of, own_agency
from indicators.worklist.tasks_by_role import Task, duties_of, reviews_of

# The numbers of finished and of coming periods shown.
PAST, COMING = 3, 3
# The most targets shown that need attention.
MOST_NEEDS = 6
# Days in the strip of an open period.
MOST_DAYS = 12


@dataclass(frozen=True)
class Day:
    """A day of the open period in the strip of days."""

    day: dt.date
    label: str
    css: str


def todo(request: SignedInRequest) -> HttpResponse:
    """Show the home page of a focal point."""
    user, agency = request.user, own_agency(request.user)
    plans = Plan.objects.at_work_for(agency)
    if not plans:
        raise no_plan()
    periods = list(ReportingPeriod.objects.filter(plan__in=plans).select_related("plan").by_time())
    reports = _reports(agency, periods)
    deadlines_by_period = _own_deadlines(agency, periods)
    opened = [period for period in periods if deadlines_by_period[period.pk].state(clock.today()) == PeriodState.OPEN]
    requests = list(
        Extension.objects.waiting().filter(agency=agency, period__in=periods).select_related("period__plan")
    )
    late = [report for report in reports.values() if report.state == State.RETURNED]
    late = [report for report in late if locks.lock_reason(report, "save")]
    tasks = (
        _mending(reports)
        + _filling(agency, opened, reports, deadlines_by_period)
        + _too_late(late, requests)
        + reviews_of(user)
    )
    upcoming = [period for period in periods if period.state() == PeriodState.UPCOMING]
    reviewer = reviewing_agency(agency)
    approved = next((report.period for report in reversed(reports.values()) if report.is_official), None)
    context = {
        "agency": agency,
        "ending": ending_of(agency),
        "tasks": tasks,
        "duties": duties_of(user, plans),
        "period": newest_of(opened) if opened else None,
        "left": _left(tasks),
        "days": _days(newest_of(opened), deadlines_by_period[newest_of(opened).pk]) if opened else [],
        # Those of a late report stand among the tasks.
        "requests": [one for one in requests if one.period_id not in {report.period_id for report in late}],
        "waiting": [report for report in reports.values() if report.state == State.SUBMITTED],
        "past": _past(periods, reports),
        "upcoming": [(period, deadlines_by_period[period.pk].due_on) for period in upcoming[:COMING]],
        "reviewer": reviewer,
        "approved": approved,
        "needs": _needs(agency, approved) if approved else [],
        "today": clock.today(),
    }
    return render(request, "indicators/worklist/agency_tasks.html", context)


@require_safe
def duties(request: SignedInRequest) -> HttpResponse:
    """Show *Việc cần làm* to all users: a focal point's is their home page, the others' the tasks of their roles."""
    user = request.user
    if user.holds(Role.FOCAL) and user.agency_id:
        return todo(request)
    plans = Plan.objects.at_work()
    if not plans:
        raise no_plan()
    tasks = reviews_of(user) + duties_of(user, plans)
    return render(request, "indicators/worklist/role_tasks.html", {"tasks": tasks, "today": clock.today()})


def _own_deadlines(agency, periods) -> dict[int, Deadlines]:
    """Read the agency's own deadlines, by period. One query."""
    calendar = deadlines.read(periods, [agency.pk])
    return {period.pk: calendar.of(agency.pk, agency.level, period) for period in periods}


def _reports(agency, periods) -> dict[int, Submission]:
    """Read the agency's newest reports, by period in order, each with `figures`, the number that it carries."""
    reports = Submission.objects.latest_versions().filter(agency=agency, period__in=periods)
    reports = reports.select_related("reviewed_by", "submitted_by").annotate(figures=Count("actuals"))
    by_period: dict[int, Submission] = {report.period_id: report for report in reports}
    ordered = {period.pk: by_period[period.pk] for period in periods if period.pk in by_period}
    for period in periods:
        if report := ordered.get(period.pk):
            report.agency, report.period = agency, period
            report.review_due_on = period.review_due_on_of(agency.level)
    return ordered


def _mending(reports):
    """Return returned or reopened reports that can still be corrected, oldest first."""
    again = [report for report in reports.values() if report.state == State.RETURNED or _is_reopened(report)]
    again = [report for report in again if locks.lock_reason(report, "save") is None]
    cells, parts = _returned_cells(again), _returned_parts(again)
    tasks = []
    for report in again:
        month, codes, others = report.period.month_name, cells.get(report.pk, {}), parts.get(report.pk, {})
        url = reverse("entry", args=[report.period.code])
        if report.state == State.DRAFT:
            title, text = f"Sửa phiếu {month} được mở lại", f"“{report.reopen_reason}”"
        elif codes or others:
            both = codes | others
            title = f"Sửa {len(both)} {'mục' if others else 'chỉ tiêu'} bị trả lại: {', '.join(both)}"
            text = " ".join(f"{code}: “{reason}”" for code, reason in both.items())
            if codes:
                url += f"#d-{next(iter(codes))}"
        else:
            title, text = f"Sửa phiếu {month} bị trả lại", f"“{report.return_reason}”"
        if report.state == State.RETURNED:
            text += f" {report.reviewed_by}, {formatting.short_datetime(report.reviewed_at)}."
        tasks.append(Task("back", title, text, f"Sửa phiếu {month}", url, _last_day(report)))
    return tasks


def _too_late(late, requests):
    """Return returned reports that can be corrected no more: they count nowhere until more time is granted. requests:
    the agency's requests that wait."""
    undecided = {extension.period_id: extension for extension in requests}
    tasks = []
    for report in late:
        month, waiting = report.period.month_name, undecided.get(report.period_id)
        text = f"Hết hạn sửa ngày {formatting.short_date(_last_day(report))}; phiếu không được tính. "
        if waiting is None:
            text += f"Đề nghị gia hạn để sửa và nộp lại. “{report.return_reason}”"
        else:
            text += f"Đã đề nghị gia hạn lúc {formatting.short_datetime(waiting.asked_at)}, đang chờ quyết định."
        title, button = f"Phiếu {month} bị trả lại chưa nộp lại", "Xem đề nghị" if waiting else "Đề nghị gia hạn"
        tasks.append(Task("back", title, text, button, reverse("extension_ask", args=[report.period.code])))
    return tasks


def _filling(agency, opened, reports, deadlines_by_period):
    """Return open periods whose report was not submitted yet."""
    tasks = []
    for period in opened:
        report = reports.get(period.pk)
        if report is not None and (report.state != State.DRAFT or _is_reopened(report)):
            continue
        codes = dict(locks.assigned_targets(agency, period).values_list("pk", "code"))
        parts = contents(agency, period, report)
        if not codes and not parts:
            continue
        entered = set(report.actuals.values_list("target", flat=True)) if report else set()
        missing = [code for pk, code in codes.items() if pk not in entered]
        items = [item.label for one in parts for item in one.missing]
        counts = [f"{len(codes) - len(missing)}/{len(codes)} chỉ tiêu đã có số"] if codes else []
        done = f"{', '.join(counts + [one.counted for one in parts])}."
        begun = bool(entered) or any(one.done for one in parts)
        url = reverse("entry", args=[period.code])
        due_on = deadlines_by_period[period.pk].due_on
        until = due_on if clock.today() <= due_on else deadlines_by_period[period.pk].closes_on
        deadline = f"trước 24:00 ngày {formatting.short_date(until)}"
        if not missing and not items:
            title, button = f"Nộp phiếu {period.month_name} {deadline}", "Xem lại và nộp"
        else:
            title, button = f"Nhập và nộp phiếu {period.month_name} {deadline}", "Nhập số liệu"
            done += f" Còn thiếu: {', '.join(missing + items)}." if begun else ""
            if not missing:
                button, url = "Báo cáo tiến độ", next(one.edit_url for one in parts if one.missing)
        if until > due_on:
            done += f" Đã quá hạn nộp {formatting.short_date(due_on)}, phiếu sẽ được ghi là nộp muộn."
        tasks.append(Task("pen", title, done, button, url, until))
    return tasks


def _is_reopened(report):
    return report.state == State.DRAFT and report.version > 1


def _last_day(report):
    closes = report.period.closes_on
    return max(closes, report.extended_until) if report.extended_until else closes


def _returned_cells(reports):
    """Return {report: {code: reason}} of returned figures that were not changed since. Two queries, none without
    reports."""
    reasons: dict[int, dict[str, str]] = {}
    if reports:
        cells = Actual.objects.filter(submission__in=reports).order_by("target__position")
        stored = {}
        for report, target, code, reason in cells.values_list("submission", "target", "target__code", "return_reason"):
            stored[report, target] = code
            if reason:
                reasons.setdefault(report, {})[code] = reason
        missing = ReturnedFigure.objects.pending().filter(submission__in=reports).select_related("target")
        for returned in missing.order_by("target__position"):
            if (returned.submission_id, returned.target_id) not in stored:
                reasons.setdefault(returned.submission_id, {})[returned.target.code] = returned.text
    return reasons


def _returned_parts(reports):
    """Return {report: {code: reason}} of other returned items that were not changed since.

    One query, and those of `parts.contents` for each report concerned; none without reports.
    """
    returned_items: dict[int, dict[str, str]] = {}
    if reports:
        pending = ReturnedPart.objects.pending().filter(submission__in=reports)
        for returned in pending.order_by("pk"):
            returned_items.setdefault(returned.submission_id, {})[returned.part] = returned.text
    reasons = {}
    for report in reports:
        left = returned_items.get(report.pk)
        if left:
            stored = {part.code: part for one in contents(report.agency, report.period, report) for part in one.parts}
            reasons[report.pk] = {
                label_of(code): reason
                for code, reason in left.items()
                if code not in stored or not stored[code].content or stored[code].return_reason
            }
    return reasons


def _left(tasks):
    """Return the time until the first task is too late; None without one, or where it is too late."""
    days = [task.until for task in tasks if task.until and task.until >= clock.today()]
    if not days:
        return None
    return dt.datetime.combine(min(days) + dt.timedelta(days=1), dt.time(), clock.VIETNAM) - clock.now()


def _days(period: ReportingPeriod, agency_deadlines: Deadlines) -> list[Day]:
    """Return the days from the end of the window to the end of the review, at most some three weeks."""
    due_on, review_due_on = agency_deadlines.due_on, agency_deadlines.review_due_on
    labels = {period.window_last: "Chốt số liệu", review_due_on: "Hạn duyệt", due_on: "Hạn nộp"}
    today, days, first, last = clock.today(), [], period.window_last, max(review_due_on, due_on)
    if (last - first).days >= MOST_DAYS:
        first = max(first, today - dt.timedelta(days=1))
    for number in range(min(MOST_DAYS, (last - first).days + 1)):
        day = first + dt.timedelta(days=number)
        css = "due" if day == due_on else "now" if day == today else "past" if day < today else ""
        days.append(Day(day, labels.get(day) or ("Hôm nay" if day == today else ""), css))
    return days


def _past(periods, reports):
    """Return (period, report or None) of the latest periods that are over or approved, newest first."""
    over = [
        (period, reports.get(period.pk))
        for period in periods
        if period.state() == PeriodState.CLOSED or (period.pk in reports and reports[period.pk].state == State.APPROVED)
    ]
    return [(period, report) for period, report in over if not (report and report.state == State.SUBMITTED)][
        : -PAST - 1 : -1
    ]


def _needs(agency, period):
    """Return the agency's own official figures that need attention, as of its latest approved report, with their remarks."""
    rows = Rollup.objects.filter(
        agency=agency,
        scope=Scope.OWN,
        basis=Basis.OFFICIAL,
        period=period,
        status__in=BAD,
    )
    rows = rows.select_related("target").order_by("target__position")
    worst = sorted(rows, key=lambda row: BAD.index(row.status))[:MOST_NEEDS]
    return [(row, ["mẫu nhỏ"] if is_small_sample(row.target.kind, row.denominator) else []) for row in worst]
