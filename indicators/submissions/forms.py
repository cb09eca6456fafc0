"""Input from pages: the figures of a report, the decision on one."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.http import QueryDict

from agencies.models import User
from core import formatting, numbers, texts
from core.resubmission import earlier_sends
from indicators.models import Actual, Pillar, Target
from indicators.rules.nothing import NOTHING_WORDS, Nothing
from indicators.submissions.detail import SubmissionDetail, TargetEntry
from indicators.submissions.kinds import format_of
from indicators.submissions.validation import Figures, flaws_in

LONGEST_TEXT = 2000
# The most fields of one row that was sent before.
MOST_FIELDS = 20


def clean_text(text: str) -> str:
    """Return typed text as it is stored: cleaned (`texts.prose`), without surrounding blanks."""
    return texts.prose(text).strip()


class Typed(NamedTuple):
    """The contents of the fields of one row, as text."""

    numerator: str = ""
    denominator: str = ""
    value: str = ""
    nothing: str = ""
    note: str = ""

    @classmethod
    def stored(cls, target: Target, actual: Actual | None) -> "Typed":
        """Return a stored figure as contents of the fields."""
        if actual is None:
            return cls()
        value = format_of(target.kind).typed(actual.value)
        numerator, denominator = (
            "" if part is None else formatting.number(part) for part in (actual.numerator, actual.denominator)
        )
        return cls(numerator, denominator, value, "1" if actual.nothing_arose else "", actual.note)

    def fingerprint(self) -> str:
        """Return a hash of the row's contents; it travels with the form to detect a change by another user."""
        return hashlib.sha256(repr(tuple(self)).encode()).hexdigest()[:16]

    @property
    def has_figures(self) -> bool:
        """True where a field for figures is filled."""
        return any((self.numerator, self.denominator, self.value, self.nothing))


# The fingerprint of a row that was opened before anything was reported.
UNREPORTED = Typed().fingerprint()


class Question(NamedTuple):
    """A typed number with two readings: each as the form sends it back, and as it is shown."""

    typed: str
    readings: list[tuple[str, str]]


@dataclass
class EntryRow:
    """One target of the form: the stored figure (`row`), the typed contents, and the faults that keep it from being
    saved.

    errors and questions are by field. is_conflict: another user changed the row after this form was opened. is_changed:
    `figures` are to be saved (None: removed). is_prefilled: the denominator is that of the last report, and counts only
    once there is a numerator.
    """

    row: TargetEntry
    typed: Typed
    seen: str
    errors: dict[str, str] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    is_conflict: bool = False
    is_changed: bool = False
    is_prefilled: bool = False
    # Numerator and denominator of a share may stand the wrong way round.
    can_swap: bool = False
    figures: Figures | None = None

    @property
    def target(self) -> Target:
        """The row's target."""
        return self.row.target

    @property
    def actual(self) -> Actual | None:
        """The stored figure."""
        return self.row.actual

    @property
    def is_unsaved(self) -> bool:
        """True where the typed contents are not the stored ones."""
        return bool(self.errors or self.questions) or self.is_conflict or self.is_changed

    @property
    def has_message(self) -> bool:
        """True where there is a message under the row."""
        return bool(self.errors or self.questions or self.is_conflict or self.row.return_reason or self.row.flags)

    @property
    def usual_id(self) -> str:
        """The id of the hint beside a prefilled denominator; empty where there is none."""
        return f"u-{self.target.code}" if self.is_prefilled else ""

    @property
    def repeated(self) -> Typed | None:
        """The contents that *không đổi so với kỳ trước* enters; None where that is no choice."""
        return repeated(self.row) if self.row.can_repeat else None

    @property
    def needs_words(self) -> bool:
        """True where the saved figure is flagged and has no note."""
        return self.row.needs_words and not self.is_unsaved

    @property
    def typed_parts(self) -> list[str]:
        """The texts of the fields that the figure is made of."""
        return [getattr(self.typed, part) for part in self.target.rules.parts]

    @property
    def is_open(self) -> bool:
        """True where the row is still to be done: it was returned, or a field of it is empty."""
        return bool(self.row.return_reason) or not all(self.typed_parts)

    @property
    def error(self) -> str:
        """The row's errors as one message."""
        return " ".join(dict.fromkeys(self.errors.values()))

    @property
    def first_field(self) -> str:
        """The id of the field to go to."""
        fields = [*self.errors, *self.questions, self.target.rules.parts[0]]
        return f"{fields[0]}-{self.target.code}"

    @property
    def typed_words(self) -> str:
        """The typed figures on one line."""
        if self.typed.nothing:
            return NOTHING_WORDS[Nothing.NOT_ARISEN].lower()
        return format_of(self.target.kind).typed_words(self.typed_parts)

    @property
    def stored_fingerprint(self) -> str:
        """The fingerprint of the stored figure."""
        return Typed.stored(self.target, self.actual).fingerprint()


class EntryForm:
    """The typed figures of one report, read by one strict reader for all rows (`core.numbers`).

    Each row carries a fingerprint of its contents when the form was opened: only changed rows are saved, and only over
    contents that the user has seen. A row without one was not posted and is not changed. Fields of targets that are not
    due, and any others, are ignored. `same=<code>` enters the last report's figure again, `swap=<code>` the typed numerator
    and denominator the other way round. by: the user; `tried-<code>`:
    the contents that their page sent before without getting an answer.
    """

    def __init__(self, sheet: SubmissionDetail, data: QueryDict | None = None, by: User | None = None) -> None:
        self.sheet = sheet
        rows = [row for row in sheet.rows if row.assigned]
        if data is None:
            self.rows = [_fresh(row) for row in rows]
        else:
            self.rows = [_read(row, data, by) for row in rows]

    def keep(self, stored: Mapping[int, Actual | None]) -> None:
        """Show the rows that were saved as they are stored now; what could not be saved stays as it was typed."""
        self.sheet = self.sheet.with_stored(stored)
        fresh = {row.target.pk: row for row in self.sheet.rows if row.target.pk in stored}
        self.rows = [_fresh(fresh[row.target.pk]) if row.target.pk in fresh else row for row in self.rows]
        self.__dict__.pop("first", None)

    @property
    def open_rows(self) -> list[EntryRow]:
        """The rows that can be filled in."""
        return [row for row in self.rows if not row.row.locked]

    @cached_property
    def first(self) -> EntryRow | None:
        """The row to begin with, which a phone shows alone: the first that is still to be done, else the first."""
        return next((row for row in self.open_rows if row.is_open), next(iter(self.open_rows), None))

    @property
    def first_place(self) -> int:
        """Its position among the rows that can be filled in, from 1; 0 where there is none."""
        return next((position for position, row in enumerate(self.open_rows, 1) if row is self.first), 0)

    @property
    def changes(self) -> dict[Target, Figures | None]:
        """The figures that can be saved by target; None where they were removed."""
        return {row.target: row.figures for row in self.rows if row.is_changed}

    @property
    def unsaved(self) -> list[EntryRow]:
        """Rows whose typed contents are not stored."""
        return [row for row in self.rows if row.is_unsaved]

    @property
    def pillars(self) -> list[tuple[Pillar, list[EntryRow]]]:
        """(pillar, its rows), in the plan's order; pillars without rows are left out."""
        by_target = {row.target.pk: row for row in self.rows}
        groups = [
            (pillar, [by_target[row.target.pk] for row in rows if row.target.pk in by_target])
            for pillar, rows in self.sheet.pillars
        ]
        return [(pillar, rows) for pillar, rows in groups if rows]


def _fresh(row: TargetEntry) -> EntryRow:
    """Return a row as it is stored; where it is not, with its probable denominator."""
    typed = Typed.stored(row.target, row.actual)
    seen = typed.fingerprint()
    if row.actual is None and row.usual_denominator:
        return EntryRow(row, typed._replace(denominator=_usual(row)), seen, is_prefilled=True)
    return EntryRow(row, typed, seen)


def _usual(row: TargetEntry) -> str:
    """Return the probable denominator as it would be typed; empty where there is none."""
    return format_of(row.target.kind).typed_again(row.usual_denominator) if row.usual_denominator else ""


def repeated(row: TargetEntry) -> Typed:
    """Return the latest earlier figure as it would be typed again."""
    before, target = row.before, row.target
    if before is None:
        return Typed()
    parts = (before.numerator, before.denominator, before.value)
    return Typed(*("" if part is None else format_of(target.kind).typed_again(part) for part in parts))


def _typed(row: TargetEntry, data: Mapping[str, str]) -> Typed:
    """Return the posted contents of a row's fields."""
    code = row.target.code
    typed = Typed(*(clean_text(data.get(f"{name}-{code}", "")) for name in Typed._fields))
    if not row.allows_nothing:
        typed = typed._replace(nothing="")
    if row.can_repeat and data.get("same") == code:
        typed = repeated(row)._replace(note=typed.note)
    if row.target.rules.has_parts and data.get("swap") == code:
        typed = typed._replace(numerator=typed.denominator, denominator=typed.numerator)
    if data[f"seen-{code}"] == UNREPORTED and not typed.numerator and typed.denominator == _usual(row):
        typed = typed._replace(denominator="")  # as the form prefilled it, and no figure yet
    return typed


def _read(row: TargetEntry, data: QueryDict, by: User | None) -> EntryRow:
    """Return a posted row, compared with the stored figure."""
    code = row.target.code
    if row.locked or f"seen-{code}" not in data:
        return _fresh(row)
    typed = _typed(row, data)
    stored = Typed.stored(row.target, row.actual)
    entry = EntryRow(row, typed, data.get(f"seen-{code}", "")[:16])
    if typed == stored or typed.fingerprint() == entry.seen or data.get(f"keep-{code}") == "stored":
        return _fresh(row)  # unchanged, saved already, or given up for the other user's figure
    figures = _figures(entry, stored, data)
    if entry.errors or entry.questions:
        return entry
    if figures == _stored_figures(row.actual):
        return _fresh(row)
    seen = (entry.seen, data.get(f"keep-{code}"))
    if stored.fingerprint() in seen or _was_tried(row, stored, data, by):
        entry.is_changed, entry.figures = True, figures
    else:
        entry.is_conflict = True
    return entry


def _was_tried(row: TargetEntry, stored: Typed, data: QueryDict, by: User | None) -> bool:
    """Return True where the stored figure is one that the same page sent before without an answer, by the same user."""
    if row.actual is not None and row.actual.entered_by_id != getattr(by, "pk", None):
        return False
    for earlier in earlier_sends(data, f"tried-{row.target.code}", MOST_FIELDS):
        if f"seen-{row.target.code}" not in earlier:
            continue
        entry = EntryRow(row, _typed(row, earlier), "")
        figures = _figures(entry, stored, earlier)
        if not (entry.errors or entry.questions) and figures == _stored_figures(row.actual):
            return True
    return False


def _stored_figures(actual: Actual | None) -> Figures | None:
    """Return the figures of a stored row; None where there is none."""
    if actual is None:
        return None
    return Figures(actual.numerator, actual.denominator, actual.value, actual.nothing_arose, actual.note)


def _figures(entry: EntryRow, stored: Typed, data: Mapping[str, str]) -> Figures | None:
    """Return the row's figures, None where its fields are empty; faults and questions are added to the entry."""
    target, typed = entry.target, entry.typed
    if len(typed.note) > LONGEST_TEXT:
        entry.errors["note"] = f"Giải trình dài quá {formatting.number(LONGEST_TEXT)} ký tự."
    if not typed.has_figures:
        if typed.note:
            entry.errors["note"] = "Giải trình được lưu cùng số, mà chỉ tiêu chưa có số. Nhập số rồi lưu lại."
        return None
    if typed.nothing:
        return _nothing(entry)
    parts = {name: _number(entry, name, stored, data) for name in target.rules.parts}
    if entry.errors or entry.questions:
        return None
    figures = Figures(parts.get("numerator"), parts.get("denominator"), parts.get("value"), note=typed.note)
    entry.errors |= {flaw.column: flaw.reason for flaw in flaws_in(target, figures)}
    other_way = figures._replace(numerator=figures.denominator, denominator=figures.numerator)
    entry.can_swap = "numerator" in entry.errors and target.rules.has_parts and not flaws_in(target, other_way)
    return figures


def _nothing(entry: EntryRow) -> Figures | None:
    """Return the figures of *không phát sinh*: 0 and 0, or a count of 0; a number beside it is an error."""
    names = entry.target.rules.parts
    for name in names:
        if getattr(entry.typed, name) not in ("", "0"):
            entry.errors[name] = "Đã chọn “Không phát sinh” mà vẫn có số. Xóa số, hoặc bỏ chọn."
    return Figures(**dict.fromkeys(names, Decimal(0)), nothing_arose=True, note=entry.typed.note)


def _number(entry: EntryRow, name: str, stored: Typed, data: Mapping[str, str]) -> Decimal | None:
    """Return one typed number. Where it has two readings the form asks once; the answer comes in `reading-<field>`."""
    text, target = getattr(entry.typed, name), entry.target
    if text and text == getattr(stored, name):
        stored_number: Decimal | None = getattr(entry.actual, name)
        return stored_number
    if not text:
        entry.errors[name] = {
            "numerator": "Chưa có tử số.",
            "denominator": "Chưa có mẫu số.",
            "value": "Chưa có số.",
        }[name]
        return None
    try:
        parsed = format_of(target.kind).read(text, target.unit)
    except numbers.NumberError as error:
        entry.errors[name] = error.message
        return None
    if not parsed.ambiguous:
        return parsed.value
    readings = {format(value, "f"): value for value in (parsed.value, parsed.other_reading)}
    chosen = readings.get(data.get(f"reading-{name}-{target.code}", ""))
    if chosen is None:
        entry.questions[name] = Question(text, [(plain, formatting.number(value)) for plain, value in readings.items()])
    else:
        entry.typed = entry.typed._replace(**{name: numbers.unmistakable(chosen)})
    return chosen
