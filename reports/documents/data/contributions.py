"""The contributions of districts and departments to the changes of the targets that moved most."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db.models import OuterRef, Q, Subquery

from agencies.models import Agency, Level
from core import formatting
from indicators.models import Rollup, Scope
from indicators.rules.change import Change, ratio_change
from reports.dashboards.queries.target_rows import TargetResult
from reports.documents.request import ReportRequest

MOST_TARGETS = 3
MOST_PARTS = 3


# (N, D) by agency.
Sums = dict[Hashable, tuple[int | Fraction, int | Fraction]]


@dataclass(frozen=True)
class Contribution:
    """One target's change as it is shown. parts: the largest ones, and rest: all others together, as they are printed:
    they add up to the total; has_rest: others moved it too, by a visible amount."""

    code: str
    label: str
    unit: str
    total: Decimal
    parts: Sequence[tuple[str, Decimal]]
    rest: Decimal
    has_rest: bool
    is_cumulative: bool = False


def contributions(request: ReportRequest, lines: Sequence[TargetResult]) -> list[Contribution]:
    """Return, for the ratios that moved most since the report period before, the agencies that moved them, by the names
    and placements at the period's end. One query; none for a single agency."""
    agency, day = request.subject.agency, request.period.window_last
    if request.previous is None or request.subject.scope != Scope.AREA:
        return []
    moved = [(line.change, line) for line in lines if line.change and line.target.rules.has_parts and line.expected > 1]
    moved.sort(key=lambda pair: -abs(pair[0]))
    by_target = {line.target.pk: line for _, line in moved[:MOST_TARGETS]}
    if not by_target:
        return []
    if agency.level == Level.PROVINCE:
        below = Agency.objects.placed_below(agency, day).values("pk")
        nodes = Q(scope=Scope.AREA, agency__level=Level.DISTRICT)
        nodes |= Q(scope=Scope.OWN, agency__level__in=(Level.PROVINCE, Level.DEPARTMENT, Level.OTHER))
        nodes |= Q(scope=Scope.OWN, agency__level=Level.COMMUNE, agency__in=below)
    else:
        nodes = Q(scope=Scope.OWN, agency__in=Agency.objects.placed_within(agency, day).values("pk"))
    rows = Rollup.objects.filter(
        nodes, target__in=by_target, basis=request.basis, period__in=[request.previous.pk, request.period.pk]
    ).exclude(denominator=None)
    named = Agency.objects.named(day).filter(pk=OuterRef("agency"))
    # The stubs do not know the names that `named` annotates.
    names_then = named.values("name_as_of")  # type: ignore[misc]
    sides: dict[int, tuple[Sums, Sums]] = defaultdict(lambda: ({}, {}))
    names: dict[Hashable, str] = {}
    for target, period, pk, name, n, d in rows.annotate(called=Subquery(names_then)).values_list(
        "target_id", "period_id", "agency_id", "called", "numerator", "denominator"
    ):
        sides[target][period == request.period.pk][pk] = (Fraction(n or 0), Fraction(d or 0))
        # A district represents its whole area, but not in its own report.
        names[pk] = name if pk == agency.pk else name.removeprefix("UBND ")
    changes = (contribution_of(line, ratio_change(*sides[pk]), names) for pk, line in by_target.items())
    return [one for one in changes if one is not None and one.parts]


def contribution_of(line: TargetResult, change: Change | None, names: Mapping[Hashable, str]) -> Contribution | None:
    target = line.target
    total = formatting.change(line.value, line.value_before, target.unit)
    if change is None or not change.total or not total:
        return None
    parts = sorted(change.parts.items(), key=lambda part: -abs(part[1]))
    top, others = parts[:MOST_PARTS], sum((part for _, part in parts[MOST_PARTS:]), Fraction(0))
    *printed, rest = formatting.parts([*(part for _, part in top), *([others] if others else [])], total, 2) + (
        [] if others else [Decimal(0)]
    )
    named_parts = [(names[pk], shown) for (pk, part), shown in zip(top, printed, strict=True) if part]
    return Contribution(
        target.code,
        target.label,
        target.unit,
        total,
        named_parts,
        rest,
        bool(others) and rest != 0,
        target.is_cumulative,
    )
