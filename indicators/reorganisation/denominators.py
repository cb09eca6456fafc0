"""Shared denominators of agencies that merge or give a part of their territory away (docs/decisions/0305).

What the registry says of an agency before the day is its base. From the day on an agency has its base, less the parts that go, and
with what comes: a part is the share of the giver's base, rounded down to a whole number, so that nothing is lost and nothing made.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Max, Q, QuerySet

from agencies.models import Agency, Succession, User
from core import clock, formatting
from indicators.errors import ActionNotAllowed
from indicators.models import DenominatorValue, PlanState, ReportingPeriod

# Agency and shared denominator, by primary keys.
_Key = tuple[int, int]


def part_of(base: Decimal, share: Decimal) -> Decimal:
    """Return the part of a number that goes with a share of the territory: a whole number, rounded down."""
    return Decimal(int(base * share))


def follow_successions(agencies: Collection[Agency], first_day: dt.date, *, by: User) -> None:
    """Store the numbers that agencies have from a day on by the mergers and parts of that day, in place of those that were stored
    for them before. Raises ActionNotAllowed where a part goes and no period of an open plan is there to begin with.

    A number that a person stored after them stays. Where a base is missing nothing is stored for who rests on it. At most seven
    queries, and one a number; three where the agencies have none in the registry.
    """
    near = _with_others({agency.pk for agency in agencies}, first_day)
    far = _with_others(near, first_day)
    if not DenominatorValue.objects.filter(agency__in=far).exists():
        return
    rows = list(_rows(far, first_day).order_by("pk"))
    open_periods = ReportingPeriod.objects.filter(window_last__gte=first_day).exclude(plan__state=PlanState.CLOSED)
    period = open_periods.order_by("window_last", "pk").first()
    if period is None:
        if any(row.share is not None for row in rows):
            raise ActionNotAllowed(
                f"Chưa có kỳ báo cáo nào chốt số liệu từ ngày {formatting.date(first_day)} để ghi mẫu số dùng chung mới: "
                "lập kế hoạch của năm đó trước. Chưa thay đổi gì."
            )
        return
    registry = _Registry.read(far, first_day, period)
    DenominatorValue.objects.filter(agency__in=near, moved_by__first_day=first_day).delete()
    begun = set(Agency.objects.filter(pk__in=near, first_day=first_day).values_list("pk", flat=True))
    for key in sorted((agency, denominator) for agency in near for denominator in registry.denominators):
        reckoned = _reckon(key, rows, registry.bases, is_new=key[0] in begun)
        if reckoned is None or key in registry.corrected:
            continue
        value, rests_on, row = reckoned
        DenominatorValue.objects.create(
            agency_id=key[0],
            denominator_id=key[1],
            number=registry.newest[key] + 1,
            from_period=period,
            value=value,
            as_of=min(version.as_of for version in rests_on),
            source=f"{rests_on[0].source[:150]}, theo sắp xếp địa bàn từ {formatting.date(first_day)}",
            stored_at=clock.now(),
            stored_by=by,
            moved_by=row,
        )


def _rows(agencies: Iterable[int], first_day: dt.date) -> QuerySet[Succession]:
    """Return the mergers and the parts of a day that concern agencies."""
    whole_or_part = Q(way=Succession.Way.MERGED) | Q(share__isnull=False)
    return Succession.objects.filter(whole_or_part, Q(before__in=agencies) | Q(after__in=agencies), first_day=first_day)


def _with_others(agencies: set[int], first_day: dt.date) -> set[int]:
    """Return agencies with those that the mergers and parts of a day join to them. One query."""
    pairs = _rows(agencies, first_day).values_list("before", "after")
    return agencies | {agency for pair in pairs for agency in pair}


@dataclass
class _Registry:
    """The registry of agencies in the first period of a day: bases, the numbers before those of that day; corrected: whose
    number a person stored after it; newest: the highest number of a version."""

    bases: dict[_Key, DenominatorValue] = field(default_factory=dict)
    corrected: set[_Key] = field(default_factory=set)
    newest: defaultdict[_Key, int] = field(default_factory=lambda: defaultdict(int))
    denominators: set[int] = field(default_factory=set)

    @classmethod
    def read(cls, agencies: Collection[int], first_day: dt.date, period: ReportingPeriod) -> "_Registry":
        """Read it. Two queries."""
        registry = cls()
        stored = DenominatorValue.objects.filter(agency__in=agencies)
        for agency, denominator, number in (
            stored.order_by().values("agency", "denominator").annotate(Max("number")).values_list(*_NEWEST)
        ):
            registry.newest[agency, denominator] = number
            registry.denominators.add(denominator)
        versions: dict[_Key, list[DenominatorValue]] = defaultdict(list)
        for version in stored.valid_in(period.window_last).select_related("moved_by"):
            versions[version.agency_id, version.denominator_id].append(version)
        for key, newest_first in versions.items():
            moved = [each.number for each in newest_first if _is_of_day(each, first_day)]
            others = [each for each in newest_first if not _is_of_day(each, first_day)]
            earlier = [each for each in others if not moved or each.number < min(moved)]
            if earlier:
                registry.bases[key] = earlier[0]
            if len(earlier) < len(others):
                registry.corrected.add(key)
        return registry


_NEWEST = ("agency", "denominator", "number__max")


def _is_of_day(version: DenominatorValue, first_day: dt.date) -> bool:
    return version.moved_by is not None and version.moved_by.first_day == first_day


def _reckon(
    key: _Key, rows: Sequence[Succession], bases: dict[_Key, DenominatorValue], *, is_new: bool
) -> tuple[Decimal, list[DenominatorValue], Succession] | None:
    """Return an agency's number from the day on, the numbers that it rests on, and one of its successions; None where none of the
    day changes it, the agency merges away, or a number that it rests on is missing."""
    agency, denominator = key
    parts = [row for row in rows if row.share is not None]
    came = [row for row in rows if row.after_id == agency]
    went = [row for row in parts if row.before_id == agency]
    merges_away = any(row.share is None and row.before_id == agency for row in rows)
    if merges_away or not (came or went) or (key not in bases and not is_new):
        return None
    rests_on = [bases[key]] if key in bases else []
    value = bases[key].value if key in bases else Decimal(0)
    for row in went:
        value -= part_of(bases[key].value, row.share or Decimal(0)) if key in bases else 0
    for row in came:
        base = bases.get((row.before_id, denominator))
        if base is None:
            return None
        rests_on.append(base)
        if row.share is not None:
            value += part_of(base.value, row.share)
        else:
            gone = (part_of(base.value, part.share or Decimal(0)) for part in parts if part.before_id == row.before_id)
            value += base.value - sum(gone, Decimal(0))
    return (value, rests_on, (came or went)[0]) if value > 0 else None
