"""Display of a number under its number format, as in Excel set to Vietnamese. Pure: no Django, no openpyxl.

Digits, grouping, percent, scaling by commas, literals, sections with or without conditions. For rarer formats
(fractions, exponents, literals between digits) the number itself is returned; dates never come here.
"""

import operator
import re
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import NamedTuple

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<skipped>[_*].)|\[(?P<bracket>[^\]]*)\]|(?P<general>General)|(?P<sign>.)',
    re.DOTALL | re.IGNORECASE,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?[0-9]{1,15}(?:\.[0-9]{1,15})?)")
_HOLDS = {
    "<": operator.lt, "<=": operator.le, "=": operator.eq, "<>": operator.ne, ">=": operator.ge, ">": operator.gt,
}  # fmt: skip
_DIGITS = "0#?"
LONGEST_FORMAT = 255


class Shown(NamedTuple):
    """The contents of the cell as Excel shows them.

    value: the number that a reader sees, None where none is shown; is_percent: it is shown as a percentage (0.8 as 80
    %).
    """

    text: str
    value: Decimal | None
    is_percent: bool = False


class _Section(NamedTuple):
    """A part of a format between two semicolons: its tokens (literal or not, text) in order, and its condition."""

    tokens: list[tuple[bool, str]]
    condition: tuple[str, Decimal] | None


def shown(value: Decimal, number_format: str) -> Shown:
    """Return a number as its format shows it."""
    plain = Shown(_written(abs(value), value < 0), value)
    if len(number_format) > LONGEST_FORMAT:
        return plain
    sections = _sections(number_format)
    section, is_own = _section_for(value, sections)
    signs = "".join(text for is_literal, text in section.tokens if not is_literal)
    if signs.lower() in ("general", "@") or (not signs and not section.tokens and len(sections) == 1):
        return plain
    digits = [
        place for place, (is_literal, text) in enumerate(section.tokens) if not is_literal and text in (*_DIGITS, ".")
    ]
    literals = "".join(text for is_literal, text in section.tokens if is_literal or text == "%")
    if not digits:
        return Shown(literals, None)
    inner = section.tokens[digits[0] : digits[-1] + 1]
    if any(is_literal or text not in (*_DIGITS, ".", ",") for is_literal, text in inner) or re.search("[eE/]", signs):
        return plain._replace(is_percent="%" in signs)
    return _digits(value, section.tokens, digits, is_own=is_own)


def _digits(value, tokens, digits, *, is_own):
    before, inner, after = tokens[: digits[0]], tokens[digits[0] : digits[-1] + 1], tokens[digits[-1] + 1 :]
    pattern = "".join(text for _, text in inner)
    whole, _, fraction = pattern.partition(".")
    scaled = sum(1 for _ in _leading_commas(after)) + len(whole) - len(whole.rstrip(","))
    percents = sum(not is_literal and text == "%" for is_literal, text in tokens)
    shift = 2 * percents - 3 * scaled
    places = sum(fraction.count(digit) for digit in _DIGITS)
    least = max((place for place, digit in enumerate(fraction, 1) if digit == "0"), default=0)
    with localcontext(prec=3 * LONGEST_FORMAT):
        rounded = abs(value).scaleb(shift).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = _number(rounded, grouped="," in whole.rstrip(","), least_whole=whole.count("0"), least=least)
    around = ["".join(part for is_literal, part in side if is_literal or part in "%-+()") for side in (before, after)]
    is_negative = value < 0 and rounded != 0
    if is_own:  # A section for negative numbers alone shows the sign that stands in it.
        is_negative = value < 0 and any(sign in "".join(around) for sign in "-(\u2212")
    minus = "-" if is_negative and not is_own else ""
    seen = rounded.scaleb(-shift)
    return Shown(f"{minus}{around[0]}{text}{around[1]}".strip(), -seen if is_negative else seen, percents > 0)


def _leading_commas(tokens):
    for is_literal, text in tokens:
        if is_literal or text != ",":
            return
        yield text


def _number(value, *, grouped, least_whole, least):
    whole, _, fraction = format(value, "f").partition(".")
    whole = "" if whole == "0" and not least_whole else whole.zfill(least_whole)
    if grouped:
        whole = re.sub(r"(?<=\d)(?=(\d{3})+$)", ".", whole)
    fraction = fraction[:least] + fraction[least:].rstrip("0")
    return f"{whole},{fraction}" if fraction else whole


def _written(magnitude, is_negative):
    text = format(magnitude, "f").replace(".", ",")
    return f"-{text}" if is_negative else text


def _sections(number_format):
    sections: list[_Section] = []
    tokens: list[tuple[bool, str]] = []
    condition = None
    for match in _TOKEN.finditer(number_format):
        if match["sign"] == ";":
            sections.append(_Section(tokens, condition))
            tokens, condition = [], None
        elif match["bracket"] is not None:
            if compared := _CONDITION.fullmatch(match["bracket"]):
                condition = compared[1], Decimal(compared[2])
            elif match["bracket"].startswith("$"):
                tokens.append((True, match["bracket"][1:].partition("-")[0]))
        elif match["general"] or match["sign"] is not None:
            text = match[0]
            is_literal = not match["general"] and text not in (*_DIGITS, ".", ",", "%", "/", "e", "E", "@")
            tokens.append((is_literal, text))
        elif match["skipped"] is None:
            tokens.append((True, match["quoted"] if match["quoted"] is not None else match["escaped"]))
    return [*sections, _Section(tokens, condition)]


def _section_for(value, sections):
    """Return the section for a number, and True where it is the section of negative numbers, which are shown without a
    sign."""
    numeric = sections[:3]
    for section in numeric:
        if section.condition and _HOLDS[section.condition[0]](value, section.condition[1]):
            return section, False
    if any(section.condition for section in numeric):
        free = [section for section in numeric if not section.condition]
        return (free or numeric)[-1], False
    if value < 0 and len(numeric) > 1:
        return numeric[1], True
    if value == 0 and len(numeric) > 2:
        return numeric[2], False
    return numeric[0], False
