"""`manage.py verify_audit [--anchor 1234:HASH] [--archive FILE]`: is the log as it was written?"""

import re
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from core import formatting
from core.audit import archive as audit_archive


class Command(BaseCommand):
    help = (
        "Đọc lại chuỗi nhật ký từ đầu đến cuối, nêu dòng đầu tiên bị sửa, xóa, chèn hoặc cắt. Mã thoát 1 khi chuỗi hỏng "
        "hoặc chốt chống sửa của cơ sở dữ liệu không còn."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--anchor",
            action="append",
            default=[],
            metavar="SỐ:MÃ_BĂM",
            help="neo đã lưu ở nơi khác (từ lần kiểm tra trước); lặp lại được",
        )
        parser.add_argument("--archive", action="append", default=[], metavar="TỆP", help="tệp lưu trữ cần kiểm tra")

    def handle(self, *, anchor, archive, **options):
        anchors, well = dict(map(self.anchor, anchor)), True
        for name in archive:
            try:
                checked = audit_archive.verify_archive(Path(name))
            except (OSError, ValueError, TypeError, KeyError, EOFError) as error:
                raise CommandError(f"Không đọc được tệp {name}: {error}") from error
            well &= self.say(name, checked)
        checked = audit_archive.verify(anchors)
        well &= self.say("Nhật ký", checked)
        if not audit_archive.is_protected():
            self.stderr.write("Cơ sở dữ liệu không còn chốt chống sửa, chống xóa nhật ký.")
            well = False
        if not well:
            sys.exit(1)

    def anchor(self, text):
        found = re.fullmatch(r"([0-9]{1,18}):([0-9a-f]{64})", text, re.ASCII)
        if not found:
            raise CommandError(f"Neo phải có dạng SỐ:MÃ_BĂM, đang là {text!r}.")
        return int(found[1]), found[2]

    def say(self, what, checked):
        if checked.broken:
            self.stderr.write(f"{what}: HỎNG. {checked.broken}")
            return False
        self.stdout.write(
            f"{what}: nguyên vẹn, {formatting.number(checked.count)} dòng. Neo: {checked.number}:{checked.hash}"
        )
        return True
