"""What can stand for a target (domain.md, *Kinds of target*), said with the column and the reason."""

from decimal import Decimal
from typing import NamedTuple

from chuyendoiso import formatting
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
    flaw = flaw_in(target, figures)
    return flaw.reason if flaw else None


def flaw_in(target: Target, figures: Figures) -> Flaw | None:
    """The same with the column, for whoever names it."""
    n, d, v = figures.numerator, figures.denominator, figures.value
    if len(figures.note) > LONGEST_NOTE:
        return Flaw("note", f"Giải trình dài quá {formatting.number(LONGEST_NOTE)} ký tự.")
    if figures.nothing_arose and any((n, d, v)):
        return Flaw("value" if v else "numerator", "Không phát sinh thì số phải bằng 0.")
    if target.kind == Kind.RATIO:
        return _flaw_in_ratio(target, n, d, v)
    if n is not None or d is not None:
        column = "denominator" if n is None else "numerator"
        return Flaw(column, f"{target.code} chỉ có một giá trị: không nhập tử số, mẫu số.")
    reason = _flaw_in_value(target, v)
    return Flaw("value", reason) if reason else None


def _flaw_in_ratio(target, n, d, v):
    if v is not None:
        return Flaw("value", f"{target.code} là tỷ lệ: nhập tử số và mẫu số, không nhập giá trị.")
    if n is None or d is None:
        return Flaw("numerator" if n is None else "denominator", f"{target.code} cần cả tử số và mẫu số.")
    for column, part in (("numerator", n), ("denominator", d)):
        if part < 0:
            return Flaw(column, "Tử số và mẫu số không được âm.")
        if part > LARGEST_RATIO_PART:
            return Flaw(column, "Số quá lớn: tối đa 12 chữ số phần nguyên.")
        if _places(part) > 3:
            return Flaw(column, "Tử số và mẫu số có tối đa 3 chữ số thập phân.")
    if target.is_share and n > d:
        return Flaw("numerator", f"Tử số {formatting.number(n)} lớn hơn mẫu số {formatting.number(d)}.")
    if not target.is_share and d == 0 and n > 0:
        return Flaw("denominator", "Mẫu số bằng 0 thì tử số phải bằng 0.")
    return None


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
