"""How a project's report came to be what it is: every save of it in all versions, with what each changed."""

import datetime as dt
from dataclasses import dataclass, field

from indicators.submissions.history import way_of
from indicators.workbooks.parts import PartRow
from projects.labels import FIELDS, mark_words, words_of
from projects.models import Milestone, ProgressUpdate


@dataclass
class Save:
    """What one person saved at one minute. `way`: by form, by workbook, when the report was reopened; `reason`: why, if said."""

    at: dt.datetime
    who: str
    version: int
    way: str
    reason: str
    lines: list[PartRow] = field(default_factory=list)


def saves(submissions, project) -> list[Save]:
    """Every save of a project in versions of one report, oldest first; what changed nothing that is told is left out. Two
    queries."""
    updates = list(
        ProgressUpdate.history.filter(submission__in=submissions, project=project)
        .select_related("history_user", "submission")
        .order_by("history_date", "history_id")
    )
    versions = {row.id: row.submission.version for row in updates}
    marks = (
        Milestone.history.filter(update__in=list(versions))
        .select_related("history_user")
        .order_by("history_date", "history_id")
    )
    found, last = {}, {}
    for row in sorted([*updates, *marks], key=lambda row: row.history_date):
        is_mark = hasattr(row, "position")
        version = versions[row.update_id] if is_mark else row.submission.version
        key = is_mark, row.id
        was, becomes = last.get(key), None if row.history_type == "-" else row
        last[key] = becomes
        way, reason = way_of(row.history_change_reason or "")
        at = row.history_date.replace(second=0, microsecond=0)
        save = found.setdefault((at, row.history_user_id, version, way), Save(at, _who(row), version, way, reason))
        save.lines += _mark_line(row, was, becomes) if is_mark else _lines(was, becomes)
    return [save for save in found.values() if save.lines]


def _who(row):
    return str(row.history_user or "hệ thống")


def _lines(was, becomes):
    for key, name in FIELDS.items():
        before, after = (words_of(key, getattr(row, key) if row else None) for row in (was, becomes))
        if before != after:
            yield PartRow(name, before, after)


def _mark_line(row, was, becomes):
    before, after = mark_words(was), mark_words(becomes)
    return [PartRow(f"Mốc {row.position + 1}", before, after)] if before != after else []
