"""Vietnamese formats of numbers, dates and names. Pure: the result depends on the arguments alone.

Numbers are Decimal or int (a float is refused: figures are exact), `None` is shown as an em dash, rounding is half away
from zero. Datetimes are aware and shown in Vietnam's time.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from math import floor
from typing import Protocol

from core.clock import VIETNAM

Number = Decimal | int
# The letters of a syllable as numbers, and its tone.
SyllableKey = tuple[tuple[int, ...], int]

NBSP = "\u00a0"
MINUS = "\u2212"
NONE = "\u2014"
ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\u00a0": "\u00a0"}
# Stored values have six decimals; twelve always show a figure and its threshold as different.
MOST_DECIMALS = 12

COMPARATOR_SIGNS = {"gte": "≥", "gt": ">", "lte": "≤", "lt": "<"}
COMPARATOR_WORDS = {"gte": "tối thiểu", "gt": "trên", "lte": "tối đa", "lt": "dưới"}
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")


class HasMonth(Protocol):
    """A date, or any object with a month and a year, such as a reporting period."""

    @property
    def month(self) -> int: ...
    @property
    def year(self) -> int: ...


# Numbers
def number(value: Number | None, decimals: int | None = None) -> str:
    """Return `1.970`, `1.970,5`, `−0,58`: point for thousands, comma for decimals, U+2212 for minus.

    `decimals` fixes the number of decimals; None shows those that the value has, without trailing zeros.
    """
    if value is None:
        return NONE
    shown = rounded(value, decimals)
    whole, _, fraction = format(abs(shown), "f").partition(".")
    if decimals is None:
        fraction = fraction.rstrip("0")
    text = f"{int(whole):,}".replace(",", ".") + (f",{fraction}" if fraction else "")
    return MINUS + text if shown < 0 else text


def percent(value: Number | None, decimals: int | None = 2) -> str:
    """Return `78,65%`; the value is already a percentage (78.65, not 0.7865). It is shown as 0 or
    100 only where it is exactly that. `decimals` None: those that the value has."""
    return with_unit(number(value, None if decimals is None else share_decimals(value, "%", decimals)), "%")


def with_unit(text: str, unit: str) -> str:
    """Return a formatted number and its unit: `78,65%`, `8,48% GRDP`, `4 doanh nghiệp`; a dash has no unit."""
    return text if text == NONE else text + after_number(unit)


def after_number(unit: str) -> str:
    """Return a unit as it follows a number: a percent sign at once, as offices write it, another after a non-breaking space."""
    return unit if not unit or unit.startswith("%") else NBSP + unit


def without_unit(text: str) -> str:
    """Return what `with_unit` joined without its unit."""
    return text.partition(NBSP)[0].removesuffix("%")


def figure(
    value: Number | None,
    unit: str,
    threshold: Number | None = None,
    comparator: str | None = None,
    decimals: int | None = None,
    required: Number | None = None,
) -> str:
    """Return a measured figure with its unit, never contradicting its status (domain.md, *Roll-up*, exactness).

    Two decimals for percentages, none for whole counts; more where rounding would contradict the exact value: 79.996 against
    "at least 80" is `79,996%`, a value never looks equal to a required one from which it differs, and only 0 and 100 are
    shown as 0 and 100. `comparator` is gte, gt, lte or lt.
    """
    return with_unit(number(value, figure_decimals(value, unit, threshold, comparator, decimals, required)), unit)


def yes_no(percent: Number | None) -> str:
    """Return the answer that an agency's own figure of a yes/no target means: `Có` of 100 percent, `Không` of 0; empty for any
    other value.

    *Không*, as people choose it in the form and the workbook; *Chưa* is for a value that is not entered yet.
    """
    return "Có" if percent == 100 else "Không" if percent == 0 else ""


def required_figure(
    required: Number | None,
    value: Number | None,
    unit: str,
    comparator: str | None = "gte",
    decimals: int | None = None,
    threshold: Number | None = None,
) -> str:
    """Return the required value, with as many decimals as `figure` gives the value next to it; more next to a whole count."""
    shown_decimals = required_decimals(required, value, unit, threshold, comparator, decimals)
    return with_unit(number(required, shown_decimals), unit)


def required_decimals(
    required: Number | None,
    value: Number | None,
    unit: str,
    threshold: Number | None = None,
    comparator: str | None = None,
    decimals: int | None = None,
) -> int:
    """Return the number of decimals that `required_figure` shows. None for either value: those of `figure_decimals`."""
    if value is None or required is None:
        return figure_decimals(required, unit, decimals=decimals)
    shown_decimals = figure_decimals(value, unit, threshold, comparator, decimals, required)
    while shown_decimals < MOST_DECIMALS and not _keeps_order(value, required, shown_decimals):
        shown_decimals += 1
    return shown_decimals


def figure_decimals(
    value: Number | None,
    unit: str,
    threshold: Number | None = None,
    comparator: str | None = None,
    decimals: int | None = None,
    required: Number | None = None,
) -> int:
    """Return the number of decimals that `figure` shows."""
    is_whole = value is None or rounded(value, 0) == value
    if decimals is None:
        # A count is whole; its required value and its forecast may not be.
        decimals = 0 if is_whole and not unit.startswith("%") else 2
    if value is None or (is_whole and not unit.startswith("%")):
        return decimals
    decimals = share_decimals(value, unit, decimals)
    while decimals < MOST_DECIMALS:
        shown = rounded(value, decimals)
        agrees = (
            threshold is None
            or comparator is None
            or holds(shown, comparator, threshold) == holds(value, comparator, threshold)
        )
        if agrees and (required is None or _keeps_order(value, required, decimals)):
            break
        decimals += 1
    return decimals


def share_decimals(value: Number | None, unit: str, decimals: int) -> int:
    """Return at least so many decimals, and as many as keep a value other than 0 from being shown as 0, and other than 100%
    as 100%."""
    if value is None:
        return decimals
    bounds = (0, 100) if unit.startswith("%") else (0,)
    while decimals < MOST_DECIMALS and any(rounded(value, decimals) == bound != value for bound in bounds):
        decimals += 1
    return decimals


def _keeps_order(value: Number, required: Number, decimals: int) -> bool:
    """Return whether two values, rounded, have the same order (less, equal, greater) as the exact ones."""
    one, other = rounded(value, decimals), rounded(required, decimals)
    return (one > other, one < other) == (value > required, value < required)


def holds(value: Number, comparator: str, threshold: Number) -> bool:
    """Return whether `value` meets the threshold: gte at least, gt more than, lte at most, lt less than."""
    return {
        "gte": value >= threshold,
        "gt": value > threshold,
        "lte": value <= threshold,
        "lt": value < threshold,
    }[comparator]


def signed(value: Number | None, decimals: int | None = 2) -> str:
    """Return a difference with its sign: `+0,58`, `−0,01`, `0,00`."""
    if value is None:
        return NONE
    text = number(value, decimals)
    return f"+{text}" if rounded(value, decimals) > 0 else text


def part(value: Decimal) -> str:
    """Return one of `parts` with its sign and all its decimals: `+0,580`, `−4`."""
    return signed(value, -int(value.as_tuple().exponent))


def difference(value: Number | None, unit: str, decimals: int | None = None, points: str = "điểm") -> str:
    """Return a difference with its unit: percentage points are *điểm*, never %: `+2,44 điểm`, `+4 doanh nghiệp`; reports give
    their full name (points)."""
    if value is None:
        return NONE
    if unit.startswith("%"):
        return with_unit(signed(value, 2 if decimals is None else decimals), points)
    return with_unit(signed(value, decimals), unit)


def change(now: Number | None, before: Number | None, unit: str, decimals: int = 2) -> Decimal | None:
    """Return the difference of two values as shown: each is rounded first, so that readers can check the subtraction.

    now, before: shown with so many decimals where they are percentages. A count stays exact. None where either is missing.
    """
    if now is None or before is None:
        return None
    if not unit.startswith("%") and rounded(now, 0) == now and rounded(before, 0) == before:
        return Decimal(now) - Decimal(before)
    return rounded(now, decimals) - rounded(before, decimals)


def parts(values: Iterable[Decimal | Fraction | int], total: Decimal | Fraction | int, decimals: int) -> list[Decimal]:
    """Round parts so that they add up to the total as printed (domain.md, *What changed*): each is rounded down and the
    missing last digits go to the largest remainders, in the order printed where those are equal.

    values: exact numbers; total: as printed, with at most so many decimals.
    """
    scale = 10**decimals
    scaled = [Fraction(value) * scale for value in values]
    digits = [floor(value) for value in scaled]
    missing = int(Fraction(total) * scale) - sum(digits)
    by_remainder = sorted(range(len(digits)), key=lambda index: digits[index] - scaled[index])
    for step in range(missing):
        digits[by_remainder[step % len(digits)]] += 1
    for step in range(-missing):
        digits[by_remainder[-1 - step % len(digits)]] -= 1
    return [Decimal(digit).scaleb(-decimals) for digit in digits]


def figure_range(low: Number, high: Number, unit: str, decimals: int, between: str = "–") -> str:
    """Return `23,5 – 29,8`, without the unit; empty where both ends look the same."""
    ends = [number(end, share_decimals(end, unit, decimals)) for end in (low, high)]
    return "" if ends[0] == ends[1] else f"{ends[0]} {between} {ends[1]}"


def threshold(value: Number | None, unit: str, comparator: str, in_words: bool = False) -> str:
    """Return `≥ 80%`, `> 150 doanh nghiệp`; with `in_words`, `tối thiểu 80%`, `trên 150 doanh nghiệp`."""
    if value is None:
        return NONE
    sign = (COMPARATOR_WORDS if in_words else COMPARATOR_SIGNS)[comparator]
    return f"{sign}{NBSP}{with_unit(number(value), unit)}"


def rounded(value: Number, decimals: int | None) -> Decimal:
    """Return a figure rounded half away from zero; `decimals` None: as it is. Raises TypeError for a float."""
    if isinstance(value, float):
        raise TypeError("a figure is a Decimal or an int, not a float")
    value = Decimal(value)
    if decimals is None:
        return value
    with localcontext() as context:
        context.prec = max(28, value.adjusted() + decimals + 2)
        return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


# Days and times
def local(value: dt.datetime) -> dt.datetime:
    """Return an aware datetime in Vietnam's time. Raises ValueError for a naive one."""
    if value.tzinfo is None:
        raise ValueError("a datetime without a time zone")
    return value.astimezone(VIETNAM)


def _day(value: dt.date) -> dt.date:
    return local(value).date() if isinstance(value, dt.datetime) else value


def date(value: dt.date | None) -> str:
    """Return `05/11/2026`, of a date or an aware datetime."""
    return NONE if value is None else f"{_day(value):%d/%m/%Y}"


def short_date(value: dt.date | None) -> str:
    """Return `17/8`, where the year is clear from the page."""
    if value is None:
        return NONE
    day = _day(value)
    return f"{day.day}/{day.month}"


def time(value: dt.datetime | None) -> str:
    """Return `09:38`, of an aware datetime."""
    return NONE if value is None else f"{local(value):%H:%M}"


def datetime(value: dt.datetime | None) -> str:
    """Return `09:38 ngày 05/11/2026`."""
    return NONE if value is None else f"{time(value)} ngày {date(value)}"


def short_datetime(value: dt.datetime | None) -> str:
    """Return `09:38 ngày 5/11`."""
    return NONE if value is None else f"{time(value)} ngày {short_date(value)}"


def one_line(value: object) -> str:
    """Return text as one line without hidden characters: line breaks, control characters and marks that change the direction
    of writing are written out (\\n, \\u202e). For typed text in logs and lists."""
    return "".join(char if char.isprintable() else ESCAPES.get(char, f"\\u{ord(char):04x}") for char in str(value))


def weekday(value: dt.date | None) -> str:
    """Return `Thứ Tư`, `Chủ nhật`."""
    return NONE if value is None else WEEKDAYS[_day(value).weekday()]


def month(value: HasMonth | None) -> str:
    """Return `tháng 8 năm 2026`."""
    return NONE if value is None else f"tháng {value.month} năm {value.year}"


def short_month(value: HasMonth | None) -> str:
    """Return `T8`, for axes and column titles."""
    return NONE if value is None else f"T{value.month}"


def document_date(value: dt.date | None) -> str:
    """Return `ngày 05 tháng 11 năm 2026`: days under 10 and months 1 and 2 take a leading zero (Decree 30/2020/NĐ-CP)."""
    if value is None:
        return NONE
    day = _day(value)
    return f"ngày {day.day:02} tháng {f'{day.month:02}' if day.month < 3 else day.month} năm {day.year}"


def days_left(due: dt.date | None, day: dt.date) -> str:
    """Return the days from `day` until `due`: `còn 15 ngày`, `hạn hôm nay`, `quá hạn 12 ngày`."""
    if due is None:
        return NONE
    left = (due - day).days
    if left == 0:
        return "hạn hôm nay"
    return f"còn {number(left)} ngày" if left > 0 else f"quá hạn {number(-left)} ngày"


def duration(value: dt.timedelta | None) -> str:
    """Return a timedelta in its two largest units, without its sign: `1 ngày 14 giờ`, `5 giờ 20 phút`, `12 phút`."""
    if value is None:
        return NONE
    minutes = int(abs(value).total_seconds()) // 60
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    parts = [f"{count} {name}" for count, name in ((days, "ngày"), (hours, "giờ"), (rest, "phút")) if count]
    if not parts:
        return "dưới 1 phút"
    return " ".join(parts[: 2 if not days or hours else 1])


# Names


# Unicode's blocks of combining marks.
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")


def fold(text: str) -> str:
    """Return text as search compares it: đ→d (also ð, the Icelandic letter of the same shape), no accents and tones, lower
    case, single spaces. *hòa* = *hoà* = *HOA*."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d").replace("ð", "d"))
    return " ".join(_MARKS.sub("", decomposed).split())


_NUMBER = re.compile("[0-9]+")
MOST_DIGITS = 18
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_LETTERS = {letter: rank for rank, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz", start=1000)}


def sort_key(text: str) -> tuple[SyllableKey, ...]:
    """Return the key of the Vietnamese dictionary order: by syllables, letters first (a ă â … d đ …), then tones
    (ngang, huyền, hỏi, ngã, sắc, nặng). Numbers are ordered by their value: *Phường 2* before *Phường 10*."""
    return tuple(_syllable_key(syllable) for syllable in unicodedata.normalize("NFC", text.lower()).split())


def _syllable_key(syllable: str) -> SyllableKey:
    digits = _NUMBER.match(syllable)
    if digits:
        rest, tone = _syllable_key(syllable[digits.end() :])
        return (ord("0"), int(digits[0][:MOST_DIGITS]), *rest), tone
    letters: list[int] = []
    tone = 0
    for mark in unicodedata.normalize("NFD", syllable):
        tone = _TONES.get(mark, tone)
    bare = "".join(mark for mark in unicodedata.normalize("NFD", syllable) if mark not in _TONES)
    for letter in unicodedata.normalize("NFC", bare):
        letters.append(_LETTERS.get(letter, ord(letter) if ord(letter) < 1000 else ord(letter) + 1000))
    return tuple(letters), tone
