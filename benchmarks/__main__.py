"""Starts a throwaway PostgreSQL, loads a whole year of the province, and runs the benchmarks named (all by default)."""

import importlib
import os
import sys

from benchmarks.harness import Lines
from tests.services import Postgres

GROUPS = ("engine", "reports")


def main():
    lines = Lines(sys.argv[1:])
    server = Postgres()
    try:
        os.environ["DATABASE_URL"] = server.url(server.create())
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chuyendoiso.settings")
        os.environ.pop("REDIS_URL", None)
        import django

        django.setup()
        groups = [importlib.import_module(f"benchmarks.{name}") for name in GROUPS]
        groups = [group for group in groups if lines.wants(group.GROUP, group.FIGURES)]
        if not groups:
            raise SystemExit(f"Không có số đo nào tên {', '.join(sorted(lines.names))}.")
        from benchmarks import year

        year.load()
        for group in groups:
            group.run(lines)
    finally:
        server.close()


main()
