from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "Dự án, nhiệm vụ"

    def ready(self):
        from indicators import enclosed_sheets, enclosures
        from projects.enclosure import ProjectsInReports
        from projects.entry_reading import ProjectSheets

        enclosures.register(ProjectsInReports())
        enclosed_sheets.register(ProjectSheets())
