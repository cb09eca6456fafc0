"""Starts a throwaway PostgreSQL, loads a whole year of the province, and runs the benchmarks named (all by default)."""

import os
import sys

from tests.services import Postgres


def main():
    server = Postgres()
    try:
        os.environ["DATABASE_URL"] = server.url(server.create())
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chuyendoiso.settings")
        os.environ.pop("REDIS_URL", None)
        import django

        django.setup()
        from benchmarks import engine

        engine.run(set(sys.argv[1:]))
    finally:
        server.close()


main()
