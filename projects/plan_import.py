"""The import of the plan's projects from fixtures. Creates only what is missing."""

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db import transaction

from agencies.models import Agency
from indicators import plan_guard
from indicators.models import Plan, Target
from projects.models import MilestoneTemplate, Project, ProjectGroup, ProjectLink, ProjectParty


@transaction.atomic
def load_projects(plan: Plan, rows: Iterable[Mapping[str, str]]) -> int:
    """Create the projects of `projects.csv` that do not exist; return how many were created."""
    plan_guard.require_open(plan)
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    sections: dict[str, ProjectGroup] = {}
    made = 0
    for row in rows:
        if row["section"] not in sections:
            sections[row["section"]], _ = ProjectGroup.objects.get_or_create(
                plan=plan,
                code=row["section"],
                defaults={"title": row["section_title"], "position": len(sections) + 1},
            )
        project, new = Project.objects.get_or_create(
            section=sections[row["section"]],
            number=int(row["no"]),
            defaults={
                "name": row["name"],
                "signed_name": row["signed_name"],
                "timing_text": row["timing_text"],
                "due": dt.date.fromisoformat(row["due"]) if row["due"] else None,
                "is_ongoing": row["ongoing"] == "1",
                "leads_text": row["leads_text"],
                "coordinators_text": row["coordinators_text"],
            },
        )
        if new:
            made += 1
            _load_parties(project, row, agencies)
        elif row["signed_name"] and not project.signed_name and project.name == row["name"]:
            # A plan that was loaded before the signed names were part of it.
            project.signed_name = row["signed_name"]
            project.save(update_fields=["signed_name"])
            made += 1
        if not new and row["reported_by"]:
            made += _complete_reporter(project, agencies[row["reported_by"]])
    return made


def _complete_reporter(project: Project, reporter: Agency) -> int:
    """Name the agency that reports on behalf of an outside lead, where the plan was loaded before that was part of it;
    return the number of parties."""
    outside = [party for party in project.parties.all() if party.is_outside and party.part == ProjectParty.Part.LEAD]
    lacking = [party for party in outside if party.reported_by_id is None]
    ProjectParty.objects.filter(pk__in=[party.pk for party in lacking]).update(reported_by=reporter)
    return len(lacking)


def _load_parties(project: Project, row: Mapping[str, str], agencies: Mapping[str, Agency]) -> None:
    for part, column in ((ProjectParty.Part.LEAD, "leads"), (ProjectParty.Part.COORDINATOR, "coordinators")):
        for position, name in enumerate(filter(None, row[column].split("|"))):
            party = ProjectParty(
                project=project,
                part=part,
                agency=None if name.startswith("@") else agencies[name],
                group=name if name.startswith("@") else "",
                position=position,
            )
            if part == ProjectParty.Part.LEAD and party.is_outside and row["reported_by"]:
                party.reported_by = agencies[row["reported_by"]]
            party.save()


@transaction.atomic
def load_links(plan: Plan, rows: Iterable[Mapping[str, str]]) -> int:
    """Create the links between projects and targets (`project_targets.csv`: III.3, I.12) that do not exist; return how
    many were created. A link to a project or target that the plan does not have is left out."""
    plan_guard.require_open(plan)
    projects = {p.label: p for p in Project.objects.filter(section__plan=plan).select_related("section")}
    targets = {target.code: target for target in Target.objects.filter(plan=plan)}
    made = 0
    for row in rows:
        if row["project"] in projects and row["target"] in targets:
            _, new = ProjectLink.objects.get_or_create(project=projects[row["project"]], target=targets[row["target"]])
            made += new
    return made


@transaction.atomic
def load_steps(plan: Plan, rows: Iterable[Mapping[str, str]]) -> int:
    """Create the usual steps of an IT project, where the plan has none yet; return how many were created."""
    plan_guard.require_open(plan)
    if plan.project_steps.exists():
        return 0
    steps = [MilestoneTemplate(plan=plan, position=position, name=row["name"]) for position, row in enumerate(rows, 1)]
    return len(MilestoneTemplate.objects.bulk_create(steps))


@transaction.atomic
def load_charge_projects(plan: Plan, rows: Iterable[Mapping[str, str]]) -> None:
    """Link each charge that has no project yet to its projects (`charge_projects.csv`: VI.2, III.3)."""
    plan_guard.require_open(plan)
    projects = {
        project.label: project for project in Project.objects.filter(section__plan=plan).select_related("section")
    }
    bare = {charge.code: charge for charge in plan.charges.filter(projects__isnull=True)}
    for row in rows:
        if row["charge"] in bare and row["project"] in projects:
            projects[row["project"]].charges.add(bare[row["charge"]])
