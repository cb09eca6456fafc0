from django.apps import AppConfig


class PlanWorkbookConfig(AppConfig):
    """App of the plan as one file."""

    name = "plan_workbook"
    verbose_name = "Tệp kế hoạch"

    def ready(self) -> None:
        from plan_workbook import uploads  # noqa: F401  (registers the jobs that read and write files)
