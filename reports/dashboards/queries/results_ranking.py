"""The ranking by results: the targets that each agency holds of those assigned to it (the plan, IV.2)."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from agencies.models import User
from core import formatting
from indicators.models import Basis, Rollup, Scope
from indicators.rules import ranking, results
from indicators.rules.status import BAD, Status, is_low
from indicators.selection import Selection
from indicators.targets import results_ranking
from reports.dashboards.queries import timeliness
from reports.dashboards.queries.league_table import Group, belongs_to, choices_for, group_of
from reports.dashboards.queries.timeliness import AgencyRef

NOT_JUDGED = "không có chỉ tiêu được đánh giá"


@dataclass(frozen=True)
class ResultsRow:
    """An agency in the ranking. rank, share, grade: None or empty where none of its targets is judged; statuses: of its
    judged targets; due, counted: the number of their figures that are due, and of those that count; is_thin: fewer count
    than the plan's least coverage."""

    rank: int | None
    agency: AgencyRef
    share: Fraction | None
    grade: str
    statuses: Counter[Status]
    is_own: bool
    due: int = 0
    counted: int = 0
    is_thin: bool = False

    @property
    def note(self) -> str:
        """The words beside its name; empty where there is nothing to say."""
        if self.share is None:
            return NOT_JUDGED
        if self.is_thin:
            return f"chưa đủ số liệu: {formatting.number(self.counted)}/{formatting.number(self.due)} số"
        return ""

    @property
    def held(self) -> int:
        """The number of targets that it holds now."""
        return self.statuses[Status.ACHIEVED]

    @property
    def assigned(self) -> int:
        """The number of its targets that are judged."""
        return self.statuses.total()

    @property
    def on_track(self) -> int:
        return self.statuses[Status.ON_TRACK]

    @property
    def bad(self) -> int:
        """The number of its targets that need attention or were missed."""
        return sum(self.statuses[status] for status in BAD)

    @property
    def silent(self) -> int:
        """The number of its targets without a figure."""
        return self.statuses[Status.NO_DATA]

    @property
    def percent(self) -> Decimal | None:
        """The share in percent, rounded to two places."""
        if self.share is None:
            return None
        return round(Decimal(self.share.numerator) / self.share.denominator, 2)


@dataclass(frozen=True)
class ResultsRanking:
    """The ranking of a group as of a period, as far as a reader may see it. rows: the agencies that the reader may open,
    ranked among all `size` of the group; ranked: the number with a rank; hidden: the number that the reader may not open;
    exempt: the number without a target; grades: the agencies by grade, in the bands' order; weighted: codes of the
    targets whose weight is not 1, with it; due, counted: the group's figures that are due, and those that count; is_thin:
    fewer count than the plan's least coverage, and nobody is ranked."""

    group: Group
    choices: tuple[Group, ...]
    rows: tuple[ResultsRow, ...]
    ranked: int
    size: int
    hidden: int
    exempt: int
    bands: tuple[results.GradeBand, ...]
    grades: tuple[tuple[str, int], ...]
    weighted: tuple[tuple[str, int], ...]
    is_published: bool
    due: int
    counted: int
    is_thin: bool


def results_league(selection: Selection, user: User, *, level: str = "", district: str = "") -> ResultsRanking | None:
    """Return the ranking by results of a group; None for a group that does not exist, and for a reader who may not see
    the ranking. Five queries, whatever the number of agencies and targets.

    level, district: as in `league_table.league`, but one level at a time; by default the reader's own, or the first.
    """
    plan = selection.plan
    if not results_ranking.may_see(user, plan):
        return None
    agencies = timeliness.agencies_for(user, day=selection.period.window_last)
    # Levels have different targets: agencies of one are compared, never of all.
    choices = tuple(choice for choice in choices_for(agencies, user) if choice.level != "tat-ca")
    if not (level or district) and choices and (user.reads_everything or user.agency is None):
        level = choices[0].level
    group = group_of(agencies, user, level, district)
    if group not in choices:
        return None
    weights, bands = results_ranking.weights_of(plan), results_ranking.bands_of(plan)
    codes = dict(plan.targets.filter(pk__in=weights).values_list("pk", "code"))
    judged: dict[int, list[results.Judged]] = defaultdict(list)
    on_basis = "approved" if selection.basis == Basis.OFFICIAL else "reported"
    rollups = Rollup.objects.at(selection.period, selection.basis).filter(scope=Scope.OWN, target__plan=plan)
    columns = rollups.values_list("agency", "target", "status", "expected", on_basis)
    for agency, target, status, expected, counted in columns.order_by():
        if agency is not None:
            judged[agency].append(results.Judged(weights.get(target, 1), Status(status), expected, counted))
    members = [ref for ref in agencies.values() if belongs_to(ref, group, agencies)]
    assigned = [ref for ref in members if ref.pk in judged]
    rows = [_row(ref, judged[ref.pk], bands, user, plan.min_coverage) for ref in assigned]
    due, counted = sum(row.due for row in rows), sum(row.counted for row in rows)
    too_few = is_low(counted, due, plan.min_coverage)
    rows = [replace(row, grade="") for row in rows] if too_few else _ranked(rows)
    counts = Counter(row.grade for row in rows if row.rank is not None)
    return ResultsRanking(
        group=group,
        choices=choices,
        rows=tuple(row for row in rows if row.agency.seen),
        ranked=sum(row.rank is not None for row in rows),
        size=len(rows),
        hidden=sum(not row.agency.seen for row in rows),
        exempt=len(members) - len(assigned),
        bands=tuple(bands),
        grades=tuple((band.label, counts[band.label]) for band in bands),
        weighted=tuple(sorted((codes[target], weight) for target, weight in weights.items())),
        is_published=plan.publishes_results,
        due=due,
        counted=counted,
        is_thin=too_few,
    )


def _row(
    ref: AgencyRef,
    targets: Sequence[results.Judged],
    bands: Sequence[results.GradeBand],
    user: User,
    min_coverage: int,
) -> ResultsRow:
    """Return the row of an agency, without its rank."""
    share = results.held_share(targets)
    due = sum(target.expected for target in targets if target.counts)
    counted = sum(target.counted for target in targets if target.counts)
    return ResultsRow(
        rank=None,
        agency=ref,
        share=share,
        grade="" if share is None else results.grade(share, bands),
        statuses=Counter(target.status for target in targets if target.counts),
        is_own=ref.pk == user.agency_id,
        due=due,
        counted=counted,
        is_thin=is_low(counted, due, min_coverage),
    )


def _ranked(rows: Sequence[ResultsRow]) -> list[ResultsRow]:
    """Return the rows with their ranks, best first, equals in the plan's order; those without a judged target last."""
    judged = sorted((row for row in rows if row.share is not None), key=_merit)
    ranks = ranking.places([_merit(row) for row in judged])
    placed = [replace(row, rank=rank) for rank, row in zip(ranks, judged, strict=True)]
    return placed + [row for row in rows if row.share is None]


def _merit(row: ResultsRow) -> Fraction:
    """The sort key of a row with a share: the largest first."""
    return -(row.share or Fraction(0))


def weight_words(weighted: Sequence[tuple[str, int]]) -> str:
    """Return the unequal weights in words: `I.12 trọng số 3; II.2 trọng số 0`."""
    return "; ".join(f"{code} trọng số {formatting.number(weight)}" for code, weight in weighted)


def too_few_words(ranking: ResultsRanking, min_coverage: int) -> str:
    """Return why nobody is ranked: `Chưa xếp hạng: mới có 35/264 số liệu phải có, cần ít nhất 80%.`"""
    counts = f"{formatting.number(ranking.counted)}/{formatting.number(ranking.due)}"
    return f"Chưa xếp hạng: mới có {counts} số liệu phải có, cần ít nhất {formatting.number(min_coverage)}%."
