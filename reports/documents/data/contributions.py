"""What moved a total: the parts of the districts and departments in the changes of the targets that moved most."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db.models import OuterRef, Q, Subquery

from agencies.models import Agency, Level
from core import formatting
from indicators.models import Rollup, Scope
from indicators.rules.change import ratio_change
from indicators.rules.kinds import Kind

MOST_TARGETS = 3
MOST_PARTS = 3


@dataclass(frozen=True)
class Contribution:
    """One target's change as it is shown; `parts`: the largest, and `rest`: all others together, as they are printed: they add up
    to it; has_rest: did others move it too, by as much as is shown?"""

    code: str
    label: str
    unit: str
    total: Decimal
    parts: Sequence[tuple[str, Decimal]]
    rest: Decimal
    has_rest: bool
    is_cumulative: bool = False


def contributions(asked, lines) -> list[Contribution]:
    """Of the ratios that moved most since the span before, who moved them, by the names and in the places of the span's end.
    One query; none for a single agency."""
    agency, day = asked.subject.agency, asked.period.window_last
    if asked.previous is None or asked.subject.scope != Scope.AREA:
        return []
    moved = [line for line in lines if line.change and line.target.kind == Kind.RATIO and line.expected > 1]
    moved.sort(key=lambda line: -abs(line.change))
    moved = {line.target.pk: line for line in moved[:MOST_TARGETS]}
    if not moved:
        return []
    if agency.level == Level.PROVINCE:
        nodes = Q(scope=Scope.AREA, agency__level=Level.DISTRICT)
        nodes |= Q(scope=Scope.OWN, agency__level__in=(Level.PROVINCE, Level.DEPARTMENT, Level.OTHER))
    else:
        nodes = Q(scope=Scope.OWN, agency__in=Agency.objects.placed_within(agency, day).values("pk"))
    rows = Rollup.objects.filter(
        nodes, target__in=moved, basis=asked.basis, period__in=[asked.previous.pk, asked.period.pk]
    ).exclude(denominator=None)
    called = Agency.objects.named(day).filter(pk=OuterRef("agency")).values("name_as_of")
    sides, names = defaultdict(lambda: ({}, {})), {}
    for target, period, pk, name, n, d in rows.annotate(called=Subquery(called)).values_list(
        "target_id", "period_id", "agency_id", "called", "numerator", "denominator"
    ):
        sides[target][period == asked.period.pk][pk] = (Fraction(n), Fraction(d))
        # A district stands for its whole area, but not in its own report.
        names[pk] = name if pk == agency.pk else name.removeprefix("UBND ")
    found = (_contribution(line, ratio_change(*sides[pk]), names) for pk, line in moved.items())
    return [one for one in found if one is not None and one.parts]


def _contribution(line, change, names):
    target = line.target
    total = formatting.change(line.value, line.value_before, target.unit)
    if change is None or not change.total or not total:
        return None
    parts = sorted(change.parts.items(), key=lambda part: -abs(part[1]))
    top, others = parts[:MOST_PARTS], sum((part for _, part in parts[MOST_PARTS:]), Fraction(0))
    *printed, rest = formatting.parts([*(part for _, part in top), *([others] if others else [])], total, 2) + (
        [] if others else [Decimal(0)]
    )
    told = [(names[pk], shown) for (pk, part), shown in zip(top, printed, strict=True) if part]
    return Contribution(
        target.code, target.label, target.unit, total, told, rest, bool(others) and rest != 0, target.is_cumulative
    )
