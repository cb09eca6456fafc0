from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """App of dashboards and printed reports."""

    name = "reports"
    verbose_name = "Báo cáo"

    def ready(self) -> None:
        from core.installation import changes
        from indicators.calendar import announced
        from reports.documents import (
            notifications,  # noqa: F401  (registers the events of notifications)
            rendering,  # noqa: F401  (registers the job that renders files)
        )
        from reports.documents.letterheads.renaming import LetterheadNames
        from reports.documents.releases.services import AnnouncedReleases

        announced.register(AnnouncedReleases())
        changes.register(LetterheadNames())
