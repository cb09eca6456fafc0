"""Preview of a change of the organisation: it is carried out in a transaction, compared, and rolled back."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from agencies.models import GROUP_WORDS, GROUPS, Agency, Level, Succession, share_words
from core import formatting
from core.formatting import sort_key
from indicators.models import Assignment, DenominatorValue, Plan, ReportingPeriod


@dataclass(frozen=True)
class AgencyEffect:
    """An agency whose targets change: codes of the targets that it loses and gains."""

    name: str
    loses: tuple[str, ...]
    gains: tuple[str, ...]


@dataclass(frozen=True)
class RollupEffect:
    """A roll-up whose members change: the number of its agencies before and after."""

    name: str
    before: int
    after: int
    goes: tuple[str, ...]
    comes: tuple[str, ...]


@dataclass(frozen=True)
class PartEffect:
    """A part of a territory that goes to another agency; is_undone: it stays after all."""

    receiver: str
    giver: str
    share: Decimal
    first_day: dt.date
    is_undone: bool

    @property
    def sentence(self) -> str:
        """Return `UBND xã Y từ 01/07/2025 nhận 30% địa bàn của UBND xã X`."""
        verb = "không nhận" if self.is_undone else "nhận"
        day = formatting.date(self.first_day)
        return f"{self.receiver} từ {day} {verb} {share_words(self.share)} địa bàn của {self.giver}"


@dataclass(frozen=True)
class DenominatorEffect:
    """A shared denominator of an agency that changes; None where it has none."""

    name: str
    denominator: str
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True)
class Effects:
    """Effects from `first` on, the first period whose window ends on the day or later; None where no period is
    concerned. Earlier periods stay unchanged."""

    plan: Plan | None
    first: ReportingPeriod | None
    agencies: tuple[AgencyEffect, ...] = ()
    rollups: tuple[RollupEffect, ...] = ()
    parts: tuple[PartEffect, ...] = ()
    denominators: tuple[DenominatorEffect, ...] = ()


def preview(act: Callable[[], object], from_day: dt.date) -> Effects:
    """Return the effects of an act on the plan of its day; nothing is kept. Exceptions of the act are not caught."""
    concerned = ReportingPeriod.objects.filter(window_last__gte=from_day).select_related("plan")
    first = concerned.order_by("plan__year", "number", "plan").first()
    plan = first.plan if first else Plan.objects.in_view()
    with transaction.atomic():
        before = _look(plan, first) if plan and first else None
        act()
        after = _look(plan, first) if plan and first else None
        transaction.set_rollback(True)
    if plan is None or first is None or before is None or after is None:
        return Effects(plan, None)
    names = before.names | after.names
    agencies = []
    for pk in sorted(before.duties.keys() | after.duties.keys(), key=lambda pk: sort_key(names[pk])):
        was, now = before.duties.get(pk, frozenset()), after.duties.get(pk, frozenset())
        if was != now:
            loses, gains = _in_order(was - now, before), _in_order(now - was, after)
            agencies.append(AgencyEffect(names[pk], loses, gains))
    rollups = []
    for node in [*before.members, *(node for node in after.members if node not in before.members)]:
        members_before, members_after = before.members.get(node, set()), after.members.get(node, set())
        if members_before != members_after:
            gone, come = members_before - members_after, members_after - members_before
            goes, comes = (tuple(sorted((names[pk] for pk in pks), key=sort_key)) for pks in (gone, come))
            label = names[node] if isinstance(node, int) else GROUP_WORDS[node]
            rollups.append(RollupEffect(label, len(members_before), len(members_after), goes, comes))
    keys = sorted(before.numbers.keys() | after.numbers.keys(), key=lambda key: (sort_key(names[key[0]]), key[1]))
    denominators = [
        DenominatorEffect(names[pk], label, before.numbers.get((pk, label)), after.numbers.get((pk, label)))
        for pk, label in keys
        if before.numbers.get((pk, label)) != after.numbers.get((pk, label))
    ]
    parts = [
        PartEffect(names[part.receiver], names[part.giver], part.share, part.first_day, is_undone)
        for some, is_undone in ((after.parts - before.parts, False), (before.parts - after.parts, True))
        for part in sorted(some)
    ]
    return Effects(plan, first, tuple(agencies), tuple(rollups), tuple(parts), tuple(denominators))


class _Part(NamedTuple):
    receiver: int
    giver: int
    share: Decimal
    first_day: dt.date


@dataclass(frozen=True)
class _Look:
    """Targets of the agencies and members of the roll-ups on a day, parts of territories that move, and shared denominators by
    agency and label."""

    names: dict[int, str]
    duties: dict[int, frozenset[str]]
    members: dict[int | str, set[int]]
    positions: dict[str, int]
    parts: frozenset[_Part]
    numbers: dict[tuple[int, str], Decimal]


def _look(plan: Plan, period: ReportingPeriod) -> _Look:
    day = period.window_last
    duties: dict[int, set[str]] = defaultdict(set)
    positions: dict[str, int] = {}
    for agency_pk, code, position in (
        Assignment.objects.in_force(day)
        .filter(target__plan=plan)
        .values_list("agency", "target__code", "target__position")
    ):
        duties[agency_pk].add(code)
        positions[code] = position
    names: dict[int, str] = {}
    members: dict[int | str, set[int]] = defaultdict(set)
    for agency in Agency.objects.placed(day).select_related("parent").in_order():
        names[agency.pk] = agency.full_name
    groups: dict[str, str] = {level: group for group, level in GROUPS.items()}
    tree = {agency.pk: agency for agency in Agency.objects.placed(day)}
    for pk in duties:
        agency = tree[pk]
        above = [pk, agency.parent_as_of, tree[agency.parent_as_of].parent_as_of if agency.parent_as_of else None]
        for node in above:
            if node is not None and tree[node].level in (Level.PROVINCE, Level.DISTRICT):
                members[node].add(pk)
        if agency.level in groups:
            members[groups[agency.level]].add(pk)
    shares = Succession.objects.filter(share__isnull=False)
    numbers: dict[tuple[int, str], Decimal] = {}
    valid = DenominatorValue.objects.valid_in(day).values_list("agency", "denominator__label", "value")
    for pk, label, value in valid:
        numbers.setdefault((pk, label), value)
    return _Look(
        names,
        {pk: frozenset(codes) for pk, codes in duties.items()},
        dict(members),
        positions,
        frozenset(_Part(row.after_id, row.before_id, row.share or Decimal(0), row.first_day) for row in shares),
        numbers,
    )


def _in_order(codes: Iterable[str], look: _Look) -> tuple[str, ...]:
    return tuple(sorted(codes, key=look.positions.__getitem__))
