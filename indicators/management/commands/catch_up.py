"""`manage.py catch_up`: run the scheduled tasks that are due, where no beat process runs."""

from typing import Any

from django.core.management.base import BaseCommand

from agencies.services.organisation import follow_placements
from core import formatting
from indicators.rollups import tasks


class Command(BaseCommand):
    help = (
        "Làm nốt việc còn dở từ lần chạy trước: đơn vị chuyển nơi trực thuộc hoặc đổi tên từ hôm nay, số chưa tổng hợp."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        moved = follow_placements()
        owing = tasks.plans_with_pending()
        for plan_id in owing:
            tasks.roll_up(plan_id)
        if owing:
            self.stdout.write("Đã tổng hợp số còn nợ từ lần chạy trước.")
        if moved:
            self.stdout.write(f"{formatting.number(moved)} đơn vị trực thuộc nơi khác hoặc mang tên khác từ hôm nay.")
