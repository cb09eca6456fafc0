"""Evidence files of a figure: attached and removed while the figure is open, locked with it, kept with its versions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q, QuerySet
from simple_history.utils import bulk_update_with_history

from agencies.models import User
from core import clock, virus_scan
from core.audit.services import audit
from core.removed import services as removed_rows
from core.removed.models import RemovedItem, RemovedItemQuerySet
from indicators.audit_acts import FigureAct
from indicators.errors import ActionNotAllowed
from indicators.models import EVIDENCE_FOLDER, Actual, Evidence, ReturnReason, Submission, Target
from indicators.submissions import file_types
from indicators.submissions.editing import open_report
from indicators.submissions.locks import assigned_targets, lock_reason, lock_report, open_cells, open_targets

# The kind under which removed files are kept.
REMOVED = "evidence"
# The most files of earlier months that are offered to a figure.
MOST_EARLIER = 12


def attach(
    *, submission: Submission, target: Target, upload: UploadedFile, by: User, address: str | None = None
) -> Evidence:
    """Attach a file to a figure: check its content, scan it for viruses, store it under a generated name.

    A report that is not begun yet (not stored) is begun by it. The row's `change_message` names the changes made to the
    file (`Taken`). Raises ActionNotAllowed for a file that is not accepted, for too many files, or where the figure is
    locked.
    """
    _check_open(submission, target, by)  # before the file is read; checked again under the lock
    with taken_in(upload, EVIDENCE_FOLDER) as taken:
        evidence = _store(submission, target, taken.checked, taken.stored, by, address)
    evidence.change_message = taken.change_message
    return evidence


class Taken(NamedTuple):
    """An accepted file: its description, its stored name, and the changes made to it as a sentence (empty: none)."""

    checked: file_types.Checked
    stored: str
    change_message: str


@contextmanager
def taken_in(upload: UploadedFile, folder: str) -> Iterator[Taken]:
    """Check, store and scan a file. Where the block fails or the file is not accepted, the stored file is deleted.

    Raises ActionNotAllowed.
    """
    try:
        accepted, checked, change_message = file_types.admit(upload)
    except file_types.BadFile as bad:
        raise ActionNotAllowed(f"{bad} Chưa đính kèm.") from None
    try:
        with virus_scan.stored(folder, checked.name, accepted) as stored:
            yield Taken(checked, stored, change_message)
    except virus_scan.Unsafe as unsafe:
        raise ActionNotAllowed(f"{checked.name}: {unsafe} Chưa đính kèm.") from None


@transaction.atomic
def _store(
    submission: Submission, target: Target, checked: file_types.Checked, stored: str, by: User, address: str | None
) -> Evidence:
    """Add the row of a stored file, under the report's lock."""
    if submission.pk is None:
        submission = open_report(agency=submission.agency, period=submission.period, by=by)
    submission = lock_report(submission)
    _check_open(submission, target, by)
    _check_room(submission, target, checked.name, checked.sha256)
    evidence = Evidence.objects.create(
        submission=submission,
        target=target,
        **checked._asdict(),
        file=stored,
        added_at=clock.now(),
        added_by=by,
    )
    _log(FigureAct.ATTACH_EVIDENCE, evidence, by, address)
    _update_return_mark(submission, target, FigureAct.ATTACH_EVIDENCE, by)
    return evidence


def reusable(submission: Submission, target: Target) -> list[Evidence]:
    """Return the files that this figure has not yet and that may serve it too, one of each content: first those of the report's
    other figures, oldest first, then those of the same target in earlier months, newest first. Two queries."""
    files = list(submission.evidence.select_related("target", "submission__period").order_by("added_at", "pk"))
    present = {file.sha256 for file in files if file.target_id == target.pk}
    others = {file.sha256: file for file in reversed(files) if file.sha256 not in present}
    earlier = {
        file.sha256: file
        for file in reversed(_of_earlier_months(submission, target)[:MOST_EARLIER])
        if file.sha256 not in present | others.keys()
    }
    return [*reversed(others.values()), *reversed(earlier.values())]


def _of_earlier_months(submission: Submission, target: Target) -> QuerySet[Evidence]:
    """Files of the same target in the agency's earlier reports of the plan, newest first: a decision or a list that still holds
    is no other paper a month later. Another target's paper of another month is none of this figure's."""
    period = submission.period
    reports = Submission.objects.filter(
        agency=submission.agency, period__plan=period.plan_id, period__number__lt=period.number, is_latest=True
    )
    files = Evidence.objects.filter(submission__in=reports, target=target).select_related(
        "target", "submission__period"
    )
    return files.order_by("-submission__period__number", "-added_at", "-pk")


def find_reusable(submission: Submission, target: Target, pk: int) -> Evidence | None:
    """Return a file that may serve a figure too, of the same report or of the target's earlier months; None for any other."""
    return submission.evidence.filter(pk=pk).first() or _of_earlier_months(submission, target).filter(pk=pk).first()


@transaction.atomic
def reuse(
    *, submission: Submission, target: Target, evidence: Evidence, by: User, address: str | None = None
) -> Evidence:
    """Let a file of another figure of the report, or of the target's earlier months, serve this figure too: the stored file is
    the same. Raises ActionNotAllowed."""
    submission = lock_report(submission)
    _check_open(submission, target, by)
    _check_room(submission, target, evidence.name, evidence.sha256)
    copied = {name: getattr(evidence, name) for name in ("name", "content_type", "size", "sha256", "file")}
    made = Evidence.objects.create(submission=submission, target=target, **copied, added_at=clock.now(), added_by=by)
    _log(FigureAct.ATTACH_EVIDENCE, made, by, address)
    _update_return_mark(submission, target, FigureAct.ATTACH_EVIDENCE, by)
    return made


def _check_room(submission: Submission, target: Target, name: str, sha256: str) -> None:
    """Raise ActionNotAllowed where a figure has the file already, or no place for another."""
    present = list(submission.evidence.filter(target=target))
    if any(one.sha256 == sha256 for one in present):
        raise ActionNotAllowed(f"{name}: tệp này đã được đính kèm.")
    if len(present) >= file_types.MOST_FILES:
        raise ActionNotAllowed(
            f"{name}: mỗi số liệu có tối đa {file_types.MOST_FILES} tệp. Gỡ bớt một tệp rồi đính kèm lại."
        )


@transaction.atomic
def detach(*, evidence: Evidence, by: User, address: str | None = None) -> None:
    """Remove a file from an open figure; it can be brought back for a month. Where another version of the report refers to the
    same file, it is kept there.

    Raises ActionNotAllowed where the figure is locked or the file was removed already.
    """
    submission = lock_report(evidence.submission)
    _check_open(submission, evidence.target, by)
    if not Evidence.objects.filter(pk=evidence.pk).exists():
        raise ActionNotAllowed(f"{evidence.name}: tệp này đã được gỡ.")
    _log(FigureAct.REMOVE_EVIDENCE, evidence, by, address)
    removed_rows.keep(
        kind=REMOVED,
        place=_place(submission, evidence.target),
        rows=[evidence],
        label=evidence.name,
        file=str(evidence.file.name),
        by=by,
    )
    Evidence.objects.filter(pk=evidence.pk).delete()
    _update_return_mark(submission, evidence.target, FigureAct.REMOVE_EVIDENCE, by)


def _place(submission: Submission, target: Target) -> str:
    """Return where the removed files of a figure are kept: for all versions of its report."""
    return f"{submission.agency_id}/{submission.period_id}/{target.pk}"


def removed_from(submission: Submission, target: Target) -> RemovedItemQuerySet:
    """Return the removed files of a figure that can still be brought back."""
    return RemovedItem.objects.restorable(REMOVED, _place(submission, target))


@transaction.atomic
def restore(*, submission: Submission, target: Target, removed: int, by: User, address: str | None = None) -> Evidence:
    """Bring a removed file back to its figure, which must be open. Raises ActionNotAllowed."""
    submission = lock_report(submission)
    _check_open(submission, target, by)
    item = removed_rows.take(REMOVED, removed, _place(submission, target))
    if item is None:
        raise ActionNotAllowed("Tệp này đã được khôi phục, hoặc đã quá hạn khôi phục. Không có gì thay đổi.")
    (evidence,) = removed_rows.rows_of(item)
    assert isinstance(evidence, Evidence)
    evidence.submission = submission
    _check_room(submission, target, evidence.name, evidence.sha256)
    removed_rows.bring_back(item, [evidence])
    _log(FigureAct.RESTORE_EVIDENCE, evidence, by, address)
    _update_return_mark(submission, target, FigureAct.RESTORE_EVIDENCE, by)
    return evidence


def _update_return_mark(submission: Submission, target: Target, act: str, by: User) -> None:
    """Remove the mark of a figure that was returned for lack of evidence once a file is attached; set it again without
    one.

    A new figure or note removes the mark too (`editing`).
    """
    returned = submission.returned_figures.pending().filter(target=target, code=ReturnReason.EVIDENCE).first()
    actual = submission.actuals.filter(target=target).first()
    if returned is None or actual is None or actual.entered_at > returned.at:
        return
    reason = "" if submission.evidence.filter(target=target, added_at__gte=returned.at).exists() else returned.text
    if reason != actual.return_reason:
        actual.return_reason, actual._change_reason = reason, act
        bulk_update_with_history(
            [actual], Actual, ["return_reason"], default_user=by, default_change_reason=act, default_date=clock.now()
        )


def evidence_lock_reason(submission: Submission, target: Target) -> str | None:
    """Return the reason why a figure's files cannot be changed now, the same as for the figure; None where they can."""
    locked = lock_reason(submission, "attach")
    if locked:
        return locked
    returned, granted = open_targets(submission), open_cells(submission)
    if (returned is not None and target.pk not in returned) or (granted is not None and target.pk not in granted):
        return "Số này đang khóa nên minh chứng cũng khóa."
    return None


def _check_open(submission: Submission, target: Target, by: User) -> None:
    """Raise ActionNotAllowed where the user may not change the figure's files now."""
    is_begun = submission.pk is not None  # `open_report` checks the right to begin one
    if is_begun and not Submission.objects.editable_by(by).filter(pk=submission.pk).exists():
        raise ActionNotAllowed("Phiếu này thuộc đơn vị khác. Không có gì thay đổi.")
    locked = evidence_lock_reason(submission, target)
    if locked:
        raise ActionNotAllowed(locked)
    holds = Q(pk__in=submission.actuals.values("target")) if is_begun else Q()
    assigned = assigned_targets(submission.agency, submission.period).values("pk")
    if not Target.objects.filter(Q(pk__in=assigned) | holds, pk=target.pk).exists():
        raise ActionNotAllowed(f"{target.code} không được giao cho {submission.agency} trong kỳ {submission.period}.")


def _log(act: FigureAct, evidence: Evidence, by: User, address: str | None) -> None:
    """Add the change of a figure's files to the audit log."""
    audit(
        by=by,
        act=act,
        label=f"{evidence.target.code}, {evidence.submission}",
        address=address,
        submission=evidence.submission_id,
        target=evidence.target.code,
        reason=evidence.name,
        sha256=evidence.sha256,
    )
