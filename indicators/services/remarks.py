"""What people say about a figure under review, and the lead agency's verdict on it."""

from django.db import transaction

from agencies.models import Role
from agencies.services import audit
from chuyendoiso import clock, formatting
from indicators import notices
from indicators.models import Remark, RemarkKind, Submission, Target

from .refusal import Refused
from .reporting import lock_report, why_locked

LONGEST_REMARK = 2000

# By the kind of what is said: the act of the table ALLOWED, and its word in the log.
ACTS = {
    RemarkKind.COMMENT: ("comment", "ghi ý kiến về số liệu"),
    RemarkKind.QUESTION: ("ask", "hỏi cơ quan chủ trì"),
    RemarkKind.VERIFIED: ("judge", "thẩm định số liệu"),
    RemarkKind.DOUBT: ("judge", "nêu nghi vấn về số liệu"),
}


def leads(user, target: Target) -> bool:
    """Does a person speak for an agency that leads the target's indicator?"""
    if not (user.is_active and user.agency_id and user.holds(Role.LEAD)):
        return False
    return Target.objects.led_by(user.agency).filter(pk=target.pk).exists()


def may_say(user, submission: Submission, target: Target) -> set[RemarkKind]:
    """What a person may say about a figure, whatever state its report is in. Reviewers and the standing agency comment and
    ask; the agency's own focal points comment; the lead agency comments and judges. At most three queries."""
    kinds = set()
    reviews = Submission.objects.reviewable_by(user).filter(pk=submission.pk).exists()
    if reviews or (user.is_active and user.holds(Role.STANDING)):
        kinds |= {RemarkKind.COMMENT, RemarkKind.QUESTION}
    if Submission.objects.editable_by(user).filter(pk=submission.pk).exists():
        kinds.add(RemarkKind.COMMENT)
    if leads(user, target):
        kinds |= {RemarkKind.COMMENT, RemarkKind.VERIFIED, RemarkKind.DOUBT}
    return kinds


@transaction.atomic
def say(
    *, submission: Submission, target: Target, kind: RemarkKind, text: str, by, address: str | None = None
) -> Remark:
    """Say something about a figure of a report; whom it concerns is told. Raises Refused where the report's state or the
    person's part does not allow it, where there is no such figure or where there are no words."""
    submission = lock_report(submission)
    act, word = ACTS[kind]
    if kind not in may_say(by, submission, target):
        raise Refused("Tài khoản không có quyền này với số liệu này. Không có gì thay đổi.")
    locked = why_locked(submission, act)
    if locked:
        raise Refused(locked)
    if not submission.actuals.filter(target=target).exists() and kind != RemarkKind.COMMENT:
        raise Refused(f"Phiếu chưa có số của {target.code}. Chưa ghi gì.")
    text = text.strip()
    if not text and kind != RemarkKind.VERIFIED:
        raise Refused("Ghi nội dung rồi gửi lại. Chưa ghi gì.")
    if len(text) > LONGEST_REMARK:
        raise Refused(f"Nội dung dài quá {formatting.number(LONGEST_REMARK)} ký tự. Chưa ghi gì.")
    remark = Remark.objects.create(
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
    notices.said(remark)
    return remark
