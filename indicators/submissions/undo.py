"""Taking back a decision on a report within seconds of it, by the reviewer who made it (decision 0281)."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import F
from simple_history.utils import bulk_update_with_history

from agencies.models import User
from core import clock
from core.audit.models import AuditEntry
from core.audit.services import audit
from indicators.audit_acts import SubmissionAct
from indicators.errors import ActionNotAllowed
from indicators.models import Actual, State, Submission
from indicators.periods import plan_guard
from indicators.rollups.pending import request_report_rollup
from indicators.submissions import notifications, workflow
from indicators.submissions import parts as submissions_parts
from indicators.submissions.locks import lock_report

# Seconds for which a decision can be taken back, as the page says; the answer may take some more on its way.
UNDO_SECONDS = 10
LATEST = dt.timedelta(seconds=UNDO_SECONDS + 10)
# The act that a state came from, and the act that takes it back.
DECISIONS = {
    State.APPROVED: (SubmissionAct.APPROVE, SubmissionAct.UNDO_APPROVE),
    State.RETURNED: (SubmissionAct.RETURN, SubmissionAct.UNDO_RETURN),
}


@transaction.atomic
def undo_decision(*, submission: Submission, by: User, revision: int, address: str | None = None) -> Submission:
    """Take an approval or a return back: the report waits again, as it was. Raises ActionNotAllowed.

    Only by who decided, within `LATEST`, and while nothing else happened to the report. revision: the one that the decision
    left it with. Notifications that nobody has met are deleted; who has met one is told.
    """
    submission = lock_report(submission)
    refusal = _refusal(submission, by, revision)
    if refusal:
        raise ActionNotAllowed(refusal)
    _, act = DECISIONS[State(submission.state)]
    touched = workflow.targets_of(submission)
    if act == SubmissionAct.UNDO_APPROVE:
        _take_back_approval(submission)
    else:
        _take_back_return(submission, by=by)
    audit(by=by, act=act, label=str(submission), address=address, submission=submission.pk)
    notifications.taken_back(submission, act=act, revision=revision, by=by)
    request_report_rollup(submission, touched)
    return submission


def _refusal(submission: Submission, by: User, revision: int) -> str:
    """Return the reason why a decision cannot be taken back; empty where it can. Three queries at most."""
    closed = plan_guard.refusal(submission.period.plan, reports=True)
    if closed:
        return closed
    is_reviewer = Submission.objects.reviewable_by(by).filter(pk=submission.pk).exists()
    if not is_reviewer or submission.reviewed_by_id != by.pk or submission.reviewed_at is None:
        return "Chỉ người vừa quyết định hoàn tác được. Không có gì thay đổi."
    if clock.now() - submission.reviewed_at > LATEST:
        return (
            f"Đã quá {UNDO_SECONDS} giây nên không hoàn tác được nữa. Phiếu đã duyệt thì mở lại kèm lý do; phiếu đã trả lại thì "
            "đơn vị nộp lại."
        )
    is_as_decided = (
        submission.state in DECISIONS
        and submission.is_latest
        and submission.revision == revision
        and submission.before_decision is not None
    )
    # What changes no figure, as a file that was attached, is in the log alone.
    since = AuditEntry.objects.filter(at__gte=submission.reviewed_at, detail__submission=submission.pk)
    last = since.order_by("-number").values_list("act", flat=True).first()
    if not is_as_decided or last != DECISIONS[State(submission.state)][0]:
        return "Đã có việc khác trên phiếu này sau quyết định nên không hoàn tác được nữa. Không có gì thay đổi."
    return ""


def _take_back_approval(submission: Submission) -> None:
    """Store a report as waiting again; the version that was official before is official again."""
    _wait_again(submission)
    submission.is_official, submission.is_provisional = False, True
    submission.save()
    others = Submission.objects.filter(agency=submission.agency, period=submission.period)
    before = others.filter(state=State.SUPERSEDED, version__lt=submission.version).order_by("-version").first()
    if before is not None:
        others.filter(pk=before.pk).update(is_official=True, state=State.APPROVED, revision=F("revision") + 1)


def _take_back_return(submission: Submission, *, by: User) -> None:
    """Store a report as waiting again, without the marks of what was returned."""
    official = Submission.objects.filter(agency=submission.agency, period=submission.period, is_official=True)
    official.update(is_provisional=False)
    _wait_again(submission)
    submission.return_reason, submission.is_provisional = "", True
    submission.save()
    submission.returned_figures.pending().delete()
    submission.returned_parts.pending().delete()
    marked = list(submission.actuals.exclude(return_reason=""))
    for actual in marked:
        actual.return_reason = ""
    bulk_update_with_history(
        marked,
        Actual,
        ["return_reason"],
        default_user=by,
        default_change_reason=str(SubmissionAct.UNDO_RETURN),
        default_date=clock.now(),
    )
    for each in submissions_parts.every():
        each.sent(submission)


def _wait_again(submission: Submission) -> None:
    """Set on a report what it had before the decision (`Submission.remember`); it is another revision than before."""
    before: dict[str, Any] = submission.before_decision or {}
    submission.state = State.SUBMITTED
    submission.reviewed_at = dt.datetime.fromisoformat(before["reviewed_at"]) if before["reviewed_at"] else None
    submission.reviewed_by_id = before["reviewed_by"]
    submission.extended_until = dt.date.fromisoformat(before["extended_until"]) if before["extended_until"] else None
    submission.before_decision = None
    submission.revision += 1
