"""Projects as part of their lead's monthly report (`indicators.submissions.parts`)."""

from collections.abc import Mapping, Sequence

from django.urls import reverse

from agencies.models import Agency, User
from core import formatting
from indicators.models import ReportingPeriod, State, Submission
from indicators.submissions.parts import PartContents, PartItem, Versions
from projects import codes, services
from projects.models import ProgressUpdate, Project


class ProjectsInReports:
    """The part of a report about projects; implements `indicators.submissions.parts.SubmissionPart`."""

    def contents(self, agency: Agency, period: ReportingPeriod, submission: Submission | None) -> PartContents | None:
        """Return the projects that the agency leads, with what its report says of each; None where it leads none."""
        updates = {}
        if submission is not None:
            stored = submission.project_updates.select_related("project__section").order_by(
                "project__section__position", "project__number"
            )
            updates = {update.project: update for update in stored}
        # Reviewers see what a report lacks, and may ask for it.
        decided = submission is not None and submission.state in (State.APPROVED, State.SUPERSEDED)
        expected = list(updates) if decided else services.asked_projects(agency, period)
        shown = dict.fromkeys([*expected, *updates])
        if not shown:
            return None
        return PartContents(
            title="Dự án, nhiệm vụ",
            parts=tuple(_part(project, updates.get(project)) for project in shown),
            edit_url=reverse("project_reports", args=[period.code]),
            read_url=reverse("project_review", args=[submission.pk]) if submission else "",
        )

    def label_of(self, code: str) -> str:
        return codes.label_of(code)

    def is_in(self, submission: Submission) -> bool:
        return submission.project_updates.exists()

    def copy(self, versions: Versions, *, by: User | None) -> None:
        services.copy_updates(versions, by=by)

    def unsettled(self, versions: Sequence[tuple[Submission, Submission | None]]) -> dict[int, str]:
        projects_by_report = services.unsettled_projects(versions)
        return {pk: ", ".join(project.label for project in projects) for pk, projects in projects_by_report.items()}

    def send_back(self, submission: Submission, reasons: Mapping[str, str]) -> None:
        services.send_back(submission, reasons)

    def sent(self, submission: Submission) -> None:
        services.clear_returns(submission)


def _part(project: Project, update: ProgressUpdate | None) -> PartItem:
    if update is None:
        return PartItem(project.code, project.label, project.name, "")
    return PartItem(project.code, project.label, project.name, update_words(update), update.return_reason)


def update_words(update: ProgressUpdate) -> str:
    """Describe an update in a few words: Đang thực hiện, 45%."""
    if update.percent is None:
        return update.get_stage_display()
    return f"{update.get_stage_display()}, {formatting.with_unit(formatting.number(update.percent), '%')}"
