"""Status of a target at a node (docs: domain, Is it on track?). Pure: no ORM, no clock."""

from decimal import Decimal
from enum import StrEnum

from indicators.rules.kinds import Kind


class Status(StrEnum):
    """The seven statuses; the words that people see are in WORDS."""

    NO_DATA = "no_data"
    TRACKED = "tracked"
    ACHIEVED = "achieved"
    MISSED = "missed"
    ON_TRACK = "on_track"
    BEHIND = "behind"
    AT_RISK = "at_risk"


WORDS = {
    Status.ACHIEVED: "Đạt",
    Status.ON_TRACK: "Đúng tiến độ",
    Status.BEHIND: "Cần chú ý",
    Status.AT_RISK: "Nguy cơ không đạt",
    Status.MISSED: "Không đạt",
    Status.NO_DATA: "Chưa có số liệu",
    Status.TRACKED: "Theo dõi",
}

# With what held when the target fell due; without it plain *Đạt*, *Không đạt*.
DUE_WORDS = {
    (Status.ACHIEVED, True): "Đạt, đúng hạn",
    (Status.ACHIEVED, False): "Đạt, muộn",
    (Status.MISSED, True): "Không đạt (đã đạt khi đến hạn)",
}

# By need for attention.
BY_NEED = (
    Status.MISSED,
    Status.AT_RISK,
    Status.BEHIND,
    Status.NO_DATA,
    Status.ON_TRACK,
    Status.ACHIEVED,
    Status.TRACKED,
)
# Those that need attention, worst first, and those that need none.
BAD = BY_NEED[: BY_NEED.index(Status.NO_DATA)]
GOOD = (Status.ACHIEVED, Status.ON_TRACK)
# From good to bad, as bars and tables show them; without a judgement last.
BY_MERIT = (*GOOD, *reversed(BAD), Status.NO_DATA, Status.TRACKED)
JUDGED_BY_MERIT = BY_MERIT[: BY_MERIT.index(Status.TRACKED)]


def word_of(status: Status, due_held: bool | None = None) -> str:
    """Return a status in words. due_held: the comparator held in the closing period; None before it and where nobody
    knows."""
    return WORDS[status] if due_held is None else DUE_WORDS.get((status, due_held), WORDS[status])


def is_low(counted: int, expected: int, min_coverage: int, fresh: Decimal | int | None = None) -> bool:
    """True where the coverage is under the plan's minimum (percent), by agencies or, where it is known, by weight (`fresh`, a
    percentage); never where nothing is expected."""
    by_weight = fresh is not None and fresh < min_coverage
    return 100 * counted < min_coverage * expected or (by_weight and expected > 0)


# Under this denominator one case more or less moves a percentage by over three points.
SMALL = 30


def is_small(denominator: Decimal | None) -> bool:
    """True where a ratio's denominator is so small that one case decides (*mẫu nhỏ*); not for none, nor for 0."""
    return denominator is not None and 0 != denominator < SMALL


def is_small_sample(kind: str, denominator: Decimal | None) -> bool:
    """True where one agency's own figure is a ratio on so small a denominator (docs: domain, Is it on track?)."""
    return kind == Kind.RATIO and is_small(denominator)


def is_thin(status: Status, low_coverage: bool) -> bool:
    """True where a status rests on too few agencies (*chưa đủ số liệu*): it says so before its colour does, wherever shown."""
    return low_coverage and status not in (Status.NO_DATA, Status.TRACKED)


def status(is_judged: bool, has_value: bool, achieved: bool, closed: bool, below: bool, falls_short: bool) -> Status:
    """Return the first status that fits, from top to bottom of the table (docs: domain, Is it on track?).

    achieved: the comparator holds on the exact value; closed: the period is the closing one or later; the two signs: below:
    the value is under the required one (of a falling target over it); falls_short: there is a forecast, and it does not hold
    the comparator.
    """
    if not has_value:
        return Status.NO_DATA
    if not is_judged:
        return Status.TRACKED
    if achieved:
        return Status.ACHIEVED
    if closed:
        return Status.MISSED
    return (Status.ON_TRACK, Status.BEHIND, Status.AT_RISK)[below + falls_short]
