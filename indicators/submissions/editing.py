"""Saving typed figures: a submission is locked, its figures are validated and stored."""

from collections.abc import Mapping
from typing import NamedTuple

from django.db import transaction
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from agencies.models import Agency, User
from agencies.roles import Role
from core import clock
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import Actual, ReportingPeriod, Submission, Target
from indicators.submissions import notifications
from indicators.submissions.locks import (
    NO_MORE_TIME,
    NOT_SENT_BACK,
    asked_for,
    figures_of,
    lock_reason,
    lock_report,
    open_cells,
    open_targets,
)
from indicators.submissions.validation import Figures, problem_with

FIGURE_FIELDS = [
    "numerator",
    "denominator",
    "value",
    "nothing_arose",
    "note",
    "return_reason",
    "entered_at",
    "entered_by",
]


@transaction.atomic
def open_report(*, agency: Agency, period: ReportingPeriod, by, on_behalf: bool = False) -> Submission:
    """The newest version of an agency's report of a period, begun by its focal point where there is none; `on_behalf`: or by
    its district, which may put figures down for it."""
    own = by.is_active and by.holds(Role.FOCAL) and by.agency_id == agency.pk
    if not (own or (on_behalf and Agency.objects.filled_in_by(by).filter(pk=agency.pk).exists())):
        raise ActionNotAllowed("Phiếu này thuộc đơn vị khác. Không có gì thay đổi.")
    submission = Submission.objects.filter(agency=agency, period=period).latest_versions().first()
    if submission is not None:
        return submission
    locked = lock_reason(Submission(agency=agency, period=period), "save")
    if locked:
        raise ActionNotAllowed(locked)
    submission, _ = Submission.objects.get_or_create(
        agency=agency, period=period, version=1, defaults={"created_at": clock.now()}
    )
    return submission


class LockedSubmission(NamedTuple):
    """A report that nobody else changes before the transaction ends: what is asked for and what is reported, by target."""

    submission: Submission
    asked: dict[int, Target]
    figures: dict[int, Actual]
    # What alone may be changed: figures that were sent back (None: all), and those that have more time (None: all).
    opened: dict[int, str] | None
    cells: frozenset[int] | None


def lock_for_edit(agency: Agency, period: ReportingPeriod, *, by) -> LockedSubmission | None:
    """The newest version of the report that its focal point fills in, held until the transaction ends: what is typed is judged
    against what is stored, and saved (`save_locked`), with nobody in between. None where none was begun. Three queries."""
    own = Submission.objects.editable_by(by).filter(agency=agency, period=period).latest_versions()
    submission = own.select_for_update().first()
    if submission is None:
        return None
    submission.agency, submission.period = agency, period
    return _held(submission)


def _held(submission):
    """A report that is locked, with what belongs to it."""
    return LockedSubmission(
        submission,
        asked_for(submission.agency, submission.period),
        figures_of(submission),
        open_targets(submission),
        open_cells(submission),
    )


def save_locked(
    held: LockedSubmission, figures: Mapping[Target, Figures | None], *, by: User, via: str = "biểu nhập"
) -> dict[int, Actual | None]:
    """Save figures of a report that is held, in the same transaction, and return them as they are stored now, by target; None
    for one that was taken away. As `save_figures`, but nothing is read again, and the caller has found no fault in the
    figures (`validation.flaws_in`)."""
    locked = lock_reason(held.submission, "save")
    if locked:
        raise ActionNotAllowed(locked)
    return _write_actuals(held, figures, by=by, via=via, are_checked=True)


@transaction.atomic
def save_figures(
    *,
    submission: Submission,
    figures: Mapping[Target, Figures | None],
    by,
    revision: int | None = None,
    via: str = "biểu nhập",
    on_behalf: bool = False,
) -> Submission:
    """Save a draft's figures: each target's, or None to take it away again. All or nothing. via: how they came, for the
    history; on_behalf: the agency's district may do it too (`AgencyQuerySet.filled_in_by`), and its focal points are told.

    revision: the one that the form was opened with; where somebody saved in between, Conflict. Raises Refused where the
    report or a figure is locked, the person is not its focal point, a target is not asked for, or figures cannot stand.
    """
    submission = lock_report(
        submission, Submission.objects.fillable_by(by) if on_behalf else Submission.objects.editable_by(by)
    )
    locked = lock_reason(submission, "save")
    if locked:
        raise ActionNotAllowed(locked)
    if revision is not None and revision != submission.revision:
        current = figures_of(submission)
        raise EditConflict("Có người vừa lưu phiếu này. Chưa ghi đè số nào; chọn số đúng rồi lưu lại.", current)
    stored = _write_actuals(_held(submission), figures, by=by, via=via)
    written = [target.code for target in figures if target.pk in stored]
    if written and by.agency_id != submission.agency_id:
        notifications.filled_in(submission, by=by, targets=written, via=via)
    return submission


def _write_actuals(
    held: LockedSubmission, figures: Mapping[Target, Figures | None], *, by: User, via: str, are_checked: bool = False
) -> dict[int, Actual | None]:
    """Store figures of a report whose state has been checked; unchanged ones are left alone. Return the stored figures of the
    targets whose figures are other ones now, None where there is none any more. Nothing is written before all has been
    checked."""
    submission, asked, present, opened, cells = held
    now = clock.now()
    fresh, changed, gone = [], [], []
    for target, entry in figures.items():
        if target.pk not in asked:
            raise ActionNotAllowed(
                f"{target.code} không được giao cho {submission.agency} trong kỳ {submission.period}."
            )
        old = present.get(target.pk)
        if entry is None:
            if old is not None:
                _check_open(target, opened)
                _check_cell(target, cells)
                gone.append(old)
            continue
        problem = None if are_checked else problem_with(target, entry)
        if problem:
            raise ActionNotAllowed(f"{target.code}: {problem}")
        new = Actual(submission=submission, target=target, **entry._asdict(), entered_at=now, entered_by=by)
        if old is None:
            _check_open(target, opened)
            _check_cell(target, cells)
            fresh.append(new)
        elif not old.same_figures(new) or old.note != new.note:
            _check_open(target, opened)
            _check_cell(target, cells)
            new.pk = old.pk
            # What was sent back stays marked until the figure or its note changes: now it has.
            changed.append(new)
    bulk_create_with_history(fresh, Actual, default_user=by, default_change_reason=via, default_date=now)
    if changed:
        bulk_update_with_history(
            changed, Actual, FIGURE_FIELDS, default_user=by, default_change_reason=via, default_date=now
        )
    for actual in gone:
        actual._change_reason, actual._history_user, actual._history_date = via, by, now
        actual.delete()
    if fresh or changed or gone:
        submission.revision += 1
        submission.save(update_fields=["revision"])
    return {actual.target_id: actual for actual in (*fresh, *changed)} | dict.fromkeys(
        actual.target_id for actual in gone
    )


def _check_open(target, opened):
    if opened is not None and target.pk not in opened:
        raise ActionNotAllowed(f"{target.code}: {NOT_SENT_BACK} Chưa lưu gì.")


def _check_cell(target, cells):
    if cells is not None and target.pk not in cells:
        raise ActionNotAllowed(f"{target.code}: {NO_MORE_TIME} Chưa lưu gì.")
