"""Changes of the release calendar: its rule, single days with a note, and the secret addresses at which it is read."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from typing import NamedTuple

from django.db import transaction

from agencies.models import User
from agencies.roles import Role
from core import clock, formatting
from core.audit.services import audit
from indicators.errors import ActionNotAllowed
from indicators.models import Plan
from indicators.periods import plan_guard
from reports.documents.audit_acts import ReportAct
from reports.documents.releases.queries import Release, days_off_of, derived_day, releases
from reports.models import PlannedRelease, ReleaseFeed

# The length of a token: 256 bits cannot be guessed, however often somebody tries.
TOKEN_BYTES = 32
# The note of days that stand because the rule or the deadlines were changed after them.
STANDS = "Theo lịch đã báo trước khi đổi"


class Planned(NamedTuple):
    """The day typed for a period, with its note; the note is empty for the day that follows from the calendar."""

    day: dt.date
    note: str


class AnnouncedReleases:
    """The release days as announced, which stand when the deadlines or the days off change (`indicators.calendar.announced`)."""

    def keep(self, plan: Plan, by: User) -> None:
        """Store the day of each period that follows from the calendar as it is now. Four queries, and one that stores."""
        planned = set(PlannedRelease.objects.filter(period__plan=plan).values_list("period", flat=True))
        rows = releases(plan, list(plan.periods.in_order()))
        PlannedRelease.objects.bulk_create(
            PlannedRelease(
                period=row.period,
                day=row.day,
                announced=row.day,
                note=STANDS,
                changed_at=clock.now(),
                changed_by=by,
            )
            for row in rows
            if row.period.pk not in planned and not row.is_before_plan
        )


def may_plan(user: User) -> bool:
    """Return True where the user may change the release calendar: the standing agency and administrators."""
    return user.is_active and user.holds(Role.STANDING, Role.ADMIN)


def seen_of(plan: Plan, rows: list[Release]) -> str:
    """Return a text that differs where the release calendar does, by which a form knows what its user looked at."""
    return ";".join([str(plan.release_days), *(f"{row.period.number}={row.day}={row.note}" for row in rows)])


@transaction.atomic
def change_releases(
    *,
    plan: Plan,
    release_days: int,
    typed: Mapping[int, Planned],
    seen: str,
    reason: str,
    by: User,
    address: str | None = None,
) -> list[str]:
    """Store the rule and the days of the release calendar; return the changes in words.

    typed: by the period's number; periods whose day has passed or whose report is published keep their day, whatever is
    typed and whatever the rule becomes. A day that another rule moves is told as moved, for this reason. seen: `seen_of`
    what the person looked at. Raises ActionNotAllowed.
    """
    if not may_plan(by):
        raise ActionNotAllowed("Tài khoản không sửa lịch phát hành. Không có gì thay đổi.")
    if not reason.strip():
        raise ActionNotAllowed("Đổi lịch phát hành phải kèm lý do.")
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    plan_guard.require_open(plan)
    periods = list(plan.periods.in_order())
    rows, off = releases(plan, periods), days_off_of(plan)
    if seen != seen_of(plan, rows):
        raise ActionNotAllowed("Có người vừa sửa lịch phát hành. Chưa lưu gì; mở lại trang để xem lịch mới.")
    changes: list[str] = []
    if release_days != plan.release_days:
        changes.append(f"quy tắc: {plan.release_days} → {release_days} ngày làm việc")
        plan.release_days = release_days
        plan.save(update_fields=["release_days"])
    for row in rows:
        derived = derived_day(row.period, release_days, off)
        wanted = _wanted(row, derived, typed.get(row.period.number), reason.strip())
        if wanted.day != row.day:
            changes.append(f"tháng {row.period.label}: {formatting.date(row.day)} → {formatting.date(wanted.day)}")
        elif wanted.note != row.note and wanted.note != STANDS:
            changes.append(f"tháng {row.period.label}: ghi chú")
        _store(row, wanted, derived, by)
    if not changes:
        raise ActionNotAllowed("Lịch phát hành không đổi. Chưa lưu gì.")
    audit(
        by=by,
        act=ReportAct.PLAN_RELEASES,
        label=str(plan),
        address=address,
        reason=reason.strip(),
        changes=changes,
    )
    return changes


def _wanted(row: Release, derived: dt.date, typed: Planned | None, reason: str) -> Planned:
    """Return the day and note that a period is to have; the note is empty for the announced day that follows from the
    calendar. Raises ActionNotAllowed."""
    if row.is_past:
        return Planned(row.day, row.note or STANDS)
    by_rule = Planned(derived, "" if derived == row.announced else reason)
    if typed is None or typed == (row.day, row.note):
        # An untouched day stands where it was moved or kept, and follows the rule else.
        return Planned(row.day, row.note) if row.day != row.derived or row.day == derived else by_rule
    month = f"Tháng {row.period.label}"
    if typed.day == derived:
        return Planned(derived, typed.note or by_rule.note) if by_rule.note else by_rule
    if not typed.note:
        raise ActionNotAllowed(f"{month}: dời ngày phát hành phải kèm ghi chú. Chưa lưu gì.")
    if typed.day <= row.period.closes_on or typed.day < row.today:
        day = formatting.date(max(row.period.closes_on + dt.timedelta(days=1), row.today))
        raise ActionNotAllowed(f"{month}: báo cáo phát hành được từ ngày {day}. Chưa lưu gì.")
    return typed


def _store(row: Release, wanted: Planned, derived: dt.date, by: User) -> None:
    """Keep a row only for a day that was moved, or does not follow from the calendar."""
    stored = PlannedRelease.objects.filter(period=row.period)
    if wanted.day == derived == row.announced:
        stored.delete()
    elif (wanted.day, wanted.note) != (row.day, row.note):
        now = {
            "day": wanted.day,
            "note": wanted.note,
            "announced": row.announced,
            "changed_at": clock.now(),
            "changed_by": by,
        }
        PlannedRelease.objects.update_or_create(period=row.period, defaults=now)


@transaction.atomic
def open_feed(*, by: User, address: str | None = None) -> str:
    """Give a reader a new secret address of the release calendar; one that they had is closed by it. Return the token of the
    address, which is stored nowhere."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    ReleaseFeed.objects.update_or_create(user=by, defaults={"token_hash": hash_of(token), "made_at": clock.now()})
    audit(by=by, act=ReportAct.OPEN_FEED, label=str(by), address=address)
    return token


@transaction.atomic
def close_feed(*, by: User, address: str | None = None) -> bool:
    """Close a reader's secret address; return False where there was none."""
    closed, _ = ReleaseFeed.objects.filter(user=by).delete()
    if closed:
        audit(by=by, act=ReportAct.CLOSE_FEED, label=str(by), address=address)
    return bool(closed)


def hash_of(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
