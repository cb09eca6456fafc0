from axes import apps as axes
from django.apps import AppConfig
from django.contrib.admin import apps as admin


class ProductConfig(AppConfig):
    """The project itself: its checks and commands."""

    name = "chuyendoiso"
    verbose_name = "Chuyển đổi số"

    def ready(self) -> None:
        from chuyendoiso import checks, notifications  # noqa: F401  (registers `check --deploy` and the notifications)


class AdministrationConfig(admin.AdminConfig):
    """Django's administration on a site of our own."""

    default = False
    default_site = "chuyendoiso.admin_site.Administration"


class LoginSafetyConfig(axes.AppConfig):
    """django-axes under a Vietnamese name."""

    default = False
    verbose_name = "An toàn đăng nhập"
