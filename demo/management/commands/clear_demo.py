"""`manage.py clear_demo [--yes]`: take the illustrative figures and accounts away again."""

from django.core.management.base import BaseCommand, CommandError

from core.formatting import number
from demo import loader
from indicators.errors import ActionNotAllowed


class Command(BaseCommand):
    help = "Xóa số liệu minh họa và tài khoản minh họa. Kế hoạch trở lại như mới nạp; đồng hồ chạy theo giờ thật."

    def add_arguments(self, parser):
        parser.add_argument("--yes", action="store_true", help="không hỏi lại")

    def handle(self, *args, yes, **options):
        if not yes and input("Xóa mọi số liệu và tài khoản minh họa? Gõ xoa để xác nhận: ").strip() not in (
            "xoa",
            "xóa",
        ):
            raise CommandError("Chưa xóa gì.")
        try:
            gone = loader.clear()
        except ActionNotAllowed as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"Đã xóa {number(gone['figures'])} số và {number(gone['accounts'])} tài khoản minh họa.")
