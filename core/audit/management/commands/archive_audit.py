"""`manage.py archive_audit FILE [--months 24]`: move old entries of the log to a file; the remaining ones continue their chain."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock, formatting
from core.audit import archive
from core.audit.acts import LogAct
from core.audit.services import audit
from core.technical_errors import in_words


class Command(BaseCommand):
    help = "Đưa các dòng nhật ký cũ vào một tệp nén rồi bỏ khỏi cơ sở dữ liệu. Chuỗi phải nguyên vẹn."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="tệp mới, như nhat-ky.jsonl.gz; không ghi đè")
        parser.add_argument(
            "--months",
            type=int,
            default=settings.AUDIT_MONTHS,
            help=f"giữ lại chừng ấy tháng gần nhất, ít nhất {settings.AUDIT_MONTHS}",
        )

    def handle(self, *, file: str, months: int, **options: Any) -> None:
        if months < settings.AUDIT_MONTHS:
            raise CommandError(f"Phải giữ ít nhất {settings.AUDIT_MONTHS} tháng nhật ký trong hệ thống.")
        checked = archive.verify()
        if checked.broken:
            raise CommandError(f"Chuỗi nhật ký hỏng, chưa lưu trữ gì. {checked.broken}")
        path = Path(file)
        try:
            archived = archive.archive(path, _months_ago(clock.now(), months))
        except OSError as error:
            raise CommandError(f"Chưa lưu trữ gì: {in_words(error)}.") from error
        except ValueError as error:
            raise CommandError(f"Chưa lưu trữ gì. {error}") from error
        audit(
            by=None,
            act=LogAct.ARCHIVE,
            label=archived.file_name,
            last_number=archived.last_number,
            sha256=archived.sha256,
        )
        self.stdout.write(
            f"Đã đưa {formatting.number(archived.count)} dòng, đến dòng số {archived.last_number}, vào {archived.file_name}. "
            f"SHA-256: {archived.sha256}"
        )


def _months_ago(moment: dt.datetime, months: int) -> dt.datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    return moment.replace(year=year, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
