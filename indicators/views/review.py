"""Deciding on reports: the queue, one report with what to look at twice, approve, return, reopen."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import Agency, AuditEntry, Level, Role
from chuyendoiso import clock, formatting
from indicators import services
from indicators.forms import DecisionForm
from indicators.models import State, Submission
from indicators.sheet import expected_counts, read_reported, read_sheet
from indicators.views.selection import select

# What the queue shows: the state in the address, in words, and its order.
VIEWS = {"cho-duyet": "Chờ duyệt", "dang-sua": "Trả lại, mở lại", "da-duyet": "Đã duyệt", "chua-nop": "Chưa nộp"}
LEVEL_ORDER = (Level.PROVINCE, Level.DEPARTMENT, Level.OTHER, Level.DISTRICT, Level.COMMUNE)
ACTS = {"approve", "return", "reopen"}


@dataclass(frozen=True)
class Coverage:
    """How far a level has come in a period, in agencies that must report."""

    level: str
    expected: int
    sent: int
    approved: int

    @property
    def words(self) -> str:
        return f"duyệt {self.approved}, nộp {self.sent} trên {self.expected}"


@dataclass(frozen=True)
class Line:
    """One agency in the queue: its newest report, and what of it needs a look."""

    agency: Agency
    submission: Submission | None
    targets: int
    expected: int
    flags: int = 0
    notes: int = 0


@dataclass(frozen=True)
class Event:
    """Something that happened to a report."""

    at: dt.datetime
    act: str
    who: str
    reason: str = ""


@require_safe
@never_cache
def queue(request):
    """The reports of a period that wait for one's decision, oldest first; beside them the decided and the missing ones."""
    if not request.user.holds(Role.REVIEWER, Role.STANDING):
        raise Http404("Tài khoản không duyệt phiếu.")
    selection = select(request)
    view, level = request.GET.get("xem", "cho-duyet"), request.GET.get("cap", "")
    if view not in VIEWS or (level and level not in Level.values):
        raise Http404("Không có danh sách này.")
    expected = expected_counts(selection.period)
    agencies = [a for a in _reviewed(request.user) if a.pk in expected]
    groups = _groups(agencies, selection.period, expected)
    levels = [choice for choice in LEVEL_ORDER if any(agency.level == choice for agency in agencies)]
    lines = [line for line in groups[view] if not level or line.agency.level == level]
    # A district reviews its communes, whose days may come before the others'.
    days = selection.period.deadlines_of(Level.PROVINCE if request.user.holds(Role.STANDING) else Level.COMMUNE)
    context = {
        "selection": selection,
        "days": days,
        "view": view,
        "views": [(code, word, len(groups[code])) for code, word in VIEWS.items()],
        "level": level,
        "levels": levels if len(levels) > 1 else [],
        "lines": _with_flags(lines, selection.period) if view == "cho-duyet" else lines,
        "coverage": _coverage(request.user, agencies, selection.period, expected),
        "elsewhere": _waiting_elsewhere(request.user, selection),
        "left": _left(days.review_due_on),
    }
    return render(request, "indicators/queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def review(request, pk):
    """One report. Who may decide on it approves, returns or reopens it; others who may see it read it."""
    related = ("agency__parent", "period__plan", "submitted_by", "reviewed_by")
    submission = get_object_or_404(Submission.objects.visible_to(request.user).select_related(*related), pk=pk)
    may_decide = Submission.objects.reviewable_by(request.user).filter(pk=pk).exists()
    if request.method != "POST":
        return render_review(request, submission, may_decide)
    if not may_decide or request.POST.get("act") not in ACTS:
        raise Http404("Không có việc này.")
    form = DecisionForm(read_sheet(submission.agency, submission.period, submission), request.POST)
    if not form.is_valid():
        return render_review(request, submission, may_decide, form=form, status=422)
    try:
        decide(request, submission, form)
    except services.Refused as refused:
        submission.refresh_from_db()
        return render_review(request, submission, may_decide, form=form, refusal=str(refused), status=409)
    return redirect(next_address(request.user, submission))


def decide(request, submission, form):
    """Carry the decision out, and say what was done."""
    who = {"submission": submission, "by": request.user, "address": request.META.get("REMOTE_ADDR")}
    name = submission.agency.place_name
    revision = request.POST.get("revision", "")
    seen = int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 10 else -1
    if form.act == "approve":
        services.approve(**who, revision=seen)
        messages.success(request, f"Đã duyệt phiếu {name}. Số chính thức được tổng hợp lại trong ít phút.")
    elif form.act == "return":
        services.return_report(**who, code=form.whole_code, reason=form.whole_reason, cells=form.cells, revision=seen)
        codes = ", ".join(row.row.target.code for row in form.returned)
        what = f"{name}: {codes}" if codes else name
        messages.success(request, f"Đã trả lại phiếu {what}. Đơn vị thấy lý do trên trang Việc cần làm.")
    else:
        services.reopen(**who, reason=form.whole_reason)
        messages.success(
            request, f"Đã mở lại phiếu {name}. Số đã duyệt vẫn là số chính thức cho đến khi duyệt bản mới."
        )


def next_address(user, submission) -> str:
    """Where a reviewer goes on: the next report that waits in the period, else the queue."""
    following = Submission.objects.reviewable_by(user).waiting().filter(period=submission.period).first()
    if following is not None:
        return reverse("review", args=[following.pk])
    return f"{reverse('review_queue')}?ky={submission.period.code}"


def render_review(request, submission, may_decide, *, form=None, refusal="", status=200):
    """One report with everything that a decision needs."""
    sheet = read_sheet(submission.agency, submission.period, submission)
    is_own = submission.agency_id == request.user.agency_id
    versions = Submission.objects.filter(agency=submission.agency_id, period=submission.period_id)
    versions = list(versions.select_related("submitted_by", "reviewed_by").order_by("version"))
    context = {
        "sheet": sheet,
        "form": DecisionForm(sheet) if form is None else form,
        "refusal": refusal,
        # A draft is the agency's own business until it is sent.
        "shows_figures": is_own or submission.state != State.DRAFT,
        "can_decide": may_decide and services.why_locked(submission, "approve") is None,
        "can_reopen": may_decide and services.why_locked(submission, "reopen") is None,
        "waiting": _waiting(request.user, submission.period) if may_decide else [],
        "may_decide": may_decide,
        "events": timeline(versions),
        "versions": versions,
        "left": _left(submission.period.review_due_on_of(submission.agency.level)),
    }
    return render(request, "indicators/review.html", context, status=status)


def timeline(versions) -> list[Event]:
    """What happened to all versions of a report, oldest first: from the log, and of what an operator loaded from the report
    itself. One query."""
    first = versions[0]
    entries = AuditEntry.objects.filter(at__gte=first.created_at, detail__submission__in=[v.pk for v in versions])
    events, logged = [Event(first.created_at, "Bắt đầu nhập", "")], set()
    for entry in entries.order_by("id"):
        events.append(Event(entry.at, entry.act.capitalize(), entry.actor_name, entry.detail.get("reason", "")))
        logged.add(entry.detail["submission"])
    for version in versions:
        if version.pk in logged:
            continue
        if version.submitted_at:
            events.append(Event(version.submitted_at, "Nộp phiếu", str(version.submitted_by or "hệ thống")))
        if version.reviewed_at:
            act = "Trả lại phiếu" if version.state == State.RETURNED else "Duyệt phiếu"
            events.append(
                Event(version.reviewed_at, act, str(version.reviewed_by or "hệ thống"), version.return_reason)
            )
    return sorted(events, key=lambda event: event.at)


def _reviewed(user):
    return Agency.objects.reviewed_by(user).select_related("parent").in_order()


def _groups(agencies, period, expected):
    """The agencies by what became of their reports: waiting oldest first, the others in the plan's order."""
    reports = Submission.objects.latest_versions().filter(agency__in=agencies, period=period)
    by_agency = {report.agency_id: report for report in reports.select_related("submitted_by", "reviewed_by")}
    groups = {view: [] for view in VIEWS}
    for agency in agencies:
        report = by_agency.get(agency.pk)
        if report is not None:
            report.agency, report.period = agency, period
        groups[_view_of(report)].append(Line(agency, report, 0, expected[agency.pk]))
    groups["cho-duyet"].sort(key=lambda line: (line.submission.submitted_at, line.submission.pk))
    return groups


def _view_of(report):
    if report is None or (report.state == State.DRAFT and report.version == 1):
        return "chua-nop"
    return {State.SUBMITTED: "cho-duyet", State.APPROVED: "da-duyet"}.get(report.state, "dang-sua")


def _with_flags(lines, period):
    sheets = read_reported([line.submission for line in lines], period)
    return [
        Line(line.agency, line.submission, len(sheet.rows), line.expected, sheet.flag_count, sheet.note_count)
        for line, sheet in zip(lines, sheets, strict=True)
    ]


def _waiting(user, period):
    """The waiting reports of a period as short lines, oldest first."""
    reports = Submission.objects.reviewable_by(user).waiting().filter(period=period).select_related("agency__parent")
    return _with_flags([Line(report.agency, report, 0, 0) for report in reports], period)


def _coverage(user, agencies, period, expected):
    """Coverage by level: of the whole province for who reads it, else of the agencies that one reviews."""
    if user.reads_everything:
        agencies = Agency.objects.filter(pk__in=expected)
    counting = Submission.objects.filter(period=period, is_provisional=True).values_list("agency", "is_official")
    official = dict(counting)
    found = []
    level_of = {agency.pk: agency.level for agency in agencies}
    for level in LEVEL_ORDER:
        members = [pk for pk, own in level_of.items() if own == level]
        if members:
            sent = [pk for pk in members if pk in official]
            found.append(Coverage(Level(level).label, len(members), len(sent), sum(official[pk] for pk in sent)))
    return found


def _waiting_elsewhere(user, selection):
    """(period, how many) of the plan's other periods in which reports wait."""
    waiting = Submission.objects.reviewable_by(user).waiting().filter(period__plan=selection.plan)
    counts = {}
    for number in waiting.exclude(period=selection.period).values_list("period__number", flat=True):
        counts[number] = counts.get(number, 0) + 1
    return [(period, counts[period.number]) for period in selection.periods if period.number in counts]


def _left(day):
    """Time until the end of a day, None when it has passed."""
    last = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), formatting.VIETNAM)
    return last - clock.now() if last > clock.now() else None
