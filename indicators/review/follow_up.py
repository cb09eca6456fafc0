"""Figures to look at again: an office's own marks, and the rules of plausibility run over past months every night."""

from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from agencies.models import Agency, User
from agencies.roles import Role
from core import clock, formatting, texts
from core.audit.services import audit
from indicators.audit_acts import FigureAct
from indicators.errors import ActionNotAllowed
from indicators.models import (
    FindingRule,
    FollowUp,
    PastFinding,
    ReportingPeriod,
    SeenFinding,
    State,
    Submission,
    Target,
)
from indicators.submissions.detail import read_details

LONGEST_NOTE = 2000
# Reports that are read at once.
BATCH = 60


@dataclass(frozen=True)
class AgencyFindings:
    """The findings of one rule in the reports of one agency, newest period first."""

    agency: Agency
    findings: tuple[PastFinding, ...]


@dataclass(frozen=True)
class RuleFindings:
    """The findings of one rule, agencies with the most first."""

    rule: FindingRule
    agencies: tuple[AgencyFindings, ...]

    @property
    def count(self) -> int:
        """The number of figures."""
        return sum(len(group.findings) for group in self.agencies)


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
    """Return last night's findings in the reports that a user reviews, without those that the user's office has seen, newest
    period first."""
    reports = Submission.objects.reviewable_by(user).values("pk")
    related = ("submission__agency__parent", "submission__period__plan", "target")
    order = (
        "-submission__period__plan__year",
        "-submission__period__number",
        "submission__agency__code",
        "target__position",
    )
    seen = SeenFinding.objects.filter(
        office=user.agency_id, submission=OuterRef("submission"), target=OuterRef("target")
    )
    findings = PastFinding.objects.filter(~Exists(seen), submission__in=reports)
    return findings.select_related(*related).order_by(*order)


def grouped(user: User) -> list[RuleFindings]:
    """Return the findings for a user by rule, worst first, then by agency. One query."""
    by_rule: dict[str, dict[int, list[PastFinding]]] = defaultdict(lambda: defaultdict(list))
    for finding in findings_for(user):
        by_rule[finding.rule][finding.submission.agency_id].append(finding)
    groups = []
    for rule in FindingRule:
        agencies = [AgencyFindings(rows[0].submission.agency, tuple(rows)) for rows in by_rule[rule].values()]
        if agencies:
            groups.append(RuleFindings(rule, tuple(sorted(agencies, key=lambda group: -len(group.findings)))))
    return groups


@transaction.atomic
def see(*, rule: str, agency: str, by: User, address: str | None = None) -> int:
    """Note that the user's office has looked at the findings of a rule, of one agency (its code) or of all (""); return how many.
    Raises ActionNotAllowed for who reviews nothing."""
    if not by.holds(Role.STANDING, Role.REVIEWER) or by.agency is None:
        raise ActionNotAllowed("Chỉ người duyệt phiếu ghi được là đã xem. Không có gì thay đổi.")
    findings = findings_for(by).filter(rule=rule)
    if agency:
        findings = findings.filter(submission__agency__code=agency)
    rows = [
        SeenFinding(
            office=by.agency, submission_id=finding.submission_id, target_id=finding.target_id, by=by, at=clock.now()
        )
        for finding in findings
    ]
    # A colleague of the same office may have pressed the button at the same moment.
    SeenFinding.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        label = f"{FindingRule(rule).label}{f', {agency}' if agency else ''}"
        audit(by=by, act=FigureAct.SEE, label=label, address=address, figures=len(rows))
    return len(rows)


def check_past_months() -> int:
    """Run the rules of plausibility again over the closed periods of this year's and last year's plans; return the number of
    figures with a flag that is still worth a question and without a word of explanation. What an earlier night found is
    replaced."""
    today = clock.today()
    periods = ReportingPeriod.objects.started().filter(closes_on__lt=today, plan__last_day__year__gte=today.year - 1)
    flagged = [
        PastFinding(submission_id=submission, target_id=target, rule=rule, flags=flags, day=today)
        for period in periods.select_related("plan")
        for submission, target, rule, flags in _unexplained(period)
    ]
    with transaction.atomic():
        PastFinding.objects.all().delete()
        PastFinding.objects.bulk_create(flagged, batch_size=500)
    return len(flagged)


def _unexplained(period: ReportingPeriod) -> list[tuple[int, int, FindingRule, str]]:
    """Return (report, target, the worst rule, flags in words) of a period's figures with a pressing flag and no note."""
    sent = Submission.objects.latest_versions().filter(period=period, state__in=[State.SUBMITTED, State.APPROVED])
    agencies = list(Agency.objects.filter(pk__in=sent.values("agency")).order_by("pk"))
    flagged = []
    for start in range(0, len(agencies), BATCH):
        for sheet in read_details(agencies[start : start + BATCH], period):
            if sheet.submission is None or sheet.submission.state not in (State.SUBMITTED, State.APPROVED):
                continue
            for row in sheet.unanswered:
                pressing = row.pressing
                rules = {FindingRule(flag.value) if flag else FindingRule.CHECK for flag, _ in pressing}
                if rules:
                    worst = next(rule for rule in FindingRule if rule in rules)
                    sentences = ". ".join(sentence for _, sentence in pressing)
                    flagged.append((sheet.submission.pk, row.target.pk, worst, sentences))
    return flagged
