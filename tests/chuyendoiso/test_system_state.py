"""The state of the system in words: each part well and unwell. 09:00 on 16 August 2023."""

import datetime as dt
import shutil
import threading
from collections import namedtuple
from io import StringIO

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command

from agencies.roles import Role
from chuyendoiso import health, system_state
from core.audit.models import AuditChainHead
from core.jobs import pulse, tasks
from core.notifications.models import Notification
from tests import factories, worlds

Usage = namedtuple("Usage", "total used free")


@worlds.shared(at=factories.AT, stays=True)
def world():
    """A plan and an administrator."""
    return {"plan": factories.make_plan(), "admin": factories.person("quantri", None, Role.ADMIN)}


def line(title):
    return next(line for line in system_state.lines() if line.title.startswith(title))


@pytest.fixture
def with_broker(settings, monkeypatch):
    """`with_broker(False)`: Redis does not answer."""

    def answers(does):
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        monkeypatch.setattr(system_state.health, "broker_answers", lambda: does)

    return answers


def test_a_backup_is_noted_and_grows_old(world):
    assert "sao lưu hằng ngày" in line("Sao lưu").advice and "note_backup" in line("Sao lưu").command
    call_command("note_backup", "sao-luu-2023-08-16", stdout=StringIO())
    assert line("Sao lưu").is_well and "sao-luu-2023-08-16" in line("Sao lưu").state
    with time_machine.travel(factories.AT + dt.timedelta(days=2, minutes=1), tick=False):
        assert "quá 2 ngày" in line("Sao lưu").advice


def test_the_background_is_known_by_its_pulse(world, with_broker):
    assert line("Việc tự chạy").is_well and line("Việc chờ").is_well  # without Redis there is none
    with_broker(True)
    cache.delete(pulse.Part.WORKER)
    assert "khởi động lại" in line("Việc tự chạy").advice
    tasks.watch_jobs()
    assert line("Việc tự chạy").is_well and "09:00" in line("Việc tự chạy").state
    with time_machine.travel(factories.AT + dt.timedelta(minutes=6), tick=False):
        stopped = line("Việc tự chạy")
        assert "Đã dừng" in stopped.state and not stopped.is_well and "beat worker" in stopped.command
    cache.delete(pulse.Part.WORKER)


def test_a_broker_that_is_silent(world, with_broker):
    with_broker(False)
    assert "giao việc không trả lời" in line("Việc chờ").state and not line("Việc chờ").is_well
    with_broker(True)
    assert line("Việc chờ").is_well


def test_letters_that_did_not_leave(world):
    assert line("Thư").is_well
    Notification.objects.create(
        person=world["admin"], event="x", key="1", title="T", url="/", at=factories.AT, mail=Notification.Mail.FAILED
    )
    assert "1 không gửi được" in line("Thư").state and not line("Thư").is_well


def test_disk_and_log(world, monkeypatch):
    assert "Chưa kiểm tra lần nào" in line("Nhật ký").state
    AuditChainHead.objects.update_or_create(pk=1, defaults={"hash": "0" * 64, "verified_at": factories.AT})
    assert "nguyên vẹn" in line("Nhật ký").state and line("Nhật ký").is_well
    AuditChainHead.objects.update(verified_problem="Dòng 3 bị sửa")
    assert "Dòng 3 bị sửa" in line("Nhật ký").state and not line("Nhật ký").is_well
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(100 * 2**30, 91 * 2**30, 9 * 2**30))
    assert line("Chỗ chứa").state == "Còn trống 9 GB trên tổng số 100 GB." and "thêm đĩa" in line("Chỗ chứa").advice
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(100 * 2**30, 90 * 2**30, 10 * 2**30))
    assert line("Chỗ chứa").is_well


def test_a_disk_that_stands_still_holds_nobody(world, monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(health, "PROBE_SECONDS", 0.05)
    monkeypatch.setattr(health, "SPACE", health.Probe(lambda: over.wait(10)))
    told = line("Chỗ chứa")
    over.set()
    assert told.state == "Không ghi được tệp. Không biết còn trống bao nhiêu." and not told.is_well
    assert told.advice.endswith("Báo ngay.")


def test_no_part_is_told_in_words_of_the_machine(world, with_broker, monkeypatch):
    """An operator reads without knowing of the programs: their names stand in commands alone."""
    with_broker(False)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(100, 99, 1))
    for each in system_state.lines():
        told = f"{each.title} {each.state} {each.advice}".lower()
        assert not {"redis", "beat", "worker", "manage.py", "django"} & set(told.replace(",", " ").split()), told


def test_as_many_queries_whatever_there_is(world, django_assert_num_queries):
    with django_assert_num_queries(6):
        system_state.lines()
