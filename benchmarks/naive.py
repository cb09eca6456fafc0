"""Roll-ups as other published systems compute them: an object at a time through the ORM, for every node, month and basis the
figures fetched, added up in Python and saved. Exact, like the product. For a few targets only, because it is slow.
"""

from collections.abc import Collection, Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from agencies.models import Agency
from indicators.models import Actual, Assignment, ReportingPeriod, Rollup, Target

MICRO = Decimal("0.000001")


def roll_up(targets: Iterable[Target], months: Collection[int] = range(1, 13), agency: Agency | None = None) -> None:
    """Store every row of the targets, or those of an agency and the nodes above it."""
    for target in targets:
        for period in target.plan.periods.filter(number__in=months):
            for scope, node, members in nodes(target, agency):
                for basis in ("official", "provisional"):
                    save(target, period, scope, node, members, basis)


def nodes(target: Target, agency: Agency | None) -> Iterator[tuple[str, Any, list[Agency]]]:
    """Yield the (scope, node, its reporting agencies) of a target; only the nodes of one agency where one is given."""
    reporters = [a.agency for a in Assignment.objects.filter(target=target).select_related("agency__parent")]
    yield from (("own", reporter, [reporter]) for reporter in reporters if agency in (None, reporter))
    for area in Agency.objects.filter(level__in=["province", "district"]):
        below = [r for r in reporters if area in (r, r.parent, r.parent and r.parent.parent)]
        if below and (agency is None or agency in below):
            yield "area", area, below
    for level in ("department", "district", "commune"):
        same = [r for r in reporters if r.level == level]
        if same and (agency is None or agency in same):
            yield "level", f"@{level}s", same


def save(
    target: Target, period: ReportingPeriod, scope: str, node: Any, members: Collection[Agency], basis: str
) -> None:
    """Store one row: its value, and the number of agencies with a figure."""
    flag = {"official": "submission__is_official", "provisional": "submission__is_provisional"}[basis]
    figures = Actual.objects.filter(
        target=target, submission__agency__in=members, submission__period__number__lte=period.number, **{flag: True}
    ).select_related("submission__period")
    latest, flow = {}, target.timing == "flow"
    for figure in figures.order_by("submission__period__number"):
        latest.setdefault(figure.submission.agency_id, []).append(figure)
    counted = [figure for mine in latest.values() for figure in (mine if flow else mine[-1:])]
    code = node if scope == "level" else node.code
    row = Rollup.objects.filter(target=target, period=period, basis=basis, scope=scope, node=code).first()
    row = row or Rollup(target=target, period=period, basis=basis, scope=scope, node=code, expected=0, reported=0)
    row.value = value(target, counted, len(members), len(latest))
    if basis == "official":
        row.approved = len(latest)
    row.save()


def value(target: Target, counted: list[Actual], assigned: int, reported: int) -> Decimal | None:
    """Return the node's value from its figures."""
    if not counted:
        return None
    if target.kind == "ratio":
        n, d = sum(figure.numerator for figure in counted), sum(figure.denominator for figure in counted)
        return (100 * n / d).quantize(MICRO, ROUND_HALF_UP) if d else None
    total = sum(figure.value for figure in counted)
    if target.kind == "yes_no":
        return (100 * total / assigned).quantize(MICRO, ROUND_HALF_UP)
    if target.kind == "milestone":
        return (total / reported).quantize(MICRO, ROUND_HALF_UP)
    return total if target.kind == "count" or assigned == 1 else None
