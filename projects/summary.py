"""Projects counted by field, by lead and by what their leads say of them, with the money. Pure: standings in, frozen
dataclasses out. Every face of the product (list, overview, report, workbook) counts by these."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from agencies.models import Agency
from projects import schedule_rules
from projects.models import Stage
from projects.money import Money, of_project, together
from projects.schedule_rules import BY_NEED, LATE, Lateness
from projects.status import LeadStanding, Standing

# What stands for the state of a project that several lead, each with its own, and of one of which nothing is said.
SHARED, UNSAID = "shared", ""
STAGE_WORDS = {
    **{value: str(label) for value, label in Stage.choices},
    SHARED: "Nhiều đơn vị, mỗi đơn vị báo riêng",
    UNSAID: "Chưa có báo cáo",
}


@dataclass(frozen=True)
class Count:
    """The projects of a field, or the parts of a lead, by judgement, with their money. code: as in the list's
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
    """`sections` add up to `whole`. `leads`: each agency with its own part of each project that it leads, so that what 29 lead
    counts 29 times; those with most to look at first. `stages`: (state, words, projects), without those that none is in."""

    whole: Count
    sections: tuple[Count, ...]
    leads: tuple[Count, ...]
    stages: tuple[tuple[str, str, int], ...]

    @property
    def with_late(self) -> list[Count]:
        """Leads with something to look at, the most first."""
        return [lead for lead in self.leads if lead.late]

    @property
    def judgements(self) -> list[tuple[Lateness, str]]:
        """(judgement, word) of the columns: those that somebody has."""
        known = self.whole.counts + sum((lead.counts for lead in self.leads), Counter())
        return [(one, schedule_rules.WORDS[one]) for one in BY_NEED if known[one]]


def summary(found: Iterable[Standing]) -> Summary:
    """Count standings, given in the plan's order. Makes no query."""
    found = list(found)
    sections = [
        _count(section.code, str(section), list(standings))
        for section, standings in groupby(found, key=lambda standing: standing.project.section)
    ]
    parts: dict[Agency, list[LeadStanding]] = {}
    for standing in found:
        for lead in standing.leads:
            parts.setdefault(lead.agency, []).append(lead)
    leads = [_lead(agency, led) for agency, led in parts.items()]
    leads.sort(key=lambda count: (-count.late, -count.total, count.name))
    states = Counter(map(stage_of, found))
    return Summary(
        whole=_count("", "Cộng", found),
        sections=tuple(sections),
        leads=tuple(leads),
        stages=tuple((state, words, states[state]) for state, words in STAGE_WORDS.items() if states[state]),
    )


def stage_of(standing: Standing) -> str:
    """What the one lead says (`projects.models.Stage`); SHARED of several leads, UNSAID where nothing is said."""
    if standing.is_shared:
        return SHARED
    update = standing.only.update if standing.only else None
    return str(update.stage) if update else UNSAID


def _count(code, name, standings):
    return Count(
        code,
        name,
        Counter(standing.lateness for standing in standings),
        together(standing.money for standing in standings),
    )


def _lead(agency, led):
    updates = [lead.update for lead in led if lead.update]
    return Count(
        agency.code,
        agency.full_name,
        Counter(lead.judged.lateness for lead in led),
        together(of_project([(update.contract_value, update.disbursed)]) for update in updates),
    )
