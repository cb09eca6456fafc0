"""What is measured and who reports it: targets, assignments, exemptions, each change with its reason."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from simple_history.utils import bulk_create_with_history

from agencies.models import Agency
from agencies.services import audit
from chuyendoiso import clock
from indicators.models import Assignment, Exemption, IndicatorParty, Plan, Target

from .debts import owe, owe_assigned
from .refusal import Refused


@transaction.atomic
def exempt(
    *,
    assignment: Assignment,
    by,
    reason: str,
    from_day: dt.date,
    to_day: dt.date | None = None,
    address: str | None = None,
) -> Exemption:
    """An agency need not report a target for a while; the nodes it is part of are rolled up again."""
    reason = reason.strip()
    if not reason:
        raise Refused("Miễn báo cáo phải kèm lý do.")
    exemption = Exemption(assignment=assignment, first_day=from_day, last_day=to_day, reason=reason)
    save_with_history(exemption, by=by, reason=reason)
    audit(by=by, act="miễn báo cáo", label=str(assignment), address=address, reason=reason)
    owe_assigned(assignment)
    return exemption


@transaction.atomic
def end_exemption(*, exemption: Exemption, by, to_day: dt.date | None, address: str | None = None) -> Exemption:
    """Let an exemption end on another day (None: not yet)."""
    exemption.last_day = to_day
    save_with_history(exemption, by=by, reason="đổi ngày kết thúc")
    assignment = exemption.assignment
    audit(by=by, act="đổi hạn miễn báo cáo", label=str(assignment), address=address, to_day=str(to_day))
    owe_assigned(assignment)
    return exemption


@transaction.atomic
def change_target(
    *, target: Target, by, reason: str, changes: Mapping[str, list[str]], address: str | None = None
) -> Target:
    """Save a target whose definition was changed (changes, for the log: field → before and after). Its history keeps the
    reason, and it is rolled up again from the first period on: the required line runs through the whole year."""
    reason = reason.strip()
    if not reason:
        raise Refused("Sửa mục tiêu phải kèm lý do.")
    save_with_history(target, by=by, reason=reason)
    audit(by=by, act="sửa mục tiêu", label=str(target), address=address, reason=reason, changes=changes)
    owe(plan=target.plan, targets=[target.pk])
    return target


@transaction.atomic
def change_assignment(*, assignment: Assignment, by, reason: str, address: str | None = None) -> Assignment:
    """Save a new assignment, or one whose first or last day was changed; the nodes it is part of are rolled up again."""
    reason = reason.strip()
    if not reason:
        raise Refused("Đổi phân công phải kèm lý do.")
    save_with_history(assignment, by=by, reason=reason)
    audit(by=by, act="đổi phân công", label=str(assignment), address=address, reason=reason)
    owe_assigned(assignment)
    return assignment


def assign_from_groups(plan: Plan) -> int:
    """Make the assignments that the targets' reporter groups ask for, where missing; returns how many were made.

    `@lead` is the indicator's lead agency; the other groups are all agencies of a level; `A|B` means both.
    """
    by_level = {}
    for pk, level in Agency.objects.values_list("pk", "level"):
        by_level.setdefault(f"@{level}s", []).append(pk)
    wanted = []
    for target in Target.objects.filter(plan=plan).prefetch_related("indicator__parties"):
        for group in target.reporters.split("|"):
            if group == "@lead":
                agencies = [
                    party.agency_id
                    for party in target.indicator.parties.all()
                    if party.part == IndicatorParty.Part.LEAD and party.agency_id
                ]
            else:
                agencies = by_level.get(group, [])
            wanted += [(target.pk, agency) for agency in agencies]
    present = set(Assignment.objects.filter(target__plan=plan).values_list("target_id", "agency_id"))
    missing = [Assignment(target_id=t, agency_id=a) for t, a in wanted if (t, a) not in present]
    bulk_create_with_history(missing, Assignment, batch_size=1000, default_change_reason="từ nhóm báo cáo")
    return len(missing)


def save_with_history(changed, *, by, reason):
    """Save with a line of history that says who, why, and when by the system's clock."""
    changed._history_user, changed._change_reason, changed._history_date = by, reason[:100], clock.now()
    changed.save()
