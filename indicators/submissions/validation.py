"""What can stand for a target (domain.md, *Kinds of target*), said with the column and the reason."""

from decimal import Decimal
from typing import NamedTuple

from core import formatting
from indicators.models import Kind, Target

# Largest figures: the sum of a year of all agencies stays within 64 bits (chuyendoiso.fields).
LARGEST_RATIO_PART = Decimal(10) ** 12 - 1


LARGEST_COUNT = Decimal(10) ** 9 - 1

LARGEST_VALUE = Decimal(10) ** 12 - 1

LONGEST_NOTE = 2000


class Figures(NamedTuple):
    """What is reported of one target. Exactly one of (numerator and denominator) and value is given."""

    numerator: Decimal | None = None
    denominator: Decimal | None = None
    value: Decimal | None = None
    nothing_arose: bool = False
    note: str = ""


class Flaw(NamedTuple):
    """What is wrong with figures: the column that it stands in (numerator, denominator, value or note) and why."""

    column: str
    reason: str


def problem_with(target: Target, figures: Figures) -> str | None:
    """Why the figures cannot stand for the target, in Vietnamese; None where they can (domain.md, *Kinds of target*)."""
    flaws = flaws_in(target, figures)
    return flaws[0].reason if flaws else None


def flaws_in(target: Target, figures: Figures) -> list[Flaw]:
    """All that keeps the figures from standing for the target, with the columns, for whoever names them: each column once."""
    flaws = {}
    for flaw in _flaws(target, figures):
        flaws.setdefault(flaw.column, flaw)
    return list(flaws.values())


def _flaws(target, figures):
    n, d, v = figures.numerator, figures.denominator, figures.value
    if len(figures.note) > LONGEST_NOTE:
        yield Flaw("note", f"Giải trình dài quá {formatting.number(LONGEST_NOTE)} ký tự.")
    if figures.nothing_arose and any((n, d, v)):
        yield Flaw("value" if v else "numerator", "Không phát sinh thì số phải bằng 0.")
    if target.kind == Kind.RATIO:
        yield from _flaws_in_ratio(target, n, d, v)
        return
    for column, part in (("numerator", n), ("denominator", d)):
        if part is not None:
            yield Flaw(column, f"{target.code} chỉ có một giá trị: không nhập tử số, mẫu số.")
    # A number in another column is the value that is missing here.
    if v is not None or (n is None and d is None):
        reason = _flaw_in_value(target, v)
        if reason:
            yield Flaw("value", reason)


def _flaws_in_ratio(target, n, d, v):
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
        elif _places(part) > 3:
            yield Flaw(column, "Tử số và mẫu số có tối đa 3 chữ số thập phân.")
    if n is None or d is None or n < 0 or d < 0:
        return
    if target.is_share and n > d:
        yield Flaw("numerator", f"Tử số {formatting.number(n)} lớn hơn mẫu số {formatting.number(d)}.")
    if not target.is_share and d == 0 and n > 0:
        yield Flaw("denominator", "Mẫu số bằng 0 thì tử số phải bằng 0.")


def _flaw_in_value(target, v):
    if v is None:
        return f"{target.code} cần một giá trị."
    if target.kind == Kind.YES_NO:
        return None if v in (0, 1) else "Giá trị phải là 1 (có) hoặc 0 (không)."
    if target.kind == Kind.MILESTONE:
        if not 0 <= v <= 100:
            return "Mức độ hoàn thành phải từ 0 đến 100 %."
    elif target.kind == Kind.COUNT:
        if v < 0:
            return "Số lượng không được âm."
        if v != v.to_integral_value():
            return "Số lượng phải là số nguyên."
        if v > LARGEST_COUNT:
            return "Số quá lớn: tối đa 9 chữ số."
    elif abs(v) > LARGEST_VALUE:
        return "Số quá lớn: tối đa 12 chữ số phần nguyên."
    if _places(v) > 6:
        return "Giá trị có tối đa 6 chữ số thập phân."
    return None


def _places(figure: Decimal) -> int:
    return max(0, -figure.normalize().as_tuple().exponent)
