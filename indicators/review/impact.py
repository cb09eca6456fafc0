"""Effect of approving a report on the official figures of its district and of the province, computed exactly without
writing.

The nodes' sums are read as a roll-up reads them; the agency's part is taken out of them and added again as it would be;
the same pure rules judge both (docs: domain, Which figures count, Roll-up). So the page shows the result of the future
roll-up.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, cast

from django.db.models import Exists, OuterRef, Q

from agencies.models import Agency, Level
from core import formatting
from core.fields import ExactDecimalField, unscale
from indicators.models import Actual, Assignment, Basis, PendingRollup, Submission, Target
from indicators.rollups import engine
from indicators.rollups.agency_figures import AgencyFigure
from indicators.rollups.results import RollupResult
from indicators.rules.calendar import last_due
from indicators.rules.combining import VALUE_PLACES
from indicators.rules.judging import judge
from indicators.rules.kinds import Timing
from indicators.rules.nothing import nothing_of
from indicators.rules.status import is_low


@dataclass(frozen=True, kw_only=True)
class StatusBefore(RollupResult):
    """A node's official figure as of the report's period."""

    @property
    def words(self) -> str:
        """The status in words, with a mark where it rests on too few agencies."""
        return f"{self.word} (chưa đủ số liệu)" if self.is_thin else self.word


@dataclass(frozen=True)
class Effect:
    """One node's figure before and after the approval."""

    agency: Agency
    before: StatusBefore
    after: StatusBefore

    @property
    def change(self) -> Decimal | None:
        """The change in percentage points or units; None where either side has no value."""
        if self.before.value is None or self.after.value is None:
            return None
        return self.after.value - self.before.value

    @property
    def turns(self) -> bool:
        """True where the status, the reason of a missing value, or the mark of too few agencies changes."""
        before, after = self.before, self.after
        return (before.status, before.low_coverage, before.nothing) != (after.status, after.low_coverage, after.nothing)


@dataclass(frozen=True)
class Impact:
    """Effect of the approval on one target, from the district to the province."""

    target: Target
    effects: Sequence[Effect]

    @property
    def turns(self) -> bool:
        """True where a status changes."""
        return any(effect.turns for effect in self.effects)

    @property
    def is_still(self) -> bool:
        """True where no figure and no status changes."""
        return not any(effect.turns or effect.before.value != effect.after.value for effect in self.effects)


class _Part(NamedTuple):
    """An agency's part in the sums as of the period, as in `engine.AddedUp`: n, d in thousandths, v in micro."""

    n: int
    d: int
    v: int
    figures: int
    points: int
    approved: int
    weight: int
    fresh: int


NOTHING = _Part(0, 0, 0, 0, 0, 0, 0, 0)


def in_short(impacts: Sequence[Impact]) -> str:
    """Return the effects in one line: `8 chỉ tiêu thành phần đổi, lớn nhất +0,19 điểm; không trạng thái nào đổi`."""
    moved = [one for one in impacts if not one.is_still]
    if not moved:
        return "không số nào đổi"
    changes = [
        effect.change or Decimal(0) for one in moved if one.target.unit.startswith("%") for effect in one.effects
    ]
    largest = max(changes, key=abs, default=Decimal(0))
    size = f", lớn nhất {formatting.difference(largest, '%')}" if formatting.rounded(largest, 2) else ""
    turned = [one.target.code for one in moved if one.turns]
    statuses = f"trạng thái đổi ở {', '.join(turned)}" if turned else "không trạng thái nào đổi"
    return f"{formatting.number(len(moved))} chỉ tiêu thành phần đổi{size}; {statuses}"


def impact(submission: Submission) -> list[Impact]:
    """Return the effects of approving a report, target by target in the plan's order.

    A fixed number of queries, whatever the number of agencies. The report is given with its agency, its period and its
    plan.
    """
    plan, period = submission.period.plan, submission.period
    entered = _stored(submission.actuals.all())
    official: dict[int, dict[int, Any]] = defaultdict(dict)
    counting = Actual.objects.on(Basis.OFFICIAL).by([submission.agency_id]).counted_as_of(period)
    for pk, number, *figure in counting.values_list(
        "target", "submission__period__number", "numerator", "denominator", "value"
    ):
        official[pk][number] = _scaled(*figure)
    targets = entered.keys() | {pk for pk, months in official.items() if period.number in months}
    areas = _areas(submission.agency, period.window_last)
    if not targets or not areas:
        return []
    windows = engine.windows_of(plan)
    chosen = Target.objects.filter(pk__in=targets).prefetch_related("milestones", "definitions").in_order()
    rules = {target.pk: engine.rule_of(target, plan, windows) for target in chosen}
    reader = engine.SumsReader(plan, rules)
    sums = _sums(plan, period, targets, areas)
    in_force = Assignment.objects.in_force(period.window_last).filter(pk=OuterRef("pk"))
    assignments = Assignment.objects.filter(agency=submission.agency_id, target__in=targets)
    is_assigned = dict(assignments.values_list("target", Exists(in_force)))
    impacts: list[Impact] = []
    for target in chosen:
        rule = rules[target.pk]
        if target.pk not in is_assigned or (rule.timing != Timing.FLOW and not is_assigned[target.pk]):
            continue  # a figure of an agency that is not assigned counts in a flow alone
        months = official[target.pk]
        after = {**months, period.number: entered.get(target.pk)}
        if after[period.number] is None:
            del after[period.number]
        due = (
            last_due(period.number, rule.cycle, plan.first_month, rule.since(period.number))
            if is_assigned[target.pk]
            else 0
        )
        change = _part(rule, months, period.number, due), _part(rule, after, period.number, due)
        followed = engine.several(rule, sums[target.pk, areas[-1].pk])
        before = reader.of_target(target.pk)
        changed = after.get(period.number)
        entered_now = None if changed is None else AgencyFigure(*(part or 0 for part in changed))
        reader.successions.set_figure(Basis.OFFICIAL.value, target.pk, submission.agency_id, period.number, entered_now)
        readers = before, reader.of_target(target.pk)
        effects = []
        for area in areas:
            rows = sums[target.pk, area.pk]
            if not rows or rows[-1].number != period.number or not rows[-1].assigned:
                continue
            tracked = engine.tracked_in(rule, followed, is_own=False, is_whole=area.level == Level.PROVINCE)
            effects.append(_effect(plan, rule, area, rows, change, tracked, readers))
        if effects:
            impacts.append(Impact(target, effects))
    return impacts


def _sums(plan, period, targets, areas):
    """Return the official sums of the areas up to the period, by target and area.

    The stored ones; where a roll-up is pending, the whole year is added up.
    """
    nodes = {engine.OWN: set(), engine.AREA: {area.pk for area in areas}, engine.LEVEL: set()}
    if PendingRollup.objects.filter(plan=plan).exists() or not engine.is_computed(plan):
        rows = engine.add_up(plan, targets=targets, nodes=nodes)
    else:
        rows = iter(engine.stored_sums(targets, nodes))
    sums = defaultdict(list)
    for row in rows:
        if row.number <= period.number:
            sums[row.target, row.node].append(row)
    return sums


def _stored(actuals):
    """Return {target: (n, d, v)} as the database stores them."""
    return {actual.target_id: _scaled(actual.numerator, actual.denominator, actual.value) for actual in actuals}


def _scaled(numerator, denominator, value):
    return tuple(
        None if part is None else cast(ExactDecimalField, Actual._meta.get_field(name)).stored(part)
        for name, part in (("numerator", numerator), ("denominator", denominator), ("value", value))
    )


def _areas(agency, day) -> list[Agency]:
    """Return the district and the province that an agency is part of on a day, the district first; itself, if it is
    one."""
    areas = Agency.objects.placed(day).filter(~Q(level=Level.COMMUNE) | Q(pk=agency.pk))
    placed: dict[int | None, Agency] = {area.pk: area for area in areas}
    line = [placed[agency.pk], placed.get(placed[agency.pk].parent_as_of)]
    if line[1] is not None:
        line.append(placed.get(line[1].parent_as_of))
    return [area for area in line if area is not None and area.level in (Level.DISTRICT, Level.PROVINCE)]


def _part(rule, months, number, due) -> _Part:
    """Return an agency's part as of a period from its figures by month (docs: domain, Timing); due: last due, 0 where
    none is."""
    if not months:
        return NOTHING
    last = max(months)
    counted = months.values() if rule.timing == Timing.FLOW else [months[last]]
    sums = [sum(part or 0 for part in column) for column in zip(*counted, strict=True)]
    n, d, v = sums
    weight = (months[last][1] or 0) if due else 0
    is_fresh = bool(due) and last >= due
    return _Part(n, d, v, 1, int(last == number), int(is_fresh), weight, weight if is_fresh else 0)


def _effect(plan, rule, area, rows, change, tracked, sums) -> Effect:
    """Return a node judged as it is and as it would be. sums: the readers of the target's sums before and after."""
    was, will = change
    last = rows[-1]
    then = last._replace(
        o_n=last.o_n + will.n - was.n,
        o_d=last.o_d + will.d - was.d,
        o_v=last.o_v + will.v - was.v,
        o_figures=last.o_figures + will.figures - was.figures,
        o_points=last.o_points + will.points - was.points,
        o_weight=last.o_weight + will.weight - was.weight,
        o_fresh=last.o_fresh + will.fresh - was.fresh,
    )
    before, after = (
        judge(rule, reader.series(series, Basis.OFFICIAL.value), tracked)
        for reader, series in zip(sums, (rows, [*rows[:-1], then]), strict=True)
    )
    return Effect(
        area,
        _standing(plan, rule, before, last.approved, last),
        _standing(plan, rule, after, last.approved + will.approved - was.approved, last),
    )


def _standing(plan, rule, judged, counted, row) -> StatusBefore:
    *_, judged = judged
    return StatusBefore(
        value=None if judged.value is None else unscale(judged.value, VALUE_PLACES),
        is_judged=judged.is_judged,
        required=None if judged.required is None else unscale(judged.required, VALUE_PLACES),
        status=judged.status,
        counted=counted,
        expected=row.expected,
        low_coverage=is_low(
            counted, row.expected, plan.min_coverage, judged.fresh and unscale(judged.fresh, VALUE_PLACES)
        ),
        nothing=nothing_of(
            rule.kind,
            value=judged.value,
            numerator=judged.numerator,
            expected=row.expected,
            reported=row.reported,
        ),
    )
