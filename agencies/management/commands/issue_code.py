"""`manage.py issue_code`: a one-time code for an account, where nobody is there who could issue it on a page."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agencies.models import User
from agencies.services import bulk_accounts
from core import formatting


class Command(BaseCommand):
    help = "Cấp mã đăng nhập một lần cho một tài khoản đang dùng (quên mật khẩu, mã hết hạn); có ghi nhật ký."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="TÊN_ĐĂNG_NHẬP", help="tên đăng nhập của tài khoản")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"], is_active=True).first()
        if user is None:
            raise CommandError(f"Không có tài khoản {options['username']} đang dùng.")
        slip = bulk_accounts.issue_code(user=user)
        self.stdout.write(f"Mã đăng nhập một lần: {slip.code} (đến hết ngày {formatting.date(slip.expires_on)})")
