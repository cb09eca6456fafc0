"""Reports that wait for a decision: those to check first, filters, and approving many that need no check."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agencies.as_of import AsOf
from agencies.http import SignedInRequest
from agencies.models import Agency, Level, User
from agencies.roles import Role
from core import clock, formatting, spreadsheet, tables
from indicators.errors import ActionNotAllowed
from indicators.models import ReportingPeriod, State, Submission, Target
from indicators.review import reminders, stand_in, undo_offer
from indicators.review import threads as review_threads
from indicators.review.reminders import Contact
from indicators.selection import select_work
from indicators.submissions import four_eyes, workflow
from indicators.submissions.detail import expected_counts, read_reported

# The views of the queue: the name in the address, the words, and the order.
VIEWS = {"cho-duyet": "Chờ duyệt", "dang-sua": "Trả lại, mở lại", "da-duyet": "Đã duyệt", "chua-nop": "Chưa nộp"}
LEVEL_ORDER = (Level.PROVINCE, Level.DEPARTMENT, Level.OTHER, Level.DISTRICT, Level.COMMUNE)
# The filters of waiting reports: the name in the address, the words, and the condition on a row.
FILTERS = {
    "co-co": ("Có cảnh báo", lambda line: line.needs_look),
    "khong-co": ("Không có cảnh báo", lambda line: not line.needs_look),
    "muon": ("Nộp muộn", lambda line: line.submission.is_late),
    "nop-lai": ("Nộp lại, mở lại", lambda line: line.is_again),
    "chu-tri": ("Có chỉ tiêu cơ quan tôi chủ trì", lambda line: line.is_led),
}
# The lists of agencies that owe something, whom the reviewer may remind.
OWING_VIEWS = ("chua-nop", "dang-sua")


def view_label(view: str, period: ReportingPeriod) -> str:
    """Return the label of a list, as of a period: *Không nộp* once it has closed."""
    return period.unsent_word.capitalize() if view == "chua-nop" else VIEWS[view]


# The choice of every agency, among the districts.
WHOLE = "tat-ca"
# The most reports approved in one request; each is a transaction of its own.
MOST_AT_ONCE = 300


@dataclass(frozen=True)
class Coverage:
    """Progress of a level in a period, in agencies that must report. resent: those of which a newer version waits beside the
    approved one."""

    level: str
    expected: int
    sent: int
    approved: int
    resent: int

    @property
    def words(self) -> str:
        return f"duyệt {self.approved}, nộp {self.sent} trên {self.expected}"


@dataclass(frozen=True)
class QueueRow:
    """One agency in the queue: its newest report, and the reasons to check it.

    contact, can_remind: its focal points and last reminder, and whether the reader may remind it now (`owing_lines`).
    is_led: it holds figures of targets that the reader's agency leads; decidable: the reader may decide on it; is_own:
    another person has to approve it (`four_eyes`).
    """

    agency: Agency
    submission: Submission | None
    targets: int
    expected: int
    flags: int = 0
    notes: int = 0
    doubts: int = 0
    is_led: bool = False
    decidable: bool = True
    is_own: bool = False
    contact: Contact = field(default_factory=Contact)
    can_remind: bool = False

    @property
    def state_words(self) -> str:
        """State of the report of an agency that owes it: *Chưa bắt đầu*, *Bản nháp*, *Bị trả lại*, *Mở lại*."""
        if self.submission is None:
            return "Chưa bắt đầu"
        is_reopened = self.submission.state == State.DRAFT and self.submission.version > 1
        return "Mở lại" if is_reopened else State(self.submission.state).label

    @property
    def group(self) -> str:
        """The heading under which a list shows it: a commune's district, the level of others."""
        parent = self.agency.parent
        if self.agency.level == Level.COMMUNE and parent is not None and parent.level == Level.DISTRICT:
            return parent.short_name
        return Level(self.agency.level).label

    @property
    def report(self) -> Submission:
        """The report, of a row that has one."""
        if self.submission is None:
            raise LookupError("a row without a report")
        return self.submission

    @property
    def needs_look(self) -> bool:
        """True where a figure is flagged, or doubted by the lead agency."""
        return bool(self.flags or self.doubts)

    @property
    def is_free(self) -> bool:
        """True where the reader may approve it without opening it."""
        return self.decidable and not (self.needs_look or self.is_own)

    @property
    def is_again(self) -> bool:
        """True where it was submitted again after a return, or is a new version of an approved one."""
        return self.report.reviewed_at is not None or self.report.version > 1

    @property
    def ticket(self) -> str:
        """The report as the reviewer saw it: its id and its revision."""
        return f"{self.report.pk}-{self.report.revision}"


# The same list as a file.
OWING: tables.Table[QueueRow] = tables.Table(
    (
        tables.Column("Mã", 10, lambda line: line.agency.code),
        tables.Column("Đơn vị", 34, lambda line: line.agency.place_name),
        tables.Column("Thuộc", 22, lambda line: line.group),
        tables.Column("Phiếu", 14, lambda line: line.state_words),
        tables.Column("Đầu mối", 28, lambda line: line.contact.names),
        tables.Column("Điện thoại", 18, lambda line: line.contact.phones),
        tables.Column("Thư điện tử", 30, lambda line: line.contact.mails),
        tables.Column("Nhắc gần nhất", 14, lambda line: line.contact.last.day if line.contact.last else None),
    ),
    wraps=True,
)


@dataclass(frozen=True)
class Wanted:
    """The view and the filters of the address."""

    view: str = "cho-duyet"
    level: str = ""
    district: str = ""
    filter: str = ""
    chosen: bool = False
    districts: list[Agency] = field(default_factory=list)

    @property
    def fields(self) -> dict[str, str]:
        """The same as fields of a form or an address."""
        fields = {"xem": self.view, "cap": self.level, "huyen": self.district, "loc": self.filter}
        return {name: text for name, text in fields.items() if text}


@require_safe
@never_cache
def queue(request: SignedInRequest) -> HttpResponse:
    """Show the reports of a period that wait for the user's decision, flagged ones first, then the oldest.

    Beside them the decided and the missing ones. Users who read the whole province can open a district's queue.
    """
    check_reviewer(request.user)
    selection = select_work(request)
    wanted = _wanted(request.GET, request.user, selection.period.window_last)
    expected = expected_counts(selection.period)
    reviewed = list(_agencies(request.user, wanted, selection.period))
    AsOf(selection.period.window_last).apply_to([*reviewed, *wanted.districts])
    groups = _groups(request.user, reviewed, selection.period, expected)
    agencies = [a for a in reviewed if a.pk in expected]
    levels = [choice for choice in LEVEL_ORDER if any(agency.level == choice for agency in agencies)]
    lines = [line for line in groups[wanted.view] if not wanted.level or line.agency.level == wanted.level]
    if wanted.view == "cho-duyet":
        lines = with_flags(lines, selection.period, request.user)
        if wanted.filter:
            lines = [line for line in lines if FILTERS[wanted.filter][1](line)]
    if wanted.view in OWING_VIEWS:
        lines = owing_lines(lines, selection.period, request.user)
    # A district reviews its communes, whose days may come before the others'.
    days = selection.period.deadlines_of(Level.PROVINCE if request.user.holds(Role.STANDING) else Level.COMMUNE)
    context = {
        "selection": selection,
        "days": days,
        "wanted": wanted,
        "view": wanted.view,
        "views": [(code, view_label(code, selection.period), len(groups[code])) for code in VIEWS],
        "levels": levels if len(levels) > 1 or wanted.level else [],
        "filters": [(code, word) for code, (word, _) in FILTERS.items()],
        "hidden": wanted.fields.items(),
        "lines": lines,
        "groups": [(name, list(rows)) for name, rows in groupby(lines, key=lambda line: line.group)],
        "remindable": [line.agency.code for line in lines if line.can_remind],
        "free": [line for line in lines if wanted.view == "cho-duyet" and line.is_free],
        "coverage": _coverage(request.user, agencies, selection.period, expected),
        "elsewhere": _waiting_elsewhere(request.user, selection),
        "left": time_left(days.review_due_on),
        "undo": undo_offer.offer(request.session),
        # A district may put figures down for its communes (decision 0071).
        "shares_reviews": request.user.holds(Role.STANDING),
        "can_stand_in": request.user.holds(Role.STANDING) and bool(wanted.districts),
        "is_owing": wanted.view in OWING_VIEWS,
        "can_fill_in": request.user.holds(Role.REVIEWER)
        and any(agency.level == Level.COMMUNE and agency.parent_id == request.user.agency_id for agency in agencies),
    }
    return render(request, "indicators/review/queue.html", context)


@require_POST
def remind(request: SignedInRequest) -> HttpResponse:
    """Remind the agencies of a list (`don-vi`: their codes) of the report that they owe."""
    check_reviewer(request.user)
    selection = select_work(request)
    wanted = _wanted(request.POST, request.user, selection.period.window_last)
    try:
        made = reminders.remind(
            period=selection.period,
            agencies=request.POST.getlist("don-vi"),
            by=request.user,
            address=request.META.get("REMOTE_ADDR"),
        )
    except ActionNotAllowed as refused:
        messages.error(request, str(refused))
    else:
        without = [reminder.agency.place_name for reminder in made if not reminder.recipients]
        if made:
            messages.success(request, f"Đã nhắc {formatting.number(len(made))} đơn vị bằng thông báo và thư.")
        else:
            messages.warning(request, "Chưa nhắc đơn vị nào: đã nộp, hoặc đã được nhắc hôm nay.")
        if without:
            messages.warning(request, f"Chưa có tài khoản đầu mối nên chưa ai nhận: {'; '.join(without)}.")
    return redirect(f"{reverse('review_queue')}?{urlencode({'ky': selection.period.code, **wanted.fields})}")


@require_safe
def owing_file(request: SignedInRequest) -> HttpResponseBase:
    """Download the list of agencies that owe something, as the queue shows it, with their contacts."""
    check_reviewer(request.user)
    selection = select_work(request)
    wanted = _wanted(request.GET, request.user, selection.period.window_last)
    if wanted.view not in OWING_VIEWS:
        raise Http404("Không có tệp của danh sách này.")
    period = selection.period
    reviewed = list(_agencies(request.user, wanted, period))
    AsOf(period.window_last).apply_to(reviewed)
    groups = _groups(request.user, reviewed, period, expected_counts(period))
    lines = [line for line in groups[wanted.view] if not wanted.level or line.agency.level == wanted.level]
    lines = owing_lines(lines, period, request.user)
    title = f"Phiếu {period}, {view_label(wanted.view, period).lower()}"
    head = tables.head([title, spreadsheet.read_at_line()], is_demo=selection.plan.is_demo)
    sheet = tables.TableSheet("Đơn vị", head, OWING, lines)
    return spreadsheet.workbook_response(tables.workbook([sheet]), f"{title}.xlsx")


@require_POST
def approve_many(request: SignedInRequest) -> HttpResponse:
    """Approve the chosen reports, as they were seen, without a flag; show the approved ones, and the reasons of the
    others."""
    check_reviewer(request.user)
    selection = select_work(request)
    wanted = _wanted(request.POST, request.user, selection.period.window_last)
    back = f"{reverse('review_queue')}?{urlencode({'ky': selection.period.code, **wanted.fields})}"
    seen = undo_offer.read_tickets(request.POST.getlist("phieu")[:MOST_AT_ONCE])
    reports = Submission.objects.reviewable_by(request.user).filter(pk__in=seen, period=selection.period)
    reports = reports.select_related("agency__parent", "period__plan", "submitted_by").order_by("submitted_at", "pk")
    lines = with_flags([QueueRow(report.agency, report, 0, 0) for report in reports], selection.period, request.user)
    if not lines:
        messages.warning(request, "Chưa chọn phiếu nào. Chưa duyệt gì.")
        return redirect(back)
    flagged = [
        workflow.Decided(line.report, f"có {line.flags + line.doubts} chỗ cần xem, phải mở phiếu")
        for line in lines
        if line.needs_look and line.report.state == State.SUBMITTED
    ]
    left_out = {decided.submission.pk for decided in flagged}
    decided = workflow.approve_many(
        reports=[(line.report, seen[line.report.pk]) for line in lines if line.report.pk not in left_out],
        by=request.user,
        address=request.META.get("REMOTE_ADDR"),
    )
    undo_offer.keep(request.session, [one.submission for one in decided if not one.refusal])
    _say(request, [*decided, *flagged])
    return redirect(back)


def _say(request, decided):
    """Show the approved reports, and the reasons of the others."""
    done = [one.submission.agency.place_name for one in decided if not one.refusal]
    if done:
        messages.success(request, f"Đã duyệt {formatting.number(len(done))} phiếu: {'; '.join(done)}.")
    refused = [f"{one.submission.agency.place_name}: {one.refusal}" for one in decided if one.refusal]
    if refused:
        listed = " · ".join(refused)
        messages.warning(request, f"{formatting.number(len(refused))} phiếu chưa duyệt. {listed}")


def check_reviewer(user: User) -> None:
    """Raise 404 for users who review no agency."""
    if not user.holds(Role.REVIEWER, Role.STANDING):
        raise Http404("Tài khoản không duyệt phiếu.")


def _wanted(data, user, day: dt.date) -> Wanted:
    """Return the view and filters of a form or an address; 404 for those that do not exist."""
    districts = Agency.objects.filter(level=Level.DISTRICT).in_force(day).in_order()
    wanted = Wanted(
        view=data.get("xem", "cho-duyet"),
        level=data.get("cap", ""),
        district=data.get("huyen", ""),
        filter=data.get("loc", ""),
        chosen=data.get("chon") == "khong-co",
        districts=list(districts) if user.reads_everything else [],
    )
    known = (
        wanted.view in VIEWS,
        wanted.level in ("", *Level.values),
        wanted.filter in ("", *FILTERS),
        wanted.district in ("", *([WHOLE] if wanted.districts else []), *(each.code for each in wanted.districts)),
    )
    if not all(known):
        raise Http404("Không có danh sách này.")
    return wanted


def _agencies(user, wanted, period):
    """Return the agencies on whose reports the user decides; of a chosen district all, also those that others review."""
    agencies = stand_in.reviewed_in(user, period)
    if wanted.district == WHOLE:
        agencies = Agency.objects.in_force(period.window_last)
    elif wanted.district:
        agencies = Agency.objects.within(next(d for d in wanted.districts if d.code == wanted.district))
    return agencies.select_related("parent").in_order()


def _groups(user, agencies, period, expected):
    """Return the agencies by state of their reports: waiting ones oldest first, the others in the plan's order.

    An agency without a target in the period is included where its report has other contents.
    """
    reports = Submission.objects.latest_versions().filter(agency__in=agencies, period=period)
    by_agency = {report.agency_id: report for report in reports.select_related("submitted_by", "reviewed_by")}
    reviewed = set(stand_in.reviewed_in(user, period).values_list("pk", flat=True))
    groups: dict[str, list[QueueRow]] = {view: [] for view in VIEWS}
    for agency in agencies:
        report = by_agency.get(agency.pk)
        if report is not None:
            report.agency, report.period = agency, period
        elif agency.pk not in expected:
            continue
        line = QueueRow(agency, report, 0, expected.get(agency.pk, 0), decidable=agency.pk in reviewed)
        groups[_view_of(report)].append(line)
    groups["cho-duyet"].sort(key=lambda line: (line.report.submitted_at, line.report.pk))
    return groups


def _view_of(report):
    if report is None or (report.state == State.DRAFT and report.version == 1):
        return "chua-nop"
    return {State.SUBMITTED: "cho-duyet", State.APPROVED: "da-duyet"}.get(report.state, "dang-sua")


def with_flags(lines: Sequence[QueueRow], period: ReportingPeriod, user: User) -> list[QueueRow]:
    """Return the rows with their reasons to check, flagged ones first, otherwise in their order.

    Three queries, one more where the reader's agency leads targets.
    """
    submissions = [line.report for line in lines]
    sheets = read_reported(submissions, period)
    threads = review_threads.threads(
        submissions, [row.actual for sheet in sheets for row in sheet.rows if row.actual is not None]
    )
    doubts = Counter(report for (report, _), thread in threads.items() if thread.is_doubted)
    led = set()
    if user.agency is not None and user.holds(Role.LEAD):
        led = set(Target.objects.led_by(user.agency).filter(plan=period.plan_id).values_list("pk", flat=True))
    rows = [
        QueueRow(
            line.agency,
            line.submission,
            len(sheet.rows),
            line.expected,
            sheet.flag_count,
            sheet.note_count,
            doubts[line.report.pk],
            any(row.target.pk in led for row in sheet.rows),
            line.decidable,
            four_eyes.is_barred(line.report, user, sheet.last_editor),
        )
        for line, sheet in zip(lines, sheets, strict=True)
    ]
    return sorted(rows, key=lambda line: not line.needs_look)


def owing_lines(lines: Sequence[QueueRow], period: ReportingPeriod, user: User) -> list[QueueRow]:
    """Return the rows with their contacts, and whether the user may remind them now. Six queries."""
    mine = {agency.pk for agency in reminders.may_remind(user, period)}
    owed = reminders.owing(period, [line.agency for line in lines])
    contacts = reminders.contacts(period, [line.agency.pk for line in lines])
    return [
        replace(
            line,
            contact=contacts[line.agency.pk],
            can_remind=line.agency.pk in mine & owed.keys() and not contacts[line.agency.pk].is_reminded_today,
        )
        for line in lines
    ]


def waiting_lines(user: User, period: ReportingPeriod, then: AsOf) -> list[QueueRow]:
    """Return the waiting reports of a period as rows, in the queue's order, with their agencies as of then."""
    reports = (
        Submission.objects.reviewable_by(user)
        .waiting()
        .filter(period=period)
        .select_related("agency__parent", "submitted_by")
    )
    then.apply_to(report.agency for report in reports)
    return with_flags([QueueRow(report.agency, report, 0, 0) for report in reports], period, user)


def _coverage(user, agencies, period, expected):
    """Return the coverage by level: of the whole province for users who read it, else of the agencies that they
    review."""
    if user.reads_everything:
        agencies = Agency.objects.filter(pk__in=expected)
    counting = Submission.objects.counted_as_sent().filter(period=period)
    versions: dict[int, list[bool]] = defaultdict(list)
    for agency_pk, is_official in counting.values_list("agency", "is_official"):
        versions[agency_pk].append(is_official)
    coverage = []
    level_of = {agency.pk: agency.level for agency in agencies}
    for level in LEVEL_ORDER:
        members = [pk for pk, agency_level in level_of.items() if agency_level == level]
        if members:
            sent = [versions[pk] for pk in members if pk in versions]
            approved, resent = sum(any(each) for each in sent), sum(len(each) > 1 for each in sent)
            coverage.append(Coverage(Level(level).label, len(members), len(sent), approved, resent))
    return coverage


def _waiting_elsewhere(user, selection):
    """Return (period, number) of the other periods with waiting reports, of whatever year, in order. One query."""
    waiting = Submission.objects.reviewable_by(user).waiting().order_by()
    periods = ReportingPeriod.objects.exclude(pk=selection.period.pk).filter(submissions__in=waiting)
    periods = periods.annotate(waiting=Count("submissions")).select_related("plan").by_time()
    return [(period, period.waiting) for period in periods]


def time_left(day: dt.date) -> dt.timedelta | None:
    """Return the time until the end of a day; None when it has passed."""
    last = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), clock.VIETNAM)
    return last - clock.now() if last > clock.now() else None
