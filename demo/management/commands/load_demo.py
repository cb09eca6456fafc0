"""`manage.py load_demo`: load the demonstration year and its accounts. Running it twice changes nothing."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demo import loader
from demo.accounts import PASSWORD_FILE
from indicators.errors import ActionNotAllowed
from indicators.models import Plan


class Command(BaseCommand):
    help = "Nạp số liệu minh họa tháng 1 đến tháng 8 năm 2023 và tài khoản minh họa. Chạy lại không đổi gì."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = loader.load()
        except Plan.DoesNotExist:
            raise CommandError("Chưa có kế hoạch. Chạy manage.py load_plan trước.") from None
        except ActionNotAllowed as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write("Số liệu minh họa: đã nạp." if loaded else "Số liệu minh họa: đã có, không nạp lại.")
        if loaded and not settings.DEMO_PASSWORD:
            self.stdout.write(f"Mật khẩu của các tài khoản minh họa ở trong tệp {PASSWORD_FILE}.")
