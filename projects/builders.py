"""Projects as their pages show them: queries in, frozen dataclasses out. No markup."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from agencies.models import GROUP_WORDS, GROUPS, Agency
from chuyendoiso.formatting import fold
from projects.models import Project, Section

# How a project's timing is known, in the words of the filter.
TIMINGS = {"co-han": "Có hạn", "thuong-xuyen": "Thường xuyên", "chua-ghi": "Chưa ghi thời hạn"}
# The groups of a plan whose size is worth saying; enterprises and other outside parties have no accounts.
GROUP_NOUNS = {
    "@departments": "sở, ban, ngành",
    "@districts": "huyện, thị xã, thành phố",
    "@communes": "xã, phường, thị trấn",
}


@dataclass(frozen=True)
class ProjectFilter:
    """What a list was asked for; empty text asks for everything. `lead` is an agency's code or a group (`@departments`)."""

    section: str = ""
    lead: str = ""
    timing: str = ""
    text: str = ""


@dataclass(frozen=True)
class ProjectRow:
    """One project. `group_sizes`: (noun, number) of each group that leads it: 17 sở, ban, ngành; `days_left`: to the due
    day, negative after it, None without one."""

    project: Project
    leads: list
    group_sizes: list
    days_left: int | None

    @property
    def timing(self) -> str:
        return timing(self.project)

    @property
    def is_soon(self) -> bool:
        """Is it due within 30 days?"""
        return self.days_left is not None and 0 <= self.days_left <= 30

    @property
    def is_past(self) -> bool:
        return self.days_left is not None and self.days_left < 0


@dataclass(frozen=True)
class SectionRows:
    section: Section
    rows: list[ProjectRow]


@dataclass(frozen=True)
class Choice:
    """One choice of a filter with the number of projects behind it."""

    code: str
    name: str
    count: int


@dataclass(frozen=True)
class ProjectList:
    sections: list[SectionRows]
    shown: int
    total: int
    section_choices: list[Choice]
    lead_choices: list[Choice]
    timing_choices: list[Choice]


def timing(project) -> str:
    """co-han, thuong-xuyen or chua-ghi: what the plan says of a project's time."""
    if project.is_ongoing:
        return "thuong-xuyen"
    return "co-han" if project.due else "chua-ghi"


def project_list(plan, asked: ProjectFilter, today: dt.date) -> ProjectList:
    """The plan's projects by section, those that were asked for. Three queries."""
    projects = list(Project.objects.filter(section__plan=plan).with_parties())
    sizes = group_sizes(today)
    wanted = [_row(project, sizes, today) for project in projects if _matches(project, asked)]
    return ProjectList(
        sections=[
            SectionRows(rows[0].project.section, rows)
            for rows in (list(group) for _, group in groupby(wanted, key=lambda row: row.project.section_id))
        ],
        shown=len(wanted),
        total=len(projects),
        section_choices=_choices((project.section.code, str(project.section)) for project in projects),
        lead_choices=_lead_choices(projects),
        timing_choices=[choice for choice in _timing_choices(projects) if choice.count],
    )


def project_detail(project, today: dt.date) -> ProjectRow:
    """One project, loaded with its parties. One query."""
    return _row(project, group_sizes(today), today)


def group_sizes(day: dt.date) -> dict[str, int]:
    """How many agencies each group of the plan has on a day. One query."""
    levels = Counter(Agency.objects.in_force(day).values_list("level", flat=True))
    return {group: levels[level] for group, level in GROUPS.items()}


def _row(project, sizes, today):
    groups = [party.group for party in project.leads if party.group in GROUP_NOUNS]
    return ProjectRow(
        project=project,
        leads=project.leads,
        group_sizes=[(GROUP_NOUNS[group], sizes[group]) for group in groups],
        days_left=(project.due - today).days if project.due else None,
    )


def _matches(project, asked):
    if asked.section and project.section.code != asked.section:
        return False
    if asked.lead and asked.lead not in {_party_code(party) for party in project.leads}:
        return False
    if asked.timing and timing(project) != asked.timing:
        return False
    if not asked.text:
        return True
    names = " ".join(f"{party} {party.agency.name if party.agency else ''}" for party in project.leads)
    found_in = fold(f"{project.code} {project.code.replace('-', '.')} {project.name} {project.leads_text} {names}")
    # Each word begins one: "an" finds *an toàn* and *án*, not *bản*.
    return all(f" {word}" in f" {found_in}" for word in fold(asked.text).split())


def _party_code(party):
    return party.group or party.agency.code


def _choices(pairs):
    pairs = list(pairs)
    counts = Counter(code for code, _ in pairs)
    return [Choice(code, name, counts[code]) for code, name in dict(pairs).items()]


def _lead_choices(projects):
    parties = [party for project in projects for party in project.leads]
    choices = _choices((_party_code(party), GROUP_WORDS.get(party.group) or party.agency.name) for party in parties)
    return sorted(choices, key=lambda choice: -choice.count)


def _timing_choices(projects):
    counts = Counter(timing(project) for project in projects)
    return [Choice(code, name, counts[code]) for code, name in TIMINGS.items()]
