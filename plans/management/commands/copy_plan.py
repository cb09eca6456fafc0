"""The command `manage.py copy_plan CODE YEAR [--code NEW] [--dry-run]`: the next year's plan as a draft."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import formatting
from indicators.errors import ActionNotAllowed
from indicators.models import Plan
from plans.copying import check, copy_plan
from plans.outline import Outline, code_of_copy, outline


class Command(BaseCommand):
    help = "Sao chép một kế hoạch sang năm khác thành dự thảo. --dry-run chỉ nói sẽ mang sang những gì, không ghi gì."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", metavar="CODE", help="mã của kế hoạch được sao chép")
        parser.add_argument("year", metavar="YEAR", type=int, help="năm của kế hoạch mới")
        parser.add_argument(
            "--code", metavar="NEW", default="", help="mã của kế hoạch mới (mặc định là năm, như 2027 hoặc 2026-2030)"
        )
        parser.add_argument("--dry-run", action="store_true", help="chỉ kiểm tra, không ghi gì")

    def handle(self, *args: Any, source: str, year: int, code: str, dry_run: bool, **options: Any) -> None:
        plan = Plan.objects.filter(code=source).first()
        if plan is None:
            codes = ", ".join(Plan.objects.order_by("code").values_list("code", flat=True))
            raise CommandError(f"Không có kế hoạch mã {source}. Có: {codes or 'chưa có kế hoạch nào'}.")
        code = code or code_of_copy(plan, year)
        try:
            check(plan, year, code)
            for line in lines(outline(plan, year, code)):
                self.stdout.write(line)
            if not dry_run:
                copy_plan(plan=plan, year=year, code=code, by=None)
        except ActionNotAllowed as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write("Chưa ghi gì." if dry_run else f"Đã lập dự thảo {code}.")


def lines(made: Outline) -> list[str]:
    """Return what a copy takes over, in a few lines of Vietnamese."""
    counts = {
        "chỉ tiêu thành phần": made.targets,
        "phân công": made.assignments,
        "lần miễn còn hiệu lực": made.exemptions,
        "kỳ báo cáo": made.periods,
        "dự án còn tiếp tục": made.projects,
        "dự án đã xong, không mang sang": made.finished,
    }
    told = [f"{formatting.number(len(rows))} {what}" for what, rows in counts.items()]
    for row in made.targets:
        value = formatting.number(row.baseline.value)
        told.append(f"{row.target.code}: giá trị xuất phát {value}. {row.baseline.source}")
    for agency, heirs in made.moved:
        told.append(f"{agency.code} → {', '.join(heir.code for heir in heirs) or 'không có đơn vị tiếp nhận'}")
    return told
