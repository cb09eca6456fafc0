"""What agencies say of their own figures (*giải trình*), where a target needs attention."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from agencies.models import Level
from indicators.models import Actual
from reports.documents.text import figures

MOST_NOTES = 2
LONGEST = 300
# The higher an agency stands, the more its word says of the whole.
RANKS = {level: rank for rank, level in enumerate((Level.PROVINCE, Level.DEPARTMENT, Level.OTHER, Level.DISTRICT))}


@dataclass(frozen=True)
class Said:
    """One agency's word on one target."""

    agency: str
    note: str


def notes_of(selection, targets: Collection[int], refs) -> dict[int, list[Said]]:
    """By target, what the agencies among `refs` wrote beside the period's figures: higher ones first, the same words once, at
    most two a target. One query."""
    actuals = Actual.objects.on(selection.basis).filter(
        submission__period=selection.period, target__in=targets, submission__agency__in=refs
    )
    found = defaultdict(list)
    for target, agency, note in actuals.exclude(note="").values_list("target_id", "submission__agency_id", "note"):
        found[target].append((refs[agency], " ".join(note.split())))
    return {target: _chosen(said) for target, said in found.items()}


def _chosen(said):
    said.sort(key=lambda one: RANKS.get(one[0].level, len(RANKS)))
    by_note = {}
    for ref, note in said:
        by_note.setdefault(note, ref)
    return [Said(figures.named(ref), _short(note)) for note, ref in list(by_note.items())[:MOST_NOTES]]


def _short(note):
    return note if len(note) <= LONGEST else f"{note[: LONGEST - 1].rsplit(' ', 1)[0]}…"
