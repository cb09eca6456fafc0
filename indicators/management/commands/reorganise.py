"""`manage.py reorganise FILE --from DAY --by USERNAME --reason TEXT [--dry-run]`, or `--cancel` without FILE (decision 0274)."""

import datetime as dt
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from agencies.models import User
from core import formatting
from core.technical_errors import in_words
from indicators.errors import ActionNotAllowed
from indicators.reorganisation import by_file


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text}: viết ngày như 2025-07-01") from None


class Command(BaseCommand):
    help = (
        "Sắp xếp nhiều cơ quan, đơn vị từ một ngày theo tệp XLSX hoặc CSV (UTF-8) ghi mã cũ và mã mới. "
        "Sai một dòng thì không ghi gì. "
        "--cancel hủy mọi thay đổi của một ngày chưa đến."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", nargs="?", help=f"tệp với các cột {', '.join(by_file.COLUMNS)}")
        parser.add_argument(
            "--from", dest="day", metavar="DAY", type=_day, required=True, help="từ ngày, như 2025-07-01"
        )
        parser.add_argument("--by", metavar="USERNAME", required=True, help="tài khoản của người quyết định")
        parser.add_argument("--reason", metavar="TEXT", required=True, help="căn cứ: số nghị quyết, quyết định")
        parser.add_argument("--dry-run", action="store_true", help="chỉ nói sẽ làm gì, không ghi gì")
        parser.add_argument("--cancel", action="store_true", help="hủy mọi thay đổi của ngày đó")

    def handle(
        self,
        *,
        file: str | None,
        day: dt.date,
        by: str,
        reason: str,
        dry_run: bool,
        cancel: bool,
        **options: Any,
    ) -> None:
        person = User.objects.filter(username=by, is_active=True).first()
        if person is None:
            raise CommandError(f"Không có tài khoản “{by}”. Chưa thay đổi gì.")
        if bool(file) == cancel:
            raise CommandError("Cần một tệp, hoặc --cancel. Chưa thay đổi gì.")
        try:
            with transaction.atomic():
                if file is None:
                    count = by_file.take_back_day(day=day, by=person, reason=reason)
                    told = [f"Hủy thay đổi của {formatting.number(count)} đơn vị"]
                else:
                    lines = by_file.read(by_file.text_of(Path(file).read_bytes()))
                    told = by_file.reorganise(lines=lines, from_day=day, by=person, reason=reason)
                transaction.set_rollback(dry_run)
        except OSError as error:
            raise CommandError(f"Không đọc được tệp {file} ({in_words(error)}). Chưa thay đổi gì.") from None
        except UnicodeDecodeError:
            raise CommandError(f"Tệp {file} không mã hóa UTF-8. Chưa thay đổi gì.") from None
        except ActionNotAllowed as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write("\n".join(told))
        done = "Chưa ghi gì." if dry_run else f"Đã ghi từ ngày {formatting.date(day)}."
        self.stdout.write(done)
