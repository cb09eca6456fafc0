"""The history of a project's report: every save in all its versions, with the changes."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from indicators.submissions.history import way_of
from indicators.workbooks.parts import PartRow
from projects.labels import FIELDS, mark_words, words_of
from projects.models import Milestone, ProgressUpdate, Project


@dataclass
class Save:
    """The changes that one person saved within one minute. way: by form, by workbook, or when the report was reopened;
    reason: if one was given."""

    at: dt.datetime
    who: str
    version: int
    way: str
    reason: str
    lines: list[PartRow] = field(default_factory=list)


def saves(submissions: Collection[int], project: Project) -> list[Save]:
    """Return every save of a project in versions of one report, oldest first; saves without visible changes are left
    out. Two queries."""
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
    saves_by_key: dict[tuple, Save] = {}
    last: dict[tuple, Any] = {}
    for row in sorted([*updates, *marks], key=lambda row: row.history_date):
        is_mark = hasattr(row, "position")
        version = versions[row.update_id] if is_mark else row.submission.version
        key = is_mark, row.id
        was, becomes = last.get(key), None if row.history_type == "-" else row
        last[key] = becomes
        way, reason = way_of(row.history_change_reason or "")
        at = row.history_date.replace(second=0, microsecond=0)
        save = saves_by_key.setdefault(
            (at, row.history_user_id, version, way), Save(at, _who(row), version, way, reason)
        )
        save.lines += _mark_line(row, was, becomes) if is_mark else _lines(was, becomes)
    return [save for save in saves_by_key.values() if save.lines]


def _who(row: Any) -> str:
    return str(row.history_user or "hệ thống")


def _lines(was: Any, becomes: Any) -> Iterator[PartRow]:
    for key, name in FIELDS.items():
        before, after = (words_of(key, getattr(row, key) if row else None) for row in (was, becomes))
        if before != after:
            yield PartRow(name, before, after)


def _mark_line(row: Any, was: Any, becomes: Any) -> list[PartRow]:
    before, after = mark_words(was), mark_words(becomes)
    return [PartRow(f"Mốc {row.position + 1}", before, after)] if before != after else []
