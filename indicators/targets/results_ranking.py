"""Settings of the ranking by results: who sees it, the grades, the weights of the targets (docs/decisions/0212)."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from agencies.models import User
from agencies.roles import Role
from core.audit.services import audit
from indicators.audit_acts import PlanAct
from indicators.errors import ActionNotAllowed
from indicators.models import GradeBand, Plan, ResultWeight, Target
from indicators.periods import plan_guard
from indicators.rules import results

# The largest weight of a target.
MOST_WEIGHT = 100


def may_see(user: User, plan: Plan) -> bool:
    """Return True where a user sees the ranking: everybody once it is published, before that the standing agency and the
    leaders."""
    return user.is_active and (plan.publishes_results or user.holds(Role.STANDING, Role.LEADER))


def may_set(user: User) -> bool:
    """Return True where a user may change the settings: the standing agency."""
    return user.is_active and user.holds(Role.STANDING)


def bands_of(plan: Plan) -> list[results.GradeBand]:
    """Return the grades of a plan, the highest first. One query."""
    return [results.GradeBand(band.floor, band.label) for band in plan.grade_bands.order_by("-floor")]


def weights_of(plan: Plan) -> dict[int, int]:
    """Return the weights by target of those that are not 1. One query."""
    return dict(ResultWeight.objects.filter(target__plan=plan).values_list("target", "weight"))


@transaction.atomic
def set_ranking(
    *,
    plan: Plan,
    published: bool,
    bands: Iterable[results.GradeBand],
    weights: Mapping[Target, int],
    reason: str,
    by: User,
    address: str | None = None,
) -> Plan:
    """Store the settings. weights: of all targets of the plan. Raises ActionNotAllowed."""
    if not may_set(by):
        raise ActionNotAllowed("Chỉ cơ quan thường trực đổi được cách xếp hạng. Không có gì thay đổi.")
    if not reason.strip():
        raise ActionNotAllowed("Đổi cách xếp hạng phải kèm lý do.")
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    plan_guard.require_open(plan)
    bands = sorted(bands, reverse=True)
    if len({band.floor for band in bands}) < len(bands):
        raise ActionNotAllowed("Hai mức xếp loại có cùng một ngưỡng. Chưa lưu gì.")
    if not all(0 <= weight <= MOST_WEIGHT for weight in weights.values()):
        raise ActionNotAllowed(f"Trọng số là số nguyên từ 0 đến {MOST_WEIGHT}. Chưa lưu gì.")
    before = _words(plan.publishes_results, bands_of(plan), weights_of(plan), weights)
    plan.publishes_results = published
    plan.save(update_fields=["publishes_results"])
    plan.grade_bands.all().delete()
    GradeBand.objects.bulk_create(GradeBand(plan=plan, floor=band.floor, label=band.label) for band in bands)
    ResultWeight.objects.filter(target__plan=plan).delete()
    ResultWeight.objects.bulk_create(
        ResultWeight(target=target, weight=weight) for target, weight in weights.items() if weight != 1
    )
    after = _words(published, bands, {target.pk: weight for target, weight in weights.items()}, weights)
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if not changes:
        raise ActionNotAllowed("Cách xếp hạng không đổi. Chưa lưu gì.")
    audit(
        by=by,
        act=PlanAct.SET_RESULTS_RANKING,
        label=str(plan),
        address=address,
        reason=reason.strip(),
        changes=changes,
    )
    return plan


def _words(
    published: bool, bands: Iterable[results.GradeBand], weights: Mapping[int, int], targets: Iterable[Target]
) -> dict[str, str]:
    """Return the settings as the audit log tells them."""
    unequal = [f"{target.code}: {weights[target.pk]}" for target in targets if weights.get(target.pk, 1) != 1]
    return {
        "công bố": "có" if published else "không",
        "xếp loại": "; ".join(f"{band.label} từ {band.floor}%" for band in bands),
        "trọng số khác 1": "; ".join(unequal),
    }
