"""The tree of agencies: whoever moves or ends does so on a day, and the windows concerned are rolled up again."""

import datetime as dt

from django.db import transaction

from agencies.models import Agency, Level, Placement
from agencies.services import audit, place
from chuyendoiso import formatting
from indicators.models import Assignment

from .debts import owe_from_day
from .definitions import save_with_history
from .refusal import Refused

# What an agency of a level hangs under; the province hangs under nothing.
ABOVE = {
    Level.DEPARTMENT: Level.PROVINCE,
    Level.OTHER: Level.PROVINCE,
    Level.DISTRICT: Level.PROVINCE,
    Level.COMMUNE: Level.DISTRICT,
}


@transaction.atomic
def move_agency(
    *, agency: Agency, parent: Agency, from_day: dt.date, by, reason: str, address: str | None = None
) -> Placement:
    """Hang an agency under another from a day on. Its earlier figures move with it into the sums of windows that end on
    that day or later; earlier windows keep the tree that they had (domain.md, *Roll-up*). Raises Refused."""
    reason = reason.strip()
    if not reason:
        raise Refused("Chuyển đơn vị phải kèm lý do.")
    agency = Agency.objects.select_for_update().get(pk=agency.pk)
    day = formatting.date(from_day)
    if ABOVE.get(agency.level) != parent.level:
        raise Refused(f"{agency} không thể trực thuộc {parent}. Chưa chuyển gì.")
    if Agency.objects.in_force(from_day).filter(pk__in=[agency.pk, parent.pk]).count() < 2:
        raise Refused(f"Ngày {day} đơn vị hoặc cơ quan tiếp nhận không hoạt động. Chưa chuyển gì.")
    if Agency.objects.placed(from_day).get(pk=agency.pk).parent_then == parent.pk:
        raise Refused(f"Ngày {day} {agency} đã trực thuộc {parent}. Chưa chuyển gì.")
    placement = place(agency=agency, parent=parent, from_day=from_day)
    audit(
        by=by,
        act="chuyển đơn vị",
        label=agency.name,
        address=address,
        agency=agency.code,
        parent=parent.code,
        from_day=str(from_day),
        reason=reason,
    )
    owe_from_day(from_day)
    return placement


@transaction.atomic
def close_agency(
    *,
    agency: Agency,
    last_day: dt.date,
    by,
    reason: str,
    successor: Agency | None = None,
    address: str | None = None,
) -> Agency:
    """Let an agency end with a day. It is asked for nothing in windows that end later; the earlier months of its flows stay
    in the sums (domain.md, *Roll-up*). From the day after, the successor has what hangs under it and reports what it
    reported; without one nothing may hang under it any more. Raises Refused."""
    reason = reason.strip()
    if not reason:
        raise Refused("Kết thúc hoạt động phải kèm lý do.")
    agency = Agency.objects.select_for_update().get(pk=agency.pk)
    if agency.level == Level.PROVINCE:
        raise Refused("Không thể kết thúc hoạt động của cấp tỉnh.")
    if agency.first_day is not None and last_day < agency.first_day:
        raise Refused(f"{agency} bắt đầu từ ngày {formatting.date(agency.first_day)}. Chưa thay đổi gì.")
    day_after = last_day + dt.timedelta(days=1)
    left = list(Agency.objects.placed(day_after).in_force(day_after).filter(parent_then=agency.pk))
    if successor is None and left:
        raise Refused(f"Còn {len(left)} đơn vị trực thuộc {agency}: chọn cơ quan tiếp nhận. Chưa thay đổi gì.")
    if successor == agency:
        raise Refused("Cơ quan tiếp nhận phải là cơ quan khác.")
    changed_from = day_after if agency.last_day is None else min(day_after, agency.last_day + dt.timedelta(days=1))
    handed = []
    if successor is not None:
        for below in left:
            move_agency(agency=below, parent=successor, from_day=day_after, by=by, reason=reason, address=address)
        handed = _hand_over(agency, successor, last_day, by=by, reason=reason)
    agency.last_day = last_day
    agency.save(update_fields=["last_day"])
    audit(
        by=by,
        act="kết thúc đơn vị",
        label=agency.name,
        address=address,
        agency=agency.code,
        last_day=str(last_day),
        successor=successor.code if successor else "",
        targets=handed,
        reason=reason,
    )
    owe_from_day(changed_from)
    return agency


def _hand_over(agency, successor, last_day, *, by, reason):
    """What an agency reports on its last day and its successor does not yet: the successor's from the day after. Returns
    the targets' codes."""
    day_after = last_day + dt.timedelta(days=1)
    if not Agency.objects.in_force(day_after).filter(pk=successor.pk).exists():
        raise Refused(f"Ngày {formatting.date(day_after)} {successor} không hoạt động. Chưa thay đổi gì.")
    held = Assignment.objects.filter(agency=successor).values("target")
    duties = Assignment.objects.in_force(last_day).filter(agency=agency).exclude(target__in=held)
    duties = list(duties.select_related("target").order_by("target__position"))
    for duty in duties:
        fresh = Assignment(target=duty.target, agency=successor, first_day=day_after)
        save_with_history(fresh, by=by, reason=reason)
    return [duty.target.code for duty in duties]
