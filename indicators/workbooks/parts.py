"""Sheets that the apps above add to an agency's workbook beside its figures, without this app knowing their contents.

An app registers one object when it starts (AppConfig.ready), as with `indicators.submissions.parts`. Its sheets belong
to an agency's own report; the file of a district's communes has none. They are read, shown and confirmed with the
figures, in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from openpyxl import Workbook

from agencies.models import Agency, User
from indicators.models import ReportingPeriod, Submission
from indicators.submissions import locks
from indicators.workbooks.sandbox import Problems, Table
from indicators.workbooks.template import Token


@dataclass(frozen=True)
class PartReport:
    """Agency and period of a workbook's report; submission: None where it is not begun."""

    agency: Agency
    period: ReportingPeriod
    submission: Submission | None

    @property
    def locked(self) -> str | None:
        """The reason, in Vietnamese, why nothing of it can be changed now; None where it can."""
        return locks.lock_reason(self.submission or Submission(agency=self.agency, period=self.period), "save")


class PartRow(NamedTuple):
    """One line of a change in words: its subject, the stored and the new contents."""

    what: str
    was: str
    becomes: str


class PartChange(NamedTuple):
    """A part of a report that a file would write: its code and name, its lines, and warnings."""

    code: str
    name: str
    lines: tuple[PartRow, ...]
    warnings: tuple[str, ...] = ()


@dataclass
class Reading:
    """Contents of the sheets of one app.

    unchanged, empty: parts that are stored the same, parts without contents; newer: parts with their template's
    contents, of which something else is stored since; strays: cells with figures beside the columns; work: the data
    that the app needs to write the changes.
    """

    key: str
    title: str
    noun: str
    changes: list[PartChange] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    unchanged: int = 0
    empty: int = 0
    newer: int = 0
    strays: list[str] = field(default_factory=list)
    work: list[Any] = field(default_factory=list)


class Sheets(Protocol):
    """The interface of an app that adds sheets. key: names its part of a stored file; guide: lines for the page *Hướng
    dẫn*."""

    key: str
    guide: Sequence[tuple[str, str]]

    def words(self, report: PartReport) -> str:
        """Return its contents of the workbook in words (20 dự án); empty for none."""

    def add(self, book: Workbook, report: PartReport, token: Token, *, is_demo: bool) -> None:
        """Add its sheets, if the agency has such a part."""

    def find(self, tables: Sequence[Table]) -> dict[str, Any] | None:
        """Return its sheets of a sent file, as JSON that `read` accepts; None where there are none. Raises
        Unreadable."""

    def read(self, stored: dict[str, Any], report: PartReport, token: Token) -> Reading:
        """Return their changes against the stored contents. Writes nothing."""

    def save(self, reading: Reading, submission: Submission, *, by: User, via: str) -> None:
        """Write the changes, within the caller's transaction. Raises EditConflict, ActionNotAllowed."""


_registered: list[Sheets] = []


def register(sheets: Sheets) -> None:
    """Register an app's sheets, once per process."""
    if sheets.key not in {known.key for known in _registered}:
        _registered.append(sheets)


def every() -> list[Sheets]:
    """Return all registered sheets."""
    return list(_registered)


def of_key(key: str) -> Sheets | None:
    """Return the sheets of a key; None where no app has it (any more)."""
    return next((sheets for sheets in _registered if sheets.key == key), None)
