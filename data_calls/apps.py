from django.apps import AppConfig


class DataCallsConfig(AppConfig):
    name = "data_calls"
    verbose_name = "Yêu cầu báo cáo đột xuất, chuyên đề"

    def ready(self) -> None:
        from data_calls import notifications  # noqa: F401  # registers its events
        from data_calls.worklist import tasks_of
        from indicators.worklist import sources

        sources.register(tasks_of)
