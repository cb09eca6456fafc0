"""Parser of typed numbers, the same for the form, the grid, the workbook and commands. Pure: no Django.

`static/js/lib/numbers.js` parses the same way in the browser; both are tested with one table, tests/numbers.json.

Two conventions occur: Vietnamese (`1.970,5`) and that of English spreadsheets (`1,970.5`). A text with one possible reading is
read; a malformed one is refused. One sign before exactly three digits may group digits or start decimals: where the field can
hold both readings, the number is marked as ambiguous, so that the page can ask; where it can hold only the reading that a
Vietnamese reader would not expect, it is refused with how to write it.

typed                                          read as
`78,65` `78.65` `0.785`                        decimals: what follows is not three digits, or nothing before it groups
`1.970,5` `1,970.5` `1 970,5` `1.970.500`      grouped
`78.655`, in a field with decimals             78655, marked: or 78.655
`1,970`, in a field with decimals              1.970, marked: or 1970
`1500.000`, `01.970`, in a field with decimals 1500000, 1970, marked: or 1500, 1.970
`1.970`, in a field of whole numbers           1970: in Vietnamese a point only groups
`1500.000`, in a field of whole numbers        1500000, marked: or 1500; digits are not grouped after four
`1,970`, in a field of whole numbers           refused: read the Vietnamese way it has decimals
`78.655`, in a field of 0 to 100               refused: read the Vietnamese way it is too large
`78,655`, in a field of 0 to 100               78.655
"""

import re
from dataclasses import dataclass
from decimal import Decimal

# A thousand million: larger than any figure of the province, and small enough for exact sums in the database.
MAXIMUM = Decimal(1_000_000_000)
LONGEST = 40

_BLANKS = " \u00a0\u2007\u2009\u202f"
_SPACES = re.compile(f"[{_BLANKS}]")
# Characters around a number copied from a sheet or a page: blanks, tabs, line ends, marks without width.
_EDGES = _BLANKS + "\t\n\r\f\v\u200b\ufeff"
_GROUPED_BY_SPACE = re.compile(r"([0-9]{1,3}(?: [0-9]{3})+)(?:[.,]([0-9]+))?")
_GROUPED_BY_POINT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+),([0-9]+)|([0-9]{1,3}(?:\.[0-9]{3}){2,})")
_GROUPED_BY_COMMA = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+)\.([0-9]+)|([0-9]{1,3}(?:,[0-9]{3}){2,})")
_PLAIN = re.compile(r"([0-9]+)(?:([.,])([0-9]+))?")
_COULD_BE_GROUPED = re.compile(r"0*[1-9][0-9]*[.,][0-9]{3}")
_WELL_GROUPED = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")


class NumberError(ValueError):
    """A typed text that is no acceptable number; `message` gives the reason, in Vietnamese."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Parsed:
    """A number as read. Where `ambiguous`, the same text can also mean `other_reading`, which the field can hold too."""

    value: Decimal
    ambiguous: bool = False
    other_reading: Decimal | None = None

    def question(self, typed: str, decimal_sign: str = ",") -> str:
        """Return the sentence that asks for an ambiguous number again; written in either form that it shows, it is accepted."""
        other_reading = self.value if self.other_reading is None else self.other_reading
        whole, fraction = sorted((self.value, other_reading), key=abs, reverse=True)
        spelled = unmistakable(whole, decimal_sign), unmistakable(fraction, decimal_sign)
        return f"“{typed.strip(_EDGES)}” có hai cách đọc. Nhập {spelled[0]} hoặc {spelled[1]}."


def parse(
    text: str,
    decimals_allowed: int,
    *,
    allow_negative: bool = False,
    allow_percent: bool = False,
    maximum: Decimal | int = MAXIMUM,
    example: str = "1.970 hoặc 78,65",
    decimal_sign: str = ",",
) -> Parsed:
    """Read one typed number.

    `decimals_allowed` is how many decimals the field holds (0: whole numbers); trailing zeros do not count.
    `allow_percent` drops one `%` at the end. `maximum` bounds the magnitude. `example` and `decimal_sign` show, in the
    message, how to write what cannot be read. Raises NumberError.
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
    readings = _readings(body, decimals_allowed) if len(body) <= LONGEST else []
    shown = typed if len(typed) <= LONGEST else typed[:LONGEST] + "…"
    if not readings:
        raise NumberError(f"“{shown}” không phải là số. Nhập như {example}.")
    if negative and not allow_negative and readings[0]:
        raise NumberError("Không nhận số âm. Nhập số từ 0 trở lên.")
    within = [reading for reading in readings if reading <= maximum]
    fitting = [reading for reading in within if _decimals(reading) <= decimals_allowed]
    if not within:
        raise NumberError(f"Số quá lớn: tối đa {f'{maximum:,.0f}'.replace(',', '.')}. Kiểm tra lại số chữ số.")
    if not fitting and decimals_allowed == 0:
        raise NumberError(f"“{shown}” không phải là số nguyên. Nhập số không có phần thập phân, như 1.970.")
    if not fitting or (decimals_allowed and readings[0] in within and readings[0] not in fitting):
        raise NumberError(f"“{shown}” có quá {decimals_allowed} chữ số thập phân. Làm tròn rồi nhập lại.")
    signed = [-reading if negative else reading for reading in fitting]
    if len(fitting) == 2:
        return Parsed(signed[0], True, signed[1])
    if len(readings) == 2 and not (fitting[0] == readings[0] and len(within) == 1):
        spelled = unmistakable(signed[0], decimal_sign)
        raise NumberError(
            f"“{shown}” có hai cách đọc, ô này chỉ nhận được một. Nếu đúng là {spelled} thì nhập {spelled}."
        )
    return Parsed(signed[0])


def digits(text: str, most: int = 17) -> int | None:
    """Return the number that a text of at most so many ASCII digits is, as addresses and hidden fields hold it; None for any other
    text. 17 digits fit into a key of the database."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most else None


def unmistakable(value: Decimal, decimal_sign: str = ",") -> str:
    """Return a number in a form with one reading only: ungrouped, and never with exactly three decimals."""
    whole, _, decimals = format(value, "f").partition(".")
    decimals = decimals.rstrip("0")
    if len(decimals) == 3:
        decimals += "0"
    return f"{whole}{decimal_sign}{decimals}" if decimals else whole


def _readings(body: str, decimals_allowed: int) -> list[Decimal]:
    """Return the readings of an unsigned number, the Vietnamese one first; empty where it is no number."""
    if match := _GROUPED_BY_SPACE.fullmatch(body):
        return [_decimal(match[1], match[2])]
    for grouped in (_GROUPED_BY_POINT, _GROUPED_BY_COMMA):
        if match := grouped.fullmatch(body):
            return [_decimal(match[1] or match[3], match[2])]
    match = _PLAIN.fullmatch(body)
    if match is None:
        return []
    as_decimal = _decimal(match[1], match[3])
    if not _COULD_BE_GROUPED.fullmatch(body):
        return [as_decimal]
    as_group = _decimal(match[1] + match[3], None)
    if decimals_allowed == 0 and _WELL_GROUPED.fullmatch(body):
        return [as_group]
    return [as_group, as_decimal] if match[2] == "." else [as_decimal, as_group]


def _decimal(whole: str, fraction: str | None) -> Decimal:
    digits = re.sub("[ .,]", "", whole)
    return Decimal(f"{digits}.{fraction}" if fraction else digits)


def _decimals(value: Decimal) -> int:
    """Return how many decimals are needed to write the value; exact, where normalize() would round to 28 digits."""
    return len(format(value, "f").partition(".")[2].rstrip("0"))
