"""Notifications triggered by date: a period opens, a deadline approaches, a deadline has passed."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from agencies.models import Agency, ReviewShare, User
from agencies.models.agency import AgencyQuerySet
from core import clock, formatting
from core.notifications.events import Event, register
from core.notifications.services import notify
from indicators.models import Assignment, Extension, ReportingPeriod, State, Submission
from indicators.periods import deadlines
from indicators.periods.working_days import days_off
from indicators.rules import calendar
from indicators.submissions.notifications import DEADLINES

OPENED = register(Event("opened", "Mở kỳ báo cáo", DEADLINES, icon="clock"))
DUE_SOON = register(Event("due_soon", "Sắp đến hạn nộp", DEADLINES, icon="clock", tone="behind"))
OVERDUE = register(Event("overdue", "Quá hạn nộp", DEADLINES, icon="at_risk", tone="at_risk"))
# Working days before the deadline on which agencies without a report are reminded.
FIRST_REMINDER, LAST_REMINDER = 3, 1
# The most names in one notification; the others are counted.
MOST_NAMES = 12


def stages(day: dt.date, *, opens_on: dt.date, due_on: dt.date, closes_on: dt.date, left: int) -> list[str]:
    """Return the notifications of a day: `opened` while the period is open, `first` or `last` reminder, `overdue` after
    the deadline.

    left: working days after this day until the deadline's end. Each is sent once on any day of its stage, so that a day
    without a run is made up.
    """
    if not opens_on <= day <= closes_on:
        return []
    if day > due_on:
        return ["overdue"]
    if day == opens_on or left > FIRST_REMINDER:
        return ["opened"]
    return ["opened", "last" if left <= LAST_REMINDER else "first"]


def remind() -> None:
    """Send the notifications of today, by the deadline of each agency's level and its extensions; those sent before are
    not repeated."""
    today = clock.today()
    extended = Extension.objects.granted().filter(period=OuterRef("pk"), until__gte=today)
    running = Q(closes_on__gte=today) | Exists(extended)
    periods = ReportingPeriod.objects.started().filter(running, opens_on__lte=today).select_related("plan")
    for period in periods.order_by("plan", "number"):
        _remind_of(period, today)
    _remind_of_returned(today)
    _remind_of_waiting(today)


def _remind_of(period: ReportingPeriod, today: dt.date) -> None:
    """Send the notifications of one period, to all agencies with the same days at once."""
    agencies = list(owing(period).select_related("parent").in_order())
    read, groups = deadlines.read([period]), defaultdict(list)
    for agency in agencies:
        days = read.of(agency.pk, agency.level, period)
        groups[days.opens_on, days.due_on, days.closes_on].append(agency)
    overdue: dict[dt.date, list[Agency]] = defaultdict(list)
    for (opens_on, due_on, closes_on), members in groups.items():
        left = calendar.working_days_left(today, due_on, days_off(today, max(today, due_on)))
        # `owing` adds `sent`, which the types do not carry.
        unsent = [agency for agency in members if not agency.sent]  # type: ignore[attr-defined]
        for stage in stages(today, opens_on=opens_on, due_on=due_on, closes_on=closes_on, left=left):
            if stage == "opened":
                _opened(period, members, due_on)
            elif stage == "overdue":
                _overdue(period, unsent, due_on, closes_on)
                overdue[due_on] += unsent
            else:
                _near(period, unsent, due_on, stage, left)
    for due_on, members in overdue.items():
        _overdue_below(period, members, due_on)


def _reports(today: dt.date, **conditions):
    """Newest versions of reports of the plans of this year and the last."""
    reports = Submission.objects.latest_versions().filter(
        period__plan__last_day__year__gte=today.year - 1, **conditions
    )
    return reports.select_related("agency__parent", "period__plan").order_by("period", "agency__position")


def _remind_of_returned(today: dt.date) -> None:
    """Send reminders of returned or reopened reports that were not submitted since.

    To their focal points on the last working day for correcting, and when it has passed; then also to the reviewers of
    returned ones.
    """
    reports = list(_reports(today, state__in=[State.RETURNED, State.DRAFT], extended_until__isnull=False))
    read, over = deadlines.read({report.period for report in reports}), defaultdict(list)
    days = {report: max(_own(read, report).closes_on, report.extended_until) for report in reports}
    if not days:
        return
    off = days_off(today, max(today, *days.values()))
    for report, until in days.items():
        began_on = formatting.local(report.reviewed_at or report.created_at).date()
        if today <= until:
            if began_on < today and calendar.working_days_left(today, until, off) <= LAST_REMINDER:
                _last_days_to_mend(report, until)
        elif report.state == State.RETURNED:
            _too_late_to_mend(report, until)
            over[report.period, report.agency.parent_id, until].append(report.agency)
    for (period, parent, until), below in over.items():
        for people, agencies in _by_reviewers(below):
            notify(
                people=people,
                event=OVERDUE,
                key=f"mend-over-below:{period.pk}:{parent or 0}:{until}",
                title=f"{len(agencies)} đơn vị chưa nộp lại phiếu {period} bị trả lại",
                text=f"{_names(agencies)}. Đã hết hạn sửa ngày {formatting.date(until)}; phiếu chưa được tính.",
                url=f"{reverse('agencies')}?ky={period.code}",
            )


def _own(read, report):
    return read.of(report.agency_id, report.agency.level, report.period)


def _last_days_to_mend(report, until):
    what = "bị trả lại" if report.state == State.RETURNED else "được mở lại"
    notify(
        people=_focal_points([report.agency]),
        event=DUE_SOON,
        key=f"mend-last:{report.pk}:{until}",
        title=f"Phiếu {report.period} {what}, sắp đến hạn sửa",
        text=f"Sửa và nộp lại trước 24:00 {formatting.weekday(until).lower()}, ngày {formatting.date(until)}.\n"
        f"Lý do: {report.return_reason or report.reopen_reason}",
        url=reverse("entry", args=[report.period.code]),
    )


def _too_late_to_mend(report, until):
    notify(
        people=_focal_points([report.agency]),
        event=OVERDUE,
        key=f"mend-over:{report.pk}:{until}",
        title=f"Phiếu {report.period} bị trả lại đã hết hạn sửa",
        text=f"Hạn sửa là ngày {formatting.date(until)}; phiếu chưa nộp lại nên không được tính. Đề nghị gia hạn để sửa và "
        "nộp lại.",
        url=reverse("extension_ask", args=[report.period.code]),
    )


def _remind_of_waiting(today: dt.date) -> None:
    """Remind the reviewers of reports that wait beyond the review deadline, at first and then every week."""
    reports = list(_reports(today, state=State.SUBMITTED))
    read, waiting = deadlines.read({report.period for report in reports}), defaultdict(list)
    for report in reports:
        due_on = _own(read, report).review_due_on
        if today > due_on:
            waiting[report.period, report.agency.parent_id, due_on].append(report.agency)
    for (period, parent, due_on), below in waiting.items():
        week = (today - due_on).days // 7
        for people, agencies in _by_reviewers(below):
            notify(
                people=people,
                event=OVERDUE,
                key=f"review-over:{period.pk}:{parent or 0}:{due_on}:{week}",
                title=f"{len(agencies)} phiếu {period} chờ duyệt đã quá hạn duyệt",
                text=f"{_names(agencies)}. Hạn duyệt là ngày {formatting.date(due_on)}.",
                url=f"{reverse('review_queue')}?ky={period.code}",
            )


def owing(period: ReportingPeriod) -> AgencyQuerySet:
    """Agencies without a submitted report of a period, each with `sent`: True where one was ever submitted."""
    due = Assignment.objects.due_in(period)
    sent = Submission.objects.filter(agency=OuterRef("pk"), period=period, first_submitted_at__isnull=False)
    return Agency.objects.filter(pk__in=due.values("agency")).annotate(sent=Exists(sent))


def _focal_points(agencies):
    return User.objects.focal_points_of(*[agency.pk for agency in agencies])


def _deadline(due_on):
    return f"Hạn nộp: trước 24:00 {formatting.weekday(due_on).lower()}, ngày {formatting.date(due_on)}."


def _opened(period, agencies, due_on):
    window = f"{formatting.date(period.window_first)} đến {formatting.date(period.window_last)}"
    notify(
        people=_focal_points(agencies),
        event=OPENED,
        key=f"opened:{period.pk}",
        title=f"Đã mở nhập số liệu {period}",
        text=f"Số liệu từ {window}.\n{_deadline(due_on)}",
        url=reverse("entry", args=[period.code]),
    )


def _near(period, unsent, due_on, stage, left):
    remain = f"Còn {left} ngày làm việc" if left else "Hôm nay là ngày làm việc cuối cùng"
    if due_on == clock.today():
        remain = "Hôm nay là hạn cuối"
    notify(
        people=_focal_points(unsent),
        event=DUE_SOON,
        key=f"due-{stage}:{period.pk}:{due_on}",
        title=f"{remain} để nộp phiếu {period}",
        text=f"Đơn vị chưa nộp phiếu này. {_deadline(due_on)}",
        url=reverse("entry", args=[period.code]),
    )


def _overdue(period, unsent, due_on, closes_on):
    notify(
        people=_focal_points(unsent),
        event=OVERDUE,
        key=f"overdue:{period.pk}:{due_on}",
        title=f"Phiếu {period} đã quá hạn nộp",
        text=f"Hạn nộp là ngày {formatting.date(due_on)}. Phiếu còn nộp được đến hết ngày "
        f"{formatting.date(closes_on)} và sẽ được ghi là nộp muộn.",
        url=reverse("entry", args=[period.code]),
    )


def _overdue_below(period, unsent, due_on):
    """Notify the reviewers of the agencies that are late since a deadline, each reviewer of their own agencies.

    Other deadlines are notified on their own days.
    """
    by_parent = defaultdict(list)
    for agency in unsent:
        if agency.parent is not None:
            by_parent[agency.parent].append(agency)
    for parent, below in by_parent.items():
        for people, agencies in _by_reviewers(below):
            notify(
                people=people,
                event=OVERDUE,
                key=f"overdue-below:{period.pk}:{parent.pk}:{due_on}",
                title=f"{len(agencies)} đơn vị chưa nộp phiếu {period}",
                text=f"{_names(agencies)}. Đã quá hạn nộp ngày {formatting.date(due_on)}.",
                url=f"{reverse('agencies')}?ky={period.code}",
            )


def _by_reviewers(agencies: Sequence[Agency]) -> list[tuple[list[User], list[Agency]]]:
    """Return (reviewers, agencies) of agencies with one parent: all at once where none is shared out, else each person with those
    that are theirs. Two queries, one more for each that is shared out."""
    shared = set(ReviewShare.objects.able(clock.today()).filter(agency__in=agencies).values_list("agency", flat=True))
    theirs: defaultdict[User, list[Agency]] = defaultdict(list)
    unshared = [agency for agency in agencies if agency.pk not in shared]
    common = list(User.objects.reviewers_of(unshared[0])) if unshared else []
    if not shared:
        return [(common, unshared)]
    for agency in agencies:
        for person in User.objects.reviewers_of(agency) if agency.pk in shared else common:
            theirs[person].append(agency)
    return [([person], each) for person, each in theirs.items()]


def _names(agencies):
    named = ", ".join(agency.short_name for agency in agencies[:MOST_NAMES])
    more = len(agencies) - MOST_NAMES
    return f"{named} và {more} đơn vị khác" if more > 0 else named
