"""Pages as a reader gets them: two gunicorn workers on PostgreSQL, each page compared with the cheapest Django page (`floor`)."""

import gzip
import http.client
import itertools
import os
import re
import secrets
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg2
from django.core.management import call_command
from playwright.sync_api import sync_playwright

from benchmarks import child
from benchmarks.chromium import Chromium
from benchmarks.harness import Lines, Write, percentile, ratio, side_by_side
from tests.servers import Postgres, chromium_program
from tests.stack import Stack

# A signed-in person: cookie, and bodies of cells (`child.people`).
Person = dict[str, Any]

GROUP = "pages"
CLOCK = "2023-12-16T09:00"
# Address and the budget of its server time, in floor pages (performance.md, P7, P8 and P9's first half).
READ = {
    "overview": ("/tong-quan/", 1.8),
    "target": ("/muc-tieu/III.7/", None),
    "matrix": ("/ma-tran/", 2),
    "league": ("/xep-hang/", None),
    "comparison": ("/so-sanh/", 3),
    "entry": ("/nhap-so-lieu/2023-12/", 4),
}
CONNECTIONS, SECONDS = 16, 4
# 270 agencies at work: each saves a cell every ten seconds.
CELLS, PAUSE = 4, 10
SAVED = ("autosave_p95", "memory_web")
# P10: name and budget in milliseconds, and of the overview in bare pages.
DRAWN = {"bare_drawn": None, "overview_drawn": None, "overview_drawn_slow": 1000}
BARE_PAGES = 3.5
WIRE = {"overview_wire_cold": 150, "overview_wire_warm": 30, "overview_script": 40, "target_wire_cold": 1500}
# Single visits vary by a third.
VISITS = 21
FIGURES = (
    "floor_page",
    "floor_requests",
    *READ,
    "overview_requests",
    "overview_anew",
    "autosave",
    *SAVED,
    *DRAWN,
    *WIRE,
)


def run(lines: Lines, server: Postgres, golden: str) -> None:
    """Run the group. golden: the name of the database with one province's year."""
    write = partial(lines.write, GROUP)
    name = server.create(template=golden)
    call_command("prepare", static_only=True, stdout=StringIO())
    environment = {"DATABASE_URL": server.url(name), "SECRET_KEY": secrets.token_urlsafe(60), "CLOCK": CLOCK}
    people = child.run("people", CELLS + 8, url=environment["DATABASE_URL"], **environment)
    leader, focal = people[0], people[1:]
    with tempfile.TemporaryDirectory() as folder:
        products = [
            Stack(make(folder, which), **environment, **settings)
            for which, settings in (
                ("product", {}),
                ("floor", {"DJANGO_SETTINGS_MODULE": "benchmarks.floor", "GUNICORN_CMD_ARGS": ""}),
            )
        ]
        try:
            product, floor = products
            product.start()
            serve_floor(floor)
            reading(write, product.port, floor.port, leader, focal[0])
            making_anew(write, product.port, floor.port, leader, environment["DATABASE_URL"])
            if lines.wants(GROUP, DRAWN):
                drawing(write, product.port, floor.port, leader)
            if lines.wants(GROUP, WIRE):
                weighing(write, product.port, leader)
            if lines.wants(GROUP, SAVED):
                saving(write, product.port, focal)
                write("memory_web", proportional_mb(product.processes["web"].pid), "MB", budget=200)
        finally:
            for each in products:
                each.close()
    server.drop(name)


def make(folder: str, name: str) -> Path:
    """Make a folder within another."""
    path = Path(folder) / name
    path.mkdir()
    return path


def serve_floor(stack: Stack) -> None:
    """Serve the floor page on a port of its own, by the same server with the same number of workers."""
    from tests.servers import free_port

    stack.port = free_port()
    stack.run("web", "gunicorn", "benchmarks.floor_wsgi", BIND=f"127.0.0.1:{stack.port}")
    stack.wait_for("web", lambda: listens(stack.port))


def listens(port: int) -> bool:
    """Return whether a server answers on a port."""
    try:
        return Browser(port, "").send("GET", "/")[0] > 0
    except OSError:
        return False


class Browser:
    """A person's cookies; a new connection for each request, like those of a proxy."""

    def __init__(self, port: int, cookie: str) -> None:
        self.port, self.headers = port, {"Cookie": cookie, "Accept-Encoding": "identity", "Connection": "close"}

    def send(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        """Send a request; return status and content."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        typed = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(method, path, body, self.headers | typed)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def must(self, method: str, path: str, body: str | None = None) -> bytes:
        """Send a request that must succeed; return the content."""
        status, content = self.send(method, path, body)
        if status != 200:
            raise SystemExit(f"{method} {path}: {status} {content[:300]!r}")
        return content


def reading(write: Write, port: int, floor_port: int, leader: Person, focal: Person) -> None:
    """Measure P7, and the first half of P9: one request after another, then sixteen connections at once."""
    ours, least = Browser(port, leader["cookie"]), Browser(floor_port, leader["cookie"])
    focal_browser, cells = Browser(port, focal["cookie"]), iter(focal["cells"])
    jobs = {"floor_page": repeated(lambda: least.must("GET", "/"))}
    for name, (path, _) in READ.items():
        reader = focal_browser if name == "entry" else ours
        jobs[name] = repeated(partial(reader.must, "GET", path))
    jobs["autosave"] = lambda: focal_browser.must("POST", "/nhap-so-lieu/2023-12/o/", next(cells))
    took = side_by_side(jobs, 7)
    took = {name: [t / (1 if name == "autosave" else 5) for t in times] for name, times in took.items()}
    write("floor_page", 1000 * statistics.median(took["floor_page"]), "ms")
    for name, budget in [*((name, budget) for name, (_, budget) in READ.items()), ("autosave", 2.5)]:
        limit = {} if budget is None else {"budget": budget}
        times = ratio(took[name], took["floor_page"])
        write(name, 1000 * statistics.median(took[name]), "ms", ratio_to="floor_page", ratio=times, **limit)
    rounds = [(rate(floor_port, leader, "/"), rate(port, leader, READ["overview"][0])) for _ in range(3)]
    write("floor_requests", statistics.median(floor for floor, _ in rounds), "yêu cầu/s")
    times = statistics.median(floor / ours for floor, ours in rounds)
    requests = statistics.median(ours for _, ours in rounds)
    write("overview_requests", requests, "yêu cầu/s", ratio_to="floor_requests", ratio=times, budget=3)


def making_anew(write: Write, port: int, floor_port: int, leader: Person, url: str) -> None:
    """Measure the overview directly after a change, when no cached page is valid."""
    ours, least = Browser(port, leader["cookie"]), Browser(floor_port, leader["cookie"])
    jobs = {
        "floor_page": repeated(lambda: least.must("GET", "/")),
        "overview_anew": lambda: ours.must("GET", READ["overview"][0]),
    }
    connection = psycopg2.connect(url)
    connection.autocommit = True

    def change():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE indicators_rollupstate SET computed_at = computed_at + interval '1 second'")

    took = side_by_side(jobs, 7, before={"floor_page": lambda: None, "overview_anew": change})
    connection.close()
    times = ratio(took["overview_anew"], [t / 5 for t in took["floor_page"]])
    milliseconds = 1000 * statistics.median(took["overview_anew"])
    write("overview_anew", milliseconds, "ms", ratio_to="floor_page", ratio=times, budget=8)


def drawing(write: Write, port: int, floor_port: int, leader: Person) -> None:
    """Measure P10: first visits with nothing stored, each with the bare page's; drawn is the time of the largest contentful
    paint."""
    overview, bare = (
        f"http://127.0.0.1:{each}{path}" for each, path in ((port, READ["overview"][0]), (floor_port, "/"))
    )
    measured: dict[str, list[float]] = {name: [] for name in DRAWN}
    with closing(Chromium()) as chromium:
        for visit in range(VISITS + 1):
            times = {
                "bare_drawn": chromium.drawn(bare, leader["cookie"]),
                "overview_drawn": chromium.drawn(overview, leader["cookie"]),
                "overview_drawn_slow": chromium.drawn(overview, leader["cookie"], slower=4),
            }
            # The first visit starts the browser itself.
            for name, took in times.items() if visit else ():
                measured[name].append(took)
    for name, budget in DRAWN.items():
        comparison: dict[str, object] = {}
        if name != "bare_drawn":
            comparison = {"beside": "bare_drawn", "times": round(ratio(measured[name], measured["bare_drawn"]), 1)}
        if name == "overview_drawn":
            times = ratio(measured[name], measured["bare_drawn"])
            comparison = {"ratio_to": "bare_drawn", "ratio": times, "budget": BARE_PAGES}
        quarters = [round(quarter) for quarter in statistics.quantiles(measured[name], n=4)]
        more = {"quarters": quarters, "load": round(os.getloadavg()[0], 1)}
        write(name, statistics.median(measured[name]), "ms", **{"budget": budget} | comparison, **more)


def weighing(write: Write, port: int, leader: Person) -> None:
    """Measure P10: the bytes transferred at a first visit and at a second one."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=chromium_program(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        overview, target = (f"http://127.0.0.1:{port}{READ[name][0]}" for name in ("overview", "target"))
        cold = Visit(chromium, leader["cookie"], overview)
        sizes = {
            "overview_wire_cold": cold.wire(),
            "overview_wire_warm": cold.again().wire(),
            "overview_script": cold.wire("Script"),
            "target_wire_cold": Visit(chromium, leader["cookie"], target).wire(),
        }
        chromium.close()
    for name, budget in WIRE.items():
        write(name, sizes[name], "KB", budget=budget)


class Visit:
    """A visit to a page in a browser of its own, and the bytes transferred for it. The document is counted as the proxy sends it,
    compressed at its level."""

    def __init__(self, chromium: Any, cookie: str, address: str, context: Any = None) -> None:
        self.address, self.context = address, context or chromium.new_context(viewport={"width": 1440, "height": 900})
        pairs = (pair.partition("=") for pair in cookie.split("; "))
        self.context.add_cookies([{"name": name, "value": value, "url": address} for name, _, value in pairs])
        self.cookie, self.sizes, kinds = cookie, [], {}
        page = self.context.new_page()
        wire = self.context.new_cdp_session(page)
        wire.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
        wire.on(
            "Network.loadingFinished",
            lambda event: self.sizes.append((kinds.get(event["requestId"]), event["encodedDataLength"])),
        )
        wire.send("Network.enable")
        answer = page.goto(address, wait_until="networkidle")
        self.document = len(gzip.compress(answer.body(), 1))
        page.close()

    def again(self) -> "Visit":
        """Visit the page again in the same browser."""
        return Visit(None, self.cookie, self.address, context=self.context)

    def wire(self, kind: str | None = None) -> float:
        """Return the KB of one kind of file, or of all."""
        if kind is not None:
            return sum(size for of, size in self.sizes if of == kind) / 1000
        return (self.document + sum(size for of, size in self.sizes if of != "Document")) / 1000


def repeated(job: Callable[[], object], times: int = 5) -> Callable[[], None]:
    """Return a job that does another several times."""

    def go():
        for _ in range(times):
            job()

    return go


def rate(port: int, person: Person, path: str) -> float:
    """Return the requests a second at sixteen connections."""
    counter, end = itertools.count(), time.perf_counter() + SECONDS

    def ask():
        browser = Browser(port, person["cookie"])
        while time.perf_counter() < end:
            browser.must("GET", path)
            next(counter)

    at_once([ask] * CONNECTIONS)
    return next(counter) / SECONDS


def saving(write: Write, port: int, focal: list[Person]) -> None:
    """Measure P9's second half: everyone saves a cell every ten seconds, each at a different moment."""
    took, refused = [], []

    def work(person, index):
        browser = Browser(port, person["cookie"])
        time.sleep(PAUSE * index / len(focal))
        for cell in person["cells"][-CELLS:]:
            start = time.perf_counter()
            status, content = browser.send("POST", "/nhap-so-lieu/2023-12/o/", cell)
            took.append(time.perf_counter() - start)
            if status != 200 or b'"saved": true' not in content:
                refused.append(content)
            time.sleep(max(0, PAUSE - (time.perf_counter() - start)))

    at_once([partial(work, person, index) for index, person in enumerate(focal)])
    more = {"agencies": len(focal), "saves": len(took), "load": round(os.getloadavg()[0], 1)}
    more["median"] = round(1000 * statistics.median(took), 1)
    if refused:
        raise SystemExit(f"{len(refused)} lần lưu không được: {refused[0][:300]!r}")
    write("autosave_p95", 1000 * percentile(took, 0.95), "ms", budget=300, **more)


def at_once(jobs: Iterable[Callable[[], object]]) -> None:
    """Run jobs in threads and wait for them."""
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def proportional_mb(pid: int) -> float:
    """Return the memory of a process and its children in MB, shared memory counted once."""
    family = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    sizes = [re.search(r"Pss:\s+(\d+) kB", Path(f"/proc/{each}/smaps_rollup").read_text()) for each in family]
    return round(sum(int(size[1]) for size in sizes) / 1024, 1)
