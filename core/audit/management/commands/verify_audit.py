"""`manage.py verify_audit [--anchor 1234:HASH] [--archive FILE]`: verify that the log is as it was written."""

import re
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import formatting
from core.audit import archive as audit_archive
from core.audit.hash_chain import Checked
from core.technical_errors import in_words


class Command(BaseCommand):
    help = (
        "Đọc lại chuỗi nhật ký từ đầu đến cuối, nêu dòng đầu tiên bị sửa, xóa, chèn hoặc cắt. Mã thoát 1 khi chuỗi hỏng "
        "hoặc chốt chống sửa của cơ sở dữ liệu không còn."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchor",
            action="append",
            default=[],
            metavar="SỐ:MÃ_BĂM",
            help="neo đã lưu ở nơi khác (từ lần kiểm tra trước); lặp lại được",
        )
        parser.add_argument("--archive", action="append", default=[], metavar="TỆP", help="tệp lưu trữ cần kiểm tra")

    def handle(self, *, anchor: list[str], archive: list[str], **options: Any) -> None:
        anchors, is_intact = dict(map(self.anchor, anchor)), True
        for name in archive:
            try:
                checked = audit_archive.verify_archive(Path(name))
            except (OSError, ValueError, TypeError, KeyError, EOFError) as error:
                raise CommandError(f"Không đọc được tệp {name}: {in_words(error)}.") from error
            is_intact &= self.report(name, checked)
        checked = audit_archive.verify(anchors)
        is_intact &= self.report("Nhật ký", checked)
        if not audit_archive.is_protected():
            self.stderr.write("Cơ sở dữ liệu không còn chốt chống sửa, chống xóa nhật ký.")
            is_intact = False
        if not is_intact:
            sys.exit(1)

    def anchor(self, text: str) -> tuple[int, str]:
        """Return the number and the hash of an anchor. Raises CommandError."""
        match = re.fullmatch(r"([0-9]{1,18}):([0-9a-f]{64})", text, re.ASCII)
        if not match:
            raise CommandError(f"Neo phải có dạng SỐ:MÃ_BĂM, đang là {text!r}.")
        return int(match[1]), match[2]

    def report(self, name: str, checked: Checked) -> bool:
        """Print the result of one check; return whether the chain is intact."""
        if checked.broken:
            self.stderr.write(f"{name}: HỎNG. {checked.broken}")
            return False
        self.stdout.write(
            f"{name}: nguyên vẹn, {formatting.number(checked.count)} dòng. Neo: {checked.number}:{checked.hash}"
        )
        return True
