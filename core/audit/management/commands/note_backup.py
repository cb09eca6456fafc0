"""`manage.py note_backup FILE`: note in the log that a backup was made; the page of the system's state shows the last one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.audit.acts import LogAct
from core.audit.services import audit


class Command(BaseCommand):
    help = "Ghi vào nhật ký rằng vừa sao lưu xong. Trang Tình trạng hệ thống cho biết lần sao lưu gần nhất."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="tên bản sao lưu")

    def handle(self, *args: Any, **options: Any) -> None:
        audit(by=None, act=LogAct.BACKUP, label=options["file"])
        self.stdout.write("Đã ghi nhận lần sao lưu.")
