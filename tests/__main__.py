"""`python -m tests [--db sqlite|postgres] [-- pytest's arguments]`: the whole suite, as `make test` runs it.

First pass: everything on SQLite. Second pass, at the same time: what may differ on another database, on a throwaway PostgreSQL
cluster. The last line counts both, in pytest's own form; the exit status is that of the worse pass.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests import schema
from tests.servers import REQUIRE_ALL, Missing, Postgres
from tests.stack import ROOT, clean_environment

NOTHING_COLLECTED = 5
PROCESSORS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
# Of two processors the second pass takes what the first leaves: with a third process beside them, charts came later than a browser
# waits.
FIRST = min(max(2, PROCESSORS), 8)
SECOND = max(1, FIRST // 2)


def run_pytest(arguments, environment, processes, output=None):
    """(exit status, counts of failed, passed, skipped, errors) of one pytest run in so many processes. What it prints goes to the
    file `output` where there is one."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        status = subprocess.call(
            [sys.executable, "-m", "pytest", "-n", str(processes), f"--junitxml={report}", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )
        if not report.exists():
            return status, Counter(errors=1)
        suite = ElementTree.parse(report).getroot().find("testsuite")
    counts = Counter({"failed": int(suite.get("failures"))})
    counts["errors"] = int(suite.get("errors"))
    counts["skipped"] = int(suite.get("skipped"))
    counts["passed"] = int(suite.get("tests")) - counts.total()
    return status, counts


def start_postgres():
    """A throwaway cluster with the schema in its database `ready`. Missing when this machine has no PostgreSQL."""
    server = Postgres()
    try:
        schema.migrate(server.url(server.create(name="ready")))
    except BaseException:
        server.close()
        raise
    return server


def run_on_sqlite(arguments):
    """The first pass, in one process a processor."""
    print("Lượt 1: toàn bộ, trên SQLite", flush=True)
    return run_pytest(arguments, clean_environment(), FIRST)


def run_on_postgres(arguments, started, processes, output=None):
    """The second pass, on the cluster that was started; without PostgreSQL one skip with its reason, or an error where nothing may
    be missing."""
    try:
        server = started.result()
    except Missing as missing:
        print(f"Thiếu: {missing}", file=output)
        return (1, Counter(errors=1)) if REQUIRE_ALL else (0, Counter(skipped=1))
    environment = clean_environment() | {"DATABASE_URL": server.url(), "TEST_TEMPLATE": "ready"}
    return run_pytest(arguments, environment, processes, output)


def run_beside(arguments, started):
    """Both passes at once, the second in the time that the first waits; what it prints follows when both are done."""
    with tempfile.TemporaryFile("w+") as output, ThreadPoolExecutor() as beside:
        second = beside.submit(run_on_postgres, arguments, started, SECOND, output)
        results = [run_on_sqlite(arguments), second.result()]
        print("Lượt 2: những gì có thể khác giữa hai cơ sở dữ liệu, trên PostgreSQL", flush=True)
        output.seek(0)
        sys.stdout.writelines(output)
    return results


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
    passes = [options.db] if options.db else ["sqlite", "postgres"]
    with ThreadPoolExecutor() as beside:
        # What both passes begin with is made while the static files are, which keep one processor busy.
        make = {"sqlite": schema.schema, "postgres": start_postgres}
        started = {database: beside.submit(make[database]) for database in passes}
        # A fresh clone has no compiled translations yet, and what people meet must be Vietnamese in the first test too; and files
        # that one process is just collecting vanish under another that lists them.
        prepared = subprocess.run(
            [sys.executable, "manage.py", "prepare", "--static-only"], cwd=ROOT, env=clean_environment()
        )
    try:
        prepared.check_returncode()
        if options.db == "sqlite":
            results = [run_on_sqlite(options.arguments)]
        elif options.db == "postgres":
            results = [run_on_postgres(options.arguments, started["postgres"], FIRST)]
        else:
            results = run_beside(options.arguments, started["postgres"])
    finally:
        if "postgres" in started and not started["postgres"].exception():
            started["postgres"].result().close()
    print(closing_line(sum((counts for _, counts in results), Counter()), time.monotonic() - begun), flush=True)
    collected = [status for status, _ in results if status != NOTHING_COLLECTED]
    return max(collected, default=NOTHING_COLLECTED)


if __name__ == "__main__":
    sys.exit(main())
