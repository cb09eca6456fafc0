"""Reminding agencies of the report that they owe: one click a list, never twice a day (decision 0282)."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction

from agencies.models import Agency, User
from agencies.roles import Role
from core import clock
from core.audit.services import audit
from indicators.audit_acts import SubmissionAct
from indicators.errors import ActionNotAllowed
from indicators.models import ReportingPeriod, ReportReminder, State, Submission
from indicators.periods import deadlines, plan_guard
from indicators.review import stand_in
from indicators.rules.calendar import PeriodState
from indicators.submissions import notifications
from indicators.submissions.detail import expected_counts


@dataclass(frozen=True)
class Owing:
    """A report that an agency owes: its first report, or one that was sent back or opened again; due_on: the day by which."""

    due_on: dt.date
    is_again: bool


@dataclass(frozen=True)
class Contact:
    """The focal points of an agency, as a list names them, and its last reminder of the period."""

    people: tuple[User, ...] = ()
    last: ReportReminder | None = None

    @property
    def names(self) -> str:
        return ", ".join(str(person) for person in self.people)

    @property
    def phones(self) -> str:
        return ", ".join(person.phone for person in self.people if person.phone)

    @property
    def mails(self) -> str:
        return ", ".join(person.email for person in self.people if person.email)

    @property
    def is_reminded_today(self) -> bool:
        return self.last is not None and self.last.day == clock.today()


def owing(period: ReportingPeriod, agencies: Iterable[Agency]) -> dict[int, Owing]:
    """Return what can be handed in now, by agency: of an open period the report that was never sent; at any time one that was
    sent back or opened again, while it may be mended. Three queries."""
    among = {agency.pk: agency for agency in agencies}
    expected, calendar, today = expected_counts(period), deadlines.read([period]), clock.today()
    newest = Submission.objects.latest_versions().filter(period=period, agency__in=among)
    reports = {report.agency_id: report for report in newest}
    owed = {}
    for pk, agency in among.items():
        report, days = reports.get(pk), calendar.of(pk, agency.level, period)
        is_open = days.state(today) == PeriodState.OPEN
        if report is None or (report.state == State.DRAFT and report.version == 1):
            if is_open and pk in expected:
                owed[pk] = Owing(days.due_on, is_again=False)
        elif report.state in (State.DRAFT, State.RETURNED):
            until = report.extended_until or days.closes_on
            if is_open or today <= until:
                owed[pk] = Owing(max(until, days.due_on), is_again=True)
    return owed


def may_remind(user: User, period: ReportingPeriod) -> list[Agency]:
    """Return the agencies whom a user may remind: those that they review, for the standing agency all; never their own."""
    everybody = Agency.objects.in_force(period.window_last)
    among = everybody if user.holds(Role.STANDING) else stand_in.reviewed_in(user, period)
    return [agency for agency in among.select_related("parent").in_order() if agency.pk != user.agency_id]


def contacts(period: ReportingPeriod, agencies: Collection[int]) -> dict[int, Contact]:
    """Return the focal points and the last reminder of agencies. Two queries."""
    people: dict[int, list[User]] = defaultdict(list)
    focal = User.objects.focal_points_of(*agencies).distinct()
    for person in focal.order_by("full_name", "pk"):
        if person.agency_id is not None:
            people[person.agency_id].append(person)
    reminders = ReportReminder.objects.filter(period=period, agency__in=agencies).select_related("by")
    last = {reminder.agency_id: reminder for reminder in reminders.order_by("at", "pk")}
    return {pk: Contact(tuple(people[pk]), last.get(pk)) for pk in agencies}


@transaction.atomic
def remind(
    *, period: ReportingPeriod, agencies: Collection[str], by: User, address: str | None = None
) -> list[ReportReminder]:
    """Remind those of these agencies (codes) that owe their report now and were not reminded today; return the reminders.

    Others are left out in silence: they have sent it meanwhile, or a colleague reminded them. Raises ActionNotAllowed for a user
    who reviews nobody.
    """
    if not by.holds(Role.REVIEWER, Role.STANDING):
        raise ActionNotAllowed("Tài khoản không nhắc đơn vị nộp phiếu được. Chưa nhắc đơn vị nào.")
    period = ReportingPeriod.objects.select_for_update(of=("self",)).select_related("plan").get(pk=period.pk)
    plan_guard.require_open(period.plan, reports=True)
    now, today = clock.now(), clock.today()
    reminded = set(ReportReminder.objects.filter(period=period, day=today).values_list("agency", flat=True))
    chosen = {agency.pk: agency for agency in may_remind(by, period) if agency.code in set(agencies)}
    owed = {pk: one for pk, one in owing(period, chosen.values()).items() if pk not in reminded}
    recipients = _notify(period, owed, by)
    made = [
        ReportReminder(agency=chosen[pk], period=period, day=today, recipients=recipients[pk], at=now, by=by)
        for pk in owed
    ]
    ReportReminder.objects.bulk_create(made)
    if made:
        audit(
            by=by,
            act=SubmissionAct.REMIND,
            label=f"{len(made)} đơn vị, {period}",
            address=address,
            agencies=[reminder.agency.code for reminder in made],
        )
    return made


def _notify(period: ReportingPeriod, owed: Mapping[int, Owing], by: User) -> Counter[int | None]:
    """Notify the focal points, agencies with the same words at once; return the number of accounts by agency."""
    alike: dict[Owing, list[int]] = defaultdict(list)
    for pk, one in owed.items():
        alike[one].append(pk)
    for one, agencies in alike.items():
        notifications.reminded(period, agencies, due_on=one.due_on, is_again=one.is_again, by=by)
    people = User.objects.focal_points_of(*owed).distinct()
    return Counter(agency for _, agency in people.values_list("pk", "agency"))
