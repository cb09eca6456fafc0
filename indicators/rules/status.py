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
