"""`manage.py grant_web ROLE`: let a database role that owns nothing read and write rows, for web, worker and beat.

Run by the owner of the tables after each `migrate`. The role cannot change, empty or drop a table, nor the triggers that protect
the log.
"""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from psycopg2 import sql

GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
)


class Command(BaseCommand):
    help = "Cho tài khoản cơ sở dữ liệu của web, worker, beat đọc và ghi dòng, không làm chủ bảng. WEB_PASSWORD: mật khẩu của nó."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help="tên tài khoản, ví dụ chuyendoiso_web")

    @transaction.atomic
    def handle(self, *, role: str, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Chỉ dùng với PostgreSQL.")
        if role == connection.settings_dict["USER"]:
            raise CommandError("Tài khoản của web phải khác tài khoản đang nâng cấp cơ sở dữ liệu.")
        password, name = os.environ.get("WEB_PASSWORD", ""), sql.Identifier(role)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            verb = "ALTER" if cursor.fetchone() else "CREATE"
            if verb == "CREATE" and not password:
                raise CommandError("WEB_PASSWORD chưa đặt: mật khẩu của tài khoản mới.")
            if password:
                making = f"{verb} ROLE {{role}} LOGIN PASSWORD {{password}}"
                cursor.execute(sql.SQL(making).format(role=name, password=sql.Literal(password)))
            for grant in GRANTS:
                cursor.execute(sql.SQL(grant).format(role=name))
        self.stdout.write(f"{role}: đọc và ghi dòng, không đổi được bảng.")
