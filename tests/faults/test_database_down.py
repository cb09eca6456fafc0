"""The database stands still, is stopped, locked or gone, under the running product: a page in Vietnamese that says no more than
is known, the addresses for machines, and no operator afterwards (promises F-24, F-36)."""

import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from tests.faults.test_entry_rush import PASSWORD, Person
from tests.servers import wait_until

ACCOUNT = f"""
from agencies.services import accounts
from agencies.models import Agency, User
user = User.objects.create_user("an", password="{PASSWORD}", agency=Agency.objects.get(code="x10528"), full_name="an")
accounts.set_roles(user=user, roles=["focal"])
"""
STORED = """
from indicators.models import Actual
print(*Actual.objects.filter(target__code="I.12", submission__period__number=8).values_list("numerator", flat=True))
"""
PAGE = "/nhap-so-lieu/2023-08/"


def answer(person, path, data=None, timeout=60):
    """(status, Retry-After, text) of an address as a signed-in person gets it."""
    try:
        with person.open(person.base + path, data and urlencode(data).encode(), timeout=timeout) as response:
            return response.status, response.headers["Retry-After"], response.read().decode()
    except HTTPError as error:
        return error.code, error.headers["Retry-After"], error.read().decode()


def assert_it_is_told(person):
    """Check the page that everybody meets while the database is away."""
    for path in (PAGE, "/tong-quan/", "/thong-bao/"):
        status, retry, text = answer(person, path)
        assert (status, retry) == (503, "30"), path
        assert "Cơ sở dữ liệu đang gián đoạn" in text and "Những gì đã lưu vẫn còn nguyên." in text
    assert answer(person, "/song/")[::2] == (200, "ok")
    status, _, text = answer(person, "/san-sang/")
    assert status == 503 and json.loads(text)["san_sang"] is False


@pytest.fixture
def signed_in(live_stack):
    """`signed_in("postgres")` gives the running product and a focal point who is signed in."""

    def go(database):
        stack = live_stack(database, serve=False, CLOCK="2023-08-16T09:00", WEB_WORKERS="1")
        stack.manage("shell", "-v0", "-c", ACCOUNT)
        stack.start()
        return stack, Person(stack, "an")

    return go


@pytest.mark.slow
def test_postgres_is_stopped_and_comes_back(signed_in, postgres_server):
    stack, person = signed_in("postgres")
    postgres_server.kill()
    try:
        assert_it_is_told(person)
        status, retry, text = answer(person, PAGE, {"csrfmiddlewaretoken": "x"})
        assert (status, retry) == (503, "30") and "Lần gửi này chưa lưu gì." in text
    finally:
        postgres_server.start()
    assert answer(person, PAGE)[0] == 200 and answer(person, "/san-sang/")[0] == 200


@pytest.mark.slow
def test_postgres_stands_still_and_the_save_goes_through_afterwards(signed_in, postgres_server):
    """The proxy gives up after a minute and shows docker/503.html; the save that it gave up may well be committed. So the
    page says that nobody knows, and where to look."""
    stack, person = signed_in("postgres")
    postgres_server.freeze()
    answers = []
    thread = threading.Thread(target=lambda: answers.append(person.keep(17)))
    try:
        thread.start()
        thread.join(3)
        assert thread.is_alive() and answers == []  # what the proxy takes for no answer
        assert answer(person, "/song/")[0] == 200
    finally:
        postgres_server.thaw()
    thread.join(60)
    assert stack.manage("shell", "-v0", "-c", STORED).split() == ["17"]


@pytest.mark.slow
def test_the_web_server_is_killed_between_a_save_and_its_answer(signed_in):
    """The save is stored although its answer is lost; for that reason the proxy's page does not say *chưa lưu*."""
    stack, person = signed_in("sqlite")
    path = Path(stack.environment["DATABASE_URL"].removeprefix("sqlite:///"))
    # The answer to a save waits for the roll-up of what it changed; until then the figure is committed and not told.
    thread = threading.Thread(target=lambda: answer_or_none(person))
    thread.start()
    wait_until(lambda: figures(path), 60, "số đã lưu")
    stack.kill("web")
    thread.join(30)
    stack.start()
    again = answer(person, PAGE)
    assert again[0] == 200 and 'value="17"' in again[2]
    # Sent once more, as the page does by itself: one's own figure, saved, no conflict.
    assert person.keep(17)["saved"]
    assert stack.manage("shell", "-v0", "-c", STORED).split() == ["17"]


def answer_or_none(person):
    try:
        return person.keep(17)
    except OSError:
        return None


def figures(path):
    with closing(sqlite3.connect(path, timeout=20)) as connection:
        return connection.execute("SELECT COUNT(*) FROM indicators_actual").fetchone()[0]


@pytest.mark.slow
def test_the_file_of_sqlite_is_gone_and_comes_back(signed_in):
    stack, person = signed_in("sqlite")
    path = Path(stack.environment["DATABASE_URL"].removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    aside = path.with_name("aside")
    path.rename(aside)
    assert_it_is_told(person)
    aside.rename(path)
    assert answer(person, PAGE)[0] == 200


@pytest.mark.slow(22)
def test_the_file_of_sqlite_is_locked(signed_in):
    """A writer that holds the file for longer than the product waits: what is read opens, what is sent is a 503 that says that
    nothing was saved."""
    stack, person = signed_in("sqlite")
    path = Path(stack.environment["DATABASE_URL"].removeprefix("sqlite:///"))
    token = person.page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert answer(person, "/song/")[0] == 200
        assert answer(person, "/san-sang/")[0] == 200
        status, retry, text = answer(person, "/tai-khoan/", {"csrfmiddlewaretoken": token, "mode": "off"})
        assert (status, retry) == (503, "30") and "Lần gửi này chưa lưu gì." in text and "Hệ thống đang bận" in text
    assert person.keep(17)["saved"]
