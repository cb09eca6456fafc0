"""Projects as part of their lead's monthly report (`indicators.enclosures`)."""

from collections.abc import Mapping

from django.urls import reverse

from chuyendoiso import formatting
from indicators.enclosures import Contents, Part
from indicators.models import State
from projects import demo, services
from projects.models import Project, Update


class ProjectsInReports:
    """See `indicators.enclosures.Enclosure`."""

    def contents(self, agency, period, submission) -> Contents | None:
        """The projects that the agency leads, with what its report says of each; None where it leads none."""
        updates = {}
        if submission is not None:
            found = submission.project_updates.select_related("project__section").order_by(
                "project__section__position", "project__number"
            )
            updates = {update.project: update for update in found}
        # Whoever reviews a report sees what it lacks, and may ask for it.
        decided = submission is not None and submission.state in (State.APPROVED, State.SUPERSEDED)
        asked = list(updates) if decided else services.asked_projects(agency, period)
        shown = dict.fromkeys([*asked, *updates])
        if not shown:
            return None
        return Contents(
            title="Dự án, nhiệm vụ",
            parts=tuple(_part(project, updates.get(project)) for project in shown),
            edit_url=reverse("project_reports", args=[period.code]),
            read_url=reverse("project_review", args=[submission.pk]) if submission else "",
        )

    def is_in(self, submission) -> bool:
        return submission.project_updates.exists()

    def copy(self, versions, *, by) -> None:
        services.copy_updates(versions, by=by)

    def unsettled(self, versions) -> dict[int, str]:
        found = services.unsettled_projects(versions)
        return {pk: f"dự án {', '.join(project.label for project in projects)}" for pk, projects in found.items()}

    def send_back(self, submission, reasons: Mapping[str, str]) -> None:
        services.send_back(submission, reasons)

    def sent(self, submission) -> None:
        services.clear_returns(submission)

    def reporters(self, plan) -> set[str]:
        return demo.leads(plan)

    def illustrate(self, plan, *, seed: int) -> None:
        demo.store(plan, seed=seed)

    def clear(self, plan) -> None:
        demo.remove(plan)


def _part(project: Project, update: Update | None) -> Part:
    if update is None:
        return Part(project.code, f"{project.label} {project.name}", "")
    return Part(project.code, f"{project.label} {project.name}", said(update), update.return_reason)


def said(update: Update) -> str:
    """An update in a few words: Đang thực hiện, 45 %."""
    if update.percent is None:
        return update.get_stage_display()
    return f"{update.get_stage_display()}, {formatting.with_unit(formatting.number(update.percent), '%')}"
