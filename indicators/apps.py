from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "indicators"
    verbose_name = "Chỉ tiêu, số liệu"

    def ready(self) -> None:
        from indicators.calendar import reminders  # noqa: F401  (registers the events that people are told of)
        from indicators.submissions import notifications  # noqa: F401  (likewise)
        from indicators.targets import notifications as target_notifications  # noqa: F401  (likewise)
        from indicators.targets.charges import notifications as charge_notifications  # noqa: F401  (likewise)
        from indicators.targets.commitments import notifications as commitment_notifications  # noqa: F401  (likewise)
        from indicators.workbooks import imports  # noqa: F401  (names what reads and writes workbooks as long work)
