from django.apps import AppConfig


class InstallationConfig(AppConfig):
    name = "core.installation"
    label = "installation"
    verbose_name = "Thông tin của tỉnh"
