"""Promise F-06: twenty at once on one report, each with a connection of its own, have one effect; on both databases, on a real
file and a real server, in a process of the product."""

import json
import subprocess
import sys

import pytest

from tests.stack import ROOT, Stack

# A commune's report waits; twenty people may decide on it. `at_once` runs acts in threads that start together.
SCRIPT = """
import json, threading
import time_machine
from decimal import Decimal
from django.db import connection
from core.audit.models import AuditEntry
from agencies.roles import Role
from indicators.rollups import tasks
from indicators.submissions import attachments, editing, workflow
from indicators.models import Actual, Evidence, Comment, Rollup, PendingRollup, State, Submission
from indicators.submissions.validation import Figures
from indicators.errors import ActionNotAllowed
from tests import factories

time_machine.travel(factories.AT, tick=False).start()
tree = factories.make_tree(departments=1, districts=1, communes=3)
plan = factories.make_plan()
communes = [tree[code] for code in ("x11", "x12", "x13")]
target = factories.target(plan, "I.1", communes)
august = factories.period(plan, 8)
reviewers = [factories.person(f"duyet{n}", tree["h1"], Role.REVIEWER) for n in range(20)]
focal = [factories.person(f"nhap{n}", tree["x11"], Role.FOCAL) for n in range(20)]

def report(code="x11", state=State.SUBMITTED):
    return factories.report(tree[code], august, {target: (30, 100)}, state=state)

def at_once(acts):
    "What became of each act: done, or the first words of the refusal."
    barrier, said = threading.Barrier(len(acts), timeout=60), [None] * len(acts)
    def run(number, act):
        try:
            barrier.wait()
            act()
            said[number] = "done"
        except ActionNotAllowed as refused:
            said[number] = type(refused).__name__
        except BaseException as error:
            said[number] = repr(error)
        finally:
            connection.close()
    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    [thread.start() for thread in threads]
    [thread.join(120) for thread in threads]
    return {word: said.count(word) for word in sorted(set(said))}

def tell(**found):
    found["audit"] = AuditEntry.objects.count()
    print(json.dumps(found))
"""

# Twenty people have opened a form that nobody has begun, and each types into a cell of it.
TYPING = """
from django.conf import settings
from django.test import Client
from indicators.submissions.forms import UNREPORTED
settings.ALLOWED_HOSTS = ["testserver"]
saved = []
def typing(n, cell, numerator):
    client = Client()
    client.force_login(focal[n])
    row = {"seen": UNREPORTED, "numerator": numerator, "denominator": "100"}
    data = {"who": focal[n].pk} | {f"{name}-{cell.code}": value for name, value in row.items()}
    def save():
        answer = client.post("/nhap-so-lieu/2023-08/o/", data).json()
        saved.append(answer["rows"][cell.code]["saved"])
    return save
"""

# A write that began before a plan is closed ends before it; one that began with the plan of before is refused after it.
CLOSING = """
import datetime as dt
from django.db import transaction
from core.clock import VIETNAM
from indicators.models import Plan, Target
from indicators.periods import plan_guard
from plans.services import take_step
time_machine.travel(dt.datetime(2024, 3, 1, 9, tzinfo=VIETNAM), tick=False).start()
keeper = factories.person("khanh", tree["s1"], Role.STANDING)
Plan.objects.update(state="closing")
began, order = threading.Event(), []

@transaction.atomic
def write():
    plan_guard.require_open(plan)
    began.set()
    threading.Event().wait(1)
    Target.objects.update(label="Tên mới")
    order.append("written")

def close():
    began.wait(60)
    take_step(plan=plan, name="khoa", by=keeper)
    order.append("closed")
"""

# Fifty equal requests of an agency's software arrive together, as after a lost answer.
SENDING = """
from django.conf import settings
from django.test import Client
from exchange import services
from exchange.models import KeptAnswer
settings.ALLOWED_HOSTS = ["testserver"]
import datetime as dt
keeper = factories.person("khanh", tree["s1"], Role.STANDING)
system = services.ask(by=focal[0], name="Phần mềm", purpose="Nộp", right="report")
services.grant(system=system, by=keeper, expires_on=dt.date(2024, 1, 1))
key = services.make_key(system=system, by=focal[0])
body = json.dumps({"figures": [{"target": "I.1", "numerator": 30, "denominator": 100}]})
answers = set()
def send():
    sent = {"Authorization": f"Bearer {key}", "Idempotency-Key": "thang-8-lan-1"}
    said = Client().put("/api/v1/me/submissions/2023-08", body, content_type="application/json", headers=sent)
    answers.add((said.status_code, said.content))
"""

CASES = {
    "fifty equal requests of a system": (
        SENDING
        + """
said = at_once([send] * 50)
made = Submission.objects.get(agency=tree["x11"])
tell(said=said, answers=[status for status, _ in answers], revision=made.revision, kept=KeptAnswer.objects.count())
""",
        {"said": {"done": 50}, "answers": [200], "revision": 1, "kept": 1, "audit": 3},
    ),
    "close a plan during a write": (
        CLOSING
        + """
said = at_once([write, close])
later = at_once([transaction.atomic(lambda: plan_guard.require_open(target.plan))])
tell(said=said, order=order, later=later)
""",
        {"said": {"done": 2}, "order": ["written", "closed"], "later": {"ActionNotAllowed": 1}, "audit": 1},
    ),
    "approve and return": (
        """
made = report()
acts = [lambda by=by: workflow.approve(submission=made, by=by, revision=0) for by in reviewers[:10]]
acts += [lambda by=by: workflow.return_report(submission=made, by=by, reason="Xem.", revision=0) for by in reviewers[10:]]
said = at_once(acts)
tasks.roll_up(plan.pk)
made.refresh_from_db()
row = Rollup.objects.get(period=august, basis="official", scope="area", node="tinh")
tell(said=said, settled=made.state in ("approved", "returned"), right=(row.numerator or 0) == 30 * (made.state == "approved"))
""",
        {"said": {"ActionNotAllowed": 19, "done": 1}, "settled": True, "right": True, "audit": 1},
    ),
    "approve, take back, say": (
        """
made = report()
acts = [lambda by=by: workflow.approve(submission=made, by=by) for by in reviewers[:10]]
acts += [lambda by=by: workflow.withdraw(submission=made, by=by) for by in focal[:10]]
said = at_once(acts)
made.refresh_from_db()
tell(said=said, settled=made.state in ("approved", "draft"))
""",
        {"said": {"ActionNotAllowed": 19, "done": 1}, "settled": True, "audit": 1},
    ),
    "save with one revision": (
        """
made = report(state=State.DRAFT)
def save(n):
    figures = {target: Figures(Decimal(n), Decimal(100))}
    return lambda: editing.save_figures(submission=made, figures=figures, by=focal[n], revision=0)
said = at_once([save(n) for n in range(20)])
made.refresh_from_db()
tell(said=said, revision=made.revision, changes=Actual.history.count())
""",
        {"said": {"EditConflict": 19, "done": 1}, "revision": 1, "changes": 1, "audit": 0},
    ),
    "type the same cell": (
        TYPING
        + """
said = at_once([typing(n, target, str(n + 1)) for n in range(20)])
tell(said=said, saved=saved.count(True), reports=Submission.objects.count(), changes=Actual.history.count())
""",
        {"said": {"done": 20}, "saved": 1, "reports": 1, "changes": 1, "audit": 0},
    ),
    "type twenty cells": (
        TYPING
        + """
targets = [target] + [factories.target(plan, f"I.{n}", communes) for n in range(2, 21)]
said = at_once([typing(n, cell, "30") for n, cell in enumerate(targets)])
report = Submission.objects.get()
tell(said=said, saved=saved.count(True), revision=report.revision, figures=report.actuals.count())
""",
        {"said": {"done": 20}, "saved": 20, "revision": 20, "figures": 20, "audit": 0},
    ),
    "many by twenty": (
        """
made = [report(code) for code in ("x11", "x12", "x13")]
acts = [lambda by=by: workflow.approve_many(reports=[(one, 0) for one in made], by=by) for by in reviewers]
said = at_once(acts)
tasks.process_pending()
row = Rollup.objects.get(period=august, basis="official", scope="area", node="tinh")
approved = Submission.objects.filter(is_official=True).count()
tell(said=said, approved=approved, sum=int(row.numerator), owed=PendingRollup.objects.count())
""",
        {"said": {"done": 20}, "approved": 3, "sum": 90, "owed": 0, "audit": 3},
    ),
    "reopen": (
        """
made = report(state=State.APPROVED)
said = at_once([lambda by=by: workflow.reopen(submission=made, by=by, reason="Nhầm.") for by in reviewers])
tell(said=said, versions=Submission.objects.count())
""",
        {"said": {"ActionNotAllowed": 19, "done": 1}, "versions": 2, "audit": 1},
    ),
    "attach the same file": (
        """
from django.core.files.base import ContentFile
made = report(state=State.DRAFT)
def attach(by):
    return lambda: attachments.attach(submission=made, target=target, upload=ContentFile(b"%PDF-1.7", name="a.pdf"), by=by)
said = at_once([attach(by) for by in focal])
from pathlib import Path
from django.conf import settings
left = [path for path in Path(settings.FILES_ROOT).rglob("*") if path.is_file()]
tell(said=said, rows=Evidence.objects.count(), files=len(left))
""",
        {"said": {"ActionNotAllowed": 19, "done": 1}, "rows": 1, "files": 1, "audit": 1},
    ),
}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def make_product(request, new_database, tmp_path_factory):
    """Makes products, each on an empty database of its own with the schema."""
    made = []

    def product():
        folder = tmp_path_factory.mktemp("product")
        url = new_database(request.param, folder)
        made.append(Stack(folder, DATABASE_URL=url, FILES_ROOT=str(folder / "files")))
        return made[-1]

    yield product
    for stack in made:
        stack.close()


@pytest.mark.parametrize("case", CASES)
def test_twenty_at_once_have_one_effect(make_product, case):
    script, expected = CASES[case]
    product = make_product()
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", SCRIPT + script],
        cwd=ROOT,
        env=product.environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == expected
