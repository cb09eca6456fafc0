"""Preview of another definition of a target: the same rows, judged by it; and its versions so far. Nothing is
written."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from agencies.models import Level
from core.fields import unscale
from indicators.models import Rollup, Scope, Target
from indicators.rollups import engine
from indicators.rules.combining import VALUE_PLACES
from indicators.rules.status import Status
from indicators.selection import Selection
from indicators.targets.services import Milestones, definition_with


@dataclass(frozen=True)
class JudgedAgain:
    """The province in one period, as it is judged and as it would be."""

    month: int
    label: str
    value: Decimal | None
    required: Decimal | None
    status: Status
    new_required: Decimal | None
    new_status: Status

    @property
    def is_changed(self) -> bool:
        return (self.required, self.status) != (self.new_required, self.new_status)


@dataclass(frozen=True)
class DefinitionPreview:
    """months: the province's, those begun; moves: (status, new status, number) of the other nodes that would change as
    of the chosen period; same: the number that would not."""

    months: Sequence[JudgedAgain]
    moves: Sequence[tuple[Status, Status, int]]
    same: int


@dataclass(frozen=True)
class Version:
    """One definition as its history shows it."""

    number: int
    content: dict
    made_at: dt.datetime | None
    made_by: str
    reason: str
    is_current: bool
    first_period: int = 1
    first_label: str = ""

    @property
    def holds(self) -> str:
        """The periods for which it was made, in words; empty for the plan's own."""
        if self.number == 1:
            return ""
        return f"từ kỳ tháng {self.first_label}" if self.first_period > 1 else "mọi kỳ (sửa chỗ ghi nhầm)"


def preview(selection: Selection, target: Target, milestones: Milestones, first_period: int = 1) -> DefinitionPreview:
    """Judge a target with new values (not saved) and new milestones, on the selection's basis. Seven queries."""
    plan = selection.plan
    stored_target = Target.objects.with_milestones().prefetch_related("definitions").get(pk=target.pk)
    new = engine.definition(definition_with(target, milestones), first_period)
    rule = engine.rule_of(stored_target, plan, engine.windows_of(plan), new)
    stored = {
        (row.period_id, row.scope, row.node): row
        for row in Rollup.objects.filter(target=target, basis=selection.basis).select_related("agency")
    }
    months = {}
    moves: Counter[tuple[Status, Status]] = Counter()
    same = 0
    numbers = {period.pk: period.number for period in selection.periods}
    for row in engine.judged(plan, target.pk, rule):
        old = stored.get(cast("tuple[int, str, str]", (row["period_id"], row["scope"], row["node"])))
        if row["basis"] != selection.basis or old is None or row["period_id"] not in numbers:
            continue
        before, after = Status(old.status), Status(str(row["status"]))
        if old.scope == Scope.AREA and old.agency is not None and old.agency.level == Level.PROVINCE:
            micro_required = cast("int | None", row["required"])
            required = None if micro_required is None else unscale(micro_required, VALUE_PLACES)
            month = numbers[row["period_id"]]
            months[month] = JudgedAgain(
                month, plan.month_label(month), old.value, old.required, before, required, after
            )
        elif row["period_id"] == selection.period.pk:
            if before == after:
                same += 1
            else:
                moves[before, after] += 1
    ranked = [(*pair, count) for pair, count in moves.most_common()]
    return DefinitionPreview([months[month] for month in sorted(months)], ranked, same)


def versions(target: Target) -> list[Version]:
    """Return a target's definitions, the latest first; only the plan's own where it was never changed. One query."""
    stored = target.definitions.select_related("made_by").order_by("-number")
    changed = [
        Version(
            number=one.number,
            content=one.content,
            made_at=one.made_at,
            made_by=str(one.made_by or ""),
            reason=one.reason,
            is_current=one.number == target.definition_number,
            first_period=one.first_period,
            first_label=target.plan.month_label(one.first_period),
        )
        for one in stored
    ]
    return changed or [Version(1, target.definition, None, "", "", True)]
