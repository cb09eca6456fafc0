"""Sheets that the apps above put into an agency's workbook beside its figures, without this app knowing what is in them.

An app registers one object when it starts (AppConfig.ready), as with `indicators.submissions.parts`. Its sheets are of one agency's
own report; the file of a district's communes has none. They are read, shown and confirmed with the figures, in the same
transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from openpyxl import Workbook

from agencies.models import Agency
from indicators.models import ReportingPeriod, Submission
from indicators.submissions import locks
from indicators.workbooks.sandbox import Problems, Table
from indicators.workbooks.template import Token


@dataclass(frozen=True)
class PartReport:
    """Whose report of which period a workbook is about; submission: None where it is not begun."""

    agency: Agency
    period: ReportingPeriod
    submission: Submission | None

    @property
    def locked(self) -> str | None:
        """Why nothing of it can be changed now, in Vietnamese."""
        return locks.lock_reason(self.submission or Submission(agency=self.agency, period=self.period), "save")


class PartRow(NamedTuple):
    """One thing that would change, in words: what it is, as stored, as it would be."""

    what: str
    was: str
    becomes: str


class PartChange(NamedTuple):
    """A part of a report that a file would write: its code and name, line by line, and what to look at twice."""

    code: str
    name: str
    lines: tuple[PartRow, ...]
    warnings: tuple[str, ...] = ()


@dataclass
class Reading:
    """What the sheets of one app say. `unchanged`, `empty`: parts stored and the same, parts without anything; `newer`: parts
    that hold what their template held, of which something else is stored since; `strays`: cells with figures beside the
    columns; `work`: what the app itself needs in order to write the changes."""

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
    """What an app must offer. `key` tells its part of a stored file; `guide`: lines for the page *Hướng dẫn*."""

    key: str
    guide: Sequence[tuple[str, str]]

    def words(self, report: PartReport) -> str:
        """What of it the workbook would hold, in words (20 dự án); empty: nothing."""

    def add(self, book: Workbook, report: PartReport, token: Token, *, illustrative: bool) -> None:
        """Add its sheets, if the agency has anything to do with it."""

    def find(self, tables: Sequence[Table]) -> dict | None:
        """Its sheets in a file that came back, as JSON that `read` understands; None where it has none. Raises Unreadable."""

    def read(self, stored: dict, report: PartReport, token: Token) -> Reading:
        """What they would change against what is stored now. Writes nothing."""

    def save(self, reading: Reading, submission: Submission, *, by, via: str) -> None:
        """Write it, within the caller's transaction. Raises Conflict, Refused."""


_registered: list[Sheets] = []


def register(sheets: Sheets) -> None:
    """Make an app's sheets known, once per process."""
    if sheets.key not in {known.key for known in _registered}:
        _registered.append(sheets)


def every() -> list[Sheets]:
    """All that are registered."""
    return list(_registered)


def of_key(key: str) -> Sheets | None:
    """The one of a key; None where no app has it (any more)."""
    return next((sheets for sheets in _registered if sheets.key == key), None)
