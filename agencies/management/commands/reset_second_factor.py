"""`manage.py reset_second_factor`: for an administrator who lost phone and recovery codes, where no other one is there."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agencies.models import User
from agencies.services import second_factor


class Command(BaseCommand):
    help = "Bỏ mã xác thực của một tài khoản (mất cả điện thoại lẫn mã dự phòng); có ghi nhật ký và báo chủ tài khoản."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", metavar="TÊN_ĐĂNG_NHẬP", help="tên đăng nhập của tài khoản")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None or not second_factor.reset(user=user, by=None):
            raise CommandError(f"Không có tài khoản {options['username']} đang bật mã xác thực.")
        self.stdout.write(f"Đã bỏ mã xác thực của {user.username}.")
