"""Files behind a figure: attached and taken away while the figure is open, locked with it, kept with its versions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from simple_history.utils import bulk_update_with_history

from core import clock, virus_scan
from core.audit.services import audit
from indicators.errors import ActionNotAllowed
from indicators.models import EVIDENCE_FOLDER, Actual, Evidence, ReturnReason, Submission, Target
from indicators.submissions import file_types
from indicators.submissions.editing import open_report
from indicators.submissions.locks import assigned_targets, lock_reason, lock_report, open_cells, open_targets


def attach(*, submission: Submission, target: Target, upload: UploadedFile, by, address: str | None = None) -> Evidence:
    """Attach a file to a figure: checked by its content, looked at by the scanner, then stored under a name of ours. A report
    that is not begun yet (not stored) is begun by it. The row's `said` tells what was changed in the file (`Taken`).
    Raises Refused where it is no file that is taken, where there are too many, or where the figure is locked."""
    _check_open(submission, target, by)  # before the file is read through; asked again under the lock
    with taken_in(upload, EVIDENCE_FOLDER) as taken:
        kept = _keep(submission, target, taken.checked, taken.stored, by, address)
    kept.said = taken.said
    return kept


class Taken(NamedTuple):
    """A file that was taken in: what it is, where it is stored, what was changed in it, as a sentence (empty: nothing)."""

    checked: file_types.Checked
    stored: str
    said: str


@contextmanager
def taken_in(upload: UploadedFile, folder: str) -> Iterator[Taken]:
    """Check, store and scan a file; what is written about it within goes with it: where that fails, or the file is not
    taken, nothing of it is left. Raises Refused."""
    try:
        upload, checked, said = file_types.admit(upload)
    except file_types.BadFile as bad:
        raise ActionNotAllowed(f"{bad} Chưa đính kèm.") from None
    try:
        with virus_scan.stored(folder, checked.name, upload) as stored:
            yield Taken(checked, stored, said)
    except virus_scan.Unsafe as unsafe:
        raise ActionNotAllowed(f"{checked.name}: {unsafe} Chưa đính kèm.") from None


@transaction.atomic
def _keep(submission, target, checked, stored, by, address):
    if submission.pk is None:
        submission = open_report(agency=submission.agency, period=submission.period, by=by)
    submission = lock_report(submission)
    _check_open(submission, target, by)
    present = list(submission.evidence.filter(target=target))
    if any(one.sha256 == checked.sha256 for one in present):
        raise ActionNotAllowed(f"{checked.name}: tệp này đã được đính kèm.")
    if len(present) >= file_types.MOST_FILES:
        raise ActionNotAllowed(
            f"{checked.name}: mỗi số liệu có tối đa {file_types.MOST_FILES} tệp. Gỡ bớt một tệp rồi đính kèm lại."
        )
    kept = Evidence.objects.create(
        submission=submission,
        target=target,
        **checked._asdict(),
        file=stored,
        added_at=clock.now(),
        added_by=by,
    )
    _log("đính kèm minh chứng", kept, by, address)
    _mark_what_lacked_evidence(submission, target, "đính kèm minh chứng", by)
    return kept


@transaction.atomic
def detach(*, kept: Evidence, by, address: str | None = None) -> None:
    """Take a file away from an open figure. Where another version of the report refers to it, it stays there."""
    submission = lock_report(kept.submission)
    _check_open(submission, kept.target, by)
    if not Evidence.objects.filter(pk=kept.pk).exists():
        raise ActionNotAllowed(f"{kept.name}: tệp này đã được gỡ.")
    _log("gỡ minh chứng", kept, by, address)
    stored = kept.file.name
    Evidence.objects.filter(pk=kept.pk).delete()
    _mark_what_lacked_evidence(submission, kept.target, "gỡ minh chứng", by)
    if not Evidence.objects.filter(file=stored).exists():
        transaction.on_commit(lambda: default_storage.delete(stored))


def _mark_what_lacked_evidence(submission, target, act, by):
    """A figure that was sent back for lack of evidence is mended by a file alone, as by another figure or note; without one
    added since it is not."""
    asked = submission.returned_figures.pending().filter(target=target, code=ReturnReason.EVIDENCE).first()
    actual = submission.actuals.filter(target=target).first()
    if asked is None or actual is None or actual.entered_at > asked.at:
        return
    reason = "" if submission.evidence.filter(target=target, added_at__gte=asked.at).exists() else asked.text
    if reason != actual.return_reason:
        actual.return_reason, actual._change_reason = reason, act
        bulk_update_with_history(
            [actual], Actual, ["return_reason"], default_user=by, default_change_reason=act, default_date=clock.now()
        )


def evidence_lock_reason(submission: Submission, target: Target) -> str | None:
    """Why a figure's files cannot be changed now; None where they can: with the figure itself."""
    locked = lock_reason(submission, "attach")
    if locked:
        return locked
    asked, granted = open_targets(submission), open_cells(submission)
    if (asked is not None and target.pk not in asked) or (granted is not None and target.pk not in granted):
        return "Số này đang khóa nên minh chứng cũng khóa."
    return None


def _check_open(submission, target, by):
    is_begun = submission.pk is not None  # else whoever may not begin it is refused there
    if is_begun and not Submission.objects.editable_by(by).filter(pk=submission.pk).exists():
        raise ActionNotAllowed("Phiếu này thuộc đơn vị khác. Không có gì thay đổi.")
    locked = evidence_lock_reason(submission, target)
    if locked:
        raise ActionNotAllowed(locked)
    holds = Q(pk__in=submission.actuals.values("target")) if is_begun else Q()
    asked = assigned_targets(submission.agency, submission.period).values("pk")
    if not Target.objects.filter(Q(pk__in=asked) | holds, pk=target.pk).exists():
        raise ActionNotAllowed(f"{target.code} không được giao cho {submission.agency} trong kỳ {submission.period}.")


def _log(act, kept, by, address):
    audit(
        by=by,
        act=act,
        label=f"{kept.target.code}, {kept.submission}",
        address=address,
        submission=kept.submission_id,
        target=kept.target.code,
        reason=kept.name,
        sha256=kept.sha256,
    )
