"""Preview of a change of the organisation: it is carried out in a transaction, compared, and rolled back."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from agencies.models import GROUP_WORDS, GROUPS, Agency, Level, Succession, share_words
from core import formatting
from core.formatting import sort_key
from indicators.models import Assignment, DenominatorValue, Plan, PlanState, ReportingPeriod


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
    """Effects on a plan from `first` on, its first period whose window ends on the day or later; None where no period is
    concerned. Earlier periods stay unchanged. parts, denominators: of whichever plan; others: the effects on further plans."""

    plan: Plan | None
    first: ReportingPeriod | None
    agencies: tuple[AgencyEffect, ...] = ()
    rollups: tuple[RollupEffect, ...] = ()
    parts: tuple[PartEffect, ...] = ()
    denominators: tuple[DenominatorEffect, ...] = ()
    others: tuple["Effects", ...] = ()

    @property
    def every(self) -> tuple["Effects", ...]:
        """Return the effects on each plan, this one first."""
        return (self, *self.others)


def preview(act: Callable[[], object], from_day: dt.date) -> Effects:
    """Return the effects of an act on every plan that is not closed and has periods from its day on; nothing is kept. Exceptions
    of the act are not caught. Each plan costs two queries, each last day of a first period eight."""
    concerned = ReportingPeriod.objects.filter(window_last__gte=from_day).exclude(plan__state=PlanState.CLOSED)
    firsts: dict[int, ReportingPeriod] = {}
    for period in concerned.select_related("plan").order_by("plan__year", "plan", "window_last", "number"):
        firsts.setdefault(period.plan_id, period)
    with transaction.atomic():
        before = _looks(firsts.values())
        act()
        after = _looks(firsts.values())
        transaction.set_rollback(True)
    if not firsts:
        return Effects(Plan.objects.in_view(), None)
    first, *others = (_effects(firsts[plan], before[plan], after[plan]) for plan in firsts)
    return replace(first, others=tuple(replace(other, parts=(), denominators=()) for other in others))


def _effects(first: ReportingPeriod, before: "_Look", after: "_Look") -> Effects:
    """Return the difference between two looks at a plan in its first period."""
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
    return Effects(first.plan, first, tuple(agencies), tuple(rollups), tuple(parts), tuple(denominators))


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


def _looks(periods: Iterable[ReportingPeriod]) -> dict[int, _Look]:
    """Return a look at each plan in its period, by the plan's key; the tree of a day is read once."""
    trees: dict[dt.date, _Tree] = {}
    looks = {}
    for period in periods:
        day = period.window_last
        if day not in trees:
            trees[day] = _tree(day)
        looks[period.plan_id] = _look(period, trees[day])
    return looks


class _Tree(NamedTuple):
    """The tree of a day with the names of its agencies, parts of territories that move, and shared denominators."""

    agencies: dict[int, Agency]
    names: dict[int, str]
    parts: frozenset[_Part]
    numbers: dict[tuple[int, str], Decimal]


def _tree(day: dt.date) -> _Tree:
    names = {agency.pk: agency.full_name for agency in Agency.objects.placed(day).select_related("parent").in_order()}
    agencies = {agency.pk: agency for agency in Agency.objects.placed(day)}
    shares = Succession.objects.filter(share__isnull=False)
    parts = frozenset(_Part(row.after_id, row.before_id, row.share or Decimal(0), row.first_day) for row in shares)
    numbers: dict[tuple[int, str], Decimal] = {}
    valid = DenominatorValue.objects.valid_in(day).values_list("agency", "denominator__label", "value")
    for pk, label, value in valid:
        numbers.setdefault((pk, label), value)
    return _Tree(agencies, names, parts, numbers)


def _look(period: ReportingPeriod, tree: _Tree) -> _Look:
    duties: dict[int, set[str]] = defaultdict(set)
    positions: dict[str, int] = {}
    for agency_pk, code, position in (
        Assignment.objects.in_force(period.window_last)
        .filter(target__plan=period.plan_id)
        .values_list("agency", "target__code", "target__position")
    ):
        duties[agency_pk].add(code)
        positions[code] = position
    members: dict[int | str, set[int]] = defaultdict(set)
    groups: dict[str, str] = {level: group for group, level in GROUPS.items()}
    for pk in duties:
        agency = tree.agencies[pk]
        parent = agency.parent_as_of
        above = [pk, parent, tree.agencies[parent].parent_as_of if parent else None]
        for node in above:
            if node is not None and tree.agencies[node].level in (Level.PROVINCE, Level.DISTRICT):
                members[node].add(pk)
        if agency.level in groups:
            members[groups[agency.level]].add(pk)
    codes_of = {pk: frozenset(codes) for pk, codes in duties.items()}
    return _Look(tree.names, codes_of, dict(members), positions, tree.parts, tree.numbers)


def _in_order(codes: Iterable[str], look: _Look) -> tuple[str, ...]:
    return tuple(sorted(codes, key=look.positions.__getitem__))
