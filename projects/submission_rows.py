"""An agency's projects in its report of a period, for form, list and workbook: queries in, frozen dataclasses out."""

from dataclasses import dataclass

from agencies.models import Agency
from indicators.models import Basis, ReportingPeriod, Submission
from indicators.submissions.locks import open_cells, part_lock_reason, what_is_open
from projects import services
from projects.models import ProgressUpdate, Project
from projects.models.update import ProgressUpdateQuerySet
from projects.services import Entry


@dataclass(frozen=True)
class Row:
    """One project in a report. update: what this report says of it; earlier: what the agency submitted last before;
    shut: the reason why it is closed although the report is open; request: the reviewer's request for a project without
    an update."""

    project: Project
    update: ProgressUpdate | None
    earlier: ProgressUpdate | None = None
    shut: str = ""
    request: str = ""

    @property
    def stored(self) -> Entry | None:
        return Entry.stored(self.update) if self.update else None

    @property
    def is_repeatable(self) -> bool:
        """True where the project can be reported as *không đổi*: not yet reported, but before. Needs the earlier
        report."""
        return self.update is None and self.earlier is not None and not self.shut

    @property
    def begun(self) -> Entry | None:
        """The initial contents of the form: what is stored; else last time's stage, days, contract and milestones,
        never the texts, which are this month's own. None where nothing was ever reported."""
        if self.update is not None or self.earlier is None:
            return self.stored
        return Entry.stored(self.earlier)._replace(work_done="", obstacles="", proposals="")


def read_rows(
    agency: Agency, period: ReportingPeriod, submission: Submission | None, *, with_earlier: bool = False
) -> list[Row]:
    """Return the projects that must be reported and those that are, in the plan's order. Three queries, three more for
    a report that is begun, three more for what was submitted before."""
    updates, earlier = {}, {}
    if submission is not None:
        stored = submission.project_updates.select_related("project__section", "entered_by").prefetch_related(
            "milestones", "documents"
        )
        updates = {update.project_id: update for update in stored}
    projects = {project.pk: project for project in services.asked_projects(agency, period)}
    for update in updates.values():
        projects.setdefault(update.project_id, update.project)
    if with_earlier and projects:
        earlier = sent_last(agency, period)
    cells, opened = None, None
    if projects:
        cells, opened = open_cells(submission or Submission(agency=agency, period=period)), what_is_open(submission)
    return [
        Row(
            project,
            updates.get(project.pk),
            earlier.get(project.pk),
            part_lock_reason(project.code, opened, cells),
            "" if project.pk in updates or opened is None else opened.parts.get(project.code, ""),
        )
        for project in sorted(projects.values(), key=lambda project: (project.section.position, project.number))
    ]


def sent_before(agency: Agency, period: ReportingPeriod) -> ProgressUpdateQuerySet:
    """Return the agency's updates of the plan's earlier periods that count at least provisionally."""
    return ProgressUpdate.objects.on(Basis.PROVISIONAL).filter(
        submission__agency=agency,
        submission__period__plan=period.plan_id,
        submission__period__number__lt=period.number,
    )


def sent_last(agency: Agency, period: ReportingPeriod) -> dict[int, ProgressUpdate]:
    """Return the latest of `sent_before` of each project, by the project's pk. Three queries."""
    return {update.project_id: update for update in sent_before(agency, period).newest().with_all()}
