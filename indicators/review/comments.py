"""What people say about a figure under review, and the lead agency's verdict on it."""

from django.db import transaction

from agencies.roles import Role
from core import clock, formatting, texts
from core.audit.services import audit
from indicators.errors import ActionNotAllowed
from indicators.models import Comment, CommentKind, Submission, Target
from indicators.submissions import notifications
from indicators.submissions.locks import lock_reason, lock_report
from indicators.submissions.permissions import leads

LONGEST_REMARK = 2000

# By the kind of what is said: the act of the table ALLOWED, and its word in the log.
ACTS = {
    CommentKind.COMMENT: ("comment", "ghi ý kiến về số liệu"),
    CommentKind.QUESTION: ("ask", "hỏi cơ quan chủ trì"),
    CommentKind.VERIFIED: ("judge", "thẩm định số liệu"),
    CommentKind.DOUBT: ("judge", "nêu nghi vấn về số liệu"),
}


def may_comment(user, submission: Submission, target: Target) -> set[CommentKind]:
    """What a person may say about a figure, whatever state its report is in. Reviewers and the standing agency comment and
    ask; the agency's own focal points comment; the lead agency comments and judges. At most three queries."""
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
    *, submission: Submission, target: Target, kind: CommentKind, text: str, by, address: str | None = None
) -> Comment:
    """Say something about a figure of a report; whom it concerns is told. Raises Refused where the report's state or the
    person's part does not allow it, where there is no such figure or where there are no words."""
    submission = lock_report(submission)
    act, word = ACTS[kind]
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
        act=word,
        label=f"{target.code}, {submission}",
        address=address,
        submission=submission.pk,
        target=target.code,
        reason=text,
    )
    notifications.commented(remark)
    return remark
