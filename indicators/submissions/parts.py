"""Contents that the apps above add to a report beside its figures, without this app knowing of them.

An app registers one object when it starts (AppConfig.ready). The report's services call it inside their own
transaction, and the pages of entry, review and receipt show its contents.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from agencies.models import Agency, User
from indicators.models import ReportingPeriod, Submission
from indicators.submissions import locks

# Pairs of old and new version of reports.
Versions = Sequence[tuple[Submission, Submission]]


class PartItem(NamedTuple):
    """One item of a report's part: its code, its code as people read it, its name, its content in words (empty: none
    yet), the reviewer's reason where it was returned.

    locked: the reason why it is closed while other items of the report are open.
    """

    code: str
    label: str
    name: str
    content: str
    return_reason: str = ""
    locked: str = ""


class PartContents(NamedTuple):
    """A part of one report: its title, its items, the addresses where they are filled in and read."""

    title: str
    parts: tuple[PartItem, ...]
    edit_url: str
    read_url: str

    @property
    def counted(self) -> str:
        """The number of items with a content, in words: 2/5 dự án, nhiệm vụ đã báo cáo."""
        return f"{len(self.done)}/{len(self.parts)} {self.title.lower()} đã báo cáo"

    @property
    def done(self) -> list[PartItem]:
        """Items with a content."""
        return [part for part in self.parts if part.content]

    @property
    def missing(self) -> list[PartItem]:
        """Open items without a content."""
        return [part for part in self.parts if not part.content and not part.locked]

    @property
    def returned(self) -> list[PartItem]:
        """Items that were returned."""
        return [part for part in self.parts if part.return_reason]


class SubmissionPart(Protocol):
    """The interface of an app that adds a part to a report."""

    def contents(self, agency: Agency, period: ReportingPeriod, submission: Submission | None) -> PartContents | None:
        """Return the part's contents in a report; None where the agency has no such part. submission: None before the
        report is begun."""

    def label_of(self, code: str) -> str:
        """Return the code of an item as people read it; empty where the part has no such code."""

    def is_in(self, submission: Submission) -> bool:
        """Return True where the report has any content of this part."""

    def copy(self, versions: Versions, *, by: User | None) -> None:
        """Copy the contents of approved reports into their new versions."""

    def unsettled(self, versions: Sequence[tuple[Submission, Submission | None]]) -> Mapping[int, str]:
        """Return the differences of the newest from the official versions (None: there is none) in a few words, by id
        of the newest."""

    def send_back(self, submission: Submission, reasons: Mapping[str, str]) -> None:
        """Return items by code, each with its reason."""

    def sent(self, submission: Submission) -> None:
        """Remove the marks of returned items from a report that was submitted."""


registered_parts: list[SubmissionPart] = []


def register(part: SubmissionPart) -> None:
    """Register a part, once per process."""
    if part not in registered_parts:
        registered_parts.append(part)


def every() -> list[SubmissionPart]:
    """Return all registered parts."""
    return list(registered_parts)


def holds_any(submission: Submission | None) -> bool:
    """Return True where a report (None: not begun) has any content beside its figures."""
    return submission is not None and any(part.is_in(submission) for part in registered_parts)


def label_of(code: str) -> str:
    """Return the code of a part's item as people read it: DA III.3 for III-3."""
    return next((label for part in registered_parts if (label := part.label_of(code))), code)


def unsettled(versions: Sequence[tuple[Submission, Submission | None]]) -> dict[int, list[str]]:
    """Return the contents beside the figures that are not official, by id of the newest version; see
    `SubmissionPart.unsettled`."""
    differences: dict[int, list[str]] = {}
    for part in registered_parts:
        for pk, difference in part.unsettled(versions).items():
            differences.setdefault(pk, []).append(difference)
    return differences


def to_fill(agency: Agency, period: ReportingPeriod, submission: Submission | None) -> list[PartContents]:
    """Return `contents` as its focal point fills them in: with the reviewer's reasons at missing items, and the reason
    at those that are closed while others are open."""
    every_part = contents(agency, period, submission)
    opened = locks.what_is_open(submission) if every_part else None
    return [one._replace(parts=tuple(_as_open(item, opened) for item in one.parts)) for one in every_part]


def _as_open(item: PartItem, opened: locks.OpenForMending | None) -> PartItem:
    request = opened.parts.get(item.code, "") if opened else ""
    reason = item.return_reason if item.content else request
    return item._replace(return_reason=reason, locked=locks.part_lock_reason(item.code, opened, None))


def contents(agency: Agency, period: ReportingPeriod, submission: Submission | None) -> list[PartContents]:
    """Return the contents of a report beside its figures."""
    every_part = [part.contents(agency, period, submission) for part in registered_parts]
    return [part for part in every_part if part is not None and part.parts]
