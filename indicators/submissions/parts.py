"""What the apps above put into a report beside its figures, without this app knowing of them.

An app registers one object when it starts (AppConfig.ready). The report's acts call it inside their own transaction, and
the pages of entry, review and receipt show what it says.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class PartItem(NamedTuple):
    """One thing that a report should hold: its code, what it is called, what was said of it in words (empty: nothing yet),
    the reviewer's reason where it was sent back; `locked`: why it is closed while other things in the report are open."""

    code: str
    name: str
    words: str
    return_reason: str = ""
    locked: str = ""


class PartContents(NamedTuple):
    """An enclosure of one report: its title, the parts asked for, where they are filled in and where they are read."""

    title: str
    parts: tuple[PartItem, ...]
    edit_url: str
    read_url: str

    @property
    def done(self) -> list[PartItem]:
        return [part for part in self.parts if part.words]

    @property
    def missing(self) -> list[PartItem]:
        return [part for part in self.parts if not part.words and not part.locked]

    @property
    def returned(self) -> list[PartItem]:
        return [part for part in self.parts if part.return_reason]


class SubmissionPart(Protocol):
    """What an app must offer to put something into a report."""

    def contents(self, agency, period, submission) -> PartContents | None:
        """What a report holds of it and lacks; None where the agency has nothing to do with it. submission: None before
        the report is begun."""

    def is_in(self, submission) -> bool:
        """Does the report hold anything of it?"""

    def copy(self, versions, *, by) -> None:
        """Approved reports go on as new versions, given as pairs of old and new: take everything over."""

    def unsettled(self, versions) -> Mapping[int, str]:
        """Reports that hold something else than what is official of it: of pairs of newest and official version (None where
        there is none), what differs, in a few words, by the newest one's pk."""

    def send_back(self, submission, reasons: Mapping[str, str]) -> None:
        """Parts by code are sent back, each with its reason."""

    def sent(self, submission) -> None:
        """The report was sent: what had been sent back is so no more."""


_registered: list[SubmissionPart] = []


def register(enclosure: SubmissionPart) -> None:
    """Make an enclosure known, once per process."""
    if enclosure not in _registered:
        _registered.append(enclosure)


def every() -> list[SubmissionPart]:
    """All that are registered."""
    return list(_registered)


def holds_any(submission) -> bool:
    """Does a report (None: not begun) hold anything beside its figures?"""
    return submission is not None and any(enclosure.is_in(submission) for enclosure in _registered)


def unsettled(versions) -> dict[int, list[str]]:
    """What reports hold beside their figures that is not official, by pk of the newest version; see Enclosure."""
    found = {}
    for enclosure in _registered:
        for pk, words in enclosure.unsettled(versions).items():
            found.setdefault(pk, []).append(words)
    return found


def contents(agency, period, submission) -> list[PartContents]:
    """What a report holds beside its figures."""
    found = [enclosure.contents(agency, period, submission) for enclosure in _registered]
    return [one for one in found if one is not None and one.parts]
