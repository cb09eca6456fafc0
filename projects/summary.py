"""The counts of projects by group, by lead and by reported stage, with the money. Pure: standings in, frozen
dataclasses out. List, overview, report and workbook all count by these."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from agencies.models import Agency
from projects import schedule_rules
from projects.models import Stage
from projects.money import Money, of_project, together
from projects.schedule_rules import BY_NEED, LATE, Lateness
from projects.status import LeadStanding, Standing

# The stage of a project with several leads, each with its own, and of one without a report.
SHARED, UNSAID = "shared", ""
STAGE_WORDS = {
    **{value: str(label) for value, label in Stage.choices},
    SHARED: "Nhiều đơn vị, mỗi đơn vị báo riêng",
    UNSAID: "Chưa có báo cáo",
}


@dataclass(frozen=True)
class Count:
    """The projects of a group, or the parts of a lead, by judgement, with their money. code: as in the list's
    filter."""

    code: str
    name: str
    counts: Counter
    money: Money

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def late(self) -> int:
        return sum(self.counts[one] for one in LATE)


@dataclass(frozen=True)
class Summary:
    """The counts of a list. `sections` add up to `whole`; leads: each agency with its own part of each project that it
    leads, so that a project with 29 leads counts 29 times; those with most late first; stages: (stage, words,
    projects), without empty ones."""

    whole: Count
    sections: tuple[Count, ...]
    leads: tuple[Count, ...]
    stages: tuple[tuple[str, str, int], ...]

    @property
    def with_late(self) -> list[Count]:
        """The leads with late projects, the most first."""
        return [lead for lead in self.leads if lead.late]

    @property
    def judgements(self) -> list[tuple[Lateness, str]]:
        """(judgement, word) of the columns: those that occur."""
        known = self.whole.counts + sum((lead.counts for lead in self.leads), Counter())
        return [(one, schedule_rules.WORDS[one]) for one in BY_NEED if known[one]]


def summary(all_standings: Iterable[Standing]) -> Summary:
    """Count standings, given in the plan's order. Makes no query."""
    all_standings = list(all_standings)
    sections = [
        _count(section.code, str(section), list(standings))
        for section, standings in groupby(all_standings, key=lambda standing: standing.project.section)
    ]
    parts: dict[Agency, list[LeadStanding]] = {}
    for standing in all_standings:
        for lead in standing.leads:
            parts.setdefault(lead.agency, []).append(lead)
    leads = [_lead(agency, led) for agency, led in parts.items()]
    leads.sort(key=lambda count: (-count.late, -count.total, count.name))
    states = Counter(map(stage_of, all_standings))
    return Summary(
        whole=_count("", "Cộng", all_standings),
        sections=tuple(sections),
        leads=tuple(leads),
        stages=tuple((state, label, states[state]) for state, label in STAGE_WORDS.items() if states[state]),
    )


def stage_of(standing: Standing) -> str:
    """Return the stage that the one lead reports (`projects.models.Stage`); SHARED for several leads, UNSAID without a
    report."""
    if standing.is_shared:
        return SHARED
    update = standing.only.update if standing.only else None
    return str(update.stage) if update else UNSAID


def _count(code: str, name: str, standings: Sequence[Standing]) -> Count:
    return Count(
        code,
        name,
        Counter(standing.lateness for standing in standings),
        together(standing.money for standing in standings),
    )


def _lead(agency: Agency, led: Sequence[LeadStanding]) -> Count:
    updates = [lead.update for lead in led if lead.update]
    return Count(
        agency.code,
        agency.full_name,
        Counter(lead.judged.lateness for lead in led),
        together(of_project([(update.contract_value, update.disbursed)]) for update in updates),
    )
