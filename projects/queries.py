"""The queries behind the pages of projects: frozen dataclasses, no markup."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from agencies.models import GROUP_WORDS, GROUPS, Agency, User
from core.formatting import fold
from core.forms import FilterChoice
from indicators.models import Charge, Plan, State, Submission, Target
from indicators.selection import Selection
from projects import schedule_rules, status
from projects.models import ProgressUpdate, Project, ProjectGroup, ProjectParty
from projects.status import LeadStanding, Moment, ProjectCounts, Standing
from projects.summary import STAGE_WORDS, UNSAID, Summary, stage_of, summary

# The kinds of timing, in the words of the filter.
TIMINGS = {"co-han": "Có hạn", "thuong-xuyen": "Thường xuyên", "chua-ghi": "Chưa ghi thời hạn"}
# The stages that leads report, as in addresses.
STAGES = {stage.replace("_", "-") if stage != UNSAID else "chua-bao": stage for stage in STAGE_WORDS}
# The groups of a plan whose size is shown; enterprises and other outside parties have no accounts.
GROUP_NOUNS = {
    "@departments": "sở, ban, ngành",
    "@districts": "đơn vị cấp huyện",
    "@communes": "đơn vị cấp xã",
}


@dataclass(frozen=True)
class ProjectFilter:
    """The filters of a list; an empty text does not filter. lead: an agency's code or a group (`@departments`); stage:
    what the lead reports, one of STAGES; state: one of `schedule_rules.Lateness`, or `can-chu-y` for all that are
    late; among: the keys of the only projects, None for all."""

    section: str = ""
    lead: str = ""
    timing: str = ""
    stage: str = ""
    state: str = ""
    text: str = ""
    among: frozenset[int] | None = None


@dataclass(frozen=True)
class ProjectRow:
    """One project. group_sizes: (noun, number) of each group that leads it: 17 sở, ban, ngành; days_left: to the due
    day, negative after it, None without one; standing: None in a plan that has no periods yet."""

    project: Project
    leads: list
    group_sizes: list
    days_left: int | None
    standing: Standing | None = None

    @property
    def timing(self) -> str:
        """The kind of its timing: co-han, thuong-xuyen or chua-ghi."""
        return timing(self.project)

    @property
    def percent(self) -> Decimal | None:
        """The percentage that its one lead reports; None for several leads and without a report."""
        return self.standing.percent if self.standing else None

    @property
    def is_soon(self) -> bool:
        """True where it is close to its due day."""
        return self.days_left is not None and schedule_rules.is_soon(self.days_left)

    @property
    def is_past(self) -> bool:
        return self.days_left is not None and self.days_left < 0


@dataclass(frozen=True)
class SectionRows:
    """The projects of one group of the plan."""

    section: ProjectGroup
    rows: list[ProjectRow]

    @property
    def late_count(self) -> int:
        return sum(1 for row in self.rows if row.standing and row.standing.is_late)


@dataclass(frozen=True)
class ProjectList:
    """A filtered list of projects by group, with the choices of its filters. withdrawn: those that were withdrawn from
    the plan, which no number counts."""

    sections: list[SectionRows]
    shown: int
    total: int
    section_choices: list[FilterChoice]
    lead_choices: list[FilterChoice]
    timing_choices: list[FilterChoice]
    stage_choices: list[FilterChoice]
    state_choices: list[FilterChoice]
    tally: ProjectCounts
    withdrawn: tuple[Project, ...] = ()

    @property
    def rows(self) -> list[ProjectRow]:
        return [row for group in self.sections for row in group.rows]

    @cached_property
    def summary(self) -> Summary:
        """The counts of the listed projects."""
        return summary(row.standing for row in self.rows if row.standing)


def timing(project: Project) -> str:
    """Return co-han, thuong-xuyen or chua-ghi: what the plan states of a project's time."""
    if project.is_ongoing:
        return "thuong-xuyen"
    return "co-han" if project.due else "chua-ghi"


LATE_CHOICE = "can-chu-y"


def project_list(plan: Plan, chosen: ProjectFilter, today: dt.date, at: Moment | None) -> ProjectList:
    """Return the plan's projects by group that pass the filters, each with its standing at a moment. Six queries."""
    day = at.day if at else today
    everything = list(Project.objects.filter(section__plan=plan).with_parties())
    projects = [project for project in everything if project.is_in_force(day)]
    sizes = group_sizes(today)
    standings = status.standings(plan, at, projects) if at else {}
    rows = [_row(project, sizes, today, standings.get(project.pk)) for project in projects]
    matching = [row for row in rows if _matches(row.project, chosen) and _is_at_stage(row, chosen.stage)]
    shown_rows = [row for row in matching if _is_in_state(row, chosen.state)]
    return ProjectList(
        sections=[
            SectionRows(rows[0].project.section, rows)
            for rows in (list(group) for _, group in groupby(shown_rows, key=lambda row: row.project.section_id))
        ],
        shown=len(shown_rows),
        total=len(projects),
        section_choices=_choices((project.section.code, str(project.section)) for project in projects),
        lead_choices=_lead_choices(projects),
        timing_choices=[choice for choice in _timing_choices(projects) if choice.count],
        stage_choices=_stage_choices(rows),
        state_choices=_state_choices(matching),
        tally=status.tally(standings.values()),
        withdrawn=tuple(
            project
            for project in everything
            if project.withdrawn_on and project.withdrawn_on <= day and _matches(project, chosen)
        ),
    )


def _is_at_stage(row: ProjectRow, stage: str) -> bool:
    return not stage or (row.standing is not None and stage_of(row.standing) == STAGES[stage])


def _stage_choices(rows: Sequence[ProjectRow]) -> list[FilterChoice]:
    counts = Counter(stage_of(row.standing) for row in rows if row.standing)
    return [FilterChoice(code, STAGE_WORDS[stage], counts[stage]) for code, stage in STAGES.items() if counts[stage]]


def _is_in_state(row: ProjectRow, state: str) -> bool:
    if not state:
        return True
    if row.standing is None:
        return False
    return row.standing.is_late if state == LATE_CHOICE else row.standing.lateness == state


def _state_choices(rows: Sequence[ProjectRow]) -> list[FilterChoice]:
    """Count the listed projects by state: all that need attention first, then each judgement that occurs."""
    counts = Counter(row.standing.lateness for row in rows if row.standing)
    late = sum(counts[one] for one in schedule_rules.LATE)
    choices = [FilterChoice("", "Tất cả", len(rows)), FilterChoice(LATE_CHOICE, "Cần xử lý", late)]
    return choices + [
        FilterChoice(one.value, schedule_rules.WORDS[one], counts[one]) for one in schedule_rules.BY_NEED if counts[one]
    ]


@dataclass(frozen=True)
class Report:
    """The report of one lead for one period."""

    agency: Agency
    update: ProgressUpdate


@dataclass(frozen=True)
class ProjectPage:
    """One project: its standing, the reports of each lead that the reader may see, the newest first, the targets that
    it serves, and the charges that it is in."""

    row: ProjectRow
    readable: frozenset[int]
    own_standing: LeadStanding | None
    history: tuple[Report, ...]
    targets: tuple[Target, ...]
    charges: tuple[Charge, ...] = ()

    @property
    def shown_leads(self) -> list[LeadStanding]:
        """All leads of a group, those that need attention first."""
        leads = self.row.standing.leads if self.row.standing else ()
        return sorted(leads, key=lambda lead: schedule_rules.BY_NEED.index(lead.judged.lateness))


def project_page(project: Project, user: User, today: dt.date, at: Moment | None) -> ProjectPage:
    """Return a project (loaded with its parties) for a reader. Everyone may know the project and whether it is late; a
    lead's own words and its money are for those who read the whole province, and for the lead itself. Ten queries at
    most."""
    standing = status.standings(project.section.plan, at, [project])[project.pk] if at else None
    readable = (
        frozenset(lead.agency.pk for lead in standing.leads if may_read(user, lead.agency)) if standing else frozenset()
    )
    own_standing = (
        next((lead for lead in standing.leads if lead.agency.pk == user.agency_id), None) if standing else None
    )
    return ProjectPage(
        row=_row(project, group_sizes(today), today, standing),
        readable=readable,
        own_standing=own_standing,
        history=_history(project, at, readable) if at else (),
        targets=tuple(Target.objects.filter(project_links__project=project).in_order()),
        charges=tuple(project.charges.select_related("agency")),
    )


def may_read(user: User, agency: Agency) -> bool:
    """Return whether a person may read an agency's own words about its projects."""
    return user.reads_everything or (user.is_active and user.agency_id == agency.pk)


def may_open(user: User, submission: Submission) -> bool:
    """Return whether a person may read what a report says of projects, its files and its history, by the same rule as
    for a figure: those who may open the report; a draft only its own agency. One query."""
    return (
        not is_anothers_draft(user, submission)
        and Submission.objects.visible_to(user).filter(pk=submission.pk).exists()
    )


def is_anothers_draft(user: User, submission: Submission) -> bool:
    """Return whether a report is a draft of another agency, which only that agency may read."""
    return submission.state == State.DRAFT and submission.agency_id != user.agency_id


def _history(project: Project, at: Moment, readable: frozenset[int]) -> tuple[Report, ...]:
    """Return the reports that count, the newest first."""
    updates = ProgressUpdate.objects.on(at.basis).up_to(at.period).filter(project=project).with_all()
    return tuple(
        Report(update.submission.agency, update)
        for update in updates.select_related("entered_by", "submission__reviewed_by").order_by(
            "-submission__period__number", "submission__agency__position"
        )
        if update.submission.agency_id in readable
    )


def of_target(target: Target, user: User, selection: Selection, today: dt.date) -> list[ProjectRow]:
    """Return the projects that serve a target, each with its standing. Seven queries at most."""
    at = status.moment(selection, today)
    serving = Project.objects.filter(links__target=target).in_force(at.day).with_parties()
    projects = list(serving.order_by("section__position", "number"))
    if not projects:
        return []
    standings = status.standings(selection.plan, at, projects)
    return [_row(project, {}, today, standings[project.pk]) for project in projects]


def of_agency(agency: Agency, selection: Selection, today: dt.date) -> list[ProjectRow]:
    """Return the projects that an agency leads, each as the agency itself reports it. Six queries at most."""
    at = status.moment(selection, today)
    projects = list(Project.objects.filter(section__plan=selection.plan).in_force(at.day).led_by(agency).with_parties())
    standings = status.standings(selection.plan, at, projects, only={agency.pk}) if projects else {}
    return [_row(project, {}, today, standings[project.pk]) for project in projects]


def group_sizes(day: dt.date) -> dict[str, int]:
    """Count the agencies of each group of the plan on a day. One query."""
    levels = Counter(Agency.objects.in_force(day).values_list("level", flat=True))
    return {group: levels[level] for group, level in GROUPS.items()}


def _row(project: Project, sizes: Mapping[str, int], today: dt.date, standing: Standing | None = None) -> ProjectRow:
    groups = [party.group for party in project.leads if party.group in sizes and party.group in GROUP_NOUNS]
    return ProjectRow(
        project=project,
        leads=project.leads,
        group_sizes=[(GROUP_NOUNS[group], sizes[group]) for group in groups],
        days_left=(project.due - today).days if project.due else None,
        standing=standing,
    )


def _matches(project: Project, chosen: ProjectFilter) -> bool:
    if chosen.among is not None and project.pk not in chosen.among:
        return False
    if chosen.section and project.section.code != chosen.section:
        return False
    if chosen.lead and chosen.lead not in {_party_code(party) for party in project.leads}:
        return False
    if chosen.timing and timing(project) != chosen.timing:
        return False
    if not chosen.text:
        return True
    names = " ".join(f"{party} {party.agency.name if party.agency else ''}" for party in project.leads)
    searched = fold(f"{project.code} {project.label} {project.name} {project.leads_text} {names}")
    # Each word must begin one in the text: "an" matches *an toàn* and *án*, not *bản*.
    return all(f" {word}" in f" {searched}" for word in fold(chosen.text).split())


def _party_code(party: ProjectParty) -> str:
    return party.group or (party.agency.code if party.agency else "")


def _choices(pairs: Iterable[tuple[str, str]]) -> list[FilterChoice]:
    pairs = list(pairs)
    counts = Counter(code for code, _ in pairs)
    return [FilterChoice(code, name, counts[code]) for code, name in dict(pairs).items()]


def _lead_choices(projects: Sequence[Project]) -> list[FilterChoice]:
    parties = [party for project in projects for party in project.leads]
    choices = _choices(
        (_party_code(party), GROUP_WORDS.get(party.group) or str(party.agency and party.agency.name))
        for party in parties
    )
    return sorted(choices, key=lambda choice: -choice.count)


def _timing_choices(projects: Sequence[Project]) -> list[FilterChoice]:
    counts = Counter(timing(project) for project in projects)
    return [FilterChoice(code, name, counts[code]) for code, name in TIMINGS.items()]
