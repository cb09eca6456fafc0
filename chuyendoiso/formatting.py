"""Vietnamese dress for numbers, dates and names. Pure: no Django, no clock.

Numbers are Decimal or int (a float is refused: figures are exact), `None` is shown as an em dash, rounding is half away
from zero. Datetimes are aware and shown in Vietnam's time.
"""

import datetime as dt
import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal, localcontext
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
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
    rounded = _rounded(value, decimals)
    whole, _, fraction = format(abs(rounded), "f").partition(".")
    if decimals is None:
        fraction = fraction.rstrip("0")
    text = f"{int(whole):,}".replace(",", ".") + (f",{fraction}" if fraction else "")
    return MINUS + text if rounded < 0 else text


def percent(value, decimals=2):
    """`78,65 %` with a non-breaking space; the value is already a percentage (78.65, not 0.7865)."""
    return with_unit(number(value, decimals), "%")


def with_unit(text, unit):
    """A formatted number and its unit, which never part at a line end; a dash has no unit."""
    return text if text == NONE or not unit else f"{text}{NBSP}{unit}"


def figure(value, unit, threshold=None, comparator=None, decimals=None, required=None):
    """A measured figure with its unit, never contradicting its status (domain.md, *Roll-up*, exactness).

    Two decimals for percentages, none for whole counts; more where rounding would tell another story than the exact
    value: 79.996 against "at least 80" is `79,996 %`, and a value under the required one never looks equal to it.
    `comparator` is gte, gt, lte or lt.
    """
    return with_unit(number(value, figure_decimals(value, unit, threshold, comparator, decimals, required)), unit)


def yes_no(percent):
    """What one agency's own figure of a yes/no target says: `Có` of 100 percent, `Chưa` of none; empty for any other."""
    return {100: "Có", 0: "Chưa"}.get(percent, "")


def required_figure(required, value, unit, comparator="gte", decimals=None, threshold=None):
    """The required value, with as many decimals as `figure` gives the value beside it."""
    if value is None:
        return with_unit(number(required, figure_decimals(required, unit, decimals=decimals)), unit)
    return with_unit(number(required, figure_decimals(value, unit, threshold, comparator, decimals, required)), unit)


def figure_decimals(value, unit, threshold=None, comparator=None, decimals=None, required=None):
    """How many decimals `figure` shows (see there)."""
    if decimals is None:
        # A count is whole; its required value and its forecast may not be.
        decimals = 2 if unit.startswith("%") or _rounded(value or 0, 0) != (value or 0) else 0
    if value is None:
        return decimals
    rising = comparator in (None, "gte", "gt")
    while decimals < MOST_DECIMALS:
        shown = _rounded(value, decimals)
        agrees = (
            threshold is None
            or comparator is None
            or holds(shown, comparator, threshold) == holds(value, comparator, threshold)
        )
        if agrees and required is not None:
            order = "gte" if rising else "lte"
            agrees = holds(shown, order, _rounded(required, decimals)) == holds(value, order, required)
        if agrees:
            break
        decimals += 1
    return decimals


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
    return f"+{text}" if _rounded(value, decimals) > 0 else text


def difference(value, unit, decimals=None):
    """A difference with its unit: percentage points are *điểm*, never %: `+2,44 điểm`, `+4 doanh nghiệp`."""
    if value is None:
        return NONE
    if unit.startswith("%"):
        return with_unit(signed(value, 2 if decimals is None else decimals), "điểm")
    return with_unit(signed(value, decimals), unit)


def threshold(value, unit, comparator, words=False):
    """`≥ 80 %`, `> 150 doanh nghiệp`; with `words`, `tối thiểu 80 %`, `trên 150 doanh nghiệp`."""
    if value is None:
        return NONE
    sign = (COMPARATOR_WORDS if words else COMPARATOR_SIGNS)[comparator]
    return f"{sign}{NBSP}{with_unit(number(value), unit)}"


def _rounded(value, decimals):
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
