"""`manage.py verify_rollups [--plan PLAN] [--mend]`: recompute every roll-up independently and list the differences."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import formatting
from indicators.models import Plan
from indicators.rollups import tasks
from indicators.rollups.health import counted
from indicators.rollups.reconciliation import Difference


class Command(BaseCommand):
    help = "Tính lại độc lập mọi số tổng hợp và liệt kê từng dòng lệch (số đang lưu → số tính lại). Mã thoát 1 khi có lệch."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--plan", metavar="PLAN", help="năm hoặc mã của kế hoạch (mặc định: mọi kế hoạch)")
        parser.add_argument("--mend", action="store_true", help="tổng hợp lại các chỉ tiêu thành phần có dòng lệch")

    def handle(self, *, plan: str | None, mend: bool, **options: Any) -> None:
        plans = Plan.objects.order_by("-year")
        if plan is not None:
            plans = plans.of_name(plan)
            if not plans:
                raise CommandError(f"Không có kế hoạch năm {plan}.")
        if sum([self.verify(each, mend) for each in plans]):
            sys.exit(1)

    def verify(self, plan: Plan, mend: bool) -> int:
        """Verify one plan and print its differences; return their number."""
        targets: set[str] = set()

        def report(difference: Difference) -> None:
            targets.add(difference.target)
            self.stdout.write(str(difference))

        verified = tasks.verify_plan(plan, report)
        summary = f"Kế hoạch {plan.short_name}: {counted(verified.rows, verified.differences)}"
        if verified.pending:
            summary += f"; {formatting.number(verified.pending)} số đang chờ tổng hợp, chưa đối chiếu"
        self.stdout.write(f"{summary}.")
        if mend and verified.differences:
            changed = tasks.mend(plan, targets)
            self.stdout.write(
                f"Đã tổng hợp lại {', '.join(sorted(targets))}: {formatting.number(changed)} dòng thay đổi."
            )
        return verified.differences
