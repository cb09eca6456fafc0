"""An agency's projects in its report of a period, as form, list and workbook show them: queries in, frozen dataclasses out."""

from dataclasses import dataclass

from indicators.models import Basis, Submission
from indicators.submissions.locks import open_cells, part_lock_reason, what_is_open
from projects import services
from projects.models import ProgressUpdate, Project
from projects.services import Entry


@dataclass(frozen=True)
class Row:
    """One project in a report. update: what this report says of it; earlier: what the agency sent last before; shut: why it
    is closed though the report is open; asked: why it was sent back, of one that nothing was said of."""

    project: Project
    update: ProgressUpdate | None
    earlier: ProgressUpdate | None = None
    shut: str = ""
    asked: str = ""

    @property
    def stored(self) -> Entry | None:
        return Entry.stored(self.update) if self.update else None

    @property
    def begun(self) -> Entry | None:
        """What the form begins with: what is stored; else last time's state, days, contract and milestones, never the words,
        which are this month's own. None where nothing was ever said."""
        if self.update is not None or self.earlier is None:
            return self.stored
        return Entry.stored(self.earlier)._replace(work_done="", obstacles="", proposals="")


def read_rows(agency, period, submission, *, with_earlier: bool = False) -> list[Row]:
    """The projects asked for and those reported, in the plan's order. Three queries, three more for a report that is begun,
    three more for what was sent before."""
    updates, earlier = {}, {}
    if submission is not None:
        found = submission.project_updates.select_related("project__section", "entered_by").prefetch_related(
            "milestones", "documents"
        )
        updates = {update.project_id: update for update in found}
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


def sent_before(agency, period):
    """The agency's updates of the plan's earlier periods that count at least provisionally."""
    return ProgressUpdate.objects.on(Basis.PROVISIONAL).filter(
        submission__agency=agency,
        submission__period__plan=period.plan_id,
        submission__period__number__lt=period.number,
    )


def sent_last(agency, period) -> dict[int, ProgressUpdate]:
    """Of `sent_before` the latest of each project, by the pk of the project. Three queries."""
    return {update.project_id: update for update in sent_before(agency, period).newest().with_all()}
