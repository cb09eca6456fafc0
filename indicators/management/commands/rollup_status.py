"""`manage.py rollup_status`: print each plan's last roll-up, its pending ones and its last reconciliation."""

import sys

from django.core.management.base import BaseCommand
from django.utils.text import capfirst

from indicators.rollups.health import rollup_health


class Command(BaseCommand):
    help = (
        "Cho biết mỗi kế hoạch được tổng hợp lúc nào, còn nợ gì, lần đối chiếu gần nhất. Mã thoát 1 khi có việc nợ quá "
        "10 phút hoặc lần đối chiếu gần nhất thấy lệch."
    )

    def handle(self, **options):
        found = rollup_health()
        if not found:
            self.stdout.write("Chưa có kế hoạch nào. Nạp trước bằng manage.py load_plan.")
        for standing in found:
            self.stdout.write(standing.plan)
            for said in (standing.computed, standing.pending or "không còn nợ", standing.verified):
                self.stdout.write(f"  {capfirst(said)}.")
        if not all(standing.is_well for standing in found):
            sys.exit(1)
