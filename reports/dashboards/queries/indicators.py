"""The plan's indicators as they were signed, each with the targets that measure it and their state in the province."""

from collections import defaultdict
from dataclasses import dataclass

from agencies.models import User
from indicators.models import Indicator, Target
from indicators.selection import Selection
from reports.dashboards.queries.target_rows import TargetResult, province_results, targets_of


@dataclass(frozen=True)
class IndicatorRow:
    """One indicator. text_parts: its text in order, as (words, whether they correct the signed text); signed: the text as it
    was signed, empty where nothing was corrected; lines: the province's results of its targets."""

    code: str
    number: int
    text_parts: tuple[tuple[str, bool], ...]
    signed: str
    leads: str
    coordinators: str
    lines: tuple[TargetResult, ...]


@dataclass(frozen=True)
class PillarIndicators:
    """A pillar with its indicators, in the plan's order."""

    code: str
    title: str
    rows: tuple[IndicatorRow, ...]


@dataclass(frozen=True)
class IndicatorList:
    """All indicators of a plan."""

    pillars: tuple[PillarIndicators, ...]

    @property
    def count(self) -> int:
        return sum(len(pillar.rows) for pillar in self.pillars)

    @property
    def target_count(self) -> int:
        return sum(len(row.lines) for pillar in self.pillars for row in pillar.rows)

    @property
    def corrected_count(self) -> int:
        return sum(bool(row.signed) for pillar in self.pillars for row in pillar.rows)


def indicator_list(selection: Selection, user: User) -> IndicatorList:
    """Return the plan's indicators with the province's results as of the selected period. Five queries."""
    plan, targets = selection.plan, targets_of(selection.plan, selection.period.number)
    periods = [each for each in selection.periods if each.number <= selection.period.number]
    lines = province_results(plan, periods, selection.basis, user, targets)
    of_indicator = defaultdict(list)
    for pk, indicator_id in Target.objects.filter(pk__in=lines).in_order().values_list("pk", "indicator_id"):
        of_indicator[indicator_id].append(lines[pk])
    pillars: dict[str, list[IndicatorRow]] = defaultdict(list)
    titles: dict[str, str] = {}
    for indicator in Indicator.objects.filter(pillar__plan=plan).select_related("pillar"):
        titles[indicator.pillar.code] = indicator.pillar.title
        pillars[indicator.pillar.code].append(_row(indicator, of_indicator[indicator.pk]))
    return IndicatorList(tuple(PillarIndicators(code, titles[code], tuple(rows)) for code, rows in pillars.items()))


def _row(indicator: Indicator, lines: list[TargetResult]) -> IndicatorRow:
    return IndicatorRow(
        code=indicator.code,
        number=indicator.number,
        text_parts=tuple(indicator.words),
        signed=indicator.signed_text if indicator.is_corrected else "",
        leads=indicator.leads_text,
        coordinators=indicator.coordinators_text,
        lines=tuple(lines),
    )
