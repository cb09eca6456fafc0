"""The data behind each figure at a moment: every reporter's figures as known then, as plain data that can be stored.

A published report stores its snapshot; two snapshots, of two periods or of the same one at two moments, say why a value
changed (`indicators.analysis.period_comparison`). Everything is JSON: numbers are text, exact to the last digit.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef

from agencies.models import Agency, Level, Succession
from core import clock
from core.fields import exact_text
from indicators.analysis.drilldown import within
from indicators.models import (
    Actual,
    Assignment,
    Basis,
    Exemption,
    Frequency,
    Plan,
    ReportingPeriod,
    Rollup,
    State,
    Submission,
    Target,
    Timing,
)
from indicators.rollups import engine
from indicators.rollups.definitions import hold_as_of
from indicators.rollups.succession import Successions
from indicators.rules.calendar import year_start

VERSION = 1
# The reasons why an agency of the node need not report.
EXEMPT, CLOSED, ENDED = "exempt", "closed", "ended"


def take_snapshot(plan: Plan, period: ReportingPeriod, basis: Basis, *, targets: Collection[str] | None = None) -> dict:
    """Return the snapshot of a plan as of a period on a basis (all targets, or those with these codes), as known now.

    {"targets": {code: {"definition", "definition_number", "required", "reporters": {agency: {"figures": [[month,
    version, n, d | null], …], "returned": [month, …], "out", "why"}}}}, "agencies": {code: [name, level, parent]}, …}.
    n is the value of a kind without denominator. Of a sum that began again after the plan's first year a target has "since": the
    first month that counts. Where the state before a reorganisation stands, a target has "standing":
    {node: {"ended": [agency, …], "upto": {agency: month}, "unborn": [agency, …]}}, a node as in `compare`. Eight
    queries, whatever the number of agencies and targets, and those of `Successions` where an agency has ended or given a part.
    """
    chosen = plan.targets.in_order().prefetch_related("milestones")
    if targets is not None:
        chosen = chosen.filter(code__in=targets)
    province = Rollup.objects.at(period, basis).of_province()
    required = dict(province.filter(target__plan=plan).values_list("target", "required"))
    as_judged = list(chosen)
    hold_as_of(as_judged, period.number)
    by_target = {target.pk: _target(target, required.get(target.pk), period) for target in as_judged}
    day = period.window_last
    gave_part = Succession.objects.filter(before=OuterRef("pk"), way=Succession.Way.PARTED, first_day__lte=day)
    in_order = Agency.objects.placed(day).named(day).in_order().annotate(gave_part=Exists(gave_part))
    agencies = {agency.pk: agency for agency in in_order}
    figures, returned = _figures(period, basis, by_target), _returned(period)
    named = set()
    for assignment, exemptions in _assignments(by_target):
        agency = agencies[assignment.agency_id]
        if agency.parent_as_of is None and agency.level != Level.PROVINCE:
            continue
        assignment.agency = agency
        out, why = _out(assignment, exemptions, period.window_last)
        entry = {
            "figures": figures.get((assignment.target_id, agency.pk), []),
            "returned": returned.get(agency.pk, []),
            "out": out,
            "why": why,
        }
        by_target[assignment.target_id]["reporters"][agency.code] = entry
        named |= {agency.pk, agency.parent_as_of}
    for pk, standing in _standing(plan, period, basis, by_target, agencies).items():
        by_target[pk]["standing"] = standing
    return {
        "version": VERSION,
        "plan": plan.year if plan.is_first_of_year else plan.address,
        "month": period.number,
        **({"starts": [plan.year, plan.first_month]} if plan.has_several_years else {}),
        "day": str(period.window_last),
        "basis": str(basis),
        "known_at": clock.now().isoformat(),
        "agencies": {
            agency.code: [
                agency.short_name_as_of,
                agency.level,
                agencies[agency.parent_as_of].code if agency.parent_as_of else "",
            ]
            for agency in agencies.values()
            if agency.pk in named
        },
        "targets": {target["code"]: target for target in by_target.values()},
    }


def _target(target: Target, required: Decimal | None, period: ReportingPeriod) -> dict:
    since = year_start(period.number) if target.restarts else 1
    return {
        "code": target.code,
        "label": target.label,
        "kind": target.kind,
        "unit": target.unit,
        "is_flow": target.timing == Timing.FLOW,
        "is_quarterly": target.frequency == Frequency.QUARTER,
        "definition": target.definition,
        "definition_number": target.definition_number,
        "required": exact_text(required),
        "reporters": {},
        **({"since": since} if since > 1 else {}),
    }


def _standing(
    plan: Plan, period: ReportingPeriod, basis: Basis, targets: Mapping[int, dict], agencies: Mapping[int, Any]
) -> dict[int, dict]:
    """Return, by target and node, the ended agencies that go on counting, and what counts of their successors and of agencies
    that gave or took a part. agencies: with `gave_part`."""
    chosen = [pk for pk, target in targets.items() if not target["is_flow"]]
    has_changed = any(
        agency.gave_part or (agency.last_day is not None and agency.last_day < period.window_last)
        for agency in agencies.values()
    )
    if not chosen or not has_changed:
        return {}
    windows = engine.windows_of(plan)
    successions = Successions(plan, chosen, windows)
    standing: dict[int, dict] = {}
    for pk in chosen:
        for (scope, node), row in successions.standing(pk, period.number, basis).items():
            name = engine.LEVEL_NODES[node] if scope == engine.LEVEL else agencies[node].code
            if scope == engine.AREA and agencies[node].level == Level.PROVINCE:
                name = ""
            months = {
                agency: max((window.number for window in windows if window.last <= day), default=0)
                for agency, day in row.limits.items()
            }
            standing.setdefault(pk, {})[name] = {
                "ended": sorted(agencies[agency].code for agency in row.ended),
                "upto": {agencies[agency].code: month for agency, month in months.items()},
                "unborn": sorted(
                    agencies[agency].code for agency in row.limits if not successions.counts(agency, row.limits)
                ),
            }
    return standing


def _assignments(targets: Collection[int]) -> Iterator[tuple[Assignment, list[Exemption]]]:
    """Yield each assignment of the targets with its exemptions."""
    exemptions: dict[int, list[Exemption]] = defaultdict(list)
    for exemption in Exemption.objects.filter(assignment__target__in=targets):
        exemptions[exemption.assignment_id].append(exemption)
    order = ("target", "agency__position", "agency__code")
    for assignment in Assignment.objects.filter(target__in=targets).order_by(*order):
        yield assignment, exemptions[assignment.pk]


def _out(assignment: Assignment, exemptions: Sequence[Exemption], day: dt.date) -> tuple[str, str]:
    """Return (why it need not report on a day, the reason given); empty where it must."""
    if not within(assignment.agency, day):
        return CLOSED, ""
    if not within(assignment, day):
        return ENDED, ""
    exemption = next((exemption for exemption in exemptions if within(exemption, day)), None)
    return (EXEMPT, exemption.reason) if exemption else ("", "")


def _figures(period: ReportingPeriod, basis: Basis, targets: Collection[int]) -> dict[tuple[int, int], list[list]]:
    figures = defaultdict(list)
    actuals = Actual.objects.on(basis).counted_as_of(period).filter(target__in=targets)
    columns = actuals.values_list(
        "target",
        "submission__agency",
        "submission__period__number",
        "submission__version",
        "numerator",
        "denominator",
        "value",
    )
    for target, agency, month, version, numerator, denominator, value in columns.order_by("submission__period__number"):
        shown = exact_text(value) if numerator is None else exact_text(numerator)
        figures[target, agency].append([month, version, shown, exact_text(denominator)])
    return figures


def _returned(period: ReportingPeriod) -> dict[int, list[int]]:
    """Return the months whose newest report is sent back or withdrawn, by agency."""
    months = defaultdict(list)
    back = Submission.objects.latest_versions().filter(
        state__in=[State.RETURNED, State.DRAFT], period__plan=period.plan_id, period__number__lte=period.number
    )
    for agency, month in back.order_by("period__number").values_list("agency", "period__number"):
        months[agency].append(month)
    return months
