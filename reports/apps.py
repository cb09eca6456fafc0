from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "Báo cáo"

    def ready(self):
        from reports.documents import (
            notifications,  # noqa: F401  (registers the events that people are told of)
            rendering,  # noqa: F401  (making names what makes the files)
        )
