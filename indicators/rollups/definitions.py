"""Targets as they are judged in a period, for pages and papers of that period (docs: domain, Kinds of target)."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from indicators.models import Target, TargetDefinition, TargetMilestone


def hold_as_of(targets: Iterable[Target], number: int) -> None:
    """Let each target hold the definition in force in a period (its month), instead of the last one made; not to be saved.

    One query, and only where one was redefined.
    """
    redefined = {target.pk: target for target in targets if target.definition_number > 1}
    if not redefined:
        return
    stored = TargetDefinition.objects.filter(target__in=redefined, first_period__lte=number)
    for definition in stored.order_by("number"):
        target, content = redefined[definition.target_id], definition.content
        target.comparator, target.baseline_source = content["comparator"], content["baseline_source"]
        target.threshold, target.baseline = (
            None if content[name] is None else Decimal(content[name]) for name in ("threshold", "baseline")
        )
        target.due = dt.date.fromisoformat(content["due"])
        target.definition_number, target.defined_at = definition.number, definition.made_at
        _hold_milestones(target, content["milestones"])


def _hold_milestones(target: Target, milestones: Iterable[tuple[str, str]]) -> None:
    """Let a target hold these milestones as if they had been read with it."""
    stored = TargetMilestone.objects.none()
    stored._result_cache = [
        TargetMilestone(target=target, day=dt.date.fromisoformat(day), value=Decimal(value))
        for day, value in milestones
    ]
    vars(target)["_prefetched_objects_cache"] = {"milestones": stored}
