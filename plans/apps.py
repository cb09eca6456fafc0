from django.apps import AppConfig


class PlansConfig(AppConfig):
    """App of a plan's life: its states, its page, the copy for the next year."""

    name = "plans"
    verbose_name = "Kế hoạch"
