"""Formats of the kinds of target: their figures as read, checked, worded and exported. The counterpart of
`indicators.rules.kinds.KindRules`, with the words that people see."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import ClassVar, NamedTuple, Protocol

from core import formatting, numbers
from core.answers import UNANSWERED
from indicators.models import Kind, Target
from indicators.rules.combining import MICRO, PART_PLACES, VALUE_PLACES, FigureParts, round_half_away
from indicators.rules.kinds import KindRules, rules_of

YES, NO = formatting.yes_no(100), formatting.yes_no(0)
# Largest figures: the sum of a year of all agencies stays within 64 bits (core.fields).
LARGEST_RATIO_PART = Decimal(10) ** 12 - 1
LARGEST_COUNT = Decimal(10) ** 9 - 1
LARGEST_VALUE = Decimal(10) ** 12 - 1


class Flaw(NamedTuple):
    """A fault of figures: the column that it stands in (numerator, denominator, value or note) and the reason."""

    column: str
    reason: str


class Shown(NamedTuple):
    """A figure in words; of a ratio also its share, in percent or the target's unit (None for 0/0)."""

    text: str
    share: Decimal | None = None


class CellLimit(NamedTuple):
    """The figures that a workbook's cell takes, in the terms of Excel's own check, and the message for others."""

    type: str
    operator: str | None
    first: str
    second: str | None
    message: str


class AddedUp(Protocol):
    """A row of a roll-up with what its agencies add up to."""

    @property
    def numerator(self) -> Decimal | None: ...

    @property
    def denominator(self) -> Decimal | None: ...

    @property
    def value(self) -> Decimal | None: ...

    @property
    def figures(self) -> int: ...

    @property
    def assigned(self) -> int: ...


def share_of(numerator: Decimal, denominator: Decimal) -> Decimal | None:
    """Return 100 × N ÷ D to six decimals, half away from zero; None where D is 0 (docs: domain, Kinds of target)."""
    if not denominator:
        return None
    (n, of_n), (d, of_d) = numerator.as_integer_ratio(), denominator.as_integer_ratio()
    return Decimal(round_half_away(100 * MICRO * n * of_d, d * of_n)) / MICRO


def places(figure: Decimal) -> int:
    """Count the decimal places of a figure, without trailing zeros."""
    exponent = figure.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


class KindFormat:
    """One kind of target as people meet it: typed, checked, shown, in workbooks."""

    # How the whole comes about, in a sentence.
    added_up: ClassVar[str]
    # The largest number that can be meant; None where the check says it (`flaws`).
    largest_read: ClassVar[Decimal | None] = None
    # The answers that a workbook offers in a list.
    choices: ClassVar[tuple[str, ...]] = ()
    # What pages show where there is no figure.
    absent: ClassVar[str] = "Chưa có số"

    def __init__(self, rules: KindRules) -> None:
        self.rules = rules

    def read(self, text: str, unit: str) -> numbers.Parsed:
        """Return a typed number as the field reads it; raise numbers.NumberError."""
        return numbers.parse(text, VALUE_PLACES, allow_percent=unit.startswith("%"), allow_negative=True)

    def flaws(self, target: Target, n: Decimal | None, d: Decimal | None, v: Decimal | None) -> Iterator[Flaw]:
        """Yield all that keeps the figures from standing for the target; a column may come twice."""
        for column, part in (("numerator", n), ("denominator", d)):
            if part is not None:
                yield Flaw(column, f"{target.code} chỉ có một giá trị: không nhập tử số, mẫu số.")
        # A number in another column is the value that is missing here.
        if v is not None or (n is None and d is None):
            reason = f"{target.code} cần một giá trị." if v is None else self.flaw_in_value(v)
            if reason:
                yield Flaw("value", reason)

    def flaw_in_value(self, v: Decimal) -> str | None:
        """Return why a value cannot stand, None where it can."""
        if abs(v) > LARGEST_VALUE:
            return "Số quá lớn: tối đa 12 chữ số phần nguyên."
        return self.flaw_in_places(v)

    def flaw_in_places(self, v: Decimal) -> str | None:
        """Return that a value has too many decimals, None where it has not."""
        return "Giá trị có tối đa 6 chữ số thập phân." if places(v) > VALUE_PLACES else None

    def typed(self, value: Decimal | None) -> str:
        """Return a stored value as it stands in the field."""
        return "" if value is None else formatting.number(value)

    def typed_again(self, part: Decimal) -> str:
        """Return a number so that the field reads it in one way."""
        return numbers.unmistakable(part)

    def typed_words(self, parts: Sequence[str]) -> str:
        """Return the texts of the fields on one line; parts: in the order of `KindRules.parts`."""
        return parts[0] or formatting.NONE

    def shown(self, figure: FigureParts, unit: str) -> Shown:
        """Return a figure as people read it: 80 / 110, Có, 45%, 132."""
        return Shown(formatting.with_unit(formatting.number(figure.value), "%" if unit.startswith("%") else ""))

    def measure(self, figure: FigureParts) -> Decimal | None:
        """Return the number that is compared with the figure before: a ratio's share, the value of the others."""
        return figure.value

    def measured(self, value: Decimal, unit: str) -> str:
        """Return a measure, which may be a median, with its unit where it is a share."""
        return formatting.figure(value, "%") if unit.startswith("%") else formatting.number(value)

    def asked(self, target: Target, formula: str, when: str) -> str:
        """Return what a workbook's row asks for; formula: N and D in words; when: since when it is counted."""
        return f"Giá trị: {target.unit} ({when})"

    def cell(self, value: Decimal | None) -> Decimal | str | None:
        """Return a stored value as it stands in a workbook."""
        return value

    def limit(self, key: str, here: str, other: str, is_share: bool) -> CellLimit:
        """Return the limit of a workbook's cell in the column `key`; here: its place, other: that of the other part."""
        return CellLimit("decimal", "between", "-999999999999", "999999999999", "Nhập một số.")

    def sum_words(self, row: AddedUp) -> str:
        """Return the sums of an explained row; empty where there is nothing to say."""
        return ""

    def derivation(self, row: AddedUp, value: Decimal, value_words: str) -> str:
        """Return how an explained row's value comes about; value_words: the value with its unit."""
        return f"Số của {formatting.number(row.figures)} đơn vị: {value_words}"


class RatioFormat(KindFormat):
    """`80 / 110`: two fields, of which the parts are counts of things."""

    added_up = "Cộng các tử số, cộng các mẫu số rồi chia. Không lấy trung bình các tỷ lệ."

    def read(self, text: str, unit: str) -> numbers.Parsed:
        # Read as whole numbers first, so that `1.970` is not asked about; with decimals only where that cannot be (12,5 km).
        try:
            return numbers.parse(text, 0)
        except numbers.NumberError:
            return numbers.parse(text, PART_PLACES)

    def flaws(self, target: Target, n: Decimal | None, d: Decimal | None, v: Decimal | None) -> Iterator[Flaw]:
        if v is not None:
            yield Flaw("value", f"{target.code} là tỷ lệ: nhập tử số và mẫu số, không nhập giá trị.")
        elif n is None or d is None:
            yield Flaw("numerator" if n is None else "denominator", f"{target.code} cần cả tử số và mẫu số.")
        for column, part in (("numerator", n), ("denominator", d)):
            if part is None:
                continue
            if part < 0:
                yield Flaw(column, "Tử số và mẫu số không được âm.")
            elif part > LARGEST_RATIO_PART:
                yield Flaw(column, "Số quá lớn: tối đa 12 chữ số phần nguyên.")
            elif places(part) > PART_PLACES:
                yield Flaw(column, "Tử số và mẫu số có tối đa 3 chữ số thập phân.")
        if n is None or d is None or n < 0 or d < 0:
            return
        if target.is_share and n > d:
            yield Flaw("numerator", f"Tử số {formatting.number(n)} lớn hơn mẫu số {formatting.number(d)}.")
        if not target.is_share and d == 0 and n > 0:
            yield Flaw("denominator", "Mẫu số bằng 0 thì tử số phải bằng 0.")

    def typed_again(self, part: Decimal) -> str:
        return formatting.number(part) if part == part.to_integral_value() else numbers.unmistakable(part)

    def typed_words(self, parts: Sequence[str]) -> str:
        return " / ".join(part or formatting.NONE for part in parts)

    def shown(self, figure: FigureParts, unit: str) -> Shown:
        n, d = figure.numerator, figure.denominator
        return Shown(f"{formatting.number(n)} / {formatting.number(d)}", self.measure(figure))

    def measure(self, figure: FigureParts) -> Decimal | None:
        if figure.numerator is None or figure.denominator is None:
            return None
        return share_of(figure.numerator, figure.denominator)

    def measured(self, value: Decimal, unit: str) -> str:
        return formatting.figure(value, unit)

    def asked(self, target: Target, formula: str, when: str) -> str:
        return f"{formula} ({when})"

    def limit(self, key: str, here: str, other: str, is_share: bool) -> CellLimit:
        if not is_share:
            return CellLimit("decimal", "greaterThanOrEqual", "0", None, "Nhập số từ 0 trở lên.")
        if key == "numerator":
            formula, message = "<=", "Tử số là số từ 0 trở lên và không lớn hơn mẫu số."
        else:
            formula, message = ">=", "Mẫu số là số từ 0 trở lên và không nhỏ hơn tử số."
        formula = f'AND(ISNUMBER({here}),{here}>=0,OR({other}="",{here}{formula}{other}))'
        return CellLimit("custom", None, formula, None, message)

    def sum_words(self, row: AddedUp) -> str:
        return f"Σ tử số = {formatting.number(row.numerator)}, Σ mẫu số = {formatting.number(row.denominator)}"

    def derivation(self, row: AddedUp, value: Decimal, value_words: str) -> str:
        return _divided(row, value, value_words)


class CountFormat(KindFormat):
    """`132`: a whole number of things."""

    added_up = "Cộng số của các đơn vị."

    def read(self, text: str, unit: str) -> numbers.Parsed:
        return numbers.parse(text, 0)

    def flaw_in_value(self, v: Decimal) -> str | None:
        if v < 0:
            return "Số lượng không được âm."
        if v != v.to_integral_value():
            return "Số lượng phải là số nguyên."
        if v > LARGEST_COUNT:
            return "Số quá lớn: tối đa 9 chữ số."
        return None

    def typed_again(self, part: Decimal) -> str:
        return formatting.number(part) if part == part.to_integral_value() else numbers.unmistakable(part)

    def measured(self, value: Decimal, unit: str) -> str:
        return formatting.figure(value, "%") if unit.startswith("%") else formatting.number(round(value))

    def asked(self, target: Target, formula: str, when: str) -> str:
        return f"Giá trị: số {target.unit}, số nguyên ({when})"

    def limit(self, key: str, here: str, other: str, is_share: bool) -> CellLimit:
        return CellLimit("whole", "between", "0", "999999999", "Nhập số nguyên từ 0 trở lên.")

    def sum_words(self, row: AddedUp) -> str:
        return f"Σ = {formatting.number(row.value)}"


class ValueFormat(KindFormat):
    """`8,48`: a number computed elsewhere."""

    added_up = "Số do một cơ quan báo cáo, không cộng giữa các đơn vị."


class YesNoFormat(KindFormat):
    """`Có` or `Không`, stored as 1 or 0."""

    added_up = "Số đơn vị đã có, chia cho tổng số đơn vị được giao (không chỉ những đơn vị đã báo cáo)."
    choices = (YES, NO)
    absent = UNANSWERED

    def read(self, text: str, unit: str) -> numbers.Parsed:
        return numbers.parse(text, 0, maximum=Decimal(1))

    def flaw_in_value(self, v: Decimal) -> str | None:
        return None if v in (0, 1) else "Giá trị phải là 1 (có) hoặc 0 (không)."

    def typed(self, value: Decimal | None) -> str:
        return "1" if value else "0"

    def typed_again(self, part: Decimal) -> str:
        return self.typed(part)

    def typed_words(self, parts: Sequence[str]) -> str:
        return {"1": YES, "0": NO}.get(parts[0], formatting.NONE)

    def shown(self, figure: FigureParts, unit: str) -> Shown:
        return Shown(YES if figure.value else NO)

    def asked(self, target: Target, formula: str, when: str) -> str:
        return f"Giá trị: chọn {YES} hoặc {NO} ({when})"

    def cell(self, value: Decimal | None) -> Decimal | str | None:
        return YES if value else NO

    def sum_words(self, row: AddedUp) -> str:
        return f"{formatting.number(row.numerator)} trên {formatting.number(row.assigned)} đơn vị được giao đã có"

    def derivation(self, row: AddedUp, value: Decimal, value_words: str) -> str:
        return _divided(row, value, value_words)


class MilestoneFormat(KindFormat):
    """`45%`: how much is done."""

    added_up = "Trung bình mức hoàn thành của các đơn vị đã có số."
    largest_read = Decimal(100)

    def read(self, text: str, unit: str) -> numbers.Parsed:
        return numbers.parse(text, VALUE_PLACES, allow_percent=unit.startswith("%"), maximum=Decimal(100))

    def flaw_in_value(self, v: Decimal) -> str | None:
        if not 0 <= v <= 100:
            return "Mức độ hoàn thành phải từ 0 đến 100%."
        return self.flaw_in_places(v)

    def asked(self, target: Target, formula: str, when: str) -> str:
        return "Giá trị: mức đã hoàn thành, từ 0 đến 100"

    def limit(self, key: str, here: str, other: str, is_share: bool) -> CellLimit:
        return CellLimit("decimal", "between", "0", "100", "Nhập mức hoàn thành từ 0 đến 100.")

    def sum_words(self, row: AddedUp) -> str:
        return f"Σ mức hoàn thành = {formatting.number(row.value)}"

    def derivation(self, row: AddedUp, value: Decimal, value_words: str) -> str:
        sign = "=" if value * row.figures == row.value else "≈"
        return f"{formatting.number(row.value)} ÷ {formatting.number(row.figures)} {sign} {value_words}"


def _divided(row: AddedUp, value: Decimal, value_words: str) -> str:
    """Return 100 × N ÷ D with the value."""
    n, d = row.numerator or Decimal(0), row.denominator or Decimal(0)
    sign = "=" if value * d == 100 * n else "≈"
    return f"100 × {formatting.number(n)} ÷ {formatting.number(d)} {sign} {value_words}"


FORMATS: dict[str, KindFormat] = {
    kind: format_class(rules_of(kind))
    for kind, format_class in (
        (Kind.RATIO, RatioFormat),
        (Kind.COUNT, CountFormat),
        (Kind.VALUE, ValueFormat),
        (Kind.YES_NO, YesNoFormat),
        (Kind.MILESTONE, MilestoneFormat),
    )
}


def format_of(kind: str) -> KindFormat:
    """Return the format of a kind, by its stored word."""
    return FORMATS[kind]
