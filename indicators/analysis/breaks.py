"""Breaks of a target's series at a node: months that are not comparable with the ones before, with what changed.

Another definition that begins in the month, and agencies of the node that were merged, split or ended in it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Q

from agencies.models import GROUPS, Succession
from core import formatting
from indicators.analysis.charts import SeriesBreak
from indicators.analysis.nodes import Node
from indicators.models import Scope, Target
from indicators.rules.observation import definition_breaks
from indicators.selection import Selection
from indicators.targets import text

# Changes of agencies in one month that are told one by one.
MOST_TOLD = 3


def breaks_of(selection: Selection, target: Target, node: Node) -> list[SeriesBreak]:
    """Return the breaks up to the chosen period, in order. Two queries; one for a target with its definitions
    prefetched."""
    defined, organised = _definitions(target), _successions(selection, target, node)
    made = []
    for number in range(2, selection.period.number + 1):
        sentences = (*defined.get(number, ()), *organised.get(number, ()))
        if sentences:
            labels = ["định nghĩa mới"] if number in defined else []
            labels += ["đổi tổ chức"] if number in organised else []
            month = selection.plan.month_label(number)
            made.append(SeriesBreak(number, month, ", ".join(labels), sentences, number in defined))
    return made


def _definitions(target: Target) -> dict[int, tuple[str, ...]]:
    """Return what another definition changed, by the period in which it begins."""
    definitions = sorted(target.definitions.all(), key=lambda definition: definition.number)
    told: dict[int, tuple[str, ...]] = {}
    for number, (old, new) in definition_breaks([definition.first_period for definition in definitions]).items():
        changes = text.definition_changes(definitions[old].content, definitions[new].content, target.unit)
        what = ", ".join(f"{part.lower()} {before} → {after}" for part, before, after in changes)
        told[number] = (f"định nghĩa lần {definitions[new].number}" + (f": {what}" if what else ""),)
    return told


def _successions(selection: Selection, target: Target, node: Node) -> dict[int, tuple[str, ...]]:
    """Return the changes of agencies that report the target in the node, by the first period that they touch. One
    query."""
    reports = Q(before__assignments__target=target) | Q(after__assignments__target=target)
    rows = (
        Succession.objects.filter(
            reports, first_day__gt=selection.plan.first_day, first_day__lte=selection.period.window_last
        )
        .select_related("before", "after")
        .distinct()
    )
    by_number: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        if _concerns(row, node):
            number = _first_period(selection, row.first_day)
            day = formatting.date(row.first_day)
            by_number[number].append(f"{row.before.short_name} {row.verb} {row.after.short_name} từ ngày {day}")
    return {number: _told(sentences) for number, sentences in by_number.items()}


def _told(sentences: Sequence[str]) -> tuple[str, ...]:
    more = len(sentences) - MOST_TOLD
    shown = tuple(sentences[:MOST_TOLD])
    return shown if more <= 0 else (*shown, f"và {formatting.number(more)} thay đổi tổ chức nữa")


def _concerns(row: Succession, node: Node) -> bool:
    """Return True where an agency of the succession is one of the node's."""
    both = (row.before, row.after)
    if node.is_province:
        return True
    if node.scope == Scope.LEVEL:
        return any(agency.level == GROUPS[node.code] for agency in both)
    mine = node.one_agency.pk
    if node.scope == Scope.OWN:
        return any(agency.pk == mine for agency in both)
    return any(mine in (agency.pk, agency.parent_id) for agency in both)


def _first_period(selection: Selection, day: dt.date) -> int:
    """Return the number of the first period whose window ends on or after a day."""
    return next(period.number for period in selection.periods if period.window_last >= day)
