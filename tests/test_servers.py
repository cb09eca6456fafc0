"""The throwaway servers and the runner do what the tests that use them rely on."""

from collections import Counter

import psycopg2
import pytest
import redis

from tests import conftest
from tests.__main__ import closing_line
from tests.servers import Missing, Postgres, Redis


def count(server, name):
    connection = psycopg2.connect(host=str(server.folder), user="chuyendoiso", dbname=name)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM t")
        return cursor.fetchone()[0]


@pytest.mark.slow
def test_postgres_keeps_what_was_committed_when_it_is_killed():
    server = conftest.available(Postgres)
    try:
        name = server.create()
        connection = psycopg2.connect(host=str(server.folder), user="chuyendoiso", dbname=name)
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE t (x int); INSERT INTO t VALUES (1), (2)")
        connection.close()  # a database can be copied only while nobody is in it
        copy = server.create(template=name)
        server.kill()
        with pytest.raises(psycopg2.OperationalError):
            count(server, name)
        server.start()
        assert (count(server, name), count(server, copy)) == (2, 2)
        server.drop(copy)
        with pytest.raises(psycopg2.OperationalError):
            count(server, copy)
    finally:
        server.close()
    assert not server.folder.exists()


@pytest.mark.redis
def test_redis_is_frozen_thawed_killed_and_comes_back_empty():
    server = conftest.available(Redis)
    client = redis.Redis(port=server.port, socket_timeout=0.3, retry=None)
    try:
        client.set("a", 1)
        server.freeze()
        with pytest.raises(redis.exceptions.TimeoutError):
            client.get("a")
        server.thaw()
        assert client.get("a") == b"1"
        server.kill()
        with pytest.raises(redis.exceptions.ConnectionError):
            client.get("a")
        server.start()
        assert client.get("a") is None
    finally:
        client.close()
        server.close()


def missing():
    raise Missing("không có redis-server")


@pytest.mark.parametrize(("required", "outcome"), [(False, pytest.skip.Exception), (True, pytest.fail.Exception)])
def test_what_is_missing_is_skipped_here_and_fails_where_nothing_may_be_missing(monkeypatch, required, outcome):
    monkeypatch.setattr(conftest, "REQUIRE_ALL", required)
    with pytest.raises(outcome, match="Thiếu: không có redis-server"):
        conftest.available(missing)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (Counter(passed=24, skipped=2, failed=1), "1 failed, 24 passed, 2 skipped in 60.00s"),
        (Counter(passed=24, failed=0), "24 passed in 60.00s"),
        (Counter(passed=24, errors=1), "24 passed, 1 error in 60.00s"),
        (Counter(passed=24, errors=2), "24 passed, 2 errors in 60.00s"),
        (Counter(), "no tests ran in 60.00s"),
    ],
)
def test_closing_line(counts, said):
    assert closing_line(counts, 60).strip("= ") == said


@pytest.mark.browser
def test_axe_finds_what_is_wrong_in_every_row_and_contrast_of_every_look(page, axe):
    pale, blind = '<span style="color: #ccc">nhạt</span>', '<img src="data:,">'
    wrong = {2: pale, 54: blind, 55: pale, 57: pale, 58: pale}
    rows = "".join(f"<tr><th scope=row>{number}<td>{wrong.get(number, 'một')}" for number in range(60))
    page.set_content(f"<html lang=vi><title>Bảng</title><main><h1>Bảng</h1><table><tbody>{rows}</table></main>")
    # The last row is met too; of the four that look alike three are measured.
    assert sorted(line.partition(":")[0] for line in axe(page)) == [*["color-contrast"] * 3, "image-alt"]
    page.set_content("<html lang=vi><title>Trang</title><main><h1>Trang</h1><p>Chữ</p></main>")
    assert axe(page) == []
