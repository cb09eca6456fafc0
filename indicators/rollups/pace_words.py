"""The pace that a target needs to be reached, in words for pages and papers."""

import datetime as dt
from decimal import Decimal
from typing import Protocol

from core import formatting
from indicators.rollups.results import RollupResult
from indicators.rules.combining import VALUE_PLACES
from indicators.rules.kinds import KindRules, Timing
from indicators.rules.signs import MONTH, needed_a_month
from indicators.rules.status import Status

# The statuses of a target that is still on its way.
ON_ITS_WAY = (Status.ON_TRACK, Status.BEHIND, Status.AT_RISK)


class PacedTarget(Protocol):
    """A target as far as its pace depends on it."""

    @property
    def unit(self) -> str: ...

    @property
    def threshold(self) -> Decimal | None: ...

    @property
    def due(self) -> dt.date: ...

    @property
    def timing(self) -> str: ...

    @property
    def is_share(self) -> bool: ...

    @property
    def rules(self) -> KindRules: ...


def pace_words(target: PacedTarget, row: RollupResult, day: dt.date) -> str:
    """Return what is needed from now on, `cần thêm 1,25 điểm mỗi tháng`, within the last month
    `cần thêm 0,80 điểm trước hạn 31/8`; empty where nothing is to be said.

    day: the last day of the row's period. Of a flow it is what the coming windows must bring, beside its forecast; of what
    must hold in every period it is the threshold.
    """
    if target.timing == Timing.FLOW:
        return pace_of_flow(target, row)
    if target.timing == Timing.RATE:
        return _of_rate(target, row)
    if (
        not _is_on_its_way(target, row)
        or row.value is None
        or target.threshold is None
        or target.timing != Timing.STOCK
    ):
        return ""
    needed = needed_a_month(row.value, target.threshold, day, target.due, row.is_falling)
    if needed is None:
        return ""
    per = "mỗi tháng"
    if (left := (target.due - day).days) < MONTH:
        # A pace for a month would be more than all that is missing.
        needed, per = needed * left / MONTH, f"trước hạn {formatting.short_date(target.due)}"
    # What is needed is rounded up: less would not do.
    shown = formatting.difference(_rounded_up(Decimal(needed.numerator) / needed.denominator), target.unit, 2)
    return f"cần {'giảm' if row.is_falling else 'thêm'} {shown.removeprefix('+')} {per}"


def pace_of_flow(target: PacedTarget, row: RollupResult) -> str:
    """Return what the coming windows of a flow must bring, `các kỳ còn lại cần 85,2%`; empty of other targets."""
    if target.timing != Timing.FLOW or row.pace is None or not _is_on_its_way(target, row):
        return ""
    return _of_flow(target, row.pace, row.is_falling)


def _of_rate(target: PacedTarget, row: RollupResult) -> str:
    """Return what each coming period must have, `mỗi kỳ còn lại cần đạt 100%`; empty of answers."""
    if not _is_on_its_way(target, row) or target.threshold is None or target.rules.is_answer:
        return ""
    shown = formatting.with_unit(formatting.number(target.threshold), target.unit)
    return f"mỗi kỳ còn lại {'không quá' if row.is_falling else 'cần đạt'} {shown}"


def _is_on_its_way(target: PacedTarget, row: RollupResult) -> bool:
    """Return True where a row is judged and neither there nor over."""
    return row.status in ON_ITS_WAY and not row.is_ahead and row.value is not None and target.threshold is not None


def _of_flow(target: PacedTarget, pace: Decimal, is_falling: bool) -> str:
    """Return the pace of a flow in words."""
    if not target.rules.has_parts:
        shown = formatting.with_unit(formatting.number(_rounded_up(pace), 2), target.unit)
        if is_falling:
            return f"mỗi kỳ còn lại không quá {shown}" if pace >= 0 else "không thể đạt: đã vượt ngưỡng"
        return f"cần thêm {shown} mỗi kỳ còn lại" if pace > 0 else "đã đủ cho đến hạn"
    shown = formatting.with_unit(formatting.number(pace, formatting.share_decimals(pace, target.unit, 2)), target.unit)
    if is_falling:
        if pace < 0:
            return "không thể đạt: các kỳ còn lại không bù được"
        return f"các kỳ còn lại không quá {shown}"
    if target.is_share and pace > 100:
        return f"không thể đạt: các kỳ còn lại phải được {shown}"
    return f"các kỳ còn lại cần {shown}" if pace > 0 else "đã đủ cho đến hạn"


def _rounded_up(number: Decimal) -> Decimal:
    """Return a positive number with two decimals, rounded up; fewer millionths than the values are stored with do not
    count."""
    stored = round(number, VALUE_PLACES)
    shown = formatting.rounded(stored, 2)
    return shown if shown >= stored else shown + Decimal("0.01")
