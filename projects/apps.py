from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "Dự án, nhiệm vụ"

    def ready(self):
        from indicators import enclosures
        from projects.enclosure import ProjectsInReports

        enclosures.register(ProjectsInReports())
