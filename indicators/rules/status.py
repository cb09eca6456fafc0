"""Status of a target at a node (docs: domain, Is it on track?). Pure: no ORM, no clock."""

from enum import StrEnum

from indicators.rules.kinds import Comparator


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
    Status.BEHIND: "Chậm tiến độ",
    Status.AT_RISK: "Nguy cơ không đạt",
    Status.MISSED: "Không đạt",
    Status.NO_DATA: "Chưa có số liệu",
    Status.TRACKED: "Theo dõi",
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


def is_low(counted: int, expected: int, min_coverage: int) -> bool:
    """True where the coverage is under the plan's minimum (percent); never where nothing is expected."""
    return 100 * counted < min_coverage * expected


def is_thin(status: Status, low_coverage: bool) -> bool:
    """True where a status rests on too few agencies (*chưa đủ số liệu*): it says so before its colour does, wherever shown."""
    return low_coverage and status not in (Status.NO_DATA, Status.TRACKED)


def status(
    *,
    value: int | None,
    threshold: int | None,
    comparator: Comparator | None,
    achieved: bool,
    ended: bool,
    required: int | None,
    forecast: int | None,
) -> Status:
    """Return the first status that fits, from top to bottom of the table (docs: domain, Is it on track?). Values in
    micro.

    value: the stored one (6 decimals) or None; threshold, comparator: None where there is nothing to judge against;
    achieved: the comparator holds on the exact value; ended: the window ends after the due date or the period is the
    plan's last.
    """
    if value is None:
        return Status.NO_DATA
    if threshold is None or comparator is None or required is None:
        return Status.TRACKED
    if achieved:
        return Status.ACHIEVED
    if ended:
        return Status.MISSED
    if value <= required if comparator.falling else value >= required:
        return Status.ON_TRACK
    if forecast is not None and not comparator.holds(forecast, threshold):
        return Status.AT_RISK
    return Status.BEHIND
