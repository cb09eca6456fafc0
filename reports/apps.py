from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """App of dashboards and printed reports."""

    name = "reports"
    verbose_name = "Báo cáo"

    def ready(self) -> None:
        from indicators.calendar import announced
        from reports.documents import (
            notifications,  # noqa: F401  (registers the events of notifications)
            rendering,  # noqa: F401  (registers the job that renders files)
        )
        from reports.documents.releases.services import AnnouncedReleases

        announced.register(AnnouncedReleases())
