from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """App of the exchange with other systems."""

    name = "exchange"
    verbose_name = "Kết nối hệ thống"

    def ready(self) -> None:
        from exchange import notifications  # noqa: F401  (registers its notifications)
