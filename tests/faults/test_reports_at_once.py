"""Promise F-33: six heavy reports asked for by six people three times each, all at once, of the running product. Each set is made
once, never more typesetters than turns, none of them large, and somebody who reads is served meanwhile; on both databases, with a
worker and without."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

PASSWORD = "mật khẩu của bài kiểm thử 2023"
PEOPLE = 6
DRAFTED = f"""
from agencies.services import accounts
from agencies.models import Agency, User
from indicators.models import Plan
from reports.documents import composition, services
for number in range({PEOPLE}):
    by = User.objects.create_user(f"nguoi{{number}}", password="{PASSWORD}", agency=Agency.objects.get(code="stttt"))
    accounts.set_roles(user=by, roles=["standing"])
    kind, asked = composition.find(Plan.objects.get(), "che-do-bao-cao", f"2023-0{{number + 2}}", "toan-tinh", "chinh-thuc")
    services.draft(kind=kind, report_request=asked, by=by)
"""
FILES = """
from collections import Counter
from core.jobs.models import Job
from reports.models import ReportFile
counted = Counter(ReportFile.objects.values_list("state", flat=True))
done = Counter(Job.objects.filter(kind="lap-tep-bao-cao").values_list("state", flat=True))
print(counted["ready"], counted["failed"], counted["waiting"], done["queued"] + done["running"], done["done"])
"""


class Person:
    """Somebody signed in, with the token of a page with a form."""

    def __init__(self, stack, name):
        self.base, self.open = stack.base_url, build_opener(HTTPCookieProcessor(CookieJar())).open
        self.post("/dang-nhap/", {"username": name, "password": PASSWORD}, self.get("/dang-nhap/"))

    def get(self, path):
        with self.open(self.base + path, timeout=60) as response:
            return response.read().decode()

    def post(self, path, data, page):
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        try:
            with self.open(
                self.base + path, urlencode(data | {"csrfmiddlewaretoken": token}).encode(), timeout=60
            ) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()


def typesetters(stack):
    """Megabytes of each typesetter that the product runs now."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"typst_worker.py" not in (process / "cmdline").read_bytes():
                continue
            if str(stack.folder).encode() not in (process / "environ").read_bytes():
                continue
            status = (process / "status").read_text()
        except OSError:
            continue
        resident = re.search(r"VmRSS:\s+(\d+) kB", status)
        if resident:
            found.append(int(resident[1]) / 1024)
    return found


@pytest.mark.slow(20)
@pytest.mark.parametrize(("database", "broker", "most"), [("sqlite", False, 2), ("postgres", True, 1)])
def test_many_heavy_reports_at_once(live_stack, database, broker, most):
    stack = live_stack(database, broker=broker, serve=False, CLOCK="2023-09-01T09:00")
    stack.manage("shell", "-v0", "-c", DRAFTED)
    stack.start()
    people = [Person(stack, f"nguoi{number}") for number in range(PEOPLE)]
    pages = [person.get(f"/bao-cao/{number}/") for number, person in enumerate(people, 1)]
    reader, over = Person(stack, "nguoi0"), threading.Event()
    seen, waited = [], []

    def watch():
        while not over.is_set():
            seen.append(typesetters(stack))
            time.sleep(0.02)

    def read():
        while not over.is_set():
            begun = time.monotonic()
            assert "Báo cáo đã lập" in reader.get("/bao-cao/")
            waited.append(time.monotonic() - begun)

    def ask(number):
        return people[number].post(f"/bao-cao/{number + 1}/lan-1/tep/", {}, pages[number])

    def state():
        return [int(number) for number in stack.manage("shell", "-v0", "-c", FILES).split()]

    beside = [threading.Thread(target=watch), threading.Thread(target=read)]
    [thread.start() for thread in beside]
    try:
        with ThreadPoolExecutor(3 * PEOPLE) as pool:
            answers = list(pool.map(ask, [number for number in range(PEOPLE) for _ in range(3)]))
        assert {status for status, _ in answers} == {200}
        # What was refused says so, and is made when it is asked for again.
        deadline = time.monotonic() + 120
        while (now := state())[0] < 3 * PEOPLE and time.monotonic() < deadline:
            if now[1]:
                assert any("Đang có nhiều báo cáo chờ tạo tệp" in text for _, text in answers)
                [ask(number) for number in range(PEOPLE)]
            time.sleep(0.5)
    finally:
        over.set()
        [thread.join(60) for thread in beside]
    assert state() == [3 * PEOPLE, 0, 0, 0, PEOPLE]  # each set by one job
    assert 1 <= max(map(len, seen)) <= most
    assert max(megabytes for row in seen for megabytes in row) < 400
    assert waited and max(waited) < 10, max(waited)
