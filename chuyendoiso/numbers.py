"""The one reader of numbers that people type: form, grid, workbook and commands. Pure: no Django.

`static/js/numbers.js` reads the same way while one types; both are held to one table, tests/numbers.json.

Both conventions are met in practice: Vietnamese (`1.970,5`) and that of English spreadsheets (`1,970.5`). What can only
be meant one way is read; what is malformed is refused; what has two readings is read the Vietnamese way and marked, so
that the page can ask.

typed                                          read as
`78,65` `78.65` `0.785` `1970.500`             decimals: what follows is not three digits, or nothing before it groups
`1.970,5` `1,970.5` `1 970,5` `1.970.500`      grouped
`78.655`, in a field with decimals             78655, marked: or 78.655
`1,970`, in a field with decimals              1.970, marked: or 1970
`1.970`, in a field of whole numbers           1970: in Vietnamese a point only groups
`1,970`, in a field of whole numbers           1970, marked: read the Vietnamese way it has decimals
"""

import re
from dataclasses import dataclass
from decimal import Decimal

# A thousand million: beyond any figure of the province, and well inside what the database adds up exactly.
MAXIMUM = Decimal(1_000_000_000)
LONGEST = 40

_BLANKS = " \u00a0\u2007\u2009\u202f"
_SPACES = re.compile(f"[{_BLANKS}]")
# Around a number that was copied out of a sheet or a page: blanks, tabs, line ends, marks without width.
_EDGES = _BLANKS + "\t\n\r\f\v\u200b\ufeff"
_GROUPED_BY_SPACE = re.compile(r"([0-9]{1,3}(?: [0-9]{3})+)(?:[.,]([0-9]+))?")
_GROUPED_BY_POINT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+),([0-9]+)|([0-9]{1,3}(?:\.[0-9]{3}){2,})")
_GROUPED_BY_COMMA = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+)\.([0-9]+)|([0-9]{1,3}(?:,[0-9]{3}){2,})")
_PLAIN = re.compile(r"([0-9]+)(?:([.,])([0-9]+))?")
_COULD_BE_GROUPED = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")


class NumberError(ValueError):
    """What was typed is no acceptable number; `message` says why, in Vietnamese."""

    def __init__(self, message):
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Parsed:
    """A number as read. When `ambiguous`, the same text also means `other_reading` to another reader."""

    value: Decimal
    ambiguous: bool = False
    other_reading: Decimal | None = None


def parse(
    text,
    decimals_allowed,
    *,
    allow_negative=False,
    allow_percent=False,
    maximum=MAXIMUM,
    example="1.970 hoặc 78,65",
):
    """Read one typed number.

    `decimals_allowed` is how many decimals the field holds (0: whole numbers); trailing zeros do not count.
    `allow_percent` drops one `%` at the end. `maximum` bounds the magnitude, and a second reading beyond it is none.
    `example` shows, in the message, how to write what is no number. Raises NumberError.
    """
    typed = text.strip(_EDGES)
    if not typed:
        raise NumberError("Chưa nhập số.")
    body = _SPACES.sub(" ", typed)
    if allow_percent and body.endswith("%"):
        body = body[:-1].rstrip(" ")
    negative = body[:1] in ("-", "\u2212")
    if negative:
        body = body[1:].lstrip(" ")
    parsed = _read(body, decimals_allowed) if len(body) <= LONGEST else None
    if parsed is None:
        shown = typed if len(typed) <= LONGEST else typed[:LONGEST] + "…"
        raise NumberError(f"“{shown}” không phải là số. Nhập như {example}.")
    if negative and not allow_negative and parsed.value:
        raise NumberError("Không nhận số âm. Nhập số từ 0 trở lên.")
    if _decimals(parsed.value) > decimals_allowed:
        if decimals_allowed == 0:
            raise NumberError(f"“{typed}” không phải là số nguyên. Nhập số không có phần thập phân, như 1.970.")
        raise NumberError(f"“{typed}” có quá {decimals_allowed} chữ số thập phân. Làm tròn rồi nhập lại.")
    if parsed.value > maximum:
        raise NumberError(f"Số quá lớn: tối đa {f'{maximum:,.0f}'.replace(',', '.')}. Kiểm tra lại số chữ số.")
    if parsed.ambiguous and parsed.other_reading > maximum:
        parsed = Parsed(parsed.value)
    if negative:
        return Parsed(-parsed.value, parsed.ambiguous, None if parsed.other_reading is None else -parsed.other_reading)
    return parsed


def _read(body, decimals_allowed):
    """The readings of an unsigned number, or None where it is none."""
    if match := _GROUPED_BY_SPACE.fullmatch(body):
        return Parsed(_decimal(match[1], match[2]))
    for grouped in (_GROUPED_BY_POINT, _GROUPED_BY_COMMA):
        if match := grouped.fullmatch(body):
            return Parsed(_decimal(match[1] or match[3], match[2]))
    match = _PLAIN.fullmatch(body)
    if match is None:
        return None
    as_decimal = _decimal(match[1], match[3])
    if not _COULD_BE_GROUPED.fullmatch(body):
        return Parsed(as_decimal)
    as_group = _decimal(match[1] + match[3], None)
    if match[2] == ".":
        return Parsed(as_group, True, as_decimal) if decimals_allowed else Parsed(as_group)
    return Parsed(as_decimal, True, as_group) if decimals_allowed else Parsed(as_group, True, as_decimal)


def _decimal(whole, fraction):
    digits = re.sub("[ .,]", "", whole)
    return Decimal(f"{digits}.{fraction}" if fraction else digits)


def _decimals(value):
    """How many decimals are needed to write the value; exact, where normalize() would round to 28 digits."""
    return len(format(value, "f").partition(".")[2].rstrip("0"))
