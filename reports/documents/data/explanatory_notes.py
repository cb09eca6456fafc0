"""The agencies' explanations of their own figures (*giải trình*), for targets that need attention: of those that make up most
of what is missing."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from agencies.models import Level
from indicators.models import Actual
from reports.dashboards.queries.target_rows import TargetResult
from reports.dashboards.queries.timeliness import Agencies, AgencyRef
from reports.documents.data.means import OwnParts
from reports.documents.request import ReportRequest
from reports.documents.text import figures

MOST_NOTES = 2
LONGEST = 300
# The agencies that miss most, among which a cause is looked for; and the least share of what is missing that a cause explains.
MOST_MISSING, LEAST_SHARE = 5, Fraction(1, 20)
# The number of targets whose shortfall is told without an explanation, and of agencies named of each.
MOST_SHORTFALLS, MOST_SHORT = 5, 3
# The least share that the named agencies make up together.
LEAST_TOGETHER = Fraction(1, 4)
# The higher an agency, the more its note says about the whole, where nothing is missing of one agency alone.
RANKS: dict[str, int] = {
    level: rank for rank, level in enumerate((Level.PROVINCE, Level.DEPARTMENT, Level.OTHER, Level.DISTRICT))
}


@dataclass(frozen=True)
class AgencyNote:
    """One agency's note on one target. share: what it lacks, of what all that lack something do; None where the target is not a
    ratio of several."""

    agency: str
    note: str
    share: Fraction | None = None


def notes_of(
    selection: ReportRequest, lines: Collection[TargetResult], refs: Agencies, parts: OwnParts
) -> dict[int, list[AgencyNote]]:
    """Return, by target, at most two notes of the agencies among `refs` on the period's figures: of a ratio of several agencies
    those of the agencies that lack most, of others higher agencies first. One query."""
    targets = [line.target.pk for line in lines]
    actuals = Actual.objects.on(selection.basis).filter(
        submission__period=selection.period, target__in=targets, submission__agency__in=refs
    )
    notes: dict[int, list[tuple[AgencyRef, str]]] = defaultdict(list)
    for target, agency, note in actuals.exclude(note="").values_list("target_id", "submission__agency_id", "note"):
        notes[target].append((refs[agency], " ".join(note.split())))
    chosen = {
        line.target.pk: _chosen(notes[line.target.pk], _missing(line, parts.get(line.target.pk, {}))) for line in lines
    }
    return {target: some for target, some in chosen.items() if some}


def shortfalls_of(
    lines: Collection[TargetResult], refs: Agencies, parts: OwnParts, explained: Collection[int]
) -> dict[int, list[tuple[str, Fraction]]]:
    """Return, by target, the agencies among `refs` that make up most of what is missing, with their shares, of targets that
    nobody has explained (explained: keys of the others)."""
    shortfalls: dict[int, list[tuple[str, Fraction]]] = {}
    for line in lines:
        missing = _missing(line, parts.get(line.target.pk, {})) if line.target.pk not in explained else None
        named = [(figures.named(refs[pk]), share) for pk, share in (missing or {}).items() if pk in refs][:MOST_SHORT]
        if sum(share for _, share in named) >= LEAST_TOGETHER and len(shortfalls) < MOST_SHORTFALLS:
            shortfalls[line.target.pk] = named
    return shortfalls


def _missing(
    line: TargetResult, parts: Mapping[int, tuple[Decimal | None, Decimal | None]]
) -> dict[int, Fraction] | None:
    """Return the share of each of the agencies that miss most, of all that is missing to the threshold; None where the target is
    not a ratio of several agencies."""
    threshold = line.target.threshold
    if threshold is None or len(parts) < 2:
        return None
    way = -1 if line.target.is_falling else 1
    lacks = {
        agency: way * (Fraction(threshold) * Fraction(whole) / 100 - Fraction(part))
        for agency, (part, whole) in parts.items()
        if part is not None and whole
    }
    total = sum((lack for lack in lacks.values() if lack > 0), Fraction(0))
    most = sorted(lacks, key=lambda agency: -lacks[agency])[:MOST_MISSING]
    return {agency: lacks[agency] / total for agency in most if total and lacks[agency] >= total * LEAST_SHARE}


def _chosen(notes: list[tuple[AgencyRef, str]], missing: dict[int, Fraction] | None) -> list[AgencyNote]:
    if missing is not None:
        notes = [one for one in notes if one[0].pk in missing]
        notes.sort(key=lambda one: -missing[one[0].pk])
    else:
        notes.sort(key=lambda one: RANKS.get(one[0].level, len(RANKS)))
    by_note: dict[str, AgencyRef] = {}
    for ref, note in notes:
        by_note.setdefault(note, ref)
    return [
        AgencyNote(figures.named(ref), _short(note), missing[ref.pk] if missing is not None else None)
        for note, ref in list(by_note.items())[:MOST_NOTES]
    ]


def _short(note: str) -> str:
    return note if len(note) <= LONGEST else f"{note[: LONGEST - 1].rsplit(' ', 1)[0]}…"
