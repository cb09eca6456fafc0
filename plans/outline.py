"""The parts of a plan that the next year's takes over, reckoned without writing: for the preview and for the copy."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from agencies.models import Agency, Succession
from indicators.models import Assignment, Basis, Exemption, Plan, ReportingPeriod, Target
from indicators.periods import working_days
from indicators.rules.calendar import month_window, next_working_day, years_after
from indicators.targets.baselines import Baseline, baselines
from projects.models import ProgressUpdate, Project
from projects.models.update import FINAL

# The days of a period that follow the end of its window, each a number of days after it.
FOLLOWING = (
    "opens_on",
    "commune_due_on",
    "district_due_on",
    "due_on",
    "commune_review_due_on",
    "review_due_on",
    "closes_on",
)
# Those that move from a day off to the next working day, where the plan moves its deadlines.
MOVING = FOLLOWING[1:]
# Agencies that pass their work on as a whole; one that was only parted goes on itself.
WHOLE = (Succession.Way.MERGED, Succession.Way.SPLIT, Succession.Way.HANDED)


class Heirs:
    """The agencies that carry on an agency's work on a day: itself, or those that follow it. Two queries."""

    def __init__(self, day: dt.date) -> None:
        self._agencies = {agency.pk: agency for agency in Agency.objects.select_related("parent")}
        self._in_force = set(Agency.objects.in_force(day).values_list("pk", flat=True))
        self._after: defaultdict[int, list[int]] = defaultdict(list)
        rows = Succession.objects.filter(way__in=WHOLE, first_day__lte=day).order_by("first_day", "after__position")
        for before, after in rows.values_list("before", "after"):
            self._after[before].append(after)
        self.moved: dict[Agency, tuple[Agency, ...]] = {}

    def of(self, agency: int) -> tuple[int, ...]:
        """Return the ids of an agency's heirs in order; empty where nobody follows. Ended agencies that were asked for are
        kept in `moved`."""
        if agency in self._in_force:
            return (agency,)
        heirs = tuple(self._agencies[pk] for pk in dict.fromkeys(self._following(agency, set())))
        self.moved[self._agencies[agency]] = heirs
        return tuple(heir.pk for heir in heirs)

    def _following(self, agency: int, seen: set[int]) -> Iterable[int]:
        for after in self._after[agency]:
            if after in self._in_force:
                yield after
            elif after not in seen:
                yield from self._following(after, seen | {after})


@dataclass(frozen=True)
class CarriedTarget:
    """A target of the plan with the baseline that its copy begins with."""

    target: Target
    baseline: Baseline


@dataclass(frozen=True)
class Outline:
    """The copy of a plan as it would be made now.

    periods: unsaved, of the new year. projects: those that go on; finished: those that do not, withdrawn ones left out.
    assignments: (target, agency) of the copy, by ids, each with the old one. exemptions: those that run on. moved: ended
    agencies with those that follow them; without a follower their part is left out.
    """

    source: Plan
    year: int
    code: str
    targets: tuple[CarriedTarget, ...]
    periods: tuple[ReportingPeriod, ...]
    projects: tuple[Project, ...]
    finished: tuple[Project, ...]
    assignments: dict[tuple[int, int], Assignment]
    exemptions: tuple[Exemption, ...]
    heirs: Heirs

    @property
    def moved(self) -> list[tuple[Agency, tuple[Agency, ...]]]:
        """The ended agencies whose work goes to others, in the plan's order."""
        return sorted(self.heirs.moved.items(), key=lambda pair: pair[0].position)

    @property
    def asks_districts(self) -> bool:
        """True where districts have days of their own."""
        return any(period.district_due_on for period in self.periods)

    @property
    def first_day(self) -> dt.date:
        """The first day of the copy."""
        return years_after(self.source.first_day, self.year - self.source.year)


def next_year(plan: Plan) -> int:
    """Return the year in which a plan that follows this one begins."""
    return (plan.last_day + dt.timedelta(days=1)).year


def code_of_copy(plan: Plan, year: int) -> str:
    """Return the code that a plan's copy for a year has where none is given: its years."""
    last_year = year + plan.last_year - plan.year
    return str(year) if last_year == year else f"{year}-{last_year}"


def outline(plan: Plan, year: int, code: str) -> Outline:
    """Return what a copy of the plan for a year takes over. About a dozen queries."""
    heirs = Heirs(years_after(plan.first_day, year - plan.year))
    targets = list(Target.objects.filter(plan=plan).in_order().prefetch_related("milestones"))
    values = baselines(plan, targets)
    projects = list(Project.objects.filter(section__plan=plan, withdrawn_on__isnull=True).with_parties())
    done = _finished(plan)
    assignments = _assignments(plan, heirs)
    return Outline(
        source=plan,
        year=year,
        code=code,
        targets=tuple(CarriedTarget(target, values[target.pk]) for target in targets),
        periods=tuple(_periods(plan, year)),
        projects=tuple(project for project in projects if project.is_ongoing or project.pk not in done),
        finished=tuple(project for project in projects if project.pk in done and not project.is_ongoing),
        assignments=assignments,
        exemptions=tuple(_exemptions(plan, year)),
        heirs=heirs,
    )


def _assignments(plan: Plan, heirs: Heirs) -> dict[tuple[int, int], Assignment]:
    """Return the assignments that run to the plan's end, each agency's by those that carry on its work. One query."""
    running = Assignment.objects.filter(target__plan=plan).order_by("target__position", "agency__position")
    made: dict[tuple[int, int], Assignment] = {}
    for assignment in running:
        if assignment.last_day is not None and assignment.last_day < plan.last_day:
            continue
        for agency in heirs.of(assignment.agency_id):
            made.setdefault((assignment.target_id, agency), assignment)
    return made


def _exemptions(plan: Plan, year: int) -> list[Exemption]:
    """Return the exemptions that run on in the copy's year. One query."""
    first_day = years_after(plan.first_day, year - plan.year)
    rows = Exemption.objects.filter(assignment__target__plan=plan).select_related("assignment")
    return [row for row in rows.order_by("pk") if row.last_day is None or row.last_day >= first_day]


def _finished(plan: Plan) -> set[int]:
    """Return the projects of which every lead that reported said at last that it is done or stopped. One query."""
    updates = ProgressUpdate.objects.on(Basis.PROVISIONAL).filter(project__section__plan=plan)
    stages: defaultdict[int, dict[int, str]] = defaultdict(dict)
    columns = updates.order_by("submission__period__number").values_list("project", "submission__agency", "stage")
    for project, agency, stage in columns:
        stages[project][agency] = stage
    return {project for project, by_lead in stages.items() if all(stage in FINAL for stage in by_lead.values())}


def _periods(plan: Plan, year: int) -> Iterable[ReportingPeriod]:
    """Return the periods of the copy, unsaved, of a plan that is not saved either: each window by the rule of the old one, its
    days the plan's pattern. Two queries.

    The pattern: the number of days after the window's end that most periods have, for each day; days off are those of
    the new year.
    """
    periods = list(plan.periods.in_order())
    pattern = {name: _usual([_days_after(period, name) for period in periods]) for name in FOLLOWING}
    off = working_days.days_off(dt.date(year - 1, 12, 1), dt.date(year + plan.last_year - plan.year + 1, 2, 28))
    last_day = years_after(plan.last_day, year - plan.year)
    copy = Plan(year=year, first_month=plan.first_month, last_day=last_day)
    for period in periods:
        first, last = period.window_first, period.window_last
        if (first, last) == month_window(*plan.year_and_month(period.number)):
            first, last = month_window(*copy.year_and_month(period.number))
        else:
            first, last = years_after(first, year - plan.year), years_after(last, year - plan.year)
        days: dict[str, dt.date | None] = {}
        for name, after in pattern.items():
            day = None if after is None else last + dt.timedelta(days=after)
            if day is not None and name in MOVING and not plan.keeps_days_off:
                day = next_working_day(day, off)
            days[name] = day
        yield ReportingPeriod(plan=copy, number=period.number, window_first=first, window_last=last, **days)


def _days_after(period: ReportingPeriod, name: str) -> int | None:
    day = getattr(period, name)
    return None if day is None else (day - period.window_last).days


def _usual(numbers: Iterable[int | None]) -> int | None:
    """Return the most frequent number; the smallest of those, where several are, and a number rather than None."""
    counts = Counter(numbers)
    return min(counts, key=lambda number: (-counts[number], number is None, number or 0)) if counts else None
