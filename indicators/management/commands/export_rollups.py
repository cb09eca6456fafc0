"""`manage.py export_rollups [FILE] [--plan PLAN] [--period YEAR-MONTH] [--basis …]` (docs: domain, Interchange)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock, formatting
from core.technical_errors import in_words
from indicators.bulk_import import files
from indicators.models import Basis, Plan, ReportingPeriod
from indicators.rollups import tasks
from indicators.selection import with_code


class Command(BaseCommand):
    help = "Xuất số tổng hợp của một kế hoạch ra CSV (UTF-8), các kỳ đã bắt đầu."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", nargs="?", help="tệp ghi ra (mặc định: đầu ra chuẩn)")
        parser.add_argument("--plan", metavar="PLAN", help="năm hoặc mã của kế hoạch (mặc định: kế hoạch hiện hành)")
        parser.add_argument("--period", metavar="NĂM-THÁNG", help="chỉ một kỳ")
        parser.add_argument("--basis", help="chỉ một cơ sở: official hoặc provisional")

    def handle(
        self, *, file: str | None, plan: str | None, period: str | None, basis: str | None, **options: Any
    ) -> None:
        if basis is not None and basis not in Basis.values:
            raise CommandError(f"Không có cơ sở “{basis}”: official (chính thức) hoặc provisional (tạm tính).")
        chosen_plan, chosen_period = chosen(plan, period)
        # Pending roll-ups are processed first: stale totals are never exported.
        if chosen_plan.pending_rollups.exists():
            tasks.roll_up(chosen_plan.pk)
        if chosen_plan.is_demo:
            self.stderr.write("Chú ý: trong hệ thống đang có Số liệu minh họa; đây không phải số liệu thật.")
        choice: dict[str, Any] = {
            "plan": chosen_plan,
            "day": clock.today(),
            "period": chosen_period,
            "basis": basis,
        }
        if file is None:
            files.write_rollups(self.stdout, **choice)
            return
        try:
            with open(file, "w", encoding="utf-8", newline="") as stream:
                written = files.write_rollups(stream, **choice)
        except OSError as error:
            raise CommandError(f"Không ghi được tệp {file} ({in_words(error)}).") from None
        self.stdout.write(f"Đã xuất {formatting.number(written)} dòng.")


def chosen(name: str | None, code: str | None) -> tuple[Plan, ReportingPeriod | None]:
    """Return the plan and the period (None: all) of a name (`PlanQuerySet.of_name`) and a code. Raises CommandError where
    there is none."""
    plans = Plan.objects.all()
    plan: Plan | None
    if name is not None:
        plan = plans.of_name(name).first()
        if plan is None:
            raise CommandError(f"Không có kế hoạch năm {name}.")
    elif code is not None:
        period = ReportingPeriod.objects.of_code(code)
        plan = period.plan if period else None
    else:
        plan = plans.in_view()
        if plan is None:
            raise CommandError("Chưa có kế hoạch nào. Nạp trước bằng manage.py load_plan.")
    if plan is not None and code is None:
        return plan, None
    period = with_code(plan.periods.select_related("plan"), code) if plan and code else None
    if plan is None or period is None:
        newest = plans.order_by("-year", "pk").first()
        example = newest.example_code if newest else f"{clock.today().year}-06"
        raise CommandError(f"Không có kỳ “{code}” trong kế hoạch. Viết như {example}.")
    return plan, period
