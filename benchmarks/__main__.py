"""Start a throwaway PostgreSQL, load a whole year of the province, and run the named benchmarks (by default all but the national
one, which takes a quarter of an hour)."""

import importlib
import os
import sys

from benchmarks.harness import Lines
from tests.servers import Postgres

# The yardsticks first, then the product.
GROUPS = ("engine", "approval", "pages", "workbook", "reports", "api", "national")
ONLY_WHEN_ASKED = {"national"}


def main() -> None:
    """Run the benchmarks named on the command line."""
    lines = Lines(sys.argv[1:])
    server = Postgres()
    try:
        # `golden` stays as loaded; each group has a fresh copy of it, `bench`, independent of what another group wrote.
        golden = server.create(name="golden")
        os.environ["DATABASE_URL"] = server.url("bench")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chuyendoiso.settings")
        os.environ.pop("REDIS_URL", None)
        import django

        django.setup()
        from django.core.cache import caches
        from django.db import connections

        groups = [importlib.import_module(f"benchmarks.{name}") for name in GROUPS]
        groups = [group for group in groups if lines.wants(group.GROUP, group.FIGURES)]
        if not lines.names:
            groups = [group for group in groups if group.GROUP not in ONLY_WHEN_ASKED]
        if not groups:
            raise SystemExit(f"Không có số đo nào tên {', '.join(sorted(lines.names))}.")
        from benchmarks import child

        child.run("load", url=server.url(golden))
        for group in groups:
            connections.close_all()
            for cache in caches.all():
                cache.clear()
            server.drop("bench")
            server.create(template=golden, name="bench")
            group.run(lines, server, golden)
    finally:
        server.close()


main()
