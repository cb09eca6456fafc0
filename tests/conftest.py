"""Fixtures and options of all tests: the choice of database, throwaway servers, the running product, the browser.

The suite runs on SQLite; `make test` then runs what touches the database again on PostgreSQL (CONTRIBUTING.md). Where this
machine lacks a program, what needs it is skipped with the reason; with REQUIRE_ALL=1 or CI=true it fails instead.
"""

import gc
import json
import math
import os
import re
import shutil
import subprocess
import time
from collections import Counter

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis

from core.audit import triggers as audit_triggers
from core.installation import queries as installation_queries
from core.installation.models import Installation
from indicators.workbooks import sandbox
from reports import triggers as report_triggers
from tests import schema, worlds
from tests.servers import REQUIRE_ALL, Missing, Postgres, Redis, chromium_program, html_checker, package_folder
from tests.stack import ROOT, Stack

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback"}
RUNNING_PRODUCTS = {"live_stack", "module_live_stack", "stacks", "new_database"}
# What the accounts of a stack with the demonstration year have; another one costs a command.
DEMO_PASSWORD = "mật khẩu của bài kiểm thử 2023"
# A browser in the province.
PLACE = {"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}
WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Contrast takes nine tenths of the time of a long list: of texts that look alike, inside elements that look alike, it is measured
# at the first three. All other rules hold for every element.
RUN_AXE = """async ([include, tags]) => {
    const resultTypes = ["violations"], rules = { "color-contrast": { enabled: false } }, looks = new Map(), texts = [];
    const all = await axe.run({ include }, { runOnly: tags, resultTypes, rules });
    const look = (element) => {
        if (!element || looks.has(element)) return looks.get(element) ?? "";
        const says = ["class", "style", "aria-current", "aria-disabled", "disabled"].map((name) => element.getAttribute(name));
        looks.set(element, `${look(element.parentElement)} ${element.localName}${JSON.stringify(says)}`);
        return looks.get(element);
    };
    const seen = {};
    for (const element of document.querySelectorAll(`:is(${include}), :is(${include}) *`)) {
        if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) continue;
        seen[look(element)] = (seen[look(element)] ?? 0) + 1;
        if (seen[look(element)] <= 3) texts.push(element);
    }
    if (!texts.length) return all.violations;
    const runOnly = { type: "rule", values: ["color-contrast"] };
    const contrast = await axe.run({ include: texts }, { runOnly, resultTypes });
    return [...all.violations, ...contrast.violations];
}"""

# Properties: a busy machine breaks no rule, so no example has a deadline; `make test-long` asks for ten times as many.
hypothesis.register_profile("usual", max_examples=50, deadline=None)
hypothesis.register_profile("long", max_examples=500, deadline=None)
hypothesis.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))
# What opens many addresses, or tries many values, usually takes a part of them.
IS_LONG = hypothesis.get_current_profile_name() == "long"


def pytest_configure():
    # Hundreds of accounts are made in tests; the product's own hasher would take most of the time.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", "agencies.hashers.OneTimeCodeHasher"]
    # Each client of a test would go through all static files first.
    settings.WHITENOISE_AUTOREFRESH = True
    # Tests write rows by hand, of which the log knows nothing; tests/integration/test_page_cache.py keeps pages as the product
    # does.
    settings.CACHES["pages"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    if template := os.environ.get("TEST_TEMPLATE"):
        # On PostgreSQL: a database of the same cluster that has the schema (`python -m tests`).
        settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = template


def touches_database(item):
    """Tell whether a test reads or writes the database of its own process."""
    return (
        item.get_closest_marker("django_db") is not None
        or not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
        or (isinstance(getattr(item, "cls", None), type) and issubclass(item.cls, TransactionTestCase))
    )


def belongs(item, on_postgres):
    """Tell whether a test belongs to this pass: on PostgreSQL those that touch the database, on SQLite all but `postgres`.
    Tests marked `browser` or `once` do not depend on the database; those of running products start databases of their own."""
    if item.get_closest_marker("postgres") is not None:
        return on_postgres
    if on_postgres:
        alike = any(item.get_closest_marker(name) for name in ("browser", "once"))
        return touches_database(item) and not alike and not runs_products(item)
    return True


def runs_products(item):
    """Tell whether a test starts the product as processes, on databases of their own."""
    return not RUNNING_PRODUCTS.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_collection_modifyitems(config, items):
    on_postgres = settings.DATABASES["default"]["ENGINE"].endswith("postgresql")
    others = [item for item in items if not belongs(item, on_postgres)]
    if others:
        config.hook.pytest_deselected(items=others)
    items[:] = in_order([item for item in items if belongs(item, on_postgres)], hasattr(config, "workerinput"))


def in_order(items, in_parallel):
    """The tests of a file that begin with the same world follow each other, and what commits stays last, as pytest-django puts it.
    Of several processes none works alone at the end: files that take long come first."""
    cost, places = Counter(), {}
    for item in items:
        cost[item.path] += seconds(item)
        places.setdefault((item.path, worlds.wanted_by(item)), len(places))
    files = {path: place for place, path in enumerate(dict.fromkeys(item.path for item in items))}

    def key(item):
        first = -cost[item.path] if in_parallel else 0
        return first, files[item.path], worlds.commits(item), places[item.path, worlds.wanted_by(item)]

    return sorted(items, key=key)


def seconds(item):
    """About what a test takes."""
    if marker := item.get_closest_marker("slow"):
        return marker.args[0] if marker.args else 5
    if item.get_closest_marker("browser"):
        return 4
    if runs_products(item):
        return 6
    return 0.2 if touches_database(item) else 0.02


def pytest_collection_finish():
    """Spare the collector of garbage what was loaded: it stays, and need not be walked through again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(500_000, 20, 100)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        item.failed = True
    return report


@pytest.fixture(autouse=True)
def installation(monkeypatch):
    """The province of the demonstration year, known without a query. A test of the stored row calls `forget` first."""
    facts = json.loads((ROOT / "fixtures/2023/installation.json").read_text())
    monkeypatch.setattr(installation_queries, "_current", Installation(**facts))
    monkeypatch.setattr(installation_queries, "_read_at", time.monotonic())
    monkeypatch.setattr(installation_queries, "SECONDS", math.inf)


@pytest.fixture(autouse=True)
def own_files(monkeypatch, tmp_path_factory):
    """Files that a test's own process stores go where no other test looks."""
    folder = tmp_path_factory.getbasetemp() / "files"
    monkeypatch.setattr(settings, "FILES_ROOT", str(folder))
    yield
    shutil.rmtree(folder, ignore_errors=True)


def available(make):
    """Return what `make()` gives; skip, or with REQUIRE_ALL fail, where this machine lacks the program."""
    try:
        return make()
    except Missing as missing:
        if REQUIRE_ALL:
            pytest.fail(f"Thiếu: {missing}", pytrace=False)
        pytest.skip(f"Thiếu: {missing}")


@pytest.fixture(autouse=True)
def real_time(monkeypatch):
    """Every test begins by the real time."""
    worlds.begin_by_real_time(monkeypatch)


@pytest.fixture(scope="session")
def schema_from_a_copy():
    """Django's test database on SQLite begins with the schema (`tests/schema.py`); on PostgreSQL it is a copy of TEST_TEMPLATE."""
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        with schema.in_memory():
            yield
    else:
        yield


@pytest.fixture(scope="session")
def django_db_setup(schema_from_a_copy, django_db_setup):
    """pytest-django's own, on a copy of the schema."""


@pytest.fixture(scope="session")
def shared_worlds(request, django_db_setup, django_db_blocker, tmp_path_factory):
    """The world that stands now (`tests/worlds.py`)."""
    made = request.config.worlds = worlds.Worlds(django_db_blocker, tmp_path_factory.mktemp("worlds"))
    yield made
    made.close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Another test's world is gone before anything of this one begins: a module's own transaction must not lie in it."""
    standing = getattr(item.config, "worlds", None)
    if standing and worlds.wanted_by(item) is not standing.build:
        standing.close()


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef, request):
    """A world is written before the test's own transaction begins, which pytest-django's helper does."""
    if fixturedef.argname == "_django_db_helper":
        request.getfixturevalue("shared_worlds").begin(request.node)


@pytest.fixture(scope="session")
def postgres_server():
    """A throwaway PostgreSQL cluster (`services.Postgres`)."""
    server = available(Postgres)
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgres_schema(postgres_server):
    """Name of a PostgreSQL database with the schema and no row of ours, to be copied."""
    name = postgres_server.create()
    schema.migrate(postgres_server.url(name))
    return name


@pytest.fixture(scope="session")
def new_database(request):
    """`new_database("postgres", folder)`: DATABASE_URL of a database of one's own with the schema and no row of ours; the file of
    one on SQLite lies in the folder."""

    def make(database, folder):
        if database == "sqlite":
            schema.copy_to(folder / "db.sqlite3")
            return f"sqlite:///{folder}/db.sqlite3"
        server = request.getfixturevalue("postgres_server")
        return server.url(server.create(request.getfixturevalue("postgres_schema")))

    return make


@pytest.fixture(scope="session")
def redis_server():
    """A throwaway Redis (`services.Redis`: url, flush, kill, start, freeze, thaw)."""
    server = available(Redis)
    yield server
    server.close()


@pytest.fixture(autouse=True, scope="session")
def emptied_between_tests():
    """Django empties all tables after a test that commits; the log's and published reports' refuse that, so they are opened
    for that moment."""
    guarded = [audit_triggers, report_triggers]
    empty = TransactionTestCase._fixture_teardown

    def teardown(case):
        for triggers in guarded:
            triggers.remove_triggers(connection)
        try:
            empty(case)
        finally:
            for triggers in guarded:
                triggers.install_triggers(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield


class Stacks:
    """Makes running products, each on a database of its own that is a copy of one with the plan loaded, or with the
    demonstration year too, whose accounts then have DEMO_PASSWORD."""

    def __init__(self, request, tmp_path_factory):
        self.request = request
        self.tmp_path_factory = tmp_path_factory
        self.templates = {}
        mine = tmp_path_factory.getbasetemp()
        # What one process has loaded, the other copies.
        self.run_folder = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine

    def folder(self):
        return self.tmp_path_factory.mktemp("stack", numbered=True)

    def template(self, database, *, demo=False):
        """Path (SQLite, once a run) or name (PostgreSQL, once a process) of a database with the schema and the plan."""
        if (database, demo) not in self.templates:
            make = self._file if database == "sqlite" else self._database
            self.templates[database, demo] = make(demo)
        return self.templates[database, demo]

    def _file(self, demo):
        made = self.run_folder / f"{'demo' if demo else 'plan'}.sqlite3"
        with schema.locked(made.with_suffix(".lock")):
            if not made.exists():
                with schema.begun(made) as path:
                    shutil.copy(self.template("sqlite") if demo else schema.schema(), path)
                    self._load(f"sqlite:///{path}", demo)
        return made

    def _database(self, demo):
        server = self.request.getfixturevalue("postgres_server")
        made = server.create(self.template("postgres") if demo else self.request.getfixturevalue("postgres_schema"))
        self._load(server.url(made), demo)
        return made

    def _load(self, url, demo):
        stack = Stack(self.folder(), DATABASE_URL=url, DEMO_PASSWORD=DEMO_PASSWORD)
        if demo:
            stack.manage("load_demo")
        else:
            stack.manage("prepare", "--static-only")
            stack.manage("load_plan")

    def make(self, database="sqlite", *, broker=False, serve=True, demo=False, **environment):
        """A `Stack` on "sqlite" or "postgres"; with `broker` also a Redis (`stack.redis`), a worker and beat; with `demo` the
        demonstration year, whose clock runs from the start.

        Other keywords are the product's variables, as CLOCK="2023-08-16T09:00". `serve=False` leaves the start to
        the caller, who can load more first (`stack.manage(...)`).
        """
        template = self.template(database, demo=demo)
        folder = self.folder()
        if database == "sqlite":
            shutil.copy(template, folder / "db.sqlite3")
            environment["DATABASE_URL"] = f"sqlite:///{folder}/db.sqlite3"
        else:
            server = self.request.getfixturevalue("postgres_server")
            environment["DATABASE_URL"] = server.url(server.create(template))
        redis = available(Redis) if broker else None
        if redis:
            environment["REDIS_URL"] = redis.url
        if demo:
            environment.setdefault("DEMO_PASSWORD", DEMO_PASSWORD)
        stack = Stack(folder, **environment)
        stack.redis = redis
        try:
            if demo:
                if environment["DEMO_PASSWORD"] != DEMO_PASSWORD:
                    stack.manage("load_demo")  # the accounts follow the password
                stack.manage("start_clock")
            if serve:
                stack.start()
        except BaseException:
            self.end(stack)
            raise
        return stack

    @staticmethod
    def end(stack):
        stack.close()
        if stack.redis:
            stack.redis.close()


@pytest.fixture(scope="session")
def stacks(request, tmp_path_factory):
    return Stacks(request, tmp_path_factory)


def running_products(request, stacks):
    made = []

    def make(*args, **kwargs):
        made.append(stacks.make(*args, **kwargs))
        return made[-1]

    yield make
    for stack in made:
        stacks.end(stack)
        if getattr(request.node, "failed", False):
            print(stack.logs())


@pytest.fixture
def live_stack(request, stacks):
    """Makes running products that end with the test: see `Stacks.take_snapshot`. Their logs are shown when it fails."""
    yield from running_products(request, stacks)


@pytest.fixture(scope="module")
def module_live_stack(request, stacks):
    """Like `live_stack`, for a product that all tests of a module share."""
    yield from running_products(request, stacks)


@pytest.fixture(scope="session")
def browser():
    """Chromium, once a session."""
    program = available(chromium_program)
    from playwright.sync_api import sync_playwright

    # Playwright's event loop stays in this thread; Django would otherwise refuse the database to later tests.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(request, browser):
    """Makes pages, each with cookies of its own: `new_page(width=390, height=844, javascript=False)`; with `context` a page of that
    one, which goes on after the test with its cookies and all that it has fetched. With `offline` the service worker of the entry
    page may start (tests/browser/test_offline.py); elsewhere a page's requests are its own.

    A script error, a breach of the content security policy or any other word of the console on any of them fails the test (but
    that an address did not answer, which tests of faults mean to happen); when the test fails, a picture of each is left in
    var/test-failures/.
    """
    contexts, pages, errors = [], [], []

    def note(message):
        unheard = ("Failed to load resource", "Service Worker registration blocked by Playwright")
        if message.type != "info" and not message.text.startswith(unheard):
            errors.append(message.text)

    def make(*, width=1440, height=900, javascript=True, context=None, offline=False):
        if context is None:
            workers = "allow" if offline else "block"
            context = browser.new_context(**PLACE, java_script_enabled=javascript, service_workers=workers)
            contexts.append(context)
        page = context.new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        # Two whole passes may share two processors: drawing a chart for the first time has taken half a minute.
        page.set_default_timeout(90_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", note)
        return page

    yield make
    if getattr(request.node, "failed", False):
        folder = ROOT / "var" / "test-failures"
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^\w.-]+", "_", request.node.name)
        for number, page in enumerate(dict.fromkeys(page for made in pages for page in made.context.pages), 1):
            page.screenshot(path=folder / f"{name}-{number}.png", full_page=True)
    for opened in (*pages, *contexts):
        opened.close()
    assert errors == []


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    """Workbooks are read and marked in the test's own process: to start another takes longer than to read. Its bounds are
    tested by the sandbox's own tests, which take this away, and by running products."""

    def carry_out(act, *paths, told=""):
        try:
            return sandbox.carry_out(act, *paths, told=told).encode()
        except Exception as error:
            raise sandbox.Unreadable("Tệp bị hỏng") from error

    monkeypatch.setattr(sandbox, "_in_a_process", carry_out)


@pytest.fixture
def page(new_page):
    """One page at 1440 × 900."""
    return new_page()


@pytest.fixture
def sign_in():
    """`sign_in(page, base_url, username, password)` through the login form; leaves the page at the account's home."""

    def go(page, base_url, username, password):
        page.goto(base_url)
        page.fill("[name=username]", username)
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_selector("[name=password]", state="detached")

    return go


@pytest.fixture(scope="session")
def html_errors(tmp_path_factory):
    """`html_errors({name: markup})` gives what the Nu checker finds wrong in pages, as "name: what: where" lines."""
    java, checker = available(html_checker)

    def check(pages):
        folder = tmp_path_factory.mktemp("html")
        names = {}
        for number, (name, markup) in enumerate(pages.items()):
            (folder / f"{number}.html").write_text(markup)
            names[f"{number}.html"] = name
        command = [
            java,
            # Compiled quickly and not well: each run is short.
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-jar",
            checker,
            "--errors-only",
            "--format",
            "json",
            "--exit-zero-always",
            *folder.glob("*.html"),
        ]
        said = json.loads(subprocess.run(command, capture_output=True, check=True).stderr)
        return [
            f"{names[error['url'].rpartition('/')[2]]}: {error['message']}: {error.get('extract', '')}"
            for error in said["messages"]
        ]

    return check


@pytest.fixture(scope="session")
def axe():
    """`axe(page)` gives the violations of WCAG 2.2 A and AA on the page, as "rule: what is wrong: where" lines; `axe(page, ".x")`
    those of the elements that the selector finds."""
    source = (package_folder("axe_core_python") / "axe.min.js").read_text()

    def violations(page, include="html"):
        page.evaluate(source)
        result = page.evaluate(RUN_AXE, [[include], WCAG_22_AA])
        return [
            f"{violation['id']}: {violation['help']}: {node['target']}"
            for violation in result
            for node in violation["nodes"]
        ]

    return violations
