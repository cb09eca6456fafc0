"""`manage.py archive_audit FILE [--months 24]`: old lines of the log go into a file; what stays continues their chain."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core import clock, formatting
from core.audit import archive
from core.audit.services import audit


class Command(BaseCommand):
    help = "Đưa các dòng nhật ký cũ vào một tệp nén rồi bỏ khỏi cơ sở dữ liệu. Chuỗi phải nguyên vẹn."

    def add_arguments(self, parser):
        parser.add_argument("file", help="tệp mới, như nhat-ky-2023.jsonl.gz; không ghi đè")
        parser.add_argument(
            "--months",
            type=int,
            default=settings.AUDIT_MONTHS,
            help=f"giữ lại chừng ấy tháng gần nhất, ít nhất {settings.AUDIT_MONTHS}",
        )

    def handle(self, *, file, months, **options):
        if months < settings.AUDIT_MONTHS:
            raise CommandError(f"Phải giữ ít nhất {settings.AUDIT_MONTHS} tháng nhật ký trong hệ thống.")
        checked = archive.verify()
        if checked.broken:
            raise CommandError(f"Chuỗi nhật ký hỏng, chưa lưu trữ gì. {checked.broken}")
        path = Path(file)
        try:
            made = archive.archive(path, _months_ago(clock.now(), months))
        except (OSError, ValueError) as error:
            raise CommandError(f"Chưa lưu trữ gì. {error}") from error
        audit(by=None, act="lưu trữ nhật ký", label=made.file_name, last_number=made.last_number, sha256=made.sha256)
        self.stdout.write(
            f"Đã đưa {formatting.number(made.count)} dòng, đến dòng số {made.last_number}, vào {made.file_name}. "
            f"SHA-256: {made.sha256}"
        )


def _months_ago(moment, months):
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    return moment.replace(year=year, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
