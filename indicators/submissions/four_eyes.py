"""Four eyes on a report: it is approved by another person than the one who sent it.

Where sender and reviewer are of one agency (the standing agency's own report, or one that it sent in another's place)
the person who edited a figure last is no other person either. A district that helped its commune to fill in a draft
still reviews it: the commune itself checked and sent it (decision 0071).
"""

from agencies.models import User
from indicators.models import Submission

SENT_IT = "Tài khoản này đã nộp phiếu, nên phiếu phải do người khác duyệt."
EDITED_LAST = "Tài khoản này sửa số sau cùng trong phiếu của cơ quan mình, nên phiếu phải do người khác duyệt."
NOBODY_ELSE = "Chưa có tài khoản nào khác duyệt được: đề nghị quản trị cấp thêm tài khoản duyệt."
# The most names in one message.
MOST_NAMES = 5


def is_barred(submission: Submission, user: User, last_editor: int | None) -> bool:
    """Return True where a reviewer may not approve a report, because they sent it, or edited it last in one agency with
    its sender. last_editor: id of the user who changed a figure last."""
    return bool(_own_part(submission, user, last_editor))


def objection(submission: Submission, user: User) -> str:
    """Return the reason why a reviewer may not approve a report, and who may; empty where they may.

    At most two queries: the last editor where the sender is of the same agency, the names where it is barred.
    """
    reason = _own_part(submission, user, last_editor_of(submission) if _is_same_agency(submission, user) else None)
    return f"{reason} {_who_may(submission)}" if reason else ""


def last_editor_of(submission: Submission) -> int | None:
    """Return the id of the user who changed a figure of this version last; None for a bulk load, or without a figure."""
    return submission.actuals.order_by("-entered_at", "-pk").values_list("entered_by", flat=True).first()


def _own_part(submission: Submission, user: User, last_editor: int | None) -> str:
    """Return the sentence on what the user did to the report; empty where that is nothing that bars."""
    if submission.submitted_by_id is None:
        return ""
    if submission.submitted_by_id == user.pk:
        return SENT_IT
    return EDITED_LAST if last_editor == user.pk and _is_same_agency(submission, user) else ""


def _is_same_agency(submission: Submission, user: User) -> bool:
    """Return True where the sender is of the user's agency."""
    sender = submission.submitted_by
    return sender is not None and user.agency_id is not None and sender.agency_id == user.agency_id


def _who_may(submission: Submission) -> str:
    """Name the reviewers who neither sent the report nor edited it last."""
    barred = [pk for pk in (submission.submitted_by_id, last_editor_of(submission)) if pk is not None]
    people = User.objects.reviewers_of(submission.agency).exclude(pk__in=barred).order_by("full_name", "pk")
    names = [str(person) for person in people[: MOST_NAMES + 1]]
    if not names:
        return NOBODY_ELSE
    more = " và người khác" if len(names) > MOST_NAMES else ""
    return f"Duyệt được: {'; '.join(names[:MOST_NAMES])}{more}."
