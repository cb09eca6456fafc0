"""`manage.py export_plan CODE FILE`: write a plan as its workbook."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.technical_errors import in_words
from indicators.models import Plan
from plan_workbook import export


class Command(BaseCommand):
    help = "Xuất cả kế hoạch ra tệp Excel; nạp lại bằng load_plan."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", metavar="CODE", help="mã kế hoạch, thường là năm")
        parser.add_argument("file", metavar="FILE", help="tệp .xlsx sẽ ghi")

    def handle(self, *, code: str, file: str, **options: Any) -> None:
        plan = Plan.objects.filter(code=code).first()
        if plan is None:
            raise CommandError(f"Không có kế hoạch {code}.")
        try:
            export.book_of(plan).save(file)
        except OSError as error:
            raise CommandError(f"Không ghi được tệp {file} ({in_words(error)}).") from None
        self.stdout.write(f"Đã xuất {plan} ra {file}.")
