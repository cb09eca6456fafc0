"""Import of a plan from the fixtures: plan, periods, pillars, indicators, targets, assignments, metadata. Only missing
rows are created."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from agencies.models import Agency
from indicators import plan_guard
from indicators.models import (
    Charge,
    ChargeTarget,
    Commitment,
    Indicator,
    IndicatorParty,
    Pillar,
    Plan,
    ReportingPeriod,
    RollupState,
    Target,
    TargetMetadata,
)
from indicators.periods import working_days
from indicators.rollups.pending import request_rollup
from indicators.rules.calendar import month_window, next_working_day
from indicators.targets.metadata import FIELDS
from indicators.targets.services import assign_from_groups

# A row of a fixture: column -> text.
Row = Mapping[str, str]
# Facts of a plan that earlier loads did not know.
COMPLETED = ("source", "source_url", "reports_to", "projects_annex")


@transaction.atomic
def load_plan(facts: Mapping[str, Any], indicators: Iterable[Row], targets: Iterable[Row]) -> tuple[Plan, int]:
    """Create a plan from `plan.json`, `indicators.csv` and `targets.csv`; return it and the number of created
    objects."""
    made = 0
    plan, new = Plan.objects.get_or_create(
        year=facts["year"], defaults={key: value for key, value in facts.items() if key != "year"}
    )
    plan_guard.require_open(plan)
    made += new
    if new:
        plan.refresh_from_db()
    else:
        made += _complete(plan, facts)
    made += _load_periods(plan)
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    pillars: dict[str, Pillar] = {}
    known: dict[str, Indicator] = {}
    for row in indicators:
        if row["pillar"] not in pillars:
            pillars[row["pillar"]], new = Pillar.objects.get_or_create(
                plan=plan,
                code=row["pillar"],
                defaults={"title": row["pillar_title"], "position": len(pillars) + 1},
            )
            made += new
        indicator, new = Indicator.objects.get_or_create(
            pillar=pillars[row["pillar"]],
            number=int(row["no"]),
            defaults={
                "text": row["text"],
                "signed_text": row["signed_text"],
                "leads_text": row["leads_text"],
                "coordinators_text": row["coordinators_text"],
            },
        )
        known[f"{row['pillar']}.{row['no']}"] = indicator
        if new:
            made += 1
            _load_parties(indicator, row, agencies)
    for position, row in enumerate(targets, start=1):
        _, new = Target.objects.get_or_create(
            plan=plan,
            code=row["code"],
            defaults={
                "indicator": known[".".join(row["code"].split(".")[:2])],
                "label": row["label"],
                "kind": row["kind"],
                "timing": row["timing"],
                "frequency": row["frequency"],
                "unit": row["unit"],
                "comparator": row["comparator"],
                "threshold": Decimal(row["threshold"]) if row["threshold"] else None,
                "due": dt.date.fromisoformat(row["due"]),
                "reporters": row["reporters"],
                "numerator_label": row["numerator"],
                "denominator_label": row["denominator"],
                "baseline": Decimal(row["baseline_2022"]) if row["baseline_2022"] else None,
                "baseline_source": row["baseline_source"],
                "position": position,
            },
        )
        made += new
    assigned = assign_from_groups(plan)
    RollupState.objects.get_or_create(plan=plan)
    if assigned:
        request_rollup(plan=plan)
    return plan, made + assigned


@transaction.atomic
def load_metadata(plan: Plan, rows: Iterable[Row]) -> int:
    """Describe the targets of `target_metadata.csv` that nobody described; return their number. A row of a target that
    the plan does not have is left out."""
    plan_guard.require_open(plan)
    described = TargetMetadata.objects.filter(target__plan=plan).values("target")
    targets = {target.code: target for target in Target.objects.filter(plan=plan).exclude(pk__in=described)}
    created = TargetMetadata.objects.bulk_create(
        TargetMetadata(target=targets[row["target"]], **{name: row[name] for name in FIELDS})
        for row in rows
        if row["target"] in targets
    )
    return len(created)


def _complete(plan: Plan, facts: Mapping[str, Any]) -> int:
    """Fill in what a plan lacks that was loaded before these facts were part of it; return 1 where something was."""
    lacking = [name for name in COMPLETED if facts.get(name) and not getattr(plan, name)]
    for name in lacking:
        setattr(plan, name, facts[name])
    plan.save(update_fields=lacking)
    return bool(lacking)


def _load_periods(plan: Plan) -> int:
    """Create twelve months with the windows of Decree 09/2019 and the plan's own deadlines.

    One that falls on a day off moves to the next working day unless the plan says otherwise.
    """
    made = 0
    off = working_days.days_off(dt.date(plan.year, 1, 1), dt.date(plan.year + 1, 1, 31))
    for month in range(1, 13):
        first, last = month_window(plan.year, month)
        due, review_due = (dt.date(plan.year, month, day) for day in (plan.due_day, plan.review_day))
        if not plan.keeps_days_off:
            due, review_due = next_working_day(due, off), next_working_day(review_due, off)
        _, new = ReportingPeriod.objects.get_or_create(
            plan=plan,
            number=month,
            defaults={
                "window_first": first,
                "window_last": last,
                "opens_on": last + dt.timedelta(days=1),
                "due_on": due,
                "review_due_on": review_due,
                "closes_on": review_due,
            },
        )
        made += new
    return made


def _load_parties(indicator: Indicator, row: Row, agencies: Mapping[str, Agency]) -> None:
    """Leads and coordinators: agency codes or groups, separated by |; reported_by (a column that a fixture may lack): the
    agency that reports on behalf of an outside lead."""
    for part, column in ((IndicatorParty.Part.LEAD, "leads"), (IndicatorParty.Part.COORDINATOR, "coordinators")):
        for position, name in enumerate(filter(None, row[column].split("|"))):
            party = IndicatorParty(
                indicator=indicator,
                part=part,
                agency=None if name.startswith("@") else agencies[name],
                group=name if name.startswith("@") else "",
                position=position,
            )
            if part == IndicatorParty.Part.LEAD and party.is_outside and row.get("reported_by"):
                party.reported_by = agencies[row["reported_by"]]
            party.save()


@transaction.atomic
def load_charges(plan: Plan, charges: Iterable[Row], links: Iterable[Row]) -> int:
    """Create the charges of `charges.csv` that do not exist, with their targets of `charge_targets.csv`; return how many
    were created. A charge that exists keeps the targets that it has."""
    plan_guard.require_open(plan)
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    new: dict[str, Charge] = {}
    for row in charges:
        charge, is_new = Charge.objects.get_or_create(
            plan=plan,
            code=row["code"],
            defaults={
                "agency": agencies[row["agency"]],
                **{name: row[name] for name in ("title", "sentence", "legal_ground", "report_to")},
            },
        )
        if is_new:
            new[charge.code] = charge
    targets = {target.code: target for target in plan.targets.all()}
    ChargeTarget.objects.bulk_create(
        ChargeTarget(charge=new[row["charge"]], target=targets[row["target"]], part=row["part"])
        for row in links
        if row["charge"] in new
    )
    return len(new)


@transaction.atomic
def load_commitments(plan: Plan, rows: Iterable[Row]) -> int:
    """Create the commitments of `commitments.csv` that do not exist, assigned to nobody; return how many were
    created."""
    plan_guard.require_open(plan)
    made = 0
    for row in rows:
        _, new = Commitment.objects.get_or_create(
            plan=plan,
            number=int(row["number"]),
            defaults={name: row[name] for name in ("text", "source", "sentence")},
        )
        made += new
    return made
