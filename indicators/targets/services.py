"""Targets, assignments and exemptions; each change with its reason."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import models, transaction
from simple_history.utils import bulk_create_with_history

from agencies.models import Agency, User
from core import clock, formatting
from core.audit.services import audit
from core.fields import exact_text
from indicators.audit_acts import TargetAct
from indicators.errors import ActionNotAllowed
from indicators.models import (
    DEFINERS,
    Assignment,
    CarriedBaseline,
    Exemption,
    Indicator,
    IndicatorParty,
    Plan,
    Target,
    TargetDefinition,
    TargetMilestone,
)
from indicators.periods import plan_guard
from indicators.rollups.pending import request_rollup, request_target_rollup
from indicators.submissions.kinds import Flaw
from indicators.targets import baselines, notifications


@transaction.atomic
def exempt(
    *,
    assignment: Assignment,
    by: User,
    reason: str,
    from_day: dt.date,
    to_day: dt.date | None = None,
    address: str | None = None,
) -> Exemption:
    """Exempt an agency from reporting a target for a while; the nodes it is part of are rolled up again. Raises
    ActionNotAllowed."""
    plan_guard.require_open(assignment.target.plan)
    reason = reason.strip()
    if not reason:
        raise ActionNotAllowed("Miễn báo cáo phải kèm lý do.")
    exemption = Exemption(assignment=assignment, first_day=from_day, last_day=to_day, reason=reason)
    save_with_history(exemption, by=by, reason=reason)
    audit(by=by, act=TargetAct.EXEMPT, label=str(assignment), address=address, reason=reason)
    request_target_rollup(assignment)
    return exemption


@transaction.atomic
def end_exemption(*, exemption: Exemption, by: User, to_day: dt.date | None, address: str | None = None) -> Exemption:
    """Set the last day of an exemption (None: no end). Raises ActionNotAllowed."""
    plan_guard.require_open(exemption.assignment.target.plan)
    exemption.last_day = to_day
    save_with_history(exemption, by=by, reason="đổi ngày kết thúc")
    assignment = exemption.assignment
    audit(by=by, act=TargetAct.CHANGE_EXEMPTION, label=str(assignment), address=address, to_day=str(to_day))
    request_target_rollup(assignment)
    return exemption


Milestones = Sequence[tuple[dt.date, Decimal]]

_MEASURED = "Chỉ tiêu đã có số liệu nên không đổi được cách đo; lập chỉ tiêu mới."
_JUDGED = "Chỉ tiêu đã có số liệu: đổi ở trang định nghĩa của chỉ tiêu, kèm lý do và kỳ áp dụng."
# What figures that were reported rest on, and what they are judged by, which a new definition changes.
FIXED_BY_FIGURES = {
    **dict.fromkeys(("indicator", "kind", "timing", "frequency", "unit"), _MEASURED),
    **dict.fromkeys(("comparator", "threshold", "due", "baseline", "baseline_source"), _JUDGED),
}


class Redefined(ActionNotAllowed):
    """Another user changed the target in between; `current` is the target as it is now."""

    def __init__(self, current: Target) -> None:
        super().__init__("Có người vừa sửa định nghĩa của chỉ tiêu này. Chưa lưu gì; so lại rồi xác nhận.")
        self.current = current


@transaction.atomic
def change_target(
    *,
    target: Target,
    by: User,
    reason: str,
    changes: Mapping[str, list[str]],
    milestones: Milestones | None = None,
    number: int | None = None,
    first_period: int = 1,
    address: str | None = None,
) -> Target:
    """Save a target whose definition or labels were changed, with its milestones (None: unchanged).

    The old definition is kept: another threshold, comparator, due day, baseline or milestones make a new
    `TargetDefinition` (in a draft the target alone is changed), by which the periods from the first one on are judged;
    1: it corrects a slip, and all of them are. The focal points of its reporters are notified of a new definition. The
    target is rolled up again. changes: for the audit log, field → before and after. number: of the definition that the
    user saw. Raises ActionNotAllowed, Redefined.
    """
    plan_guard.require_open(target.plan)
    reason = reason.strip()
    if not reason:
        raise ActionNotAllowed("Sửa chỉ tiêu phải kèm lý do.")
    if not Target.objects.definable_by(by).filter(pk=target.pk).exists():
        raise ActionNotAllowed("Tài khoản không sửa được chỉ tiêu này. Không có gì thay đổi.")
    stored = Target.objects.select_for_update().get(pk=target.pk)
    if number is not None and number != stored.definition_number:
        raise Redefined(stored)
    old = stored.definition
    if milestones is None:
        milestones = [(milestone.day, milestone.value) for milestone in stored.milestones.all()]
    flaw = flaw_in_definition(target, milestones)
    if flaw:
        raise ActionNotAllowed(flaw.reason)
    target.definition_number, target.defined_at = stored.definition_number, stored.defined_at
    new = definition_with(target, milestones)
    if new != old and target.plan.is_draft:
        _write_milestones(target, milestones)
    elif new != old:
        target.definition_number, target.defined_at = stored.definition_number + 1, clock.now()
        definition = _write_definition(target, old, milestones, first_period, by=by, reason=reason)
        moves_threshold = any(new[part] != old[part] for part in ("threshold", "comparator"))
        notifications.redefined(definition, moves_threshold=moves_threshold, by=by)
    save_with_history(target, by=by, reason=reason)
    audit(
        by=by,
        act=TargetAct.CHANGE,
        label=str(target),
        address=address,
        reason=reason,
        changes=changes,
        definition=target.definition_number,
    )
    request_rollup(plan=target.plan, targets=[target.pk])
    return target


@transaction.atomic
def keep_baseline(*, target: Target, value: Decimal, by: User, reason: str, address: str | None = None) -> None:
    """Keep a target's carried baseline though its official value was restated to `value`: it is offered again only where
    it is restated to yet another one. Raises ActionNotAllowed without the right or a reason, and where `value` is not
    what is offered (any more)."""
    plan_guard.require_open(target.plan)
    reason = reason.strip()
    if not reason:
        raise ActionNotAllowed("Giữ giá trị xuất phát phải kèm lý do.")
    if not Target.objects.definable_by(by).filter(pk=target.pk).exists():
        raise ActionNotAllowed("Tài khoản không sửa được chỉ tiêu này. Không có gì thay đổi.")
    carried = CarriedBaseline.objects.select_for_update().get(target=target)
    if value not in [offered.value for offered in baselines.restated(target.plan, target.code)]:
        raise ActionNotAllowed("Giá trị mới vừa đổi lần nữa. Mở lại trang để xem. Không có gì thay đổi.")
    carried.declined = value
    carried.save(update_fields=["declined"])
    audit(
        by=by,
        act=TargetAct.KEEP_BASELINE,
        label=str(target),
        address=address,
        reason=reason,
        plan=target.plan.code,
        changes={"giá trị điều chỉnh không lấy": [exact_text(carried.value), exact_text(value)]},
    )


@transaction.atomic
def correct_indicator(
    *, indicator: Indicator, text: str, reason: str, by: User, seen: str | None = None, address: str | None = None
) -> Indicator:
    """Correct a misprint in an indicator's text; the text as it was signed stays beside it.

    seen: the text that the person looked at. A text equal to the signed one takes the correction back. Raises
    ActionNotAllowed without a reason, without a change, for a person who may not define targets, and where another user
    changed the text in between.
    """
    text, reason = text.strip(), reason.strip()
    if not reason:
        raise ActionNotAllowed("Sửa câu chữ của chỉ tiêu phải kèm lý do.")
    if not by.is_active or not by.holds(*DEFINERS):
        raise ActionNotAllowed("Tài khoản không sửa được chỉ tiêu. Không có gì thay đổi.")
    stored = Indicator.objects.select_for_update(of=("self",)).select_related("pillar__plan").get(pk=indicator.pk)
    plan_guard.require_open(stored.pillar.plan)
    if seen is not None and seen != stored.text:
        raise ActionNotAllowed(
            f"Có người vừa sửa chỉ tiêu này thành: “{stored.text}”. Chưa lưu gì; xem lại rồi lưu lần nữa."
        )
    if not text or text == stored.text:
        raise ActionNotAllowed("Câu chữ không đổi. Chưa lưu gì.")
    before, signed = stored.text, stored.as_signed
    # A draft was signed by nobody yet.
    stored.text, stored.signed_text = text, "" if text == signed or stored.pillar.plan.is_draft else signed
    stored.save(update_fields=["text", "signed_text"])
    audit(
        by=by,
        act=TargetAct.CHANGE_TEXT,
        label=f"Chỉ tiêu {stored.code}",
        address=address,
        reason=reason,
        changes={"nội dung": [before, text]},
    )
    return stored


def flaw_in_definition(target: Target, milestones: Milestones) -> Flaw | None:
    """Return the fault of a definition with its field (threshold, due, baseline or milestones); None where it is
    valid."""
    first, last = target.plan.first_day, target.plan.last_day
    if (target.threshold is None) != (not target.comparator):
        return Flaw("threshold", "Ngưỡng và cách so sánh phải cùng có hoặc cùng không.")
    if not first < target.due <= last:
        return Flaw("due", f"Hạn phải sau {formatting.date(first)} và không quá {formatting.date(last)}.")
    if milestones and target.threshold is None:
        return Flaw("milestones", "Chỉ tiêu không có ngưỡng thì không có mốc.")
    days = [day for day, _ in milestones]
    if len(set(days)) < len(days):
        return Flaw("milestones", "Mỗi ngày chỉ có một mốc.")
    if any(not first < day < target.due for day in days):
        within = f"sau {formatting.date(first)} và trước hạn {formatting.date(target.due)}"
        return Flaw("milestones", f"Mốc phải {within}.")
    is_percentage = target.is_share or target.rules.is_percentage
    parts = [
        ("threshold", target.threshold),
        ("baseline", target.baseline),
        *(("milestones", v) for _, v in milestones),
    ]
    for field, part in parts:
        if part is None or target.rules.is_alone:
            continue
        if part < 0:
            return Flaw(field, "Số này không được âm.")
        if is_percentage and part > 100:
            return Flaw(field, "Số này không được quá 100%.")
    return None


def definition_with(target: Target, milestones: Milestones) -> dict[str, Any]:
    """Return `Target.definition` as it will be with these milestones."""
    return target.definition | {
        "milestones": [[day.isoformat(), exact_text(value)] for day, value in sorted(milestones)]
    }


def _write_definition(
    target: Target, old: Mapping[str, Any], milestones: Milestones, first_period: int, *, by: User, reason: str
) -> TargetDefinition:
    """Store the old and the new definition, and bring the stored milestones into line. Return the new one."""
    if target.definition_number == 2:
        TargetDefinition.objects.get_or_create(target=target, number=1, defaults={"content": old})
    new = definition_with(target, milestones)
    made = TargetDefinition.objects.create(
        target=target,
        number=target.definition_number,
        content=new,
        first_period=first_period,
        made_at=target.defined_at,
        made_by=by,
        reason=reason,
    )
    if new["milestones"] != old["milestones"]:
        _write_milestones(target, milestones)
    return made


@transaction.atomic
def restore_definition(*, target: Target, definition: TargetDefinition, reason: str) -> None:
    """Judge a target by an earlier definition again, after the later ones were deleted.

    A target with only the plan's own definition counts as never changed.
    """
    plan_guard.require_open(target.plan)
    content = definition.content
    for name in ("comparator", "baseline_source"):
        setattr(target, name, content[name])
    for name in ("threshold", "baseline"):
        setattr(target, name, None if content[name] is None else Decimal(content[name]))
    target.due = dt.date.fromisoformat(content["due"])
    target.definition_number, target.defined_at = definition.number, definition.made_at
    _write_milestones(target, [(dt.date.fromisoformat(day), Decimal(value)) for day, value in content["milestones"]])
    if definition.number == 1:
        definition.delete()
    save_with_history(target, by=None, reason=reason)
    request_rollup(plan=target.plan, targets=[target.pk])


def _write_milestones(target: Target, milestones: Milestones) -> None:
    TargetMilestone.objects.filter(target=target).delete()
    TargetMilestone.objects.bulk_create(
        TargetMilestone(target=target, day=day, value=value) for day, value in milestones
    )


@transaction.atomic
def change_assignment(*, assignment: Assignment, by: User, reason: str, address: str | None = None) -> Assignment:
    """Save a new assignment, or one with other days; the nodes it is part of are rolled up again. Raises
    ActionNotAllowed."""
    plan_guard.require_open(assignment.target.plan)
    reason = reason.strip()
    if not reason:
        raise ActionNotAllowed("Đổi phân công phải kèm lý do.")
    save_with_history(assignment, by=by, reason=reason)
    audit(by=by, act=TargetAct.CHANGE_ASSIGNMENT, label=str(assignment), address=address, reason=reason)
    request_target_rollup(assignment)
    return assignment


class ReportingPair(NamedTuple):
    """A target and an agency of one of its groups of reporters."""

    target: Target
    agency: Agency


def pairs_from_groups(plan: Plan) -> list[ReportingPair]:
    """Return who reports which target of a plan by the targets' groups of reporters.

    `@lead` is the indicator's lead agency, or the one that reports on behalf of an outside lead; the other groups are
    all agencies of a level; `A|B` means both.
    """
    by_level: dict[str, list[Agency]] = {}
    for agency in Agency.objects.select_related("parent").in_order():
        by_level.setdefault(f"@{agency.level}s", []).append(agency)
    parties = models.Prefetch("indicator__parties", IndicatorParty.objects.select_related("agency", "reported_by"))
    pairs: dict[tuple[int, int], ReportingPair] = {}
    for target in Target.objects.filter(plan=plan).select_related("plan").prefetch_related(parties):
        for group in target.reporters.split("|"):
            if group == "@lead":
                leads = [p for p in target.indicator.parties.all() if p.part == IndicatorParty.Part.LEAD]
                agencies = [agency for p in leads for agency in (p.agency, p.reported_by) if agency is not None]
            else:
                agencies = by_level.get(group, [])
            pairs |= {(target.pk, agency.pk): ReportingPair(target, agency) for agency in agencies}
    return list(pairs.values())


def assign(pairs: Sequence[ReportingPair], *, by: User | None, reason: str) -> list[Assignment]:
    """Create assignments, each with a row of history; return them. Raises ActionNotAllowed."""
    for plan in {pair.target.plan for pair in pairs}:
        plan_guard.require_open(plan)
    missing = [Assignment(target=pair.target, agency=pair.agency) for pair in pairs]
    bulk_create_with_history(missing, Assignment, batch_size=1000, default_user=by, default_change_reason=reason)
    return missing


def bar_after_figures(changed: Iterable[str]) -> dict[str, str]:
    """Return why a target that has figures cannot be changed in these fields."""
    return {name: FIXED_BY_FIGURES[name] for name in changed if name in FIXED_BY_FIGURES}


def save_with_history(changed: models.Model, *, by: User | None, reason: str) -> None:
    """Save with a row of history: user, reason, and time by the system's clock."""
    _sign(changed, by, reason)
    changed.save()


def delete_with_history(gone: models.Model, *, by: User | None, reason: str) -> None:
    """Delete with a row of history."""
    _sign(gone, by, reason)
    gone.delete()


def _sign(changed: Any, by: User | None, reason: str) -> None:
    changed._history_user, changed._change_reason, changed._history_date = by, reason[:100], clock.now()
