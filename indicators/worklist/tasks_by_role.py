"""Tasks of a user by their roles, beside the figures that they enter: one line and one button each, the most urgent
first.

Each list costs a constant number of queries.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings
from django.db.models import F, Prefetch, Q
from django.urls import reverse
from django.utils.text import capfirst

from agencies.models import Agency, Level, User
from agencies.models.agency import AgencyQuerySet
from agencies.roles import Role
from core import clock, formatting
from core.notifications.models import Notification
from indicators.models import (
    Assignment,
    Basis,
    Charge,
    Comment,
    Commitment,
    Extension,
    IndicatorParty,
    PendingRollup,
    Plan,
    ReportingPeriod,
    Rollup,
    RollupState,
    Scope,
    State,
    Submission,
    Target,
)
from indicators.review import reminders, stand_in
from indicators.rollups.health import longest_pending
from indicators.rules.calendar import SOON_DAYS, is_soon
from indicators.rules.status import BAD, WORDS, Status
from indicators.selection import opening_periods
from indicators.targets.charges.queries import agencies_behind
from indicators.worklist import sources

MOST_NAMES = 6
MOST_TARGETS = 3


@dataclass(frozen=True)
class Task:
    """One task; until: its last day, sign: an icon of the sprite."""

    sign: str
    title: str
    text: str
    button: str
    url: str
    until: dt.date | None = None


class _Month(NamedTuple):
    """A period in the order of time, as `reviews_of` reads it."""

    month: int
    year: int
    first_month: int
    last_day: dt.date
    number: int
    plan: int
    code: str
    address: str

    @property
    def period(self) -> ReportingPeriod:
        """The period, not to be saved: for its name and code."""
        plan = Plan(
            year=self.year,
            first_month=self.first_month,
            last_day=self.last_day,
            code=self.code,
            address=self.address,
        )
        return ReportingPeriod(number=self.number, plan=plan)


def duties_of(user: User, plans: Sequence[Plan]) -> list[Task]:
    """Return all tasks but entering figures and deciding on reports, with which the home pages begin.

    plans: those in which something is to be done (`PlanQuerySet.at_work`).
    """
    if not plans:
        return []
    tasks = sources.tasks_from_sources(user, plans) + _extensions(user) + _overdue(user, plans)
    if user.holds(Role.STANDING):
        tasks += _slow_reviews(user) + _unassigned(plans)
    if user.holds(Role.LEAD) and user.agency_id:
        tasks += _led(user, plans) + _charged(user, plans)
    if user.holds(Role.LEADER):
        tasks += _leading(plans)
    if user.holds(Role.ADMIN):
        tasks += _administration(plans)
    return tasks


def reviews_of(user: User) -> list[Task]:
    """Return the reports of the agencies below that wait for this user's decision, of whatever year, as one task."""
    if not user.holds(Role.REVIEWER, Role.STANDING):
        return []
    waiting = Submission.objects.reviewable_by(user).waiting()
    months = Counter(
        (_Month._make(month), communes_until if level == Level.COMMUNE and communes_until else until)
        for *month, level, communes_until, until in waiting.values_list(
            12 * F("period__plan__year") + F("period__plan__first_month") + F("period__number"),
            "period__plan__year",
            "period__plan__first_month",
            "period__plan__last_day",
            "period__number",
            "period__plan",
            "period__plan__code",
            "period__plan__address",
            "agency__level",
            "period__commune_review_due_on",
            "period__review_due_on",
        )
    )
    if not months:
        return []
    lines = [
        f"{capfirst(month.period.month_name)}: {count} phiếu, "
        f"{'hạn duyệt' if until >= clock.today() else 'đã quá hạn duyệt'} {formatting.short_date(until)}."
        for (month, until), count in sorted(months.items(), reverse=True)
    ]
    newest = max(month for month, _ in months)
    until = min(until for month, until in months if month == newest)
    url = f"{reverse('review_queue')}?ky={newest.period.code}"
    return [Task("check", f"Duyệt {months.total()} phiếu đang chờ", " ".join(lines), "Duyệt phiếu", url, until)]


def _extensions(user: User) -> list[Task]:
    """Return the requests for more time. One query, none for users who decide on none."""
    if not user.holds(Role.REVIEWER, Role.STANDING):
        return []
    extensions = Extension.objects.decidable_by(user).waiting().select_related("agency__parent", "period__plan")
    if not user.holds(Role.REVIEWER):  # the standing agency may decide on all; its own are those that it reviews
        extensions = extensions.filter(agency__in=Agency.objects.reviewed_by(user))
    requests = list(extensions)
    if not requests:
        return []
    names = _names(
        [f"{each.agency.place_name} ({each.period.month_name})" for each in requests if each.agency is not None]
    )
    title = f"Quyết định {len(requests)} đề nghị gia hạn"
    return [Task("clock", title, f"{names}.", "Xem đề nghị", reverse("extensions"))]


def _overdue(user, plans):
    """Return the reviewed agencies without a report after their deadline while the period is open. Four queries an open
    period."""
    if not user.holds(Role.REVIEWER, Role.STANDING):
        return []
    tasks, today = [], clock.today()
    for period in _open_periods(plans, today):
        late = _late(period, stand_in.reviewed_in(user, period), today)
        if late:
            title = f"Đôn đốc {len(late)} đơn vị quá hạn chưa nộp phiếu {period.month_name}"
            text = f"{_names([agency.short_name for agency in late])}. Kỳ đóng sau ngày {formatting.date(period.closes_on)}."
            url = f"{reverse('review_queue')}?ky={period.code}&xem=chua-nop"
            tasks.append(Task("at_risk", title, text, "Xem, nhắc", url, period.closes_on))
    return tasks


def _slow_reviews(user):
    """Return communes' reports whose review by the district is overdue, with the way to act in its place. One query."""
    waiting = Submission.objects.filter(state=State.SUBMITTED, is_latest=True)
    waiting = waiting.filter(agency__level=Level.COMMUNE, agency__parent__level=Level.DISTRICT)
    waiting = waiting.exclude(pk__in=Submission.objects.reviewable_by(user).values("pk"))
    waiting = waiting.select_related("period__plan", "agency__parent").order_by("period__window_last")
    today = clock.today()
    slow: Counter[str] = Counter()
    periods: list[ReportingPeriod] = []
    for submission in waiting:
        if submission.period.review_due_on_of(Level.COMMUNE) < today:
            periods.append(submission.period)
            district = submission.agency.parent
            slow[district.short_name if district is not None else ""] += 1
    if not slow:
        return []
    names = _names([f"{name} ({count})" for name, count in slow.most_common()])
    title = f"Nhắc cấp huyện duyệt {slow.total()} phiếu cấp xã đã quá hạn duyệt"
    url = f"{reverse('stand_ins')}?ky={periods[0].code}"
    return [Task("behind", title, f"{names}.", "Xem, làm thay", url)]


def _unassigned(plans):
    """Return the commitments of the plans that nobody was assigned. One query."""
    counts = Counter(Commitment.objects.filter(plan__in=plans).unassigned().values_list("plan", flat=True))
    return [
        Task(
            "pen",
            f"Phân công {formatting.number(count)} cam kết của kế hoạch {plan.short_name}",
            "Phụ lục phân công không giao các cam kết này cho cơ quan nào.",
            "Phân công",
            f"{reverse('commitments')}?{plan.query}",
        )
        for plan in plans
        if (count := counts[plan.pk])
    ]


def _led(user, plans):
    """Return questions on targets that the user's agency leads, and those of them that need attention. Six queries at most for a
    plan."""
    led = Target.objects.led_by(user.agency).values("pk")
    return _questions(led) + _unwell(led, plans)


def _charged(user, plans):
    """Return the charges of the user's agency with agencies to be reminded now (`BehindAgency.is_pressing`), as of the newest
    period whose window is complete; not one over the whole plan, on which nearly every agency is behind on something: what
    is late there are tasks of their own. One query, six more for each charge."""
    tasks = []
    charges = Charge.objects.filter(plan__in=plans, agency=user.agency_id, covers_plan=False)
    for charge in charges.select_related("plan"):
        period = charge.plan.periods.filter(window_last__lt=clock.today()).order_by("-number").first()
        if period is None:
            continue
        behind = [row for row in agencies_behind(charge, period, Basis.OFFICIAL, reader=user) if row.is_pressing]
        if not behind:
            continue
        title = f"Đôn đốc {formatting.number(len(behind))} đơn vị, nhiệm vụ {charge.code}, {period.month_name}"
        names = _names([row.agency.reporter_name for row in behind])
        url = f"{charge.get_absolute_url()}?ky={period.code}"
        tasks.append(Task("behind", title, f"{charge.title}: {names}.", "Xem, nhắc", url))
    return tasks


def _questions(led):
    """Return unanswered questions of reviewers."""
    # `questions` adds `answered`, which the types do not carry.
    unanswered = Comment.objects.questions().filter(target__in=led, answered=False)  # type: ignore[misc]
    questions = list(unanswered.select_related("target", "submission__agency__parent").order_by("at", "pk"))
    if not questions:
        return []
    names = _names([f"{remark.target.code} của {remark.submission.agency.place_name}" for remark in questions])
    title = f"Trả lời {len(questions)} câu hỏi về số liệu của chỉ tiêu chủ trì"
    return [Task("pen", title, f"{names}.", "Xem câu hỏi", reverse("questions"))]


def _unwell(led, plans):
    rows = _province_rows(plans).filter(target__in=led)
    bad = sorted(rows, key=lambda row: (BAD.index(row.status), row.target.position))
    if not bad:
        return []
    by_status = Counter(Status(row.status) for row in bad)
    counts = ", ".join(f"{by_status[status]} {WORDS[status].lower()}" for status in BAD if by_status[status])
    of_plan = _plan_words(bad)
    names = _names([f"{row.target.code}{of_plan(row)} {WORDS[Status(row.status)].lower()}" for row in bad])
    title = f"Xem {len(bad)} chỉ tiêu đơn vị chủ trì: {counts}"
    url = f"{bad[0].target.get_absolute_url()}?ky={bad[0].period.code}"
    return [Task("info", title, f"{names}. {_as_of(bad)}", f"Mở {bad[0].target.code}", url)]


def _leading(plans):
    """Return the situation for a leader: missed, at risk or due soon, late agencies. Ten queries at most for a plan."""
    tasks, today = [], clock.today()
    parties = IndicatorParty.objects.select_related("agency", "reported_by")
    rows = _province_rows(plans).filter(status__in=[Status.MISSED, Status.AT_RISK])
    rows = list(rows.prefetch_related(Prefetch("target__indicator__parties", parties)))
    missed = [row for row in rows if row.status == Status.MISSED]
    soon = [row for row in rows if row.status == Status.AT_RISK and is_soon(row.target.due, today)]
    of_plan = _plan_words(rows)
    if missed:
        codes = _names([f"{row.target}{of_plan(row)}{_leads(row)}" for row in missed], MOST_TARGETS, "; ")
        url = f"{missed[0].target.get_absolute_url()}?ky={missed[0].period.code}"
        title = f"{len(missed)} chỉ tiêu không đạt khi đến hạn"
        tasks.append(Task("missed", title, f"{codes}. {_as_of(missed)}", "Xem vì sao", url))
    if soon:
        targets = [
            f"{row.target}{of_plan(row)}, hạn {formatting.short_date(row.target.due)}, "
            f"{formatting.days_left(row.target.due, today)}{_leads(row)}"
            for row in soon
        ]
        codes = _names(targets, MOST_TARGETS, "; ")
        title = f"{len(soon)} chỉ tiêu nguy cơ không đạt, đến hạn trong {SOON_DAYS} ngày tới"
        url = f"{soon[0].target.get_absolute_url()}?ky={soon[0].period.code}"
        until = min(row.target.due for row in soon)
        tasks.append(Task("at_risk", title, f"{codes}. {_as_of(soon)}", "Xem vì sao", url, until))
    for period in _open_periods(plans, today):
        late = _late(period, Agency.objects.in_force(period.window_last), today)
        if late:
            levels = Counter(Level(agency.level).label.lower() for agency in late)
            counts = ", ".join(f"{count} {label}" for label, count in levels.items())
            title = f"{len(late)} đơn vị quá hạn chưa nộp phiếu {period.month_name}"
            url = f"{reverse('league')}?ky={period.code}&xep=khong-nop"
            tasks.append(Task("behind", title, f"Gồm {counts}.", "Xem kỷ luật nộp báo cáo", url, period.closes_on))
    return tasks


def _administration(plans):
    """Return stopped processes, and users who cannot work. Six queries."""
    accounts, now, tasks = reverse("admin:agencies_user_changelist"), clock.now(), []
    active = User.objects.filter(is_active=True)
    idle = active.filter(
        Q(user_roles__isnull=True) | (Q(user_roles__role__in=[Role.FOCAL, Role.REVIEWER]) & Q(agency=None))
    )
    if count := idle.distinct().count():
        title = f"{count} tài khoản chưa được giao vai trò hoặc cơ quan"
        tasks.append(
            Task("person", title, "Người dùng đăng nhập được nhưng chưa làm được việc.", "Mở tài khoản", accounts)
        )
    due = Assignment.objects.in_force(clock.today()).filter(target__plan__in=plans).values("agency")
    staffed = active.filter(user_roles__role=Role.FOCAL, agency__isnull=False).values("agency")
    bare = list(Agency.objects.filter(pk__in=due).exclude(pk__in=staffed).select_related("parent").in_order())
    if bare:
        title = f"{len(bare)} đơn vị phải báo cáo mà chưa có đầu mối"
        names = _names([agency.place_name for agency in bare])
        tasks.append(Task("at_risk", title, f"{names}.", "Cấp tài khoản", reverse("bulk_accounts")))
    if PendingRollup.objects.filter(created_at__lt=now - longest_pending()).exists():
        text = (
            f"Có phần tổng hợp nợ quá {settings.ALERT_ROLLUP_MINUTES} phút. Kiểm tra tiến trình worker, beat và Redis."
        )
        url = reverse("admin:indicators_pendingrollup_changelist")
        tasks.append(Task("clock", "Việc tổng hợp số liệu đang chậm", text, "Xem phần còn nợ", url))
    states = RollupState.objects.filter(plan__in=plans, verified_differences__gt=0).order_by("-plan__year", "plan")
    for state in states:
        when = formatting.datetime(state.verified_at)
        text = (
            f"{formatting.number(state.verified_differences)} dòng lệch khi đối chiếu lúc {when}; từng dòng ở nhật ký."
        )
        url = reverse("admin:audit_auditentry_changelist")
        tasks.append(Task("at_risk", "Đối chiếu số tổng hợp có dòng lệch", text, "Mở nhật ký", url))
    unsent = Counter(
        Notification.objects.filter(
            mail__in=[Notification.Mail.FAILED, Notification.Mail.UNKNOWN], read_at__isnull=True
        )
        .order_by()
        .values_list("mail", flat=True)
    )
    if unsent:
        failed, unknown = unsent[Notification.Mail.FAILED], unsent[Notification.Mail.UNKNOWN]
        text = f"{failed} thư không gửi được, {unknown} thư không rõ đã gửi chưa."
        url = reverse("admin:notifications_notification_changelist")
        tasks.append(Task("info", "Thư thông báo có lỗi", text, "Xem thông báo", url))
    return tasks


def _open_periods(plans, today) -> list[ReportingPeriod]:
    """Periods that are open by the province's days, of all plans. One query."""
    periods = ReportingPeriod.objects.filter(plan__in=plans, opens_on__lte=today, closes_on__gte=today)
    return list(periods.select_related("plan").by_time())


def _plan_words(rows: Sequence[Rollup]) -> Callable[[Rollup], str]:
    """Return a function that names the plan of a row after its target, where the rows are of several plans; else nothing."""
    if len({row.period.plan_id for row in rows}) < 2:
        return lambda row: ""
    return lambda row: f" ({row.period.plan.short_name})"


def _late(period: ReportingPeriod, agencies: AgencyQuerySet, today: dt.date) -> list[Agency]:
    """Return the agencies that the list *Chưa nộp* of the period has and whose own deadline has passed (`reminders.owing`). Four
    queries."""
    among = list(agencies.select_related("parent").in_order())
    owed = reminders.owing(period, among)
    late = {pk for pk, one in owed.items() if not one.is_again and one.due_on < today}
    return [agency for agency in among if agency.pk in late]


def _province_rows(plans):
    """The province's official rows that need attention, of each plan as of the period on which its pages open
    (`selection.opening_periods`). One query, and those of the periods."""
    rows = Rollup.objects.of_province().filter(basis=Basis.OFFICIAL, scope=Scope.AREA, status__in=BAD)
    rows = rows.filter(period__in=opening_periods(plans))
    return rows.select_related("target__indicator", "period__plan").order_by("period__plan", "target__position")


def _as_of(rows: Sequence[Rollup]) -> str:
    """Return `Theo số chính thức tháng 7.`: the periods of the rows of `_province_rows`, each once."""
    several = len({row.period.plan_id for row in rows}) > 1
    names = dict.fromkeys(str(row.period) if several else row.period.month_name for row in rows)
    return f"Theo số chính thức {', '.join(names)}."


def _leads(row):
    """Return `, chủ trì Sở Tư pháp` for the target of a row; empty where nobody leads it."""
    leads = ", ".join(party.with_reporter for party in row.target.leads)
    return f", chủ trì {leads}" if leads else ""


def _names(names, most=MOST_NAMES, between=", "):
    listed, more = between.join(names[:most]), len(names) - most
    return f"{listed}{between}và {more} nữa" if more > 0 else listed
