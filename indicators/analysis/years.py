"""A target over several years: the same code in the plans that its plan was copied from, on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from agencies.models import User
from indicators.analysis.nodes import Node
from indicators.models import Plan, Rollup, RollupState, Target
from indicators.selection import Selection
from indicators.targets import text

# The most plans before that a page goes back to.
MOST_BEFORE = 4


@dataclass(frozen=True)
class YearOfTarget:
    """A target in one plan at a node: its values from January on, None where there is none; breaks: what makes the year not
    comparable with the one before, in words, empty where nothing does."""

    plan: Plan
    target: Target
    values: tuple[Decimal | None, ...]
    breaks: tuple[str, ...] = ()

    @property
    def labels(self) -> list[str]:
        """The periods of the values, as they follow *T*."""
        return [self.plan.month_label(number) for number in range(1, len(self.values) + 1)]

    @property
    def last(self) -> Decimal | None:
        """The newest value."""
        return next((value for value in reversed(self.values) if value is not None), None)


@dataclass(frozen=True)
class SeveralYears:
    """The years of a target in order, with the bounds of their common scale."""

    years: tuple[YearOfTarget, ...]
    low: Decimal
    high: Decimal


def plans_before(plan: Plan, user: User) -> list[Plan]:
    """Return the plans that a plan goes back to, the nearest first; those that the user may see. One query a plan."""
    made: list[Plan] = []
    while plan.copied_from_id is not None and len(made) < MOST_BEFORE:
        before = Plan.objects.visible_to(user).filter(pk=plan.copied_from_id).first()
        if before is None:
            break
        made.append(before)
        plan = before
    return made


def stamp_of(plans: Sequence[Plan]) -> str:
    """Return a mark of the last roll-ups of plans: a page that shows their figures depends on it. One query; none without plans."""
    if not plans:
        return ""
    states = RollupState.objects.filter(plan__in=plans).order_by("plan").values_list("plan", "computed_at")
    return ";".join(f"{plan} {computed_at}" for plan, computed_at in states)


def several_years(selection: Selection, target: Target, node: Node, before: Sequence[Plan]) -> SeveralYears | None:
    """Return the target's years up to the selected period, on the selection's basis; None where no plan before has a value of
    it. Two queries."""
    plans = {plan.pk: plan for plan in before}
    targets: dict[int, Target] = {
        each.plan_id: each for each in Target.objects.filter(plan__in=before, code=target.code)
    } | {selection.plan.pk: target}
    rows = Rollup.objects.filter(
        target__in=targets.values(), basis=selection.basis, scope=node.scope, node=node.code
    ).values_list("target__plan", "period__number", "value")
    values: dict[int, dict[int, Decimal | None]] = {plan: {} for plan in targets}
    for of_plan, number, value in rows:
        if of_plan != selection.plan.pk or number <= selection.period.number:
            values[of_plan][number] = value
    years: list[YearOfTarget] = []
    for plan in [*reversed([each for each in before if each.pk in targets]), selection.plan]:
        this = targets[plan.pk]
        breaks = text.breaks_between(years[-1].target, this) if years else ()
        whole = plans.get(plan.pk, selection.plan)
        series = tuple(values[plan.pk].get(number) for number in range(1, whole.last_number + 1))
        years.append(YearOfTarget(whole, this, series, breaks))
    known = [value for year in years for value in year.values if value is not None]
    if len(years) < 2 or all(year.last is None for year in years[:-1]):
        return None
    known += [year.target.threshold for year in years if year.target.threshold is not None]
    return SeveralYears(tuple(years), min(known), max(known))
