"""A report's way: begun, filled in, sent, taken back, approved or returned, reopened.

What may be done in which state stands in one table, ALLOWED (promises F-03, F-04)."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from core import clock
from core.audit.services import audit
from indicators.errors import ActionNotAllowed
from indicators.models import (
    Actual,
    Evidence,
    ReturnedFigure,
    ReturnedPart,
    ReturnReason,
    State,
    Submission,
)
from indicators.periods import deadlines
from indicators.rollups import tasks
from indicators.rollups.pending import request_report_rollup
from indicators.rules.calendar import DAYS_TO_MEND
from indicators.submissions import notifications
from indicators.submissions import parts as submissions_parts
from indicators.submissions.locks import ReasonForReturn, asked_for, lock_reason, lock_report
from indicators.submissions.receipts import checksum, figures_text

# A report sent back or reopened after its period has closed can be mended for this many days.
# Rows in one statement that writes many reports.
BATCH = 1000


@transaction.atomic
def submit(*, submission: Submission, by, revision: int | None = None, address: str | None = None) -> Submission:
    """Send a report for review. A late one is marked; an empty one is refused. revision: the one that the sender looked at;
    any other is refused. The log keeps the checksum of the figures (`indicators.submissions.receipts`)."""
    submission = lock_report(submission, Submission.objects.editable_by(by))
    locked = lock_reason(submission, "submit")
    if locked:
        raise ActionNotAllowed(locked)
    if not (submission.actuals.exists() or submissions_parts.holds_any(submission)):
        raise ActionNotAllowed("Phiếu chưa có số nào nên chưa gửi được.")
    if revision is not None and revision != submission.revision:
        raise ActionNotAllowed("Có số vừa thay đổi sau khi trang này được mở. Phiếu chưa gửi; xem lại các số rồi gửi.")
    _send(submission, by=by)
    proof = checksum(figures_text(submission, submission.actuals.select_related("target")))
    audit(by=by, act="nộp phiếu", label=str(submission), address=address, submission=submission.pk, checksum=proof)
    request_report_rollup(submission, _targets_of(submission))
    return submission


@transaction.atomic
def withdraw(*, submission: Submission, by, address: str | None = None) -> Submission:
    """Take back a report that nobody has decided on: it is a draft again and counts in no sum. Its sending is undone: a
    first version's punctuality is judged anew when it is sent again."""
    submission = lock_report(submission, Submission.objects.editable_by(by))
    locked = lock_reason(submission, "withdraw")
    if locked:
        raise ActionNotAllowed(locked)
    submission.state = State.DRAFT
    submission.submitted_at = submission.submitted_by = None
    if submission.version == 1:
        submission.first_submitted_at, submission.is_late = None, False
    _count_no_longer(submission)
    audit(by=by, act="rút lại phiếu", label=str(submission), address=address, submission=submission.pk)
    request_report_rollup(submission, _targets_of(submission))
    return submission


@transaction.atomic
def approve(*, submission: Submission, by, revision: int | None = None, address: str | None = None) -> Submission:
    """Count a report as official; the version that was official before stays in the history. Once per report: whoever comes
    second is refused. revision: the one that the reviewer looked at; any other is refused."""
    submission = lock_report(submission)
    _check_reviewer(submission, by)
    locked = lock_reason(submission, "approve")
    if locked:
        raise ActionNotAllowed(locked)
    _check_seen(submission, revision)
    touched = _make_official(submission, by=by)
    audit(by=by, act="duyệt phiếu", label=str(submission), address=address, submission=submission.pk)
    notifications.approved(submission, by=by)
    request_report_rollup(submission, touched)
    return submission


class Decided(NamedTuple):
    """What became of one of many reports: approved, or why not."""

    submission: Submission
    refusal: str = ""


def approve_many(*, reports: Iterable[tuple[Submission, int]], by, address: str | None = None) -> list[Decided]:
    """Approve reports one by one, each with the revision that the reviewer saw and in its own transaction: one that is
    refused keeps no other back. Their roll-ups are asked for once, at the end."""
    decided = []
    with tasks.enqueue_once():
        for submission, revision in reports:
            try:
                approve(submission=submission, by=by, revision=revision, address=address)
            except ActionNotAllowed as refused:
                decided.append(Decided(submission, str(refused)))
            else:
                decided.append(Decided(submission))
    return decided


@transaction.atomic
def return_report(
    *,
    submission: Submission,
    by,
    reason: str,
    code: ReturnReason = ReturnReason.OTHER,
    cells: Mapping[int, ReasonForReturn] | None = None,
    parts: Mapping[str, ReasonForReturn] | None = None,
    revision: int | None = None,
    address: str | None = None,
) -> Submission:
    """Send a report back with a reason: the whole of it, and it counts in neither sum until it is submitted again; or single
    figures (cells: by target) and parts of what else it holds (parts: by code, `enclosures`), and then only these can be
    changed and count no more, the others stay as they were sent and count on. What was official before stays so. revision:
    as in `approve`."""
    submission = lock_report(submission)
    _check_reviewer(submission, by)
    locked = lock_reason(submission, "return")
    if locked:
        raise ActionNotAllowed(locked)
    _check_seen(submission, revision)
    whole = ReasonForReturn(code, reason.strip())
    cells = {target: ReasonForReturn(cell.code, cell.words.strip()) for target, cell in (cells or {}).items()}
    parts = {part: ReasonForReturn(said.code, said.words.strip()) for part, said in (parts or {}).items()}
    if not whole.words or not all(said.words for said in [*cells.values(), *parts.values()]):
        raise ActionNotAllowed("Trả lại phải kèm lý do để đơn vị biết cần sửa gì.")
    submission.state = State.RETURNED
    submission.return_reason = whole.text
    submission.reviewed_at, submission.reviewed_by = clock.now(), by
    submission.extended_until = mendable_until(submission.period)
    if cells or parts:
        # The others stay as they were sent, and count on.
        submission.revision += 1
        submission.save()
    else:
        _count_no_longer(submission)
    _send_back(submission, cells, by=by)
    _send_parts_back(submission, parts, by=by)
    audit(
        by=by,
        act="trả lại phiếu",
        label=str(submission),
        address=address,
        submission=submission.pk,
        reason=whole.text,
        code=str(code),
        targets=sorted(cells),
        parts=sorted(parts),
    )
    said = _returned_cells(submission) | {part.replace("-", "."): why.text for part, why in parts.items()}
    notifications.returned(submission, by=by, cells=said)
    request_report_rollup(submission, _targets_of(submission))
    return submission


@transaction.atomic
def reopen(
    *,
    submission: Submission,
    by,
    reason: str,
    code: ReturnReason = ReturnReason.OTHER,
    address: str | None = None,
) -> Submission:
    """Begin a new version of an approved report, with its figures; until that one is approved the old one stays official.
    code, reason: a reason of the list and a word, as for a return."""
    submission = lock_report(submission)
    _check_reviewer(submission, by)
    locked = lock_reason(submission, "reopen")
    if locked:
        raise ActionNotAllowed(locked)
    if not submission.is_latest:
        raise ActionNotAllowed("Phiếu này đã được mở lại rồi: bản mới đang chờ đơn vị sửa hoặc chờ duyệt.")
    why = ReasonForReturn(code, reason.strip())
    if not why.words:
        raise ActionNotAllowed("Mở lại phải kèm lý do.")
    newer = new_version(submission, by=by, reason=why.text, until=mendable_until(submission.period))
    audit(
        by=by,
        act="mở lại phiếu",
        label=str(submission),
        address=address,
        submission=submission.pk,
        reason=why.text,
        code=str(code),
    )
    notifications.reopened(newer, by=by)
    return newer


def _check_reviewer(submission, by):
    if not Submission.objects.reviewable_by(by).filter(pk=submission.pk).exists():
        raise ActionNotAllowed("Phiếu này không thuộc phạm vi duyệt của tài khoản. Không có gì thay đổi.")


def _returned_cells(submission):
    """{code: reason} of the figures that are sent back one by one."""
    cells = submission.returned_figures.pending().select_related("target").order_by("target__position")
    return {cell.target.code: cell.text for cell in cells}


def _check_seen(submission, revision):
    if revision is not None and revision != submission.revision:
        raise ActionNotAllowed("Phiếu đã thay đổi sau khi trang này được mở. Chưa quyết định gì; xem lại các số.")


def _count_no_longer(submission):
    """Store a report that leaves the provisional sums; what was official before counts there again."""
    submission.is_provisional = False
    submission.revision += 1
    submission.save()
    official = Submission.objects.filter(agency=submission.agency, period=submission.period, is_official=True)
    official.update(is_provisional=True)


def _send_back(submission, cells, *, by):
    """Mark the figures that are sent back, those that are missing too; each says so in its history."""
    asked = asked_for(submission.agency, submission.period).keys()
    present = {actual.target_id: actual for actual in submission.actuals.all()}
    if not cells.keys() <= asked | present.keys():
        raise ActionNotAllowed("Có mục tiêu không thuộc phiếu này. Chưa trả lại gì.")
    now = submission.reviewed_at
    ReturnedFigure.objects.bulk_create(
        ReturnedFigure(submission=submission, target_id=target, code=cell.code, words=cell.words, at=now, by=by)
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


def _send_parts_back(submission, parts, *, by):
    """Mark what else is sent back, what is missing too."""
    if parts:
        held = submissions_parts.contents(submission.agency, submission.period, submission)
        if not parts.keys() <= {part.code for one in held for part in one.parts}:
            raise ActionNotAllowed("Có mục không thuộc phiếu này. Chưa trả lại gì.")
    ReturnedPart.objects.bulk_create(
        ReturnedPart(submission=submission, part=part, code=why.code, words=why.words, at=submission.reviewed_at, by=by)
        for part, why in parts.items()
    )
    for enclosure in submissions_parts.every():
        enclosure.send_back(submission, {part: why.text for part, why in parts.items()})


def _send(submission, *, by):
    now = clock.now()
    submission.state = State.SUBMITTED
    submission.submitted_at, submission.submitted_by = now, by
    if submission.first_submitted_at is None:
        submission.first_submitted_at = now
        own = deadlines.of(submission.agency, submission.period)
        submission.is_late = submission.version == 1 and own.is_late(now.date())
    submission.return_reason = ""
    submission.revision += 1
    Submission.objects.filter(agency=submission.agency, period=submission.period, is_provisional=True).exclude(
        pk=submission.pk
    ).update(is_provisional=False)
    submission.is_provisional = True
    submission.save()
    submission.actuals.exclude(return_reason="").update(return_reason="")
    submission.returned_figures.pending().update(settled_at=now)
    submission.returned_parts.pending().update(settled_at=now)
    for enclosure in submissions_parts.every():
        enclosure.sent(submission)


def _make_official(submission, *, by):
    """Approve, and return the targets whose roll-ups this touches: the old version's and the new one's."""
    touched = _targets_of(submission)
    Submission.objects.filter(agency=submission.agency, period=submission.period, is_official=True).update(
        is_official=False, is_provisional=False, state=State.SUPERSEDED, revision=F("revision") + 1
    )
    Submission.objects.filter(agency=submission.agency, period=submission.period, is_provisional=True).exclude(
        pk=submission.pk
    ).update(is_provisional=False)
    submission.state = State.APPROVED
    submission.is_official = submission.is_provisional = True
    submission.reviewed_at, submission.reviewed_by = clock.now(), by
    submission.extended_until = None
    submission.revision += 1
    submission.save()
    return touched


def new_version(submission, *, by, reason, until):
    """A draft copy of an approved report, which stays official until the copy is approved; until: the last day on which all
    of it may be mended (None: the period's own)."""
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


def copy_contents(versions, *, by, via, now, without=frozenset()):
    """Take what approved reports hold over into the versions that follow them: figures, the files behind them, and what the
    apps above put beside them. Who entered a figure, and when, goes along; the stored files are the same.

    versions: pairs of old and new; without: (pk of the new version, pk of the target) of figures that are left out.
    """
    newer = {old.pk: new for old, new in versions}
    figures = Actual.objects.filter(submission__in=newer)
    copies = [_copy(actual, newer) for actual in figures]
    copies = [copy for copy in copies if (copy.submission_id, copy.target_id) not in without]
    history = {"default_user": by, "default_change_reason": via, "default_date": now, "batch_size": BATCH}
    bulk_create_with_history(copies, Actual, **history)
    files = Evidence.objects.filter(submission__in=newer)
    Evidence.objects.bulk_create((_copy(kept, newer) for kept in files), batch_size=BATCH)
    for enclosure in submissions_parts.every():
        enclosure.copy(versions, by=by)


def _copy(held, newer):
    """A figure or file as it goes into the version that follows its own."""
    held.pk = None
    held._state.adding = True
    held.submission = newer[held.submission_id]
    return held


def mendable_until(period):
    """Until when a report that is sent back or reopened may be mended."""
    return max(period.closes_on, clock.today() + dt.timedelta(days=DAYS_TO_MEND))


def _targets_of(submission):
    """Targets with a figure in any version of this report that counts or counted."""
    return set(
        Actual.objects.filter(submission__agency=submission.agency, submission__period=submission.period).values_list(
            "target_id", flat=True
        )
    )
