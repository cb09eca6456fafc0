"""Figures of ended agencies that go on counting until all their successors have reported (docs: domain, Roll-up,
Successors), and figures of agencies that gave or took a part, which count anew together (docs/decisions/0302).

SQL adds up the agencies that are assigned; this module says by what the sums of an area or a level differ from that while
the state before a reorganisation stands in them. Reorganisations are few, so plain Python is fast enough.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q

from agencies.models import Agency, Succession
from indicators.models import Assignment, Basis, Exemption, Plan
from indicators.rollups.agency_figures import AgencyFigure, figures_of
from indicators.rollups.memberships import Memberships, memberships
from indicators.rules.calendar import Window
from indicators.rules.kinds import rules_of

# Scope and node, numbered as in `engine`.
Node = tuple[int, int]


class Adjustment(NamedTuple):
    """By what a row's sums differ from those of its assigned agencies; n, d in thousandths, v in micro."""

    assigned: int
    figures: int
    n: int
    d: int
    v: int
    points: int


class Standing(NamedTuple):
    """Ended agencies that count in a row, and the days up to which the figures of their successors, and of agencies that gave
    or took a part, count there.

    An agency that had not begun by its day does not count at all.
    """

    ended: frozenset[int]
    limits: Mapping[int, dt.date]


@dataclass(frozen=True)
class _Days:
    """First and last day of an agency; None is no limit."""

    first: dt.date | None
    last: dt.date | None

    def has_begun(self, day: dt.date) -> bool:
        return self.first is None or self.first <= day

    def has_ended(self, day: dt.date) -> bool:
        return self.last is not None and self.last < day


class _Change(NamedTuple):
    """An agency that ended or gave a part away, the last day before, and who reports from then on: its successors; of a part
    itself, and who took it."""

    agency: int
    last_day: dt.date
    successors: tuple[int, ...]
    is_part: bool


# First and last day of an assignment or an exemption; None is no limit.
_Limits = tuple[dt.date | None, dt.date | None]
# The figures of one target on one basis: {agency: {month: figure}}.
_Months = Mapping[int, Mapping[int, AgencyFigure]]


class Successions:
    """The adjustments of a plan's targets; empty, after one query, where no agency with a successor ended and none gave a part."""

    def __init__(self, plan: Plan, targets: Collection[int], windows: Sequence[Window]) -> None:
        self.windows = {window.number: window.last for window in windows}
        self.changes = _changes(windows) if targets else []
        self.successors = {change.agency: change.successors for change in self.changes if not change.is_part}
        self.assigned: dict[tuple[int, int], list[tuple[_Limits, list[_Limits]]]] = {}
        # The targets whose figures add up: only of these does a part move from one figure to the other.
        self.added_up: set[int] = set()
        if not self.changes:
            return
        agencies = {one for change in self.changes for one in (change.agency, *change.successors)}
        rows = Agency.objects.filter(pk__in=agencies).values_list("pk", "first_day", "last_day")
        self.days = {pk: _Days(first, last) for pk, first, last in rows}
        self.figures = {basis: figures_of(plan, basis, agencies, targets) for basis in Basis.values}
        self.nodes: Memberships = memberships(plan, agencies)
        self._read_assignments(agencies, targets)

    def _read_assignments(self, agencies: Collection[int], targets: Collection[int]) -> None:
        """Read the days on which the agencies are assigned to the targets. Two queries."""
        exemptions: dict[int, list[_Limits]] = defaultdict(list)
        chosen = Assignment.objects.filter(agency__in=agencies, target__in=targets)
        running = Exemption.objects.filter(assignment__in=chosen)
        for pk, *limits in running.values_list("assignment", "first_day", "last_day"):
            exemptions[pk].append((limits[0], limits[1]))
        columns = ("pk", "target", "target__kind", "agency", "first_day", "last_day")
        for pk, target, kind, agency, first, last in chosen.values_list(*columns):
            self.assigned.setdefault((target, agency), []).append(((first, last), exemptions[pk]))
            if rules_of(kind).has_contributions:
                self.added_up.add(target)

    def set_figure(self, basis: str, target: int, agency: int, month: int, figure: AgencyFigure | None) -> None:
        """Read this figure (None: no figure) instead of the stored one; of agencies that take no part in a succession,
        nothing changes."""
        if self.changes:
            months = self.figures[basis][target][agency]
            months.pop(month, None)
            if figure is not None:
                months[month] = figure

    def of_target(self, target: int) -> dict[tuple[Node, int, str], Adjustment]:
        """Return the adjustments of a target that is no flow, by node, month and basis."""
        return {
            (node, number, basis): self._adjustment(target, node, number, basis, standing)
            for number in self.windows
            for basis in Basis.values
            for node, standing in self.standing(target, number, basis).items()
        }

    def standing(self, target: int, number: int, basis: str) -> dict[Node, Standing]:
        """Return the areas and levels in which the state before a reorganisation stands as of a month."""
        candidates: dict[Node, list[_Change]] = defaultdict(list)
        for change in self.changes:
            concerns = target in self.added_up or not change.is_part
            if concerns and self._is_assigned(target, change.agency, change.last_day):
                for node in self._nodes(target, change, number, self.windows[number]):
                    candidates[node].append(change)
        months = self.figures[basis].get(target, {}) if candidates else {}
        rows = {node: self._standing(target, number, changes, months) for node, changes in candidates.items()}
        return {node: standing for node, standing in rows.items() if standing.limits}

    def counts(self, agency: int, limits: Mapping[int, dt.date]) -> bool:
        """Return True where an agency had begun by the day up to which its figures count; True without such a day."""
        return agency not in limits or self.days[agency].has_begun(limits[agency])

    def _nodes(self, target: int, change: _Change, number: int, day: dt.date) -> set[Node]:
        """Return the areas and levels that hold all successors of a change assigned to the target as of a period; none before
        its day, and of a part none where only one is assigned: nothing can count twice."""
        if change.last_day >= day:
            return set()
        assigned = [one for one in self._descendants(change, day) if self._is_assigned(target, one, day)]
        if len(assigned) < (2 if change.is_part else 1):
            return set()
        return set.intersection(*(self.nodes[one, number] for one in assigned))

    def _descendants(self, change: _Change, day: dt.date) -> set[int]:
        """Return the successors of a change and, of those that have ended before the day, theirs in turn."""
        line: set[int] = set()
        waiting = list(change.successors)
        while waiting:
            one = waiting.pop()
            if one not in line and self.days[one].has_begun(day):
                line.add(one)
                if self.days[one].has_ended(day):
                    waiting += self.successors.get(one, ())
        return line

    def _is_assigned(self, target: int, agency: int, day: dt.date | None) -> bool:
        """Return True where the target is assigned to the agency on a day: both in force, and no exemption."""
        if day is None or not _holds((self.days[agency].first, self.days[agency].last), day):
            return False
        return any(
            _holds(limits, day) and not any(_holds(exemption, day) for exemption in exemptions)
            for limits, exemptions in self.assigned.get((target, agency), [])
        )

    def _standing(self, target: int, number: int, candidates: Collection[_Change], months: _Months) -> Standing:
        """Return which of the changes whose successors are all in a row stand there."""
        standing: set[_Change] = set()
        limits: dict[int, dt.date] = {}
        while True:
            more = {
                change
                for change in candidates
                if change not in standing and self._stands(target, change, number, months, limits)
            }
            if not more:
                return Standing(frozenset(change.agency for change in standing if not change.is_part), limits)
            standing |= more
            limits = self._limits(standing, self.windows[number])

    def _stands(
        self, target: int, change: _Change, number: int, months: _Months, limits: Mapping[int, dt.date]
    ) -> bool:
        """Return True where the state before a change stands: its agency has a figure of then, and a successor has none since; of
        a part, while another one has. And for as long as a figure of a successor is held back for another change (limits)."""
        until = change.last_day if change.is_part else None
        is_known = self._latest(months, change.agency, number, until) is not None
        # What an ended agency left stands for who took it over and gave a part of it away, not for who had given one before.
        taken = limits.get(change.agency) if change.is_part else None
        if not is_known and (taken is None or taken > change.last_day):
            return False
        line = self._descendants(change, self.windows[number])
        if any(self._is_held_back(months, one, number, limits) for one in line):
            return True
        if not self._is_waited_for(target, change, number, months):
            return False
        return not change.is_part or any(self._has_figure_after(months, one, number, change.last_day) for one in line)

    def _adjustment(self, target: int, node: Node, number: int, basis: str, standing: Standing) -> Adjustment:
        """Return by what a row's sums differ from those of its assigned agencies."""
        months, limits = self.figures[basis].get(target, {}), standing.limits
        total = [0] * len(Adjustment._fields)
        for agency in standing.ended:
            if self.counts(agency, limits):
                _count(total, self._latest(months, agency, number, limits.get(agency)), number, 1)
        for successor, limit in limits.items():
            if self._is_assigned(target, successor, self.windows[number]) and node in self.nodes[successor, number]:
                _count(total, self._latest(months, successor, number), number, -1)
                if self.counts(successor, limits):
                    _count(total, self._latest(months, successor, number, limit), number, 1)
        return Adjustment(*total)

    def _is_waited_for(self, target: int, change: _Change, number: int, months: _Months) -> bool:
        """Return True where a successor of a change has no figure yet for a window after its last day.

        One that ended without such a figure is replaced by its own successors; one that is not assigned is not waited for.
        """
        day = self.windows[number]
        waiting, seen = list(change.successors), set[int]()
        while waiting:
            one = waiting.pop()
            if one in seen or self._has_figure_after(months, one, number, change.last_day):
                continue
            seen.add(one)
            if self.days[one].has_ended(day):
                waiting += self.successors.get(one, ())
            elif self._is_assigned(target, one, day):
                return True
        return False

    def _limits(self, standing: Iterable[_Change], day: dt.date) -> dict[int, dt.date]:
        """Return the day up to which the figures of each successor of these changes count."""
        limits: dict[int, dt.date] = {}
        for change in standing:
            for one in self._descendants(change, day):
                limits[one] = min(change.last_day, limits.get(one, change.last_day))
        return limits

    def _is_held_back(self, months: _Months, agency: int, number: int, limits: Mapping[int, dt.date]) -> bool:
        return agency in limits and self._has_figure_after(months, agency, number, limits[agency])

    def _has_figure_after(self, months: _Months, agency: int, number: int, day: dt.date) -> bool:
        """Return True where the agency has a figure up to a month for a window that ends after a day."""
        return any(month <= number and self.windows[month] > day for month in months.get(agency, ()))

    def _latest(
        self, months: _Months, agency: int, number: int, until: dt.date | None = None
    ) -> tuple[int, AgencyFigure] | None:
        """Return the agency's latest figure up to a month, with its month, of the windows that end up to a day."""
        known = months.get(agency, {})
        counted = [month for month in known if month <= number and (until is None or self.windows[month] <= until)]
        return (max(counted), known[max(counted)]) if counted else None


def _count(total: list[int], latest: tuple[int, AgencyFigure] | None, number: int, sign: int) -> None:
    """Add an assigned agency with its latest figure, if any, to an adjustment, or take it away."""
    total[0] += sign
    if latest is None:
        return
    month, figure = latest
    for position, part in enumerate((1, *figure, int(month == number)), start=1):
        total[position] += sign * part


def _holds(days: _Limits, day: dt.date) -> bool:
    first, last = days
    return (first is None or first <= day) and (last is None or day <= last)


def _changes(windows: Sequence[Window]) -> list[_Change]:
    """Return the agencies with successors that ended, and the parts that went, before the plan's last window ended. One query."""
    parts = Q(way=Succession.Way.PARTED)
    went = parts & Q(first_day__lte=windows[-1].last)
    rows = Succession.objects.filter(went | (~parts & Q(before__last_day__lt=windows[-1].last)))
    successors: dict[tuple[int, dt.date], list[int]] = defaultdict(list)
    changes = []
    for before, last_day, after, first_day, way in rows.order_by("pk").values_list(
        "before", "before__last_day", "after", "first_day", "way"
    ):
        if way == Succession.Way.PARTED:
            changes.append(_Change(before, first_day - dt.timedelta(days=1), (before, after), True))
        elif last_day is not None:
            successors[before, last_day].append(after)
    return changes + [
        _Change(before, last_day, tuple(after), False) for (before, last_day), after in successors.items()
    ]


def heirs_of(agencies: Collection[int]) -> set[int]:
    """Return all agencies that succeeded one of these or took a part of it, in turn: its figure may count in their rows."""
    heirs: set[int] = set()
    ahead = set(agencies)
    while ahead:
        rows = Succession.objects.filter(before__in=ahead)
        ahead = set(rows.values_list("after", flat=True)) - heirs - set(agencies)
        heirs |= ahead
    return heirs
