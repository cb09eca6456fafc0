"""The registry of shared denominators: numbers of a unit, stored once, each version with its day and its source
(docs/decisions/0213)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from agencies.models import Agency, Level, User
from agencies.models.agency import AgencyQuerySet
from agencies.roles import Role
from core import clock, formatting
from core.audit.services import audit
from indicators.audit_acts import PlanAct
from indicators.errors import ActionNotAllowed
from indicators.models import (
    Assignment,
    DenominatorValue,
    Plan,
    ReportingPeriod,
    SharedDenominator,
)
from indicators.periods import plan_guard


@dataclass(frozen=True)
class RegistryCell:
    """A unit's number of one denominator that is valid in a period; version: None where there is none; targets: the
    codes of the targets that rest on it."""

    denominator: SharedDenominator
    version: DenominatorValue | None
    targets: tuple[str, ...]


@dataclass(frozen=True)
class RegistryRow:
    """A unit with its numbers, in the denominators' order."""

    agency: Agency
    cells: tuple[RegistryCell, ...]


def units_of(user: User) -> AgencyQuerySet:
    """Return the units whose numbers a user may store: their own as its focal point, the communes below their district,
    all for the standing agency."""
    if user.is_active and user.holds(Role.STANDING):
        return Agency.objects.all()
    return Agency.objects.filter(pk__in=Agency.objects.filled_in_by(user).values("pk"))


def registry(plan: Plan, period: ReportingPeriod, units: Iterable[Agency]) -> list[RegistryRow]:
    """Return the units that a shared denominator is needed of, with its numbers valid in a period. Three queries.

    A denominator is needed of a unit where a target that rests on it is assigned to the unit; the province where a target is
    reported for the whole of it.
    """
    needed, codes = _needed(plan, period)
    denominators = list(SharedDenominator.objects.all())
    units = list(units)
    versions: dict[tuple[int, int], DenominatorValue] = {}
    valid = DenominatorValue.objects.valid_in(period.window_last).filter(agency__in=units)
    for version in valid.select_related("stored_by", "from_period__plan"):
        versions.setdefault((version.agency_id, version.denominator_id), version)
    rows = []
    for unit in units:
        wanted = [one for one in denominators if one.pk in needed[_key(unit)]]
        cells = [RegistryCell(one, versions.get((unit.pk, one.pk)), tuple(codes[_key(unit), one.pk])) for one in wanted]
        if cells:
            rows.append(RegistryRow(unit, tuple(cells)))
    return rows


def _key(unit: Agency) -> int | None:
    """Return the key of a unit in `_asked`: None for the province as a whole."""
    return None if unit.level == Level.PROVINCE else unit.pk


def _needed(
    plan: Plan, period: ReportingPeriod
) -> tuple[defaultdict[int | None, set[int]], defaultdict[tuple[int | None, int], list[str]]]:
    """Return the denominators needed of each unit, and the targets that rest on them. One query. None: the province."""
    needed: defaultdict[int | None, set[int]] = defaultdict(set)
    codes: defaultdict[tuple[int | None, int], list[str]] = defaultdict(list)
    assigned = Assignment.objects.in_force(period.window_last).filter(target__plan=plan)
    columns = (
        "agency",
        "target__denominator_use__denominator",
        "target__denominator_use__of_province",
        "target__code",
    )
    used = assigned.filter(target__denominator_use__isnull=False).order_by("target__position")
    for agency, denominator, of_province, code in used.values_list(*columns):
        unit = None if of_province else agency
        needed[unit].add(denominator)
        if code not in codes[unit, denominator]:
            codes[unit, denominator].append(code)
    return needed, codes


def versions(agency: Agency, denominator: SharedDenominator) -> list[DenominatorValue]:
    """Return all versions of a unit's number, the newest first. One query."""
    stored = DenominatorValue.objects.filter(agency=agency, denominator=denominator)
    return list(stored.select_related("stored_by", "from_period__plan").order_by("-number"))


@transaction.atomic
def store(
    *,
    agency: Agency,
    denominator: SharedDenominator,
    from_period: ReportingPeriod,
    value: Decimal,
    as_of: dt.date,
    source: str,
    by: User,
    address: str | None = None,
) -> DenominatorValue:
    """Store a new version of a unit's number, valid from a period on; figures reported before keep theirs. Raises
    ActionNotAllowed."""
    plan_guard.require_open(from_period.plan)
    if not units_of(by).filter(pk=agency.pk).exists():
        raise ActionNotAllowed("Mẫu số này của đơn vị khác. Không có gì thay đổi.")
    if value <= 0 or value % 1:
        raise ActionNotAllowed("Mẫu số là số đếm: ghi số nguyên lớn hơn 0.")
    if not source.strip():
        raise ActionNotAllowed("Ghi rõ nguồn của số.")
    if as_of > clock.today():
        raise ActionNotAllowed("Số liệu không thể tính đến một ngày chưa tới.")
    # Versions of one unit are numbered one after the other.
    Agency.objects.select_for_update(of=("self",)).get(pk=agency.pk)
    stored = DenominatorValue.objects.filter(agency=agency, denominator=denominator)
    latest = stored.aggregate(Max("number"))["number__max"] or 0
    version = DenominatorValue.objects.create(
        denominator=denominator,
        agency=agency,
        number=latest + 1,
        from_period=from_period,
        value=value,
        as_of=as_of,
        source=source,
        stored_at=clock.now(),
        stored_by=by,
    )
    audit(
        by=by,
        act=PlanAct.STORE_DENOMINATOR,
        label=f"{denominator.label}, {agency.full_name}",
        address=address,
        agency=agency.code,
        denominator=denominator.code,
        value=formatting.number(value),
        from_period=from_period.code,
        as_of=as_of.isoformat(),
        source=version.source,
        number=version.number,
    )
    return version


@transaction.atomic
def store_many(
    *,
    numbers: Iterable[tuple[Agency, SharedDenominator, Decimal]],
    from_period: ReportingPeriod,
    as_of: dt.date,
    source: str,
    by: User,
    address: str | None = None,
) -> list[DenominatorValue]:
    """Store numbers of several units from one source, all or none. Raises ActionNotAllowed."""
    return [
        store(
            agency=agency,
            denominator=denominator,
            from_period=from_period,
            value=value,
            as_of=as_of,
            source=source,
            by=by,
            address=address,
        )
        for agency, denominator, value in numbers
    ]
