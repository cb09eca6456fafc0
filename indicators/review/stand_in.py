"""Districts that sleep, and the standing agency acting in their place for a period (docs/decisions/0211)."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from agencies.models import Agency, Level, User
from agencies.models.agency import AgencyQuerySet
from agencies.roles import Role
from core import clock, formatting
from core.audit.services import audit
from indicators.audit_acts import SubmissionAct
from indicators.errors import ActionNotAllowed
from indicators.models import ReportingPeriod, StandIn, State, Submission
from indicators.periods import deadlines, plan_guard
from indicators.rules.calendar import can_be_stood_in_for
from indicators.submissions import notifications
from indicators.submissions.detail import expected_counts


@dataclass(frozen=True)
class DistrictDuties:
    """Overdue duties of a district in a period.

    report: its own newest report; unsent_since: the deadline of that report where it was not submitted; waiting: the
    communes' reports that wait for its decision past the deadline, waiting_since: that of the oldest. can_begin: one of
    the two is overdue for so long that the standing agency may act; stand_in: it does.
    """

    district: Agency
    report: Submission | None
    unsent_since: dt.date | None
    waiting: int
    waiting_since: dt.date | None
    can_begin: bool
    stand_in: StandIn | None

    @property
    def owes(self) -> bool:
        """True where something is overdue."""
        return self.unsent_since is not None or self.waiting > 0


def duties(period: ReportingPeriod) -> list[DistrictDuties]:
    """Return what the districts owe in a period, in the plan's order. Six queries."""
    today, days = clock.today(), period.plan.stand_in_days
    districts = Agency.objects.filter(level=Level.DISTRICT).in_force(period.window_last).select_related("parent")
    reports = {
        report.agency_id: report
        for report in Submission.objects.latest_versions().filter(period=period, agency__level=Level.DISTRICT)
    }
    acting = {row.agency_id: row for row in StandIn.objects.filter(period=period).select_related("by")}
    expected, calendar = expected_counts(period), deadlines.read([period])
    waiting = _overdue_reviews(period, today)
    rows = []
    for district in districts.in_order():
        report, due_on = reports.get(district.pk), calendar.of(district.pk, district.level, period).due_on
        is_sent = report is not None and (report.version > 1 or report.state in (State.SUBMITTED, State.APPROVED))
        unsent_since = due_on if district.pk in expected and not is_sent and due_on < today else None
        overdue = waiting[district.pk]
        since = [day for day in (unsent_since, *overdue) if day is not None]
        rows.append(
            DistrictDuties(
                district,
                report,
                unsent_since,
                len(overdue),
                min(overdue, default=None),
                any(can_be_stood_in_for(today, day, days) for day in since),
                acting.get(district.pk),
            )
        )
    return rows


def _overdue_reviews(period: ReportingPeriod, today: dt.date) -> defaultdict[int | None, list[dt.date]]:
    """Return the days by which waiting reports of communes were to be decided and were not, by district. One query.

    A report that came after the period's day for reviewing is to be decided on the day on which it came.
    """
    waiting = Submission.objects.waiting().filter(period=period, agency__level=Level.COMMUNE)
    last_day = period.review_due_on_of(Level.COMMUNE)
    overdue: defaultdict[int | None, list[dt.date]] = defaultdict(list)
    for district, submitted_at in waiting.values_list("agency__parent", "submitted_at"):
        due_on = max(last_day, formatting.local(submitted_at).date()) if submitted_at else last_day
        if due_on < today:
            overdue[district].append(due_on)
    return overdue


def reviewed_in(user: User, period: ReportingPeriod) -> AgencyQuerySet:
    """Return the agencies on whose reports of a period a user decides: those that they review, and the communes of the
    districts in whose place they act."""
    in_place = StandIn.objects.open_to(user).filter(period=period).values("agency")
    reviewed = Agency.objects.reviewed_by(user).values("pk")
    return Agency.objects.filter(Q(pk__in=reviewed) | Q(parent__in=in_place))


@transaction.atomic
def begin(*, district: Agency, period: ReportingPeriod, reason: str, by: User, address: str | None = None) -> StandIn:
    """Act in a district's place for a period from now on; its people are notified. Raises ActionNotAllowed."""
    plan_guard.require_open(period.plan, reports=True)
    if not (by.is_active and by.holds(Role.STANDING)):
        raise ActionNotAllowed("Chỉ cơ quan thường trực làm thay được cấp huyện. Không có gì thay đổi.")
    if not reason.strip():
        raise ActionNotAllowed("Làm thay phải kèm lý do.")
    # Two who press at the same moment come one after the other.
    Agency.objects.select_for_update(of=("self",)).get(pk=district.pk)
    row = next((row for row in duties(period) if row.district == district), None)
    if row is not None and row.stand_in is not None:
        raise ActionNotAllowed(f"{row.stand_in.by} đã làm thay {district.full_name} trong kỳ {period}.")
    if row is None or not row.can_begin:
        days = formatting.number(period.plan.stand_in_days)
        raise ActionNotAllowed(f"{district.full_name} chưa để việc nào quá hạn hơn {days} ngày nên chưa làm thay được.")
    stand_in = StandIn.objects.create(agency=district, period=period, reason=reason.strip(), at=clock.now(), by=by)
    audit(
        by=by,
        act=SubmissionAct.STAND_IN,
        label=str(stand_in),
        address=address,
        agency=district.code,
        period=period.code,
        reason=stand_in.reason,
    )
    notifications.stood_in(stand_in)
    return stand_in
