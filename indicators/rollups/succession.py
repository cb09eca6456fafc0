"""Figures of ended agencies that go on counting until all their successors have reported (docs: domain, Roll-up,
Successors).

SQL adds up the agencies that are assigned; this module says by what the sums of an area or a level differ from that while
the state of an ended agency's last day stands in them. Reorganisations are few, so plain Python is fast enough.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from agencies.models import Agency, Succession
from indicators.models import Assignment, Basis, Exemption, Plan
from indicators.rollups.agency_figures import AgencyFigure, figures_of
from indicators.rollups.memberships import Memberships, memberships
from indicators.rules.calendar import Window

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
    """Ended agencies that count in a row, and the days up to which the figures of their successors count there.

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


# First and last day of an assignment or an exemption; None is no limit.
_Limits = tuple[dt.date | None, dt.date | None]
# The figures of one target on one basis: {agency: {month: figure}}.
_Months = Mapping[int, Mapping[int, AgencyFigure]]


class Successions:
    """The adjustments of a plan's targets; empty, after one query, where no agency with a successor ended."""

    def __init__(self, plan: Plan, targets: Collection[int], windows: Sequence[Window]) -> None:
        self.windows = {window.number: window.last for window in windows}
        self.successors = _successors(windows)
        self.assigned: dict[tuple[int, int], list[tuple[_Limits, list[_Limits]]]] = {}
        if not self.successors or not targets:
            self.successors = {}
            return
        agencies = self.successors.keys() | {after for afters in self.successors.values() for after in afters}
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
        for pk, target, agency, first, last in chosen.values_list("pk", "target", "agency", "first_day", "last_day"):
            self.assigned.setdefault((target, agency), []).append(((first, last), exemptions[pk]))

    def set_figure(self, basis: str, target: int, agency: int, month: int, figure: AgencyFigure | None) -> None:
        """Read this figure (None: no figure) instead of the stored one; of agencies that take no part in a succession,
        nothing changes."""
        if self.successors:
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
        """Return the areas and levels in which the state of an ended agency's last day stands as of a month."""
        candidates: dict[Node, list[int]] = defaultdict(list)
        for agency in self.successors:
            if self._is_assigned(target, agency, self.days[agency].last):
                for node in self._nodes(target, agency, number, self.windows[number]):
                    candidates[node].append(agency)
        months = self.figures[basis].get(target, {}) if candidates else {}
        rows = {node: self._standing(target, number, agencies, months) for node, agencies in candidates.items()}
        return {node: standing for node, standing in rows.items() if standing.ended}

    def counts(self, agency: int, limits: Mapping[int, dt.date]) -> bool:
        """Return True where an agency had begun by the day up to which its figures count; True without such a day."""
        return agency not in limits or self.days[agency].has_begun(limits[agency])

    def _nodes(self, target: int, agency: int, number: int, day: dt.date) -> set[Node]:
        """Return the areas and levels that hold all successors of an agency assigned to the target as of a period; none
        before it ended."""
        if not self.days[agency].has_ended(day):
            return set()
        last = [one for one in self._descendants(agency, day) if not self._has_passed_on(one, day)]
        assigned = [one for one in last if self._is_assigned(target, one, day)]
        return set.intersection(*(self.nodes[one, number] for one in assigned)) if assigned else set()

    def _has_passed_on(self, agency: int, day: dt.date) -> bool:
        return self.days[agency].has_ended(day)

    def _descendants(self, agency: int, day: dt.date) -> set[int]:
        """Return the successors of an agency and, of those that have ended before the day, theirs in turn."""
        line: set[int] = set()
        waiting = list(self.successors.get(agency, ()))
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

    def _standing(self, target: int, number: int, candidates: Iterable[int], months: _Months) -> Standing:
        """Return which of the ended agencies whose successors are all in a row count there."""
        day = self.windows[number]
        with_figure = {agency for agency in candidates if self._latest(months, agency, number) is not None}
        standing = {agency for agency in with_figure if self._is_waited_for(target, agency, number, months)}
        limits = self._limits(standing, day)
        while True:
            more = {
                agency
                for agency in with_figure - standing
                if any(self._is_held_back(months, one, number, limits) for one in self._descendants(agency, day))
            }
            if not more:
                break
            standing |= more
            limits = self._limits(standing, day)
        return Standing(frozenset(standing), limits)

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

    def _is_waited_for(self, target: int, agency: int, number: int, months: _Months) -> bool:
        """Return True where a successor of an ended agency has no figure yet for a window after its last day.

        One that ended without such a figure is replaced by its own successors; one that is not assigned is not waited for.
        """
        last_day = self.days[agency].last
        assert last_day is not None
        day = self.windows[number]
        waiting, seen = list(self.successors.get(agency, ())), set[int]()
        while waiting:
            one = waiting.pop()
            if one in seen or self._has_figure_after(months, one, number, last_day):
                continue
            seen.add(one)
            if self.days[one].has_ended(day):
                waiting += self.successors.get(one, ())
            elif self._is_assigned(target, one, day):
                return True
        return False

    def _limits(self, standing: Iterable[int], day: dt.date) -> dict[int, dt.date]:
        """Return the day up to which the figures of each successor of these ended agencies count."""
        limits: dict[int, dt.date] = {}
        for agency in standing:
            last_day = self.days[agency].last
            assert last_day is not None
            for one in self._descendants(agency, day):
                limits[one] = min(last_day, limits.get(one, last_day))
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


def _successors(windows: Sequence[Window]) -> dict[int, list[int]]:
    """Return the successors of the agencies that ended before the plan's last window did. One query.

    Who only gave a part of its work away goes on, and has none.
    """
    successors: dict[int, list[int]] = defaultdict(list)
    rows = Succession.objects.filter(before__last_day__lt=windows[-1].last)
    for before, after in rows.exclude(way=Succession.Way.PARTED).values_list("before", "after"):
        successors[before].append(after)
    return dict(successors)


def heirs_of(agencies: Collection[int]) -> set[int]:
    """Return all agencies that succeeded one of these, in turn: an ended agency's figure may count in their rows."""
    heirs: set[int] = set()
    ahead = set(agencies)
    while ahead:
        rows = Succession.objects.filter(before__in=ahead).exclude(way=Succession.Way.PARTED)
        ahead = set(rows.values_list("after", flat=True)) - heirs - set(agencies)
        heirs |= ahead
    return heirs
