"""The computed status of projects: their leads' reports, judged by `projects.schedule_rules`. Queries in, frozen
dataclasses out.

A period is read as it was known through its reports: the latest update that counts on the basis, of that period or an
earlier one. The newest period is judged on today's date; an earlier one on the last day of its window, so that its
judgement does not change any more; the same holds for a printed report, whatever its period (docs/decisions/0120).
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple, Protocol

from django.db.models import QuerySet

from agencies.models import GROUPS, Agency
from indicators.models import Basis, Plan, ReportingPeriod
from indicators.selection import Selection
from projects import schedule_rules
from projects.models import Milestone, ProgressUpdate, Project
from projects.money import Money, of_project, together
from projects.schedule_rules import LATE, Judged, Lateness, Whole

# By (project, agency): the latest update that counts, and that update for the rules.
Latest = dict[tuple[int, int], tuple["ProgressUpdate | Brief", schedule_rules.LeadReport]]


class Dated(Protocol):
    """The part of a `Selection` or a `ReportRequest` that a moment depends on."""

    @property
    def period(self) -> ReportingPeriod: ...

    @property
    def periods(self) -> list[ReportingPeriod]: ...

    @property
    def basis(self) -> Basis: ...


@dataclass(frozen=True)
class Moment:
    """The moment at which projects are judged. period: the last whose reports count; month: the latest month whose
    reports are due by the day (0: none yet)."""

    period: ReportingPeriod
    basis: Basis
    day: dt.date
    month: int


def moment(selection: Selection, today: dt.date) -> Moment:
    """Return the moment of a page (`indicators.selection.Selection`)."""
    period = selection.period
    later = any(period.number < other.number and other.window_last < today for other in selection.periods)
    if later:
        # All its reports are required, although they came after its window.
        return Moment(period, selection.basis, period.window_last, period.number)
    return Moment(period, selection.basis, today, _last_due(selection, today))


def moment_of_report(report_request: Dated, today: dt.date, day: dt.date | None = None) -> Moment:
    """Return the moment of a printed report (a `ReportRequest`): always the last day of its figures, so that a
    correction made months later judges as the first version did; day: another, of a report that goes on after its figures.
    Once its reports were due, all are required."""
    judged_on = day or report_request.period.window_last
    return Moment(report_request.period, report_request.basis, judged_on, _last_due(report_request, today))


def _last_due(selection: Dated, today: dt.date) -> int:
    number = selection.period.number
    return max((p.number for p in selection.periods if p.number <= number and p.due_on < today), default=0)


class Brief(NamedTuple):
    """The columns of an update that judging and counting need, where hundreds are read and none is shown."""

    pk: int
    project_id: int
    agency_id: int
    month: int
    stage: str
    percent: Decimal | None
    planned_start: dt.date | None
    planned_finish: dt.date | None
    actual_finish: dt.date | None
    contract_value: int | None
    disbursed: int | None


# The columns of an update, in the order of `Brief`.
BRIEF = ["pk", "project_id", "submission__agency_id", "submission__period__number", *Brief._fields[4:]]


@dataclass(frozen=True)
class LeadStanding:
    """One lead's part of a project; update: None where it has no report that counts; on_behalf_of: the outside party
    that it reports for, empty where it leads itself."""

    agency: Agency
    update: ProgressUpdate | Brief | None
    judged: Judged
    on_behalf_of: str = ""

    @property
    def name(self) -> str:
        """The agency's name; of one that reports for an outside party with that party's."""
        on_behalf = f" (báo cáo thay {self.on_behalf_of})" if self.on_behalf_of else ""
        return f"{self.agency.full_name}{on_behalf}"

    @property
    def percent(self) -> Decimal | None:
        return self.update.percent if self.update else None

    @property
    def word(self) -> str:
        return schedule_rules.WORDS[self.judged.lateness]


@dataclass(frozen=True)
class Standing:
    """A project with all its leads, and the money that they report."""

    project: Project
    leads: tuple[LeadStanding, ...]
    whole: Whole
    money: Money

    @property
    def lateness(self) -> Lateness:
        return self.whole.judged.lateness

    @property
    def word(self) -> str:
        return schedule_rules.WORDS[self.lateness]

    @property
    def reason(self) -> str:
        return self.whole.judged.reason

    @property
    def is_late(self) -> bool:
        return self.lateness in LATE

    @property
    def percent(self) -> Decimal | None:
        """The percentage of the one lead; several leads have no percentage, only the share that finished."""
        return self.leads[0].percent if len(self.leads) == 1 else None

    @property
    def is_shared(self) -> bool:
        return len(self.leads) > 1

    @property
    def only(self) -> LeadStanding | None:
        """The one lead; None of several."""
        return self.leads[0] if len(self.leads) == 1 else None


@dataclass(frozen=True)
class ProjectCounts:
    """Projects by judgement, and the money; late: worst first."""

    total: int = 0
    counts: Counter = field(default_factory=Counter)
    late: tuple[Standing, ...] = ()
    money: Money = Money()

    @property
    def late_count(self) -> int:
        return len(self.late)

    def of(self, code: str) -> int:
        """Return the number of projects with a judgement."""
        return self.counts[Lateness(code)]

    @property
    def by_lateness(self) -> list[tuple[Lateness, str, int]]:
        """(code, word, number), in the order of the rules, without those that do not occur."""
        return [(one, schedule_rules.WORDS[one], self.counts[one]) for one in Lateness if self.counts[one]]


def standings(
    plan: Plan,
    at: Moment,
    projects: Iterable[Project] | None = None,
    *,
    only: Collection[int] | None = None,
    brief: bool = False,
) -> dict[int, Standing]:
    """Return each project's standing by primary key. projects: loaded with their parties (None: all of the plan on the day); only:
    leads with these keys (None: all of them); brief: updates as `Brief`, for callers that show none of them. Six
    queries at most, seven where a project was added during the year, whatever the number of projects and leads."""
    if projects is None:
        projects = Project.objects.filter(section__plan=plan).in_force(at.day).with_parties()
    projects = list(projects)
    leads = leads_of(projects, at.period.window_last)
    if only is not None:
        leads = {pk: [agency for agency in agencies if agency.pk in only] for pk, agencies in leads.items()}
    latest = _latest_updates(projects, at, brief)
    # The last day on which the month's reports were taken; read only where a project was added during the year.
    closes_on = None
    if any(project.added_on for project in projects):
        closes_on = plan.periods.filter(number=at.month).values_list("closes_on", flat=True).first()
    return {
        project.pk: _standing(plan, project, leads[project.pk], latest, _asked_of(project, at, closes_on))
        for project in projects
    }


def _asked_of(project: Project, at: Moment, closes_on: dt.date | None) -> Moment:
    """Return the moment with no report required of a project that was added after the month's reports were taken."""
    is_new = project.added_on is not None and (closes_on is None or project.added_on > closes_on)
    return replace(at, month=0) if is_new else at


def leads_of(projects: Iterable[Project], day: dt.date) -> dict[int, list[Agency]]:
    """Return the agencies that lead each project on a day: those named, every agency of a group, and those that report
    on behalf of an outside party. One query."""
    by_level: dict[str, list[Agency]] = {}
    by_pk: dict[int, Agency] = {}
    for agency in Agency.objects.in_force(day).select_related("parent").in_order():
        by_level.setdefault(agency.level, []).append(agency)
        by_pk[agency.pk] = agency
    leads_by_project = {}
    for project in projects:
        named: list[Agency] = []
        for party in project.leads:
            if party.group:
                named += by_level.get(GROUPS.get(party.group, ""), [])
                if party.reported_by_id in by_pk:
                    named.append(by_pk[party.reported_by_id])
            elif party.agency_id in by_pk:
                named.append(by_pk[party.agency_id])
        leads_by_project[project.pk] = list(dict.fromkeys(named))
    return leads_by_project


def _latest_updates(projects: Sequence[Project], at: Moment, brief: bool) -> Latest:
    """Return {(project, agency): (its latest update that counts, that update for the rules)}."""
    counting = ProgressUpdate.objects.on(at.basis).up_to(at.period).newest()
    updates = counting.filter(project__in=[project.pk for project in projects])
    if brief:
        return _brief(updates)
    return {(one.project_id, one.submission.agency_id): (one, lead_report(one)) for one in updates.with_all()}


def _brief(updates_that_count: QuerySet[ProgressUpdate]) -> Latest:
    """Return the same without the cost of model instances: a tenth of the time. Two queries."""
    updates = [Brief._make(row) for row in updates_that_count.values_list(*BRIEF)]
    steps: dict[int, list[schedule_rules.Step]] = defaultdict(list)
    marks = Milestone.objects.filter(update__in=[update.pk for update in updates]).order_by("update", "position")
    for pk, name, planned_on, done_on in marks.values_list("update_id", "name", "planned_on", "done_on"):
        steps[pk].append(schedule_rules.Step(name, planned_on, done_on))
    return {
        (update.project_id, update.agency_id): (
            update,
            schedule_rules.LeadReport(
                month=update.month,
                stage=update.stage,
                percent=update.percent,
                planned_start=update.planned_start,
                planned_finish=update.planned_finish,
                actual_finish=update.actual_finish,
                steps=steps[update.pk],
            ),
        )
        for update in updates
    }


def _standing(plan: Plan, project: Project, agencies: Sequence[Agency], latest: Latest, at: Moment) -> Standing:
    time = schedule_rules.Plan(plan.first_day, project.due, project.is_ongoing, plan.month_label)
    stand_ins = {party.reported_by_id: str(party) for party in project.leads if party.reported_by_id}
    leads = []
    for agency in agencies:
        update, says = latest.get((project.pk, agency.pk), (None, None))
        judged = schedule_rules.judge(time, says, at.day, at.month)
        leads.append(LeadStanding(agency, update, judged, stand_ins.get(agency.pk, "")))
    return Standing(
        project=project,
        leads=tuple(leads),
        whole=schedule_rules.whole(lead.judged for lead in leads),
        money=of_project((lead.update.contract_value, lead.update.disbursed) for lead in leads if lead.update),
    )


def lead_report(update: ProgressUpdate) -> schedule_rules.LeadReport:
    """Return an update as the rules read it."""
    return schedule_rules.LeadReport(
        month=update.submission.period.number,
        stage=update.stage,
        percent=update.percent,
        planned_start=update.planned_start,
        planned_finish=update.planned_finish,
        actual_finish=update.actual_finish,
        steps=[schedule_rules.Step(mark.name, mark.planned_on, mark.done_on) for mark in update.milestones.all()],
    )


def tally(all_standings: Iterable[Standing]) -> ProjectCounts:
    """Count projects by judgement."""
    all_standings = list(all_standings)
    late = [standing for standing in all_standings if standing.is_late]
    late.sort(key=lambda s: (LATE.index(s.lateness), -s.whole.judged.days if s.lateness != Lateness.DUE_SOON else 0))
    return ProjectCounts(
        total=len(all_standings),
        counts=Counter(standing.lateness for standing in all_standings),
        late=tuple(late),
        money=together(standing.money for standing in all_standings),
    )
