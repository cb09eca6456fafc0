"""The agencies' explanations of their own figures (*giải trình*), for targets that need attention."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from agencies.models import Level
from indicators.models import Actual
from reports.dashboards.queries.timeliness import Agencies, AgencyRef
from reports.documents.request import ReportRequest
from reports.documents.text import figures

MOST_NOTES = 2
LONGEST = 300
# The higher an agency, the more its note says about the whole.
RANKS: dict[str, int] = {
    level: rank for rank, level in enumerate((Level.PROVINCE, Level.DEPARTMENT, Level.OTHER, Level.DISTRICT))
}


@dataclass(frozen=True)
class AgencyNote:
    """One agency's note on one target."""

    agency: str
    note: str


def notes_of(selection: ReportRequest, targets: Collection[int], refs: Agencies) -> dict[int, list[AgencyNote]]:
    """Return, by target, the notes of the agencies among `refs` on the period's figures: higher agencies first, the
    same words once, at most two per target. One query."""
    actuals = Actual.objects.on(selection.basis).filter(
        submission__period=selection.period, target__in=targets, submission__agency__in=refs
    )
    notes: dict[int, list[tuple[AgencyRef, str]]] = defaultdict(list)
    for target, agency, note in actuals.exclude(note="").values_list("target_id", "submission__agency_id", "note"):
        notes[target].append((refs[agency], " ".join(note.split())))
    return {target: _chosen(notes_of_target) for target, notes_of_target in notes.items()}


def _chosen(notes: list[tuple[AgencyRef, str]]) -> list[AgencyNote]:
    notes.sort(key=lambda one: RANKS.get(one[0].level, len(RANKS)))
    by_note: dict[str, AgencyRef] = {}
    for ref, note in notes:
        by_note.setdefault(note, ref)
    return [AgencyNote(figures.named(ref), _short(note)) for note, ref in list(by_note.items())[:MOST_NOTES]]


def _short(note: str) -> str:
    return note if len(note) <= LONGEST else f"{note[: LONGEST - 1].rsplit(' ', 1)[0]}…"
