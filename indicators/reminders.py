"""Whom the calendar alone gives reason to tell something: a period opens, its deadline comes near, has passed."""

import datetime as dt
from collections import defaultdict

from django.db.models import Exists, OuterRef
from django.urls import reverse

from agencies.models import Agency, Event, Level, Role, User
from agencies.notices import notify
from chuyendoiso import clock, formatting
from indicators.measurement import calendar
from indicators.models import Assignment, Frequency, ReportingPeriod, Submission
from indicators.working_days import days_off

# So many working days before the deadline whoever has sent nothing is reminded.
FIRST_REMINDER, LAST_REMINDER = 3, 1
# Names in one notice; the others are counted.
MOST_NAMES = 12


def stages(day: dt.date, *, opens_on: dt.date, due_on: dt.date, closes_on: dt.date, left: int) -> list[str]:
    """What is told on a day, given how many working days are left after it until the deadline's end: `opened` while the
    period is open, on a later day than the first `first` or `last` reminder, after the deadline `overdue`. Each is told once
    whatever day it falls on, so that a day on which nothing ran is made up for."""
    if not opens_on <= day <= closes_on:
        return []
    if day > due_on:
        return ["overdue"]
    if day == opens_on or left > FIRST_REMINDER:
        return ["opened"]
    return ["opened", "last" if left <= LAST_REMINDER else "first"]


def remind() -> None:
    """Tell everybody what today gives reason for; what was told before is not told again."""
    today = clock.today()
    periods = ReportingPeriod.objects.filter(opens_on__lte=today, closes_on__gte=today).select_related("plan")
    for period in periods.order_by("plan", "number"):
        left = calendar.working_days_left(today, period.due_on, days_off(today, max(today, period.due_on)))
        days = {"opens_on": period.opens_on, "due_on": period.due_on, "closes_on": period.closes_on}
        for stage in stages(today, **days, left=left):
            _TELL[stage](period, left)


def owing(period: ReportingPeriod):
    """Agencies that owe a report of a period, each with whether one was ever `sent`."""
    due = Assignment.objects.in_force(period.window_last).filter(target__plan=period.plan_id)
    if not period.is_quarter_end:
        due = due.filter(target__frequency=Frequency.MONTH)
    sent = Submission.objects.filter(agency=OuterRef("pk"), period=period, first_submitted_at__isnull=False)
    return Agency.objects.filter(pk__in=due.values("agency")).annotate(sent=Exists(sent))


def _deadline(period):
    return f"Hạn nộp: trước 24:00 {formatting.weekday(period.due_on).lower()}, ngày {formatting.date(period.due_on)}."


def _opened(period, left):
    window = f"{formatting.date(period.window_first)} đến {formatting.date(period.window_last)}"
    notify(
        people=User.objects.focal_points_of(*owing(period).values_list("pk", flat=True)),
        event=Event.OPENED,
        key=f"opened:{period.pk}",
        title=f"Đã mở nhập số liệu {period}",
        text=f"Số liệu từ {window}.\n{_deadline(period)}",
        url=reverse("entry", args=[period.code]),
    )


def _near(stage):
    def tell(period, left):
        unsent = owing(period).filter(sent=False)
        remain = f"Còn {left} ngày làm việc" if left else "Hôm nay là ngày làm việc cuối cùng"
        if period.due_on == clock.today():
            remain = "Hôm nay là hạn cuối"
        notify(
            people=User.objects.focal_points_of(*unsent.values_list("pk", flat=True)),
            event=Event.DUE_SOON,
            key=f"due-{stage}:{period.pk}",
            title=f"{remain} để nộp phiếu {period}",
            text=f"Đơn vị chưa nộp phiếu này. {_deadline(period)}",
            url=reverse("entry", args=[period.code]),
        )

    return tell


def _overdue(period, left):
    """Those who are late, and those who review them, each reviewer with his own."""
    unsent = list(owing(period).filter(sent=False).select_related("parent").in_order())
    notify(
        people=User.objects.focal_points_of(*[agency.pk for agency in unsent]),
        event=Event.OVERDUE,
        key=f"overdue:{period.pk}",
        title=f"Phiếu {period} đã quá hạn nộp",
        text=f"Hạn nộp là ngày {formatting.date(period.due_on)}. Phiếu còn gửi được đến hết ngày "
        f"{formatting.date(period.closes_on)} và sẽ được ghi là nộp muộn.",
        url=reverse("entry", args=[period.code]),
    )
    below = defaultdict(list)
    for agency in unsent:
        if agency.parent is not None:
            below[agency.parent].append(agency)
    for parent, agencies in below.items():
        reviewers = User.objects.filter(is_active=True, agency=parent, grants__role=Role.REVIEWER)
        if parent.level == Level.PROVINCE:
            reviewers = User.objects.reviewers_of(agencies[0])
        notify(
            people=reviewers,
            event=Event.OVERDUE,
            key=f"overdue-below:{period.pk}:{parent.pk}",
            title=f"{len(agencies)} đơn vị chưa nộp phiếu {period}",
            text=f"{_names(agencies)}. Kỳ đóng sau ngày {formatting.date(period.closes_on)}.",
            url=f"{reverse('agencies')}?ky={period.code}",
        )


def _names(agencies):
    named = ", ".join(agency.short_name for agency in agencies[:MOST_NAMES])
    more = len(agencies) - MOST_NAMES
    return f"{named} và {more} đơn vị khác" if more > 0 else named


_TELL = {"opened": _opened, "first": _near("first"), "last": _near("last"), "overdue": _overdue}
