"""State of the roll-ups of each plan, in words: `manage.py rollup_status` and the first page of administration."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings

from core import clock, formatting
from indicators.models import RollupState


@dataclass(frozen=True)
class RollupHealth:
    """One plan: its last roll-up, its pending ones (empty: none) and its last reconciliation, in words.

    is_well: nothing is pending for long and the last reconciliation found no difference.
    """

    plan: str
    computed: str
    pending: str
    verified: str
    is_well: bool


def longest_pending() -> dt.timedelta:
    """Return how long a roll-up may be pending: it is processed within a minute or two; one that waits longer needs attention."""
    return dt.timedelta(minutes=settings.ALERT_ROLLUP_MINUTES)


def rollup_health() -> list[RollupHealth]:
    """Return the state of every plan, the latest plan first. One query."""
    return [_health_of(state, clock.now()) for state in RollupState.objects.with_pending()]


def _health_of(state: RollupState, now: dt.datetime) -> RollupHealth:
    """Return the state of one plan (one of `with_pending`)."""
    overdue = state.pending_since is not None and now - state.pending_since > longest_pending()
    pending = ""
    if state.computed_at is None:
        computed = "chưa tổng hợp lần nào"
    else:
        changed = formatting.number(state.rows_changed)
        computed = f"đã tổng hợp lúc {formatting.datetime(state.computed_at)}, {changed} dòng thay đổi"
    if state.pending:
        pending = f"đang tổng hợp: còn nợ {formatting.number(state.pending)} việc từ {formatting.datetime(state.pending_since)}"
        if overdue:
            pending += f", đã quá {settings.ALERT_ROLLUP_MINUTES} phút"
    return RollupHealth(
        str(state.plan), computed, pending, verified(state), not overdue and not state.verified_differences
    )


def verified(state: RollupState) -> str:
    """Return the last reconciliation of a plan in words."""
    if state.verified_at is None:
        return "chưa đối chiếu lần nào"
    return f"{counted(state.verified_rows, state.verified_differences)} lúc {formatting.datetime(state.verified_at)}"


def counted(rows: int, differences: int) -> str:
    """Return the result of a reconciliation in words: `đã tính lại 83.664 số, lệch 0`."""
    return f"đã tính lại {formatting.number(rows)} số, lệch {formatting.number(differences)}"
