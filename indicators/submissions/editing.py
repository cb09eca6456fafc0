"""Saving of typed figures: a submission is locked, its figures are validated and stored."""

from collections.abc import Mapping
from typing import NamedTuple

from django.db import transaction
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from agencies.models import Agency, User
from agencies.roles import Role
from core import clock
from indicators.errors import ActionNotAllowed, EditConflict
from indicators.models import Actual, ReportingPeriod, StandIn, Submission, Target
from indicators.submissions import notifications
from indicators.submissions.locks import (
    NO_MORE_TIME,
    NOT_SENT_BACK,
    figures_of,
    lock_reason,
    lock_report,
    open_cells,
    open_targets,
    targets_due,
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
def open_report(*, agency: Agency, period: ReportingPeriod, by: User, on_behalf: bool = False) -> Submission:
    """Return the newest version of an agency's report of a period; its focal point begins one where there is none.

    on_behalf: the agency's district may begin it too, or who acts in its place. Raises ActionNotAllowed.
    """
    is_focal_point = by.is_active and by.holds(Role.FOCAL) and by.agency_id == agency.pk
    if not (is_focal_point or (on_behalf and _fills_in(by, agency, period))):
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


def _fills_in(user: User, agency: Agency, period: ReportingPeriod) -> bool:
    """Return True where a user may enter an agency's figures: its district, or who acts in its place."""
    if Agency.objects.filled_in_by(user).filter(pk=agency.pk).exists():
        return True
    return StandIn.objects.open_to(user).filter(agency=agency, period=period).exists()


class LockedSubmission(NamedTuple):
    """A submission locked with SELECT FOR UPDATE, with its due targets and its figures, by target id."""

    submission: Submission
    targets: dict[int, Target]
    figures: dict[int, Actual]
    # The figures that alone may be changed: returned ones (None: all), and those with more time (None: all).
    opened: dict[int, str] | None
    cells: frozenset[int] | None


def lock_for_edit(agency: Agency, period: ReportingPeriod, *, by: User) -> LockedSubmission | None:
    """Lock the newest version of the report that its focal point fills in; None where none was begun. Three queries.

    The typed figures are then compared with the stored ones and saved (`save_locked`) without a change in between.
    """
    editable = Submission.objects.editable_by(by).filter(agency=agency, period=period).latest_versions()
    submission = editable.select_for_update().first()
    if submission is None:
        return None
    submission.agency, submission.period = agency, period
    return _locked(submission)


def _locked(submission: Submission) -> LockedSubmission:
    """Return a locked report with its targets and figures."""
    return LockedSubmission(
        submission,
        targets_due(submission.agency, submission.period),
        figures_of(submission),
        open_targets(submission),
        open_cells(submission),
    )


def save_locked(
    locked: LockedSubmission, figures: Mapping[Target, Figures | None], *, by: User, via: str = "biểu nhập"
) -> dict[int, Actual | None]:
    """Save figures of a locked report in the same transaction, as `save_figures`, without reading anything again."""
    reason = lock_reason(locked.submission, "save")
    if reason:
        raise ActionNotAllowed(reason)
    return _write_actuals(locked, figures, by=by, via=via, are_checked=True)


@transaction.atomic
def save_figures(
    *,
    submission: Submission,
    figures: Mapping[Target, Figures | None],
    by: User,
    revision: int | None = None,
    via: str = "biểu nhập",
    on_behalf: bool = False,
) -> Submission:
    """Save the figures of a draft, all or none; None removes a figure.

    via: the way they came, for the history. on_behalf: others who fill it in may do so too
    (`SubmissionQuerySet.fillable_by`), and its focal points are notified. revision: the one that the form was opened with;
    EditConflict where another user saved in between. Raises ActionNotAllowed where the report or a figure is locked,
    the user is not its focal point, a target is not due, or figures are not valid.
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
    stored = _write_actuals(_locked(submission), figures, by=by, via=via)
    written = [target.code for target in figures if target.pk in stored]
    if written and by.agency_id != submission.agency_id:
        notifications.filled_in(submission, by=by, targets=written, via=via)
    return submission


def _write_actuals(
    locked: LockedSubmission, figures: Mapping[Target, Figures | None], *, by: User, via: str, are_checked: bool = False
) -> dict[int, Actual | None]:
    """Store figures of a report whose state was checked; return the changed ones by target, None for a removed one.

    Unchanged figures are not touched. Nothing is written before everything was checked. are_checked: the figures were
    checked before (`validation`).
    """
    submission, targets, present, opened, cells = locked
    now = clock.now()
    fresh, changed, removed = [], [], []
    for target, entry in figures.items():
        if target.pk not in targets:
            raise ActionNotAllowed(
                f"{target.code} không được giao cho {submission.agency} trong kỳ {submission.period}."
            )
        old = present.get(target.pk)
        if entry is None:
            if old is not None:
                _check_open(target, opened)
                _check_cell(target, cells)
                removed.append(old)
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
            # The mark of a return is removed, since the figure or its note has changed.
            changed.append(new)
    bulk_create_with_history(fresh, Actual, default_user=by, default_change_reason=via, default_date=now)
    if changed:
        bulk_update_with_history(
            changed, Actual, FIGURE_FIELDS, default_user=by, default_change_reason=via, default_date=now
        )
    for actual in removed:
        actual._change_reason, actual._history_user, actual._history_date = via, by, now
        actual.delete()
    if fresh or changed or removed:
        submission.revision += 1
        submission.save(update_fields=["revision"])
    stored: dict[int, Actual | None] = {actual.target_id: actual for actual in (*fresh, *changed)}
    return stored | dict.fromkeys(actual.target_id for actual in removed)


def _check_open(target: Target, opened: Mapping[int, str] | None) -> None:
    """Raise ActionNotAllowed where only other figures were returned."""
    if opened is not None and target.pk not in opened:
        raise ActionNotAllowed(f"{target.code}: {NOT_SENT_BACK} Chưa lưu gì.")


def _check_cell(target: Target, cells: frozenset[int] | None) -> None:
    """Raise ActionNotAllowed where more time was granted for other figures only."""
    if cells is not None and target.pk not in cells:
        raise ActionNotAllowed(f"{target.code}: {NO_MORE_TIME} Chưa lưu gì.")
