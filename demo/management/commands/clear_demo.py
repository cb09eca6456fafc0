"""`manage.py clear_demo [--yes]`: remove the demonstration figures and accounts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.formatting import number
from demo import loader
from indicators.errors import ActionNotAllowed


class Command(BaseCommand):
    help = "Xóa số liệu minh họa và tài khoản minh họa. Kế hoạch trở lại như mới nạp; đồng hồ chạy theo giờ thật."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="không hỏi lại")

    def handle(self, *args: Any, yes: bool, **options: Any) -> None:
        if not yes and input("Xóa mọi số liệu và tài khoản minh họa? Gõ xoa để xác nhận: ").strip() not in (
            "xoa",
            "xóa",
        ):
            raise CommandError("Chưa xóa gì.")
        try:
            removed = loader.clear()
        except ActionNotAllowed as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(
            f"Đã xóa {number(removed['figures'])} số và {number(removed['accounts'])} tài khoản minh họa."
        )
