"""Comments on a figure under review, and the lead agency's verdict on it."""

from django.db import transaction

from agencies.models import User
from agencies.roles import Role
from core import clock, formatting, texts
from core.audit.services import audit
from indicators.audit_acts import FigureAct
from indicators.errors import ActionNotAllowed
from indicators.models import Comment, CommentKind, Submission, Target
from indicators.submissions import notifications
from indicators.submissions.locks import lock_reason, lock_report
from indicators.submissions.permissions import leads

LONGEST_REMARK = 2000

# By kind of comment: the action of the table `locks.ALLOWED`, and the act of the audit log.
ACTS = {
    CommentKind.COMMENT: ("comment", FigureAct.COMMENT),
    CommentKind.QUESTION: ("ask", FigureAct.ASK_LEAD),
    CommentKind.VERIFIED: ("judge", FigureAct.VERIFY),
    CommentKind.DOUBT: ("judge", FigureAct.DOUBT),
}


def may_comment(user: User, submission: Submission, target: Target) -> set[CommentKind]:
    """Return the kinds of comments that a user may make on a figure, regardless of its report's state. At most three
    queries.

    Reviewers and the standing agency comment and ask; the agency's own focal points comment; the lead agency comments
    and judges.
    """
    kinds = set()
    reviews = Submission.objects.reviewable_by(user).filter(pk=submission.pk).exists()
    if reviews or (user.is_active and user.holds(Role.STANDING)):
        kinds |= {CommentKind.COMMENT, CommentKind.QUESTION}
    if Submission.objects.editable_by(user).filter(pk=submission.pk).exists():
        kinds.add(CommentKind.COMMENT)
    if leads(user, target):
        kinds |= {CommentKind.COMMENT, CommentKind.VERIFIED, CommentKind.DOUBT}
    return kinds


@transaction.atomic
def add_comment(
    *, submission: Submission, target: Target, kind: CommentKind, text: str, by: User, address: str | None = None
) -> Comment:
    """Add a comment on a figure of a report and notify the parties concerned.

    Raises ActionNotAllowed where the report's state or the user's role does not allow it, or the figure or the text is
    missing.
    """
    submission = lock_report(submission)
    act, audit_act = ACTS[kind]
    if kind not in may_comment(by, submission, target):
        raise ActionNotAllowed("Tài khoản không có quyền này với số liệu này. Không có gì thay đổi.")
    locked = lock_reason(submission, act)
    if locked:
        raise ActionNotAllowed(locked)
    if not submission.actuals.filter(target=target).exists() and kind != CommentKind.COMMENT:
        raise ActionNotAllowed(f"Phiếu chưa có số của {target.code}. Chưa ghi gì.")
    text = text.strip()
    if not text and kind != CommentKind.VERIFIED:
        raise ActionNotAllowed("Ghi nội dung rồi gửi lại. Chưa ghi gì.")
    if len(text) > LONGEST_REMARK:
        raise ActionNotAllowed(f"Nội dung dài quá {formatting.number(LONGEST_REMARK)} ký tự. Chưa ghi gì.")
    if texts.looks_like_tcvn3(text):
        raise ActionNotAllowed(f"{texts.TCVN3_ADVICE}. Chưa ghi gì.")
    remark = Comment.objects.create(
        submission=submission,
        target=target,
        kind=kind,
        text=text,
        at=clock.now(),
        by=by,
        agency=by.agency,
        by_lead=leads(by, target),
    )
    audit(
        by=by,
        act=audit_act,
        label=f"{target.code}, {submission}",
        address=address,
        submission=submission.pk,
        target=target.code,
        reason=text,
    )
    notifications.commented(remark)
    return remark
