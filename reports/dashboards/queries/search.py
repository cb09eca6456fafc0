"""Targets, agencies and projects by a few words, accents aside, as far as a reader may open them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from agencies import as_of
from agencies.models import Agency, Level
from core import texts
from core.formatting import fold
from indicators.models import Target
from projects.models import Project
from reports.dashboards.queries.timeliness import AgencyRef, agencies_for

MOST_FOUND = 20
LONGEST_QUERY = 100
# The point of an abbreviation that a word follows at once; not the one in a code (I.2.a).
ABBREVIATED = re.compile(r"(?<=[^\W\d_])\.(?=[^\W\d_]{2})")
BETWEEN = str.maketrans(dict.fromkeys(",;:()/–|", " "))
NO_WORDS = {"", "-", "&", "+"}
APART = 3  # the rank of what holds the words, but not side by side


@dataclass(frozen=True)
class Found:
    """What was found of one kind: the first of them, of how many; `more`: how many are not shown."""

    things: tuple
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.things)


@dataclass(frozen=True)
class Results:
    """What was found for `query`; nothing was asked where it is empty."""

    query: str
    targets: Found
    agencies: Found
    projects: Found

    @property
    def total(self) -> int:
        return self.targets.total + self.agencies.total + self.projects.total


NOTHING = Found((), 0)


def search(plan, user, asked: str) -> Results:
    """Things that hold every word asked for; what is called exactly so comes first. Seven queries, none without a word.

    plan: the plan whose targets and projects are meant, None for agencies alone.
    """
    query = " ".join(texts.line(asked).split())[:LONGEST_QUERY]
    words = _spoken(query).split()
    if not words:
        return Results(query, NOTHING, NOTHING, NOTHING)
    return Results(query, _targets(plan, words), _agencies(user, words), _projects(plan, words))


def _targets(plan, words):
    """One query for the targets, one for who leads them."""
    targets = Target.objects.filter(plan=plan).with_parties().in_order() if plan is not None else ()
    return _found(
        words,
        ((target, [target.code, _bare(target.code)], [target.label, target.indicator.text]) for target in targets),
    )


def agencies_meant(refs: Iterable[AgencyRef], asked: str) -> tuple[AgencyRef, ...]:
    """Those of `refs` that words may mean: the ones called so, else those whose name begins so, else all that hold every word.
    Three queries, none without a word."""
    ranked = _agencies_ranked(refs, asked)
    return tuple(ref for rank, ref in ranked if rank == ranked[0][0])


def agencies_found(refs: Iterable[AgencyRef], asked: str) -> tuple[AgencyRef, ...]:
    """Those of `refs` that hold every word, what is called so first. Three queries, none without a word."""
    return tuple(ref for _, ref in _agencies_ranked(refs, asked))


def _agencies_ranked(refs, asked):
    words = _spoken(texts.line(asked)).split()
    return _ranked(words, _as_agencies(refs, Agency.objects.all())) if words else []


def _agencies(user, words):
    """A word may be of the district's name too. Three queries more than `agencies_for`."""
    visible = Agency.objects.visible_to(user)
    return _found(words, _as_agencies(agencies_for(user, visible).values(), visible))


def _as_agencies(refs, among):
    """Agencies with what each is called, also in full, as pages print it, and without what kind of unit it is; and what else it
    may be found by: other and former names, those of the units that it took over, and each with the name of what it belongs, or
    belonged, to. Three queries."""
    columns = "name", "aliases", "parent__name", "parent__short_name", "parent__aliases"
    called = {pk: names for pk, *names in among.values_list("pk", *columns)}
    former = as_of.former_names()
    for ref in refs:
        name, aliases, *above = called[ref.pk]
        _, _, bare = ref.short_name.partition(" ")
        names = [ref.code, ref.short_name, ref.gso_code, ref.place_name, f"UBND {ref.place_name}", ref.name, name]
        others = [bare, *aliases.split("|"), *former.get(ref.pk, ())]
        if ref.level == Level.COMMUNE:
            parents = [above[0].removeprefix("UBND "), above[1], *above[2].split("|")]
            names += [f"{ref.name}, {parents[0]}", f"{name}, {parents[0]}"]
            others += [f"{own}, {parent}" for own in (ref.name, *aliases.split("|")) for parent in parents[1:]]
        yield ref, names, [*others, ref.place_name]


def _projects(plan, words):
    """One query."""
    projects = Project.objects.filter(section__plan=plan).select_related("section") if plan is not None else ()
    return _found(
        words,
        ((project, [project.label, project.code], [project.name, project.leads_text]) for project in projects),
    )


def _bare(code):
    """`I12` of `I.12`, as it is typed in a hurry."""
    return code.replace(".", "")


def _found(words, things: Iterable[tuple]) -> Found:
    """The first of what `_ranked` finds."""
    matching = _ranked(words, things)
    return Found(tuple(thing for _, thing in matching[:MOST_FOUND]), len(matching))


def _ranked(words, things: Iterable[tuple]) -> list[tuple]:
    """(thing, its names, what else it may be found by) → those of which some word begins with each word asked for: called so,
    then beginning so, then holding the words side by side, each in the order given. Words that stand apart count only where
    nothing holds them side by side: bare of accents, *so* begins too much."""
    asked, matching = " ".join(words), []
    for thing, names, others in things:
        names = [_spoken(name) for name in names if name]
        others = [_spoken(text) for text in others if text]
        held = f" {' '.join([*names, *others])}"
        if all(f" {word}" in held for word in words):
            begins = any(text.startswith(asked) for text in others)
            rank = 0 if asked in names else 1 if begins else 2 if f" {asked}" in held else APART
            matching.append((rank, thing))
    matching.sort(key=lambda pair: pair[0])
    if matching and matching[0][0] < APART:
        matching = [pair for pair in matching if pair[0] < APART]
    return matching


# The names of a province's agencies are the same at every search.
@lru_cache(maxsize=8192)
def _spoken(text):
    """Bare of accents and of signs between and behind words; *P.Cẩm Thượng* has three."""
    words = (word.strip(".") for word in fold(ABBREVIATED.sub(". ", text.translate(BETWEEN))).split())
    return " ".join(word for word in words if word not in NO_WORDS)
