"""Jobs measured in a process of their own, so that its peak of memory belongs to the job alone. The answer is one JSON line a step.

python -m benchmarks.child JOB [ARGUMENT…], with DATABASE_URL (and REDIS_URL) in the environment.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.harness import processor_with_database

ROOT = Path(__file__).resolve().parent.parent

# Seconds of real time to wait for the reading of a workbook, so that a busy machine does not end a benchmark. The limit of
# processor time stays the product's own.
PATIENCE = 300


def run(job: str, *arguments: object, url: str, **environment: str) -> list[dict[str, Any]]:
    """Run a job in a process of its own; return its answers, step by step."""
    command = [sys.executable, "-m", "benchmarks.child", job, *map(str, arguments)]
    settings = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "chuyendoiso.settings", **environment}
    result = subprocess.run(command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"{job}:\n{result.stderr}")
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def answer(**values: object) -> None:
    """Print one step's answer, with the process's peak of memory so far."""
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(json.dumps(values | {"peak_mb": round(int(peak[1]) / 1024, 1)}), flush=True)


def spent(work: Callable[[], object]) -> dict[str, float]:
    """Return the cost of a piece of work: seconds, and processor seconds of this process and of its PostgreSQL backend, which do
    not depend on the machine's other work."""
    clock = processor_with_database()
    start, cpu = time.perf_counter(), clock()
    work()
    return {"seconds": time.perf_counter() - start, "cpu": clock() - cpu}


def load() -> None:
    """Load the golden year into an empty database and roll it up."""
    from benchmarks import year

    year.load()
    answer()


def idle() -> None:
    """Load and connect the product, and nothing else."""
    from indicators.models import Plan

    Plan.objects.count()
    answer()


def rebuild(first: str, last: str) -> None:
    """Roll up each plan from the year `first` to `last` as a whole, one after another."""
    from indicators.models import Plan
    from indicators.rollups.pending import request_rollup

    for plan in Plan.objects.filter(year__range=(int(first), int(last))).order_by("year"):
        # Without a broker the pending roll-up is processed as soon as it is committed.
        answer(year=plan.year, **spent(lambda plan=plan: request_rollup(plan=plan)), owed=plan.pending_rollups.count())


def submission(year: str, rounds: str) -> None:
    """Roll up one commune's figures of January several times."""
    from benchmarks.engine import change
    from benchmarks.year import commune_of
    from indicators.models import Plan
    from indicators.rollups import engine

    plan = Plan.objects.get(year=year)
    commune, targets = commune_of(plan)
    for turn in range(int(rounds) + 1):
        change(commune, 1, 1 if turn % 2 else -1)
        took = spent(lambda: engine.rebuild(plan, targets=targets, agencies={commune.pk}))
        if turn:
            answer(**took)


def approve(rounds: str) -> None:
    """Approve waiting reports one after another, each until the province's figure has counted it: through the worker where there is
    a broker, else in the approving request itself."""
    from django.conf import settings

    from agencies.models import User
    from agencies.roles import Role
    from indicators.models import Rollup, State, Submission
    from indicators.submissions.workflow import approve as approve_report

    reviewer = User.objects.filter(user_roles__role=Role.STANDING).first()
    if reviewer is None:
        reviewer = User.objects.create(username="do-toc-do")
        reviewer.user_roles.create(role=Role.STANDING)
    waiting = Submission.objects.filter(state=State.SUBMITTED, agency__level="district")
    for turn, report in enumerate(waiting.select_related("agency", "period__plan").order_by("pk")[: int(rounds) + 1]):
        target = report.actuals.order_by("pk").first().target
        shown = Rollup.objects.of_province().filter(target=target, period=report.period, basis="official")
        before = shown.get().approved
        start = time.perf_counter()
        approve_report(submission=report, by=reviewer)
        committed = time.perf_counter() - start
        while shown.get().approved == before:
            if time.perf_counter() - start > 30:
                raise SystemExit("số tổng hợp không đổi sau 30 giây")
            time.sleep(0.002)
        if turn:
            answer(seconds=time.perf_counter() - start, committed=committed, broker=bool(settings.REDIS_URL))


def people(cells: str) -> None:
    """Delete December's reports and sign in a leader and every agency's focal point, each with the request bodies that save some
    cells of their form, one after another."""
    from django.db import connection
    from django.test import Client

    from agencies.models import Agency, User
    from agencies.roles import Role
    from indicators.models import Plan
    from indicators.rollups import engine

    december = "SELECT s.id FROM indicators_submission s JOIN indicators_reportingperiod p ON p.id = s.period_id"
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM indicators_actual WHERE submission_id IN ({december} WHERE p.number = 12)")
        cursor.execute(f"DELETE FROM indicators_submission WHERE id IN ({december} WHERE p.number = 12)")
    engine.rebuild(Plan.objects.get(year=2023))

    def signed_in(name, role, agency):
        user = User.objects.create(username=name, agency=agency)
        user.user_roles.create(role=role)
        client = Client()
        client.force_login(user)
        return client, user.pk

    def cookie(client):
        return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())

    answer(cookie=cookie(signed_in("do-lanh-dao", Role.LEADER, None)[0]))
    # Communes first: they report most targets.
    reporters = Agency.objects.filter(assignments__isnull=False).distinct()
    for agency in sorted(reporters, key=lambda agency: agency.level != "commune"):
        client, user_id = signed_in(f"do-{agency.code}", Role.FOCAL, agency)
        bodies = cell_bodies(client.get("/nhap-so-lieu/2023-12/"), user_id)
        answer(cookie=cookie(client), cells=bodies[: int(cells)])


def cell_bodies(page: Any, user_id: int) -> list[str]:
    """Return the bodies that the page's script would send for each target of a form."""
    from urllib.parse import urlencode

    from tests.page import fields

    form = fields(page)
    common = {"csrfmiddlewaretoken": form["csrfmiddlewaretoken"], "who": user_id}
    bodies = []
    for seen in (name for name in form if name.startswith("seen-")):
        code = seen.removeprefix("seen-")
        cell = {name: text for name, text in form.items() if name.endswith(f"-{code}") and name != seen}
        typed = {"numerator": "3", "denominator": "10", "value": "1"}
        cell |= {name: typed[name.split("-")[0]] for name in cell if name.split("-")[0] in typed}
        bodies.append(urlencode(common | {seen: form[seen]} | cell))
    return bodies


def workbook(path: str) -> None:
    """Read a workbook as the product does; report this process's memory, and that of the process that opens the file."""
    import resource

    from indicators.workbooks import parser, sandbox

    sandbox.PATIENCE = PATIENCE
    read = parser.find(sandbox.read(Path(path).read_bytes()))
    reader = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    answer(rows=len(read.table.rows), reader_mb=round(reader, 1))


JOBS = {job.__name__: job for job in (load, idle, rebuild, submission, approve, people, workbook)}

if __name__ == "__main__":
    import django

    django.setup()
    JOBS[sys.argv[1]](*sys.argv[2:])
