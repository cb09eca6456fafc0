"""`python -m tests [--db sqlite|postgres] [-- pytest's arguments]`: the whole suite, as `make test` runs it.

First pass: everything on SQLite. Second pass: what may differ on another database, on a throwaway PostgreSQL cluster. The last
line counts both, in pytest's own form; the exit status is that of the worse pass.
"""

import argparse
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

from tests import schema
from tests.servers import REQUIRE_ALL, Missing, Postgres
from tests.stack import ROOT, clean_environment

NOTHING_COLLECTED = 5


def run_pytest(arguments, environment, processes):
    """(exit status, counts of failed, passed, skipped, errors) of one pytest run in so many processes."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        status = subprocess.call(
            [sys.executable, "-m", "pytest", "-n", processes, f"--junitxml={report}", *arguments],
            cwd=ROOT,
            env=environment,
        )
        if not report.exists():
            return status, Counter(errors=1)
        suite = ElementTree.parse(report).getroot().find("testsuite")
    counts = Counter({"failed": int(suite.get("failures"))})
    counts["errors"] = int(suite.get("errors"))
    counts["skipped"] = int(suite.get("skipped"))
    counts["passed"] = int(suite.get("tests")) - counts.total()
    return status, counts


def run_on_postgres(arguments):
    """The second pass; without PostgreSQL one skip with its reason, or an error where nothing may be missing."""
    try:
        server = Postgres()
    except Missing as missing:
        print(f"Thiếu: {missing}")
        return (1, Counter(errors=1)) if REQUIRE_ALL else (0, Counter(skipped=1))
    try:
        ready = server.create(name="ready")
        schema.migrate(server.url(ready))
        environment = clean_environment() | {"DATABASE_URL": server.url(), "TEST_TEMPLATE": ready}
        return run_pytest(arguments, environment, "2")
    finally:
        server.close()


def closing_line(counts, seconds):
    """All passes together, as pytest would say it: `== 1 failed, 24 passed, 2 skipped in 60.00s ==`."""
    words = {
        "failed": "failed",
        "passed": "passed",
        "skipped": "skipped",
        "errors": "error" if counts["errors"] == 1 else "errors",
    }
    said = ", ".join(f"{counts[count]} {word}" for count, word in words.items() if counts[count])
    return f" {said or 'no tests ran'} in {seconds:.2f}s ".center(80, "=")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests")
    parser.add_argument("--db", choices=["sqlite", "postgres"], help="chỉ chạy trên một cơ sở dữ liệu")
    parser.add_argument("arguments", nargs="*", help="cho pytest")
    options = parser.parse_args()
    begun = time.monotonic()
    # A fresh clone has no compiled translations yet, and what people meet must be Vietnamese in the first test too; and files
    # that one process is just collecting vanish under another that lists them.
    subprocess.run(
        [sys.executable, "manage.py", "prepare", "--static-only"], cwd=ROOT, env=clean_environment(), check=True
    )
    results = []
    if options.db != "postgres":
        print("Lượt 1: toàn bộ, trên SQLite", flush=True)
        results.append(run_pytest(options.arguments, clean_environment(), "3"))
    if options.db != "sqlite":
        print("Lượt 2: những gì có thể khác giữa hai cơ sở dữ liệu, trên PostgreSQL", flush=True)
        results.append(run_on_postgres(options.arguments))
    print(closing_line(sum((counts for _, counts in results), Counter()), time.monotonic() - begun), flush=True)
    collected = [status for status, _ in results if status != NOTHING_COLLECTED]
    return max(collected, default=NOTHING_COLLECTED)


if __name__ == "__main__":
    sys.exit(main())
