"""The illustrative year of the projects in the database, within the illustrative reports (`demo.loader`)."""

from simple_history.utils import bulk_create_with_history

from agencies.models import User
from demo import projects as demo_projects
from indicators.models import Submission
from projects.models import Milestone, ProgressUpdate, Project, ProjectDocument
from projects.services import Entry
from projects.status import leads_of

BATCH = 1000


def store(plan, *, seed: int) -> None:
    """Put what each lead reports into its reports of the year. All rows keep the rules that services keep
    (tests/demo/test_projects_loader.py)."""
    projects = list(Project.objects.filter(section__plan=plan).with_parties())
    steps = tuple(plan.project_steps.values_list("name", flat=True))
    leading = leads_of(projects, plan.last_day)
    users = {user.username: user for user in User.objects.filter(is_demo=True)}
    led = {}
    for project in projects:
        for agency in leading[project.pk]:
            led.setdefault(agency.pk, []).append(project)
    updates, marks = [], []
    reports = Submission.objects.filter(period__plan=plan, agency__in=led).select_related("agency", "period")
    for report in reports.order_by("period__number", "version", "pk"):
        for project in led[report.agency_id]:
            said = demo_projects.told(
                label=project.label,
                agency=report.agency.code,
                month=report.period.number,
                due=project.due,
                is_ongoing=project.is_ongoing,
                is_group=len(leading[project.pk]) > 1,
                step_names=steps,
                seed=seed,
            )
            if said is not None:
                updates.append(_update(report, project, said, users.get(report.agency.code)))
                marks.append(said.steps)
    stored = bulk_create_with_history(updates, ProgressUpdate, batch_size=BATCH)
    milestones = [
        _milestone(update, place, step)
        for update, steps in zip(stored, marks, strict=True)
        for place, step in enumerate(steps)
    ]
    bulk_create_with_history(milestones, Milestone, batch_size=BATCH)


def remove(plan) -> None:
    """Take away what was reported of the plan's projects, with its history and documents (their files go by the nightly task)."""
    of_plan = {"project__section__plan": plan}
    ProjectDocument.objects.filter(update__in=ProgressUpdate.objects.filter(**of_plan)).delete()
    Milestone.history.filter(update__in=ProgressUpdate.objects.filter(**of_plan)).delete()
    Milestone.objects.filter(update__in=ProgressUpdate.objects.filter(**of_plan))._raw_delete("default")
    ProgressUpdate.history.filter(project__in=Project.objects.filter(section__plan=plan)).delete()
    ProgressUpdate.objects.filter(**of_plan)._raw_delete("default")


def leads(plan) -> set[str]:
    """Codes of the agencies that lead a project of the plan."""
    found = leads_of(Project.objects.filter(section__plan=plan).with_parties(), plan.last_day)
    return {agency.code for agencies in found.values() for agency in agencies}


def _update(report, project, said, focal):
    entry = Entry(**{name: value for name, value in said._asdict().items() if name != "steps"})
    fields = {name: value for name, value in entry._asdict().items() if name != "milestones"}
    update = ProgressUpdate(
        submission=report,
        project=project,
        entered_at=report.submitted_at or report.created_at,
        entered_by=focal,
        **fields,
    )
    update._history_user, update._change_reason, update._history_date = focal, "biểu nhập", update.entered_at
    return update


def _milestone(update, place, step):
    mark = Milestone(update=update, position=place, name=step.name, planned_on=step.planned_on, done_on=step.done_on)
    mark._history_user, mark._change_reason, mark._history_date = update.entered_by, "biểu nhập", update.entered_at
    return mark
