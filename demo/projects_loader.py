"""The demonstration year of the projects in the database, within the demonstration submissions (`demo.loader`)."""

import datetime as dt
from typing import Any

from simple_history.utils import bulk_create_with_history

from agencies.models import User
from demo import projects as demo_projects
from indicators.models import Plan, Submission
from projects.models import Milestone, ProgressUpdate, Project, ProjectDocument
from projects.services import Entry
from projects.status import leads_of

BATCH = 1000


def store(plan: Plan, *, seed: int) -> None:
    """Store the progress updates of each lead agency in its submissions of the year. All rows follow the rules of the services
    (tests/demo/test_projects_loader.py)."""
    projects = list(Project.objects.filter(section__plan=plan).with_parties())
    steps = tuple(plan.project_steps.values_list("name", flat=True))
    leading = leads_of(projects, plan.last_day)
    users = {user.username: user for user in User.objects.filter(is_demo=True)}
    led: dict[int, list[Project]] = {}
    for project in projects:
        for agency in leading[project.pk]:
            led.setdefault(agency.pk, []).append(project)
    updates, marks = [], []
    submissions = Submission.objects.filter(period__plan=plan, agency__in=led).select_related("agency", "period")
    for submission in submissions.order_by("period__number", "version", "pk"):
        for project in led[submission.agency_id]:
            report = demo_projects.project_report(
                label=project.plan_code,
                agency=submission.agency.code,
                month=submission.period.number,
                due=project.due,
                is_ongoing=project.is_ongoing,
                is_group=len(leading[project.pk]) > 1,
                step_names=steps,
                seed=seed,
            )
            if report is not None:
                updates.append(_update(submission, project, report, users.get(submission.agency.code)))
                marks.append(report.steps)
    stored = bulk_create_with_history(updates, ProgressUpdate, batch_size=BATCH)
    milestones = [
        _milestone(update, position, step)
        for update, steps in zip(stored, marks, strict=True)
        for position, step in enumerate(steps)
    ]
    bulk_create_with_history(milestones, Milestone, batch_size=BATCH)


def remove(plan: Plan) -> None:
    """Remove the progress updates of the plan's projects, with history and documents (the nightly task deletes their files)."""
    of_plan = {"project__section__plan": plan}
    ProjectDocument.objects.filter(update__in=ProgressUpdate.objects.filter(**of_plan)).delete()
    Milestone.history.filter(update__in=ProgressUpdate.objects.filter(**of_plan)).delete()
    Milestone.objects.filter(update__in=ProgressUpdate.objects.filter(**of_plan))._raw_delete("default")
    ProgressUpdate.history.filter(project__in=Project.objects.filter(section__plan=plan)).delete()
    ProgressUpdate.objects.filter(**of_plan)._raw_delete("default")


def take_back_amendments(plan: Plan) -> None:
    """Remove the projects that a demonstration account added, and put back those that one withdrew."""
    of_plan = Project.objects.filter(section__plan=plan)
    of_plan.filter(added_by__is_demo=True).delete()
    of_plan.filter(withdrawn_by__is_demo=True).update(withdrawn_on=None, withdrawn_by=None, withdrawn_reason="")


def leads(plan: Plan) -> set[str]:
    """Return the codes of the agencies that lead a project of the plan."""
    leading = leads_of(Project.objects.filter(section__plan=plan).with_parties(), plan.last_day)
    return {agency.code for agencies in leading.values() for agency in agencies}


def _update(
    submission: Submission, project: Project, report: demo_projects.ProjectReport, focal: User | None
) -> ProgressUpdate:
    entry = Entry(**{name: value for name, value in report._asdict().items() if name != "steps"})
    fields = {name: value for name, value in entry._asdict().items() if name != "milestones"}
    update = ProgressUpdate(
        submission=submission,
        project=project,
        entered_at=submission.submitted_at or submission.created_at,
        entered_by=focal,
        **fields,
    )
    _set_history(update, focal, update.entered_at)
    return update


def _milestone(update: ProgressUpdate, position: int, step: demo_projects.Step) -> Milestone:
    milestone = Milestone(
        update=update, position=position, name=step.name, planned_on=step.planned_on, done_on=step.done_on
    )
    _set_history(milestone, update.entered_by, update.entered_at)
    return milestone


def _set_history(row: Any, user: User | None, at: dt.datetime) -> None:
    """Set the author, reason and time of the row's first history entry (attributes of simple_history)."""
    row._history_user, row._change_reason, row._history_date = user, "biểu nhập", at
