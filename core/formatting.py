"""Vietnamese dress for numbers, dates and names. Pure: what is shown depends on the arguments alone.

Numbers are Decimal or int (a float is refused: figures are exact), `None` is shown as an em dash, rounding is half away
from zero. Datetimes are aware and shown in Vietnam's time.
"""

import datetime as dt
import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from math import floor

from core.clock import VIETNAM

NBSP = "\u00a0"
MINUS = "\u2212"
NONE = "\u2014"
ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\u00a0": "\u00a0"}
# Stored values have six decimals; more are never needed to tell a figure from its threshold.
MOST_DECIMALS = 12

COMPARATOR_SIGNS = {"gte": "≥", "gt": ">", "lte": "≤", "lt": "<"}
COMPARATOR_WORDS = {"gte": "tối thiểu", "gt": "trên", "lte": "tối đa", "lt": "dưới"}
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")


# Numbers
def number(value, decimals=None):
    """`1.970`, `1.970,5`, `−0,58`: point for thousands, comma for decimals, U+2212 for minus.

    `decimals` fixes how many are shown; None shows those that the value has, without trailing zeros.
    """
    if value is None:
        return NONE
    shown = rounded(value, decimals)
    whole, _, fraction = format(abs(shown), "f").partition(".")
    if decimals is None:
        fraction = fraction.rstrip("0")
    text = f"{int(whole):,}".replace(",", ".") + (f",{fraction}" if fraction else "")
    return MINUS + text if shown < 0 else text


def percent(value, decimals=2):
    """`78,65 %` with a non-breaking space; the value is already a percentage (78.65, not 0.7865). It is 0 or 100 as shown
    only where it is exactly that."""
    return with_unit(number(value, share_decimals(value, "%", decimals)), "%")


def with_unit(text, unit):
    """A formatted number and its unit, which never part at a line end; a dash has no unit."""
    return text if text == NONE or not unit else f"{text}{NBSP}{unit}"


def figure(value, unit, threshold=None, comparator=None, decimals=None, required=None):
    """A measured figure with its unit, never contradicting its status (domain.md, *Roll-up*, exactness).

    Two decimals for percentages, none for whole counts; more where rounding would tell another story than the exact
    value: 79.996 against "at least 80" is `79,996 %`, a value never looks equal to a required one from which it differs,
    and only 0 and 100 are shown as 0 and 100. `comparator` is gte, gt, lte or lt.
    """
    return with_unit(number(value, figure_decimals(value, unit, threshold, comparator, decimals, required)), unit)


def yes_no(percent):
    """What one agency's own figure of a yes/no target says: `Có` of 100 percent, `Không` of none; empty for any other.

    *Không*, as people choose it in the form and the workbook; *Chưa* is for what is not entered yet.
    """
    return {100: "Có", 0: "Không"}.get(percent, "")


def required_figure(required, value, unit, comparator="gte", decimals=None, threshold=None):
    """The required value, with as many decimals as `figure` gives the value beside it; more beside a whole count."""
    places = required_decimals(required, value, unit, threshold, comparator, decimals)
    return with_unit(number(required, places), unit)


def required_decimals(required, value, unit, threshold=None, comparator=None, decimals=None):
    """How many decimals `required_figure` shows (see there); without one of the two there is nothing to keep apart."""
    if value is None or required is None:
        return figure_decimals(required, unit, decimals=decimals)
    places = figure_decimals(value, unit, threshold, comparator, decimals, required)
    while places < MOST_DECIMALS and not _keeps_order(value, required, places):
        places += 1
    return places


def figure_decimals(value, unit, threshold=None, comparator=None, decimals=None, required=None):
    """How many decimals `figure` shows (see there)."""
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


def share_decimals(value, unit, decimals):
    """At least so many decimals, and as many as keep what is not 0 from being shown as 0, and not 100 % as 100 %."""
    if value is None or decimals is None:
        return decimals
    bounds = (0, 100) if unit.startswith("%") else (0,)
    while decimals < MOST_DECIMALS and any(rounded(value, decimals) == bound != value for bound in bounds):
        decimals += 1
    return decimals


def _keeps_order(value, required, decimals):
    """Are two values, rounded, still as much apart or equal as they are?"""
    one, other = rounded(value, decimals), rounded(required, decimals)
    return (one > other, one < other) == (value > required, value < required)


def holds(value, comparator, threshold):
    """Whether `value` meets the threshold: gte at least, gt more than, lte at most, lt less than."""
    return {
        "gte": value >= threshold,
        "gt": value > threshold,
        "lte": value <= threshold,
        "lt": value < threshold,
    }[comparator]


def signed(value, decimals=2):
    """A difference with its sign: `+0,58`, `−0,01`, `0,00`."""
    if value is None:
        return NONE
    text = number(value, decimals)
    return f"+{text}" if rounded(value, decimals) > 0 else text


def part(value):
    """One of `parts` with its sign and all its decimals: `+0,580`, `−4`."""
    return signed(value, -value.as_tuple().exponent)


def difference(value, unit, decimals=None):
    """A difference with its unit: percentage points are *điểm*, never %: `+2,44 điểm`, `+4 doanh nghiệp`."""
    if value is None:
        return NONE
    if unit.startswith("%"):
        return with_unit(signed(value, 2 if decimals is None else decimals), "điểm")
    return with_unit(signed(value, decimals), unit)


def change(now, before, unit, decimals=2):
    """A difference as people reckon it from the two values that they see: each rounded first, as it is shown.

    now, before: of a percentage, shown with so many decimals; None where either is missing. A count stays exact.
    """
    if now is None or before is None:
        return None
    if not unit.startswith("%") and rounded(now, 0) == now and rounded(before, 0) == before:
        return now - before
    return rounded(now, decimals) - rounded(before, decimals)


def parts(values, total, decimals):
    """Parts as printed, so that they add up to the total as printed (domain.md, *What changed*): each is rounded down and
    the last digits that are missing go to the largest remainders, in the order printed where those are equal.

    values: exact numbers (Fraction or Decimal); total: as printed, with at most so many decimals.
    """
    scale = 10**decimals
    scaled = [Fraction(value) * scale for value in values]
    digits = [floor(value) for value in scaled]
    missing = int(Fraction(total) * scale) - sum(digits)
    by_remainder = sorted(range(len(digits)), key=lambda place: digits[place] - scaled[place])
    for turn in range(missing):
        digits[by_remainder[turn % len(digits)]] += 1
    for turn in range(-missing):
        digits[by_remainder[-1 - turn % len(digits)]] -= 1
    return [Decimal(digit).scaleb(-decimals) for digit in digits]


def figure_range(low, high, unit, decimals, between="–"):
    """`23,5 – 29,8`, without the unit; empty where both ends look alike."""
    ends = [number(end, share_decimals(end, unit, decimals)) for end in (low, high)]
    return "" if ends[0] == ends[1] else f"{ends[0]} {between} {ends[1]}"


def threshold(value, unit, comparator, words=False):
    """`≥ 80 %`, `> 150 doanh nghiệp`; with `words`, `tối thiểu 80 %`, `trên 150 doanh nghiệp`."""
    if value is None:
        return NONE
    sign = (COMPARATOR_WORDS if words else COMPARATOR_SIGNS)[comparator]
    return f"{sign}{NBSP}{with_unit(number(value), unit)}"


def rounded(value, decimals):
    """A figure rounded half away from zero; `decimals` None: as it is. TypeError for a float."""
    if isinstance(value, float):
        raise TypeError("a figure is a Decimal or an int, not a float")
    value = Decimal(value)
    if decimals is None:
        return value
    with localcontext() as context:
        context.prec = max(28, value.adjusted() + decimals + 2)
        return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


# Days and times
def local(value):
    """An aware datetime in Vietnam's time; ValueError for a naive one."""
    if value.tzinfo is None:
        raise ValueError("a datetime without a time zone")
    return value.astimezone(VIETNAM)


def _day(value):
    return local(value).date() if isinstance(value, dt.datetime) else value


def date(value):
    """`05/11/2023`, of a date or an aware datetime."""
    return NONE if value is None else f"{_day(value):%d/%m/%Y}"


def short_date(value):
    """`17/8`, where the year is plain from the page."""
    if value is None:
        return NONE
    day = _day(value)
    return f"{day.day}/{day.month}"


def time(value):
    """`09:38`, of an aware datetime."""
    return NONE if value is None else f"{local(value):%H:%M}"


def datetime(value):
    """`09:38 ngày 05/11/2023`."""
    return NONE if value is None else f"{time(value)} ngày {date(value)}"


def short_datetime(value):
    """`09:38 ngày 5/11`."""
    return NONE if value is None else f"{time(value)} ngày {short_date(value)}"


def one_line(value):
    """Text as one line in which nothing can hide: line breaks, control characters and those that turn the direction of
    writing round are written out (\\n, \\u202e). For what people typed, in logs and lists."""
    return "".join(char if char.isprintable() else ESCAPES.get(char, f"\\u{ord(char):04x}") for char in str(value))


def weekday(value):
    """`Thứ Tư`, `Chủ nhật`."""
    return NONE if value is None else WEEKDAYS[_day(value).weekday()]


def month(value):
    """`tháng 8 năm 2023`, of anything with a month and a year."""
    return NONE if value is None else f"tháng {value.month} năm {value.year}"


def short_month(value):
    """`T8`, for axes and column heads."""
    return NONE if value is None else f"T{value.month}"


def document_date(value):
    """`ngày 05 tháng 11 năm 2026`: days under 10 and months 1 and 2 take a leading zero (Decree 30/2020/NĐ-CP)."""
    if value is None:
        return NONE
    day = _day(value)
    return f"ngày {day.day:02} tháng {f'{day.month:02}' if day.month < 3 else day.month} năm {day.year}"


def duration(value):
    """A timedelta in its two largest units: `1 ngày 14 giờ`, `5 giờ 20 phút`, `12 phút`; without its sign."""
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


def fold(text):
    """Text as search compares it: đ→d (ð, the Icelandic letter of the same shape, too), accents and tones dropped, lower case,
    single spaces. *hòa* = *hoà* = *HOA*."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d").replace("ð", "d"))
    return " ".join(_MARKS.sub("", decomposed).split())


_NUMBER = re.compile("[0-9]+")
MOST_DIGITS = 18
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_LETTERS = {letter: place for place, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz", start=1000)}


def sort_key(text):
    """Key of the Vietnamese dictionary order: by syllables, letters first (a ă â … d đ …), then tones
    (ngang, huyền, hỏi, ngã, sắc, nặng). Numbers go by their size: *Phường 2* before *Phường 10*."""
    return tuple(_syllable_key(syllable) for syllable in unicodedata.normalize("NFC", text.lower()).split())


def _syllable_key(syllable):
    digits = _NUMBER.match(syllable)
    if digits:
        letters, tone = _syllable_key(syllable[digits.end() :])
        return (ord("0"), int(digits[0][:MOST_DIGITS]), *letters), tone
    letters, tone = [], 0
    for mark in unicodedata.normalize("NFD", syllable):
        tone = _TONES.get(mark, tone)
    bare = "".join(mark for mark in unicodedata.normalize("NFD", syllable) if mark not in _TONES)
    for letter in unicodedata.normalize("NFC", bare):
        letters.append(_LETTERS.get(letter, ord(letter) if ord(letter) < 1000 else ord(letter) + 1000))
    return tuple(letters), tone
