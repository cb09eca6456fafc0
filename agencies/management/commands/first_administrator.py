"""`manage.py first_administrator`: the account with which a new installation begins, with a one-time code."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agencies.services import bulk_accounts
from core import formatting


class Command(BaseCommand):
    help = "Mở tài khoản quản trị đầu tiên với mã đăng nhập một lần; chạy lại thì cấp mã mới. Thôi khi quản trị đã đăng nhập."

    def handle(self, *args: Any, **options: Any) -> None:
        slip = bulk_accounts.open_first_administrator()
        if slip is None:
            raise CommandError(
                "Đã có quản trị tự đặt mật khẩu nên không cấp mã nữa. Quên mật khẩu: manage.py issue_code TÊN_ĐĂNG_NHẬP"
            )
        self.stdout.write(f"Tên đăng nhập: {slip.user.username}")
        self.stdout.write(f"Mã đăng nhập một lần: {slip.code} (đến hết ngày {formatting.date(slip.expires_on)})")
