"""Steps of a report: begun, filled in, submitted, withdrawn, approved or returned, reopened.

The actions allowed in each state are in one table, `locks.ALLOWED`.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from django.db import transaction
from django.db.models import F
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from agencies.models import Level, User
from core import clock
from core.audit.services import audit
from indicators.audit_acts import SubmissionAct
from indicators.errors import ActionNotAllowed
from indicators.models import (
    Actual,
    Evidence,
    ReportingPeriod,
    ReturnedFigure,
    ReturnedPart,
    ReturnReason,
    StandIn,
    State,
    Submission,
)
from indicators.periods import deadlines
from indicators.rollups import tasks
from indicators.rollups.pending import request_report_rollup
from indicators.rules.calendar import DAYS_TO_MEND
from indicators.submissions import four_eyes, notifications
from indicators.submissions import parts as submissions_parts
from indicators.submissions.locks import ReasonForReturn, lock_reason, lock_report, targets_due
from indicators.submissions.receipts import checksum, figures_text

# Rows in one statement that writes many reports.
BATCH = 1000
# A row that is copied into a new version.
Copied = TypeVar("Copied", Actual, Evidence)


@transaction.atomic
def submit(*, submission: Submission, by: User, revision: int | None = None, address: str | None = None) -> Submission:
    """Submit a report for review. A late one is marked; an empty one is refused.

    Its focal point does so, or who acts in its place (`StandIn`); then its focal points are notified. revision: the one
    that the sender saw; any other is refused. The audit log keeps the checksum of the figures (`receipts`). Raises
    ActionNotAllowed.
    """
    submission = lock_report(submission, Submission.objects.sendable_by(by))
    locked = lock_reason(submission, "submit")
    if locked:
        raise ActionNotAllowed(locked)
    if not (submission.actuals.exists() or submissions_parts.holds_any(submission)):
        raise ActionNotAllowed("Phiếu chưa có số nào nên chưa nộp được.")
    if revision is not None and revision != submission.revision:
        raise ActionNotAllowed("Có số vừa thay đổi sau khi trang này được mở. Phiếu chưa nộp; xem lại các số rồi nộp.")
    _send(submission, by=by)
    proof = checksum(figures_text(submission, submission.actuals.select_related("target")))
    in_place = _in_place(submission, by) if submission.agency_id != by.agency_id else {}
    audit(
        by=by,
        act=SubmissionAct.SUBMIT,
        label=str(submission),
        address=address,
        submission=submission.pk,
        checksum=proof,
        **in_place,
    )
    if in_place:
        notifications.sent_in_place(submission, by=by)
    request_report_rollup(submission, targets_of(submission))
    return submission


@transaction.atomic
def withdraw(*, submission: Submission, by: User, address: str | None = None) -> Submission:
    """Withdraw a report that was not decided yet: it is a draft again and counts in no sum. Raises ActionNotAllowed.

    Its submission is undone: whether a first version is on time is decided when it is submitted again.
    """
    submission = lock_report(submission, Submission.objects.editable_by(by))
    locked = lock_reason(submission, "withdraw")
    if locked:
        raise ActionNotAllowed(locked)
    submission.state = State.DRAFT
    submission.submitted_at = submission.submitted_by = submission.whole_submitted_at = None
    if submission.version == 1:
        submission.first_submitted_at, submission.is_late = None, False
    _count_no_longer(submission)
    audit(by=by, act=SubmissionAct.WITHDRAW, label=str(submission), address=address, submission=submission.pk)
    request_report_rollup(submission, targets_of(submission))
    return submission


@transaction.atomic
def approve(*, submission: Submission, by: User, revision: int | None = None, address: str | None = None) -> Submission:
    """Count a report as official; the version that was official before stays in the history. Raises ActionNotAllowed.

    Only once per report: a second approval is refused. revision: the one that the reviewer saw; any other is refused.
    Not by the person who sent it (`four_eyes`).
    """
    submission = lock_report(submission)
    _check_reviewer(submission, by)
    locked = lock_reason(submission, "approve") or four_eyes.objection(submission, by)
    if locked:
        raise ActionNotAllowed(locked)
    _check_seen(submission, revision)
    touched = _make_official(submission, by=by)
    audit(
        by=by,
        act=SubmissionAct.APPROVE,
        label=str(submission),
        address=address,
        submission=submission.pk,
        **_decided_in_place(submission, by),
    )
    notifications.approved(submission, by=by)
    request_report_rollup(submission, touched)
    return submission


class Decided(NamedTuple):
    """Result for one of many reports: approved, or the reason why not."""

    submission: Submission
    refusal: str = ""


def approve_many(*, reports: Iterable[tuple[Submission, int]], by: User, address: str | None = None) -> list[Decided]:
    """Approve reports one by one, each with the revision that the reviewer saw and in its own transaction.

    A refused one does not stop the others. Their roll-ups are requested once, at the end.
    """
    decided = []
    with tasks.enqueue_once():
        for submission, revision in reports:
            try:
                approved = approve(submission=submission, by=by, revision=revision, address=address)
            except ActionNotAllowed as refused:
                decided.append(Decided(submission, str(refused)))
            else:
                submission.revision = approved.revision
                decided.append(Decided(submission))
    return decided


@transaction.atomic
def return_report(
    *,
    submission: Submission,
    by: User,
    reason: str,
    code: ReturnReason = ReturnReason.OTHER,
    cells: Mapping[int, ReasonForReturn] | None = None,
    parts: Mapping[str, ReasonForReturn] | None = None,
    revision: int | None = None,
    address: str | None = None,
) -> Submission:
    """Return a report with a reason. Raises ActionNotAllowed.

    The whole of it, and it counts in neither sum until it is submitted again; or single figures (cells: by target) and
    other parts (parts: by code): then only these can be changed and count no more, the others stay submitted and count.
    The official version stays official. revision: as in `approve`.
    """
    submission = lock_report(submission)
    _check_reviewer(submission, by)
    locked = lock_reason(submission, "return")
    if locked:
        raise ActionNotAllowed(locked)
    _check_seen(submission, revision)
    whole = ReasonForReturn(code, reason.strip())
    cells = {target: ReasonForReturn(cell.code, cell.explanation.strip()) for target, cell in (cells or {}).items()}
    parts = {part: ReasonForReturn(each.code, each.explanation.strip()) for part, each in (parts or {}).items()}
    if not whole.explanation or not all(each.explanation for each in [*cells.values(), *parts.values()]):
        raise ActionNotAllowed("Trả lại phải kèm lý do để đơn vị biết cần sửa gì.")
    submission.remember()
    submission.state = State.RETURNED
    submission.return_reason = whole.text
    submission.reviewed_at, submission.reviewed_by = clock.now(), by
    submission.extended_until = mendable_until(submission.period)
    if cells or parts:
        # The others stay submitted and count.
        submission.revision += 1
        submission.save()
    else:
        _count_no_longer(submission)
    _return_figures(submission, cells, by=by)
    _return_parts(submission, parts, by=by)
    audit(
        by=by,
        act=SubmissionAct.RETURN,
        label=str(submission),
        address=address,
        submission=submission.pk,
        code=str(code),
        targets=sorted(cells),
        parts=sorted(parts),
        **_decided_in_place(submission, by) | {"reason": whole.text},
    )
    reasons = _returned_cells(submission) | {submissions_parts.label_of(part): why.text for part, why in parts.items()}
    notifications.returned(submission, by=by, cells=reasons)
    request_report_rollup(submission, targets_of(submission))
    return submission


@transaction.atomic
def reopen(
    *,
    submission: Submission,
    by: User,
    reason: str,
    code: ReturnReason = ReturnReason.OTHER,
    address: str | None = None,
) -> Submission:
    """Begin a new version of an approved report, with its figures; the old one stays official until the new one is
    approved.

    code, reason: a reason of the list and an explanation, as for a return. Raises ActionNotAllowed.
    """
    submission = lock_report(submission)
    _check_reviewer(submission, by)
    locked = lock_reason(submission, "reopen")
    if locked:
        raise ActionNotAllowed(locked)
    if not submission.is_latest:
        raise ActionNotAllowed("Phiếu này đã được mở lại rồi: bản mới đang chờ đơn vị sửa hoặc chờ duyệt.")
    why = ReasonForReturn(code, reason.strip())
    if not why.explanation:
        raise ActionNotAllowed("Mở lại phải kèm lý do.")
    newer = new_version(submission, by=by, reason=why.text, until=mendable_until(submission.period))
    audit(
        by=by,
        act=SubmissionAct.REOPEN,
        label=str(submission),
        address=address,
        submission=submission.pk,
        code=str(code),
        **_decided_in_place(submission, by) | {"reason": why.text},
    )
    notifications.reopened(newer, by=by)
    return newer


def _decided_in_place(submission: Submission, by: User) -> dict[str, Any]:
    """Return what the audit log adds where the standing agency decides on a commune's report in its district's place."""
    agency = submission.agency
    return _in_place(submission, by) if agency.level == Level.COMMUNE and agency.parent_id != by.agency_id else {}


def _in_place(submission: Submission, by: User) -> dict[str, Any]:
    """Return the district in whose place a user acts on a report, and why; empty where in nobody's. One query."""
    acting = StandIn.objects.open_to(by).concerning(submission.agency).filter(period=submission.period)
    stand_in = acting.select_related("agency").first()
    return {} if stand_in is None else {"instead_of": stand_in.agency.code, "reason": stand_in.words}


def _check_reviewer(submission: Submission, by: User) -> None:
    """Raise ActionNotAllowed where the user may not review the report."""
    if not Submission.objects.reviewable_by(by).filter(pk=submission.pk).exists():
        raise ActionNotAllowed("Phiếu này không thuộc phạm vi duyệt của tài khoản. Không có gì thay đổi.")


def _returned_cells(submission: Submission) -> dict[str, str]:
    """Return {code: reason} of the figures that are returned one by one."""
    cells = submission.returned_figures.pending().select_related("target").order_by("target__position")
    return {cell.target.code: cell.text for cell in cells}


def _check_seen(submission: Submission, revision: int | None) -> None:
    """Raise ActionNotAllowed where the report changed since the reviewer saw it."""
    if revision is not None and revision != submission.revision:
        raise ActionNotAllowed("Phiếu đã thay đổi sau khi trang này được mở. Chưa quyết định gì; xem lại các số.")


def _count_no_longer(submission: Submission) -> None:
    """Store a report that leaves the provisional sums; the official version counts there instead."""
    submission.is_provisional = False
    submission.revision += 1
    submission.save()
    official = Submission.objects.filter(agency=submission.agency, period=submission.period, is_official=True)
    official.update(is_provisional=True)


def _return_figures(submission: Submission, cells: Mapping[int, ReasonForReturn], *, by: User) -> None:
    """Mark the returned figures, missing ones too, and record it in their history."""
    due = targets_due(submission.agency, submission.period).keys()
    present = {actual.target_id: actual for actual in submission.actuals.all()}
    if not cells.keys() <= due | present.keys():
        raise ActionNotAllowed("Có chỉ tiêu không thuộc phiếu này. Chưa trả lại gì.")
    now = submission.reviewed_at or clock.now()
    ReturnedFigure.objects.bulk_create(
        ReturnedFigure(
            submission=submission, target_id=target, code=cell.code, explanation=cell.explanation, at=now, by=by
        )
        for target, cell in cells.items()
    )
    marked = []
    for target, cell in cells.items():
        if target in present:
            present[target].return_reason = cell.text
            present[target]._change_reason = f"trả lại: {cell.text}"[:100]
            marked.append(present[target])
    if marked:
        bulk_update_with_history(marked, Actual, ["return_reason"], default_user=by, default_date=now)


def _return_parts(submission: Submission, parts: Mapping[str, ReasonForReturn], *, by: User) -> None:
    """Mark the returned items of other parts, missing ones too."""
    now = submission.reviewed_at or clock.now()
    if parts:
        contents = submissions_parts.contents(submission.agency, submission.period, submission)
        if not parts.keys() <= {part.code for one in contents for part in one.parts}:
            raise ActionNotAllowed("Có mục không thuộc phiếu này. Chưa trả lại gì.")
    ReturnedPart.objects.bulk_create(
        ReturnedPart(submission=submission, part=part, code=why.code, explanation=why.explanation, at=now, by=by)
        for part, why in parts.items()
    )
    for each in submissions_parts.every():
        each.send_back(submission, {part: why.text for part, why in parts.items()})


def _send(submission: Submission, *, by: User) -> None:
    """Store a report as submitted."""
    now = clock.now()
    submission.state = State.SUBMITTED
    submission.submitted_at, submission.submitted_by = now, by
    if submission.first_submitted_at is None:
        submission.first_submitted_at = now
        own_deadlines = deadlines.of(submission.agency, submission.period)
        submission.is_late = submission.version == 1 and own_deadlines.is_late(now.date())
    submission.return_reason = ""
    submission.revision += 1
    Submission.objects.filter(agency=submission.agency, period=submission.period, is_provisional=True).exclude(
        pk=submission.pk
    ).update(is_provisional=False)
    submission.is_provisional = True
    settled = [
        items.pending().update(settled_at=now) for items in (submission.returned_figures, submission.returned_parts)
    ]
    if not any(settled):
        submission.whole_submitted_at = now
    submission.save()
    submission.actuals.exclude(return_reason="").update(return_reason="")
    for each in submissions_parts.every():
        each.sent(submission)


def _make_official(submission: Submission, *, by: User) -> set[int]:
    """Store a report as approved; return the targets whose roll-ups change: those of the old version and of the new
    one."""
    touched = targets_of(submission)
    Submission.objects.filter(agency=submission.agency, period=submission.period, is_official=True).update(
        is_official=False, is_provisional=False, state=State.SUPERSEDED, revision=F("revision") + 1
    )
    Submission.objects.filter(agency=submission.agency, period=submission.period, is_provisional=True).exclude(
        pk=submission.pk
    ).update(is_provisional=False)
    submission.remember()
    submission.state = State.APPROVED
    submission.is_official = submission.is_provisional = True
    submission.reviewed_at, submission.reviewed_by = clock.now(), by
    submission.extended_until = None
    submission.revision += 1
    submission.save()
    return touched


def new_version(submission: Submission, *, by: User, reason: str, until: dt.date | None) -> Submission:
    """Store a draft copy of an approved report, which stays official until the copy is approved.

    until: the last day on which all of it may be corrected; None: the period's own.
    """
    now = clock.now()
    Submission.objects.filter(pk=submission.pk).update(is_latest=False)
    newer = Submission.objects.create(
        agency=submission.agency,
        period=submission.period,
        version=submission.version + 1,
        created_at=now,
        first_submitted_at=submission.first_submitted_at,
        is_late=submission.is_late,
        reopen_reason=reason,
        extended_until=until,
    )
    copy_contents([(submission, newer)], by=by, via=f"mở lại: {reason}"[:100], now=now)
    return newer


def copy_contents(
    versions: Sequence[tuple[Submission, Submission]],
    *,
    by: User | None,
    via: str,
    now: dt.datetime,
    without: Collection[tuple[int, int]] = frozenset(),
) -> None:
    """Copy the contents of approved reports into the versions that follow them: figures, evidence and other parts.

    The user and the time of each figure are copied too; the stored files are the same. versions: pairs of old and new;
    without: (id of the new version, id of the target) of figures that are left out.
    """
    newer = {old.pk: new for old, new in versions}
    figures = Actual.objects.filter(submission__in=newer)
    copies = [_copy(actual, newer) for actual in figures]
    copies = [copy for copy in copies if (copy.submission_id, copy.target_id) not in without]
    bulk_create_with_history(
        copies, Actual, default_user=by, default_change_reason=via, default_date=now, batch_size=BATCH
    )
    files = Evidence.objects.filter(submission__in=newer)
    Evidence.objects.bulk_create((_copy(file, newer) for file in files), batch_size=BATCH)
    for each in submissions_parts.every():
        each.copy(versions, by=by)


def _copy(row: Copied, newer: Mapping[int, Submission]) -> Copied:
    """Return a figure or file as a new row of the version that follows its own."""
    row.pk = None
    row._state.adding = True
    row.submission = newer[row.submission_id]
    return row


def mendable_until(period: ReportingPeriod) -> dt.date:
    """Return the last day on which a returned or reopened report may be corrected."""
    return max(period.closes_on, clock.today() + dt.timedelta(days=DAYS_TO_MEND))


def targets_of(submission: Submission) -> set[int]:
    """Return the targets with a figure in any version of this report that counts or counted."""
    return set(
        Actual.objects.filter(submission__agency=submission.agency, submission__period=submission.period).values_list(
            "target_id", flat=True
        )
    )
