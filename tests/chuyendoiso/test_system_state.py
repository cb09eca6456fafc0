"""The state of the system in words: each part well and unwell; owners that sleep. 09:00 on 16 August 2023."""

import datetime as dt
from collections import namedtuple
from io import StringIO

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command

from agencies.models import Agency, Level, User
from agencies.roles import Role
from chuyendoiso import system_state
from core.audit.models import AuditChainHead
from core.jobs import pulse, tasks
from core.notifications.models import Notification
from indicators.models import Assignment
from tests import factories, worlds

Usage = namedtuple("Usage", "total used free")


@worlds.shared(at=factories.AT, stays=True)
def world():
    """A plan with a monthly target of three communes. x11 reported in July; x12 was signed in with and reports nothing; x13 has a
    new account; x14 has ended."""
    tree = factories.make_tree(departments=1, districts=1, communes=3)
    plan = factories.make_plan()
    target = factories.target(plan, "I.1", [tree["x11"], tree["x12"], tree["x13"]])
    factories.report(tree["x11"], factories.period(plan, 7), {target: (1, 2)})
    gone = factories.agency("x14", Level.COMMUNE, tree["h1"])
    Agency.objects.filter(pk=gone.pk).update(last_day=dt.date(2023, 6, 30))
    for code in ("x11", "x12", "x13", "x14"):
        agency = tree.get(code, gone)
        factories.person(code, agency, Role.FOCAL, last_login=None if code == "x13" else factories.AT)
    return {
        "plan": plan,
        "admin": factories.person("quantri", None, Role.ADMIN),
        "standing": factories.person("khanh", tree["s1"], Role.STANDING),
    }


def line(title):
    return next(line for line in system_state.lines() if line.title.startswith(title))


@pytest.fixture
def with_broker(settings, monkeypatch):
    """`with_broker(False)`: Redis does not answer."""

    def answers(does):
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        monkeypatch.setattr(system_state.health, "broker_answers", lambda: does)

    return answers


def test_owners_that_sleep(world):
    never, silent, ended = system_state.sleeping_owners()
    assert [group.count for group in (never, silent, ended)] == [1, 1, 1]
    assert [group.names[0].rpartition("(")[2] for group in (never, silent, ended)] == ["x13)", "x12)", "x14)"]


def test_one_silent_period_is_not_two(world):
    # On 20 July only June and May are closed, for which x11 too sent nothing.
    with time_machine.travel(dt.datetime(2023, 7, 20, 9, tzinfo=factories.VIETNAM), tick=False):
        assert system_state.sleeping_owners()[1].count == 2
    # On 1 February only January is closed.
    with time_machine.travel(dt.datetime(2023, 2, 1, 9, tzinfo=factories.VIETNAM), tick=False):
        assert system_state.sleeping_owners()[1].count == 0
    # Who had to report in July alone is silent for one period.
    Assignment.objects.filter(agency__code="x12").update(first_day=dt.date(2023, 7, 1))
    assert system_state.sleeping_owners()[1].count == 0


def test_a_backup_is_noted_and_grows_old(world):
    assert "note_backup" in line("Sao lưu").advice
    call_command("note_backup", "sao-luu-2023-08-16", stdout=StringIO())
    assert line("Sao lưu").is_well and "sao-luu-2023-08-16" in line("Sao lưu").state
    with time_machine.travel(factories.AT + dt.timedelta(days=2, minutes=1), tick=False):
        assert "quá hai ngày" in line("Sao lưu").advice


def test_the_background_is_known_by_its_pulse(world, with_broker):
    assert line("Tiến trình nền").is_well and line("Hàng đợi").is_well  # without Redis there is none
    with_broker(True)
    cache.delete(pulse.KEY)
    assert "Khởi động beat và worker" in line("Tiến trình nền").advice
    tasks.watch_jobs()
    assert line("Tiến trình nền").is_well and "09:00" in line("Tiến trình nền").state
    with time_machine.travel(factories.AT + dt.timedelta(minutes=6), tick=False):
        assert "đã dừng" in line("Tiến trình nền").advice
    cache.delete(pulse.KEY)


def test_a_broker_that_is_silent(world, with_broker):
    with_broker(False)
    assert "Redis không trả lời" in line("Hàng đợi").state and not line("Hàng đợi").is_well
    with_broker(True)
    assert line("Hàng đợi").is_well


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
    monkeypatch.setattr(system_state.shutil, "disk_usage", lambda path: Usage(100 * 2**30, 91 * 2**30, 9 * 2**30))
    assert line("Đĩa").state == "Còn trống 9 GB, 9%." and "Sắp hết chỗ" in line("Đĩa").advice


def test_as_many_queries_whatever_there_is(world, django_assert_num_queries):
    with django_assert_num_queries(6):
        system_state.lines()
    with django_assert_num_queries(8):
        system_state.sleeping_owners()
    assert User.objects.count() == 6
