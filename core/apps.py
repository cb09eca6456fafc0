from django.apps import AppConfig


class CoreConfig(AppConfig):
    """App of the templates, tags and commands of `core`."""

    name = "core"
    label = "core"
    verbose_name = "Nền chung"
