"""How the roll-ups of each plan stand, in words: `manage.py rollup_status` and the first page of administration."""

import datetime as dt
from dataclasses import dataclass

from core import clock, formatting
from indicators.models import RollupState

# A debt is paid within a minute or two; one that waits longer than this needs somebody to look.
LONGEST_PENDING = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class RollupHealth:
    """One plan: when it was rolled up, what it owes (empty: nothing), its last verification; `is_well`: nothing is owed for
    long and the last verification found no difference."""

    plan: str
    made: str
    owed: str
    verified: str
    is_well: bool


def rollup_health() -> list[RollupHealth]:
    """Every plan's, the latest first. One query."""
    return [_standing(state, clock.now()) for state in RollupState.objects.with_pending()]


def _standing(state, now):
    overdue = state.pending_since is not None and now - state.pending_since > LONGEST_PENDING
    made = owed = ""
    if state.computed_at is None:
        made = "chưa tổng hợp lần nào"
    else:
        changed = formatting.number(state.rows_changed)
        made = f"đã tổng hợp lúc {formatting.datetime(state.computed_at)}, {changed} dòng thay đổi"
    if state.owed:
        owed = (
            f"đang tổng hợp: còn nợ {formatting.number(state.owed)} việc từ {formatting.datetime(state.pending_since)}"
        )
        if overdue:
            owed += ", đã quá 10 phút"
    return RollupHealth(str(state.plan), made, owed, verified(state), not overdue and not state.verified_differences)


def verified(state) -> str:
    """The last verification of a plan, in words."""
    if state.verified_at is None:
        return "chưa đối chiếu lần nào"
    return f"{counted(state.verified_rows, state.verified_differences)} lúc {formatting.datetime(state.verified_at)}"


def counted(rows: int, differences: int) -> str:
    """`đã tính lại 83.664 số, lệch 0`."""
    return f"đã tính lại {formatting.number(rows)} số, lệch {formatting.number(differences)}"
