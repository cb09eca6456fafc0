"""`manage.py load_plan [FILE] [--dry-run]`: load a plan from its workbook, or from a folder of CSV files."""

import csv
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from core import formatting
from core.installation.services import load_installation
from core.technical_errors import in_words
from indicators.errors import ActionNotAllowed
from indicators.workbooks import sandbox
from plan_workbook import services, sources

# The plans that the product comes with, each in a folder named by its year.
FIXTURES = settings.BASE_DIR / "fixtures"
# The most changed rows of a table that a trial run names.
MOST_NAMED = 5


class Command(BaseCommand):
    help = (
        "Nạp một kế hoạch từ tệp Excel của kế hoạch: thêm, sửa, bỏ cho đúng như tệp. Từ một thư mục CSV (mặc định là kế "
        "hoạch mới nhất đi kèm): chỉ thêm phần còn thiếu. Sai một ô thì không ghi gì."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", metavar="FILE", nargs="?", help="tệp Excel, thư mục CSV, hoặc năm của kế hoạch đi kèm"
        )
        parser.add_argument("--dry-run", action="store_true", help="chỉ cho biết sẽ đổi gì, không ghi gì")

    def handle(self, *, file: str | None, dry_run: bool, **options: Any) -> None:
        path = newest() if file is None else Path(file)
        if not path.exists() and (FIXTURES / path).is_dir():
            path = FIXTURES / path
        fills = path.is_dir()
        source = read(path)
        try:
            if dry_run:
                loaded = services.preview(source, fills=fills)
                if loaded.problems:
                    raise services.BadFile(loaded.problems)
            else:
                with transaction.atomic():
                    if fills and (path / "installation.json").exists():
                        load_installation(json.loads((path / "installation.json").read_text(encoding="utf-8")))
                    loaded = services.load(source, fills=fills, file_name=path.name)
        except services.BadFile as bad:
            raise CommandError("\n".join([str(bad), *map(sentence, bad.problems)])) from None
        except ActionNotAllowed as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(summary(loaded, fills=fills, dry_run=dry_run))


def newest() -> Path:
    """Return the folder of the newest plan that the product comes with."""
    return max((path for path in FIXTURES.iterdir() if path.name.isdecimal()), key=lambda path: int(path.name))


def read(path: Path) -> sources.Source:
    """Return the tables of a file or folder. Raises CommandError."""
    try:
        if path.is_dir():
            return sources.from_folder(path)
        return sources.from_sheets(sandbox.read(path.read_bytes()))
    except OSError as error:
        raise CommandError(f"Không đọc được {path} ({in_words(error)}).") from None
    except sandbox.Unreadable as unreadable:
        raise CommandError(f"{unreadable} Chưa ghi gì.") from None
    except (UnicodeDecodeError, csv.Error):
        raise CommandError(f"Có tệp trong {path} không phải là CSV (UTF-8). Chưa ghi gì.") from None


def sentence(problem: sources.Problem) -> str:
    """Return a fault as one line: `Cơ quan, ô B5: …`."""
    cell = problem.cell if problem.cell.startswith("dòng") else f"ô {problem.cell}"
    return f"{problem.sheet}, {cell}: {problem.reason}"


def summary(loaded: services.Loaded, *, fills: bool, dry_run: bool) -> str:
    """Return the result of a load, or of a trial run, in a few Vietnamese lines."""
    title = str(loaded.plan)
    if not loaded.changes:
        return f"{title}: {'đã đủ, ' if fills else ''}không có gì thay đổi."
    if fills and not dry_run:
        return f"{title}: đã nạp {formatting.number(loaded.changes)} mục."
    counts = f"thêm {loaded.added}, sửa {loaded.changed}, bỏ {loaded.removed}, giữ {loaded.unchanged}"
    lines = [f"{title}: {'chạy thử, chưa ghi gì. Sẽ ' if dry_run else 'đã '}{counts} dòng."]
    for table in loaded.tables:
        if table.rows:
            names = "; ".join(row.name for row in table.rows[:MOST_NAMED])
            more = "; …" if len(table.rows) > MOST_NAMED else ""
            lines.append(f"{table.title}: thêm {table.added}, sửa {table.changed}, bỏ {table.removed} ({names}{more})")
    return "\n".join(lines)
