"""The API compared with what it cannot do without: a month's roll-ups with the bare query of the same rows, and one row with the
cheapest possible page (`performance.md`, P19). Seconds of this process and of its PostgreSQL."""

import statistics
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import time_machine

from benchmarks.harness import Lines, processor_with_database, ratio, side_by_side
from tests.servers import Postgres

GROUP = "api"
FIGURES = ("api_rollups", "api_row")
ROUNDS = 15
NOON = "2023-11-16T12:00:00+07:00"
MONTH = "2023-07"


def run(lines: Lines, server: Postgres, golden: str) -> None:
    """Run the group on the settings' database, which has a year."""
    from django.conf import settings
    from django.test import Client, override_settings

    from agencies.models import User
    from agencies.roles import Role
    from benchmarks import floor
    from core import clock
    from exchange import services
    from exchange.models import Right
    from indicators.bulk_import.files import ROLLUP_FIELDS
    from indicators.models import Plan, Rollup

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECURE_SSL_REDIRECT = False
    with time_machine.travel(NOON):
        owner = User.objects.create_user("do-api")
        owner.user_roles.create(role=Role.LEADER)
        keeper = User.objects.create_user("cho-phep-api")
        keeper.user_roles.create(role=Role.STANDING)
        system = services.ask(by=owner, name="Phép đo", purpose="Đo", right=Right.READ)
        system = services.grant(system=system, by=keeper, expires_on=clock.today() + timedelta(days=300))
        system.requests_per_minute = 30_000
        system.save()
        key = services.make_key(system=system, by=owner)
        period = Plan.objects.get(year=2023).periods.get(number=7)
        program, reader = Client(headers={"Authorization": f"Bearer {key}"}), Client()
        reader.force_login(owner)

        def get(address: str) -> Callable[[], Any]:
            return lambda: program.get(address)

        def bare_query() -> list[Any]:
            return list(Rollup.objects.filter(period=period).order_by("pk").values_list("pk", *ROLLUP_FIELDS))

        rows = len(bare_query())
        answer = get(f"/api/v1/rollups?plan=2023&period={MONTH}")
        if len(answer().json()["items"]) != rows:
            raise AssertionError("Câu trả lời không đủ các dòng của kỳ.")
        took = side_by_side({"api": answer, "query": bare_query}, ROUNDS, clock=processor_with_database())
        lines.write(
            GROUP,
            "api_rollups",
            statistics.median(took["api"]),
            "s",
            ratio_to="bare_query",
            ratio=ratio(took["api"], took["query"]),
            budget=3,
            rows=rows,
        )
        bare = override_settings(MIDDLEWARE=floor.MIDDLEWARE, ROOT_URLCONF=floor.ROOT_URLCONF)
        target = Rollup.objects.filter(period=period).select_related("target").order_by("pk")[0].target
        one = get(f"/api/v1/rollups?plan=2023&period={MONTH}&basis=official&target={target.code}&limit=1")
        if len(one().json()["items"]) != 1:
            raise AssertionError("Câu trả lời phải có đúng một dòng.")
        took = side_by_side(
            {"page": lambda: reader.get("/"), "settle": lambda: None, "api": one},
            ROUNDS,
            # The bare page has settings of its own, set and taken back outside the time.
            before={"page": bare.enable, "settle": bare.disable, "api": lambda: None},
            clock=processor_with_database(),
        )
        lines.write(
            GROUP,
            "api_row",
            statistics.median(took["api"]) * 1000,
            "ms",
            ratio_to="bare_page",
            ratio=ratio(took["api"], took["page"]),
            budget=3,
        )
