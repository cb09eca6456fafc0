"""The next year's plan as a copy of a plan: everything of it that goes on, in one transaction, as a draft."""

import re
from collections.abc import Collection, Iterable
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model
from simple_history.utils import bulk_create_with_history

from agencies.models import User
from core import clock
from core.audit.services import audit
from indicators.audit_acts import PlanAct
from indicators.errors import ActionNotAllowed
from indicators.models import (
    Assignment,
    CarriedBaseline,
    Charge,
    ChargeTarget,
    Commitment,
    CommitmentParty,
    DenominatorUse,
    Exemption,
    GradeBand,
    Indicator,
    IndicatorParty,
    Plan,
    PlanState,
    ResultWeight,
    RollupState,
    Target,
    TargetMetadata,
    TargetMilestone,
)
from indicators.models.plan import MOST_YEARS
from indicators.rules.calendar import years_after
from indicators.targets.services import save_with_history
from plans.outline import Heirs, Outline, outline
from plans.services import may_keep
from projects.models import MilestoneTemplate, Project, ProjectGroup, ProjectLink, ProjectParty
from reports.models import Letterhead

Row = TypeVar("Row", bound=Model)
AnyParty = TypeVar("AnyParty", IndicatorParty, CommitmentParty, ProjectParty)

REASON = "sao chép từ kế hoạch trước"
# What a copy does not take over of a plan: its own number, day and sources, and its state.
OWN_FIELDS = {"id", "code", "address", "year", "state", "number", "issued_on", "source", "source_url", "copied_from"}


def check(plan: Plan, year: int, code: str) -> None:
    """Raise ActionNotAllowed where a plan cannot be copied to a year under a code. At most two queries."""
    if not plan.year < year <= plan.year + MOST_YEARS:
        raise ActionNotAllowed(f"Chọn một năm sau năm {plan.year}, không quá mười năm.")
    if flaw := Plan.objects.code_flaw(code, year, year + plan.last_year - plan.year):
        raise ActionNotAllowed(flaw)
    if plan.copies.filter(year=year).exists():
        raise ActionNotAllowed(
            f"Đã có kế hoạch năm {year} sao chép từ kế hoạch này. Là dự thảo thì xóa trước rồi sao chép lại."
        )


@transaction.atomic
def copy_plan(
    *, plan: Plan, year: int, code: str, by: User | None, left_out: Collection[str] = (), address: str | None = None
) -> Plan:
    """Copy a plan to another year as a draft; return the draft. left_out: codes of targets that it does not take over.

    by: None for the operator's command. Raises ActionNotAllowed.
    """
    if by is not None and not may_keep(by):
        raise ActionNotAllowed("Tài khoản không sao chép được kế hoạch. Không có gì thay đổi.")
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    check(plan, year, code)
    source = outline(plan, year, code)
    made = _plan(source)
    targets = _targets(source, made, left_out, by)
    _calendar_and_settings(source, made, targets)
    _assignments(source, targets)
    _charges_and_commitments(source, made, targets)
    projects = _projects(source, made, targets)
    audit(
        by=by,
        act=PlanAct.COPY,
        label=str(made),
        address=address,
        source=plan.code,
        plan=made.code,
        targets=len(targets),
        left_out=sorted(left_out),
        projects=len(projects),
        moved={agency.code: [heir.code for heir in heirs] for agency, heirs in source.moved},
    )
    return made


def _copied(row: Row, **changes: object) -> Row:
    """Return an unsaved copy of a row with other values."""
    names = [field.attname for field in row._meta.concrete_fields if not field.primary_key or field.is_relation]
    values = {name: getattr(row, name) for name in names if not {name, name.removesuffix("_id")} & changes.keys()}
    return type(row)(**values, **changes)


def _plan(source: Outline) -> Plan:
    """Store the plan itself; its dates are those of the year, its number and day are still to come."""
    old, years = source.source, source.year - source.source.year
    values = {
        field.name: getattr(old, field.name) for field in old._meta.concrete_fields if field.name not in OWN_FIELDS
    }
    values |= {
        "title": later_years(old.title, {old.year, old.last_year}, years),
        "first_day": years_after(old.first_day, years),
        "last_day": years_after(old.last_day, years),
    }
    return Plan.objects.create(**values, code=source.code, year=source.year, state=PlanState.DRAFT, copied_from=old)


def later_years(title: str, known: set[int], years: int) -> str:
    """Return a title with each of the known years so many years later."""
    return re.sub("[0-9]{4}", lambda at: str(int(at[0]) + years * (int(at[0]) in known)), title)


def _parties(parties: Iterable[AnyParty], heirs: Heirs, **owner: object) -> list[AnyParty]:
    """Return copies of parties with the agencies that carry on; an ended one without a follower is left out."""
    made: list[AnyParty] = []
    present: set[tuple[str, int | None, str]] = set()
    for party in parties:
        agency = party.agency_id  # declared by the subclasses
        for heir in (None,) if agency is None else heirs.of(agency):
            key = (party.part, heir, party.group)
            if key not in present:
                present.add(key)
                reporters = heirs.of(party.reported_by_id) if party.reported_by_id else ()
                reporter = reporters[0] if reporters else None
                made.append(_copied(party, **owner, agency_id=heir, reported_by_id=reporter, position=len(made)))
    return made


def _targets(source: Outline, plan: Plan, left_out: Collection[str], by: User | None) -> dict[int, Target]:
    """Store pillars, indicators and targets with all that describes them; return the new target of each old one."""
    years = source.year - source.source.year
    targets: dict[int, Target] = {}
    indicators: dict[int, Indicator] = {}
    for pillar in source.source.pillars.all():
        new_pillar = _copied(pillar, plan=plan)
        new_pillar.save()
        for indicator in pillar.indicators.prefetch_related("parties"):
            new = indicators[indicator.pk] = _copied(indicator, pillar=new_pillar)
            new.save()
            IndicatorParty.objects.bulk_create(_parties(indicator.parties.all(), source.heirs, indicator=new))
    for carried in source.targets:
        old, baseline = carried.target, carried.baseline
        if old.code in left_out:
            continue
        new_target = _copied(
            old,
            plan=plan,
            indicator=indicators[old.indicator_id],
            due=min(years_after(old.due, years), plan.last_day),
            baseline=baseline.value,
            baseline_source=baseline.source if baseline.value is not None else "",
            definition_number=1,
            defined_at=None,
        )
        save_with_history(new_target, by=by, reason=REASON)
        targets[old.pk] = new_target
        if baseline.value is not None and baseline.period is not None:
            CarriedBaseline.objects.create(
                target=new_target,
                earlier=old,
                period=baseline.period,
                value=baseline.value,
                approved=baseline.approved,
                expected=baseline.expected,
            )
        TargetMilestone.objects.bulk_create(
            TargetMilestone(target=new_target, day=years_after(milestone.day, years), value=milestone.value)
            for milestone in old.milestones.all()
        )
    for model in (TargetMetadata, ResultWeight, DenominatorUse):
        rows: list[Any] = list(model._default_manager.filter(target__in=targets))
        for row in rows:
            _copied(row, target=targets[row.target_id]).save(force_insert=True)
    return targets


def _calendar_and_settings(source: Outline, plan: Plan, targets: dict[int, Target]) -> None:
    """Store the periods, the grades, the letterheads with their signers, the project steps."""
    old = source.source
    RollupState.objects.create(plan=plan)
    for period in source.periods:
        period.plan = plan
        period.save()
    GradeBand.objects.bulk_create(_copied(band, plan=plan) for band in old.grade_bands.all())
    MilestoneTemplate.objects.bulk_create(_copied(step, plan=plan) for step in old.project_steps.all())
    for letterhead in Letterhead.objects.filter(plan=old).prefetch_related("signers"):
        new = _copied(letterhead, plan=plan)
        new.save()
        for signer in letterhead.signers.all():
            _copied(signer, letterhead=new).save()
    copied = {target.code for target in targets.values()}
    gone = {carried.target.code for carried in source.targets} - copied
    plan.target_rules = [rule for rule in old.target_rules if not rule.get("withdrawn") and not gone & _codes_in(rule)]
    plan.save(update_fields=["target_rules"])


def _codes_in(rule: object) -> set[str]:
    """Return all texts of a stored rule, the codes of its targets among them."""
    if isinstance(rule, str):
        return {rule}
    parts = rule.values() if isinstance(rule, dict) else rule if isinstance(rule, list) else ()
    return set().union(*map(_codes_in, parts))


def _assignments(source: Outline, targets: dict[int, Target]) -> None:
    """Store who reports what, and the exemptions that run on."""
    first_day = source.first_day
    made = [
        Assignment(
            target=targets[target],
            agency_id=agency,
            first_day=old.first_day if old.first_day is not None and old.first_day > first_day else None,
            last_day=old.last_day if old.last_day is not None and old.last_day >= first_day else None,
        )
        for (target, agency), old in source.assignments.items()
        if target in targets
    ]
    bulk_create_with_history(made, Assignment, batch_size=1000, default_change_reason=REASON, default_date=clock.now())
    stored = {(row.target_id, row.agency_id): row for row in Assignment.objects.filter(target__in=targets.values())}
    exemptions = []
    for exemption in source.exemptions:
        target = targets.get(exemption.assignment.target_id)
        for agency in source.heirs.of(exemption.assignment.agency_id):
            assignment = stored.get((target.pk, agency)) if target else None
            if (
                assignment is not None
                and source.assignments[exemption.assignment.target_id, agency] == exemption.assignment
            ):
                begins = max(exemption.first_day, first_day)
                exemptions.append(_copied(exemption, assignment=assignment, first_day=begins))
    bulk_create_with_history(exemptions, Exemption, default_change_reason=REASON, default_date=clock.now())


def _charges_and_commitments(source: Outline, plan: Plan, targets: dict[int, Target]) -> None:
    """Store the charges with their targets, and the commitments with their parties. A charge whose agency ended without a
    follower is left out."""
    years = source.year - source.source.year
    for charge in Charge.objects.filter(plan=source.source).prefetch_related("links"):
        heirs = source.heirs.of(charge.agency_id)
        if not heirs:
            continue
        new = _copied(charge, plan=plan, agency_id=heirs[0])
        new.save()
        ChargeTarget.objects.bulk_create(
            _copied(link, charge=new, target=targets[link.target_id])
            for link in charge.links.all()
            if link.target_id in targets
        )
    for commitment in Commitment.objects.filter(plan=source.source).prefetch_related("parties"):
        due = commitment.due
        copied = _copied(
            commitment, plan=plan, due=None if due is None else min(years_after(due, years), plan.last_day)
        )
        copied.save()
        CommitmentParty.objects.bulk_create(_parties(commitment.parties.all(), source.heirs, commitment=copied))


def _projects(source: Outline, plan: Plan, targets: dict[int, Target]) -> list[Project]:
    """Store the groups, and the projects that go on, each with the one whose reports are its history."""
    groups: dict[int, ProjectGroup] = {}
    for group in ProjectGroup.objects.filter(plan=source.source):
        groups[group.pk] = _copied(group, plan=plan)
        groups[group.pk].save()
    charges = {charge.code: charge for charge in plan.charges.all()}
    made = []
    for project in source.projects:
        new = _copied(
            project, section=groups[project.section_id], added_on=None, added_by=None, revision=0, continues=project
        )
        new.save()
        ProjectParty.objects.bulk_create(_parties(project.parties.all(), source.heirs, project=new))
        linked = project.links.values_list("target", flat=True)
        ProjectLink.objects.bulk_create(
            ProjectLink(project=new, target=targets[target]) for target in linked if target in targets
        )
        new.charges.set(charges[code] for code in project.charges.values_list("code", flat=True) if code in charges)
        made.append(new)
    return made
