"""How a figure came to be what it is: every change of it, in all versions of its report (who, when, from, to, why, which way)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count, Max
from django.db.models.functions import TruncDate

from indicators.models import Actual, Submission, Target
from indicators.submissions.detail import shown
from indicators.submissions.kinds import Shown

# What begins a history's reason, and how the page names the way that the change came.
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
    """One change of a figure. before, after: None for no figure; `reason`: what was said with it; `way`: by which way."""

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
        """Did only something beside the figure change: its note, or that it was sent back?"""
        return self.before == self.after


def changes(submission: Submission, target: Target) -> list[FigureChange]:
    """Every change of a target's figure in all versions of a report, oldest first. One query."""
    rows = (
        Actual.history.filter(
            target=target, submission__agency=submission.agency_id, submission__period=submission.period_id
        )
        .select_related("history_user", "submission")
        .order_by("history_date", "history_id")
    )
    found, last = [], {}
    for row in rows:
        old = last.get(row.submission_id)
        gone = row.history_type == "-"
        way, reason = way_of(row.history_change_reason or "")
        found.append(
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
    return found


class Saved(NamedTuple):
    """Figures of a report that one person saved by one way on one day; `at`: the last of them."""

    at: dt.datetime
    who: str
    way: str
    figures: int


# What the log tells already.
TOLD = ("mở lại", "trả lại")


def saves(submissions: Iterable[int]) -> list[Saved]:
    """Who saved figures of reports, by day and way, each figure counted once. One query."""
    rows = Actual.history.filter(submission__in=list(submissions)).exclude(history_type="-")
    for told in TOLD:
        rows = rows.exclude(history_change_reason__startswith=told)
    grouped = (
        rows.annotate(day=TruncDate("history_date"))
        .values_list("submission", "day", "history_user__full_name", "history_user__username", "history_change_reason")
        .annotate(at=Max("history_date"), figures=Count("target", distinct=True))
        .order_by("at")
    )
    return [
        Saved(at, full_name or username or "hệ thống", _said_way(reason or ""), figures)
        for _, _, full_name, username, reason, at, figures in grouped
    ]


def _said_way(said):
    way, reason = way_of(said)
    return f"{way}: {reason}" if reason else way


def way_of(said: str) -> tuple[str, str]:
    """(by which way, why) out of a history's reason: `mở lại: Nhầm mẫu số` is the way and what was said."""
    for prefix, word in WAYS.items():
        if said.startswith(prefix):
            return word, said[len(prefix) :].strip(" :")
    return said[:1].upper() + said[1:], ""
