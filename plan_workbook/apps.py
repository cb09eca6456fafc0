from django.apps import AppConfig


class PlanWorkbookConfig(AppConfig):
    name = "plan_workbook"
    verbose_name = "Tệp kế hoạch"
