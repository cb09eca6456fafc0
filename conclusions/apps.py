from django.apps import AppConfig


class ConclusionsConfig(AppConfig):
    name = "conclusions"
    verbose_name = "Kết luận, chỉ đạo"

    def ready(self) -> None:
        from conclusions import notifications  # noqa: F401  # registers its events
        from conclusions.worklist import tasks_of
        from indicators.worklist import sources

        sources.register(tasks_of)
