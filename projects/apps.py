from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "Dự án, nhiệm vụ"

    def ready(self) -> None:
        from indicators.submissions import parts as submissions_parts
        from indicators.workbooks import parts
        from projects.submission_part import ProjectsInReports
        from projects.workbook_parser import ProjectSheets

        submissions_parts.register(ProjectsInReports())
        parts.register(ProjectSheets())
