from django.apps import AppConfig


class ProductConfig(AppConfig):
    name = "chuyendoiso"
    verbose_name = "Chuyển đổi số"

    def ready(self):
        from . import checks  # noqa: F401  (registers `check --deploy`)
