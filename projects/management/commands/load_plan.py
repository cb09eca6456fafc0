"""The command `manage.py load_plan [YEAR]`: load the plan of a year from fixtures/<year>/. Running it twice changes
nothing."""

import csv
import datetime as dt
import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from agencies.tree_import import load_agencies
from core.installation.services import load_installation
from indicators.errors import ActionNotAllowed
from indicators.rollups.pending import request_rollup
from indicators.targets.denominators import load_denominators, load_rules, load_starting_points
from indicators.targets.plan_import import load_charges, load_commitments, load_metadata, load_plan
from indicators.targets.results_ranking import load_bands
from projects.plan_import import load_charge_projects, load_links, load_projects, load_steps


class Command(BaseCommand):
    help = "Nạp kế hoạch của một năm: đơn vị, chỉ tiêu, mục tiêu, kỳ báo cáo, phân công, dự án. Chạy lại không đổi gì."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "year", nargs="?", type=int, help="năm của kế hoạch (mặc định: năm mới nhất trong fixtures)"
        )

    def handle(self, *args: Any, year: int | None, **options: Any) -> None:
        try:
            self._load(year)
        except ActionNotAllowed as refused:
            raise CommandError(str(refused)) from None

    @transaction.atomic
    def _load(self, year: int | None) -> None:
        fixtures = settings.BASE_DIR / "fixtures"
        year = year or max(int(path.name) for path in fixtures.iterdir() if path.name.isdecimal())
        folder = fixtures / str(year)
        if not folder.is_dir():
            raise CommandError(f"Không có dữ liệu kế hoạch năm {year}.")

        def rows(name: str, *, may_lack: bool = False) -> list[dict[str, str]]:
            if may_lack and not (folder / name).exists():
                return []
            with open(folder / name, encoding="utf-8", newline="") as file:
                return list(csv.DictReader(file))

        facts = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        for key in ("first_day", "last_day", "issued_on"):
            facts[key] = dt.date.fromisoformat(facts[key]) if facts[key] else None
        load_installation(json.loads((folder / "installation.json").read_text(encoding="utf-8")))
        made = load_agencies(rows("agencies.csv"))
        plan, objects = load_plan(facts, rows("indicators.csv"), rows("targets.csv"))
        made += objects + load_metadata(plan, rows("target_metadata.csv"))
        made += load_bands(plan, rows("grade_bands.csv", may_lack=True))
        made += load_denominators(plan, rows("shared_denominators.csv", may_lack=True))
        made += load_starting_points(plan, rows("starting_points.csv", may_lack=True))
        rules = folder / "target_rules.json"
        made += load_rules(plan, json.loads(rules.read_text(encoding="utf-8")) if rules.exists() else [])
        made += load_projects(plan, rows("projects.csv"))
        made += load_links(plan, rows("project_targets.csv")) + load_steps(plan, rows("project_steps.csv"))
        made += load_charges(plan, rows("charges.csv", may_lack=True), rows("charge_targets.csv", may_lack=True))
        made += load_commitments(plan, rows("commitments.csv", may_lack=True))
        load_charge_projects(plan, rows("charge_projects.csv", may_lack=True))
        if made and not plan.pending_rollups.exists():
            request_rollup(plan=plan)  # pages are cached until the next roll-up (indicators/page_cache.py)
        self.stdout.write(f"{plan.title}: {'đã đủ, không có gì thay đổi' if made == 0 else f'đã nạp {made} mục'}.")
