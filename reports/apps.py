from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "Báo cáo"

    def ready(self):
        from indicators import demo
        from reports import illustrative, making  # noqa: F401  (making names what makes the files)

        demo.clear_too(illustrative.clear)
