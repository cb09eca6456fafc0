"""`manage.py import_actuals FILE [--state …] [--dry-run] [--restate REASON]` (docs: domain, Interchange)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import formatting
from core.technical_errors import in_words
from indicators import errors
from indicators.bulk_import import files, services
from indicators.models import State


class Command(BaseCommand):
    help = (
        "Nạp số liệu từ tệp CSV (UTF-8) hoặc XLSX, các cột: period, agency, target, numerator, denominator, value, note. "
        "Sai một dòng thì không ghi dòng nào."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="tệp số liệu")
        parser.add_argument(
            "--state",
            choices=[State.DRAFT.value, State.SUBMITTED.value, State.APPROVED.value],
            default=State.SUBMITTED.value,
            help="trạng thái của phiếu sau khi nạp (mặc định submitted)",
        )
        parser.add_argument("--dry-run", action="store_true", help="chỉ kiểm tra, không ghi gì")
        parser.add_argument("--restate", metavar="REASON", help="lý do thay số đã duyệt: lập bản mới của phiếu")

    def handle(self, *, file: str, state: str, dry_run: bool, restate: str | None, **options: Any) -> None:
        if restate is not None and not restate.strip():
            raise CommandError("--restate cần một lý do.")
        try:
            sheet = files.read(file)
        except OSError as error:
            raise CommandError(f"Không đọc được tệp {file} ({in_words(error)}).") from None
        except files.UnreadableFile as error:
            raise CommandError(f"{error} Chưa ghi gì.") from None
        problems = list(sheet.problems)
        try:
            loaded = services.load_figures(
                rows=sheet.rows,
                state=State(state),
                restate=restate,
                source=Path(file).name,
                dry_run=dry_run or bool(problems),
            )
        except services.BadRows as bad:
            problems = sorted([*problems, *bad.problems])
        except errors.ActionNotAllowed as refused:
            raise CommandError(str(refused)) from None
        if problems:
            wrong = formatting.number(len({problem.line for problem in problems}))
            raise CommandError("\n".join([f"{wrong} dòng có lỗi, chưa ghi gì.", *map(sheet.sentence, problems)]))
        self.stdout.write(summary(loaded, State(state), dry_run))


def summary(loaded: services.Loaded, state: State, dry_run: bool) -> str:
    """Return the result of an import, or of a dry run, in a few Vietnamese lines."""

    def counted(count: int, noun: str) -> str:
        return f"{formatting.number(count)} {noun}"

    if not loaded.made + loaded.changed + loaded.restated:
        return f"Không có gì thay đổi: {counted(loaded.unchanged, 'số liệu')} đã có sẵn như trong tệp."
    lines = [f"{'Chạy thử, chưa ghi gì. Sẽ nạp' if dry_run else 'Đã nạp'} {counted(loaded.written, 'số liệu')}."]
    if loaded.unchanged:
        lines.append(f"{counted(loaded.unchanged, 'số liệu không đổi')}.")
    parts = [
        (loaded.made, "phiếu mới"),
        (loaded.changed, "phiếu đã có"),
        (loaded.restated, "phiếu đã duyệt lập bản mới"),
    ]
    reports = ", ".join(counted(count, noun) for count, noun in parts if count)
    if reports:
        lines.append(f"{reports[0].upper()}{reports[1:]}; trạng thái: {state.label}.")
    if loaded.late:
        lines.append(f"{counted(loaded.late, 'phiếu tính là nộp muộn')}.")
    if loaded.kept_submitted:
        lines.append(f"{counted(loaded.kept_submitted, 'phiếu đã nộp từ trước vẫn là đã nộp: số mới được tính ngay')}.")
    return "\n".join(lines)
