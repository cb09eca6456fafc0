"""/song/ and /san-sang/: the product is alive, the product is ready."""

import datetime as dt
import threading
from collections import namedtuple
from ipaddress import ip_network

import pytest
import time_machine
from django.core.cache import cache
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from chuyendoiso import health
from core import clock
from core.jobs import pulse
from indicators.models import PendingRollup, Plan, RollupState
from tests import factories
from tests.servers import Redis

Usage = namedtuple("Usage", "total used free")
READY = {
    "tong_hop_con_no": {"so_luong": 0, "cu_nhat_giay": None},
    "doi_chieu": [],
    "nhat_ky": {"dong_cuoi": 0, "ma_bam": "0" * 64, "kiem_tra_luc": None, "hong": "", "co_chot": True},
    "san_sang": True,
    "thong_bao": "Hệ thống sẵn sàng.",
}


def test_live_asks_no_database(client):
    # Without the `db` fixture pytest-django refuses every query.
    response = client.get("/song/")
    assert (response.status_code, response.content.decode()) == (200, "ok")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert "no-store" in response["Cache-Control"]


def test_ready(client, db, django_assert_num_queries):
    health.known_migrations()
    with django_assert_num_queries(
        6
    ):  # is the migration table there, what is in it, owed, verified, the log's end, its triggers
        response = client.get("/san-sang/")
    assert (response.status_code, response.json()) == (200, READY)


def test_ready_counts_what_is_owed_and_its_age(client, db):
    plan = Plan.objects.create(
        year=2023, title="Kế hoạch", issuer="UBND tỉnh", first_day=dt.date(2023, 1, 1), last_day=dt.date(2023, 12, 31)
    )
    noon = dt.datetime(2023, 8, 16, 12, tzinfo=dt.UTC)
    for seconds in (30, 90):
        PendingRollup.objects.create(plan=plan, created_at=noon - dt.timedelta(seconds=seconds))
    with time_machine.travel(noon, tick=False):
        answer = client.get("/san-sang/").json()
    assert answer == READY | {"tong_hop_con_no": {"so_luong": 2, "cu_nhat_giay": 90}}


def test_ready_tells_what_the_self_audit_found(client, db):
    for year in (2023, 2024):
        factories.make_plan(year)
    half_past_two = dt.datetime(2023, 8, 16, 19, 30, tzinfo=dt.UTC)
    RollupState.objects.filter(plan__year=2023).update(
        verified_at=half_past_two, verified_rows=83664, verified_differences=3
    )
    answer = client.get("/san-sang/")
    assert (answer.status_code, answer.json()["doi_chieu"]) == (
        200,
        [
            {"nam": 2024, "ke_hoach": "2024", "luc": None, "da_tinh_lai": 0, "lech": 0},
            {"nam": 2023, "ke_hoach": "2023", "luc": "2023-08-17T02:30:00+07:00", "da_tinh_lai": 83664, "lech": 3},
        ],
    )


def test_not_ready_while_a_migration_is_missing(client, db):
    MigrationRecorder(connection).record_unapplied("indicators", "0001_initial")
    response = client.get("/san-sang/")
    assert (response.status_code, response.json()) == (
        503,
        {
            "san_sang": False,
            "thong_bao": "Hệ thống chưa sẵn sàng: cơ sở dữ liệu còn 1 bước nâng cấp chưa chạy.",
        },
    )


def test_not_ready_without_database(client, db, monkeypatch):
    def refuse():
        raise OperationalError('connection to server at "10.0.0.5" failed for user "chuyendoiso"')

    monkeypatch.setattr(health, "pending_migrations", refuse)
    response = client.get("/san-sang/")
    assert (response.status_code, response.json()) == (
        503,
        {"san_sang": False, "thong_bao": "Hệ thống chưa sẵn sàng: không kết nối được cơ sở dữ liệu."},
    )


@pytest.mark.redis
def test_broker_that_answers_stands_still_or_is_gone(client, db, settings, redis_server):
    settings.REDIS_URL = redis_server.url
    assert client.get("/san-sang/").status_code == 200
    redis_server.freeze()
    try:
        assert "hàng đợi Redis" in client.get("/san-sang/").json()["thong_bao"]
    finally:
        redis_server.thaw()
    assert client.get("/san-sang/").json() == READY


@pytest.mark.redis
def test_a_broker_that_is_gone_makes_it_not_ready(client, db, settings):
    server = Redis()
    server.close()
    settings.REDIS_URL = server.url
    response = client.get("/san-sang/")
    assert (response.status_code, response.json()["san_sang"]) == (503, False)


@pytest.mark.redis
def test_what_stands_still_is_named(client, db, settings, redis_server):
    """Redis refuses to store, beat and the worker give no sign, or one from a time to come."""
    settings.REDIS_URL = redis_server.url
    told = lambda: client.get("/san-sang/").json()["thong_bao"]  # noqa: E731
    cache.delete_many(pulse.Part)
    health.MISSED_SINCE.clear()
    assert told() == "Hệ thống sẵn sàng."  # they may be about to begin
    with time_machine.travel(clock.now() + dt.timedelta(minutes=6), tick=False):
        pulse.note(pulse.Part.BEAT)
        assert told() == "Hệ thống chưa sẵn sàng: worker không có dấu hiệu chạy."
    for part in pulse.Part:
        pulse.note(part)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=6), tick=False):
        assert told().endswith(": beat không có dấu hiệu chạy; worker không có dấu hiệu chạy.")
    with time_machine.travel(clock.now() - dt.timedelta(hours=1), tick=False):
        assert "beat không có dấu hiệu" in told()
    redis_server.fill()
    try:
        assert "Redis từ chối ghi" in told()
    finally:
        redis_server.unfill()
    assert told() == "Hệ thống sẵn sàng."


def test_a_question_without_an_answer_is_asked_once(client, db, monkeypatch):
    """A frozen database or disk holds one thread, however many ask; each is told within the limit."""
    asked, over = [], threading.Event()
    monkeypatch.setattr(health, "PROBE_SECONDS", 0.05)
    for name in ("DATABASE", "DISK"):
        monkeypatch.setattr(health, name, health.Probe(lambda: asked.append(1) or over.wait(10)))
    for _ in range(3):
        told = client.get("/san-sang/").json()["thong_bao"]
        assert told == (
            "Hệ thống chưa sẵn sàng: cơ sở dữ liệu không trả lời; chỗ chứa tệp đầy, chỉ cho đọc hoặc không trả lời."
        )
    assert len(asked) == 2
    over.set()


def test_a_disk_that_takes_no_file(client, db, settings, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    settings.FILES_ROOT = str(tmp_path / "file" / "folder")
    assert "chỗ chứa tệp đầy" in client.get("/san-sang/").json()["thong_bao"]
    settings.FILES_ROOT = str(tmp_path)
    assert client.get("/san-sang/").status_code == 200
    monkeypatch.setattr(health.shutil, "disk_usage", lambda folder: Usage(10**12, 10**12, 99 * 2**20))
    assert client.get("/san-sang/").status_code == 503


@pytest.fixture
def unasked(monkeypatch):
    """Nothing is known of the system yet."""
    monkeypatch.setattr(health, "LAST", health.LastState())


def test_strangers_read_only_whether_it_is_ready(client, db, settings, unasked, monkeypatch):
    monkeypatch.setattr(health, "STRANGERS_SECONDS", 0)
    settings.MONITORS = [ip_network("10.1.0.0/16")]
    assert client.get("/san-sang/").json() == {"san_sang": True, "thong_bao": "Hệ thống sẵn sàng."}
    assert client.get("/san-sang/", REMOTE_ADDR="10.1.2.3").json() == READY
    MigrationRecorder(connection).record_unapplied("indicators", "0001_initial")
    response = client.get("/san-sang/")
    assert (response.status_code, response.json()["thong_bao"]) == (503, "Hệ thống chưa sẵn sàng.")


def test_strangers_ask_the_system_once(client, db, settings, unasked, monkeypatch, django_assert_num_queries):
    settings.MONITORS = []
    assert client.get("/san-sang/").status_code == 200
    monkeypatch.setattr(health, "state", lambda: pytest.fail("asked again"))
    with django_assert_num_queries(0):
        assert client.get("/san-sang/").json() == {"san_sang": True, "thong_bao": "Hệ thống sẵn sàng."}


def test_strangers_do_not_wait_for_one_who_asks(unasked, monkeypatch):
    """While something stands still, one thread waits for it, not each of a server's."""
    monkeypatch.setattr(health, "STRANGERS_SECONDS", 0)
    monkeypatch.setattr(health, "state", lambda: ([], {}))
    assert health.LAST.is_ready()
    asking, over = threading.Event(), threading.Event()
    monkeypatch.setattr(health, "state", lambda: (asking.set(), over.wait(10)) and (["hỏng"], {}))
    waits = threading.Thread(target=health.LAST.is_ready)
    waits.start()
    asking.wait(10)
    assert health.LAST.is_ready()
    over.set()
    waits.join()
    assert not health.LAST.is_ready()
