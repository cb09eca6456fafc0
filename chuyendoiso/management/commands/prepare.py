"""`manage.py prepare`: do all steps between installed libraries and a serving product, in one Django start.

`make run` calls it before gunicorn. Each step prints one line; a step whose inputs did not change is skipped, so
that a later start takes seconds. Running it twice changes nothing.
"""

import fcntl
import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.urls import reverse

from agencies.models import Agency, User
from agencies.services import bulk_accounts
from core import formatting
from core.busy import is_damaged
from core.installation.models import Installation
from demo.accounts import DESCRIPTION, password
from demo.figures import YEAR
from demo.models import DemoYear
from indicators.models import Plan

VAR = settings.BASE_DIR / "var"
DAMAGED = (
    "Tệp cơ sở dữ liệu {path} bị hỏng hoặc không phải cơ sở dữ liệu. Chưa thay đổi gì. Giữ tệp đó lại (đổi tên), chép bản sao lưu "
    "gần nhất vào chỗ của nó rồi chạy lại; không có bản sao lưu thì chạy lại để tạo cơ sở dữ liệu mới."
)


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Hold var/<name>.lock for the block: two starts from the same folder must not write the same files."""
    with open(VAR / f"{name}.lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def static_fingerprint() -> str:
    """Return a hash of the inputs of `collectstatic`: name, size and modification time of every file that the finders see."""
    files = [str(settings.STATIC_ROOT)]
    for finder in get_finders():
        for name, storage in finder.list(None):
            stat = Path(storage.path(name)).stat()
            files.append(f"{storage.location}/{name} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(files)).encode()).hexdigest()


class Command(BaseCommand):
    help = "Chuẩn bị để chạy: tệp giao diện, cơ sở dữ liệu, kế hoạch, số liệu minh họa, đồng hồ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="nạp số liệu minh họa nếu chưa có")
        parser.add_argument("--bind", metavar="HOST:PORT", help="kiểm tra trước rằng địa chỉ này còn trống")
        parser.add_argument("--static-only", action="store_true", help="chỉ làm tệp giao diện")

    def handle(self, *, demo: bool, bind: str | None, static_only: bool, **options: Any) -> None:
        if bind:
            self.require_free(bind)
        self.static()
        if static_only:
            return
        try:
            self.database(demo=demo, bind=bind)
        except DatabaseError as error:
            if not is_damaged(error):
                raise
            raise CommandError(DAMAGED.format(path=connection.settings_dict["NAME"])) from None

    def database(self, *, demo: bool, bind: str | None) -> None:
        """Bring the database to this version of the code, with its contents, clock and accounts."""
        self.say("5/7 Cập nhật cơ sở dữ liệu…")
        self.require_known_history()
        if demo:
            self.require_demo_database()
        call_command("migrate", interactive=False, verbosity=0)
        if demo:
            # Together: a start that is stopped in between leaves no plan that looks like a province's own.
            with transaction.atomic():
                self.say(f"6/7 Nạp kế hoạch năm {YEAR}…")
                call_command("load_plan", str(YEAR))
                self.say("7/7 Nạp số liệu minh họa…")
                call_command("load_demo")
        else:
            self.say("6/7 Không nạp kế hoạch (DEMO=0).")
            self.say("7/7 Không nạp số liệu minh họa (DEMO=0).")
        call_command("start_clock")
        call_command("catch_up")
        if demo:
            self.accounts()
        else:
            self.next_steps(bind)

    def say(self, line: str) -> None:
        """Print a line at once."""
        self.stdout.write(line)
        self.stdout.flush()

    def require_free(self, bind: str) -> None:
        """Refuse an occupied address at once and in Vietnamese; gunicorn would do so after half a minute in English."""
        host, _, port = bind.rpartition(":")
        try:
            socket.create_server((host, int(port))).close()
        except (OSError, OverflowError, ValueError) as error:
            raise CommandError(
                f"Không mở được cổng {port} ở {host}: đang có chương trình khác dùng, hoặc địa chỉ không hợp lệ. "
                "Chọn cổng khác, ví dụ: make run PORT=8001"
            ) from error

    def require_known_history(self) -> None:
        """Refuse a database made by another version of the code, before anything is changed."""
        loader = MigrationLoader(connection, ignore_no_migrations=True)
        labels = {config.label for config in apps.get_app_configs() if "site-packages" not in config.path}
        unknown = sorted(f"{app}.{name}" for app, name in loader.applied_migrations if app in labels)
        unknown = [name for name in unknown if tuple(name.split(".", 1)) not in loader.disk_migrations]
        if unknown:
            raise CommandError(
                f"Cơ sở dữ liệu này do một bản mã nguồn khác lập, có bước nâng cấp mà bản này không biết ({unknown[0]}). "
                "Chưa thay đổi gì. Đổi tên tệp cơ sở dữ liệu cũ (var/db.sqlite3) rồi chạy lại để lập cơ sở dữ liệu mới, "
                "hoặc dùng lại bản mã nguồn đã lập nó."
            )

    def require_demo_database(self) -> None:
        """Refuse a database that holds a province's own data, before anything is changed: the demonstration goes into an empty
        database, or into one that has it already."""
        tables = set(connection.introspection.table_names())

        def count(model: type[models.Model]) -> int:
            return model._default_manager.count() if model._meta.db_table in tables else 0

        if count(DemoYear):
            return
        kinds = {Plan: "kế hoạch", Agency: "cơ quan, đơn vị", User: "tài khoản", Installation: "bản ghi tên tỉnh"}
        contents = [f"{formatting.number(number)} {name}" for model, name in kinds.items() if (number := count(model))]
        if contents:
            raise CommandError(
                f"Cơ sở dữ liệu này đã có dữ liệu riêng của tỉnh ({', '.join(contents)}), không phải bản minh họa, nên không nạp "
                "số liệu minh họa vào. Chưa thay đổi gì. Chạy hệ thống với dữ liệu đang có: make run DEMO=0. Muốn xem bản "
                "minh họa, chạy với một cơ sở dữ liệu khác: DATABASE_URL=sqlite:///var/minh-hoa.sqlite3 make run"
            )

    def static(self) -> None:
        """Build fonts and scripts from the installed packages, then the hashed and compressed copies that are served."""
        with one_at_a_time("static"):
            self.say("3/7 Tạo phông chữ, thư viện biểu đồ, bản dịch…")
            call_command("build_assets", stdout=self.stdout)
            stamp = VAR / "static.stamp"
            fingerprint = static_fingerprint()
            if stamp.exists() and stamp.read_text() == fingerprint:
                self.say("4/7 Tệp giao diện: không có gì mới.")
                return
            self.say("4/7 Nén tệp giao diện (lần đầu khoảng nửa phút)…")
            call_command("collectstatic", interactive=False, verbosity=0)
            stamp.write_text(fingerprint)

    def next_steps(self, bind: str | None) -> None:
        """Print the first administrator's code until it was used, and the command that removes a demonstration."""
        slip = bulk_accounts.open_first_administrator()
        if slip is not None:
            self.say(f"\nQuản trị đầu tiên: đăng nhập bằng tên {slip.user.username}, mã dùng một lần {slip.code}")
            self.say(f"(đến hết ngày {formatting.date(slip.expires_on)}; mã in ở lần chạy trước không dùng được nữa).")
            self.say(f"Sau đó thiết lập hệ thống theo từng bước ở http://{bind or '127.0.0.1:8000'}{reverse('setup')}")
        if Plan.objects.filter(is_demo=True).exists():
            self.say("\nĐang có số liệu minh họa nạp từ trước. Xóa: .venv/bin/python manage.py clear_demo")

    def accounts(self) -> None:
        """Print the demonstration accounts and their password, which load_demo has just updated."""
        self.say("")
        self.say(f"Tài khoản minh họa: {DESCRIPTION}")
        self.say(f"Mật khẩu: {password()}")
