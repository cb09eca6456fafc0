"""What stood behind each figure at a moment: every reporter's figures as known then, as plain data that can be kept.

A published report stores its ledger; two ledgers, of two periods or of the same one at two moments, say why a value changed
(`indicators.analysis.period_comparison`). JSON-able throughout: numbers are text, exact to the last digit.
"""

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal

from agencies.models import Agency, Level
from core import clock
from core.fields import exact_text
from indicators.analysis.drilldown import within
from indicators.models import Actual, Assignment, Exemption, Frequency, State, Submission, Timing
from indicators.rollups import engine
from indicators.rules.judging import Window

VERSION = 1
# Why an agency of the node is not asked for a figure.
EXEMPT, CLOSED, ENDED = "exempt", "closed", "ended"


def take_snapshot(plan, period, basis, *, targets: Collection[str] | None = None) -> dict:
    """The ledger of a plan as of a period on a basis (all targets, or those with these codes), as known now.

    {"targets": {code: {"definition", "definition_number", "required", "reporters": {agency: {"figures": [[month, version, n,
    d | null], …], "returned": [month, …], "out", "why"}}}}, "agencies": {code: [name, level, parent]}, …}. n is the value of
    a kind without denominator. Eight queries, whatever the number of agencies and targets.
    """
    chosen = plan.targets.in_order().prefetch_related("milestones")
    if targets is not None:
        chosen = chosen.filter(code__in=targets)
    windows = [Window(*row) for row in plan.periods.in_order().values_list("number", "window_last")]
    found = {target.pk: _target(target, plan, windows, period) for target in chosen}
    day = period.window_last
    agencies = {agency.pk: agency for agency in Agency.objects.placed(day).named(day).in_order()}
    figures, returned = _figures(period, basis, found), _returned(period)
    named = set()
    for assignment in _assignments(found):
        agency = agencies[assignment.agency_id]
        if agency.parent_as_of is None and agency.level != Level.PROVINCE:
            continue
        assignment.agency = agency
        out, why = _out(assignment, period.window_last)
        entry = {
            "figures": figures.get((assignment.target_id, agency.pk), []),
            "returned": returned.get(agency.pk, []),
            "out": out,
            "why": why,
        }
        found[assignment.target_id]["reporters"][agency.code] = entry
        named |= {agency.pk, agency.parent_as_of}
    return {
        "version": VERSION,
        "plan": plan.year,
        "month": period.number,
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
        "targets": {target["code"]: target for target in found.values()},
    }


def _target(target, plan, windows, period):
    required = engine.rule_of(target, plan, windows).required[period.number]
    return {
        "code": target.code,
        "label": target.label,
        "kind": target.kind,
        "unit": target.unit,
        "is_flow": target.timing == Timing.FLOW,
        "is_quarterly": target.frequency == Frequency.QUARTER,
        "definition": target.definition,
        "definition_number": target.definition_number,
        "required": exact_text(None if required is None else Decimal(required).scaleb(-6)),
        "reporters": {},
    }


def _assignments(targets):
    exemptions = defaultdict(list)
    for exemption in Exemption.objects.filter(assignment__target__in=targets):
        exemptions[exemption.assignment_id].append(exemption)
    order = ("target", "agency__position", "agency__code")
    for assignment in Assignment.objects.filter(target__in=targets).order_by(*order):
        assignment.running = exemptions[assignment.pk]
        yield assignment


def _out(assignment, day):
    """(why it is not asked for a figure on a day, the reason given); empty where it is."""
    if not within(assignment.agency, day):
        return CLOSED, ""
    if not within(assignment, day):
        return ENDED, ""
    exemption = next((exemption for exemption in assignment.running if within(exemption, day)), None)
    return (EXEMPT, exemption.reason) if exemption else ("", "")


def _figures(period, basis, targets):
    found = defaultdict(list)
    actuals = Actual.objects.on(basis).up_to(period).filter(target__in=targets)
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
        found[target, agency].append([month, version, shown, exact_text(denominator)])
    return found


def _returned(period):
    """The months whose newest report is sent back or taken back, by agency."""
    found = defaultdict(list)
    back = Submission.objects.latest_versions().filter(
        state__in=[State.RETURNED, State.DRAFT], period__plan=period.plan_id, period__number__lte=period.number
    )
    for agency, month in back.order_by("period__number").values_list("agency", "period__number"):
        found[agency].append(month)
    return found
