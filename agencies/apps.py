from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    """App of agencies and accounts."""

    name = "agencies"
    verbose_name = "Cơ quan, đơn vị"

    def ready(self) -> None:
        from agencies import notifications  # noqa: F401  (registers its notifications)
