"""`manage.py rollup_status`: print each plan's last roll-up, its pending ones and its last reconciliation."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.text import capfirst

from indicators.rollups.health import rollup_health


class Command(BaseCommand):
    help = (
        "Cho biết mỗi kế hoạch được tổng hợp lúc nào, còn nợ gì, lần đối chiếu gần nhất. Mã thoát 1 khi có việc nợ quá "
        "10 phút hoặc lần đối chiếu gần nhất thấy lệch."
    )

    def handle(self, **options: Any) -> None:
        plans = rollup_health()
        if not plans:
            self.stdout.write("Chưa có kế hoạch nào. Nạp trước bằng manage.py load_plan.")
        for health in plans:
            self.stdout.write(health.plan)
            for sentence in (health.computed, health.pending or "không còn nợ", health.verified):
                self.stdout.write(f"  {capfirst(sentence)}.")
        if not all(health.is_well for health in plans):
            sys.exit(1)
