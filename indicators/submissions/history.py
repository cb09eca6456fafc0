"""History of a figure: every change of it in all versions of its report (who, when, from, to, why, by which way)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, Max
from django.db.models.functions import TruncDate

from indicators.models import Actual, Submission, Target
from indicators.submissions.detail import shown
from indicators.submissions.kinds import Shown

# The beginnings of a history's reason, and the page's words for the way of the change.
WAYS = {
    "biểu nhập": "Biểu nhập",
    "nạp từ": "Lệnh nạp số liệu",
    "mở lại": "Mở lại phiếu",
    "trả lại": "Trả lại",
    "tệp Excel": "Tệp Excel",
    "API": "API",
}


@dataclass(frozen=True)
class FigureChange:
    """One change of a figure. before, after: None for no figure; reason: given with it; way: the form, a file or a
    command."""

    at: dt.datetime
    who: str
    version: int
    is_draft: bool
    way: str
    reason: str
    before: Shown | None
    after: Shown | None
    note: str
    note_changed: bool

    @property
    def is_same(self) -> bool:
        """True where only the note or the mark of a return changed, not the figure."""
        return self.before == self.after


def changes(submission: Submission, target: Target) -> list[FigureChange]:
    """Return every change of a target's figure in all versions of a report, oldest first. One query."""
    rows = (
        Actual.history.filter(
            target=target, submission__agency=submission.agency_id, submission__period=submission.period_id
        )
        .select_related("history_user", "submission")
        .order_by("history_date", "history_id")
    )
    all_changes: list[FigureChange] = []
    last: dict[int, Any] = {}
    for row in rows:
        old = last.get(row.submission_id)
        gone = row.history_type == "-"
        way, reason = way_of(row.history_change_reason or "")
        all_changes.append(
            FigureChange(
                at=row.history_date,
                who=str(row.history_user or "hệ thống"),
                version=row.submission.version,
                is_draft=row.submission.state == "draft",
                way=way,
                reason=reason,
                before=None if old is None else shown(target, old),
                after=None if gone else shown(target, row),
                note="" if gone else row.note,
                note_changed=not gone and row.note != (old.note if old else ""),
            )
        )
        last[row.submission_id] = None if gone else row
    return all_changes


class Saved(NamedTuple):
    """Figures of a report that one user saved by one way on one day; at: the last of them."""

    at: dt.datetime
    who: str
    way: str
    figures: int


# Changes that the audit log holds already.
LOGGED = ("mở lại", "trả lại")


def saves(submissions: Iterable[int]) -> list[Saved]:
    """Return the saves of these reports' figures by day, user and way, each figure counted once. One query."""
    rows = Actual.history.filter(submission__in=list(submissions)).exclude(history_type="-")
    for prefix in LOGGED:
        rows = rows.exclude(history_change_reason__startswith=prefix)
    grouped = (
        rows.annotate(day=TruncDate("history_date"))
        .values_list("submission", "day", "history_user__full_name", "history_user__username", "history_change_reason")
        .annotate(at=Max("history_date"), figures=Count("target", distinct=True))
        .order_by("at")
    )
    return [
        Saved(at, full_name or username or "hệ thống", _way_words(reason or ""), figures)
        for _, _, full_name, username, reason, at, figures in grouped
    ]


def _way_words(text: str) -> str:
    """Return the way and the reason of a history's reason as one text."""
    way, reason = way_of(text)
    return f"{way}: {reason}" if reason else way


def way_of(text: str) -> tuple[str, str]:
    """Return (way, reason) of a history's reason: `mở lại: Nhầm mẫu số`."""
    for prefix, word in WAYS.items():
        if text.startswith(prefix):
            return word, text[len(prefix) :].strip(" :")
    return text[:1].upper() + text[1:], ""
