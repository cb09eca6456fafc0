"""Figures to look at again: an office's own marks, and the rules of plausibility run over past months every night."""

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from agencies.models import Agency, User
from agencies.roles import Role
from core import clock, formatting, texts
from core.audit.services import audit
from indicators.audit_acts import FigureAct
from indicators.errors import ActionNotAllowed
from indicators.models import FollowUp, PastFinding, ReportingPeriod, State, Submission, Target
from indicators.submissions.detail import read_details

LONGEST_NOTE = 2000
# Reports that are read at once.
BATCH = 60


def may_mark(user: User, submission: Submission) -> bool:
    """Return whether a user may mark figures of a report: who reviews it. One query, none for those who review nothing."""
    if not user.holds(Role.STANDING, Role.REVIEWER) or user.agency_id is None:
        return False
    return Submission.objects.reviewable_by(user).filter(pk=submission.pk).exists()


def mark_of(user: User, submission: Submission, target: Target) -> FollowUp | None:
    """Return the mark of the user's office on a figure; None without one."""
    marks = FollowUp.objects.filter(office=user.agency_id, agency=submission.agency, period=submission.period)
    return marks.filter(target=target).select_related("by").first()


@transaction.atomic
def mark(*, submission: Submission, target: Target, note: str, by: User, address: str | None = None) -> FollowUp:
    """Mark a figure for the user's office, or change the note of its mark. Raises ActionNotAllowed where the user does not review
    the report, or the note will not do."""
    if by.agency is None or not may_mark(by, submission):
        raise ActionNotAllowed("Chỉ người duyệt phiếu này đánh dấu được. Không có gì thay đổi.")
    note = texts.prose(note).strip()
    if len(note) > LONGEST_NOTE:
        raise ActionNotAllowed(f"Ghi chú dài quá {formatting.number(LONGEST_NOTE)} ký tự. Chưa ghi gì.")
    follow_up, _ = FollowUp.objects.update_or_create(
        office=by.agency,
        agency=submission.agency,
        period=submission.period,
        target=target,
        defaults={"note": note, "at": clock.now(), "by": by},
    )
    _log(FigureAct.FOLLOW, submission, target, by, address)
    return follow_up


@transaction.atomic
def unmark(*, submission: Submission, target: Target, by: User, address: str | None = None) -> None:
    """Take the mark of the user's office away. Raises ActionNotAllowed where the user does not review the report."""
    if not may_mark(by, submission):
        raise ActionNotAllowed("Chỉ người duyệt phiếu này bỏ đánh dấu được. Không có gì thay đổi.")
    present = mark_of(by, submission, target)
    if present is not None:
        present.delete()
        _log(FigureAct.UNFOLLOW, submission, target, by, address)


def _log(act: FigureAct, submission: Submission, target: Target, by: User, address: str | None) -> None:
    """Write the line of the log, without the note: an administrator of the agency may read the log."""
    label = f"{target.code}, {submission}"
    audit(by=by, act=act, label=label, address=address, submission=submission.pk, target=target.code)


def marks_of_office(user: User) -> QuerySet[FollowUp]:
    """Return the marks of the user's office, newest first, each with `report`: the id of the newest report of the figure."""
    newest = Submission.objects.filter(agency=OuterRef("agency"), period=OuterRef("period")).order_by("-version")
    marks = FollowUp.objects.filter(office=user.agency_id).annotate(report=Subquery(newest.values("pk")[:1]))
    return marks.select_related("agency__parent", "period__plan", "target", "by")


def findings_for(user: User) -> QuerySet[PastFinding]:
    """Return last night's findings in the reports that a user reviews, newest period first."""
    reports = Submission.objects.reviewable_by(user).values("pk")
    related = ("submission__agency__parent", "submission__period__plan", "target")
    order = (
        "-submission__period__plan__year",
        "-submission__period__number",
        "submission__agency__code",
        "target__position",
    )
    return PastFinding.objects.filter(submission__in=reports).select_related(*related).order_by(*order)


def check_past_months() -> int:
    """Run the rules of plausibility again over the closed periods of this year's and last year's plans; return the number of
    flagged figures without a word of explanation. What an earlier night found is replaced."""
    today = clock.today()
    periods = ReportingPeriod.objects.started().filter(closes_on__lt=today, plan__year__gte=today.year - 1)
    flagged = [
        PastFinding(submission_id=submission, target_id=target, flags=flags, day=today)
        for period in periods.select_related("plan")
        for submission, target, flags in _unexplained(period)
    ]
    with transaction.atomic():
        PastFinding.objects.all().delete()
        PastFinding.objects.bulk_create(flagged, batch_size=500)
    return len(flagged)


def _unexplained(period: ReportingPeriod) -> list[tuple[int, int, str]]:
    """Return (report, target, flags in words) of a period's figures that are flagged and have no note."""
    sent = Submission.objects.latest_versions().filter(period=period, state__in=[State.SUBMITTED, State.APPROVED])
    agencies = list(Agency.objects.filter(pk__in=sent.values("agency")).order_by("pk"))
    flagged = []
    for start in range(0, len(agencies), BATCH):
        for sheet in read_details(agencies[start : start + BATCH], period):
            if sheet.submission is None or sheet.submission.state not in (State.SUBMITTED, State.APPROVED):
                continue
            flagged += [(sheet.submission.pk, row.target.pk, ". ".join(row.flags)) for row in sheet.unanswered]
    return flagged
