"""*Kỳ báo cáo*: the calendar for all users; its days, extensions and days off for those who edit it."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.http import SignedInRequest
from agencies.models import Agency, Level, User
from agencies.roles import Role
from core import clock, formatting
from core.installation.queries import current
from core.numbers import digits
from core.removed.models import RemovedItem
from indicators import errors as indicators_errors
from indicators.calendar import services
from indicators.calendar.forms import AskForm, CalendarForm, DayOffForm, DecideForm, GiveForm
from indicators.calendar.ical import CalendarEvent, calendar_file
from indicators.models import DayOff, Extension, ReportingPeriod, State, Submission
from indicators.periods import deadlines, working_days
from indicators.rules.calendar import (
    STATE_WORDS,
    Deadlines,
    PeriodState,
    is_working_day,
    month_window,
    next_working_day,
    working_days_left,
)
from indicators.selection import plan_of
from indicators.submissions import locks
from indicators.submissions.views.entry import find_period, last_version, own_agency

# Decided extensions on the page, newest first.
MOST_DECIDED = 50
# Levels whose deadlines have a column of their own; the others are due with the departments.
SHOWN_LEVELS = {Level.COMMUNE: "Cấp xã", Level.DISTRICT: "Cấp huyện", Level.DEPARTMENT: "Cấp tỉnh"}


@dataclass(frozen=True)
class Due:
    """A deadline as the calendar shows it; note: the next working day where it falls on a day off."""

    day: dt.date
    note: str = ""


@dataclass(frozen=True)
class CalendarRow:
    """A period in the calendar.

    dues: by level, or only that of the reader's agency; left: working days, while it is open and not due yet; opened:
    openings beside the calendar, in words; sent: the state of the reader's own report, where no more time is needed for it;
    requested: its request for more time that waits.
    """

    period: ReportingPeriod
    deadlines: Deadlines
    state: PeriodState
    dues: tuple[Due, ...]
    review: Due
    left: int | None
    opened: str
    sent: str
    requested: str

    @property
    def word(self) -> str:
        return STATE_WORDS[self.state]


@require_safe
def calendar(request: SignedInRequest) -> HttpResponse:
    """Show the plan's periods with the days that apply to the reader."""
    plan = plan_of(request)
    periods = _periods(plan)
    context = {
        "plan": plan,
        "lines": _lines(plan, periods, request.user),
        "levels": _levels(request.user, periods),
        "follows_decree": all(
            (period.window_first, period.window_last) == month_window(period.year, period.month) for period in periods
        ),
        "waiting": _visible(request.user).waiting().count(),
        "decides": _decides(request.user),
        "keeps": _keeps(request.user),
        "asks": request.user.holds(Role.FOCAL) and request.user.agency_id is not None,
        "days_off": _days_off_ahead(plan),
        "today": clock.today(),
    }
    return render(request, "indicators/calendar/calendar.html", context)


@require_safe
def calendar_ics(request: SignedInRequest) -> HttpResponse:
    """Send the reader's deadlines as a calendar file."""
    plan, events = plan_of(request), []
    agency = request.user.agency
    periods = list(plan.periods.select_related("plan").in_order())
    calendar = deadlines.read(periods, [agency.pk] if agency else [])
    for period in periods:
        days = calendar.of(agency.pk if agency else 0, agency.level if agency else Level.PROVINCE, period)
        month = period.month_name
        events += [
            CalendarEvent(f"{period.code}-mo", days.opens_on, f"Mở nhập phiếu {month}"),
            CalendarEvent(f"{period.code}-nop", days.due_on, f"Hạn nộp phiếu {month} (trước 24:00)"),
            CalendarEvent(f"{period.code}-duyet", days.review_due_on, f"Hạn duyệt phiếu {month}"),
        ]
    text = calendar_file(f"Kỳ báo cáo chuyển đổi số {plan.short_name}", events, clock.now())
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="ky-bao-cao-{plan.address}.ics"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit(request: SignedInRequest) -> HttpResponse:
    """Show the days of all periods in one table. POST saves all of them or none, with a reason."""
    if not _keeps(request.user):
        raise Http404("Tài khoản không sửa lịch báo cáo.")
    plan = plan_of(request)
    form = CalendarForm(request.POST or None, periods=_periods(plan), has_districts=_has_districts(plan))
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            changed = services.change_calendar(
                plan=plan, days=form.days, reason=form.cleaned_data["reason"], **_who(request)
            )
        except services.Unfit as unfit:
            refusal, form.problems = str(unfit), unfit.problems
        except indicators_errors.ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            months = ", ".join(period.label for period in changed)
            messages.success(request, f"Đã đổi lịch của tháng {months}." if changed else "Lịch không có gì thay đổi.")
            return redirect(f"{reverse('calendar')}?{plan.query}")
    context = {
        "plan": plan,
        "form": form,
        "refusal": refusal,
        "off_form": DayOffForm(),
        "rows_off": DayOff.objects.filter(day__year__gte=plan.year - 1),
        "falling": _falling_on_days_off(plan),
        "removed": RemovedItem.objects.restorable(services.REMOVED_DAY_OFF),
    }
    return render(request, "indicators/calendar/edit.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def day_off(request: SignedInRequest) -> HttpResponse:
    """Store a day off or a day worked instead, delete one, or bring a deleted one back."""
    if not _keeps(request.user):
        raise Http404("Tài khoản không sửa lịch báo cáo.")
    try:
        if request.POST.get("remove"):
            row = get_object_or_404(DayOff, pk=_number(request.POST["remove"]))
            services.remove_day_off(day_off=row, **_who(request))
            messages.success(request, f"Đã bỏ {row}. Khôi phục được ở cuối trang này.")
        elif request.POST.get("restore"):
            restored = services.restore_day_off(removed=_number(request.POST["restore"]), **_who(request))
            messages.success(request, f"Đã khôi phục {restored}.")
        else:
            form = DayOffForm(request.POST)
            if form.is_valid():
                messages.success(request, f"Đã ghi {services.set_day_off(**form.cleaned_data, **_who(request))}.")
            else:
                reasons = " ".join(str(error) for errors in form.errors.values() for error in errors)
                messages.error(request, f"Chưa ghi gì. {reasons}")
    except indicators_errors.ActionNotAllowed as refused:
        messages.error(request, str(refused))
    return redirect(reverse("calendar_edit") + "#ngay-nghi")


@require_safe
@never_cache
def extensions(request: SignedInRequest) -> HttpResponse:
    """Show the requests for more time and their decisions; with forms for users who decide."""
    plan_of(request)
    return _render_extensions(request)


@require_POST
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Grant or refuse the requested time, or end a granted one early."""
    extension = get_object_or_404(Extension.objects.decidable_by(request.user), pk=pk)
    form, act = DecideForm(request.POST), request.POST.get("act")
    if act not in ("grant", "refuse", "end"):
        raise Http404("Không có việc này.")
    if not form.is_valid():
        return _render_extensions(request, refusal="Chưa quyết định gì: ngày không hợp lệ.", status=422)
    answer, who = form.cleaned_data["answer"], _who(request)
    try:
        if act == "grant":
            until = form.cleaned_data["until"]
            given = services.grant_extension(extension=extension, until=until, answer=answer, **who)
            messages.success(request, f"{given}: đến hết ngày {formatting.date(given.until)}.")
        elif act == "refuse":
            services.refuse_extension(extension=extension, answer=answer, **who)
            messages.success(request, f"Không đồng ý: {extension}.")
        else:
            services.end_extension(extension=extension, reason=answer, **who)
            messages.success(request, f"Đã kết thúc sớm: {extension}.")
    except indicators_errors.ActionNotAllowed as refused:
        return _render_extensions(request, refusal=str(refused), status=409)
    return redirect("extensions")


@require_POST
def give(request: SignedInRequest) -> HttpResponse:
    """Grant more time without a request, or open a period for catching up."""
    if not _decides(request.user):
        raise Http404("Tài khoản không gia hạn.")
    form = _give_form(request.user, request.POST)
    if not form.is_valid():
        return _render_extensions(request, form=form, status=422)
    given, catch_up = form.cleaned_data, request.POST.get("act") == "catch_up"
    try:
        if catch_up:
            made = services.open_catch_up(**given, **_who(request))
        elif given["agency"] is None:
            raise indicators_errors.ActionNotAllowed(
                "Chọn đơn vị được gia hạn. Hạn của tất cả đơn vị đổi ở trang Sửa lịch."
            )
        else:
            made = services.give_extension(**given, **_who(request))
    except indicators_errors.ActionNotAllowed as refused:
        return _render_extensions(request, form=form, refusal=str(refused), status=409)
    messages.success(request, f"{made}: đến hết ngày {formatting.date(made.until)}.")
    return redirect("extensions")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def ask(request: SignedInRequest, period: str) -> HttpResponse:
    """Show and process a focal point's request for more time for the report of a period."""
    agency, reporting_period = own_agency(request.user), find_period(period)
    targets = locks.assigned_targets(agency, reporting_period)
    agency_deadlines = deadlines.of(agency, reporting_period)
    form = AskForm(
        request.POST or None,
        targets=targets,
        usual=services.usual_day(agency_deadlines),
        latest=services.latest_day(agency_deadlines),
    )
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            services.ask_extension(agency=agency, period=reporting_period, **form.cleaned_data, **_who(request))
        except indicators_errors.ActionNotAllowed as refused:
            refusal = str(refused)
        else:
            messages.success(
                request,
                f"Đã gửi đề nghị gia hạn, chờ {_decider(agency)} quyết định. Kết quả hiện ở trang này và trang Thông báo.",
            )
            return redirect("extension_ask", reporting_period.code)
    report = last_version(agency, reporting_period)
    context = {
        "agency": agency,
        "period": reporting_period,
        "form": form,
        "refusal": refusal,
        "deadlines": agency_deadlines,
        "report": report,
        "locked": services.why_not_asked(report),
        "moves_due": clock.today() <= agency_deadlines.due_on,
        "extensions": _shown(Extension.objects.concerning(agency).filter(period=reporting_period)),
        "lines": len(targets),
        "decider": _decider(agency),
        "latest": services.latest_day(agency_deadlines),
        "withdrawable": set(Extension.objects.withdrawable_by(request.user).values_list("pk", flat=True)),
    }
    return render(request, "indicators/calendar/extension_request.html", context, status=409 if refusal else 200)


@require_POST
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Withdraw a focal point's undecided request."""
    extension = get_object_or_404(Extension, agency=request.user.agency_id, agency__isnull=False, pk=pk)
    if not request.user.holds(Role.FOCAL):
        raise Http404("Tài khoản không đề nghị gia hạn.")
    try:
        services.withdraw_extension(extension=extension, **_who(request))
        messages.success(request, "Đã rút đề nghị gia hạn. Người quyết định được báo; cần thì gửi đề nghị khác.")
    except indicators_errors.ActionNotAllowed as refused:
        messages.error(request, str(refused))
    return redirect("extension_ask", extension.period.code)


def _periods(plan):
    periods = list(plan.periods.in_order())
    for period in periods:
        period.plan = plan
    return periods


def _sent(user, plan):
    """Return {period: state in words} of the reports of a focal point's agency for which no more time is needed: they wait for
    review, or are approved. One query, none for others."""
    if not user.holds(Role.FOCAL) or user.agency_id is None:
        return {}
    reports = Submission.objects.latest_versions().filter(agency=user.agency_id, period__plan=plan)
    sent = reports.filter(state__in=[State.SUBMITTED, State.APPROVED]).values_list("period", "state")
    return {period: State(state).label for period, state in sent}


def _requested(user, plan):
    """Return {period: its words} of the requests of a focal point's agency that wait. One query, none for others."""
    if not user.holds(Role.FOCAL) or user.agency_id is None:
        return {}
    requests = Extension.objects.waiting().filter(agency=user.agency_id, period__plan=plan)
    return {
        period: f"Đã đề nghị gia hạn đến {formatting.short_date(until)}, chờ {_decider(user.agency)} quyết định"
        for period, until in requests.values_list("period", "wanted_until")
    }


def _decider(agency):
    """Return the name of the agency that decides on another's requests: its district, for others the standing agency."""
    parent = agency.parent
    if parent is not None and parent.level == Level.DISTRICT:
        return parent.full_name
    return current().standing_agency or "Cơ quan thường trực"


def _who(request):
    return {"by": request.user, "address": request.META["REMOTE_ADDR"]}


def _number(text):
    return digits(text, 9) or 0


def _keeps(user: User) -> bool:
    """Return True where the user may edit the calendar."""
    return user.is_active and user.holds(Role.STANDING, Role.ADMIN)


def _decides(user):
    return user.is_active and user.holds(Role.STANDING, Role.REVIEWER)


def _has_districts(plan):
    """Return whether the tree has districts on a plan's first or last day."""
    return any(Level.DISTRICT in Agency.objects.levels(day) for day in (plan.first_day, plan.last_day))


def _levels(user, periods):
    """Return the levels whose deadlines a reader sees: only their own where they work for one agency or all are due
    together."""
    if not any(period.commune_due_on or period.district_due_on for period in periods):
        return [""]
    if user.reads_everything or user.agency is None:
        present = Agency.objects.levels(clock.today())
        return [word for level, word in SHOWN_LEVELS.items() if level != Level.DISTRICT or level in present]
    if user.agency.level == Level.DISTRICT and user.holds(Role.REVIEWER):
        return [SHOWN_LEVELS[Level.COMMUNE], SHOWN_LEVELS[Level.DISTRICT]]
    return [""]


def _lines(plan, periods, user):
    today = clock.today()
    agency = user.agency
    levels, shown = _levels(user, periods), {word: level for level, word in SHOWN_LEVELS.items()}
    calendar = deadlines.read(periods)
    opened, sent, requested = _opened(plan, user), _sent(user, plan), _requested(user, plan)
    off = working_days.days_off(dt.date(plan.year, 1, 1), dt.date(plan.last_year + 1, 1, 31))

    def due(day: dt.date) -> Due:
        if is_working_day(day, off):
            return Due(day)
        what = off.off.get(day) or formatting.weekday(day)
        return Due(day, f"{what}; ngày làm việc sau đó: {formatting.short_date(next_working_day(day, off))}")

    lines = []
    for period in periods:
        level = agency.level if agency else Level.PROVINCE
        days = calendar.of(agency.pk if agency else 0, level, period)
        dues = [days.due_on] if levels == [""] else [period.due_on_of(shown[word]) for word in levels]
        state = days.state(today)
        lines.append(
            CalendarRow(
                period=period,
                deadlines=days,
                state=state,
                dues=tuple(map(due, dues)),
                review=due(days.review_due_on),
                left=working_days_left(today, days.due_on, off)
                if state == PeriodState.OPEN and today <= days.due_on
                else None,
                opened=opened.get(period.pk, ""),
                sent=sent.get(period.pk, ""),
                requested=requested.get(period.pk, ""),
            )
        )
    return lines


def _opened(plan, user):
    """Return the openings beside the calendar, in words, by period. One query."""
    extensions = _visible(user).granted().filter(period__plan=plan, until__gte=clock.today())
    openings: dict[int, list[str]] = {}
    for extension in extensions.select_related("agency"):
        whose = "tất cả đơn vị" if extension.agency is None else extension.agency.short_name
        until = formatting.short_date(extension.until)
        openings.setdefault(extension.period_id, []).append(f"{extension.get_kind_display()} {whose} đến {until}")
    return {
        period: "; ".join(texts) if len(texts) < 4 else f"{len(texts)} gia hạn đang mở"
        for period, texts in openings.items()
    }


def _visible(user):
    return Extension.objects.visible_to(user)


def _days_off_ahead(plan):
    """Days off of a plan from today on, with their names; of the whole plan before it begins."""
    first, last = max(clock.today(), plan.first_day), plan.last_day
    if first > last:
        return []
    off = working_days.days_off(first, last)
    rows = [(day, name, False) for day, name in off.off.items()] + [
        (day, name, True) for day, name in off.worked.items()
    ]
    return sorted(rows)


def _falling_on_days_off(plan):
    """(period, day, what, the next working day) of deadlines to come that fall on a day off."""
    off = working_days.days_off(dt.date(plan.year, 1, 1), dt.date(plan.last_year + 1, 1, 31))
    falling = []
    for period in _periods(plan):
        for day in sorted({period.due_on_of(level) for level in Level}):
            if day >= clock.today() and not is_working_day(day, off):
                what = off.off.get(day) or formatting.weekday(day)
                falling.append((period, day, what, next_working_day(day, off)))
    return falling


def _shown(extensions):
    related = ("agency__parent", "period__plan", "asked_by", "decided_by")
    return extensions.select_related(*related).prefetch_related("targets")


def _give_form(user, data=None):
    periods = ReportingPeriod.objects.started().filter(opens_on__lte=clock.today()).select_related("plan")
    agencies = Agency.objects.all() if user.holds(Role.STANDING) else Agency.objects.reviewed_by(user)
    return GiveForm(
        data,
        periods=periods.by_time(newest_first=True),
        agencies=agencies.in_force(clock.today()).select_related("parent").in_order(),
        may_open_for_all=user.holds(Role.STANDING),
    )


def _render_extensions(request, *, form=None, refusal="", status=200):
    user = request.user
    visible, decides = _visible(user), _decides(user)
    mine = set(Extension.objects.decidable_by(user).values_list("pk", flat=True)) if decides else set()
    undecided = visible.waiting().order_by()
    late = {
        (report.agency_id, report.period_id): report
        for report in Submission.objects.latest_versions().filter(
            period__in=undecided.values("period"), agency__in=undecided.values("agency")
        )
    }
    waiting = list(_shown(visible.waiting()))
    calendar = deadlines.read({extension.period for extension in waiting})
    for extension in waiting:
        extension.may_decide = extension.pk in mine
        days = calendar.of(extension.agency_id, extension.agency.level, extension.period)
        extension.due_on = days.due_on
        extension.would_move = formatting.local(extension.asked_at).date() <= days.due_on
        report = late.get((extension.agency_id, extension.period_id))
        extension.report_state = report.get_state_display() if report else "Chưa bắt đầu"
        extension.was_late = report.is_late if report and report.first_submitted_at else None
    decided = list(_shown(visible.exclude(state=Extension.State.ASKED)).order_by("-decided_at", "-pk")[:MOST_DECIDED])
    for extension in decided:
        extension.is_open_now = extension.is_open(clock.today())
        extension.may_end = extension.is_open_now and extension.pk in mine
    context = {
        "waiting": waiting,
        "decided": decided,
        "decides": decides,
        "form": form or (_give_form(user) if decides else None),
        "may_open_for_all": user.holds(Role.STANDING),
        "refusal": refusal,
    }
    return render(request, "indicators/calendar/extensions.html", context, status=status)
