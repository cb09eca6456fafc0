"""`manage.py start_clock`: restart the demonstration clock from its last time, before serving."""

from typing import Any

from django.core.management.base import BaseCommand

from core import formatting
from demo import loader


class Command(BaseCommand):
    help = "Cho đồng hồ của số liệu minh họa chạy tiếp; không có số liệu minh họa thì hệ thống theo giờ thật."

    def handle(self, *args: Any, **options: Any) -> None:
        at = loader.start_clock()
        if at is None:
            self.stdout.write("Đồng hồ hệ thống: giờ thật.")
        else:
            self.stdout.write(f"Đồng hồ hệ thống: {formatting.datetime(at)} (số liệu minh họa).")
