"""Observation status of a figure (domain.md, *On screen and on paper*; code list CL_OBS_STATUS of SDMX)."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from indicators.rules.kinds import Timing


class Observation(StrEnum):
    """The status of an observation. The first that fits, in this order, is a figure's."""

    MISSING = "M"
    BREAK = "B"
    ESTIMATED = "E"
    PROVISIONAL = "P"
    NORMAL = "A"


OBSERVATION_WORDS = {
    Observation.NORMAL: "Bình thường",
    Observation.PROVISIONAL: "Tạm tính",
    Observation.ESTIMATED: "Có số mang sang",
    Observation.MISSING: "Không có số",
    Observation.BREAK: "Gián đoạn",
}
OBSERVATION_MEANINGS = {
    Observation.NORMAL: "Số chính thức, mọi đơn vị có số đều có số của chính kỳ phải báo cáo.",
    Observation.PROVISIONAL: "Số tạm tính: có số đã nộp mà chưa duyệt xong, còn có thể thay đổi.",
    Observation.ESTIMATED: "Có số của kỳ trước được mang sang thay cho số của kỳ này.",
    Observation.MISSING: "Kỳ này không có giá trị.",
    Observation.BREAK: "Kỳ đầu theo một định nghĩa mới; không so thẳng với các kỳ trước.",
}


def observation_of(
    *, has_value: bool, begins_definition: bool, stale: bool, timing: Timing, is_provisional: bool
) -> Observation:
    """Return the status of a figure: the first that fits.

    begins_definition: its period is the first of a new definition of the target. stale: as in the roll-up; only of a
    stock and a rate does it mean that a value was carried forward.
    """
    if not has_value:
        return Observation.MISSING
    if begins_definition:
        return Observation.BREAK
    if stale and timing != Timing.FLOW:
        return Observation.ESTIMATED
    return Observation.PROVISIONAL if is_provisional else Observation.NORMAL


def definition_breaks(first_periods: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return {period: (the definition before, the one that begins in it)} of each period but the first in which another
    definition comes into force than held the month before.

    first_periods: of the definitions, in the order in which they were made. A period is judged by the last one made of
    those that have begun; one that corrects a slip begins in period 1.
    """

    def in_force(number: int) -> int:
        return max(index for index, first in enumerate(first_periods) if first <= number)

    begun = sorted({first for first in first_periods if first > 1})
    pairs = {first: (in_force(first - 1), in_force(first)) for first in begun}
    return {first: pair for first, pair in pairs.items() if pair[0] != pair[1]}


def carried_share(*, timing: Timing, value: Decimal | None, stale: bool, fresh: Decimal | None) -> Decimal | None:
    """Return the share of a value that was carried forward, in percent by weight: 100 − fresh.

    None where nothing was carried (no value, not stale, or a flow, which carries nothing) and where no weight is known.
    """
    if value is None or not stale or fresh is None or timing == Timing.FLOW:
        return None
    return 100 - fresh
