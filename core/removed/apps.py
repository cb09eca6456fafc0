from django.apps import AppConfig


class RemovedConfig(AppConfig):
    name = "core.removed"
    label = "removed"
    verbose_name = "Thứ đã bỏ"
