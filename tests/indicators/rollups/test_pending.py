"""A pending recalculation is done once, whole and by one process at a time, also if a process dies (promises F-25, F-26).

The second half is about processes: real ones, on a SQLite file and on PostgreSQL, stopped at the worst moment and killed.
"""

import datetime as dt
import select
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.models import F

from agencies.models import Agency
from core.audit.models import AuditEntry
from indicators.models import PendingRollup, Rollup, RollupState, State, Submission, Timing
from indicators.rollups import engine, pending, reconciliation, tasks
from indicators.submissions import workflow
from tests import factories
from tests.stack import ROOT, Stack

# One process


class Office:
    """A district of 25 communes, each with a submitted report of March, and the reviewer who approves them."""

    def __init__(self):
        self.tree = factories.make_tree(departments=0, districts=1, communes=25)
        self.communes = [agency for code, agency in self.tree.items() if code.startswith("x")]
        self.plan = factories.make_plan()
        self.target = factories.target(self.plan, "I.1", self.communes, timing=Timing.STOCK)
        march = factories.period(self.plan, 3)
        for commune in self.communes:
            factories.report(commune, march, {self.target: (1, 2)}, state=State.SUBMITTED)
        pending.request_rollup(plan=self.plan)
        tasks.roll_up(self.plan.pk)
        self.reviewer = factories.person("duyet", self.tree["h1"], "reviewer")

    def approve(self, *communes):
        for commune in communes:
            workflow.approve(submission=Submission.objects.get(agency=commune), by=self.reviewer)

    def official(self, node="tinh"):
        """(numerator, denominator, approved) of a node as of March."""
        row = Rollup.objects.get(period__number=3, basis="official", scope="area", node=node)
        return row.numerator, row.denominator, row.approved

    def differences(self):
        found = []
        assert reconciliation.verify(self.plan, found.append).pending == 0
        return [str(difference) for difference in found]


@pytest.fixture
def office(db):
    return Office()


@pytest.fixture
def rebuilds(monkeypatch):
    """Record the calls of `rollup.rebuild`, which still does its work."""
    asked, real = [], engine.rebuild

    def rebuild(plan, **scope):
        asked.append(scope)
        return real(plan, **scope)

    monkeypatch.setattr(engine, "rebuild", rebuild)
    return asked


def test_three_approvals_are_one_rebuild_of_three_agencies(office, rebuilds):
    three = office.communes[:3]
    office.approve(*three)
    assert PendingRollup.objects.count() == 3
    # Three own rows, the district, the province, the communes: officially from March to December, and
    # provisionally the number of approved in March.
    assert tasks.roll_up(office.plan.pk) == 6 * 10 + 6
    assert rebuilds == [{"targets": {office.target.pk}, "agencies": {c.pk for c in three}, "from_period": 3}]
    assert office.official() == (3, 6, 3)
    assert office.differences() == []


def test_the_deadline_hour_is_one_rebuild_of_all(office, rebuilds):
    office.approve(*office.communes)
    assert PendingRollup.objects.count() == 25
    tasks.roll_up(office.plan.pk)
    assert rebuilds == [{"targets": {office.target.pk}, "agencies": None, "from_period": 3}]
    assert office.official() == (25, 50, 25)
    assert office.differences() == []


def test_a_bell_that_rings_again_finds_nothing(office, rebuilds, django_assert_num_queries):
    office.approve(office.communes[0])
    tasks.roll_up(office.plan.pk)
    state = RollupState.objects.values().get()
    with django_assert_num_queries(5):  # savepoint, state twice, debts, release
        assert tasks.roll_up(office.plan.pk) == 0
    assert len(rebuilds) == 1
    assert RollupState.objects.values().get() == state


def test_the_same_debt_paid_twice_changes_nothing(office):
    office.approve(office.communes[0])
    (debt,) = PendingRollup.objects.values("plan_id", "target_id", "agency_id", "from_period", "created_at")
    assert tasks.roll_up(office.plan.pk) == 4 * 10 + 4
    for _ in range(2):
        PendingRollup.objects.create(**debt)
        assert tasks.roll_up(office.plan.pk) == 0
    assert not PendingRollup.objects.exists()


def test_a_debt_that_comes_while_others_are_paid_stays(office, monkeypatch):
    first, second = office.communes[:2]
    real = engine.rebuild

    def meanwhile(plan, **scope):
        changed = real(plan, **scope)
        office.approve(second)
        return changed

    office.approve(first)
    with monkeypatch.context() as patch:
        patch.setattr(engine, "rebuild", meanwhile)
        tasks.roll_up(office.plan.pk)
    assert list(PendingRollup.objects.values_list("agency__code", flat=True)) == [second.code]
    assert office.official() == (1, 2, 1)
    tasks.roll_up(office.plan.pk)
    assert office.official() == (2, 4, 2)
    assert office.differences() == []


def with_more_targets(office, monkeypatch, most=1):
    """Two more targets, all rolled up and owed again; parts of `most` targets."""
    for code in ("I.2", "I.3"):
        factories.target(office.plan, code, office.communes[:2], timing=Timing.STOCK)
    pending.request_rollup(plan=office.plan)
    tasks.roll_up(office.plan.pk)
    monkeypatch.setattr(tasks, "TARGETS_A_TIME", most)
    pending.request_rollup(plan=office.plan, from_period=3)


@pytest.mark.once
def test_on_sqlite_all_is_rolled_up_in_parts(office, rebuilds, monkeypatch):
    with_more_targets(office, monkeypatch, most=2)
    rebuilds.clear()
    tasks.roll_up(office.plan.pk)
    pks = sorted(office.plan.targets.values_list("pk", flat=True))
    assert [scope["targets"] for scope in rebuilds] == [set(pks[:2]), set(pks[2:])]
    assert all(scope["agencies"] is None and scope["from_period"] == 3 for scope in rebuilds)
    assert not PendingRollup.objects.exists()
    assert office.differences() == []


@pytest.mark.once
def test_on_sqlite_the_first_roll_up_goes_in_parts_too(office, rebuilds, monkeypatch):
    """Also where a single agency's report was the reason, and when it is killed in between."""
    with_more_targets(office, monkeypatch)
    RollupState.objects.all().delete()
    Rollup.objects.all().delete()
    PendingRollup.objects.all().delete()
    office.approve(office.communes[0])
    rebuilds.clear()
    with monkeypatch.context() as patch:
        patch.setattr(tasks.time, "sleep", killed)
        patch.setattr(tasks, "connection", SimpleNamespace(vendor="sqlite", in_atomic_block=False))
        with pytest.raises(KeyboardInterrupt):
            tasks.roll_up(office.plan.pk)
    assert PendingRollup.objects.count() == 2
    office.approve(office.communes[1])
    tasks.roll_up(office.plan.pk)
    one, two, three = sorted(office.plan.targets.values_list("pk", flat=True))
    # The first target once more, for what was reported since.
    assert [scope["targets"] for scope in rebuilds] == [{one}, {one}, {two}, {three}]
    assert all(scope["agencies"] is None and scope["from_period"] == 1 for scope in rebuilds)
    assert not PendingRollup.objects.exists() and office.differences() == []


def killed(seconds):
    raise KeyboardInterrupt


@pytest.mark.once
def test_on_sqlite_differences_are_mended_in_parts(office, rebuilds, monkeypatch):
    with_more_targets(office, monkeypatch)
    tasks.roll_up(office.plan.pk)
    Rollup.objects.update(approved=F("approved") + 1)
    rebuilds.clear()
    changed = tasks.mend(office.plan, set(office.plan.targets.values_list("code", flat=True)))
    assert len(rebuilds) == 3 and changed == Rollup.objects.count()
    lines = AuditEntry.objects.filter(act="sửa số tổng hợp lệch").order_by("pk")
    assert [line.detail["targets"] for line in lines] == [[code] for code in ("I.1", "I.2", "I.3")]
    assert sum(line.detail["rows"] for line in lines) == changed and office.differences() == []


@pytest.mark.once
def test_a_part_that_fails_leaves_itself_and_the_rest_owing(office, monkeypatch):
    with_more_targets(office, monkeypatch)
    first, *rest = sorted(office.plan.targets.values_list("pk", flat=True))
    real = engine.rebuild

    def fails(plan, *, targets, **scope):
        if targets != {first}:
            raise MemoryError
        return real(plan, targets=targets, **scope)

    with monkeypatch.context() as patch:
        patch.setattr(engine, "rebuild", fails)
        with pytest.raises(MemoryError):
            tasks.roll_up(office.plan.pk)
    assert list(PendingRollup.objects.order_by("target").values_list("target", "from_period")) == [
        (pk, 3) for pk in rest
    ]
    office.approve(office.communes[0])
    tasks.roll_up(office.plan.pk)
    assert not PendingRollup.objects.exists()
    assert office.differences() == []


@pytest.mark.once
def test_rows_that_are_gone_are_looked_up_by_index(office):
    """An agency that ended: without the index each row of the year was compared with the whole stage."""
    explained = []

    def explain(execute, sql, params, many, context):
        if sql.startswith(f"DELETE FROM {Rollup._meta.db_table} "):
            explained.extend(context["cursor"].cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall())
        return execute(sql, params, many, context)

    Agency.objects.filter(pk=office.communes[0].pk).update(last_day=dt.date(2023, 6, 14))
    with connection.execute_wrapper(explain):
        engine.rebuild(office.plan)
    assert any("rollup_stage_key" in line[3] for line in explained), explained
    assert office.differences() == []


def test_what_one_plan_owes_is_not_paid_with_another(office):
    other = factories.make_plan(2024)
    pending.request_rollup(plan=other, from_period=4)
    office.approve(office.communes[0])
    tasks.roll_up(office.plan.pk)
    assert list(PendingRollup.objects.values_list("plan__year", "from_period")) == [(2024, 4)]


# Several processes

SCRIPT = """
from decimal import Decimal
from indicators.rollups import engine, pending, reconciliation, tasks
from indicators.submissions import validation
from indicators.bulk_import import services
from indicators.models import *
from agencies.models import Agency
from core.audit.models import AuditEntry

plan = Plan.objects.first()

def enter(code, month, numerator, denominator):
    "An approved figure and its debt, and nobody who pays it."
    tasks.enqueue = lambda plan_id: None
    figures = validation.Figures(numerator=Decimal(numerator), denominator=Decimal(denominator))
    row = services.Reported(
        1, Agency.objects.get(code=code), plan.periods.get(number=month), plan.targets.get(code="I.1"), figures
    )
    services.load_figures(rows=[row], state=State.APPROVED)

def say(*words):
    print(*words, flush=True)

def halting(module, name, when, then=False):
    "Say when a function is reached, or done, and go on only after a line of input."
    real = getattr(module, name)
    def wait(*args, **options):
        done = real(*args, **options) if then else None
        say(when)
        input()
        return done if then else real(*args, **options)
    setattr(module, name, wait)
"""
# Four communes, two districts, the province and the level: 8 nodes, 12 months, two bases.
SETUP = """
from tests import factories
tree = factories.make_tree(departments=0, districts=2, communes=2)
plan = factories.make_plan()
factories.target(plan, "I.1", [tree[code] for code in ("x11", "x12", "x21", "x22")], timing="stock")
pending.request_rollup(plan=plan)
"""
# What a reader of the province's page sees, and what is owed.
LOOK = """
row = Rollup.objects.get(period__number=3, basis="official", scope="area", node="tinh")
say(row.numerator, row.denominator, row.approved, PendingRollup.objects.count())
"""
PAY_HALTING_BEFORE_THE_COMMIT = """
halting(engine, "rebuild", "chưa xong", then=True)
say("đã đổi", tasks.roll_up(plan.pk))
"""
PAY = """
real = engine.rebuild
def rebuild(*args, **options):
    say("tính")
    return real(*args, **options)
engine.rebuild = rebuild
say("bắt đầu")
say("đã đổi", tasks.roll_up(plan.pk))
"""


class Process:
    """A script in a process of the product; `said()` is its next line, `go()` gives it the line that it waits for."""

    def __init__(self, product, script):
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", SCRIPT + script],
            cwd=ROOT,
            env=product.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
        )

    def said(self):
        return self.process.stdout.readline().decode().strip()

    def says_more_within(self, seconds):
        return bool(select.select([self.process.stdout], [], [], seconds)[0])

    def go(self):
        self.process.stdin.write(b"\n")

    def ended(self):
        """The lines that it still says until it ends well."""
        rest, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, rest.decode()
        return rest.decode().splitlines()

    def kill(self):
        self.process.kill()
        self.process.wait()


class Product(Stack):
    """The product on a database of its own, with the processes that a test starts."""

    def __init__(self, folder, url):
        super().__init__(folder, DATABASE_URL=url)
        self.on_postgres = url.startswith("postgres")
        self.scripts = []

    def begin(self, script):
        self.scripts.append(Process(self, script))
        return self.scripts[-1]

    def do(self, script):
        return self.begin(script).ended()

    def look(self):
        """(numerator, denominator, approved) of the province in March, and the number of debts."""
        (line,) = self.do(LOOK)
        return tuple(None if word == "None" else int(word) for word in line.split())

    def close(self):
        for script in self.scripts:
            script.kill()
        super().close()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def make_product(request, new_database, tmp_path_factory):
    """Makes products on copies of a database with a small plan, rolled up."""
    made = []

    def product(template=None):
        folder = tmp_path_factory.mktemp("product")
        if template is None:
            url = new_database(request.param, folder)
        elif request.param == "sqlite":
            shutil.copy(template.folder / "db.sqlite3", folder)
            url = f"sqlite:///{folder}/db.sqlite3"
        else:
            server = request.getfixturevalue("postgres_server")
            source = template.environment["DATABASE_URL"]
            url = server.url(server.create(source.partition("@/")[2].partition("?")[0]))
        made.append(Product(folder, url))
        return made[-1]

    first = product()
    first.do(SETUP)
    yield lambda: product(first)
    for each in made:
        each.close()


@pytest.fixture
def product(make_product):
    return make_product()


def test_killed_before_its_commit_it_leaves_everything_and_the_next_one_pays(product):
    product.do('enter("x11", 3, 30, 100)')
    assert product.look() == (None, None, 0, 1)
    payer = product.begin(PAY_HALTING_BEFORE_THE_COMMIT)
    assert payer.said() == "chưa xong"
    # All rows are written, and nobody else sees one of them.
    assert product.look() == (None, None, 0, 1)
    payer.kill()
    assert product.look() == (None, None, 0, 1)
    assert product.do("tasks.process_pending()") == []
    assert product.look() == (30, 100, 1, 0)
    assert "đã tính lại 192 số, lệch 0." in product.manage("verify_rollups")


def test_two_at_once_one_waits_and_finds_nothing_owed(product):
    product.do('enter("x11", 3, 30, 100)')
    first = product.begin(PAY_HALTING_BEFORE_THE_COMMIT)
    assert first.said() == "chưa xong"
    second = product.begin(PAY)
    assert second.said() == "bắt đầu"
    assert not second.says_more_within(1)
    first.go()
    # Its own row, the district, the province, the communes; March to December; both bases.
    assert first.ended() == ["đã đổi 80"]
    assert second.ended() == ["đã đổi 0"]
    assert product.look() == (30, 100, 1, 0)


def test_a_figure_approved_while_others_are_rolled_up_is_not_forgotten(product):
    product.do('enter("x11", 3, 30, 100)')
    payer = product.begin(PAY_HALTING_BEFORE_THE_COMMIT)
    assert payer.said() == "chưa xong"
    entered = product.begin('enter("x21", 3, 5, 50); say("đã ghi")')
    if product.on_postgres:
        # Nobody waits to hand in a figure because others are being added up. SQLite has one writer at a time.
        assert entered.said() == "đã ghi"
    payer.go()
    assert payer.ended() == ["đã đổi 80"]
    entered.ended()
    assert product.look() == (30, 100, 1, 1)
    product.do("tasks.process_pending()")
    assert product.look() == (35, 150, 2, 0)
    assert "lệch 0." in product.manage("verify_rollups")


def test_the_self_audit_holds_up_nobody_and_sees_one_moment(product):
    product.do('enter("x11", 3, 30, 100); tasks.roll_up(plan.pk)')
    audit = product.begin(
        'halting(reconciliation, "target_of", "giữa chừng"); from django.core.management import call_command\n'
        'call_command("verify_rollups")'
    )
    assert audit.said() == "giữa chừng"
    # It has read the tree and the stored rows, not yet the figures. What happens now is not its business.
    product.do('enter("x21", 3, 5, 50); tasks.roll_up(plan.pk)')
    assert product.look() == (35, 150, 2, 0)
    audit.go()
    assert audit.ended() == ["Kế hoạch năm 2023: đã tính lại 192 số, lệch 0."]
    assert "Đã tính lại 192 số, lệch 0 lúc" in product.manage("rollup_status")
